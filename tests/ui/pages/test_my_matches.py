"""The volunteer's pages: only their matches, what was told, and a call written down in a few presses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.codes import GoalState, MatchState, MentorStatus, Role, SessionChannel, SessionStatus
from app.domain.match import MatchCard, Session
from app.domain.mentoring import Goal, MentorProfile
from app.errors import BadTransitionError
from app.use_cases import my_matches
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop
from tests.ui.pages import mentoring_kit as kit
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.call_form import OTHER, THEN
from ui.pages.match import MatchPage
from ui.pages.my_matches import MyMatchesPage
from ui.pages.session_log import SessionLogPage
from ui.places import entries_for, first_of, id_of
from ui.shell import Shell
from ui.theme import Theme, ThemeName
from ui.view_models.subjects import LogCall

LOOKS = [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
Settled = Callable[[], None]


@pytest.fixture
def mentor(context: PageContext) -> PageContext:
    return replace(context, actor=kit.BRAN)


def newest(laptop: Laptop) -> Session:
    with laptop.vault.reading() as read:
        return max(read.of_person(Session, kit.SAM), key=lambda session: session.created_at)


def own_profile(laptop: Laptop) -> MentorProfile:
    with laptop.vault.reading() as read:
        (profile,) = read.all(MentorProfile)
        return profile


def words_on(page: Any) -> str:
    return " | ".join(label.words for label in page.findChildren(type(page.heading)) if label.isVisibleTo(page))


def test_a_volunteer_begins_with_their_matches_and_goes_nowhere_where_others_are() -> None:
    assert first_of({Role.MENTOR}) == "my_matches"
    assert [entry.key for entry in entries_for({Role.MENTOR})] == ["my_matches", "attention", "settings"]
    assert first_of({Role.COORDINATOR, Role.MENTOR}) == "today"


@pytest.mark.parametrize("width", [1280, 640])
def test_where_nobody_can_be_looked_for_there_is_no_find(qtbot: Any, context: PageContext, width: int) -> None:
    shell = Shell(entries_for({Role.MENTOR}), with_concern=False, with_find=False)
    qtbot.addWidget(shell)
    shell.resize(width, 700)
    shell.show()
    QApplication.processEvents()
    shell.header.begin_find()
    assert not shell.header.search.isVisible()
    assert not shell.header.find_button.isVisible()


def test_without_a_match_the_page_says_what_will_be_here(mentor: PageContext, shown: Any) -> None:
    page = shown(MyMatchesPage(mentor))
    assert "No match yet." in words_on(page)


def test_each_match_says_which_call_is_next_and_when_you_last_talked(
    mentor: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    kit.tell_sams_match(laptop)
    kit.from_service(laptop, kit.second_match(laptop))
    page = shown(MyMatchesPage(mentor))
    text = words_on(page)
    assert "Call 3 of 10 is next, up to an hour." in text
    assert "You last talked 8 November." in text
    assert list(page.cards) == [kit.OTHER_MATCH, kit.MATCH], "who waits for an answer stands first"
    page.log_buttons[kit.MATCH].click()
    page.open_buttons[kit.OTHER_MATCH].click()
    assert went.places == [("session_log", LogCall(match_id=kit.MATCH)), ("match", kit.OTHER_MATCH)]


def test_a_break_and_a_match_without_a_place_are_said(mentor: PageContext, laptop: Laptop, shown: Any) -> None:
    waits = kit.card(laptop, state=MatchState.MENTEE_AGREED, waits_for_room=True)
    kit.from_service(laptop, waits, kit.profile(laptop, status=MentorStatus.PAUSED))
    text = words_on(shown(MyMatchesPage(mentor)))
    assert "You are taking a break." in text
    assert "Your coordinator makes room first" in text


def test_a_volunteer_takes_a_break_and_goes_on_by_one_press_each(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    trained = laptop.clock().date() - timedelta(days=30)
    kit.from_service(laptop, kit.profile(laptop, training_on=trained, injured_on="2019"))
    page = shown(MyMatchesPage(mentor))
    for press, status in ((page.pause_button, MentorStatus.PAUSED), (page.resume_button, MentorStatus.ACTIVE)):
        assert press.isVisibleTo(page)
        press.click()
        settled()
        assert own_profile(laptop).status is status
    assert not page.resume_button.isVisibleTo(page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"injured_on": "2019"}, "Nobody mentors before the training is done."),
        ({"training_on": date(2026, 1, 8), "injured_on": "2026"}, "A mentor has lived with the injury for a year"),
    ],
)
def test_nobody_goes_on_without_what_a_mentor_needs(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, fields: dict[str, Any], said: str
) -> None:
    kit.from_service(laptop, kit.profile(laptop, status=MentorStatus.PAUSED, **fields))
    page = shown(MyMatchesPage(mentor))
    page.resume_button.click()
    settled()
    assert said in words_on(page)
    assert "Ask your coordinator to look at it with you." in words_on(page)
    assert own_profile(laptop).status is MentorStatus.PAUSED


def test_nobody_ends_their_own_training(laptop: Laptop) -> None:
    kit.from_service(laptop, kit.profile(laptop, status=MentorStatus.TRAINING))
    with pytest.raises(BadTransitionError):
        my_matches.pause_mentoring(laptop.vault, actor=kit.BRAN, now=laptop.clock(), pause=False)


def test_a_match_shows_what_was_told_and_how_to_reach_them(mentor: PageContext, laptop: Laptop, shown: Any) -> None:
    kit.tell_sams_match(laptop)
    text = words_on(shown(MatchPage(mentor), kit.MATCH))
    for words in (
        "Sam", "Call 3 of 10 is next", "07700 900123", "May be used to: ", "Tuesday evening", "C6", "2026",
        "pain and work", "Take the train to my sister", "Some steps taken", "Call 2", "30 minutes",
    ):  # fmt: skip
        assert words in text, words


def test_nothing_told_is_said_in_words(mentor: PageContext, laptop: Laptop, shown: Any) -> None:
    kit.tell_sams_match(laptop, told={})
    assert "Nothing about the injury." in words_on(shown(MatchPage(mentor), kit.MATCH))


def test_the_mentor_says_yes_by_one_press(mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled) -> None:
    kit.from_service(laptop, kit.second_match(laptop))
    page = shown(MatchPage(mentor), kit.OTHER_MATCH)
    assert page.yes_button.isVisible()
    page.yes_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert read.all(MatchCard)[0].state is MatchState.ACTIVE


def test_a_no_needs_its_reason_and_is_marked_at_the_field(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    kit.from_service(laptop, kit.second_match(laptop))
    page = shown(MatchPage(mentor), kit.OTHER_MATCH)
    page.no_form.open_button.click()
    page.no_form.save_button.click()
    settled()
    assert page.no_form.fields[0].error
    page.no_form.fields[0].choices["no_time"].click()
    page.no_form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert read.all(MatchCard)[0].state is MatchState.DECLINED
    assert went.places == [("my_matches", None)]


def test_a_goal_is_moved_on(mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled) -> None:
    kit.tell_sams_match(laptop)
    page = shown(MatchPage(mentor), kit.MATCH)
    (form,) = page.goal_forms.values()
    form.open_button.click()
    form.fields[0].choices["met"].click()
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert read.all(Goal)[0].state is GoalState.MET


def test_a_call_like_the_last_one_is_one_press(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    assert "Call 3 of 10 is next" in page.number.words
    assert "filled in from your last call" in page.defaults.words
    page.save_button.click()
    settled()
    call = newest(laptop)
    assert (call.status, call.minutes, call.channel) == (SessionStatus.HELD, 30, SessionChannel.VIDEO)
    assert call.at == laptop.clock() - timedelta(minutes=30)
    assert went.places == [("match", kit.MATCH)]


def test_a_call_with_topics_and_a_goal_takes_eight_presses_at_most_without_typing(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    presses = [
        page.minutes.choices["60"],
        page.channel.choices["phone"],
        page.topics.ticks["travel"],
        page.topics.ticks["family"],
        page.goal.choices[str(kit.goal(laptop).id)],
        page.save_button,
    ]
    for button in presses:
        button.click()
    settled()
    # With the press that opened the page.
    assert len(presses) + 1 <= 8
    call = newest(laptop)
    assert (call.minutes, call.channel) == (60, SessionChannel.PHONE)
    assert call.topics == {"travel", "family"}
    assert call.goal == kit.goal(laptop).id


def test_a_call_is_written_down_by_keyboard_alone(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.status.focus_control()
    for _ in range(60):
        focused = QApplication.focusWidget()
        if focused is page.topics.ticks["pain"]:
            QTest.keyClick(focused, Qt.Key.Key_Space)
        if focused is page.save_button:
            QTest.keyClick(focused, Qt.Key.Key_Space)
            break
        QTest.keyClick(focused or page, Qt.Key.Key_Tab)
    settled()
    assert newest(laptop).topics == {"pain"}


def test_a_missed_call_asks_for_its_day_and_not_for_its_length(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.status.choices["missed_by_mentee"].click()
    assert page.day.isVisible()
    assert not page.minutes.isVisible()
    page.save_button.click()
    settled()
    call = newest(laptop)
    assert (call.status, call.minutes, call.topics) == (SessionStatus.MISSED_BY_MENTEE, None, frozenset())


@pytest.mark.parametrize(
    ("day", "time", "words"),
    [
        (("31", "2", "2026"), "14:30", "This day is not in the calendar."),
        (("20", "11", "2026"), "half", "Write the time in numbers, such as 14:30."),
        (("23", "11", "2026"), "14:30", "still to come"),
        (("", "", ""), "14:30", "Enter the day."),
    ],
)
def test_a_wrong_day_or_time_is_said_at_the_field_and_kept(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, day: Any, time: str, words: str
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.when.choices[THEN].click()
    page.day.set_parts(type(page.day.parts())(day=day[0], month=day[1], year=day[2]))
    page.time.set_text(time)
    page.save_button.click()
    settled()
    said = page.day.error + page.time.error
    assert words in said
    assert page.time.text == time
    assert page.errors.isVisible()


def test_another_length_is_typed_and_a_long_call_is_minded_and_saved(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.minutes.choices[OTHER].click()
    page.other_minutes.set_text("85")
    assert "Longer than an hour" in page.long_call.words
    page.save_button.click()
    settled()
    assert newest(laptop).minutes == 85
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.minutes.choices[OTHER].click()
    page.other_minutes.set_text("")
    page.save_button.click()
    settled()
    assert page.other_minutes.error


def test_what_was_chosen_comes_back_after_a_lock(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    page.topics.ticks["money"].click()
    page.minutes.choices["15"].click()
    page.drafts.keep_now()
    settled()
    again = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    assert again.topics.values == ("money",)
    assert again.minutes.value == "15"
    assert "not saved yet" in again.kept.words


def test_a_correction_starts_with_what_was_written_and_takes_its_place(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(MatchPage(mentor), kit.MATCH)
    page.correct_button.click()
    (_, subject) = went.places[-1]
    log = shown(SessionLogPage(mentor), subject)
    assert "You correct: Call 2, 8 November." in log.number.words
    log.status.choices["missed_by_mentor"].click()
    log.save_button.click()
    settled()
    assert log.why.error == "Choose why you correct the call."
    log.why.choices["wrong_outcome"].click()
    log.save_button.click()
    settled()
    (view,) = my_matches.my_matches(laptop.vault).matches
    assert view.next_call == 2
    assert view.sessions[0].amends is not None


def test_any_call_is_corrected_with_its_reason_and_what_stood_there_is_kept_beside(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    kit.tell_sams_match(laptop)
    page = shown(MatchPage(mentor), kit.MATCH)
    page.calls.form.open_button.click()
    newest, first = page.calls.choice.choices
    assert page.calls.choice.value == newest
    page.calls.choice.choices[first].click()
    page.calls.form.save_button.click()
    log = shown(SessionLogPage(mentor), went.places[-1][1])
    assert "You correct: Call 1, 1 November." in log.number.words
    log.minutes.choices["45"].click()
    log.why.choices["wrong_length"].click()
    log.save_button.click()
    settled()
    page.load()
    settled()
    (view,) = my_matches.my_matches(laptop.vault).matches
    assert (view.held, [call.minutes for call in view.sessions]) == (2, [30, 45])
    assert "Corrected: The length was wrong. Before: 1 November · 30 minutes" in words_on(page)
    with laptop.vault.reading() as read:
        assert len(read.of_person(Session, kit.SAM)) == 3


def test_after_a_lock_a_correction_is_still_one_and_a_new_call_has_its_own_draft(
    mentor: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    kit.tell_sams_match(laptop)
    (view,) = my_matches.my_matches(laptop.vault).matches
    asked = LogCall(match_id=kit.MATCH, amends=view.sessions[-1].id)
    log = shown(SessionLogPage(mentor), asked)
    log.why.choices["wrong_time"].click()
    log.topics.ticks["money"].click()
    log.drafts.keep_now()
    settled()
    fresh = shown(SessionLogPage(mentor), LogCall(match_id=kit.MATCH))
    settled()
    assert fresh.topics.values == ()
    again = shown(SessionLogPage(mentor), id_of(asked))
    settled()
    assert (again.asked, again.why.value) == (asked, "wrong_time")
    assert "money" in again.topics.values


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["list", "match", "answer", "log", "log-all"])
def test_no_page_of_a_volunteer_has_a_fault(
    which: str, look: Any, mentor: PageContext, laptop: Laptop, settled: Settled, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    kit.tell_sams_match(laptop)
    kit.from_service(laptop, kit.second_match(laptop))
    kind, subject = {
        "list": (MyMatchesPage, None),
        "match": (MatchPage, kit.MATCH),
        "answer": (MatchPage, kit.OTHER_MATCH),
        "log": (SessionLogPage, LogCall(match_id=kit.MATCH)),
        "log-all": (SessionLogPage, LogCall(match_id=kit.MATCH)),
    }[which]
    page = kind(mentor)
    page.open(subject)
    settled()
    if isinstance(page, SessionLogPage) and which == "log-all":
        page.when.choices[THEN].click()
        page.minutes.choices[OTHER].click()
        page.more_button.click()
    settled()
    if which == "match":
        assert isinstance(page, MatchPage)
        assert page.calls is not None
        assert page.calls.form is not None
        page.calls.form.unfold()
        settled()
    assert faults(page) == []
    page.deleteLater()
