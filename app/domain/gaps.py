"""Gap watch: people whom nobody holds, or for whom something stands still, each with its reasons (`domain.md` 9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.aggregate import PersonAggregate
from app.domain.clocks import london_day
from app.domain.codes import (
    Decision,
    GoalState,
    MatchEndReason,
    MatchState,
    MenteeStatus,
    PersonStatus,
    ReferralState,
    TaskKind,
    TaskState,
)
from app.domain.consent import AnswerKind
from app.domain.ids import OrganisationId
from app.domain.partners import HOLDING, Outlook
from app.domain.person import Person, Stay
from app.domain.policy import PolicyKey, policy_value
from app.domain.referral import Referral
from app.domain.referral_states import is_live, is_open
from app.domain.task import Task

LEAVING_DAYS = 7
"""Days before an expected discharge from which a person without a holder is about to fall."""

AFTER_DAYS = 60
"""Days after a discharge, a match or a contact in which it still counts."""

LONG_WAIT_DAYS = 90
MENTEE_DAYS = 21
REASK_DAYS = 14
"""Days on a waiting list without a note, as a mentee without a match, past the day to ask again."""

_S = ReferralState
_FELL_THROUGH = frozenset({_S.DECLINED_BY_SERVICE, _S.COULD_NOT_CONTACT, _S.EXPIRED})
_UNDECIDED = frozenset({_S.SENT, _S.RECEIVED, _S.INFO_NEEDED})
_MATCHED = frozenset({MatchState.MENTEE_AGREED, MatchState.ACTIVE, MatchState.PAUSED})
_NOT_UNMET = frozenset({MatchEndReason.DIED, MatchEndReason.MENTEE_ENDED})


class Gap(StrEnum):
    """Why somebody stands on the list, in the order of the list. Fixed for ever."""

    LEAVING_UNHELD = "leaving_unheld"
    DECLINED_EVERYWHERE = "declined_everywhere"
    NO_ACCEPTANCE = "no_acceptance"
    NO_ACKNOWLEDGEMENT = "no_acknowledgement"
    NO_DECISION = "no_decision"
    STUCK_ON_LAPTOP = "stuck_on_laptop"
    ENDED_UNMET = "ended_unmet"
    LONG_WAIT = "long_wait"
    MENTEE_WAITING = "mentee_waiting"
    ASKED_TOO_LATE = "asked_too_late"
    NOBODY_HOLDING = "nobody_holding"


GAPS = tuple(Gap)
"""The codes in the order of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, and the London day since which it holds."""

    gap: Gap
    since: date
    org: OrganisationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One person on the list.

    Attributes:
        person: whom.
        causes: every reason, in the order of the list.
        leaves_on: expected or past day of discharge, None when not known.
        last_contact: day of the newest note or step, None when there was none.
        taken_by: the open task of a colleague who has taken it on.
    """

    person: Person
    causes: tuple[Cause, ...]
    leaves_on: date | None
    last_contact: date | None
    taken_by: Task | None = None

    @property
    def order(self) -> tuple[date, int, date]:
        """Discharge day first, unknown last; then the reason; then the oldest."""
        return (self.leaves_on or date.max, GAPS.index(self.causes[0].gap), self.causes[0].since)


def gap_row(outlook: Outlook, *, now: datetime, reask_since: Iterable[date] = ()) -> GapRow | None:
    """Return a person's row, None when nothing is missing or somebody dropped it with a reason since.

    Args:
        outlook: the person, the alliance and the day on which consent is judged.
        now: the moment, for clocks that run by the hour.
        reask_since: since when each re-ask item of the person is due.
    """
    held = outlook.aggregate
    person = held.person
    if person is None or person.status is not PersonStatus.ACTIVE or person.restricted or _wants_nothing(outlook):
        return None
    dropped_on = max((london_day(task.created_at) for task in _gap_tasks(held, TaskState.DROPPED)), default=None)
    found = _causes(outlook, person, now, reask_since)
    causes = tuple(cause for cause in found if dropped_on is None or cause.since > dropped_on)
    if not causes:
        return None
    taken = max(_gap_tasks(held, TaskState.OPEN), key=lambda task: task.created_at, default=None)
    stay = _stay(held)
    return GapRow(
        person=person,
        causes=causes,
        leaves_on=None if stay is None else stay.discharged_on or stay.expected_discharge_on,
        last_contact=max(_contacts(held), default=None),
        taken_by=taken,
    )


def holders(outlook: Outlook, *, on: date) -> frozenset[OrganisationId]:
    """Return the organisations that are doing something for a person."""
    held = outlook.aggregate
    orgs = {referral.to_org for referral in held.referrals if referral.state in HOLDING}
    orgs |= {match.org for match in held.matches if match.state in _MATCHED}
    person = held.person
    if person is not None and any(on - day < timedelta(days=AFTER_DAYS) for day in _key_worker_notes(held, person)):
        orgs.add(person.org)
    return frozenset(orgs)


def _causes(outlook: Outlook, person: Person, now: datetime, reask_since: Iterable[date]) -> list[Cause]:
    held, on = outlook.aggregate, outlook.on
    is_unheld = _needs_holding(outlook, person) and not holders(outlook, on=on)
    found = [
        *(_leaving(held, on) if is_unheld else ()),
        *_declined_everywhere(held, is_open_yes=_has_yes(outlook)),
        *_no_acceptance(outlook, person),
        *_overdue(held, now),
        *(_ended_unmet(held, on) if is_unheld else ()),
        *_waiting(held, on),
        *_asked_too_late(reask_since, on),
    ]
    if not found and is_unheld:
        since = _unheld_since(outlook, person)
        if on - since >= timedelta(days=policy_value(_policy(outlook, person), PolicyKey.GAP_DAYS)):
            found = [Cause(gap=Gap.NOBODY_HOLDING, since=since)]
    return sorted(found, key=lambda cause: (GAPS.index(cause.gap), cause.since))


def _leaving(held: PersonAggregate, on: date) -> Iterator[Cause]:
    stay = _stay(held)
    if stay is None:
        return
    if stay.discharged_on is not None:
        if timedelta() <= on - stay.discharged_on <= timedelta(days=AFTER_DAYS):
            yield Cause(gap=Gap.LEAVING_UNHELD, since=stay.discharged_on)
    elif stay.expected_discharge_on is not None and stay.expected_discharge_on - on <= timedelta(days=LEAVING_DAYS):
        yield Cause(gap=Gap.LEAVING_UNHELD, since=stay.expected_discharge_on - timedelta(days=LEAVING_DAYS))


def _declined_everywhere(held: PersonAggregate, *, is_open_yes: bool) -> Iterator[Cause]:
    referrals = [referral for referral in held.referrals if referral.state is not _S.DRAFT and not referral.archived]
    if not referrals or not is_open_yes or any(is_open(referral.state) for referral in referrals):
        return
    last = max(referrals, key=held.last_step_at)
    # A next step that was done closes the referral: it is then no longer in the state it fell through in.
    if last.state in _FELL_THROUGH:
        yield Cause(gap=Gap.DECLINED_EVERYWHERE, since=london_day(held.last_step_at(last)), org=last.to_org)


def _no_acceptance(outlook: Outlook, person: Person) -> Iterator[Cause]:
    first = _first_yes(outlook)
    if first is None or any(outlook.was_accepted(referral) for referral in outlook.aggregate.referrals):
        return
    since = first + timedelta(days=policy_value(_policy(outlook, person), PolicyKey.GAP_DAYS))
    if since <= outlook.on:
        yield Cause(gap=Gap.NO_ACCEPTANCE, since=since)


def _overdue(held: PersonAggregate, now: datetime) -> Iterator[Cause]:
    for referral in held.referrals:
        if referral.state is _S.SENT and referral.ack_due is not None and referral.ack_due < now:
            yield _since(Gap.NO_ACKNOWLEDGEMENT, referral, referral.ack_due)
        if referral.state in _UNDECIDED and referral.decide_due is not None and referral.decide_due < now:
            yield _since(Gap.NO_DECISION, referral, referral.decide_due)
        if referral.state is _S.QUEUED and now - held.last_step_at(referral) > timedelta(hours=24):
            yield _since(Gap.STUCK_ON_LAPTOP, referral, held.last_step_at(referral) + timedelta(hours=24))


def _ended_unmet(held: PersonAggregate, on: date) -> Iterator[Cause]:
    if any(goal.state is GoalState.MET for goal in held.goals):
        return
    for match in held.matches:
        if match.state is not MatchState.ENDED or match.end_reason in _NOT_UNMET:
            continue
        steps = held.steps_of_match(match.id)
        ended = london_day(steps[-1].at if steps else match.created_at)
        if on - ended <= timedelta(days=AFTER_DAYS):
            yield Cause(gap=Gap.ENDED_UNMET, since=ended, org=match.org)


def _waiting(held: PersonAggregate, on: date) -> Iterator[Cause]:
    notes = [london_day(note.created_at) for note in held.notes]
    for referral in held.referrals:
        if referral.state is _S.WAITING_LIST:
            quiet_since = max([london_day(held.last_step_at(referral)), *notes])
            if on - quiet_since > timedelta(days=LONG_WAIT_DAYS):
                since = quiet_since + timedelta(days=LONG_WAIT_DAYS)
                yield Cause(gap=Gap.LONG_WAIT, since=since, org=referral.to_org)
    for mentee in held.mentee_profiles:
        ready = mentee.status is MenteeStatus.READY
        beyond = any(match.state in _MATCHED | {MatchState.APPROVED} for match in held.matches)
        since = london_day(mentee.created_at) + timedelta(days=MENTEE_DAYS)
        if ready and not beyond and since < on:
            yield Cause(gap=Gap.MENTEE_WAITING, since=since, org=mentee.org)


def _asked_too_late(reask_since: Iterable[date], on: date) -> Iterator[Cause]:
    oldest = min(reask_since, default=None)
    if oldest is not None and on - oldest >= timedelta(days=REASK_DAYS):
        yield Cause(gap=Gap.ASKED_TOO_LATE, since=oldest + timedelta(days=REASK_DAYS))


def _since(gap: Gap, referral: Referral, at: datetime) -> Cause:
    return Cause(gap=gap, since=london_day(at), org=referral.to_org)


def _wants_nothing(outlook: Outlook) -> bool:
    """Answer whether everything that was ever answered is a no: then nobody is missing."""
    held = outlook.aggregate
    lines = [line for line in held.lines if line.line_id not in held.voided]
    if not lines:
        return False
    if any(line.org is None and line.decision is Decision.WITHDRAWAL for line in lines) and not _has_yes(outlook):
        return True
    asked = {(line.org, line.purpose) for line in lines if line.org is not None and line.purpose is not None}
    return bool(asked) and all(outlook.answer(org, purpose).kind is AnswerKind.NO for org, purpose in asked)


def _needs_holding(outlook: Outlook, person: Person) -> bool:
    return _has_yes(outlook) or bool(person.needs)


def _has_yes(outlook: Outlook) -> bool:
    return any(
        outlook.answer(line.org, line.purpose).kind is AnswerKind.YES
        for line in outlook.aggregate.lines
        if line.decision is Decision.AGREED and line.org is not None and line.purpose is not None
    )


def _first_yes(outlook: Outlook) -> date | None:
    """Return the first day of the yeses that still hold."""
    held = outlook.aggregate
    days = [
        line.valid_from
        for line in held.lines
        if line.decision is Decision.AGREED
        and line.line_id not in held.voided
        and line.org is not None
        and line.org != outlook.home
        and line.purpose is not None
        and outlook.answer(line.org, line.purpose).kind is AnswerKind.YES
    ]
    return min(days, default=None)


def _unheld_since(outlook: Outlook, person: Person) -> date:
    """Return since when nobody holds a person: the end of the last holding, or the day they were registered."""
    held = outlook.aggregate
    ends = [london_day(person.created_at)]
    for referral in held.referrals:
        steps = held.steps_of(referral.referral_id)
        ends += [london_day(step.at) for step in steps if step.from_state in HOLDING and step.to_state not in HOLDING]
    ends += [london_day(step.at) for step in held.match_events if step.from_state in _MATCHED]
    ends += [day + timedelta(days=AFTER_DAYS) for day in _key_worker_notes(held, person)]
    return max(day for day in ends if day <= outlook.on)


def _key_worker_notes(held: PersonAggregate, person: Person) -> list[date]:
    return [
        london_day(note.created_at)
        for note in held.notes
        if person.key_worker is not None and note.created_by == person.key_worker
    ]


def _contacts(held: PersonAggregate) -> Iterator[date]:
    yield from (london_day(note.created_at) for note in held.notes)
    yield from (london_day(step.at) for step in held.events if is_live(step.to_state))
    yield from (london_day(event.at) for event in held.consent_events)


def _gap_tasks(held: PersonAggregate, state: TaskState) -> Iterator[Task]:
    return (task for task in held.tasks if task.kind is TaskKind.GAP and task.state is state)


def _stay(held: PersonAggregate) -> Stay | None:
    """Return where the person is, or was last."""
    stays = [stay for stay in held.stays if not stay.archived]
    return next((stay for stay in stays if stay.is_open), None) or max(
        stays, key=lambda stay: (stay.discharged_on or date.min, stay.created_at), default=None
    )


def _policy(outlook: Outlook, person: Person) -> dict[str, int | bool | str]:
    home = outlook.directory.organisations.get(person.org)
    return {} if home is None else home.policy
