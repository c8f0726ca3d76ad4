"""What may be shown of figures: no small number anywhere, one table tells nothing another hides, medians are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.codes import AgeBand, JourneyStage, MatchEndReason, MatchState, MenteeStatus, MentorKind, ReferralState
from app.domain.ids import OrganisationId
from app.domain.impact import (
    OF_PEOPLE,
    Dimension,
    Motion,
    Selection,
    Tally,
    added,
    of_programme,
    sums_of,
    tally_of,
    was_reached,
)
from app.domain.impact_facts import MonthFacts, PersonFacts, Step, Wait, Why, facts_of, heard_in
from app.domain.impact_tables import (
    DAYS,
    HUNDREDTHS,
    MOST_GROUPS,
    OF_THE_SERVICE,
    OTHER_GROUPS,
    PER_CENT,
    TOTAL,
    Cell,
    Column,
    Figure,
    Table,
    at_most,
    joint_tables_of,
    tables_of,
)
from app.domain.mentoring import MenteeProfile
from app.domain.record import PartialDate
from app.domain.suppression import Kept
from app.use_cases.impact_words import FigureWords
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, BU, NOVA
from tests.domain.mentoring_kit import M2, NOW, PATH, TODAY, goal, match, mentee, pulses, session, steps
from tests.domain.record_kit import R1, R2, aggregate, person, referral, step

NOT_COUNTS = PER_CENT | DAYS | HUNDREDTHS | {Column.HOURS}
FEW = st.integers(0, 12)
UNKNOWN = st.sampled_from([0, 0, 0, 1, 2, 6])
"""Of how many people no wait is known."""

PLACES = tuple((step, why) for step in Step for why in (Why.WAITING, Why.REFUSED, Why.DECLINED_BY_SERVICE))
STEP_OF_WAIT = {
    Wait.YES_TO_SENT: Step.REFERRED,
    Wait.SENT_TO_RECEIVED: Step.RECEIVED,
    Wait.MET_TO_ACCEPTED: Step.ACCEPTED,
    Wait.ACCEPTED_TO_CONTACT: Step.STARTED,
}
"""Waits of everybody who came to a step, but for those of whom no wait is known."""


def reached_by(way: Mapping[tuple[Step, Why], int], step: Step) -> int:
    order = list(Step)
    return sum(count for (furthest, _), count in way.items() if order.index(furthest) >= order.index(step))


def declined(way: Mapping[tuple[Step, Why], int]) -> int:
    return sum(way.get((step, Why.DECLINED_BY_SERVICE), 0) for step in (Step.REFERRED, Step.RECEIVED))


def named(tables: tuple[Table, ...]) -> dict[Figure, Table]:
    return {table.figure: table for table in tables}


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    people = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 3), st.booleans()), max_size=90))
    way: dict[tuple[Step, Why], int] = {}
    groups: dict[Dimension, dict[str, tuple[int, int]]] = {each: {} for each in OF_PEOPLE}
    for place, number, other in people:
        way[place] = way.get(place, 0) + 1
        for dimension in OF_PEOPLE:
            group = str(number) if dimension is Dimension.WARD else "26_40" if other else "over_75"
            missed, reached = groups[dimension].get(group, (0, 0))
            is_reached = was_reached(place[0])
            groups[dimension][group] = (missed + (not is_reached), reached + is_reached)
    months = {
        f"2026-{number:02}": MonthFacts(
            month=f"2026-{number:02}",
            held=draw(FEW),
            missed_by_mentee=draw(FEW),
            mentee_answers=draw(FEW),
            mentee_sum=9,
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    }
    matched = draw(FEW)
    whole = {wait: reached_by(way, step) for wait, step in STEP_OF_WAIT.items()}
    whole |= {Wait.ASKED_TO_MENTOR: matched, Wait.APPROVED_TO_CALL: matched}
    waits = {wait: {3: people - min(people, draw(UNKNOWN))} for wait, people in whole.items()}
    late = min(waits[Wait.APPROVED_TO_CALL][3], draw(FEW))
    waits[Wait.APPROVED_TO_CALL] = {3: waits[Wait.APPROVED_TO_CALL][3] - late, 20: late}
    waits[Wait.SENT_TO_DECISION] = {0: reached_by(way, Step.ACCEPTED), 20: declined(way)}
    return Tally(
        way=way,
        groups=groups,
        waits=waits,
        ready=matched + draw(FEW),
        matched=matched,
        stages={(stage, motion): draw(FEW) for stage in JourneyStage for motion in (Motion.MOVING, Motion.STUCK)},
        ended={MatchEndReason.GOALS_MET: draw(FEW), MatchEndReason.NO_CONTACT: draw(FEW)},
        calls=40,
        goals_met=matched,
        goals=matched + draw(FEW),
        months=months,
    )


@settings(max_examples=40, deadline=None)
@given(tallies())
def test_no_table_shows_a_small_number(tally: Tally) -> None:
    tables = tables_of(tally)
    assert [table.figure for table in tables] == [figure for figure in Figure if figure not in OF_THE_SERVICE]
    for table in tables:
        for row in table.rows:
            assert len(row.cells) == len(table.columns)
            for column, cell in zip(table.columns, row.cells, strict=True):
                if column not in NOT_COUNTS and not isinstance(cell, Kept) and cell is not None:
                    assert cell == 0 or cell >= 5, (table.figure, row.key, column)


def both(one: Tally, other: Tally) -> Tally:
    """Two tallies as one."""

    def summed(name: str) -> dict[Any, int]:
        return dict(Counter(getattr(one, name)) + Counter(getattr(other, name)))

    groups = {
        dimension: {
            group: tuple(a + b for a, b in zip(of.get(group, (0, 0)), theirs.get(group, (0, 0)), strict=True))
            for group in of.keys() | theirs.keys()
        }
        for dimension in one.groups.keys() | other.groups.keys()
        for of, theirs in [(one.groups.get(dimension, {}), other.groups.get(dimension, {}))]
    }
    waits = {
        wait: dict(Counter(one.waits.get(wait, {})) + Counter(other.waits.get(wait, {})))
        for wait in one.waits.keys() | other.waits.keys()
    }
    months = {
        month: added([of[month] for of in (one.months, other.months) if month in of], month)
        for month in sorted(one.months.keys() | other.months.keys())
    }
    plain = {name: getattr(one, name) + getattr(other, name) for name in ("ready", "matched", "goals", "goals_met")}
    return Tally(
        way=summed("way"),
        groups=groups,
        waits=waits,
        stages=summed("stages"),
        ended=summed("ended"),
        months=months,
        calls=one.calls + other.calls,
        **plain,
    )


@settings(max_examples=40, deadline=None)
@given(tallies(), tallies())
def test_nothing_of_the_others_is_told_together_that_is_hidden_of_them_alone(own: Tally, others: Tally) -> None:
    joint = joint_tables_of(both(own, others), own=own, others=others)
    mine, theirs = named(tables_of(own)), named(tables_of(others))
    for table in joint:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                alone = [of[table.figure].cell(row.key, column) for of in (mine, theirs)]
                if cell is None or isinstance(cell, Kept):
                    continue
                if column in NOT_COUNTS:
                    for told, of in zip(alone, (mine, theirs), strict=True):
                        cells = [each.cells for each in of[table.figure].rows if each.key == row.key]
                        is_nobody = not any(count for row_cells in cells for count in row_cells)
                        assert told is not None or is_nobody, (table.figure, row.key, column)
                else:
                    assert not any(isinstance(told, Kept) for told in alone), (table.figure, row.key, column)
                    assert cell == sum(told or 0 for told in alone if not isinstance(told, Kept))


def test_of_two_charities_a_mean_and_a_median_are_told_where_neither_is_of_few() -> None:
    def of(answers: int, score: int, days: int) -> Tally:
        months = {"2026-01": MonthFacts(month="2026-01", mentee_answers=answers, mentee_sum=answers * score)}
        return Tally(ready=answers, matched=answers, waits={Wait.ASKED_TO_MENTOR: {days: answers}}, months=months)

    def told(own: Tally, others: Tally) -> tuple[Cell, Cell, Cell]:
        joint = named(joint_tables_of(both(own, others), own=own, others=others))
        quality, times = joint[Figure.QUALITY], joint[Figure.TIMES]
        return (
            quality.cell(TOTAL, Column.MENTEE_ANSWERS),
            quality.cell(TOTAL, Column.MENTEE_SCORE),
            times.cell(Wait.ASKED_TO_MENTOR, Column.MEDIAN),
        )

    assert told(of(5, 3, 4), of(15, 5, 9)) == (20, 450, 9)
    assert told(Tally(), of(15, 5, 9)) == (15, 500, 9)
    assert told(of(100, 3, 4), of(4, 5, 9)) == told(of(4, 3, 4), of(100, 5, 9)) == (Kept.HIDDEN, None, None)


@settings(max_examples=40, deadline=None)
@given(tallies())
def test_a_number_that_stands_in_two_tables_is_hidden_in_both_or_in_none(tally: Tally) -> None:
    tables = named(tables_of(tally))
    met, taken = (
        tables[Figure.WAY].cell(Step.MET, Column.REACHED),
        tables[Figure.WAY].cell(Step.ACCEPTED, Column.REACHED),
    )
    for figure in (Figure.BY_WARD, Figure.BY_AGE, Figure.BY_PROGRAMME, Figure.BY_NATION, Figure.BY_SUPPORT):
        table = tables[figure]
        assert table.cell(TOTAL, Column.MET) == met
        assert isinstance(table.cell(TOTAL, Column.TAKEN_ON), Kept) == isinstance(taken, Kept)
    wholes = {wait: tables[Figure.WAY].cell(step, Column.REACHED) for wait, step in STEP_OF_WAIT.items()}
    matched = tables[Figure.MATCHING].cell(TOTAL, Column.MATCHED)
    wholes |= {Wait.ASKED_TO_MENTOR: matched, Wait.APPROVED_TO_CALL: matched}
    for wait, whole in wholes.items():
        people = tables[Figure.TIMES].cell(wait, Column.PEOPLE)
        of = tally.matched if wait not in STEP_OF_WAIT else reached_by(tally.way, STEP_OF_WAIT[wait])
        if sum(tally.waits[wait].values()) == of:
            assert people == whole, wait
        elif isinstance(people, int) and isinstance(whole, int):
            assert whole - people >= 5, wait


@settings(max_examples=80, deadline=None)
@given(tallies())
def test_how_many_were_decided_on_is_told_only_where_its_parts_are(tally: Tally) -> None:
    tables = named(tables_of(tally))
    people = tables[Figure.TIMES].cell(Wait.SENT_TO_DECISION, Column.PEOPLE)
    parts = [
        tables[Figure.WAY].cell(Step.ACCEPTED, Column.REACHED),
        *(
            tables[Figure.LOST].cell(f"{each}|{Why.DECLINED_BY_SERVICE}", Column.PEOPLE)
            for each in (Step.REFERRED, Step.RECEIVED)
        ),
    ]
    is_kept = any(isinstance(each, Kept) for each in parts)
    assert (people is Kept.HIDDEN) == is_kept or people == 0


def test_who_has_no_mentor_yet_does_not_follow_from_who_waited_for_one() -> None:
    tally = Tally(ready=12, matched=9, waits={Wait.ASKED_TO_MENTOR: {9: 9}, Wait.APPROVED_TO_CALL: {3: 9}})
    tables = named(tables_of(tally))
    assert tables[Figure.MATCHING].rows[0].cells == (Kept.HIDDEN, 9, Kept.UNDER, None)
    assert tables[Figure.TIMES].cell(Wait.ASKED_TO_MENTOR, Column.PEOPLE) == 9
    assert tables[Figure.TIMES].cell(Wait.APPROVED_TO_CALL, Column.KEPT) == 100


def test_one_clock_in_doubt_takes_no_median_away() -> None:
    tally = Tally(
        way={(Step.HELPED, Why.ARRIVED): 40},
        groups={each: {"": (0, 40)} for each in OF_PEOPLE},
        waits={Wait.YES_TO_SENT: {2: 39}, Wait.MET_TO_ACCEPTED: {8: 40}},
    )
    tables = named(tables_of(tally))
    assert tables[Figure.WAY].cell(Step.REFERRED, Column.REACHED) == 40
    assert tables[Figure.TIMES].cell(Wait.YES_TO_SENT, Column.PEOPLE) is Kept.HIDDEN
    assert tables[Figure.TIMES].cell(Wait.YES_TO_SENT, Column.MEDIAN) == 2
    assert tables[Figure.TIMES].cell(Wait.MET_TO_ACCEPTED, Column.PEOPLE) == 40


def test_more_waits_than_people_stop_nothing_and_are_not_told() -> None:
    tally = Tally(matched=6, ready=6, waits={Wait.ASKED_TO_MENTOR: {1: 7}, Wait.YES_TO_SENT: {1: 7}})
    times = named(tables_of(tally))[Figure.TIMES]
    for wait in tally.waits:
        assert times.cell(wait, Column.PEOPLE) is Kept.HIDDEN
        assert times.cell(wait, Column.MEDIAN) is None


Found: TypeAlias = tuple[int, int, int, int]
"""Not yet matched, matched, and of those without a known wait for a mentor and without a first call."""


def told_of(found: Found) -> tuple[list[Cell], list[bool]]:
    """Return what is shown of them, and of which the median is."""
    not_yet, matched, unknown, no_call = found
    waits = {Wait.ASKED_TO_MENTOR: {3: matched - unknown}, Wait.APPROVED_TO_CALL: {3: matched - no_call}}
    tables = named(tables_of(Tally(ready=not_yet + matched, matched=matched, waits=waits)))
    times = [tables[Figure.TIMES].cell(wait, Column.PEOPLE) for wait in waits]
    medians = [tables[Figure.TIMES].cell(wait, Column.MEDIAN) is not None for wait in waits]
    return [*tables[Figure.MATCHING].rows[0].cells[:3], *times], [False, False, False, *medians]


def counts_of(found: Found) -> list[int]:
    not_yet, matched, unknown, no_call = found
    return [not_yet + matched, matched, not_yet, matched - unknown, matched - no_call]


def all_fit(values: list[int], shown: list[Cell], medians: list[bool]) -> bool:
    """Answer whether counts may stand behind what is shown; who reads takes a median for five people at least."""
    return all(
        (1 <= value < 5 if cell is Kept.UNDER else value >= (5 if has_median else 1))
        if isinstance(cell, Kept)
        else value == cell
        for value, cell, has_median in zip(values, shown, medians, strict=True)
    )


@pytest.mark.parametrize("not_yet", range(8))
@pytest.mark.parametrize("matched", range(10))
def test_no_hidden_count_of_matching_follows_from_the_waits(not_yet: int, matched: int) -> None:
    for unknown, no_call in product(range(min(matched, 3) + 1), repeat=2):
        found = (not_yet, matched, unknown, no_call)
        shown, medians = told_of(found)
        others = [
            counts_of(other)
            for other in product(*(range(max(0, each - 2), each + 3) for each in found))
            if min(other[1] - other[2], other[1] - other[3]) >= 0 and all_fit(counts_of(other), shown, medians)
        ]
        for at, cell in enumerate(shown):
            if isinstance(cell, Kept):
                assert {other[at] for other in others} - {counts_of(found)[at]}, (found, at)


def test_a_group_in_which_two_were_missed_shows_neither_them_nor_a_rate() -> None:
    way = {(Step.MET, Why.NOT_ASKED): 22, (Step.HELPED, Why.ARRIVED): 60}
    groups: dict[Dimension, dict[str, tuple[int, int]]] = {each: {"": (22, 60)} for each in OF_PEOPLE}
    groups |= {Dimension.AGE: {"18_25": (2, 30), "26_40": (20, 30)}}
    table = named(tables_of(Tally(way=way, groups=groups)))[Figure.BY_AGE]
    assert table.cell("18_25", Column.NOT_REACHED) is Kept.UNDER
    assert table.cell("18_25", Column.SHARE_REACHED) is None
    assert table.cell("26_40", Column.NOT_REACHED) is Kept.HIDDEN
    assert table.cell(TOTAL, Column.MET) == 82


def test_the_smallest_groups_beyond_forty_are_one() -> None:
    groups = {f"w{number:02}": (number + 1, 10) for number in range(60)}
    way = {(Step.MET, Why.NOT_ASKED): sum(each[0] for each in groups.values()), (Step.ACCEPTED, Why.WAITING): 600}
    every = {each: {"unknown": (way[Step.MET, Why.NOT_ASKED], 600)} for each in OF_PEOPLE} | {Dimension.WARD: groups}
    table = named(tables_of(Tally(way=way, groups=every)))[Figure.BY_WARD]
    keys = [row.key for row in table.rows]
    assert len(keys) == MOST_GROUPS + 2
    assert keys[-2:] == [OTHER_GROUPS, TOTAL]
    assert keys[:-2] == sorted(keys[:-2])


def test_days_within_which_so_many_were_done_are_by_nearest_rank() -> None:
    assert at_most({1: 1, 2: 1, 3: 1, 10: 1}, 50) == 2
    assert at_most({1: 1, 2: 1, 3: 1, 10: 1}, 90) == 10
    assert at_most({7: 5}, 50) == 7
    assert at_most({}, 50) is None


def test_the_example_of_the_quality_score() -> None:
    months = {"2026-03": MonthFacts(month="2026-03", mentee_sum=15, mentee_answers=4, mentor_sum=22, mentor_answers=5)}
    table = named(tables_of(Tally(months=months), small=3))[Figure.QUALITY]
    assert table.cell("2026-03", Column.MENTEE_SCORE) == 375
    assert table.cell(TOTAL, Column.MENTOR_SCORE) == 440


def test_one_mentee_from_the_first_talk_to_the_third_call() -> None:
    calls = [session(number, minutes=45) for number in range(3)]
    held = aggregate(
        person=person(),
        mentee_profiles=(mentee(),),
        matches=(match(state=PATH[-1]),),
        match_events=steps(*PATH),
        goals=(goal(),),
    )
    facts = facts_of(held, org=BU, heard=heard_in([*calls, *pulses(4)]))
    assert facts is not None
    assert facts.is_matched
    assert facts.stage is JourneyStage.GROWING
    assert sum(month.held for month in facts.months) == 3
    tally = tally_of(sums_of([facts]), Selection(since="2020-01", until="2030-12"), on=TODAY)
    assert (tally.ready, tally.matched, tally.goals) == (1, 1, 1)
    assert sum(month.minutes for month in tally.months.values()) == 135
    assert tally_of(sums_of([facts]), Selection(since="1999-01", until="1999-12"), on=TODAY).ready == 0


def test_people_of_another_organisation_are_nobody_to_count() -> None:
    assert facts_of(aggregate(person=person()), org=OrganisationId(NOVA)) is None


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2013-05-04", AgeBand.UNDER_13),
        ("2013-05-03", AgeBand.AGE_13_15),
        ("2010-05-03", AgeBand.AGE_16_17),
        ("2008-05-04", AgeBand.AGE_16_17),
        ("2008-05-03", AgeBand.AGE_18_25),
        ("1985-05-04", AgeBand.AGE_26_40),
        ("1965-05-03", AgeBand.AGE_61_75),
        ("1950-05-03", AgeBand.OVER_75),
        ("1950", AgeBand.UNKNOWN),
    ],
)
def test_an_age_is_that_of_the_day_of_registration(born: str, band: AgeBand) -> None:
    facts = facts_of(aggregate(person=person(dob=PartialDate(born))), org=AS)
    assert facts is not None
    assert facts.age_band is band


@pytest.mark.parametrize("earlier", [ReferralState.RECEIVED, ReferralState.ACCEPTED])
def test_of_two_referrals_that_came_as_far_the_newest_says_why_no_further(earlier: ReferralState) -> None:
    first, last = ReferralState.DECLINED_BY_PERSON, ReferralState.COULD_NOT_CONTACT
    held = aggregate(
        person=person(),
        referrals=(
            referral(R1, state=first, sent_at=ASKED_AT),
            referral(R2, state=last, sent_at=ASKED_AT + timedelta(hours=5)),
        ),
        events=(
            step(earlier, 1),
            step(first, 2, leaves=earlier),
            step(earlier, 6, of=R2),
            step(last, 7, of=R2, leaves=earlier),
        ),
    )
    facts = facts_of(held, org=AS)
    assert facts is not None
    assert (facts.step, facts.why) == (Step(earlier), Why.COULD_NOT_CONTACT)


def mentoring(profile: MenteeProfile, *states: MatchState) -> PersonFacts:
    found = facts_of(
        aggregate(
            person=person(),
            mentee_profiles=(profile,),
            matches=(match(state=states[-1]),) if states else (),
            match_events=steps(*states),
        ),
        org=BU,
    )
    assert found is not None
    return found


def test_who_was_approved_with_a_mentor_and_then_closed_was_ready_all_the_same() -> None:
    closed = mentee(status=MenteeStatus.CLOSED)
    ways = {
        "approved": (*PATH[:2], MatchState.DECLINED),
        "still approved": PATH[:2],
        "agreed": (*PATH[:3], MatchState.DECLINED),
        "active": (*PATH, MatchState.ENDED),
        "suggested": (PATH[0], MatchState.DECLINED),
        "entered in error": (*PATH[:2], MatchState.ENTERED_IN_ERROR),
        "never": (),
    }
    ready = {name for name, states in ways.items() if mentoring(closed, *states).is_ready}
    assert ready == {"approved", "still approved", "agreed", "active"}


def test_after_a_match_a_mentee_waits_from_the_day_it_was_over() -> None:
    ready = mentee()
    days = {
        "never matched": mentoring(ready),
        "ended": mentoring(ready, *PATH, MatchState.ENDED),
        "declined": mentoring(ready, *PATH[:3], MatchState.DECLINED),
        "running": mentoring(ready, *PATH),
        "entered in error": mentoring(ready, *PATH[:2], MatchState.ENTERED_IN_ERROR),
    }
    assert {name: (facts.stage_since - ASKED_ON).days for name, facts in days.items() if facts.stage_since} == {
        "never matched": 0,
        "ended": 4,
        "declined": 3,
        "running": 3,
        "entered in error": 0,
    }


def test_an_open_match_counts_from_its_own_steps_and_not_from_those_of_another() -> None:
    held = aggregate(
        person=person(),
        mentee_profiles=(mentee(),),
        matches=(match(state=MatchState.ENDED), match(M2, state=MatchState.SUGGESTED, created_at=NOW)),
        match_events=(*steps(*PATH, MatchState.ENDED), *steps(MatchState.SUGGESTED, of=M2)),
    )
    facts = facts_of(held, org=BU)
    assert facts is not None
    assert (facts.stage, facts.stage_since) == (JourneyStage.MATCHING, ASKED_ON)


def test_a_code_of_a_newer_version_stands_after_those_that_are_known_and_stops_nothing() -> None:
    newer = AgeBand("90_and_over")
    someone = facts_of(aggregate(person=person(age_band=newer)), org=AS)
    others = [
        facts_of(aggregate(person=person(age_band=band)), org=AS) for band in (AgeBand.AGE_18_25, AgeBand.UNKNOWN)
    ]
    people = [facts for facts in (someone, *others) if facts is not None]
    tally = tally_of(sums_of(people), Selection(since="2020-01", until="2030-12"), on=TODAY)
    table = named(tables_of(tally))[Figure.BY_AGE]
    assert [row.key for row in table.rows] == [AgeBand.AGE_18_25, AgeBand.UNKNOWN, newer, TOTAL]
    words = FigureWords({}, 5)
    assert words.row(Figure.BY_AGE, newer) == words.scope(of_programme(MentorKind("friend"))) == "Other"


def test_who_waited_for_a_first_call_was_matched() -> None:
    held = aggregate(
        person=person(),
        mentee_profiles=(mentee(),),
        matches=(match(state=MatchState.APPROVED),),
        match_events=steps(*PATH[:2]),
    )
    facts = facts_of(held, org=BU, heard=heard_in([session(5)]))
    assert facts is not None
    assert (facts.is_matched, facts.waits) == (False, {})


@pytest.mark.parametrize(("risen", "not_risen"), [(1, 5), (5, 1), (4, 4)])
def test_how_many_rose_does_not_follow_from_one_way_of_coping_or_from_how_many_ended(
    risen: int, not_risen: int
) -> None:
    pairs = risen + not_risen
    scores = {"coping5|hope": (pairs, 2 * pairs, 4 * pairs), "ucla3|total": (pairs, 5 * pairs, 4 * pairs)}
    tables = named(tables_of(Tally(risen=risen, not_risen=not_risen, ended={None: pairs}, scores=scores)))
    assert tables[Figure.COPING].rows[0].cells == (Kept.HIDDEN, Kept.HIDDEN, Kept.HIDDEN, None)
    assert [row.cells for row in tables[Figure.SCORES].rows] == [(Kept.HIDDEN, None, None), (pairs, 500, 400)]


def test_ways_of_coping_are_shown_where_how_many_answered_is() -> None:
    tables = named(tables_of(Tally(risen=3, not_risen=9, scores={"coping5|hope": (12, 24, 48)})))
    assert tables[Figure.COPING].rows[0].cells == (12, Kept.UNDER, Kept.HIDDEN, None)
    assert tables[Figure.SCORES].rows[0].cells == (12, 200, 400)
