"""What counts in matching: numbers that make a hundred, a reason, versions that stay, and matches that keep theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import Criterion, Role
from app.domain.matching import checked_weights
from app.errors import BadInputError, NotPermittedError
from app.use_cases import match_weights
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_mentoring import RUTH, act, add_mentee, add_mentor, the_match
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.match_weights import MatchWeightsPage
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.mentor import MentorPage
from ui.pages.mentoring import MentoringPage
from ui.theme import Theme

Settled = Callable[[], None]
ONLY_TOPICS = {criterion: 100 if criterion is Criterion.TOPICS else 0 for criterion in Criterion}


@pytest.fixture
def coordinator(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


def test_numbers_that_make_no_hundred_and_a_change_without_reason_are_refused_where_they_stand(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    page = shown(MatchWeightsPage(coordinator))
    assert page.sum.words == "Together 100."
    assert page.fields[Criterion.TOPICS].text == "30"
    page.fields[Criterion.TOPICS].set_text("40")
    assert page.sum.words == "Together 110: 10 too many."
    page.save_button.click()
    settled()
    assert "Together the numbers make 110, not 100." in words_on(page)
    page.fields[Criterion.AREA].set_text("two")
    page.save_button.click()
    settled()
    assert page.fields[Criterion.AREA].error
    assert page.fields[Criterion.AREA].text == "two"
    page.fields[Criterion.AREA].set_text("2")
    page.fields[Criterion.LEVEL_BAND].set_text("5")
    page.save_button.click()
    settled()
    assert page.reason.error
    page.reason.set_text("Our mentees ask for topics first")
    page.save_button.click()
    settled()
    newest, ships = match_weights.versions(laptop.vault, actor=RUTH, shipped=shipped_weights())
    assert newest.weights.of[Criterion.TOPICS] == 40
    assert (newest.reason, newest.at) == ("Our mentees ask for topics first", laptop.clock())
    assert newest.weights.version.startswith("weights-2-")
    assert (ships.weights, ships.at) == (shipped_weights(), None)
    text = words_on(page)
    assert f"{newest.weights.version}, in use" in text
    assert "As it ships." in text


def test_a_match_keeps_the_version_it_was_ranked_by(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, mentor = add_mentee(laptop), add_mentor(laptop, "Bran Osgood")
    made = match_weights.change_weights(**act(laptop), of=ONLY_TOPICS, reason="Topics alone")
    page = shown(MatchingPage(coordinator), mentee)
    assert "50 of 100, from 2 of 10 facts" in words_on(page)
    page.choose_buttons[mentor].click()
    settled()
    match_weights.change_weights(**act(laptop), of=shipped_weights().of, reason="Back again")
    match = the_match(laptop)
    assert (match.score, match.weights) == (50, made.weights.version)
    page.load()
    settled()
    assert f"50 of 100, by {made.weights.version}." in words_on(page)
    in_use = match_weights.weights_in_use(laptop.vault, shipped=shipped_weights())
    assert in_use.of == shipped_weights().of
    assert in_use.version.startswith("weights-3-")


def test_two_laptops_that_choose_differently_name_them_differently(laptop: Laptop) -> None:
    one = match_weights.change_weights(**act(laptop), of=ONLY_TOPICS, reason="One")
    other = match_weights.change_weights(**act(laptop), of=shipped_weights().of, reason="Other")
    assert one.weights.version.rpartition("-")[2] != other.weights.version.rpartition("-")[2]


@pytest.mark.parametrize("broken", [{Criterion.TOPICS: 101}, {Criterion.TOPICS: -1}, {Criterion.TOPICS: 31}])
def test_weights_are_ten_numbers_from_nought_to_a_hundred_that_make_a_hundred(broken: dict[Criterion, int]) -> None:
    checked_weights(shipped_weights().of)
    with pytest.raises(BadInputError, match=r"match_weights\.(topics|sum)\.out_of_range"):
        checked_weights({**shipped_weights().of, **broken})
    with pytest.raises(BadInputError, match=r"match_weights\.\w+\.out_of_range"):
        checked_weights({Criterion.TOPICS: 100})


def test_only_who_matches_changes_what_counts(laptop: Laptop) -> None:
    worker = make_actor("aspire", Role.OUTREACH_WORKER, "Dan")
    with pytest.raises(NotPermittedError):
        match_weights.change_weights(
            laptop.vault, actor=worker, now=laptop.clock(), of=ONLY_TOPICS, reason="Topics alone"
        )


def test_a_coordinator_comes_there_from_mentoring(coordinator: PageContext, shown: Any, went: Went) -> None:
    shown(MentoringPage(coordinator)).weights_button.click()
    assert went.places == [("match_weights", None)]


def test_nothing_typed_for_one_mentor_stays_on_the_page_of_another(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    bran, tove = add_mentor(laptop, "Bran Osgood"), add_mentor(laptop, "Tove Marsh")
    page = shown(MentorPage(coordinator), bran)
    page.forms.forms[-1].open_button.click()
    page.open(tove)
    settled()
    assert page.view.name == "Tove Marsh"
    assert not page.forms.is_open


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
def test_the_page_has_no_fault(
    look: Any, coordinator: PageContext, laptop: Laptop, settled: Settled, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    match_weights.change_weights(**act(laptop), of=ONLY_TOPICS, reason="Topics alone")
    page = MatchWeightsPage(coordinator)
    page.open(None)
    settled()
    assert faults(page) == []
    page.deleteLater()
