"""The rows of a table: all counted by id from the start, their words fetched in pages when they come into sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from typing_extensions import override

from ui.widgets.cells import Cell, as_cell
from ui.widgets.text import tooltip

PAGE_ROWS: Final = 64
_PAGES_KEPT: Final = 40
_NO_INDEX: Final = QModelIndex()

RowId = object
Row = Sequence[str | Cell]
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heading, and its share of the width next to the shares of the others."""

    words: str
    share: int = 1


class PagedRows(QAbstractTableModel):
    """Rows known by id; words come in pages and are kept for the last 40 pages.

    Signals:
        page_wanted: Ids (a list) whose rows are in sight and not known yet.
    """

    page_wanted = Signal(list)

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self._ids: list[RowId] = []
        # Where an id stands: first for the pages asked for, for all ids only when somebody asks.
        self._near: dict[RowId, int] = {}
        self._everywhere: dict[RowId, int] | None = None
        self._pages: dict[int, list[list[Cell] | None]] = {}
        self._asked: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_ask)
        self._wanted: list[int] = []

    def set_ids(self, ids: Sequence[RowId], rows: Mapping[RowId, Row]) -> None:
        """Show `ids` in this order, with the `rows` that are known already."""
        self.beginResetModel()
        self._ids = list(ids)
        self._near = {row_id: place for place, row_id in enumerate(self._ids[:PAGE_ROWS])}
        self._everywhere = None
        self._pages.clear()
        self._asked.clear()
        self._wanted.clear()
        self._keep(rows)
        self.endResetModel()

    def set_rows(self, rows: Mapping[RowId, Row]) -> None:
        """Take the words of some rows; ids that are no longer shown are left out."""
        places = self._keep(rows)
        if places:
            first, last = self.index(min(places), 0), self.index(max(places), len(self.columns) - 1)
            self.dataChanged.emit(first, last)

    def id_at(self, place: int) -> RowId:
        """Return the id of the row at `place`."""
        return self._ids[place]

    def place_of(self, row_id: RowId) -> int | None:
        """Return where `row_id` stands, None when it is not shown."""
        place = self._near.get(row_id)
        if place is not None:
            return place
        if self._everywhere is None:
            self._everywhere = {known: at for at, known in enumerate(self._ids)}
        return self._everywhere.get(row_id)

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of all rows: a lazy count misleads readers and scroll bars."""
        return 0 if parent.isValid() else len(self._ids)

    @override
    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heading of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].words
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words of a cell, and for readers the heading with them: "Ward: 7B"."""
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                cell = self.cell(index.row(), index.column())
                return cell.words if cell else ""
            case Qt.ItemDataRole.AccessibleTextRole:
                cell = self.cell(index.row(), index.column())
                heading = self.columns[index.column()].words
                return f"{heading}: {cell.words}" if cell else heading
            case Qt.ItemDataRole.ToolTipRole:
                cell = self.cell(index.row(), index.column())
                return tooltip(cell.words) if cell and cell.words else None
            case _:
                return None

    def cell(self, place: int, column: int) -> Cell | None:
        """Return a cell, None while its page is still on the way."""
        page = self._pages.get(place // PAGE_ROWS)
        row = page[place % PAGE_ROWS] if page else None
        if row is None:
            self._want(place // PAGE_ROWS)
            return None
        return row[column] if column < len(row) else Cell(words="")

    def _want(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        self._wanted.append(page)
        self._timer.start()

    def _on_ask(self) -> None:
        wanted, self._wanted = self._wanted, []
        for page in wanted:
            first = page * PAGE_ROWS
            ids = self._ids[first : first + PAGE_ROWS]
            self._near.update((row_id, first + at) for at, row_id in enumerate(ids))
            if ids:
                self.page_wanted.emit(ids)

    def _keep(self, rows: Mapping[RowId, Row]) -> list[int]:
        places = []
        for row_id, row in rows.items():
            place = self.place_of(row_id)
            if place is None:
                continue
            page = self._pages.setdefault(place // PAGE_ROWS, [None] * PAGE_ROWS)
            page[place % PAGE_ROWS] = [as_cell(cell) for cell in row]
            self._asked.add(place // PAGE_ROWS)
            places.append(place)
        # A page that holds only some of its rows is asked for again when the others come into sight.
        for number, held in self._pages.items():
            expected = min(PAGE_ROWS, len(self._ids) - number * PAGE_ROWS)
            if any(row is None for row in held[:expected]):
                self._asked.discard(number)
        while len(self._pages) > _PAGES_KEPT:
            oldest = next(iter(self._pages))
            del self._pages[oldest]
            self._asked.discard(oldest)
        return places
