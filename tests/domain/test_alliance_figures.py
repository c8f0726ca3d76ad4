"""Figures of the alliance: who counts, and that nobody can take their own people off what they are told."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from app.domain.alliance_figures import alliance_figures_for, counts_jointly
from app.domain.codes import Purpose, Scope
from app.domain.ids import OrganisationId
from app.domain.impact import Addend, Dimension, What
from app.domain.impact_facts import Step, Why, facts_of
from app.domain.impact_tables import TOTAL, Cell, Column, Figure
from app.domain.suppression import Kept
from tests.domain import record_kit as kit
from tests.domain.consent_kit import AS, BU, agreed, refused

A, B, C, D = (OrganisationId(UUID(int=number)) for number in range(1, 5))
ON = date(2026, 6, 15)


def sums(met: int, taken_on: int = 0, month: str = "2026-03") -> tuple[Addend, ...]:
    """What some people add of whom nothing is known but how far they came."""
    found = []
    for side, step, count in (("no", Step.MET, met - taken_on), ("yes", Step.ACCEPTED, taken_on)):
        if count:
            found.append(Addend(What.WAY, f"{step}|{Why.WAITING}", month, count))
            dimensions = [each for each in Dimension if each is not Dimension.CHARITY]
            found += [Addend(What.GROUP, f"{each}|{side}|unknown", month, count) for each in dimensions]
    return tuple(found)


def met(viewer: OrganisationId, people: dict[OrganisationId, tuple[Addend, ...]]) -> dict[str, Cell]:
    """How many were met with each charity, and together, as one of them is told."""
    (table,) = (each for each in alliance_figures_for(viewer, people, on=ON).tables if each.figure is Figure.BY_CHARITY)
    return {row.key: table.cell(row.key, Column.MET) for row in table.rows}


def test_a_charity_is_told_its_own_each_of_the_others_and_the_whole() -> None:
    people = {A: sums(15, 5), B: sums(27), C: sums(39, 9)}
    assert met(A, people) == {str(A): 15, str(B): 27, str(C): 39, TOTAL: 81}
    way = next(each for each in alliance_figures_for(A, people, on=ON).tables if each.figure is Figure.WAY)
    assert (way.cell(Step.MET, Column.REACHED), way.cell(Step.ACCEPTED, Column.REACHED)) == (81, 14)


def test_of_two_members_neither_can_take_its_own_off_the_whole() -> None:
    people = {A: sums(50), B: sums(3)}
    for viewer in people:
        told = met(viewer, people)
        assert (told[str(B)], told[TOTAL]) == (Kept.HIDDEN, Kept.HIDDEN)


def test_one_hidden_charity_among_the_others_takes_a_second_along() -> None:
    told = met(A, {A: sums(50), B: sums(3), C: sums(20), D: sums(40)})
    assert (told[str(B)], told[str(C)], told[str(D)]) == (Kept.HIDDEN, Kept.HIDDEN, 40)
    assert told[TOTAL] == 113


def test_alone_in_the_alliance_there_are_no_others() -> None:
    assert met(A, {A: sums(9)}) == {str(A): 9, TOTAL: 9}
    assert alliance_figures_for(A, {A: ()}, on=ON).is_empty
    assert alliance_figures_for(A, {}, on=ON).is_empty


def test_the_alliance_begins_with_a_year_for_its_first_month_may_be_one_persons() -> None:
    told = alliance_figures_for(A, {A: sums(9), B: sums(1, month="2024-11")}, on=ON)
    assert (told.selection.since, told.selection.until) == ("2024-01", "2026-05")


def test_a_month_that_is_not_over_does_not_count() -> None:
    assert met(A, {A: (*sums(9), *sums(7, month="2026-06"))})[TOTAL] == 9


def test_who_did_not_say_yes_does_not_count_and_neither_does_who_was_met_this_month() -> None:
    yes = agreed("L1", org=AS, purpose=Purpose.SERVICE_IMPROVEMENT, scope=Scope.CONTACT)
    held, asked = kit.aggregate(yes), kit.aggregate(refused("L1", org=AS, purpose=Purpose.SERVICE_IMPROVEMENT))
    june, may, after_its_end = date(2026, 6, 1), date(2026, 5, 31), date(2027, 12, 1)
    cases = {
        "yes": (held, AS, june),
        "no": (asked, AS, june),
        "never asked": (kit.aggregate(), AS, june),
        "this month": (held, AS, may),
        "run out": (held, AS, after_its_end),
        "another charity": (held, BU, june),
    }
    counted = []
    for name, (person, org, on) in cases.items():
        facts = facts_of(person, org=org)
        if facts is not None and counts_jointly(person, facts, org=org, directory=kit.directory(), on=on):
            counted.append(name)
    assert counted == ["yes"]
