"""A list of people as a file's content: CSV in, CSV out, each fault with its row and column."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from app.domain.cells import FORMULA_SIGNS, decoded, neutral, separator_of
from app.domain.lists.entry import Written
from app.errors import KnownError

COLUMNS: Final = tuple(each.name for each in fields(Written))
"""What the columns are called; only `id` has to be there."""

MOST_BYTES: Final = 50_000_000
MOST_ROWS: Final = 200_000
LONGEST_CELL: Final = 500
"""Characters of a cell. No name and no line of an address is as long; a text as long is a whole file in quotes."""

MOST_FAULTS: Final = 20
"""More than anybody mends before trying again."""

_DASHES: Final = frozenset("-–—")
_DIRECTIONS: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: what is read is then not what is stored. Joiners stay: names have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFault:
    """What is wrong with a list, and where.

    Attributes:
        code: `list.<problem>`.
        row: as a spreadsheet counts, the headings are row 1; 0 for the whole file.
        column: its heading, empty for the whole row.
        detail: what words need: a number, a heading.
    """

    code: str
    row: int = 0
    column: str = ""
    detail: str = ""


class BadListError(KnownError):
    """A list cannot be read; `faults` says where, the first `MOST_FAULTS` of them."""

    default_code = "list.bad"

    def __init__(self, *faults: ListFault) -> None:
        """Keep the faults; the error's code is that of the first."""
        super().__init__(faults[0].code)
        self.faults = faults

    def __reduce__(self) -> tuple[object, ...]:
        """Let the faults cross a process boundary whole."""
        return (type(self), self.faults)


def read_list(content: bytes) -> list[Written]:
    """Return the rows of a CSV file: UTF-8 or Windows-1252, separated by commas, semicolons or tabs.

    Rows without anything in them are passed over, other columns ignored.

    Raises:
        BadListError: with every fault, in the order of the rows.
    """
    if len(content) > MOST_BYTES:
        raise BadListError(ListFault(code="list.too_large", detail=str(MOST_BYTES // 1_000_000)))
    text = _decoded(content)
    headings, rows = _table(text)
    places = _places(headings)
    faults: list[ListFault] = []
    written: list[Written] = []
    first_seen: dict[str, int] = {}
    for number, cells in rows:
        if len(faults) >= MOST_FAULTS:
            break
        if not any(cell.strip() for cell in cells):
            continue
        found = list(_faults_in(cells, number, headings, places))
        row = {name: _known(cells[at]) if at < len(cells) else "" for name, at in places.items()}
        if not found:
            found = list(_faults_of_id(row["id"], number, first_seen))
        faults += found
        if not found:
            written.append(Written(**row))
    if faults:
        raise BadListError(*faults[:MOST_FAULTS])
    return written


def written_list(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file in UTF-8 in which no cell is taken for a formula."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return page.getvalue().encode()


def _decoded(content: bytes) -> str:
    try:
        return decoded(content)
    except UnicodeDecodeError as error:
        # Row 0 is the whole file: what a spreadsheet calls "Unicode text".
        row = content.count(b"\n", 0, error.start) + 1 if error.start else 0
        raise BadListError(ListFault(code="list.encoding", row=row)) from error


def _table(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True))
    _, headings = next(rows, (1, []))
    return [heading.strip().lower() for heading in headings], rows


def _rows(reader: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_ROWS + 1:
                raise BadListError(ListFault(code="list.too_many_rows", detail=f"{MOST_ROWS:,}"))
            yield number, cells
    except csv.Error as error:
        raise BadListError(ListFault(code="list.quotes", row=number + 1)) from error


def _places(headings: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, heading in enumerate(headings):
        if heading in places:
            raise BadListError(ListFault(code="list.column_twice", row=1, column=heading))
        if heading in COLUMNS:
            places[heading] = at
    if "id" not in places:
        raise BadListError(ListFault(code="list.no_id", row=1))
    if len(places) == 1:
        raise BadListError(ListFault(code="list.nothing_to_compare", row=1))
    return places


def _faults_in(
    cells: Sequence[str], number: int, headings: Sequence[str], places: dict[str, int]
) -> Iterator[ListFault]:
    if len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
        yield ListFault(code="list.too_many_cells", row=number, detail=str(len(headings)))
    for name, at in places.items():
        if at < len(cells) and (problem := _problem(cells[at])):
            yield ListFault(code=f"list.{problem}", row=number, column=name, detail=str(LONGEST_CELL))


def _problem(cell: str) -> str:
    if len(cell) > LONGEST_CELL:
        return "cell_too_long"
    if any(letter in _DIRECTIONS for letter in cell):
        return "direction_mark"
    if not cell.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in cell):
        return "control_character"
    return "formula" if _known(cell).startswith(FORMULA_SIGNS) else ""


def _faults_of_id(row_id: str, number: int, first_seen: dict[str, int]) -> Iterator[ListFault]:
    if not row_id:
        yield ListFault(code="list.id_missing", row=number, column="id")
    elif first_seen.setdefault(row_id, number) != number:
        yield ListFault(code="list.id_twice", row=number, column="id", detail=str(first_seen[row_id]))


def _known(cell: str) -> str:
    """A dash alone is how people write that they do not know."""
    cell = " ".join(cell.split())
    return "" if set(cell) <= _DASHES else cell
