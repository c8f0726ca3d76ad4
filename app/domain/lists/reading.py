"""A list of people as a file's content: which columns it has, each fault with its row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from app.domain.lists.entry import Written
from app.domain.lists.table import MOST_FAULTS, BadListError, ListFault, id_faults, read_rows

COLUMNS: Final = tuple(each.name for each in fields(Written))
"""What the columns are called; only `id` has to be there."""


def read_list(content: bytes) -> list[Written]:
    """Return the rows of a CSV file: UTF-8 or Windows-1252, separated by commas, semicolons or tabs.

    Rows without anything in them are passed over, other columns ignored.

    Raises:
        BadListError: with every fault, in the order of the rows.
    """
    _, rows = read_rows(content, _places)
    faults: list[ListFault] = []
    written: list[Written] = []
    first_seen: dict[str, int] = {}
    for row in rows:
        if len(faults) >= MOST_FAULTS:
            break
        found = list(row.faults) or list(id_faults(row.cells["id"], row.number, first_seen))
        faults += found
        if not found:
            written.append(Written(**row.cells))
    if faults:
        raise BadListError(*faults[:MOST_FAULTS])
    return written


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
