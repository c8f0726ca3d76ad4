"""Which call it is, how far a journey came, when a pulse is due (`domain.md` 7.4 and 7.5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calls import (
    call_number,
    held_calls,
    is_low,
    is_over_allowance,
    is_too_early,
    journey_of,
    next_call_number,
    pulse_days,
    pulse_due,
    quality_score,
    stage_of,
    standing_sessions,
)
from app.domain.codes import (
    GoalState,
    JourneyStage,
    MatchEndReason,
    MatchState,
    MenteeStatus,
    SessionStatus,
)
from tests.domain.consent_kit import ASKED_AT
from tests.domain.mentoring_kit import NOW, PATH, in_state, match, pulses, session, steps

ACTIVE_ON = date(2026, 5, 6)


def test_only_held_calls_count_and_the_next_is_one_more() -> None:
    calls = [
        session(1),
        session(2, status=SessionStatus.MISSED_BY_MENTEE),
        session(3),
        session(4, status=SessionStatus.PLANNED),
    ]
    assert next_call_number(calls) == 3
    assert [call_number(each, calls) for each in calls] == [1, 2, 2, 3]


@given(st.permutations(range(1, 8)))
def test_two_laptops_number_calls_alike_in_whatever_order_they_came(order: list[int]) -> None:
    calls = [session(number, days=number // 2) for number in range(1, 8)]
    mixed = [calls[place - 1] for place in order]
    assert [each.id for each in held_calls(mixed)] == [each.id for each in calls]


def test_a_correction_stands_in_place_of_what_it_amends() -> None:
    wrong, right = session(1), session(2, days=1, status=SessionStatus.MISSED_BY_MENTOR)
    right = session(2, days=1, status=SessionStatus.MISSED_BY_MENTOR, amends=wrong.id)
    assert standing_sessions([wrong, right]) == (right,)
    assert next_call_number([wrong, right]) == 1


def test_an_eleventh_call_is_counted_and_is_over_the_allowance() -> None:
    calls = [session(number) for number in range(1, 12)]
    assert not is_over_allowance(10, calls[:10])
    assert is_over_allowance(10, calls)
    assert next_call_number(calls) == 12


def test_a_call_that_is_still_to_come_is_planned_and_not_held() -> None:
    assert not is_too_early(SessionStatus.HELD, NOW + timedelta(minutes=15), NOW)
    assert is_too_early(SessionStatus.HELD, NOW + timedelta(minutes=16), NOW)
    assert not is_too_early(SessionStatus.PLANNED, NOW + timedelta(days=3), NOW)


@pytest.mark.parametrize(
    ("status", "state", "held", "goals", "stage"),
    [
        (MenteeStatus.ENQUIRY, None, 0, [], JourneyStage.GETTING_STARTED),
        (MenteeStatus.TALK_DONE, None, 0, [], JourneyStage.GETTING_STARTED),
        (MenteeStatus.READY, None, 0, [], JourneyStage.MATCHING),
        (MenteeStatus.READY, MatchState.MENTEE_AGREED, 0, [], JourneyStage.MATCHING),
        (MenteeStatus.MATCHED, MatchState.ACTIVE, 0, [], JourneyStage.FIRST_MEETING),
        (MenteeStatus.MATCHED, MatchState.ACTIVE, 1, [GoalState.SOME_STEPS], JourneyStage.GROWING),
        (MenteeStatus.MATCHED, MatchState.ACTIVE, 8, [GoalState.SOME_STEPS], JourneyStage.MOVING_ON),
        (MenteeStatus.MATCHED, MatchState.ACTIVE, 1, [GoalState.MET, GoalState.MET], JourneyStage.MOVING_ON),
        (MenteeStatus.MATCHED, MatchState.ACTIVE, 0, [GoalState.MET], JourneyStage.FIRST_MEETING),
    ],
)
def test_the_stage_follows_from_status_match_calls_and_goals(
    status: MenteeStatus, state: MatchState | None, held: int, goals: list[GoalState], stage: JourneyStage
) -> None:
    found = None if state is None else match(state=state)
    assert stage_of(status, found, [session(number) for number in range(held)], goals) is stage


def test_a_stage_without_a_call_for_21_days_is_stuck_and_a_held_call_starts_the_count_again() -> None:
    stage, since = JourneyStage.GROWING, NOW - timedelta(days=21)
    assert journey_of(stage, since=since, now=NOW).is_stuck
    assert not journey_of(stage, since=since + timedelta(days=1), now=NOW).is_stuck
    lately = session(1, days=(NOW - ASKED_AT).days - 3)
    assert not journey_of(stage, since=since, sessions=[lately], now=NOW).is_stuck
    assert not journey_of(stage, since=since, is_paused=True, now=NOW).is_stuck


def test_pulses_are_due_on_day_30_and_then_every_60() -> None:
    days = [(day - ACTIVE_ON).days for day in pulse_days(ACTIVE_ON, ACTIVE_ON + timedelta(days=200))]
    assert days == [30, 90, 150]


def test_a_pulse_waits_until_it_is_answered_and_a_pause_asks_nobody() -> None:
    events, due = steps(*PATH), ACTIVE_ON + timedelta(days=30)
    running = match(state=MatchState.ACTIVE)
    assert pulse_due(running, events, [], on=due - timedelta(days=1)) is None
    assert pulse_due(running, events, [], on=due) == due
    assert pulse_due(running, events, pulses(4, on=due), on=due + timedelta(days=5)) is None
    assert pulse_due(running, events, pulses(4, on=due), on=due + timedelta(days=60)) == due + timedelta(days=60)
    assert pulse_due(match(state=MatchState.PAUSED), events, [], on=due) is None


@pytest.mark.parametrize("reason", list(MatchEndReason))
def test_a_last_pulse_is_asked_for_but_never_after_a_death_a_stop_or_a_concern(reason: MatchEndReason) -> None:
    ended = match(state=MatchState.ENDED, end_reason=reason)
    events = in_state(MatchState.ENDED)["match_events"]
    is_asked = pulse_due(ended, events, [], on=NOW.date()) is not None
    assert is_asked == (reason not in ("consent_withdrawn", "safeguarding", "died"))


def test_the_quality_score_of_the_page_is_3_75_and_declined_answers_are_left_out() -> None:
    assert quality_score(pulses(5, 4, 4, 2)) == Decimal("3.75")
    assert quality_score(pulses(5, None, 4)) == Decimal("4.50")
    assert quality_score(pulses(None)) is None
    assert quality_score(pulses(1, 1, 1, 1, 1, 1, 1, 2)) == Decimal("1.13")


def test_a_one_a_two_or_a_wish_for_contact_is_low() -> None:
    assert [is_low(answer) for answer in pulses(1, 2, 3, 4, 5, None)] == [True, True, False, False, False, False]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.randoms())
def test_the_quality_score_does_not_depend_on_the_order(scores: list[int], mix: Random) -> None:
    mixed = list(scores)
    mix.shuffle(mixed)
    assert quality_score(pulses(*scores)) == quality_score(pulses(*mixed))
