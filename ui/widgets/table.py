"""A table for calm lists: one line a row, the whole row is one press, the keyboard goes along the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from ui.theme import TARGET, TextRole, theme_in_use
from ui.widgets.cells import CellDelegate
from ui.widgets.paged_rows import Column, PagedRows, Row, RowId
from ui.widgets.text import shown

_ROW_PADDING: Final = 22
_LEAST_ROWS: Final = 3
_ONE_QUIET_LINE: Final = 420


class DataTable(QTableView):
    """One line a row, at least 44 px high; arrows go along the rows, Enter or one press opens, Tab leaves.

    Where the columns find no room (large text, narrow window) each row becomes one block of two lines.

    Signals:
        row_opened: The id of the row that was opened.
        row_current: The id of the row the keyboard is on.
    """

    row_opened = Signal(object)
    row_current = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        name: str,
        fetch: Callable[[Sequence[RowId]], None] | None = None,
        least_width: int = 560,
        parent: QWidget | None = None,
    ) -> None:
        """Build an empty table.

        Args:
            columns: The columns from left to right; the first names the row.
            name: What a reader calls the table.
            fetch: Is told the ids of a page in sight and answers through `set_rows`, now or later.
            least_width: Below this width in px (grown with the text) rows stand as blocks.
            parent: The widget it stands in.
        """
        super().__init__(parent)
        self._fetch = fetch
        self._least_width = least_width
        self._is_stacked = False
        self.rows = PagedRows(columns, self)
        self.setModel(self.rows)
        self._delegate = CellDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(shown(name))
        self._behave()
        self.rows.page_wanted.connect(self._on_page_wanted)
        self.clicked.connect(self._on_clicked)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self._fit()

    def set_ids(self, ids: Sequence[RowId], rows: Mapping[RowId, Row] | None = None) -> None:
        """Show `ids` in this order; the current row is kept where its id is still among them."""
        kept = self.current_id
        self.rows.set_ids(ids, rows or {})
        # Qt would lay the rows out after the first paint and then paint them all again.
        self.doItemsLayout()
        if kept is not None:
            self.set_current(kept)

    def set_rows(self, rows: Mapping[RowId, Row]) -> None:
        """Take the words of some rows, each as long as there are columns."""
        self.rows.set_rows(rows)

    @property
    def current_id(self) -> RowId | None:
        """The id of the row the keyboard is on, None when there is none."""
        index = self.currentIndex()
        return self.rows.id_at(index.row()) if index.isValid() else None

    def set_current(self, row_id: RowId) -> None:
        """Put the keyboard on the row of `row_id`, if it is shown."""
        place = self.rows.place_of(row_id)
        if place is not None:
            self.setCurrentIndex(self.rows.index(place, 0))

    @property
    def is_stacked(self) -> bool:
        """Whether each row stands as one block."""
        return self._is_stacked

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current row with Enter or Space; every other key is Qt's."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark the row of the keyboard, the first when there was none: Qt would leave it unmarked."""
        super().focusInEvent(event)
        by_press = event.reason() == Qt.FocusReason.MouseFocusReason
        if self.rows.rowCount() and not by_press and not self.selectionModel().hasSelection():
            self.setCurrentIndex(self.rows.index(max(0, self.currentIndex().row()), 0))
            self.selectRow(self.currentIndex().row())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give every column its share of the new width."""
        super().resizeEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Take row height and widths from the new text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_delegate"):
            self._delegate.take_theme()
            self._fit()

    def _behave(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _fit(self) -> None:
        theme = theme_in_use()
        width = self.viewport().width()
        self._is_stacked = width < theme.pixels(self._least_width)
        body = QFontMetrics(theme.font(TextRole.BODY)).height()
        quiet = QFontMetrics(theme.font(TextRole.HINT)).height()
        lines = 1 if width >= theme.pixels(_ONE_QUIET_LINE) else 2
        height = max(TARGET, body + _ROW_PADDING + (lines * quiet if self._is_stacked else 0))
        self.verticalHeader().setMinimumSectionSize(TARGET)
        self.verticalHeader().setDefaultSectionSize(height)
        self.horizontalHeader().setVisible(not self._is_stacked)
        self._delegate.is_stacked = self._is_stacked
        self.setMinimumHeight(_LEAST_ROWS * height + TARGET)
        # Fixed shares: asking 100 000 rows for their widths took 343 ms.
        total = sum(column.share for column in self.rows.columns)
        left = width
        for at, column in enumerate(self.rows.columns):
            self.setColumnHidden(at, self._is_stacked and at > 0)
            share = width if self._is_stacked else round(width * column.share / total)
            self.setColumnWidth(at, min(share, left) if at + 1 < len(self.rows.columns) else left)
            left = max(0, left - share)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.row_opened.emit(self.rows.id_at(index.row()))

    def _on_clicked(self, index: QModelIndex) -> None:
        self._open(index)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.row_current.emit(self.rows.id_at(index.row()))

    def _on_page_wanted(self, ids: list[RowId]) -> None:
        if self._fetch is not None:
            self._fetch(ids)
