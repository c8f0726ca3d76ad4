"""A whole waiting list is paired as well as can be, held against an exact method of our own that knows no solver."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import assigning
from app.domain.assigning import TooManyPlacesError, Waiting, best_assignment
from app.domain.codes import Exclusion, MentorKind, Topic
from app.domain.ids import PersonId
from app.domain.matching import Candidate, Side, score
from app.domain.roster import Roster
from tests.domain.mentoring_kit import TODAY, WEIGHTS, candidate, mentee, mentor, side

TOPICS = list(Topic)[:6]


def waits(number: int, *, days: int = 0, consent: bool = True, **fields: Any) -> Waiting:
    person = PersonId(UUID(int=0x8000 + number))
    about = side(person, **fields)
    return Waiting(wish=mentee(person=person), side=about, consent=consent, since=TODAY - timedelta(days=days))


def offers(number: int, places: int = 1, *, days: int = 0, **fields: Any) -> Candidate:
    person = PersonId(UUID(int=0x9000 + number))
    about = side(person, **fields)
    since = TODAY - timedelta(days=days)
    return candidate(mentor(person=person), side=about, free_places=places, free_since=since)


def paired(waiting: list[Waiting], mentors: list[Candidate]) -> list[int | None]:
    """Return for each mentee the number of the mentor."""
    found = best_assignment(waiting, Roster(mentors, on=TODAY, policy={}), weights=WEIGHTS)
    assert [each.who for each in found] == waiting
    return [None if each.scored is None else each.scored.candidate.side.person.int - 0x9000 for each in found]


def worth(waiting: list[Waiting], mentors: list[Candidate]) -> list[list[int]]:
    """Return what each pair is worth, place by place, by the rules alone; 0 for a pair that is not proposed."""
    places = [each for each in mentors for _ in range(each.free_places)]
    table = []
    for one in waiting:
        scores = [score(one.wish, one.side, each, weights=WEIGHTS).score for each in places]
        table.append([points if points >= 30 and one.consent else 0 for points in scores])
    return table


def highest_total(table: list[list[int]]) -> int:
    """Return the highest total by successive shortest paths (Bellman and Ford): slow, exact, another way."""
    rows, columns = len(table), len(table[0]) if table else 0
    mentor_of: dict[int, int] = {}
    total = 0
    while True:
        mentee_of = {column: row for row, column in mentor_of.items()}
        gain: dict[int, int] = {row: 0 for row in range(rows) if row not in mentor_of}
        came: dict[int, tuple[int, int]] = {}
        best_end, best_gain = None, 0
        for _ in range(rows + 1):
            changed = False
            for row in list(gain):
                for column in range(columns):
                    if not table[row][column] or mentor_of.get(row) == column:
                        continue
                    reached = gain[row] + table[row][column]
                    holder = mentee_of.get(column)
                    if holder is None:
                        if reached > best_gain:
                            best_gain, best_end = reached, (row, column)
                    elif reached - table[holder][column] > gain.get(holder, -(10**9)):
                        gain[holder] = reached - table[holder][column]
                        came[holder] = (row, column)
                        changed = True
            if not changed:
                break
        if best_end is None:
            return total
        total += best_gain
        row, column = best_end
        while True:
            before = came.get(row)
            mentor_of[row] = column
            if before is None:
                break
            row, column = before


def by_trying_all(table: list[list[int]]) -> int:
    rows, columns = len(table), len(table[0])
    wide = [line + [0] * rows for line in table]
    return max(
        sum(wide[row][column] for row, column in enumerate(chosen))
        for chosen in permutations(range(columns + rows), rows)
    )


_facts = st.builds(
    dict,
    topics=st.frozensets(st.sampled_from(TOPICS), max_size=4),
    interests=st.frozensets(st.sampled_from(["chess", "rugby", "opera"]), max_size=2),
    injured_in=st.none() | st.integers(2018, 2026),
)
_lists = st.tuples(
    st.lists(st.tuples(_facts, st.booleans()), min_size=1, max_size=4),
    st.lists(st.tuples(_facts, st.integers(0, 2)), min_size=1, max_size=3),
)


@settings(deadline=None, max_examples=60)
@given(_lists)
def test_small_lists_reach_what_trying_everything_reaches(drawn: Any) -> None:
    waiting = [waits(number, consent=consent, **facts) for number, (facts, consent) in enumerate(drawn[0])]
    mentors = [offers(number, places, **facts) for number, (facts, places) in enumerate(drawn[1])]
    table = worth(waiting, mentors)
    found = best_assignment(waiting, Roster(mentors, on=TODAY, policy={}), weights=WEIGHTS)
    total = sum(each.scored.score for each in found if each.scored)
    assert total == (by_trying_all(table) if table[0] else 0)
    for mentor_at in range(len(mentors)):
        taken = sum(each.scored is not None and each.scored.candidate is mentors[mentor_at] for each in found)
        assert taken <= mentors[mentor_at].free_places


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("mentees", "mentors"), [(40, 25), (25, 40), (60, 60)])
def test_larger_lists_reach_the_exact_optimum(seed: int, mentees: int, mentors: int) -> None:
    draw = random.Random(seed)

    def facts() -> dict[str, Any]:
        return {
            "topics": frozenset(draw.sample(TOPICS, draw.randint(0, 5))),
            "interests": frozenset(draw.sample(["chess", "rugby", "opera"], draw.randint(0, 2))),
            "injured_in": draw.choice([None, *range(2015, 2027)]),
        }

    waiting = [waits(number, days=draw.randint(0, 90), **facts()) for number in range(mentees)]
    offered = [offers(number, draw.randint(0, 3), **facts()) for number in range(mentors)]
    found = best_assignment(waiting, Roster(offered, on=TODAY, policy={}), weights=WEIGHTS)
    total = sum(each.scored.score for each in found if each.scored)
    assert total == highest_total(worth(waiting, offered)) > 0
    again = best_assignment(waiting, Roster(reversed(offered), on=TODAY, policy={}), weights=WEIGHTS)
    assert again == found


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_exact_method_itself_agrees_with_trying_everything(table: list[list[int]]) -> None:
    assert highest_total(table) == by_trying_all(table)


PAIN = {"topics": frozenset({Topic.PAIN})}


def test_the_best_for_all_is_taken_though_it_is_not_the_best_for_each() -> None:
    both = frozenset({Topic.PAIN, Topic.WORK})
    waiting = [waits(0, topics=both), waits(1, topics=frozenset({Topic.WORK}))]
    mentors = [offers(0, topics=both), offers(1, **PAIN)]
    # The first would have 100 with the first mentor, and nothing would be left for the second.
    assert paired(waiting, mentors) == [1, 0]


def test_of_equals_who_waits_longest_has_the_place_and_who_is_longest_without_a_match_fills_it() -> None:
    waiting = [waits(0, days=3, **PAIN), waits(1, days=20, **PAIN), waits(2, days=8, **PAIN)]
    mentors = [offers(0, days=1, **PAIN), offers(1, days=9, **PAIN), offers(2, days=5, **PAIN)]
    assert paired(waiting, mentors[:1]) == [None, 0, None]
    assert paired(waiting[:1], mentors) == [1]
    assert paired(waiting, mentors[:2])[0] is None


def test_a_mentor_never_has_more_than_there_are_places() -> None:
    waiting = [waits(number, **PAIN) for number in range(5)]
    assert paired(waiting, [offers(0, 3, **PAIN), offers(1, 0, **PAIN)]).count(0) == 3


def test_whoever_stays_without_is_told_why() -> None:
    waiting = [
        waits(0, days=9, **PAIN),
        waits(1, **PAIN),
        waits(2, consent=False, **PAIN),
        waits(3, topics=frozenset({Topic.FAITH})),
        waits(4, see_lead=True, **PAIN),
    ]
    lapsed = candidate(mentor(supervised_on=None), side=side(PersonId(UUID(int=0x9009)), **PAIN))
    found = best_assignment(waiting, Roster([offers(0, **PAIN), lapsed], on=TODAY, policy={}), weights=WEIGHTS)
    assert found[0].scored is not None
    assert (found[1].scored, found[1].taken, found[1].left_out) == (None, 1, {Exclusion.CHECKS_LAPSED: 1})
    assert found[2].left_out[Exclusion.CONSENT_MISSING] == 2
    assert (found[3].too_low, found[3].taken) == (1, 0)
    assert found[4].left_out[Exclusion.LEAD_BAR] == 2


def test_nobody_and_nothing_give_nothing() -> None:
    assert best_assignment([], Roster([offers(0)], on=TODAY, policy={}), weights=WEIGHTS) == ()
    assert paired([waits(0)], []) == [None]
    assert paired([waits(0, **PAIN)], [offers(0, **PAIN, languages=frozenset({"cy"}))]) == [0]


def test_more_than_one_assignment_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assigning, "MOST_PLACES", 2)
    with pytest.raises(TooManyPlacesError):
        paired([waits(number, **PAIN) for number in range(3)], [offers(0, 2, **PAIN)])


def test_a_family_member_is_never_paired_with_a_mentor_of_another_kind() -> None:
    person = PersonId(UUID(int=0x8001))
    relative = Waiting(
        wish=mentee(person=person, wanted_kind=MentorKind.FAMILY),
        side=Side(person=person, topics=frozenset({Topic.PAIN})),
        consent=True,
        since=TODAY,
    )
    assert paired([relative], [offers(0, **PAIN)]) == [None]
