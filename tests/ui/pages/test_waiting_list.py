"""The waiting list in the window: who waits how long, the best for all together, and a choice by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import AgeBand, Exclusion, MatchState, MenteeStatus, MentorKind, Topic
from app.domain.ids import PersonId
from app.domain.match import Match
from app.domain.mentoring import MenteeProfile
from app.domain.person import Person
from app.errors import KnownError
from app.use_cases import matching, mentoring, mentors, programme, waiting
from app.use_cases.importing import Course
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_mentoring import RUTH, act, add_mentee, add_mentor, register, the_match
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.compare_part import ComparePart
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.waiting_list import WaitingListPage
from ui.theme import Theme

Settled = Callable[[], None]


@pytest.fixture
def coordinator(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


def test_nobody_waits_and_the_page_says_who_would_stand_here(coordinator: PageContext, shown: Any) -> None:
    assert "Nobody waits." in words_on(shown(WaitingListPage(coordinator)))


def test_the_best_for_all_together_is_proposed_and_one_is_chosen(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    first = add_mentee(laptop)
    laptop.clock.forward(days=16)
    second = add_mentee(laptop, "Tomasz Nowak")
    add_mentee(laptop, "Efua Mensah", ready=False)
    bran = add_mentor(laptop, "Bran Osgood", max_matches=1)
    page = shown(WaitingListPage(coordinator))
    assert [row.person_id for row in page.rows] == [first, second]
    assert page.summary.words == "Waiting: 2. Longer than two weeks: 1. With a mentor proposed: 1."
    cells = page.table.rows
    assert [cells.cell(0, at).words for at in range(4)] == [
        "Samira Osei", "16 days, 2 more than promised", "Bran Osgood", "67 of 100, from 2 of 10 facts",
    ]  # fmt: skip
    assert [cells.cell(1, at).words for at in (1, 2)] == ["0 days, 14 left of 14", "Nobody at present"]
    assert "Injury at a similar level." in words_on(page)
    page.table.row_opened.emit(second)
    assert not page.choose_button.isVisible()
    assert "Would fit, but every place goes to somebody else: 1" in words_on(page)
    page.open_button.click()
    assert went.places == [("matching", second)]
    page.table.row_opened.emit(first)
    assert page.choose_button.words == "Choose Bran Osgood for Samira"
    page.choose_button.click()
    settled()
    match = the_match(laptop)
    assert (match.person, match.mentor, match.state) == (first, bran, MatchState.SUGGESTED)
    assert match.weights == shipped_weights().version
    assert [row.person_id for row in page.rows] == [second]


def test_whose_match_came_to_nothing_waits_from_that_day(laptop: Laptop) -> None:
    mentee, bran = add_mentee(laptop), add_mentor(laptop, "Bran Osgood")

    def days() -> int:
        (row,) = waiting.waiting_list(**act(laptop), weights=shipped_weights(), course=Course())
        return row.days

    def suggested() -> Match:
        return matching.suggest(**act(laptop), person_id=mentee, mentor=bran, weights=shipped_weights())

    laptop.clock.forward(days=16)
    match = suggested()
    laptop.clock.forward(days=10)
    declined = {"to": MatchState.DECLINED, "reason": "no_time", "asked": {"by_whom": "mentor"}}
    mentoring.move_match(**act(laptop), match_id=match.id, **declined)
    laptop.clock.forward(days=3)
    assert days() == 3
    assert [row.is_stuck for row in programme.mentees(**act(laptop))] == [False]
    mistaken = suggested()
    mentoring.move_match(**act(laptop), match_id=mistaken.id, to=MatchState.ENTERED_IN_ERROR, reason="mistake")
    # What was a mistake was no match.
    assert days() == 3


def test_who_has_not_agreed_is_told_apart(coordinator: PageContext, laptop: Laptop, shown: Any) -> None:
    person = register(laptop, "Lin Carey")
    profile = mentoring.start_mentee(**act(laptop), person_id=person, wanted=MentorKind.SCI)
    for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
        mentoring.move_profile(**act(laptop), profile_id=profile.id, to=status)
    add_mentor(laptop, "Bran Osgood")
    assert "They have not agreed to mentoring. Ask them first." in words_on(shown(WaitingListPage(coordinator)))


def test_who_is_under_18_by_the_day_of_birth_is_young_whatever_the_profile_says(laptop: Laptop) -> None:
    mentee = add_mentee(laptop)
    add_mentor(laptop, "Bran Osgood")
    born = laptop.clock().date().year - 15
    _born(laptop, mentee, str(born))
    (profile,) = _mentee_profiles(laptop)
    mentors.save_profile(**act(laptop), profile_id=profile.id, wanted={"age_band": AgeBand.AGE_26_40})
    found = matching.suggestions(**act(laptop), person_id=mentee, weights=shipped_weights())
    assert (found.best, dict(found.left_out)) == ((), {Exclusion.YOUNG_PERSON_NOT_CLEARED: 1})
    (row,) = waiting.waiting_list(**act(laptop), weights=shipped_weights(), course=Course())
    assert (row.proposed, dict(row.why.left_out)) == (None, {Exclusion.YOUNG_PERSON_NOT_CLEARED: 1})
    _born(laptop, mentee, str(born - 20))
    assert len(matching.suggestions(**act(laptop), person_id=mentee, weights=shipped_weights()).best) == 1


def test_many_mentors_are_ranked_as_few_are(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    mentee = add_mentee(laptop)
    for number in range(4):
        add_mentor(laptop, f"Bran {number}", topics=frozenset(list(Topic)[number : number + 12]))
    ask = {"person_id": mentee, "weights": shipped_weights()}
    few = matching.suggestions(**act(laptop), **ask)
    monkeypatch.setattr(matching, "_FEW", 0)
    assert matching.suggestions(**act(laptop), **ask) == few
    assert few.best


def _born(laptop: Laptop, person: PersonId, year: str) -> None:
    with laptop.vault.transaction(actor=RUTH, now=laptop.clock()) as work:
        work.change(Person, person, fields={"dob": year})


def _mentee_profiles(laptop: Laptop) -> tuple[MenteeProfile, ...]:
    with laptop.vault.reading() as read:
        return tuple(read.all(MenteeProfile))


def test_a_stopped_look_writes_nothing_and_says_so(coordinator: PageContext, laptop: Laptop, shown: Any) -> None:
    add_mentee(laptop)
    course = Course()
    course.stop()
    with pytest.raises(KnownError, match="stopped"):
        waiting.waiting_list(**act(laptop), weights=shipped_weights(), course=course)
    page = shown(WaitingListPage(coordinator))
    page.show_failure(KnownError("import.stopped"))
    assert page.summary.words.startswith("Stopped.")
    assert not page.failure.isVisible()


def test_mentors_are_compared_side_by_side(coordinator: PageContext, laptop: Laptop, shown: Any) -> None:
    mentee = add_mentee(laptop)
    add_mentor(laptop, "Bran Osgood")
    page = shown(MatchingPage(coordinator), mentee)
    assert page.findChildren(ComparePart) == []
    add_mentor(laptop, "Tove Marsh", topics=frozenset({Topic.TRAVEL, Topic.PAIN}))
    page = shown(MatchingPage(coordinator), mentee)
    (part,) = page.findChildren(ComparePart)
    assert not part.table.isVisible()
    part.button.click()
    cells = part.table.rows
    assert [cells.cell(0, at).words for at in range(3)] == [
        "Together", "100 of 100", "67 of 100",
    ]  # fmt: skip
    topics = [cells.cell(1, at).words for at in range(3)]
    assert topics == ["Topics", "100 %", "50 %"]
    assert cells.cell(10, 2).words == "–"
    part.button.click()
    assert not part.table.isVisible()


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["waiting", "compared"])
def test_neither_page_has_a_fault(
    which: str, look: Any, coordinator: PageContext, laptop: Laptop, settled: Settled, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    mentee = add_mentee(laptop)
    laptop.clock.forward(days=20)
    add_mentee(laptop, "Tomasz Nowak")
    add_mentor(laptop, "Bran Osgood", max_matches=1)
    add_mentor(laptop, "Tove Marsh")
    page = (WaitingListPage if which == "waiting" else MatchingPage)(coordinator)
    page.open(None if which == "waiting" else mentee)
    settled()
    if which == "compared":
        page.findChildren(ComparePart)[0].button.click()
        settled()
    assert faults(page) == []
    page.deleteLater()
