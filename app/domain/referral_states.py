"""The states of a referral and every move between them (`domain.md` 6.1 and 6.2).

What each move requires stands in `app.domain.referral_steps`; a move that is not in `TRANSITIONS` is refused with
`referral.bad_transition` and the state the referral is in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.codes import ReferralState
from app.domain.consent import Answer
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_steps import Actor, AskedOf, Channel, Step, check_start, required_data
from app.errors import BadTransitionError

__all__ = [
    "FINAL",
    "LIVE",
    "OPEN",
    "PROTECTIVE",
    "TRANSITIONS",
    "Actor",
    "AskedOf",
    "Channel",
    "Rule",
    "allowed_moves",
    "check_start",
    "fold",
    "is_live",
    "is_open",
    "is_repeat",
    "rule_for",
    "transition",
]


_S = ReferralState

LIVE = frozenset({_S.SENT, _S.RECEIVED, _S.INFO_NEEDED, _S.ACCEPTED, _S.WAITING_LIST, _S.IN_PROGRESS})
"""With the receiver and under way."""

OPEN = LIVE | {_S.QUEUED}
"""Under way, or complete and waiting on a laptop."""

FINAL = frozenset({_S.CLOSED, _S.ENTERED_IN_ERROR})
"""Nothing moves on from here; a reopening is a new referral that `continues` this one."""

_ENDED_OPEN_ENDED = frozenset(
    {_S.DECLINED_BY_SERVICE, _S.DECLINED_BY_PERSON, _S.COULD_NOT_CONTACT, _S.REROUTED, _S.WITHDRAWN, _S.EXPIRED}
)
_BEFORE_RECEIVED = frozenset({_S.DRAFT, _S.QUEUED, _S.SENT})
_SENDER = frozenset({Actor.SENDER, Actor.SENDER_COORDINATOR})
_RECEIVER = frozenset({Actor.RECEIVER})
_SYSTEM = frozenset({Actor.SYSTEM})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: from any of these states to that one, by any of these.

    Attributes:
        number: its row in `domain.md` 6.2.
        leaves: the states it leaves; empty for a new referral.
        to: the state it reaches.
        by: who may.
    """

    number: int
    leaves: frozenset[ReferralState]
    to: ReferralState
    by: frozenset[Actor]


TRANSITIONS = (
    Rule(1, frozenset(), _S.DRAFT, _SENDER),
    Rule(2, frozenset({_S.DRAFT}), _S.QUEUED, _SENDER),
    Rule(3, frozenset({_S.QUEUED}), _S.DRAFT, _SENDER | _SYSTEM),
    Rule(4, frozenset({_S.QUEUED}), _S.SENT, _SYSTEM),
    Rule(5, frozenset({_S.SENT}), _S.RECEIVED, _RECEIVER),
    Rule(6, frozenset({_S.SENT, _S.RECEIVED}), _S.INFO_NEEDED, _RECEIVER),
    Rule(7, frozenset({_S.INFO_NEEDED}), _S.RECEIVED, _SENDER | _RECEIVER),
    Rule(8, frozenset({_S.RECEIVED}), _S.ACCEPTED, _RECEIVER),
    Rule(9, frozenset({_S.ACCEPTED}), _S.WAITING_LIST, _RECEIVER),
    Rule(10, frozenset({_S.ACCEPTED, _S.WAITING_LIST}), _S.IN_PROGRESS, _RECEIVER),
    Rule(11, frozenset({_S.IN_PROGRESS}), _S.COMPLETED, _RECEIVER),
    Rule(12, LIVE - {_S.IN_PROGRESS}, _S.DECLINED_BY_SERVICE, _RECEIVER),
    Rule(13, LIVE, _S.DECLINED_BY_PERSON, _RECEIVER | _SENDER),
    Rule(14, frozenset({_S.RECEIVED, _S.ACCEPTED, _S.WAITING_LIST}), _S.COULD_NOT_CONTACT, _RECEIVER),
    Rule(15, frozenset({_S.RECEIVED, _S.ACCEPTED, _S.WAITING_LIST}), _S.REROUTED, _RECEIVER),
    Rule(16, OPEN | {_S.DRAFT}, _S.WITHDRAWN, _SENDER | _SYSTEM),
    Rule(17, frozenset({_S.SENT, _S.RECEIVED, _S.INFO_NEEDED}), _S.EXPIRED, _SYSTEM),
    Rule(18, frozenset({_S.COMPLETED}), _S.CLOSED, _SENDER | _SYSTEM),
    Rule(19, _ENDED_OPEN_ENDED, _S.CLOSED, _SENDER),
    Rule(20, frozenset(_S) - FINAL - _BEFORE_RECEIVED, _S.ENTERED_IN_ERROR, frozenset({Actor.SENDER_COORDINATOR})),
    Rule(20, _BEFORE_RECEIVED, _S.ENTERED_IN_ERROR, _SENDER),
)
"""Every move there is."""

PROTECTIVE = frozenset({_S.WITHDRAWN, _S.DECLINED_BY_PERSON, _S.ENTERED_IN_ERROR})
"""Moves that are tried again from the current state when somebody else was quicker (`domain.md` 6.6)."""


def is_live(state: ReferralState) -> bool:
    """Answer whether a referral is with the receiver and under way."""
    return state in LIVE


def is_open(state: ReferralState) -> bool:
    """Answer whether a referral is under way or waits on a laptop to be sent."""
    return state in OPEN


def rule_for(state: ReferralState | None, to: ReferralState, by: Actor) -> Rule | None:
    """Return the row that lets `by` move a referral from `state` (None for a new one), or None."""
    for rule in TRANSITIONS:
        leaves = state in rule.leaves if state is not None else not rule.leaves
        if leaves and rule.to is to and by in rule.by:
            return rule
    return None


def allowed_moves(state: ReferralState | None, actor: Actor) -> tuple[ReferralState, ...]:
    """Return where `actor` may move a referral from `state`, in the order of the states."""
    return tuple(to for to in ReferralState if rule_for(state, to, actor) is not None)


def transition(
    referral: Referral,
    *,
    to: ReferralState,
    by: Actor,
    reason: str = "",
    next_step: str = "",
    asked: Mapping[str, Any],
    on: date,
    history: Sequence[ReferralEvent] = (),
    answer: Answer | None = None,
    is_judged_later: bool = False,
) -> dict[str, Any]:
    """Return the checked data for `ReferralEvent.asked`, if `by` may take the referral to `to` now.

    The gate of `app.domain.gate` is run besides, for queued and sent.

    Args:
        referral: as it stands.
        to: the state to reach.
        by: on whose behalf.
        reason: coded reason, by the list of the step (`domain.md` 6.3).
        next_step: coded next step of a decline or an end.
        asked: the rest that the step requires (`app.domain.referral_steps`).
        on: London day of the step.
        history: the steps before, in any order.
        answer: effective consent for the organisation of the new service, for a re-route.
        is_judged_later: a laptop does not know that answer, and leaves it to the central service.

    Raises:
        BadTransitionError: the table does not go there from here, or not for `by`, or not yet.
        BadInputError: something required is missing or wrong.
        GateError: `gate_package` or `gate_consent`.
    """
    rule = rule_for(referral.state, to, by)
    if rule is None:
        raise BadTransitionError("referral.bad_transition", state=referral.state.value)
    step = Step(
        referral=referral,
        by=by,
        reason=reason,
        next_step=next_step,
        asked=asked,
        on=on,
        history=history,
        answer=answer,
        is_judged_later=is_judged_later,
    )
    return required_data(rule.number, step)


def is_repeat(referral: Referral, *, to: ReferralState, reason: str, history: Iterable[ReferralEvent]) -> bool:
    """Answer whether a step was taken already, with the same reason: doing it again is no fault (`sync.md` 7)."""
    last = max(history, key=lambda event: (event.at, event.id), default=None)
    return referral.state is to and last is not None and last.to_state is to and last.reason == reason


def fold(events: Iterable[ReferralEvent]) -> ReferralState | None:
    """Return the state that a whole history leads to, None for no history.

    Each step leaves one state and reaches another, so the state reached once more often than left is where the
    referral stands: the answer depends on no order, no repetition and no clock.

    Raises:
        ValueError: the steps are not one unbroken history.
    """
    steps = {event.id: event for event in events}
    balance: Counter[ReferralState] = Counter()
    for step in steps.values():
        balance[step.to_state] += 1
        if step.from_state is not None:
            balance[step.from_state] -= 1
    ends = [state for state, count in balance.items() if count > 0]
    if steps and (len(ends) != 1 or balance[ends[0]] != 1):
        raise ValueError(f"{len(steps)} steps of a referral are not one history")
    return ends[0] if ends else None
