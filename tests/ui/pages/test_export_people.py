"""The list of people as a file: nothing in it runs, it says who took it, and it comes back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction, Role
from app.domain.formats import national
from app.domain.sheets import WATERMARK, Refused, Told, mapping_of, read_line
from app.errors import NotPermittedError
from app.storage.lists import PeopleFilter
from app.use_cases import exporting, importing, workbooks
from app.use_cases.exporting import FileKind
from app.use_cases.importing import Course
from tests.helpers.vaults import Laptop, make_actor
from ui.context import PageContext
from ui.pages.people import PeoplePage
from ui.paper import Paper

COORDINATOR = make_actor("aspire", Role.COORDINATOR, "Kit")
HOSTILE = '=HYPERLINK("http://example.org")'
PEOPLE = (
    Told(
        number=2, given_name="Zoë", family_name="Ó Sé", phone="+447700900123", email="zoe@example.org", born="1980-04"
    ),
    Told(number=3, given_name="Ada", family_name="Bell", phone="+35315550100"),
    Told(number=4, given_name=HOSTILE, family_name="@x", known_as="-1", email="x@example.org"),
)


@pytest.fixture
def filled(laptop: Laptop) -> Laptop:
    """A laptop with three people, one of them with names that a spreadsheet would run."""
    importing.take_in(laptop.vault, actor=COORDINATOR, now=laptop.clock(), people=PEOPLE, remember={}, course=Course())
    return laptop


def made(laptop: Laptop, kind: FileKind) -> bytes:
    return exporting.people_table(
        laptop.vault, actor=COORDINATOR, now=laptop.clock(), shown=PeopleFilter.ALL, kind=kind
    )


def cells_of(content: bytes, kind: FileKind) -> list[list[str]]:
    if kind is FileKind.CSV:
        return list(csv.reader(io.StringIO(content.decode(), newline="")))
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    return [[cell or "" for cell in row] for row in page.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", FileKind)
def test_no_cell_runs_and_the_last_row_says_who_when_and_where(filled: Laptop, kind: FileKind) -> None:
    *rows, last = cells_of(made(filled, kind), kind)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert [f"'{HOSTILE}", "'@x", "'-1"] in [row[:3] for row in rows]
    assert {row[4] for row in rows[1:]} == {"07700900123", "0035315550100", ""}
    assert last[0].startswith(f"{WATERMARK}Kit, ")
    assert str(COORDINATOR.device)[:8] in last[0]


@pytest.mark.parametrize("kind", FileKind)
def test_what_left_comes_back_as_it_was(filled: Laptop, kind: FileKind) -> None:
    sheet = workbooks.read_table(made(filled, kind))
    mapping = mapping_of(sheet.headings, {})
    rows = [read_line(line, mapping, on=filled.clock().date()) for line in sheet.lines]
    told = {row.name: replace(row, number=0) for row in rows if isinstance(row, Told)}
    assert told == {each.name: replace(each, number=0) for each in PEOPLE[:2]}
    (refused,) = (row for row in rows if isinstance(row, Refused))
    assert [each.code for each in refused.reasons] == ["import.formula"]


def test_the_audit_says_how_many_left(filled: Laptop) -> None:
    made(filled, FileKind.CSV)
    with filled.vault.reading() as read:
        last = max(read.all(AuditEntry), key=lambda each: each.seq)
        (detail,) = read.connection.exec_driver_sql(
            "SELECT detail FROM audit_detail WHERE seq = ?", (last.seq,)
        ).first() or ("",)
    assert (last.action, last.reason, detail) == (AuditAction.EXPORT, "people", "3")


@pytest.mark.parametrize("role", [Role.OUTREACH_WORKER, Role.MENTOR, Role.INTAKE_WORKER, Role.IT_ADMIN])
def test_who_does_not_reach_everybody_takes_no_list_out(filled: Laptop, role: Role) -> None:
    with pytest.raises(NotPermittedError):
        exporting.people_table(
            filled.vault,
            actor=make_actor("aspire", role),
            now=filled.clock(),
            shown=PeopleFilter.ALL,
            kind=FileKind.CSV,
        )


@pytest.mark.parametrize("name", ["people.csv", "people.xlsx"])
def test_the_list_is_saved_from_its_page(
    filled: Laptop, context: PageContext, shown: Any, settled: Callable[[], None], tmp_path: Path, name: str
) -> None:
    paper = Paper(choose_file=lambda _parent, _name: str(tmp_path / name))
    page = shown(PeoplePage(replace(context, actor=COORDINATOR), paper=paper))
    page.export_button.click()
    settled()
    assert page.outcome.isVisible()
    assert len(workbooks.read_table((tmp_path / name).read_bytes()).lines) == len(PEOPLE)


def test_numbers_are_written_as_they_are_dialled() -> None:
    assert [national(each) for each in ("+447700900123", "+35315550100", "")] == ["07700900123", "0035315550100", ""]
