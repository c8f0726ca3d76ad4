"""The inbox of a team, and the list of what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.codes import Need, Purpose, RecordType, Role
from app.use_cases import referrals
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.team_inbox import TeamInboxPage
from ui.view_models.team_inbox import Box, boxes

Settled = Callable[[], None]


@pytest.fixture
def receiver(context: PageContext) -> PageContext:
    return replace(context, actor=kit.INTAKE)


@pytest.fixture
def page(receiver: PageContext) -> TeamInboxPage:
    return TeamInboxPage(receiver)


def test_who_answers_no_referrals_sees_only_what_was_sent() -> None:
    assert boxes(kit.WARD) == (Box.SENT,)
    assert Box.NEW in boxes(kit.INTAKE)


def test_an_empty_inbox_says_what_would_be_here(page: TeamInboxPage, shown: Any) -> None:
    shown(page)
    assert page._nothing.statement.words == "Nothing new for your team."
    assert page._nothing.next_step.words == "New referrals arrive at the next connection."
    assert not page.open_button.isVisible()


def test_a_new_referral_says_who_from_whom_what_for_and_until_when(
    page: TeamInboxPage, laptop: Laptop, shown: Any
) -> None:
    kit.sent(laptop)
    shown(page)
    line = page.lines[0]
    assert page.box is Box.NEW
    assert page.tabs.button("new").words == "New (1)"
    assert (line.name, line.charity) == ("Samira Osei (Sam)", "Aspire")
    assert line.what == "Talk with someone who has been there"
    assert (line.to_open.words, line.to_answer.words) == ("by Tue", "by 7 Dec")
    assert not line.to_open.is_late


def test_what_was_not_opened_in_time_is_marked(page: TeamInboxPage, laptop: Laptop, shown: Any) -> None:
    kit.sent(laptop)
    laptop.clock.forward(days=4)
    shown(page)
    assert page.lines[0].to_open.words == "late, 24 Nov"
    assert page.lines[0].to_open.is_late
    assert not page.lines[0].to_answer.is_late


def test_the_most_urgent_stands_first(page: TeamInboxPage, laptop: Laptop, shown: Any) -> None:
    kit.sent(laptop)
    urgent = kit.register(laptop, full_name="Tomasz Nowak", known_as="", expected_discharge=("28", "11", "2026"))
    kit.agree(laptop, urgent, ("back_up", Purpose.MENTORING))
    kit.deliver(laptop, kit.queue(laptop, urgent))
    shown(page)
    assert [line.name for line in page.lines] == ["Tomasz Nowak", "Samira Osei (Sam)"]
    assert page.lines[0].what.startswith("Urgent · ")


def test_the_first_part_in_which_somebody_waits_is_shown(
    page: TeamInboxPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    _person, referral = kit.sent(laptop)
    act = {"actor": kit.INTAKE, "now": laptop.clock()}
    referrals.open_as_receiver(laptop.vault, **act, referral_id=referral)
    shown(page)
    assert page.box is Box.TO_DECIDE
    page.tabs.button("new").click()
    assert page._nothing.isVisible()
    assert page.box is Box.NEW


def test_the_parts_chosen_by_the_reader_stay_when_news_arrives(
    page: TeamInboxPage, receiver: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    shown(page)
    page.tabs.button("ended").click()
    kit.sent(laptop)
    receiver.changes.tell({RecordType.REFERRAL})
    settled()
    assert page.box is Box.ENDED
    assert page.tabs.button("new").words == "New (1)"


def test_enter_opens_a_row_and_the_button_opens_the_first(
    page: TeamInboxPage, laptop: Laptop, shown: Any, went: Any
) -> None:
    _person, referral = kit.sent(laptop)
    shown(page)
    page.table.setFocus()
    page.table.set_current(referral)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    page.open_button.click()
    assert went.places == [("referral", referral), ("referral", referral)]


def test_another_team_finds_its_inbox_empty(context: PageContext, laptop: Laptop, shown: Any) -> None:
    kit.sent(laptop)
    other = replace(kit.INTAKE, teams=frozenset({"courses"}))
    page = shown(TeamInboxPage(replace(context, actor=other)))
    assert page.lines == ()


def test_the_sender_sees_how_far_each_has_come(context: PageContext, laptop: Laptop, shown: Any) -> None:
    person, _referral = kit.sent(laptop)
    kit.queue(laptop, person, "back_up_outreach", frozenset({Need.TELEPHONE_SUPPORT}))
    page = shown(TeamInboxPage(context))
    states = {line.what: line.state for line in page.lines}
    assert states["Outreach and support"] == "Waits on this laptop"
    assert states["Mentoring"].startswith("Not opened yet")
    assert not page.tabs.isVisible()


def test_a_draft_and_a_question_ask_for_the_sender(context: PageContext, laptop: Laptop, shown: Any) -> None:
    person = kit.register(laptop)
    kit.queue(laptop, person)
    page = shown(TeamInboxPage(context))
    assert [(line.state, line.needs_you) for line in page.lines] == [("Draft, not sent yet", True)]


def test_a_coordinator_sees_every_team(context: PageContext, laptop: Laptop, shown: Any) -> None:
    kit.sent(laptop)
    coordinator = make_actor("back_up", Role.COORDINATOR, "Ada")
    page = shown(TeamInboxPage(replace(context, actor=coordinator)))
    assert [line.name for line in page.lines] == ["Samira Osei (Sam)"]


@pytest.mark.parametrize("days", [0, 30])
def test_nothing_common_is_cut_on_a_small_screen(page: TeamInboxPage, laptop: Laptop, shown: Any, days: int) -> None:
    kit.sent(laptop)
    laptop.clock.forward(days=days)
    shown(page, width=BESIDE_NAVIGATION)
    assert page.table.rows.rowCount() == 1
    assert not page.table.is_stacked
    assert cut_words(page.table) == []
