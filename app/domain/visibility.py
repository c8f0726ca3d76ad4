"""Who may hold which compartment of a person's records, and until when (`sync.md` 2, `domain.md` 4.2).

Scope keys: `site:{org}:{site}`, `programme:{org}`, `intake:{org}:{team}`, `mentor:{person}`, `rights:{org}`,
`lead:{org}`, `admin:{org}`, `reference`, with ids as hyphenated text. `Visible.owner` and `Visible.cls` name a
compartment of `app.domain.aggregate`: store `owner_of(record)` and `cls_of(record)` (or `compartment_of` a body) with
each record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from app.domain.aggregate import Directory, PersonAggregate, aggregate_of, cls_of, compartment_of, owner_of
from app.domain.audit import AuditEntry, AuditSubject
from app.domain.cards import share_cards
from app.domain.clocks import start_of_london_day
from app.domain.codes import PersonStatus, Role
from app.domain.conflict import Conflict
from app.domain.consent_loss import on_consent_loss, on_match_loss, recalled_on_lapse
from app.domain.equality import counting_scope
from app.domain.home_view import home_entries, rights_entries
from app.domain.lead_view import lead_entries
from app.domain.mentor_view import mentor_entries
from app.domain.note import Signpost
from app.domain.partner_view import partner_entries
from app.domain.partners import Outlook
from app.domain.record import Cls, Record
from app.domain.task import OF_THE_ORGANISATION, Task
from app.domain.user import User
from app.domain.visible import Visible, longest

__all__ = [
    "Directory",
    "PersonAggregate",
    "Visible",
    "aggregate_of",
    "cls_of",
    "compartment_of",
    "next_due",
    "on_consent_loss",
    "on_match_loss",
    "owner_of",
    "recalled_on_lapse",
    "reference_visibility",
    "share_cards",
    "visibility",
]

_OF_THE_OFFICE = frozenset({Role.SECRETARIAT, Role.IT_ADMIN})


def visibility(aggregate: PersonAggregate, *, directory: Directory, on: date, now: datetime) -> frozenset[Visible]:
    """Return who may hold what of one person; an erased person is held by nobody.

    The answer depends on the arguments only, and each scope, owner and class stands in it at most once.

    Args:
        aggregate: the person.
        directory: the alliance.
        on: London day on which consent is judged (`consent.consent_day`).
        now: the moment; what ended before it is left out.
    """
    person = aggregate.person
    if person is None or person.status is PersonStatus.ERASED:
        return frozenset()
    outlook = Outlook(aggregate=aggregate, directory=directory, on=on)
    entries = list(rights_entries(outlook, person))
    if not person.restricted:
        # Restricted (UK GDPR Art. 18): readable by the data protection lead only.
        entries += [*home_entries(outlook, person), *partner_entries(outlook, person)]
        entries += mentor_entries(outlook, person)
        # Nobody may hold equality answers: the service counts them through a scope that no device is given.
        entries += [
            Visible(scope_key=counting_scope(org), owner=org, cls=Cls.EQUALITY)
            for org in sorted({each.org for each in aggregate.equality})
        ]
    entries += lead_entries(aggregate, person, entries)
    return longest(entries, now)


def next_due(aggregate: PersonAggregate, *, directory: Directory, on: date, now: datetime) -> datetime | None:
    """Return the next moment at which time alone may change what `visibility` answers; None when there is none."""
    moments = {entry.until for entry in visibility(aggregate, directory=directory, on=on, now=now)}
    grace_days = Outlook(aggregate=aggregate, directory=directory, on=on).grace_days
    for line in aggregate.lines:
        moments.add(start_of_london_day(line.valid_from))
        if line.ends_on is not None:
            ends = (line.ends_on + timedelta(days=days) for days in (1, grace_days + 1))
            moments |= {start_of_london_day(day) for day in ends}
    if aggregate.lines:
        moments |= set(_ends_of_papers(directory))
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _ends_of_papers(directory: Directory) -> Iterator[datetime]:
    """Yield when agreements and memberships begin and end: from then on other fields flow, or none."""
    for agreement in directory.agreements:
        for first in (agreement.from_on, *(signatory.signed_on for signatory in agreement.signatories)):
            yield start_of_london_day(first)
        for last in (agreement.to_on, agreement.ended_on):
            if last is not None:
                yield start_of_london_day(last + timedelta(days=1))
    for organisation in directory.organisations.values():
        yield start_of_london_day(organisation.joined_on)
        if organisation.left_on is not None:
            yield start_of_london_day(organisation.left_on + timedelta(days=1))


def reference_visibility(record: Record, *, scope_keys: Iterable[str] = ()) -> frozenset[Visible]:
    """Return who may hold a record that belongs to no person.

    Args:
        record: of the directory, a user, an audit entry, or a task or signpost without a person.
        scope_keys: the scopes of the record's organisation, for a record that travels in several.
    """
    keys = _keys_without_person(record, tuple(scope_keys))
    return frozenset(Visible(scope_key=key, owner=owner_of(record), cls=cls_of(record)) for key in keys)


def _keys_without_person(record: Record, scope_keys: tuple[str, ...]) -> list[str]:
    match record:
        case User():
            return [key for key in scope_keys if not key.startswith("mentor:")]
        case Conflict():
            return [f"admin:{record.org}", f"programme:{record.org}"]
        case AuditEntry() | AuditSubject():
            return [f"rights:{record.org}"]
        case Task() if record.kind in OF_THE_ORGANISATION:
            return [f"rights:{record.org}"]
        case Task() if record.for_role in _OF_THE_OFFICE:
            return [f"admin:{record.org}"]
        case Task() if record.for_role is Role.DATA_PROTECTION_LEAD:
            return [f"rights:{record.org}"]
        case Task() if record.for_team:
            return [f"programme:{record.org}", f"intake:{record.org}:{record.for_team}"]
        case Task():
            return [f"programme:{record.org}"]
        case Signpost():
            return [f"programme:{record.org}", *(key for key in scope_keys if key.startswith("site:"))]
    return ["reference"] if record.CLS is Cls.REFERENCE and not record.archived else []
