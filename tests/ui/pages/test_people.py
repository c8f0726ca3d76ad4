"""The list of people, driven by keys and presses on a real vault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.codes import RecordType, TaskKind
from app.domain.ids import PersonId, RecordId
from app.domain.task import Task
from app.use_cases import people
from app.use_cases.people import NewPerson
from tests.helpers.vaults import Laptop
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.people import PeoplePage


def register(laptop: Laptop, name: str, **fields: Any) -> PersonId:
    form = NewPerson(full_name=name, site=laptop.sites["stoke_mandeville"], **fields)
    return people.register_person(laptop.vault, **laptop.act, form=form)


@pytest.fixture
def page(context: PageContext) -> PeoplePage:
    return PeoplePage(context)


def words_of_row(page: PeoplePage, place: int) -> list[str]:
    rows = page.table.rows
    return [rows.data(rows.index(place, at)) for at in range(rows.columnCount())]


def test_an_empty_vault_says_what_would_be_here_and_what_to_do_first(
    page: PeoplePage, shown: Callable[..., Any], went: Any, qtbot: Any
) -> None:
    shown(page)
    assert page._nobody.isVisible()
    assert page._nobody.statement.words == "Nobody is registered yet."
    assert not page.table.isVisible()
    page.register_button.click()
    assert went.places == [("register_person", None)]


def test_a_row_says_who_where_when_they_leave_and_whether_it_was_sent(
    page: PeoplePage, laptop: Laptop, shown: Callable[..., Any]
) -> None:
    register(laptop, "Samira Osei", known_as="Sam", ward="St David", bed="4", expected_discharge=("12", "12", "2026"))
    shown(page)
    words = words_of_row(page, 0)
    assert words[0] == "Samira Osei (Sam)"
    assert words[1:3] == ["Stoke Mandeville, St David, bed 4", "leaves 12 Dec"]
    assert words[4] == "only on this laptop"


def test_typing_finds_and_enter_goes_to_the_row_and_opens_it(
    page: PeoplePage, laptop: Laptop, shown: Callable[..., Any], settled: Callable[[], None], went: Any, qtbot: Any
) -> None:
    register(laptop, "Samira Osei")
    wanted = register(laptop, "Tomasz Nowak")
    shown(page)
    assert page.table.rows.rowCount() == 2
    page.search.take_focus()
    qtbot.keyClicks(page.search.line, "now")
    settled()
    assert page.table.rows.rowCount() == 1
    assert page.count.words == "1 person found."
    QTest.keyClick(page.search.line, Qt.Key.Key_Return)
    assert page.table.hasFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert went.places == [("person", wanted)]


def test_what_is_not_found_helps_on(
    page: PeoplePage, laptop: Laptop, shown: Callable[..., Any], settled: Callable[[], None], qtbot: Any
) -> None:
    register(laptop, "Samira Osei")
    shown(page)
    qtbot.keyClicks(page.search.line, "zz")
    settled()
    assert page._nobody.statement.words == "Nobody found."
    assert "last four digits" in page._nobody.next_step.words


def test_a_filter_is_one_press(
    page: PeoplePage, laptop: Laptop, shown: Callable[..., Any], settled: Callable[[], None]
) -> None:
    register(laptop, "Samira Osei", expected_discharge=("1", "12", "2026"))
    register(laptop, "Tomasz Nowak", expected_discharge=("1", "5", "2027"))
    shown(page)
    page.filters.button("going_home").click()
    settled()
    assert [words_of_row(page, at)[0] for at in range(page.table.rows.rowCount())] == ["Samira Osei"]


def test_news_from_elsewhere_appears_without_a_press(
    page: PeoplePage, laptop: Laptop, context: PageContext, shown: Callable[..., Any], settled: Callable[[], None]
) -> None:
    shown(page)
    register(laptop, "Samira Osei")
    context.changes.tell({RecordType.PERSON})
    settled()
    assert words_of_row(page, 0)[0] == "Samira Osei"


def test_news_while_another_page_is_in_front_is_read_on_return(
    page: PeoplePage, laptop: Laptop, context: PageContext, shown: Callable[..., Any], settled: Callable[[], None]
) -> None:
    shown(page)
    page.hide()
    register(laptop, "Samira Osei")
    context.changes.tell({RecordType.PERSON})
    page.show()
    settled()
    assert words_of_row(page, 0)[0] == "Samira Osei"


@pytest.mark.parametrize(("leaves", "asked_on"), [(date(2027, 1, 5), date(2026, 10, 23)), (None, date(2026, 11, 25))])
def test_nothing_common_is_cut_on_a_small_screen(
    page: PeoplePage, laptop: Laptop, shown: Callable[..., Any], leaves: date | None, asked_on: date
) -> None:
    typed = (str(leaves.day), str(leaves.month), str(leaves.year)) if leaves else ("", "", "")
    person = register(laptop, "Priyanka Featherstone", ward="St Andrew", bed="12", expected_discharge=typed)
    with laptop.vault.transaction(**laptop.act) as work:
        work.create(
            Task(
                **work.header(),
                kind=TaskKind.ASK_AGAIN,
                person=person,
                subject=RecordId(person),
                rule="x",
                for_user=laptop.actor.user,
                due_on=asked_on,
            )
        )
    shown(page, width=BESIDE_NAVIGATION)
    assert any("Ask again" in words for words in words_of_row(page, 0))
    assert cut_words(page.table) == []
