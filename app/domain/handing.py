"""Work handed to a colleague without a network (`domain.md` 9.4): who may be given what, and for how long it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.access import permitted
from app.domain.aggregate import Directory, PersonAggregate, cls_of, owner_of
from app.domain.clocks import london_day
from app.domain.codes import OpKind, PersonStatus, RecordType
from app.domain.home_view import Compartment, home_entries
from app.domain.ids import OrganisationId
from app.domain.partners import Outlook
from app.domain.permissions import Action, Reach
from app.domain.record import Record
from app.domain.user import User

VALID_FOR: Final = timedelta(days=14)
"""How long a file can be opened."""
MOST_PEOPLE: Final = 50
"""How many people one file may speak of; a whole caseload is moved by the central service, not on a stick."""

HANDED_KINDS: Final = frozenset(
    {
        RecordType.PERSON,
        RecordType.STAY,
        RecordType.INJURY,
        RecordType.CONTACT_POINT,
        RecordType.RELATIONSHIP,
        RecordType.CONSENT_EVENT,
        RecordType.REFERRAL,
        RecordType.REFERRAL_EVENT,
        RecordType.CASE_NOTE,
        RecordType.TASK,
        RecordType.SIGNPOST,
    }
)
"""Casework alone: files stay where they lie, mentoring and merges are done by coordinators with a network."""

HANDED_OPS: Final = frozenset(
    {OpKind.CREATE, OpKind.APPEND, OpKind.PATCH, OpKind.CONSENT, OpKind.TRANSITION, OpKind.RESOLVE, OpKind.ARCHIVE}
)
"""What may be passed on for a colleague; erasure and merging speak of more than one person holds in hand."""


def may_hand_over(account: User, now: datetime) -> bool:
    """Answer whether an account may give work to a colleague, or be given it."""
    return account.is_active(london_day(now)) and permitted(account.roles, Action.HAND_OVER) is not None


def may_be_handed(aggregate: PersonAggregate, org: OrganisationId) -> bool:
    """Answer whether a person's work may be handed over at all: our own, active, and not set apart by a lead."""
    person = aggregate.person
    return (
        person is not None
        and person.org == org
        and person.status is PersonStatus.ACTIVE
        and not person.restricted
        and not person.archived
    )


def compartments_for(
    aggregate: PersonAggregate, directory: Directory, account: User, now: datetime
) -> frozenset[Compartment]:
    """Return what of a person an account may hold by its role and sites: what the service would send to its laptop."""
    person = aggregate.person
    if person is None or account.org != person.org:
        return frozenset()
    # Each site that somebody visits is a scope of their laptop, whether or not this laptop knows of it.
    visited = frozenset((account.org, site) for site in account.sites)
    alliance = replace(directory, site_scopes=directory.site_scopes | visited)
    outlook = Outlook(aggregate=aggregate, directory=alliance, on=london_day(now))
    keys = {f"site:{account.org}:{site}" for site in account.sites}
    if permitted(account.roles, Action.HAND_OVER) is Reach.ORGANISATION:
        keys.add(f"programme:{account.org}")
    return frozenset(
        (entry.owner, entry.cls)
        for entry in home_entries(outlook, person)
        if entry.scope_key in keys and (entry.until is None or entry.until > now)
    )


def what_may_go(records: Iterable[Record], compartments: frozenset[Compartment]) -> list[Record]:
    """Return those of a person's records that may be handed over, in their order."""
    return [
        record
        for record in records
        if record.TYPE in HANDED_KINDS and (owner_of(record), cls_of(record)) in compartments
    ]
