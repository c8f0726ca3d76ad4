"""Questionnaires: worked examples of every published scoring, what counts as start and end, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.bodies import body_of
from app.domain.checks import checked
from app.domain.codes import Instrument, MeasureMode, MeasureOccasion
from app.domain.ids import RecordId
from app.domain.measures import (
    QUESTIONS,
    OutcomeMeasure,
    band_of,
    change_of,
    coping_rose,
    may_ask,
    pair_of,
    score_of,
    standing_measures,
)
from app.errors import BadInputError
from tests.domain.consent_kit import BU, HEADER, NOVA

START_ON = date(2026, 3, 2)
END_ON = date(2026, 9, 1)
_START, _END = MeasureOccasion.START, MeasureOccasion.END
RUNS, BEFORE = RecordId(UUID(int=0x7100)), RecordId(UUID(int=0x7101))


def answered(
    instrument: Instrument, *answers: int | None, number: int = 1, on: date = START_ON, **fields: Any
) -> OutcomeMeasure:
    """Return a questionnaire with these answers in the order of its items; None is an item that was left out."""
    asked = QUESTIONS[instrument]
    given = {item: answer for item, answer in zip(asked.items, answers, strict=True) if answer is not None}
    known: dict[str, Any] = {"id": RecordId(UUID(int=0x7000 + number)), "org": BU, "person": NOVA, "items": given}
    known |= {"instrument": instrument, "version": asked.version, "occasion": _START, "answered_on": on}
    return OutcomeMeasure(**{**HEADER, **known, "mode": MeasureMode.SELF, **fields})


@pytest.mark.parametrize(
    ("answers", "total"),
    [((1, 1, 1), 3), ((3, 3, 3), 9), ((2, 3, 1), 6), ((1, 2, 2), 5), ((2, None, 2), None), ((None, None, 3), None)],
)
def test_three_loneliness_answers_are_added_up_and_one_that_is_missing_makes_no_score(
    answers: tuple[int | None, ...], total: int | None
) -> None:
    assert score_of(answered(Instrument.UCLA3, *answers)) == ({} if total is None else {"total": total})


def test_the_direct_question_of_loneliness_stands_alone() -> None:
    assert score_of(answered(Instrument.ONS_LONELY, 4)) == {"lonely": 4}


def test_the_four_ons_questions_are_never_added_up_and_a_missing_one_leaves_the_others() -> None:
    whole = answered(Instrument.ONS4, 7, 8, 6, 3)
    assert score_of(whole) == {"satisfied": 7, "worthwhile": 8, "happy": 6, "anxious": 3}
    assert score_of(answered(Instrument.ONS4, 0, None, 10, None)) == {"satisfied": 0, "happy": 10}


@pytest.mark.parametrize(
    ("item", "bands"),
    [
        ("satisfied", ["low"] * 5 + ["medium"] * 2 + ["high"] * 2 + ["very_high"] * 2),
        ("happy", ["low"] * 5 + ["medium"] * 2 + ["high"] * 2 + ["very_high"] * 2),
        ("anxious", ["very_low"] * 2 + ["low"] * 2 + ["medium"] * 2 + ["high"] * 5),
    ],
)
def test_each_answer_from_0_to_10_lies_in_the_band_that_ons_publishes(item: str, bands: list[str]) -> None:
    assert [band_of(item, answer) for answer in range(11)] == bands


def test_swemwbs_is_asked_with_a_licence_only_and_keeps_the_raw_sum() -> None:
    assert not may_ask(Instrument.SWEMWBS, {})
    assert not may_ask(Instrument.SWEMWBS, {"swemwbs_licence_ref": "  "})
    assert may_ask(Instrument.SWEMWBS, {"swemwbs_licence_ref": "WEMWBS-2026-0417"})
    assert all(may_ask(each, {}) for each in QUESTIONS if each is not Instrument.SWEMWBS)
    assert score_of(answered(Instrument.SWEMWBS, 3, 3, 4, 2, 3, 5, 1)) == {"total": 21}
    assert score_of(answered(Instrument.SWEMWBS, 3, 3, 4, 2, 3, 5, None)) == {}


def test_answers_given_for_somebody_make_no_score() -> None:
    assert score_of(answered(Instrument.UCLA3, 2, 2, 2, mode=MeasureMode.PROXY)) == {}
    assert score_of(answered(Instrument.UCLA3, 2, 2, 2, mode=MeasureMode.READ_ALOUD)) == {"total": 6}


def test_change_is_end_less_start_for_what_both_have() -> None:
    before, after = answered(Instrument.UCLA3, 3, 3, 2), answered(Instrument.UCLA3, 1, 2, 2, number=2)
    assert change_of(before, after) == {"total": -3}
    first = answered(Instrument.ONS4, 4, 5, None, 8)
    last = answered(Instrument.ONS4, 7, 5, 6, 3, number=2)
    assert change_of(first, last) == {"satisfied": 3, "worthwhile": 0, "anxious": -5}
    assert change_of(before, last) == {}
    assert change_of(before, answered(Instrument.UCLA3, 1, 1, 1, number=2, version="later")) == {}


@pytest.mark.parametrize(
    ("before", "after", "rose"),
    [
        ((2, 2, 2, 2, 2), (3, 3, 3, 2, 1), True),
        ((2, 2, 2, 2, 2), (3, 3, 2, 2, 2), False),
        ((5, 5, 5, 5, 5), (5, 5, 5, 5, 5), False),
        ((2, 2, 2, 2, None), (3, 3, 3, 3, 3), None),
    ],
)
def test_coping_rose_when_three_of_five_strategies_did(
    before: tuple[int | None, ...], after: tuple[int | None, ...], rose: bool | None
) -> None:
    start, end = answered(Instrument.COPING5, *before), answered(Instrument.COPING5, *after, number=2)
    assert coping_rose(start, end) is rose


def test_the_first_answers_near_the_start_and_the_last_near_the_end_are_a_pair() -> None:
    early = answered(Instrument.UCLA3, 3, 3, 3, number=1, on=START_ON - timedelta(days=15))
    first = answered(Instrument.UCLA3, 3, 3, 2, number=2, on=START_ON - timedelta(days=14))
    again = answered(Instrument.UCLA3, 1, 1, 1, number=3, on=START_ON)
    middle = answered(Instrument.UCLA3, 2, 2, 2, number=4, on=END_ON, occasion=MeasureOccasion.MIDDLE)
    last = answered(Instrument.UCLA3, 1, 2, 2, number=5, on=END_ON + timedelta(days=30), occasion=_END)
    late = answered(Instrument.UCLA3, 1, 1, 1, number=6, on=END_ON + timedelta(days=31), occasion=_END)
    proxy = answered(Instrument.UCLA3, 1, 1, 1, number=7, on=END_ON, occasion=_END, mode=MeasureMode.PROXY)
    other = answered(Instrument.ONS4, 1, 1, 1, 1, number=8, on=END_ON, occasion=_END)
    held = (late, proxy, last, other, middle, again, first, early)
    found = pair_of(Instrument.UCLA3, held, match=RUNS, active_on=START_ON, ended_on=END_ON)
    assert (found.start, found.end) == (first, last)
    assert found.change == {"total": -3}
    runs = pair_of(Instrument.UCLA3, held, match=RUNS, active_on=START_ON, ended_on=None)
    assert (runs.start, runs.end, runs.change) == (first, None, {})


def test_answers_given_for_one_match_count_for_no_other_that_lies_close() -> None:
    end_before = answered(Instrument.UCLA3, 3, 3, 3, number=1, on=START_ON, occasion=_END, match=BEFORE)
    start_before = answered(Instrument.UCLA3, 3, 3, 3, number=2, on=START_ON - timedelta(days=9), match=BEFORE)
    start = answered(Instrument.UCLA3, 2, 2, 2, number=3, on=START_ON + timedelta(days=1), match=RUNS)
    end = answered(Instrument.UCLA3, 1, 1, 1, number=4, on=START_ON + timedelta(days=20), occasion=_END, match=RUNS)
    held = (end_before, start_before, start, end)
    runs = pair_of(Instrument.UCLA3, held, match=RUNS, active_on=START_ON, ended_on=START_ON + timedelta(days=20))
    before = pair_of(Instrument.UCLA3, held, match=BEFORE, active_on=START_ON - timedelta(days=9), ended_on=START_ON)
    assert (runs.start, runs.end) == (start, end)
    assert (before.start, before.end) == (start_before, end_before)


def test_a_correction_stands_in_the_place_of_what_it_corrects() -> None:
    wrong = answered(Instrument.UCLA3, 1, 1, 1)
    right = answered(Instrument.UCLA3, 3, 3, 3, number=2, amends=wrong.id)
    assert standing_measures((right, wrong)) == (right,)
    assert standing_measures((wrong,)) == (wrong,)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": {"companionship": 4}}, "outcome_measure.items.out_of_range"),
        ({"items": {"companionship": 0}}, "outcome_measure.items.out_of_range"),
        ({"items": {"lonely": 2}}, "outcome_measure.items.unknown_code"),
        ({"items": {}}, "outcome_measure.items.required"),
        ({"answered_on": START_ON + timedelta(days=1)}, "outcome_measure.answered_on.in_future"),
    ],
)
def test_answers_outside_the_scale_or_of_a_day_to_come_are_refused(change: dict[str, Any], code: str) -> None:
    wrong = answered(Instrument.UCLA3, 1, 2, 3, **change)
    with pytest.raises(BadInputError) as refused:
        checked(OutcomeMeasure, wrong.id, body_of(wrong), on=START_ON)
    assert refused.value.code == code


def test_a_questionnaire_of_a_newer_version_is_kept_as_it_came() -> None:
    newer = replace(answered(Instrument.UCLA3, 1, 2, 3), instrument=Instrument("phq9"), schema_version=99)
    assert checked(OutcomeMeasure, newer.id, body_of(newer), on=START_ON) == newer
    assert score_of(newer) == {}
