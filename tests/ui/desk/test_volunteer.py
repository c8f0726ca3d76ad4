"""A volunteer at the desk: signs in to their matches, writes a call down, and meets nobody else on any page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.match import Session
from app.storage.lists import attention_items
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop
from tests.ui.pages import mentoring_kit as kit
from ui.desk import Desk
from ui.pages.match import MatchPage
from ui.pages.my_matches import MyMatchesPage
from ui.pages.session_log import SessionLogPage
from ui.theme import Theme, theme_in_use

Build = Callable[..., Desk]
Settled = Callable[[Desk], None]


@pytest.fixture
def desk(desk_for: Build, settled: Settled, laptop: Laptop) -> Desk:
    kit.tell_sams_match(laptop)
    made = desk_for(kit.BRAN)
    made.begin()
    settled(made)
    return made


def test_a_volunteer_begins_with_their_matches_and_there_is_no_find(desk: Desk) -> None:
    assert isinstance(desk.page, MyMatchesPage)
    assert list(desk.shell.rail.entries.buttons) == ["my_matches", "attention", "settings"]
    assert not desk.shell.header.search.isVisible()


def test_from_the_first_page_a_call_is_two_presses_and_leads_back(desk: Desk, settled: Settled, laptop: Laptop) -> None:
    page = desk.page
    assert isinstance(page, MyMatchesPage)
    page.log_buttons[kit.MATCH].click()
    settled(desk)
    log = desk.page
    assert isinstance(log, SessionLogPage)
    log.save_button.click()
    settled(desk)
    assert isinstance(desk.page, MatchPage)
    desk.shell.go_back()
    settled(desk)
    assert isinstance(desk.page, MyMatchesPage), "Back does not lead to a spent form"
    with laptop.vault.reading() as read:
        assert len(read.of_person(Session, kit.SAM)) == 3
        assert attention_items(read.connection) == ()


SECONDS_OF_A_KEY = 1.2
"""Of a slow typist: an unfamiliar key takes 1.20 s (Card, Moran and Newell, "The Keystroke-Level Model", 1980)."""


def test_a_call_like_the_last_one_is_written_down_by_keyboard_alone_in_under_a_minute(
    desk: Desk, settled: Settled, laptop: Laptop
) -> None:
    page = desk.page
    assert isinstance(page, MyMatchesPage)
    desk.shell.activateWindow()
    page.log_buttons[kit.MATCH].setFocus()
    QTest.keyClick(page.log_buttons[kit.MATCH], Qt.Key.Key_Space)
    settled(desk)
    log = desk.page
    assert isinstance(log, SessionLogPage)
    log.status.focus_control()
    keys = 1
    while QApplication.focusWidget() is not log.save_button:
        here = QApplication.focusWidget()
        assert here is not None, "the keyboard got lost"
        assert keys < 100, "not reached by keyboard"
        QTest.keyClick(here, Qt.Key.Key_Tab)
        keys += 1
    QTest.keyClick(log.save_button, Qt.Key.Key_Space)
    keys += 1
    settled(desk)
    with laptop.vault.reading() as read:
        assert len(read.of_person(Session, kit.SAM)) == 3
    assert keys * SECONDS_OF_A_KEY < 60, keys


@pytest.mark.parametrize(("width", "scale"), [(1200, 100), (1024, 100), (1024, 200)])
@pytest.mark.parametrize(
    ("on", "back"), [(Qt.Key.Key_Right, Qt.Key.Key_Left), (Qt.Key.Key_Down, Qt.Key.Key_Up)], ids=["across", "down"]
)
def test_each_length_is_reached_by_one_arrow_whether_the_lengths_stand_in_one_line_or_two(
    desk: Desk, settled: Settled, qapp: QApplication, width: int, scale: int, on: Qt.Key, back: Qt.Key
) -> None:
    page = desk.page
    assert isinstance(page, MyMatchesPage)
    page.log_buttons[kit.MATCH].click()
    settled(desk)
    log = desk.page
    assert isinstance(log, SessionLogPage)
    before = theme_in_use()
    Theme.load("light", scale).apply(qapp)
    try:
        desk.shell.resize(width, 700)
        desk.shell.activateWindow()
        assert QTest.qWaitForWindowActive(desk.shell)
        settled(desk)
        lines = {choice.y() for choice in log.minutes.choices.values()}
        assert len(lines) == (1 if width == 1200 else 2)
        lengths = list(log.minutes.choices)
        log.minutes.set_value(lengths[0])
        log.minutes.focus_control()
        for key, wanted in ((on, [*lengths[1:], lengths[-1]]), (back, [*lengths[-2::-1], lengths[0]])):
            for length in wanted:
                here = QApplication.focusWidget()
                assert here is not None
                QTest.keyClick(here, key)
                settled(desk)
                assert log.minutes.value == length
                assert QApplication.focusWidget() is log.minutes.choices[length]
    finally:
        before.apply(qapp)


@pytest.mark.parametrize("key", ["my_matches", "attention", "settings", "sync", "help"])
def test_every_page_a_volunteer_can_reach_opens_without_a_fault(desk: Desk, settled: Settled, key: str) -> None:
    desk.open(key)
    settled(desk)
    assert desk.page_key == key
    assert desk.page is not None
    assert not desk.page.failure.isVisible()
    assert faults(desk.page) == []


def test_after_a_lock_the_call_that_was_begun_is_there_again(
    desk: Desk, desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    page = desk.page
    assert isinstance(page, MyMatchesPage)
    page.log_buttons[kit.MATCH].click()
    settled(desk)
    log = desk.page
    assert isinstance(log, SessionLogPage)
    log.topics.ticks["money"].click()
    log.drafts.keep_now()
    settled(desk)
    desk.lock()
    laptop.reopen()
    again = desk_for(kit.BRAN)
    again.begin()
    settled(again)
    settled(again)
    assert isinstance(again.page, SessionLogPage)
    assert again.page.topics.values == ("money",)
