"""A match's step at the service: the state machine, the mentor's checks, and places counted under the mentor's lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain.bodies import body_of, record_of
from app.domain.canonical import body_hash
from app.domain.checks import checked
from app.domain.codes import (
    GoalState,
    MatchState,
    MenteeStatus,
    RecordType,
    Role,
    TaskKind,
)
from app.domain.ids import SYSTEM, PersonId, RecordId
from app.domain.match import Match, MatchEvent
from app.domain.match_states import Move, Mover, NoRoomError, Standing, after, check_move
from app.domain.mentor_checks import has_room, is_ready_to_mentor
from app.domain.mentor_view import NO_ROOM, standing_of
from app.domain.mentoring import MentorProfile
from app.domain.partners import Outlook
from app.errors import BadInputError, BadTransitionError
from sync.central.mentoring import Due, ask_coordinator, is_mentor_of, matches_in
from sync.central.outcomes import OpHeldError, OpRefusedError
from sync.central.overlay import Locked, Overlay, Row
from sync.central.person_rows import person_of
from sync.central.policy import Caller
from sync.central.sending import Moving
from sync.central.service_records import derived_id, in_milliseconds, service_header
from sync.protocol.messages import HoldCode, OpLine, RejectCode

_OPEN_GOAL = frozenset({GoalState.NOT_STARTED, GoalState.SOME_STEPS, GoalState.MOSTLY})


def move_match(overlay: Overlay, aggregate: Locked, row: Row, op: OpLine, moving: Moving) -> bool:
    """Take a step of a match, and return whether it now stands just as the sender of the op believes.

    `row` is the match itself, or the card by which a mentor answers.

    Raises:
        BadTransitionError: somebody was quicker, or nobody may go there.
        BadInputError: what the step requires is missing, or a check has lapsed.
        GateError: the mentee has not agreed to mentoring.
        OpHeldError: the match is not the caller's.
    """
    match_row = row if row.type is RecordType.MATCH else aggregate.rows.get(UUID(str(row.body["match"])))
    if match_row is None:
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    match = record_of(Match, match_row.id, match_row.body)
    event = _event_of(op, match, moving)
    by = _mover(match, row, moving.caller, moving.roles)
    if (by is Mover.MENTOR) is not (event.created_role is Role.MENTOR):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    if _is_repeated(aggregate, event):
        return True
    if event.from_state is not match.state:
        raise BadTransitionError("match.bad_transition", state=match.state.value)
    move = Move(to=event.to_state, by=by, reason=event.reason, asked=event.asked)
    try:
        asked = check_move(match.state, move, _standing(overlay, aggregate, match, moving))
    except NoRoomError:
        ask_coordinator(
            overlay, aggregate, match, Due(TaskKind.CHECK_MENTOR, NO_ROOM, 5), cause=op.op_id, moving=moving
        )
        return False
    step = replace(event, asked=asked)
    overlay.insert_record(aggregate.agg_id, step, op=op.op_id)
    moved = overlay.revise(match_row, after(match_row.body, body_of(step)), op=op.op_id)
    _follow_step(overlay, aggregate, step, op=op.op_id)
    if row is match_row:
        overlay.mark_pushed(moved)
    return step == event and row is match_row


def end_match(overlay: Overlay, row: Row, to: MatchState, reason: str, *, cause: UUID, now: datetime) -> None:
    """Take the system's step that ends or declines a match."""
    match = record_of(Match, row.id, row.body)
    step = MatchEvent(
        **service_header(derived_id(cause, match.id, to.value), org=match.org, now=now),
        person=match.person,
        match=match.id,
        mentor=match.mentor,
        from_state=match.state,
        to_state=to,
        at=in_milliseconds(now),
        by=SYSTEM,
        reason=reason,
    )
    overlay.insert_record(row.agg_id, step, op=cause)
    overlay.revise(row, after(row.body, body_of(step)), op=cause)
    _follow_step(overlay, overlay.aggregates[row.agg_id], step, op=cause)


def _event_of(op: OpLine, match: Match, moving: Moving) -> MatchEvent:
    event_id, body = op.changes.get("event_id"), op.changes.get("event")
    if not isinstance(event_id, str) or not isinstance(body, dict):
        raise BadInputError.at("match", "event", "required")
    try:
        identifier = UUID(event_id)
    except ValueError as error:
        raise BadInputError.at("match", "event_id", "bad_format") from error
    event = checked(MatchEvent, identifier, body, on=moving.on)
    of_match = (event.match, event.person, event.mentor) == (match.id, match.person, match.mentor)
    caller = moving.caller
    signed = (event.org, event.created_by, event.by, event.device) == (caller.org, op.by, op.by, caller.device)
    if not of_match or not (signed or caller.is_service):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    return event


def _mover(match: Match, row: Row, caller: Caller, roles: frozenset[Role]) -> Mover:
    """Return on whose behalf the caller acts: by the card as its mentor, by the match as a coordinator."""
    if caller.is_service:
        return Mover.SYSTEM
    if row.type is RecordType.MATCH_CARD and is_mentor_of(match, caller):
        return Mover.MENTOR
    if row.type is RecordType.MATCH and Role.COORDINATOR in roles and match.org == caller.org:
        return Mover.COORDINATOR
    raise OpHeldError(HoldCode.OUT_OF_SCOPE)


def _is_repeated(aggregate: Locked, event: MatchEvent) -> bool:
    there = aggregate.rows.get(event.id)
    if there is None:
        return False
    if body_hash(there.body) != body_hash(body_of(event)):
        raise OpRefusedError(RejectCode.ID_REUSE)
    return True


def _standing(overlay: Overlay, aggregate: Locked, match: Match, moving: Moving) -> Standing:
    """Return what the service knows around a match: also the mentor's checks and places, under the mentor's lock."""
    outlook = Outlook(aggregate=person_of(aggregate), directory=moving.alliance.directory, on=moving.on)
    profile = _profile_of(overlay, match)
    if profile is None:
        return replace(standing_of(outlook, match), mentor_is_ready=False, has_room=False)
    organisation = moving.alliance.directory.organisations.get(match.org)
    policy = {} if organisation is None else organisation.policy
    return replace(
        standing_of(outlook, match),
        mentor_is_ready=is_ready_to_mentor(profile, on=moving.on, policy=policy),
        has_room=has_room(profile, _states_of(overlay, match.mentor), match.id),
    )


def _profile_of(overlay: Overlay, match: Match) -> MentorProfile | None:
    aggregate = overlay.find(match.mentor)
    if aggregate is None:
        return None
    profiles = (row for row in aggregate.of_type(RecordType.MENTOR_PROFILE) if row.org == match.org)
    return next((record_of(MentorProfile, row.id, row.body) for row in profiles), None)


def _states_of(overlay: Overlay, mentor: PersonId) -> dict[RecordId, MatchState]:
    """Return the states of a mentor's matches: as stored, and as this very transaction leaves those it has in hand."""
    states = {RecordId(match): MatchState(state) for match, state in overlay.places.get(mentor, {}).items()}
    in_hand = (found for aggregate in overlay.aggregates.values() for found in matches_in(aggregate))
    return states | {found.id: found.state for found in in_hand if found.mentor == mentor}


def _follow_step(overlay: Overlay, aggregate: Locked, step: MatchEvent, *, op: UUID) -> None:
    """Move the mentee's profile along with the match, and the goals as they were said to stand at its end."""
    for goal, state in step.asked.get("goals", {}).items():
        row = aggregate.rows.get(UUID(goal))
        if row is not None and row.type is RecordType.GOAL:
            overlay.revise(row, {**row.body, "state": state}, op=op)
    goals = [row for row in aggregate.of_type(RecordType.GOAL) if row.org == step.org]
    has_open = any(row.body.get("state", GoalState.NOT_STARTED) in _OPEN_GOAL for row in goals)
    for row in aggregate.of_type(RecordType.MENTEE_PROFILE):
        if row.org != step.org:
            continue
        status = row.body["status"]
        if step.to_state is MatchState.ACTIVE and status == MenteeStatus.READY:
            overlay.revise(row, {**row.body, "status": MenteeStatus.MATCHED.value}, op=op)
        if step.to_state is MatchState.ENDED and status == MenteeStatus.MATCHED and has_open:
            overlay.revise(row, {**row.body, "status": MenteeStatus.READY.value}, op=op)
