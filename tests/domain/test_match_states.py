"""The states of a match: every move of `domain.md` 7.4, what it requires and who may make it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access import op_permitted
from app.domain.bodies import body_of, record_of
from app.domain.codes import MatchEndReason, MatchState, OpKind, RecordType, Role, ToldItem
from app.domain.match import Match, MatchEvent
from app.domain.match_states import FINAL, Move, Mover, NoRoomError, Standing, after, allowed_moves, check_move
from app.errors import BadInputError, BadTransitionError, GateError
from tests.domain.mentoring_kit import goal, match, steps

S, C, M, Y = MatchState, Mover.COORDINATOR, Mover.MENTOR, Mover.SYSTEM
ALLOWED = {
    (S.SUGGESTED, S.APPROVED): {C},
    (S.APPROVED, S.MENTEE_AGREED): {C},
    (S.MENTEE_AGREED, S.ACTIVE): {C, M},
    (S.SUGGESTED, S.DECLINED): {C, Y},
    (S.APPROVED, S.DECLINED): {C, Y},
    (S.MENTEE_AGREED, S.DECLINED): {C, M, Y},
    (S.ACTIVE, S.PAUSED): {C},
    (S.PAUSED, S.ACTIVE): {C},
    (S.ACTIVE, S.ENDED): {C, Y},
    (S.PAUSED, S.ENDED): {C, Y},
    **{(state, S.ENTERED_IN_ERROR): {C} for state in S if state not in FINAL},
}
GOAL = str(goal().id)
READY = Standing(goals=frozenset({GOAL}), mentee_is_ready=True, consent=True, mentor_is_ready=True, has_room=True)
REQUIRED: dict[MatchState, dict[str, Any]] = {
    S.MENTEE_AGREED: {"asked": {"told_to_mentor": ["level"]}},
    S.PAUSED: {"reason": "life_event", "asked": {"resume_on": "2026-09-01"}},
    S.ENDED: {"reason": "goals_met", "asked": {"goals": {GOAL: "met"}}},
    S.DECLINED: {"reason": "no_time", "asked": {"by_whom": "mentor"}},
    S.ENTERED_IN_ERROR: {"reason": "mistake"},
}


def moved(before: Match, event: MatchEvent) -> Match:
    return record_of(Match, before.id, after(body_of(before), body_of(event)))


def move(to: MatchState, by: Mover = C, **fields: Any) -> Move:
    return Move(to=to, by=by, **{**REQUIRED.get(to, {}), **fields})


@pytest.mark.parametrize(("state", "to", "by"), list(product(S, S, Mover)))
def test_a_match_moves_as_the_table_says_and_no_other_way(state: MatchState, to: MatchState, by: Mover) -> None:
    if by in ALLOWED.get((state, to), set()):
        check_move(state, move(to, by), READY)
        assert to in allowed_moves(state, [by])
    else:
        with pytest.raises(BadTransitionError) as refused:
            check_move(state, move(to, by), READY)
        assert refused.value.detail["state"] == state


REFUSED: list[tuple[MatchState, Move, dict[str, Any], str]] = [
    (S.SUGGESTED, move(S.APPROVED), {"goals": frozenset()}, "match.goals.required"),
    (S.SUGGESTED, move(S.APPROVED), {"mentee_is_ready": False}, "match.mentee.not_permitted"),
    (S.APPROVED, move(S.MENTEE_AGREED, asked={}), {}, "match.told_to_mentor.required"),
    (S.APPROVED, move(S.MENTEE_AGREED, asked={"told_to_mentor": ["name"]}), {}, "match.told_to_mentor.unknown_code"),
    (S.MENTEE_AGREED, move(S.ACTIVE, M), {"mentor_is_ready": False}, "match.checks.not_permitted"),
    (S.MENTEE_AGREED, move(S.ACTIVE, M), {"has_room": False}, "match.mentor.out_of_range"),
    (S.PAUSED, move(S.ACTIVE), {"mentor_is_ready": False}, "match.checks.not_permitted"),
    (S.ACTIVE, move(S.PAUSED, reason=""), {}, "match.reason.required"),
    (S.ACTIVE, move(S.ENDED, reason=""), {}, "match.reason.required"),
    (S.ACTIVE, move(S.ENDED, reason="bored"), {}, "match.reason.unknown_code"),
    (S.ACTIVE, move(S.ENDED, asked={}), {}, "match.goals.required"),
    (S.ACTIVE, move(S.ENDED, asked={"goals": {GOAL: "won"}}), {}, "match.goals.unknown_code"),
    (S.MENTEE_AGREED, move(S.DECLINED, asked={}), {}, "match.by_whom.required"),
    (S.MENTEE_AGREED, move(S.DECLINED, M, asked={"by_whom": "mentee"}), {}, "match.by_whom.not_permitted"),
    (S.MENTEE_AGREED, move(S.DECLINED, reason="other"), {}, "match.reason_text.required"),
]


@pytest.mark.parametrize(("state", "wanted", "lacking", "code"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_a_move_requires_is_named_when_it_is_missing(
    state: MatchState, wanted: Move, lacking: dict[str, Any], code: str
) -> None:
    known = {name: getattr(READY, name) for name in Standing.__dataclass_fields__}
    with pytest.raises(BadInputError) as refused:
        check_move(state, wanted, Standing(**{**known, **lacking}))
    assert refused.value.code == code


def test_a_mentee_who_has_not_agreed_to_mentoring_is_not_asked_what_the_mentor_may_know() -> None:
    with pytest.raises(GateError) as refused:
        check_move(S.APPROVED, move(S.MENTEE_AGREED), Standing(consent=False))
    assert refused.value.code == "gate_consent"


def test_what_a_laptop_cannot_know_it_leaves_to_the_service() -> None:
    check_move(S.MENTEE_AGREED, move(S.ACTIVE, M), Standing(mentor_is_ready=None, has_room=None))
    with pytest.raises(NoRoomError):
        check_move(S.MENTEE_AGREED, move(S.ACTIVE, M), Standing(has_room=False))


def test_a_step_says_of_the_match_what_it_was_asked_for() -> None:
    agreed = steps(S.APPROVED, S.MENTEE_AGREED, asked={"told_to_mentor": ["level", "work"]})[-1]
    assert moved(match(), agreed).told_to_mentor == {ToldItem.LEVEL, ToldItem.WORK}
    ended = steps(S.ACTIVE, S.ENDED, reason="goals_met")[-1]
    assert moved(match(), ended).end_reason is MatchEndReason.GOALS_MET


@given(st.lists(st.tuples(st.sampled_from(S), st.sampled_from(Mover)), max_size=12))
def test_whatever_is_tried_a_final_state_is_never_left_and_active_is_only_reached_by_a_yes(
    tries: list[tuple[MatchState, Mover]],
) -> None:
    now: Match = match()
    seen = [now.state]
    for to, by in tries:
        try:
            asked = check_move(now.state, move(to, by), READY)
        except (BadTransitionError, BadInputError):
            continue
        assert now.state not in FINAL
        now = moved(now, steps(now.state, to, reason=move(to).reason, asked=asked)[-1])
        seen.append(now.state)
    if S.ACTIVE in seen:
        assert seen[: seen.index(S.ACTIVE) + 1] == [S.SUGGESTED, S.APPROVED, S.MENTEE_AGREED, S.ACTIVE]


_T, _CREATE, _PATCH, _APPEND = OpKind.TRANSITION, OpKind.CREATE, OpKind.PATCH, OpKind.APPEND
_MATCH, _CARD = RecordType.MATCH, RecordType.MATCH_CARD


@pytest.mark.parametrize(
    ("kind", "op", "change", "to", "who"),
    [
        (RecordType.MENTOR_PROFILE, _CREATE, {}, None, {Role.COORDINATOR}),
        (RecordType.MENTOR_PROFILE, _PATCH, {"dbs_on": "2026-05-01"}, None, {Role.COORDINATOR}),
        (RecordType.MENTOR_PROFILE, _PATCH, {"max_matches": 5}, None, {Role.COORDINATOR}),
        (RecordType.MENTOR_PROFILE, _PATCH, {"topics": ["pain"]}, None, {Role.COORDINATOR, Role.MENTOR}),
        (RecordType.MENTOR_PROFILE, _PATCH, {"status": "paused"}, "paused", {Role.COORDINATOR, Role.MENTOR}),
        (RecordType.MENTOR_PROFILE, _PATCH, {"status": "left"}, "left", {Role.COORDINATOR}),
        (RecordType.MENTEE_PROFILE, _CREATE, {}, None, {Role.COORDINATOR, Role.OUTREACH_WORKER}),
        (RecordType.MENTEE_PROFILE, _PATCH, {"worries": "x"}, None, {Role.COORDINATOR}),
        (_MATCH, _CREATE, {}, None, {Role.COORDINATOR}),
        (_MATCH, _PATCH, {"allowance": 12}, None, {Role.COORDINATOR}),
        (_MATCH, _T, {}, "active", {Role.COORDINATOR}),
        (_MATCH, _T, {}, "ended", {Role.COORDINATOR}),
        (_CARD, _T, {}, "active", {Role.COORDINATOR, Role.MENTOR}),
        (_CARD, _T, {}, "declined", {Role.COORDINATOR, Role.MENTOR}),
        (_CARD, _T, {}, "ended", set()),
        (_CARD, _PATCH, {"told": {}}, None, set()),
        (_CARD, _CREATE, {}, None, set()),
        (RecordType.MATCH_EVENT, _APPEND, {}, None, set()),
        (RecordType.SESSION, _APPEND, {}, None, {Role.COORDINATOR, Role.MENTOR}),
        (RecordType.SESSION, _PATCH, {"minutes": 5}, None, set()),
        (RecordType.PULSE_ANSWER, _APPEND, {}, None, {Role.COORDINATOR, Role.MENTOR}),
        (RecordType.GOAL, _PATCH, {"state": "met"}, None, {Role.COORDINATOR, Role.MENTOR}),
    ],
)  # fmt: skip
def test_who_may_send_which_change_of_mentoring(
    kind: RecordType, op: OpKind, change: dict[str, Any], to: str | None, who: set[Role]
) -> None:
    allowed = {role for role in Role if op_permitted(role, kind, op, to_state=to, change=change)}
    assert allowed - {Role.SYSTEM} == who
