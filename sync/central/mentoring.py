"""Mentoring at the service: whether a record has a place, and what calls, answers and a mentor who leaves bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.bodies import Body, record_of
from app.domain.calls import REFERRAL_WANTED, is_low, is_over_allowance
from app.domain.clocks import add_working_days
from app.domain.codes import (
    MatchState,
    MentorStatus,
    Nation,
    PulseSubject,
    RecordType,
    Role,
    TaskKind,
    TaskState,
)
from app.domain.match import Match, PulseAnswer, Session
from app.domain.match_states import FINAL
from app.domain.mentor_checks import may_become_active
from app.domain.mentor_view import has_consent, mentor_scope
from app.domain.mentoring import Goal, MentorProfile
from app.domain.partners import Outlook
from app.domain.record import Record
from app.domain.task import Task
from app.errors import BadInputError, BadTransitionError, GateError
from sync.central.outcomes import OpHeldError, OpRefusedError
from sync.central.overlay import Locked, Overlay, Row
from sync.central.person_rows import person_of
from sync.central.policy import Caller
from sync.central.sending import Moving
from sync.central.service_records import derived_id, service_header
from sync.protocol.messages import HoldCode, RejectCode

OVER_ALLOWANCE = "over_allowance"
"""The rule of a task about a match that has had more calls than agreed."""

MENTOR_LEFT = "mentor_left"
"""The rule of a task about a match whose mentor has left."""

_NOT_BEGUN = frozenset({MatchState.SUGGESTED, MatchState.APPROVED, MatchState.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True)
class Due:
    """A task that a record of mentoring brings about: for a coordinator, in so many working days."""

    kind: TaskKind
    rule: str
    days: int


def check_mentoring(aggregate: Locked, record: Record, moving: Moving) -> None:
    """Check that a new record of mentoring has a place: a match of this person, and of this caller.

    Raises:
        BadInputError: there is no such match, or it has not begun.
        BadTransitionError: a match begins as a suggestion.
        GateError: nobody is matched who has not agreed to mentoring.
        OpHeldError: the match is somebody else's.
        OpRefusedError: `read_only` for a mentor of another organisation's person.
    """
    caller, roles = moving.caller, moving.roles
    match record:
        case MentorProfile() if record.org != aggregate.home_org:
            raise OpRefusedError(RejectCode.READ_ONLY)
        case Match():
            if record.state is not MatchState.SUGGESTED or record.mentor_left:
                raise BadTransitionError("match.bad_transition", state=record.state.value)
            outlook = Outlook(aggregate=person_of(aggregate), directory=moving.alliance.directory, on=moving.on)
            if not has_consent(outlook, record):
                raise GateError("gate_consent")
        case Session() | PulseAnswer():
            _check_of_match(aggregate, record, caller, roles)
        case Goal() if roles == {Role.MENTOR} and not any(
            is_mentor_of(found, caller) for found in matches_in(aggregate) if found.org == record.org
        ):
            raise OpHeldError(HoldCode.OUT_OF_SCOPE)


def follow_record(overlay: Overlay, aggregate: Locked, record: Record, *, op: UUID, moving: Moving) -> None:
    """Bring about what follows from a call or an answer: tasks for a coordinator, never shown to the mentee."""
    if not isinstance(record, Session | PulseAnswer):
        return
    match = record_of(Match, record.match, aggregate.rows[record.match].body)
    for due in _dues(aggregate, match, record):
        ask_coordinator(overlay, aggregate, match, due, cause=op, moving=moving)


def follow_profile(overlay: Overlay, before: Row, row: Row, *, op: UUID, moving: Moving) -> None:
    """Take every match of a mentor who has left from their laptop, and ask a coordinator about the open ones."""
    left = row.body.get("status") == MentorStatus.LEFT and before.body.get("status") != MentorStatus.LEFT
    if not left:
        return
    for aggregate in list(overlay.aggregates.values()):
        for found in matches_in(aggregate):
            if found.mentor == row.agg_id and not found.mentor_left:
                overlay.revise(aggregate.rows[found.id], {**aggregate.rows[found.id].body, "mentor_left": True}, op=op)
                if found.state not in FINAL:
                    ask_coordinator(
                        overlay, aggregate, found, Due(TaskKind.CHECK_MENTOR, MENTOR_LEFT, 5), cause=op, moving=moving
                    )


def check_own_profile(row: Row, changes: Body, on: date) -> None:
    """Refuse a mentor who calls off their own training: only who paused goes on by themselves.

    Raises:
        BadInputError: `mentor_profile.<field>.<problem>`: they lack what somebody needs to mentor.
        OpRefusedError: they were not active before.
    """
    if changes.get("status") != MentorStatus.ACTIVE:
        return
    if row.body.get("status") != MentorStatus.PAUSED:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    may_become_active(record_of(MentorProfile, row.id, row.body), on=on)


def ask_coordinator(
    overlay: Overlay, aggregate: Locked, match: Match, due: Due, *, cause: UUID, moving: Moving
) -> None:
    """Add a task for a coordinator of the match's organisation, unless the same one waits already."""
    for row in aggregate.of_type(RecordType.TASK):
        is_same = (row.body.get("subject"), row.body.get("rule")) == (str(match.id), due.rule)
        if is_same and row.body.get("state") == TaskState.OPEN:
            return
    organisation = moving.alliance.directory.organisations.get(match.org)
    nation = Nation.UNKNOWN if organisation is None else organisation.nation
    task = Task(
        **service_header(derived_id(cause, match.id, due.rule), org=match.org, now=moving.now),
        kind=due.kind,
        person=match.person,
        subject=match.id,
        rule=due.rule,
        for_role=Role.COORDINATOR,
        due_on=add_working_days(moving.on, due.days, nation, moving.holidays),
    )
    overlay.insert_record(aggregate.agg_id, task, op=cause)


def is_mentor_of(match: Match, caller: Caller) -> bool:
    """Answer whether a caller's device is that of a match's mentor."""
    return match.org == caller.org and mentor_scope(match.mentor) in caller.scopes.values()


def matches_in(aggregate: Locked) -> list[Match]:
    """Return every match of a person."""
    return [record_of(Match, row.id, row.body) for row in aggregate.of_type(RecordType.MATCH)]


def _check_of_match(aggregate: Locked, record: Session | PulseAnswer, caller: Caller, roles: frozenset[Role]) -> None:
    row = aggregate.rows.get(record.match)
    if row is None or row.type is not RecordType.MATCH or row.org != record.org:
        raise BadInputError.at(record.TYPE, "match", "not_permitted")
    match = record_of(Match, row.id, row.body)
    is_coordinator = Role.COORDINATOR in roles
    if not is_coordinator and not is_mentor_of(match, caller):
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    if match.state in _NOT_BEGUN:
        raise BadInputError.at(record.TYPE, "match", "not_permitted")
    if isinstance(record, PulseAnswer) and not is_coordinator and record.about is not PulseSubject.MENTOR:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)


def _dues(aggregate: Locked, match: Match, record: Session | PulseAnswer) -> Iterator[Due]:
    if isinstance(record, PulseAnswer):
        if is_low(record):
            yield Due(TaskKind.LOW_PULSE, "low_pulse", 2)
        return
    if record.call_me_back:
        yield Due(TaskKind.CALL_MENTOR_BACK, "call_me_back", 1)
    if record.referral_wanted:
        yield Due(TaskKind.NEXT_STEP, REFERRAL_WANTED, 5)
    rows = aggregate.of_type(RecordType.SESSION)
    sessions = [record_of(Session, row.id, row.body) for row in rows if row.body["match"] == str(match.id)]
    if is_over_allowance(match.allowance, sessions):
        yield Due(TaskKind.STUCK_MATCH, OVER_ALLOWANCE, 5)
