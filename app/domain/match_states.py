"""The states of a match and every move between them (`domain.md` 7.4), called by laptop and service alike.

What a step carries in `MatchEvent.asked`, as JSON:

    mentee_agreed   told_to_mentor (list of items, may be empty: the mentee wants nothing told)
    paused          resume_on (day; may be missing)
    ended           goals {goal id: state}, one for every goal
    declined        by_whom; for reason `other` also reason_text
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.asked import Asked
from app.domain.codes import GoalState, MatchDeclineReason, MatchEndReason, MatchParty, MatchState, ToldItem
from app.errors import BadInputError, BadTransitionError, GateError

RECORD = "match"

_S = MatchState

FINAL = frozenset({_S.ENDED, _S.DECLINED, _S.ENTERED_IN_ERROR})
"""Nothing moves on from here, but that an ended or declined one was a mistake cannot be said of it any more."""

BEFORE_ACTIVE = frozenset({_S.SUGGESTED, _S.APPROVED, _S.MENTEE_AGREED})
"""Not begun: such a match is declined, never ended."""

RUNNING = frozenset({_S.ACTIVE, _S.PAUSED})
"""Begun and not over."""


class Mover(StrEnum):
    """On whose behalf a step is taken."""

    COORDINATOR = "coordinator"
    MENTOR = "mentor"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: from any of these states to that one, by any of these."""

    leaves: frozenset[MatchState]
    to: MatchState
    by: frozenset[Mover]


_COORDINATOR = frozenset({Mover.COORDINATOR})
_EVERYBODY = frozenset(Mover)

TRANSITIONS = (
    Rule(frozenset({_S.SUGGESTED}), _S.APPROVED, _COORDINATOR),
    Rule(frozenset({_S.APPROVED}), _S.MENTEE_AGREED, _COORDINATOR),
    # A coordinator may write down the yes that a mentor said on the phone.
    Rule(frozenset({_S.MENTEE_AGREED}), _S.ACTIVE, frozenset({Mover.MENTOR, Mover.COORDINATOR})),
    Rule(frozenset({_S.SUGGESTED, _S.APPROVED}), _S.DECLINED, frozenset({Mover.COORDINATOR, Mover.SYSTEM})),
    Rule(frozenset({_S.MENTEE_AGREED}), _S.DECLINED, _EVERYBODY),
    Rule(frozenset({_S.ACTIVE}), _S.PAUSED, _COORDINATOR),
    Rule(frozenset({_S.PAUSED}), _S.ACTIVE, _COORDINATOR),
    Rule(RUNNING, _S.ENDED, frozenset({Mover.COORDINATOR, Mover.SYSTEM})),
    Rule(frozenset(_S) - FINAL, _S.ENTERED_IN_ERROR, _COORDINATOR),
)
"""Every move there is; a new match is `suggested`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known around a match when it moves.

    Attributes:
        goals: ids of the mentee's goals, as text.
        mentee_is_ready: the mentee's profile says `ready`.
        consent: `mentoring` is effective for the match's organisation; None on a mentor's laptop, which cannot know.
        mentor_is_ready: active, with every check, on this day; None when this laptop does not hold the profile.
        has_room: a place is free; None when this laptop cannot know.
    """

    goals: frozenset[str] = frozenset()
    mentee_is_ready: bool = False
    consent: bool | None = None
    mentor_is_ready: bool | None = None
    has_room: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is wanted of a match."""

    to: MatchState
    by: Mover
    reason: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)


class NoRoomError(BadInputError):
    """The mentor has no place free: the match waits for a coordinator, and nothing is lost."""

    default_code = "match.mentor.out_of_range"


def rule_for(state: MatchState, to: MatchState, by: Mover) -> Rule | None:
    """Return the row that allows a move, None when there is none."""
    return next((rule for rule in TRANSITIONS if state in rule.leaves and to is rule.to and by in rule.by), None)


def allowed_moves(state: MatchState, by: Iterable[Mover]) -> tuple[MatchState, ...]:
    """Return where a match may go, in the order of the table."""
    movers = frozenset(by)
    return tuple(dict.fromkeys(rule.to for rule in TRANSITIONS if state in rule.leaves and rule.by & movers))


def check_move(state: MatchState, move: Move, standing: Standing) -> dict[str, Any]:
    """Return the data that a step carries, once the step is allowed and everything it requires is there.

    Raises:
        BadTransitionError: `match.bad_transition`, with the state the match is in.
        BadInputError: `match.<field>.<problem>`; `NoRoomError` when the mentor has no place free.
        GateError: `gate_consent`: the mentee has not agreed to mentoring, or no more.
    """
    if rule_for(state, move.to, move.by) is None:
        raise BadTransitionError("match.bad_transition", state=state.value)
    match move.to:
        case _S.APPROVED:
            _require(bool(standing.goals), "goals", "required")
            _require(standing.mentee_is_ready, "mentee", "not_permitted")
        case _S.MENTEE_AGREED:
            if not standing.consent:
                raise GateError("gate_consent")
        case _S.ACTIVE:
            _check_start(state, standing)
        case _S.PAUSED | _S.ENTERED_IN_ERROR:
            _require(bool(move.reason), "reason", "required")
    return _asked(move, standing)


def said_by(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step says of its match, by field, from the step's body; None clears a field."""
    asked: Mapping[str, Any] = event.get("asked", {})
    said: dict[str, Any] = {"state": event["to_state"]}
    match event["to_state"]:
        case _S.MENTEE_AGREED:
            said["told_to_mentor"] = sorted(asked.get("told_to_mentor", ()))
        case _S.PAUSED | _S.ACTIVE:
            said["resume_on"] = asked.get("resume_on")
        case _S.ENDED:
            said["end_reason"] = event["reason"]
    return said


def after(body: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a match as a step leaves it; fields this version does not know stay."""
    changed = {**body, **said_by(event)}
    return {name: value for name, value in changed.items() if value not in (None, [], "")}


def _check_start(state: MatchState, standing: Standing) -> None:
    if standing.mentor_is_ready is False:
        raise BadInputError.at(RECORD, "checks", "not_permitted")
    if state is _S.MENTEE_AGREED:
        if standing.consent is False:
            raise GateError("gate_consent")
        if standing.has_room is False:
            raise NoRoomError


def _asked(move: Move, standing: Standing) -> dict[str, Any]:
    asked = Asked(RECORD, move.asked)
    match move.to:
        case _S.MENTEE_AGREED:
            if not isinstance(move.asked.get("told_to_mentor"), list):
                raise BadInputError.at(RECORD, "told_to_mentor", "required")
            return {"told_to_mentor": asked.codes("told_to_mentor", ToldItem) if move.asked["told_to_mentor"] else []}
        case _S.PAUSED:
            return {"resume_on": asked.day("resume_on")} if move.asked.get("resume_on") else {}
        case _S.ENDED:
            _require_code(move.reason, MatchEndReason)
            return {"goals": _goal_states(move, standing)}
        case _S.DECLINED:
            return _declined(move, asked)
    return {}


def _declined(move: Move, asked: Asked) -> dict[str, Any]:
    _require_code(move.reason, MatchDeclineReason)
    said = {"by_whom": asked.code("by_whom", MatchParty)}
    if move.by is Mover.MENTOR and said["by_whom"] != MatchParty.MENTOR:
        raise BadInputError.at(RECORD, "by_whom", "not_permitted")
    if move.reason == MatchDeclineReason.OTHER:
        said["reason_text"] = asked.text("reason_text", longest=200)
    return said


def _goal_states(move: Move, standing: Standing) -> dict[str, str]:
    said = move.asked.get("goals", {})
    if not isinstance(said, dict) or not all(state in GoalState.__members__.values() for state in said.values()):
        raise BadInputError.at(RECORD, "goals", "unknown_code")
    if move.by is not Mover.SYSTEM and not standing.goals <= said.keys():
        raise BadInputError.at(RECORD, "goals", "required")
    return {str(goal): str(state) for goal, state in sorted(said.items()) if goal in standing.goals}


def _require(holds: bool, field: str, problem: str) -> None:
    if not holds:
        raise BadInputError.at(RECORD, field, problem)


def _require_code(reason: str, codes: type[StrEnum]) -> None:
    if not reason:
        raise BadInputError.at(RECORD, "reason", "required")
    if reason not in codes.__members__.values():
        raise BadInputError.at(RECORD, "reason", "unknown_code")
