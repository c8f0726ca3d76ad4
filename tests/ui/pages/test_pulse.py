"""Asking how it goes, questionnaires and the end of a match: on the pages, in a real vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.card import ShareCard
from app.domain.codes import (
    Decision,
    InjuryLevel,
    Instrument,
    MatchState,
    MeasureMode,
    MeasureOccasion,
    MenteeStatus,
    MentorKind,
    PersonStatus,
    PulseSubject,
    Purpose,
    Role,
    Scope,
    ToldItem,
    Topic,
)
from app.domain.consent_event import ConsentLine
from app.domain.ids import LineId, PersonId
from app.domain.match import Match, PulseAnswer
from app.domain.measures import OutcomeMeasure
from app.domain.mentoring import Goal
from app.domain.person import Person
from app.errors import BadInputError, NotPermittedError
from app.use_cases import drafts, matching, measures, mentoring, pulses, stops, today
from app.use_cases.measures import MeasureForm
from app.use_cases.pulses import PulseForm
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages.conftest import Went
from tests.ui.pages.mentoring_kit import BRAN, tell_sams_match
from tests.ui.pages.test_mentoring import RUTH, act, add_mentee, add_mentor
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.match import MatchPage
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.measures import MeasuresPage
from ui.pages.pulse import READ_ALOUD, PulsePage
from ui.pages.quality import QualityPage
from ui.shell.window import Window
from ui.theme import Theme
from ui.view_models.subjects import AskPulse

Settled = Callable[[], None]
_MENTEE, _MENTOR = PulseSubject.MENTEE, PulseSubject.MENTOR


@pytest.fixture
def coordinator(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


def begin(laptop: Laptop, name: str = "Samira Osei", mentor: PersonId | None = None) -> Match:
    """Bring a mentee with consent and a goal, and a mentor, to an active match."""
    mentee, mentor = add_mentee(laptop, name), mentor or add_mentor(laptop, "Bran Osgood", max_matches=5)
    match = matching.suggest(**act(laptop), person_id=mentee, mentor=mentor, weights=shipped_weights())
    mentoring.move_match(**act(laptop), match_id=match.id, to=MatchState.APPROVED)
    told = {"told_to_mentor": [ToldItem.LEVEL.value]}
    mentoring.move_match(**act(laptop), match_id=match.id, to=MatchState.MENTEE_AGREED, asked=told)
    return mentoring.move_match(**act(laptop), match_id=match.id, to=MatchState.ACTIVE)


def said(laptop: Laptop, match: Match, score: int | None, about: PulseSubject = _MENTEE, **fields: Any) -> PulseAnswer:
    form = PulseForm(score=score, answered_on=fields.pop("on", laptop.clock().date()), **fields)
    return pulses.answer_pulse(**act(laptop), match_id=match.id, about=about, form=form)


def due(laptop: Laptop) -> list[date]:
    with laptop.vault.reading() as read:
        return [each.due_on for each in pulses.due_pulses(read, actor=RUTH, now=laptop.clock())]


def answers(laptop: Laptop, match: Match) -> tuple[PulseAnswer, ...]:
    with laptop.vault.reading() as read:
        return read.of_person(PulseAnswer, PersonId(match.person))


def codes_today(laptop: Laptop) -> list[tuple[str, bool]]:
    items = today.today(laptop.vault, actor=RUTH, now=laptop.clock())
    return [(item.code, item.overdue) for item in items if item.code == "pulse_due"]


def test_a_pulse_is_due_on_day_30_then_every_60_and_stands_on_today(laptop: Laptop) -> None:
    match, began = begin(laptop), laptop.clock().date()
    laptop.clock.forward(days=29)
    assert due(laptop) == []
    laptop.clock.forward(days=1)
    assert due(laptop) == [began + timedelta(days=30)]
    assert codes_today(laptop) == [("pulse_due", False)]
    laptop.clock.forward(days=7)
    assert codes_today(laptop) == [("pulse_due", True)]
    said(laptop, match, 4)
    assert due(laptop) == []
    laptop.clock.forward(days=52)
    assert due(laptop) == []
    laptop.clock.forward(days=1)
    assert due(laptop) == [began + timedelta(days=90)]
    assert codes_today(laptop) == [("pulse_due", False)]


def test_an_answer_counts_on_the_day_it_was_given(laptop: Laptop) -> None:
    match, began = begin(laptop), laptop.clock().date()
    laptop.clock.forward(days=95)
    said(laptop, match, 5, on=began + timedelta(days=31))
    assert due(laptop) == [began + timedelta(days=90)], "what was said on day 31 answers day 30 alone"
    said(laptop, match, 5, on=began + timedelta(days=90))
    assert due(laptop) == []
    with pytest.raises(BadInputError) as refused:
        said(laptop, match, 5, on=laptop.clock().date() + timedelta(days=1))
    assert refused.value.code == "pulse_answer.answered_on.in_future"


def test_the_end_asks_once_more_and_no_end_by_harm_does(laptop: Laptop) -> None:
    match = begin(laptop)
    other = begin(laptop, "Tomasz Nowak", match.mentor)
    laptop.clock.forward(days=10)
    for each, reason in ((match, "goals_met"), (other, "safeguarding")):
        end(laptop, each, reason)
    assert due(laptop) == [laptop.clock().date()]
    said(laptop, match, 5)
    assert due(laptop) == []


def end(laptop: Laptop, match: Match, reason: str) -> None:
    with laptop.vault.reading() as read:
        goals = {str(goal.id): "met" for goal in read.of_person(Goal, PersonId(match.person))}
    mentoring.move_match(**act(laptop), match_id=match.id, to=MatchState.ENDED, reason=reason, asked={"goals": goals})


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("what", ["death", "withdrawal"])
def test_nobody_is_asked_after_a_death_or_a_withdrawal_even_before_the_service_knows(
    laptop: Laptop, what: str, ended: bool
) -> None:
    match = begin(laptop)
    laptop.clock.forward(days=31)
    if ended:
        end(laptop, match, "allowance_used")
    assert len(due(laptop)) == 1
    person = PersonId(match.person)
    if what == "death":
        with laptop.vault.transaction(actor=RUTH, now=laptop.clock()) as work:
            work.move(Person, person, "status", PersonStatus.DIED)
    else:
        stops.stop_sharing(**act(laptop), person_id=person, stop=stops.Stop(org=RUTH.org, purpose=Purpose.MENTORING))
    assert due(laptop) == []
    assert codes_today(laptop) == []
    for about in PulseSubject:
        with pytest.raises(BadInputError) as refused:
            said(laptop, match, 3, about)
        assert refused.value.code == "pulse_answer.match.not_permitted"


def test_the_page_of_a_match_that_asks_nobody_says_so_and_offers_no_face(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    match = begin(laptop)
    stops.stop_sharing(
        **act(laptop),
        person_id=PersonId(match.person),
        stop=stops.Stop(org=RUTH.org, purpose=Purpose.MENTORING),
    )
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    assert page.over.isVisible()
    assert not page.faces.isVisible()
    assert not page.save_button.isVisible()


def test_a_face_and_save_are_enough(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    match = begin(laptop)
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    page.faces.faces[4].click()
    page.save_button.click()
    settled()
    (answer,) = answers(laptop, match)
    assert (answer.score, answer.declined, answer.about, answer.read_aloud_by) == (4, False, "mentee", "")
    assert went.places[-1] == ("matching", match.person)


def test_a_face_is_chosen_by_its_number_and_by_arrows_and_read_aloud_names_who_read(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    match = begin(laptop)
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    page.activateWindow()
    page.faces.focus_control()
    QTest.keyClick(page.faces.faces[1], Qt.Key.Key_2)
    assert page.faces.value == 2
    QTest.keyClick(page.faces.faces[2], Qt.Key.Key_Right)
    assert page.faces.value == 3
    page.how.ticks[READ_ALOUD].click()
    page.save_button.click()
    settled()
    (answer,) = answers(laptop, match)
    assert (answer.score, answer.read_aloud_by) == (3, RUTH.shown_name)


def test_without_a_face_nothing_is_saved_and_the_field_says_what_to_do(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    match = begin(laptop)
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    page.save_button.click()
    settled()
    assert page.faces.error == "Choose a face, or say that they would rather not say."
    assert answers(laptop, match) == ()
    page.decline_button.click()
    settled()
    assert [answer.declined for answer in answers(laptop, match)] == [True]


def test_every_face_has_a_word_a_name_and_room_for_a_finger(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    match = begin(laptop)
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    names = [face.accessibleName() for face in page.faces.faces.values()]
    assert names[0] == "Not good at all, choose a face"
    assert len(set(names)) == 5
    for face in page.faces.faces.values():
        assert face.width() >= 44
        assert face.height() >= 44


def test_a_programme_is_read_lowest_first_with_its_score_and_its_months(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    one = begin(laptop)
    two = begin(laptop, "Tomasz Nowak", one.mentor)
    start = laptop.clock().date().replace(day=1)
    laptop.clock.forward(days=70)
    for match, score, day in ((one, 5, 35), (one, 4, 66), (two, 4, 35), (two, 2, 66)):
        said(laptop, match, score, on=start + timedelta(days=day))
    said(laptop, two, None)
    found = pulses.quality(laptop.vault, actor=RUTH)
    assert (found.both, found.mentors, found.answers) == (Decimal("3.75"), None, 4)
    assert list(found.months.values()) == [Decimal("4.50"), Decimal("3.00")]
    page = shown(QualityPage(coordinator))
    text = words_on(page)
    assert "3.75 of 5 from 4 answers: below the target of 4.00." in text
    assert page.table.rows.cell(0, 0).words == "Tomasz Nowak"
    assert page.table.rows.cell(0, 2).words == "Not so good, 2 of 5"


def test_of_one_match_both_low_answers_are_lines(coordinator: PageContext, laptop: Laptop, shown: Any) -> None:
    match = begin(laptop)
    on = laptop.clock().date() + timedelta(days=35)
    laptop.clock.forward(days=70)
    said(laptop, match, 2, on=on)
    said(laptop, match, 1, on=on, about=PulseSubject.MENTOR)
    page = shown(QualityPage(coordinator))
    assert [page.table.rows.cell(row, 2).words for row in range(page.table.rows.rowCount())] == [
        "Not good at all, 1 of 5",
        "Not so good, 2 of 5",
    ]


def test_others_do_not_read_how_a_programme_does(laptop: Laptop) -> None:
    begin(laptop)
    for role in (Role.OUTREACH_WORKER, Role.MENTOR, Role.SAFEGUARDING_LEAD):
        with pytest.raises(NotPermittedError):
            pulses.quality(laptop.vault, actor=make_actor("aspire", role))


def test_an_ended_match_still_waits_for_the_last_answers(
    coordinator: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    match = begin(laptop)
    end(laptop, match, "goals_met")
    page = shown(MatchingPage(coordinator), PersonId(match.person))
    assert page.course is not None
    assert set(page.course.ask_buttons) == set(PulseSubject)
    page.course.ask_buttons[_MENTEE].click()
    assert went.places[-1] == ("pulse", AskPulse(match_id=match.id, about=_MENTEE))


def test_a_goal_takes_steps_and_says_how_far_it_is(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee = add_mentee(laptop)
    page = shown(MatchingPage(coordinator), mentee)
    (form,) = page.goal_forms.values()
    form.open_button.click()
    form.fields[0].choices["some_steps"].click()
    form.fields[1].set_text("Ring the station about the ramp")
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        (goal,) = read.of_person(Goal, mentee)
    assert (goal.state, goal.steps) == ("some_steps", {"Ring the station about the ramp"})
    assert "Some steps taken. Steps: Ring the station about the ramp" in words_on(page)


def test_a_questionnaire_is_asked_answered_and_scored_on_its_page(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    match = begin(laptop)
    person = PersonId(match.person)
    page = shown(MeasuresPage(coordinator), person)
    assert page.instrument is not None
    assert "swemwbs" not in page.instrument.choices
    page.instrument.choices["ucla3"].click()
    page.save_button.click()
    settled()
    assert page.occasion.error
    page.occasion.choices["start"].click()
    page.mode.choices["read_aloud"].click()
    for item, answer in (("companionship", "2"), ("left_out", "3"), ("isolated", "1")):
        page.questions[item].choices[answer].click()
    page.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        (measure,) = read.of_person(OutcomeMeasure, person)
    assert (measure.items, measure.match) == ({"companionship": 2, "left_out": 3, "isolated": 1}, match.id)
    assert "6 on a scale of 3 to 9, lower is better." in words_on(page)


def test_start_and_end_show_what_changed(coordinator: PageContext, laptop: Laptop, shown: Any) -> None:
    match = begin(laptop)
    person = PersonId(match.person)

    def answer(occasion: MeasureOccasion, *given: int) -> None:
        form = MeasureForm(
            instrument=Instrument.COPING5,
            occasion=occasion,
            mode=MeasureMode.SELF,
            answered_on=laptop.clock().date(),
            items=dict(
                zip(("using_support", "keeping_busy", "acceptance", "problem_solving", "hope"), given, strict=True)
            ),
        )
        measures.record_measure(**act(laptop), person_id=person, form=form)

    answer(MeasureOccasion.START, 2, 2, 2, 3, 4)
    laptop.clock.forward(days=60)
    end(laptop, match, "goals_met")
    answer(MeasureOccasion.END, 3, 4, 3, 3, 3)
    text = words_on(shown(MeasuresPage(coordinator), person))
    for words in (
        "2 at the start, 4 at the end: +2, better",
        "4 at the start, 3 at the end: −1, worse",
        "Three or more of the five rose.",
    ):
        assert words in text, words


def test_a_licensed_questionnaire_is_refused_without_its_licence(laptop: Laptop) -> None:
    match = begin(laptop)
    form = MeasureForm(
        instrument=Instrument.SWEMWBS,
        occasion=MeasureOccasion.START,
        mode=MeasureMode.SELF,
        answered_on=laptop.clock().date(),
        items={"statement_1": 3},
    )
    with pytest.raises(BadInputError) as refused:
        measures.record_measure(**act(laptop), person_id=PersonId(match.person), form=form)
    assert refused.value.code == "outcome_measure.instrument.not_permitted"


def test_a_volunteer_is_asked_by_the_card_and_answers_for_themselves_alone(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    match = tell_sams_match(laptop, active_since=laptop.clock() - timedelta(days=31))
    volunteer = replace(context, actor=BRAN)
    page = shown(MatchPage(volunteer), match)
    assert "Your coordinator would like to know how it goes." in words_on(page)
    asked = shown(PulsePage(volunteer), AskPulse(match_id=match, about=_MENTOR))
    asked.faces.faces[5].click()
    asked.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        (answer,) = read.all(PulseAnswer)
    assert (answer.about, answer.score) == (_MENTOR, 5)
    view = pulses.pulse_view(laptop.vault, actor=BRAN, now=laptop.clock(), match_id=match, about=_MENTOR)
    assert view.due_on is None
    with pytest.raises(Exception, match=r"match\.not_found"):
        pulses.pulse_view(laptop.vault, actor=BRAN, now=laptop.clock(), match_id=match, about=_MENTEE)


def test_a_volunteers_last_pulse_is_asked_only_where_the_card_says_so(laptop: Laptop) -> None:
    since = laptop.clock() - timedelta(days=40)
    match = tell_sams_match(laptop, active_since=since, state=MatchState.ENDED)
    view = pulses.pulse_view(laptop.vault, actor=BRAN, now=laptop.clock(), match_id=match, about=_MENTOR)
    assert (view.may_ask, view.due_on) == (False, None)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["pulse", "measures", "quality", "course"])
def test_the_pages_hold_the_rules_of_accessibility_in_every_look(
    which: str, look: Any, coordinator: PageContext, laptop: Laptop, shown: Any, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    begun = begin(laptop)
    said(laptop, begun, 2)
    page: Any
    match which:
        case "pulse":
            page = shown(PulsePage(coordinator), AskPulse(match_id=begun.id, about=_MENTEE))
            page.more_button.click()
        case "measures":
            page = shown(MeasuresPage(coordinator), PersonId(begun.person))
            page.instrument.choices["ons4"].click()
        case "course":
            page = shown(MatchingPage(coordinator), PersonId(begun.person))
        case _:
            page = shown(QualityPage(coordinator))
    # Questions come and go: in the program's window Tab follows what is read, whatever was built first.
    window = Window()
    qtbot.addWidget(window)
    window.setCentralWidget(page)
    window.resize(1024, 700)
    window.show()
    found = faults(page)
    window.takeCentralWidget()
    page.setParent(None)
    assert found == []


def test_what_was_said_is_there_again_after_a_lock_and_no_face_is_chosen_beforehand(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    match = begin(laptop)
    page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    settled()
    page.faces.faces[2].click()
    page.more_button.click()
    page.comment.set_text("It rained each time.")
    page.drafts.keep_now()
    settled()
    of_mentor = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTOR))
    settled()
    assert of_mentor.comment.text == ""
    again = shown(PulsePage(coordinator), match.id)
    settled()
    assert (again.comment.text, again.faces.value) == ("It rained each time.", None)
    assert again.comment.isVisible()
    again.faces.faces[4].click()
    again.save_button.click()
    settled()
    assert [answer.comment for answer in answers(laptop, match)] == ["It rained each time."]
    assert drafts.drafts(laptop.vault, actor=RUTH) == ()


def test_a_questionnaire_that_was_begun_is_there_again_after_a_lock(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = PersonId(begin(laptop).person)
    page = shown(MeasuresPage(coordinator), person)
    settled()
    page.instrument.choices["ucla3"].click()
    page.occasion.choices["start"].click()
    page.questions["isolated"].choices["2"].click()
    page.drafts.keep_now()
    settled()
    again = shown(MeasuresPage(coordinator), person)
    settled()
    assert (again.instrument.value, again.occasion.value, again.mode.value) == ("ucla3", "start", None)
    assert {item: group.value for item, group in again.questions.items()} == {
        "companionship": None, "left_out": None, "isolated": "2",
    }  # fmt: skip
    again.leave_button.click()
    settled()
    assert drafts.drafts(laptop.vault, actor=RUTH) == ()


def registered_elsewhere(laptop: Laptop, decision: Decision) -> PersonId:
    """What a laptop holds of somebody whom another charity registered: a card with the lines, and no consent event."""
    line = ConsentLine(
        line_id=LineId(UUID(int=0x11)),
        org=RUTH.org,
        purpose=Purpose.MENTORING,
        decision=decision,
        scope=Scope.CONTACT_INJURY_NEEDS if decision is Decision.AGREED else None,
        valid_from=laptop.clock().date(),
        ends_on=laptop.clock().date() + timedelta(days=400) if decision is Decision.AGREED else None,
    )
    with laptop.vault.transaction(actor=RUTH, now=laptop.clock()) as work:
        header = {**work.header(), "org": laptop.orgs["back_up"], "person": PersonId(UUID(int=0x77))}
        told = {"name": {"given_name": "Nova", "family_name": "Quill"}}
        return PersonId(work.create(ShareCard(**header, receiver=RUTH.org, fields=told, lines=(line,))).person)


def test_whom_another_charity_registered_is_matched_called_and_asked_by_what_their_card_says(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentor, person = add_mentor(laptop, "Bran Osgood"), registered_elsewhere(laptop, Decision.AGREED)
    wants = {"topics": frozenset({Topic.TRAVEL}), "level": InjuryLevel.C6}
    profile = mentoring.start_mentee(**act(laptop), person_id=person, wanted=MentorKind.SCI, **wants)
    mentoring.add_goal(**act(laptop), person_id=person, text="Take the train alone", area=Topic.TRAVEL)
    for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
        mentoring.move_profile(**act(laptop), profile_id=profile.id, to=status)
    page = shown(MatchingPage(coordinator), person)
    assert mentor in page.choose_buttons
    match = matching.suggest(**act(laptop), person_id=person, mentor=mentor, weights=shipped_weights())
    for to, asked in (
        (MatchState.APPROVED, {}),
        (MatchState.MENTEE_AGREED, {"told_to_mentor": []}),
        (MatchState.ACTIVE, {}),
    ):
        mentoring.move_match(**act(laptop), match_id=match.id, to=to, asked=asked)
    laptop.clock.forward(days=31)
    assert [each.person_id for each in due_pulses(laptop)] == [person]
    page = shown(MatchingPage(coordinator), person)
    assert not page.failure.isVisible()
    assert page.log_button.isVisibleTo(page)
    assert "Nova Quill" in page.accessibleName()
    asked_page = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=_MENTEE))
    assert not asked_page.over.isVisible()
    asked_page.faces.faces[4].click()
    asked_page.save_button.click()
    settled()
    assert [answer.score for answer in answers(laptop, match)] == [4]


def test_whom_another_charity_registered_and_who_said_no_is_not_matched(
    coordinator: PageContext, laptop: Laptop, shown: Any
) -> None:
    mentor, person = add_mentor(laptop, "Bran Osgood"), registered_elsewhere(laptop, Decision.REFUSED)
    profile = mentoring.start_mentee(**act(laptop), person_id=person, wanted=MentorKind.SCI)
    for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
        mentoring.move_profile(**act(laptop), profile_id=profile.id, to=status)
    page = shown(MatchingPage(coordinator), person)
    assert mentor not in page.choose_buttons


def due_pulses(laptop: Laptop) -> tuple[pulses.DuePulse, ...]:
    with laptop.vault.reading() as read:
        return pulses.due_pulses(read, actor=RUTH, now=laptop.clock())
