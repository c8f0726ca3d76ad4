"""Today: one list in one order, with the reason in words, and one press to begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.codes import RecordType
from app.use_cases.today import TodayItem
from tests.helpers.vaults import Laptop
from tests.ui.pages import story
from tests.ui.pages.conftest import BESIDE_NAVIGATION, Went, cut_words
from ui.context import PageContext
from ui.pages.today import TodayPage
from ui.view_models.today_words import today_line

Show = Callable[..., Any]


@pytest.fixture
def page(context: PageContext) -> TodayPage:
    return TodayPage(context)


def rows_of(page: TodayPage) -> list[list[str]]:
    rows = page.table.rows
    return [[rows.data(rows.index(place, at)) for at in range(rows.columnCount())] for place in range(rows.rowCount())]


def test_nothing_to_do_says_what_would_stand_here(page: TodayPage, shown: Show, went: Went) -> None:
    shown(page)
    assert page.nothing.isVisible()
    assert page.nothing.statement.words == "Nothing waits for you today."
    assert not page.first_button.isVisible()
    page.people_button.click()
    assert went.places == [("people", None)]


def test_a_question_due_today_is_one_press_from_the_bedside(
    page: TodayPage, laptop: Laptop, shown: Show, went: Went
) -> None:
    sam = story.tell_sams_story(laptop)
    shown(page)
    assert rows_of(page) == [
        ["Ask again: Back Up, find a mentor", "Samira Osei", "Stoke Mandeville · St David, bed 4", "Today"]
    ]
    page.first_button.click()
    assert went.places == [("consent", sam)]


def test_what_is_late_says_by_how_much_and_comes_first(page: TodayPage, laptop: Laptop, shown: Show) -> None:
    story.tell_sams_story(laptop)
    laptop.clock.forward(days=3)
    story.register_sam(laptop, full_name="Tomasz Nowak", known_as="", expected_discharge=("26", "11", "2026"))
    shown(page)
    assert [[row[0], row[1], row[3]] for row in rows_of(page)] == [
        ["Ask again: Back Up, find a mentor", "Samira Osei", "3 days late"],
        ["Leaves the ward", "Tomasz Nowak", "Tomorrow"],
    ]
    assert page.summary.words == "2 things wait, 1 of them for today or before."


def test_enter_on_a_row_opens_it(page: TodayPage, laptop: Laptop, shown: Show, went: Went) -> None:
    sam = story.tell_sams_story(laptop)
    shown(page)
    page.table.setFocus()
    page.table.set_current(0)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert went.places == [("consent", sam)]


def test_what_arrives_appears_by_itself(
    page: TodayPage, laptop: Laptop, context: PageContext, shown: Show, settled: Callable[[], None]
) -> None:
    shown(page)
    story.tell_sams_story(laptop)
    context.changes.tell({RecordType.TASK})
    settled()
    assert len(rows_of(page)) == 1
    assert not page.nothing.isVisible()


def test_nothing_common_is_cut_on_a_small_screen(page: TodayPage, laptop: Laptop, shown: Show) -> None:
    story.tell_sams_story(laptop)
    laptop.clock.forward(days=20)
    shown(page, width=BESIDE_NAVIGATION)
    assert page.table.rows.rowCount() > 0
    assert cut_words(page.table) == []


def test_a_no_of_a_service_fits_its_column() -> None:
    item = TodayItem(
        code="referral_declined",
        person_id=None,
        bed="4",
        page="referral",
        subject=None,
        person_name="Aisha Mensah",
        where="Stoke Mandeville",
        words={"organisation": "Back Up", "service": "Outreach and support"},
    )
    assert today_line(item, date(2026, 11, 22)).what == "Back Up said no: Outreach and support"


def test_home_says_that_the_recovery_parts_are_not_kept(shown: Callable[..., Any], context: PageContext) -> None:
    kept, waiting = shown(TodayPage(context)), shown(TodayPage(replace(context, is_recovery_kept=lambda: False)))

    assert not kept.recovery.isVisible()
    assert waiting.recovery.isVisible()
    assert "next sign-in" in waiting.recovery.detail.words
