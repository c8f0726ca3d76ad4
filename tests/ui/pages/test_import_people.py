"""A list of people through the window: file, columns, every row seen, taken in, and taken out again."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from app.domain.codes import ContactKind, PersonStatus, Role, TaskKind
from app.domain.consent_event import ConsentEvent
from app.domain.person import ContactPoint, Person
from app.domain.sheets import Told
from app.domain.task import Task
from app.errors import BadInputError, KnownError, NotPermittedError
from app.storage.vault import Vault
from app.use_cases import importing, workbooks
from app.use_cases.importing import Course
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from ui.context import PageContext
from ui.pages.import_people import ImportPeoplePage
from ui.pages.people import PeoplePage

COORDINATOR = make_actor("aspire", Role.COORDINATOR, "Kit")
LIST = """Forename,Last name,Email,Phone,Consent date
Sam,Osei,sam@example.org,07700 900123,01/02/2024
"=HYPERLINK(""http://example.org"")",Nowak,tom@example.org,,
Ada,Bell,ada@example.org,,
Ada,Bell,ada@example.org,,
"""


@pytest.fixture
def page(context: PageContext) -> ImportPeoplePage:
    return ImportPeoplePage(replace(context, actor=COORDINATOR))


@pytest.fixture
def chosen(page: ImportPeoplePage, shown: Callable[..., Any], settled: Callable[[], None], tmp_path: Path) -> Any:
    """Choose a file with some content, on the shown page."""

    def choose(content: bytes) -> None:
        place = tmp_path / "people.csv"
        place.write_bytes(content)
        page.choose_table = lambda _parent: str(place)
        shown(page)
        page.choose_button.click()
        settled()

    return choose


def held(vault: Vault) -> list[Person]:
    with vault.reading() as read:
        return sorted(read.all(Person), key=lambda each: each.full_name)


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_list_is_looked_at_taken_in_and_taken_out_again(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], laptop: Laptop
) -> None:
    chosen(LIST.encode())
    assert page.columns_part.fields[0].value is None
    page.columns_part.fields[0].set_value("first_name")
    page.check_button.click()
    settled()
    assert page.rows_part.count.words == "New people: 2. Possibly known already: 1. To put right: 1."
    assert not held(laptop.vault)
    page.rows_part.table.set_current(3)
    assert page.rows_part.whole.words.endswith("formulas are not read. Write the value itself into the spreadsheet.")
    page.take_button.click()
    settled()
    assert [each.full_name for each in held(laptop.vault)] == ["Ada Bell", "Sam Osei"]
    with laptop.vault.reading() as read:
        phones = [each.value for each in read.all(ContactPoint) if each.kind is ContactKind.MOBILE]
        assert phones == ["+447700900123"]
        assert not read.all(ConsentEvent)
        (again,) = read.all(Task)
    sam = next(each for each in held(laptop.vault) if each.given_name == "Sam")
    assert (again.kind, again.person) == (TaskKind.ASK_AGAIN, sam.id)
    page.undo_button.click()
    settled()
    assert {each.status for each in held(laptop.vault)} == {PersonStatus.ENTERED_IN_ERROR}
    assert page.outcome.statement.words == "Taken out again: 2."


def test_a_heading_mapped_once_is_mapped_the_next_time(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None]
) -> None:
    chosen(LIST.encode())
    page.columns_part.fields[0].set_value("first_name")
    page.check_button.click()
    settled()
    page.take_button.click()
    settled()
    chosen(LIST.encode())
    assert page.columns_part.fields[0].value == "first_name"


def test_somebody_known_already_is_not_taken_in_twice(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], laptop: Laptop
) -> None:
    chosen(b"First name,Last name,Phone,Date of birth\nSam,Osei,07700900123,03/04/1980\n")
    page.check_button.click()
    settled()
    page.take_button.click()
    settled()
    chosen(b"First name,Last name,Phone,Date of birth\nSamuel,Osei,07700900123,1980-04-03\n")
    page.check_button.click()
    settled()
    assert page.rows_part.count.words == "New people: 0. Possibly known already: 1. To put right: 0."
    assert not page.take_button.isVisible()
    assert page.again_button.isVisible()
    assert len(held(laptop.vault)) == 1


def test_two_columns_read_as_one_are_refused_at_the_second(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None]
) -> None:
    chosen(LIST.encode())
    page.columns_part.fields[0].set_value("last_name")
    page.check_button.click()
    settled()
    assert page.columns_part.fields[1].error
    assert not page.rows_part.isVisible()


def test_a_file_that_is_no_table_is_refused_in_words(page: ImportPeoplePage, chosen: Any) -> None:
    chosen(b"PK\x03\x04 not a workbook")
    assert page.failure.banner.statement.words == "This file is not a spreadsheet that can be read."
    assert page.choose_button.isVisible()


def test_a_workbook_is_read_and_its_formulas_are_shown_not_run() -> None:
    sheet = workbooks.read_table(
        workbook(["First name", "Phone"], ["Sam", 7700900123], ["=1+1", "x"], [None, None], ["Ada", "=cmd|' /c'!A1"])
    )
    assert [line.number for line in sheet.lines] == [2, 3, 5]
    assert sheet.lines[0].cells == ("Sam", "7700900123")
    assert sheet.lines[1].cells[0] == "=1+1"
    assert [line.formulas for line in sheet.lines] == [frozenset(), frozenset({0}), frozenset({1})]


def test_a_workbook_that_unpacks_to_more_than_is_allowed_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        for number in range(21):
            made.writestr(f"xl/{number}.xml", bytes(10_000_000))
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_a, **_k: pytest.fail("it was opened"))
    with pytest.raises(BadInputError, match="too_big"):
        workbooks.read_table(file.getvalue())


def test_a_workbook_with_entities_is_refused() -> None:
    good = workbook(["First name"], ["Sam"])
    file = io.BytesIO()
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with ZipFile(io.BytesIO(good)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, bomb if name == "xl/workbook.xml" else old.read(name))
    with pytest.raises(BadInputError, match="bad_format"):
        workbooks.read_table(file.getvalue())


def test_stopping_in_the_middle_leaves_nobody_behind(laptop: Laptop) -> None:
    class StopsLate(Course):
        def reach(self, done: int, total: int) -> None:
            if done:
                self.stop()
            super().reach(done, total)

    people = [Told(number=at, given_name=f"Sam {at}", email=f"s{at}@example.org") for at in range(60)]
    with pytest.raises(KnownError, match="stopped"):
        importing.take_in(
            laptop.vault, actor=COORDINATOR, now=laptop.clock(), people=people, remember={}, course=StopsLate()
        )
    assert not held(laptop.vault)


def test_only_a_coordinator_takes_lists_in(context: PageContext, laptop: Laptop, shown: Callable[..., Any]) -> None:
    assert not shown(PeoplePage(context)).import_button.isVisible()
    assert shown(PeoplePage(replace(context, actor=COORDINATOR))).import_button.isVisible()
    with pytest.raises(NotPermittedError):
        importing.take_in(laptop.vault, **laptop.act, people=[], remember={}, course=Course())


def test_every_step_can_be_used_by_everybody(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], shown: Callable[..., Any]
) -> None:
    shown(page)
    # Alone in this window, its one button has nowhere to hand Tab on to; in the desk the navigation follows.
    assert [each for each in faults(page) if not each.startswith("Tab does not leave")] == []
    chosen(LIST.encode())
    assert faults(page) == []
    page.columns_part.fields[0].set_value("first_name")
    page.check_button.click()
    settled()
    assert faults(page) == []
