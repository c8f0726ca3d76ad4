"""A referral's step at the service: the state machine, the gate, and `queued` that becomes `sent` at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from app.domain.bodies import Body, body_of, plain
from app.domain.canonical import body_hash
from app.domain.checks import checked
from app.domain.clocks import decide_due, whole_days
from app.domain.codes import ReferralState, Role
from app.domain.ids import SYSTEM
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import PROTECTIVE, rule_for, transition
from app.domain.referral_steps import Actor
from app.errors import BadInputError, BadTransitionError
from sync.central.outcomes import OpHeldError, OpRefusedError
from sync.central.overlay import Locked, Overlay, Row
from sync.central.person_rows import referral_of, steps_of
from sync.central.policy import Caller
from sync.central.rerouting import answer_for_reroute, pass_on
from sync.central.sending import Moving, nation_of, send_referral
from sync.central.service_records import in_milliseconds, service_step
from sync.protocol.messages import HoldCode, OpLine, RejectCode


def move_referral(overlay: Overlay, aggregate: Locked, row: Row, op: OpLine, moving: Moving) -> bool:
    """Take a step of a referral, and return whether it now stands just as the sender of the op believes.

    Raises:
        BadTransitionError: somebody was quicker, or nobody may go there.
        BadInputError: what the step requires is missing.
        GateError: the referral may not leave.
    """
    event = _event_of(op, row, moving)
    if _is_repeated(aggregate, event):
        return True
    referral = referral_of(row)
    steps = steps_of(aggregate, referral)
    if _is_taken(referral, event, steps):
        return False
    if event.from_state is not referral.state and event.to_state not in PROTECTIVE:
        raise BadTransitionError
    asked = transition(
        referral,
        to=event.to_state,
        by=_actor(referral, event.to_state, moving),
        reason=event.reason,
        next_step=event.next_step,
        asked=event.asked,
        on=moving.on,
        history=steps,
        answer=answer_for_reroute(aggregate, referral, event, moving),
    )
    # What the step requires and nothing beside it: whatever else stood there would reach the other side unread.
    step = replace(event, from_state=referral.state, asked=asked)
    overlay.insert_record(aggregate.agg_id, step, op=op.op_id)
    if step.to_state is ReferralState.QUEUED:
        send_referral(overlay, aggregate, row, step, moving)
        return False
    body: Body = {**row.body, "state": step.to_state.value, **_moved_clock(referral, step, steps, moving)}
    overlay.mark_pushed(overlay.revise(row, body, op=op.op_id))
    if step.to_state is ReferralState.REROUTED:
        pass_on(overlay, aggregate, step, moving, cause=op.op_id)
    return step == event and body.get("decide_due") == row.body.get("decide_due")


def withdraw_referral(
    overlay: Overlay, row: Row, *, reason: str, cause: UUID, now: datetime, to: ReferralState = ReferralState.WITHDRAWN
) -> None:
    """Take the system's step that ends a referral, or recalls it to draft."""
    referral = referral_of(row)
    overlay.insert_record(row.agg_id, service_step(referral, to, cause=cause, now=now, reason=reason), op=cause)
    overlay.revise(row, {**row.body, "state": to.value}, op=cause)


def _event_of(op: OpLine, row: Row, moving: Moving) -> ReferralEvent:
    event_id, body = op.changes.get("event_id"), op.changes.get("event")
    if not isinstance(event_id, str) or not isinstance(body, dict):
        raise BadInputError.at("referral", "event", "required")
    try:
        identifier = UUID(event_id)
    except ValueError as error:
        raise BadInputError.at("referral", "event_id", "bad_format") from error
    event = checked_event(identifier, body, on=moving.on)
    if event.referral != row.id or event.person != row.agg_id or not _is_signed(event, op, moving.caller):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    return event


def _is_signed(event: ReferralEvent, op: OpLine, caller: Caller) -> bool:
    """Answer whether a step says truly who took it; a laptop signs for the system only what a lost yes ends."""
    if caller.is_service:
        return True
    by_system = event.by == SYSTEM and event.to_state is ReferralState.WITHDRAWN
    signed = (event.org, event.created_by, event.device) == (caller.org, op.by, caller.device)
    return signed and (event.by == op.by or by_system)


def checked_event(event_id: UUID, body: Body, *, on: date) -> ReferralEvent:
    """Return the event of a body.

    Raises:
        BadInputError: it has not the shape of one, or a text in it is too long.
    """
    return checked(ReferralEvent, event_id, body, on=on)


def _is_repeated(aggregate: Locked, event: ReferralEvent) -> bool:
    there = aggregate.rows.get(event.id)
    if there is None:
        return False
    if body_hash(there.body) != body_hash(body_of(event)):
        raise OpRefusedError(RejectCode.ID_REUSE)
    return True


def _is_taken(referral: Referral, event: ReferralEvent, steps: Iterable[ReferralEvent]) -> bool:
    """Answer whether somebody took the same step with the same reason; no clock says which step was the last."""
    same = any(step.to_state is event.to_state and step.reason == event.reason for step in steps)
    return referral.state is event.to_state and same


def _actor(referral: Referral, to: ReferralState, moving: Moving) -> Actor:
    """Return on whose behalf the caller acts; within one organisation, on whichever may go there."""
    org = moving.caller.org
    actors: list[Actor] = []
    if moving.caller.is_service:
        actors.append(Actor.SYSTEM)
    if org == referral.org:
        actors.append(Actor.SENDER_COORDINATOR if Role.COORDINATOR in moving.roles else Actor.SENDER)
    if org == referral.to_org and _answers_for_team(referral, moving):
        actors.append(Actor.RECEIVER)
    if not actors:
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    return next((actor for actor in actors if rule_for(referral.state, to, actor) is not None), actors[0])


def _answers_for_team(referral: Referral, moving: Moving) -> bool:
    """Answer whether the caller is of the team a referral went to, or coordinates every team (domain.md 2.2)."""
    if moving.caller.is_service or Role.COORDINATOR in moving.roles:
        return True
    of_team = f"intake:{referral.to_org}:{referral.to_team}"
    return Role.INTAKE_WORKER in moving.roles and of_team in moving.caller.scopes.values()


def _moved_clock(referral: Referral, step: ReferralEvent, steps: Sequence[ReferralEvent], moving: Moving) -> Body:
    """Return `decide_due` put off by the whole days that a question waited for its answer (domain.md 6.4)."""
    answered = referral.state is ReferralState.INFO_NEEDED and step.to_state is ReferralState.RECEIVED
    service = moving.alliance.directory.services.get(referral.to_service)
    if not answered or referral.sent_at is None or service is None:
        return {}
    # Laptops' clocks differ, so questions and answers are paired each among themselves, not by one line of time.
    asked = sorted(each.at for each in steps if each.to_state is ReferralState.INFO_NEEDED)
    answers = sorted(each.at for each in steps if each.from_state is ReferralState.INFO_NEEDED)
    answers.append(in_milliseconds(moving.now))
    paused = sum(whole_days(since, until) for since, until in zip(asked, answers, strict=False))
    due = decide_due(
        referral.sent_at,
        nation=nation_of(referral, moving.alliance),
        holidays=moving.holidays,
        decide_days=service.decide_days,
        paused_days=paused,
    )
    return {"decide_due": plain(due)}
