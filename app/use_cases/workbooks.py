"""Workbooks (XLSX) as files from elsewhere: looked at before they are opened, and never calculated."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from app.domain.sheets import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Line, Sheet, read_csv, sheet_of
from app.errors import BadInputError

MOST_UNPACKED: Final = 200_000_000
"""Bytes of all parts once unpacked: 10 000 rows of people take a tenth; a zip bomb takes a thousand times more."""

MOST_PARTS: Final = 2_000

_ZIP: Final = b"PK\x03\x04"
_BROKEN: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    NotImplementedError,
)
"""What the parser raises on files that are no workbook; each means the same to whoever chose the file."""


def read_table(content: bytes) -> Sheet:
    """Return the table of a CSV file or of the first page of a workbook, by what the file holds, not by its name.

    Raises:
        BadInputError: `import.file.<problem>`.
    """
    if len(content) > MOST_BYTES:
        raise BadInputError.at("import", "file", "too_big")
    if not content.startswith(_ZIP):
        return read_csv(content)
    try:
        _check_size(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            return sheet_of(_lines(book.worksheets[0]))
        finally:
            book.close()
    except BadInputError:
        raise
    except _BROKEN as error:
        raise BadInputError.at("import", "file", "bad_format") from error


def _check_size(content: bytes) -> None:
    """Refuse a file by what its own list of parts says; no part is read longer than it says there."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        listed = parts.infolist()
    if len(listed) > MOST_PARTS or sum(each.file_size for each in listed) > MOST_UNPACKED:
        raise BadInputError.at("import", "file", "too_big")


def _lines(page: Any) -> Iterator[Line]:
    # What a file says of its own size may be wrong either way.
    page.reset_dimensions()
    rows = page.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
    for number, row in enumerate(rows, start=1):
        formulas = frozenset(at for at, cell in enumerate(row) if cell.data_type == "f")
        cells = [_text(cell.value) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        yield Line(number=number, cells=tuple(cells), formulas=formulas)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        # A phone number that a spreadsheet took for a sum.
        return str(int(value))
    return str(value)
