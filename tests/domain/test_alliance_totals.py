"""Totals of the alliance: who counts, and that nobody can take their own people off what they are told."""

from __future__ import annotations

from datetime import date
from random import Random
from uuid import UUID

import pytest

from app.domain.alliance_totals import NOBODY, Way, counted_step, totals_for
from app.domain.codes import Purpose, Scope
from app.domain.ids import OrganisationId
from app.domain.impact_facts import STEPS
from app.domain.suppression import Kept
from tests.domain import record_kit as kit
from tests.domain.consent_kit import AS, BU, agreed, refused

A, B, C, D = (OrganisationId(UUID(int=number)) for number in range(1, 5))


def way(*stayed: int) -> Way:
    return stayed + (0,) * (len(STEPS) - len(stayed))


def test_a_charity_is_told_its_own_the_others_and_the_whole() -> None:
    told = totals_for(A, {A: way(10, 5), B: way(20, 7), C: way(30, 9)})
    assert told.own.reached[:2] == (15, 5)
    assert {org: shown.reached[0] for org, shown in told.members.items()} == {B: 27, C: 39}
    assert (told.others.reached[0], told.alliance.reached[0], told.alliance.lost[1]) == (66, 81, 21)


def test_of_two_members_neither_can_take_its_own_off_the_whole() -> None:
    told = totals_for(A, {A: way(50), B: way(3)})
    assert told.members[B].reached[0] is Kept.UNDER
    assert told.others.reached[0] is Kept.UNDER
    assert told.alliance.reached[0] is Kept.HIDDEN
    assert totals_for(B, {A: way(50), B: way(3)}).alliance.reached[0] is Kept.HIDDEN


def test_one_hidden_charity_among_the_others_takes_a_second_along() -> None:
    told = totals_for(A, {A: way(50), B: way(3), C: way(20), D: way(40)})
    hidden = {org for org, shown in told.members.items() if isinstance(shown.reached[0], Kept)}
    assert hidden == {B, C}
    assert told.others.reached[0] == 63


def test_alone_in_the_alliance_there_are_no_others() -> None:
    told = totals_for(A, {A: way(9)})
    assert told.members == {}
    assert (told.own.reached[0], told.others.reached[0], told.alliance.reached[0]) == (9, 0, 9)
    assert totals_for(A, {}).own.reached == NOBODY


@pytest.mark.parametrize("seed", range(40))
def test_nothing_small_is_told_and_no_hidden_count_is_what_is_left_of_a_total(seed: int) -> None:
    random = Random(seed)
    members = [A, B, C, D][: random.randint(2, 4)]
    ways = {org: tuple(random.choice([0, 0, 1, 2, 4, 5, 9, 30]) for _ in STEPS) for org in members}
    for viewer in members:
        told = totals_for(viewer, ways)
        for shown in (told.own, told.others, told.alliance, *told.members.values()):
            assert not any(isinstance(count, int) and 0 < count < 5 for count in (*shown.reached, *shown.lost))
        for at in range(len(STEPS)):
            for name in ("reached", "lost"):
                counts = [getattr(shown, name)[at] for shown in told.members.values()]
                unknown = sum(isinstance(count, Kept) for count in counts)
                assert unknown != 1 or isinstance(getattr(told.others, name)[at], Kept)


def test_a_month_that_is_not_over_does_not_count_and_neither_does_who_did_not_say_yes() -> None:
    yes = agreed("L1", org=AS, purpose=Purpose.SERVICE_IMPROVEMENT, scope=Scope.CONTACT)
    held, asked = kit.aggregate(yes), kit.aggregate(refused("L1", org=AS, purpose=Purpose.SERVICE_IMPROVEMENT))
    members = kit.directory()
    june, may, after_its_end = date(2026, 6, 1), date(2026, 5, 31), date(2027, 12, 1)
    counted = {
        "yes": counted_step(held, org=AS, directory=members, on=june),
        "no": counted_step(asked, org=AS, directory=members, on=june),
        "never asked": counted_step(kit.aggregate(), org=AS, directory=members, on=june),
        "this month": counted_step(held, org=AS, directory=members, on=may),
        "run out": counted_step(held, org=AS, directory=members, on=after_its_end),
        "another charity": counted_step(held, org=BU, directory=members, on=june),
    }
    assert [name for name, step in counted.items() if step is not None] == ["yes"]
