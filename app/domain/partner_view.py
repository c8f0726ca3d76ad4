"""What organisations that receive a person may hold of them, scope by scope.

Each referral is opened by itself; of the person a partner holds its share card and its own records, never those
of the organisation that registered the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.domain.codes import ConsentKind, Purpose, ReferralState
from app.domain.home_view import Compartment, mentoring_compartments, private_notes
from app.domain.ids import OrganisationId
from app.domain.partners import CLOSED_REFERRAL_DAYS, HOLDING, Outlook
from app.domain.person import Person
from app.domain.record import Cls
from app.domain.referral import Referral
from app.domain.visible import Visible, earliest_end

OVERRIDE_HOURS = 72
"""Hours that an override opens one package (`domain.md` 5.5)."""

_OWN = (Cls.NEEDS, Cls.NOTES, Cls.CONSENT, Cls.MENTORING, Cls.OWN)


def partner_entries(outlook: Outlook, person: Person) -> Iterator[Visible]:
    """Yield what every receiving organisation's intake teams and programme hold."""
    for referral in outlook.sent_referrals():
        if outlook.takes_part(referral.to_org):
            yield from _intake(outlook, referral)
            yield from _overridden(outlook, referral)
            yield from _programme(outlook, person, referral)
    for org in outlook.mentoring_partners():
        until = outlook.reading_ends(outlook.answer(org, Purpose.MENTORING))
        yield from _all(f"programme:{org}", _own_work(outlook, org), until)
        yield from _all(f"programme:{org}", _live_classes(outlook, person, org), until)


def _intake(outlook: Outlook, referral: Referral) -> Iterator[Visible]:
    if not outlook.is_readable(referral):
        return
    key = f"intake:{referral.to_org}:{referral.to_team}"
    answer = outlook.answer_for(referral)
    closes = None
    if referral.state is ReferralState.CLOSED:
        closes = outlook.aggregate.last_step_at(referral) + timedelta(days=CLOSED_REFERRAL_DAYS)
    readable_until = earliest_end(closes, outlook.reading_ends(answer))
    held_until = None if referral.state in HOLDING else readable_until
    written_here = [(referral.to_org, Cls.OWN), (referral.to_org, Cls.CONSENT)]
    yield from _all(key, [(referral.id, Cls.REFERRAL), *written_here], held_until)
    if answer.opens_reading:
        yield from _all(key, [(referral.to_org, Cls.CARD)], readable_until)


def _overridden(outlook: Outlook, referral: Referral) -> Iterator[Visible]:
    """Yield the one package that an override opens over any no, and only that."""
    key = f"intake:{referral.to_org}:{referral.to_team}"
    for event in outlook.aggregate.consent_events:
        if event.kind is ConsentKind.OVERRIDE and event.override_for == referral.id:
            yield from _all(key, [(referral.id, Cls.REFERRAL)], event.at + timedelta(hours=OVERRIDE_HOURS))


def _programme(outlook: Outlook, person: Person, referral: Referral) -> Iterator[Visible]:
    if not (outlook.was_accepted(referral) and outlook.is_readable(referral)):
        return
    org = referral.to_org
    key = f"programme:{org}"
    answer = outlook.answer_for(referral)
    reason_ends = None if referral.state in HOLDING else _held_until(outlook, referral) + outlook.linger(org)
    live_until = earliest_end(reason_ends, outlook.reading_ends(answer))
    held_until = None if referral.state in HOLDING else live_until
    yield from _all(key, [(referral.id, Cls.REFERRAL), *_own_work(outlook, org)], held_until)
    if answer.opens_reading:
        yield from _all(key, _live_classes(outlook, person, org), live_until)


def _held_until(outlook: Outlook, referral: Referral) -> datetime:
    """Return when the receiver stopped doing something for the person."""
    steps = outlook.aggregate.steps_of(referral.referral_id)
    left = [step.at for step in steps if step.from_state in HOLDING and step.to_state not in HOLDING]
    return max(left, default=outlook.aggregate.last_step_at(referral))


def _own_work(outlook: Outlook, org: OrganisationId) -> list[Compartment]:
    """Return what a partner itself wrote, its mentoring among it, and the referrals it made onwards."""
    onwards = [(each.id, Cls.REFERRAL) for each in outlook.aggregate.referrals if each.org == org]
    files = [(file, Cls.NOTES) for file in outlook.files_of(org)]
    mentoring = mentoring_compartments(outlook.aggregate, org)
    return [*((org, cls) for cls in _OWN), *private_notes(outlook, org), *files, *mentoring, *onwards]


def _live_classes(outlook: Outlook, person: Person, org: OrganisationId) -> list[Compartment]:
    """Return what consent opens as it stands now: the card, and notes where casework covers them."""
    notes = [(person.org, Cls.NOTES)] if org != person.org and outlook.shares_notes(org) else []
    files = outlook.files_of(person.org) if org != person.org and outlook.shares_files(org) else []
    return [(org, Cls.CARD), *notes, *((file, Cls.NOTES) for file in files)]


def _all(key: str, compartments: list[Compartment], until: datetime | None) -> Iterator[Visible]:
    yield from (Visible(scope_key=key, owner=owner, cls=cls, until=until) for owner, cls in compartments)
