"""A list as a file: CSV in, CSV out, each fault with its row and column; which columns there are is not known here."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.cells import FORMULA_SIGNS, decoded, neutral, separator_of
from app.errors import KnownError

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that holds anything.

    Attributes:
        number: as a spreadsheet counts, the headings are row 1.
        cells: what stands in each column that is read, by its name; empty is not known.
        faults: what cannot be read in it.
    """

    number: int
    cells: Mapping[str, str]
    faults: tuple[ListFault, ...] = ()


def read_rows(
    content: bytes, places_of: Callable[[Sequence[str]], Mapping[str, int]], *, formulas: bool = False
) -> tuple[Mapping[str, int], Iterator[Row]]:
    """Return which columns a CSV file has, and its rows; UTF-8 or Windows-1252, by commas, semicolons or tabs.

    Args:
        content: the file's.
        places_of: says for the headings, in small letters, which columns are read, by name and place.
        formulas: whether a cell that begins like a formula is read as the text it is.

    Raises:
        BadListError: the file cannot be read at all; here, or while its rows are walked.
    """
    if len(content) > MOST_BYTES:
        raise BadListError(ListFault(code="list.too_large", detail=str(MOST_BYTES // 1_000_000)))
    headings, rows = _table(_decoded(content))
    places = places_of(headings)
    return places, _read(headings, rows, places, formulas=formulas)


def id_faults(row_id: str, number: int, first_seen: dict[str, int], *, column: str = "id") -> Iterator[ListFault]:
    """Yield what is wrong with the id of a row: missing, or in an earlier row already."""
    if not row_id:
        yield ListFault(code="list.id_missing", row=number, column=column)
    elif first_seen.setdefault(row_id, number) != number:
        yield ListFault(code="list.id_twice", row=number, column=column, detail=str(first_seen[row_id]))


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


def _read(
    headings: Sequence[str],
    rows: Iterator[tuple[int, list[str]]],
    places: Mapping[str, int],
    *,
    formulas: bool,
) -> Iterator[Row]:
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            found = tuple(_faults_in(cells, number, headings, places, formulas=formulas))
            held = {name: known(cells[at]) if at < len(cells) else "" for name, at in places.items()}
            yield Row(number=number, cells=held, faults=found)


def _faults_in(
    cells: Sequence[str], number: int, headings: Sequence[str], places: Mapping[str, int], *, formulas: bool
) -> Iterator[ListFault]:
    if len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
        yield ListFault(code="list.too_many_cells", row=number, detail=str(len(headings)))
    for name, at in places.items():
        if at < len(cells) and (problem := _problem(cells[at], formulas=formulas)):
            yield ListFault(code=f"list.{problem}", row=number, column=name, detail=str(LONGEST_CELL))


def _problem(cell: str, *, formulas: bool) -> str:
    if len(cell) > LONGEST_CELL:
        return "cell_too_long"
    if any(letter in _DIRECTIONS for letter in cell):
        return "direction_mark"
    if not cell.isprintable() and any(unicodedata.category(letter) == "Cc" for letter in cell):
        return "control_character"
    return "formula" if not formulas and known(cell).startswith(FORMULA_SIGNS) else ""


def known(cell: str) -> str:
    """Return what a cell says, its spaces tidied; a dash alone is how people write that they do not know."""
    cell = " ".join(cell.split())
    return "" if set(cell) <= _DASHES else cell
