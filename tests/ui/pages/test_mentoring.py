"""A coordinator's mentoring: who is stuck, who fits and why, and the steps up to the mentee's yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import (
    ConsentMethod,
    ContactKind,
    DbsLevel,
    Decision,
    InjuryLevel,
    MatchState,
    MayUse,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Purpose,
    Role,
    Scope,
    Topic,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.domain.match import Match
from app.use_cases import consents, mentoring, people
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.matching import MatchingPage
from ui.pages.mentoring import MentoringPage
from ui.pages.person import PersonPage
from ui.places import entries_for
from ui.theme import Theme

RUTH = make_actor("aspire", Role.COORDINATOR, "Ruth")
Settled = Callable[[], None]


@pytest.fixture
def coordinator(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


def act(laptop: Laptop) -> dict[str, Any]:
    return {"vault": laptop.vault, "actor": RUTH, "now": laptop.clock()}


def register(laptop: Laptop, name: str) -> PersonId:
    form = people.NewPerson(
        full_name=name,
        known_as=name.split(maxsplit=1)[0],
        contact_kind=ContactKind.MOBILE,
        contact_value="07700 900321",
        may_use=frozenset({MayUse.CALL}),
    )
    return people.register_person(**act(laptop), form=form)


def add_mentor(laptop: Laptop, name: str, **fields: Any) -> PersonId:
    person, today = register(laptop, name), laptop.clock().date()
    known: dict[str, Any] = {"training_on": today, "conduct_on": today, "references": 2, "dbs_on": today}
    known |= {"dbs_level": DbsLevel.ENHANCED, "supervised_on": today, "level": InjuryLevel.C5}
    known |= {"injured_on": "2019"}
    known |= {"topics": frozenset({Topic.TRAVEL, Topic.WORK}), **fields}
    profile = mentoring.start_mentor(**act(laptop), person_id=person, kinds=frozenset({MentorKind.SCI}), **known)
    for status in (MentorStatus.TRAINING, MentorStatus.ACTIVE):
        mentoring.move_profile(**act(laptop), profile_id=profile.id, to=status)
    return person


def add_mentee(laptop: Laptop, name: str = "Samira Osei", *, ready: bool = True) -> PersonId:
    person = register(laptop, name)
    cell = Cell(org=RUTH.org, purpose=Purpose.MENTORING, decision=Decision.AGREED, scope=Scope.CONTACT_INJURY_NEEDS)
    form = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, find me one.", read_back=True
    )
    consents.record_consent(**act(laptop), person_id=person, form=form)
    wants = {"topics": frozenset({Topic.TRAVEL, Topic.PAIN}), "level": InjuryLevel.C6}
    profile = mentoring.start_mentee(**act(laptop), person_id=person, wanted=MentorKind.SCI, **wants)
    if ready:
        mentoring.add_goal(**act(laptop), person_id=person, text="Take the train alone", area=Topic.TRAVEL)
        for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
            mentoring.move_profile(**act(laptop), profile_id=profile.id, to=status)
    return person


def the_match(laptop: Laptop) -> Match:
    with laptop.vault.reading() as read:
        (match,) = read.all(Match)
        return match


def test_coordinators_have_mentoring_in_their_navigation() -> None:
    assert "mentoring" in [entry.key for entry in entries_for({Role.COORDINATOR})]
    assert "mentoring" not in [entry.key for entry in entries_for({Role.OUTREACH_WORKER, Role.INTAKE_WORKER})]


def test_without_mentees_the_page_says_what_will_be_here(coordinator: PageContext, shown: Any) -> None:
    assert "No mentees yet." in words_on(shown(MentoringPage(coordinator)))


def test_who_is_stuck_stands_first_with_stage_and_days(
    coordinator: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    stuck = add_mentee(laptop)
    laptop.clock.forward(days=22)
    fresh = add_mentee(laptop, "Tomasz Nowak")
    page = shown(MentoringPage(coordinator))
    assert [row.person_id for row in page.rows] == [stuck, fresh]
    assert [row.is_stuck for row in page.rows] == [True, False]
    assert page.table.rows.cell(0, 1).words == "Finding a mentor, 22 days"
    page.first_button.click()
    assert went.places == [("matching", stuck)]


def test_each_proposal_says_its_score_and_a_sentence_for_every_point(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    mentee = add_mentee(laptop)
    add_mentor(laptop, "Bran Osgood")
    lapsed = laptop.clock().date() - timedelta(days=200)
    add_mentor(laptop, "Tove Marsh", supervised_on=lapsed)
    text = words_on(shown(MatchingPage(coordinator), mentee))
    for words in (
        "Bran Osgood", "67 of 100, from 2 of 10 facts", "Happy to talk about travel.", "Injury at a similar level.",
        "Left out, for your eyes only", "A check has run out: 1", "Take the train alone",
    ):  # fmt: skip
        assert words in text, words
    assert "Tove Marsh" not in text


def test_nobody_who_fits_and_nobody_ready_are_said_with_what_to_do(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    assert "No mentor fits at the moment." in words_on(shown(MatchingPage(coordinator), add_mentee(laptop)))
    early = add_mentee(laptop, "Tomasz Nowak", ready=False)
    assert "Next: the matching talk" in words_on(shown(MatchingPage(coordinator), early))


def test_a_mentee_is_begun_prepared_and_made_ready_on_the_page(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = register(laptop, "Samira Osei")
    page = shown(MatchingPage(coordinator), person)
    page.steps.begin_button.click()
    settled()
    assert page.steps.kind.error, "whom the mentor should be like is asked for at its field"
    page.steps.kind.choices["sci"].click()
    page.steps.begin_button.click()
    settled()
    page.steps.talked_button.click()
    settled()
    assert "write down at least one goal" in page.steps.words.words
    page.steps.goal_form.open_button.click()
    page.steps.goal_form.save_button.click()
    settled()
    assert page.steps.goal_text.error
    page.steps.goal_text.set_text("Take the train alone")
    page.steps.goal_area.choices["travel"].click()
    page.steps.goal_form.save_button.click()
    settled()
    page.steps.topics_form.open_button.click()
    page.steps.topics.ticks["travel"].click()
    page.steps.topics_form.save_button.click()
    settled()
    page.steps.ready_button.click()
    settled()
    assert page.view.row.status is MenteeStatus.READY
    assert page.view.profile.topics == {"travel"}
    assert "No mentor fits at the moment." in words_on(page)


def test_a_coordinator_comes_from_a_person_to_their_mentoring(
    coordinator: PageContext, context: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    person = register(laptop, "Samira Osei")
    page = shown(PersonPage(coordinator), person)
    page.mentoring_button.click()
    assert went.places == [("matching", person)]
    assert not shown(PersonPage(context), person).mentoring_button.isVisible()


def test_choose_approve_and_write_down_the_yes_with_what_may_be_told(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, mentor = add_mentee(laptop), add_mentor(laptop, "Bran Osgood")
    page = shown(MatchingPage(coordinator), mentee)
    page.choose_buttons[mentor].click()
    settled()
    assert the_match(laptop).state is MatchState.SUGGESTED
    page.step_button.click()
    settled()
    assert the_match(laptop).state is MatchState.APPROVED
    assert "Ask Samira whether they want Bran Osgood" in words_on(page).replace("\u2068", "").replace("\u2069", "")
    page.told.ticks["level"].click()
    page.step_button.click()
    settled()
    match = the_match(laptop)
    assert (match.state, match.told_to_mentor) == (MatchState.MENTEE_AGREED, {"level"})
    assert page.step_button is None
    assert "What the mentor will be told" in words_on(page)
    assert "07700 900321" in words_on(page)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["list", "proposals", "approved", "begin", "forms"])
def test_no_page_of_a_coordinators_mentoring_has_a_fault(
    which: str, look: Any, coordinator: PageContext, laptop: Laptop, settled: Settled, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    mentee, mentor = add_mentee(laptop), add_mentor(laptop, "Bran Osgood")
    add_mentor(laptop, "Tove Marsh", topics=frozenset({Topic.FAITH}))
    page = MentoringPage(coordinator) if which == "list" else MatchingPage(coordinator)
    page.open({"list": None, "begin": mentor}.get(which, mentee))
    settled()
    if which == "forms":
        assert isinstance(page, MatchingPage)
        page.steps.goal_form.open_button.click()
        page.steps.topics_form.open_button.click()
        settled()
    if which == "approved":
        assert isinstance(page, MatchingPage)
        page.choose_buttons[mentor].click()
        settled()
        assert page.step_button is not None
        page.step_button.click()
        settled()
    assert faults(page) == []
    page.deleteLater()
