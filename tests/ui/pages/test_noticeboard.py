"""The noticeboard through the window: written, asked about when it looks personal, changed, taken down, over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import NoticeKind, Role
from app.domain.names import NameTables
from app.domain.notice import Notice
from app.errors import NotPermittedError
from app.use_cases import noticeboard
from app.use_cases.noticeboard import NoticeForm, notices
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.directory import DirectoryPage
from ui.pages.notice import NoticePage
from ui.pages.notice_form import NoticeFormPage
from ui.pages.noticeboard import NoticeboardPage
from ui.theme import Theme, ThemeName
from ui.widgets import DateParts

COORDINATOR = make_actor("aspire", Role.COORDINATOR, "Kit")
OTHERS = make_actor("back_up", Role.COORDINATOR, "Jo")


@pytest.fixture
def coordinating(context: PageContext) -> PageContext:
    return replace(context, actor=COORDINATOR)


def hang(laptop: Laptop, actor: Any = COORDINATOR, **changes: Any) -> Notice:
    given = {"kind": NoticeKind.TRAINING, "title": "Six places left", "body": "A weekend.", "contact": "Courses team"}
    form = NoticeForm(**{**given, **changes})
    made = noticeboard.save_notice(laptop.vault, actor=actor, now=laptop.clock(), form=form, names=NameTables())
    return held(laptop, made)


def held(laptop: Laptop, notice_id: Any) -> Notice:
    with laptop.vault.reading() as read:
        return read.get(Notice, notice_id)


def parts(day: Any) -> tuple[str, str, str]:
    return str(day.day), str(day.month), str(day.year)


def fill(page: NoticeFormPage, body: str) -> None:
    page.kind.choices[NoticeKind.EXPERTISE].click()
    page.heading_field.set_text("Ask us about grants")
    page.body.set_text(body)
    page.contact.set_text("Grants team")


def test_an_empty_board_says_what_to_do(context: PageContext, coordinating: PageContext, shown: Any, went: Any) -> None:
    shown(DirectoryPage(context)).board_button.click()
    assert went.places[-1][0] == "noticeboard"
    page = shown(NoticeboardPage(context))
    assert page.nothing.isVisible()
    assert not page.write_button.isVisible()
    page = shown(NoticeboardPage(coordinating))
    assert page.nothing.next_step.words.startswith("Write the first")
    page.write_button.click()
    assert went.places[-1] == ("notice_form", None)


def test_a_notice_is_written_and_hangs_on_the_board(
    coordinating: PageContext, context: PageContext, laptop: Laptop, shown: Any, settled: Any, went: Any
) -> None:
    form = shown(NoticeFormPage(coordinating))
    fill(form, "We know the funds for chairs in Wales.")
    form.save_button.click()
    settled()
    assert went.places[-1][0] == "notice"
    assert went.sends == 1
    page = shown(NoticeboardPage(context), width=BESIDE_NAVIGATION)
    assert [row.title for row in page.shown] == ["Ask us about grants"]
    assert cut_words(page.table) == []
    page.open_button.click()
    notice = shown(NoticePage(context), went.places[-1][1])
    assert notice.body.words == "We know the funds for chairs in Wales."
    assert not notice.change_button.isVisible()


def test_every_fault_is_said_at_once_and_what_was_typed_stays(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    page = shown(NoticeFormPage(coordinating))
    page.contact.set_text("Grants team")
    page.until_on.set_parts(DateParts(day="1", month="1", year="2026"))
    page.save_button.click()
    settled()
    assert [bool(field.error) for field in page.fields] == [True, True, True, False, False, True]
    assert page.contact.text == "Grants team"
    with laptop.vault.reading() as read:
        assert read.all(Notice) == ()


def test_what_looks_personal_is_asked_about_once_and_can_be_right(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    page = shown(NoticeFormPage(coordinating))
    fill(page, "Margaret Whitlow, our trainer, is free in May.")
    assert not page.looked.isVisible()
    page.save_button.click()
    settled()
    assert "name" in page.body.error
    with laptop.vault.reading() as read:
        assert read.all(Notice) == ()
    page.looked.set_values(["looked"])
    # Whoever ticked looked at other words than these.
    page.body.set_text("Margaret Whitlow, our trainer, is free in June.")
    assert page.looked.values == ()
    page.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert read.all(Notice) == ()
    page.looked.set_values(["looked"])
    page.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert len(read.all(Notice)) == 1


def test_its_own_charity_changes_it_and_takes_it_down_and_hangs_it_up_again(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    notice = hang(laptop)
    form = shown(NoticeFormPage(coordinating), notice.id)
    assert form.heading_field.text == "Six places left"
    form.heading_field.set_text("Two places left")
    form.save_button.click()
    settled()
    assert held(laptop, notice.id).title == "Two places left"
    page = shown(NoticePage(coordinating), notice.id)
    page.withdraw_button.click()
    settled()
    assert page.standing.isVisible()
    assert notices(laptop.vault, actor=OTHERS, now=laptop.clock()) == ()
    page.again_button.click()
    settled()
    assert not page.standing.isVisible()
    assert len(notices(laptop.vault, actor=OTHERS, now=laptop.clock())) == 1


def test_a_notice_leaves_the_board_after_its_last_day_and_waits_for_its_first(laptop: Laptop) -> None:
    on = laptop.clock().date()
    hang(laptop, title="Now", until_on=parts(on))
    hang(laptop, title="Later", from_on=parts(on + timedelta(days=2)))

    def seen(actor: Any) -> set[str]:
        return {row.title for row in notices(laptop.vault, actor=actor, now=laptop.clock())}

    assert (seen(COORDINATOR), seen(OTHERS)) == ({"Now", "Later"}, {"Now"})
    laptop.clock.forward(days=1)
    assert seen(OTHERS) == set()
    laptop.clock.forward(days=1)
    assert seen(OTHERS) == {"Later"}


def test_nobody_changes_another_charity_s_notice_and_who_may_not_write_writes_none(
    context: PageContext, laptop: Laptop
) -> None:
    theirs = hang(laptop, OTHERS)
    with pytest.raises(NotPermittedError):
        noticeboard.withdraw(laptop.vault, actor=COORDINATOR, now=laptop.clock(), notice_id=theirs.id)
    with pytest.raises(NotPermittedError):
        hang(laptop, context.actor)


def test_one_kind_is_shown_alone(coordinating: PageContext, laptop: Laptop, shown: Any) -> None:
    hang(laptop)
    hang(laptop, kind=NoticeKind.JOINT_PROJECT, title="A shared bus")
    page = shown(NoticeboardPage(coordinating))
    page.kind.set_value(NoticeKind.JOINT_PROJECT)
    assert [row.title for row in page.shown] == ["A shared bus"]
    page.kind.set_value(NoticeKind.GOOD_PRACTICE)
    assert page.nothing.statement.words == "There is no notice about this."


@pytest.mark.parametrize(
    ("theme", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
)
def test_the_pages_can_be_read_and_used_in_every_look(
    coordinating: PageContext,
    laptop: Laptop,
    shown: Any,
    settled: Any,
    qapp: QApplication,
    theme: ThemeName,
    scale: int,
) -> None:
    Theme.load(theme, scale).apply(qapp)
    assert faults(shown(NoticeboardPage(coordinating))) == []
    notice = hang(laptop)
    assert faults(shown(NoticeboardPage(coordinating))) == []
    assert faults(shown(NoticePage(coordinating), notice.id)) == []
    form = shown(NoticeFormPage(coordinating))
    fill(form, "Ring 07700 900123.")
    form.save_button.click()
    settled()
    assert faults(form) == []
