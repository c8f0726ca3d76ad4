"""What an organisation's safeguarding lead may hold: its concerns, and who the persons concerned are (`sync.md` 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.domain.aggregate import PersonAggregate
from app.domain.ids import OrganisationId
from app.domain.person import Person
from app.domain.record import Cls
from app.domain.visible import Visible


def lead_scope(org: OrganisationId) -> str:
    """Return the key of the scope that the safeguarding leads of an organisation hold."""
    return f"lead:{org}"


def lead_entries(aggregate: PersonAggregate, person: Person, others: Iterable[Visible]) -> Iterator[Visible]:
    """Yield what the lead of every organisation that raised a concern about a person holds of them.

    Nothing ends it but the rule of retention, or erasure. A restricted record (UK GDPR Art. 18) keeps its concerns
    with the lead, for the protection of others (Art. 18(2)), and nothing beside them.

    Args:
        aggregate: the person.
        person: the record.
        others: what everybody else may hold: of another organisation's person the lead holds the card, as long as
            their programme does.
    """
    held = tuple(others)
    for org in sorted({concern.org for concern in aggregate.concerns}):
        key = lead_scope(org)
        yield Visible(scope_key=key, owner=org, cls=Cls.SAFEGUARDING)
        if person.restricted:
            continue
        if org == person.org:
            yield Visible(scope_key=key, owner=org, cls=Cls.CORE)
            yield Visible(scope_key=key, owner=org, cls=Cls.INJURY)
        for entry in held:
            if (entry.owner, entry.cls, entry.scope_key) == (org, Cls.CARD, f"programme:{org}"):
                yield Visible(scope_key=key, owner=org, cls=Cls.CARD, until=entry.until)
