"""The bedside matrix: one row an organisation, one column a purpose, nothing answered beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.announcing import Announcer
from ui.widgets.answers import Answer, AnswerCell, answer_words
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.text import filled, lower_first

_LEAST_NAME_WIDTH: Final = 200
_GAP: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One organisation: its key, its name, and one line of what it does."""

    key: str
    name: str
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixColumn:
    """One purpose: its key and its words."""

    key: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer that was given here, with what stood there before, so that it can be taken back."""

    organisation: str
    purpose: str
    before: Answer


class ConsentMatrix(QFrame):
    """Arrows move in the grid, Tab leaves it, one press of the answer bar answers and moves on.

    Signals:
        cell_chosen: Organisation and purpose of the cell that is being asked now.
        cell_pressed: The same, when the cell was pressed: the answer bar takes the focus.
        answered: Organisation, purpose and answer, also when an answer was taken back.
    """

    cell_chosen = Signal(str, str)
    cell_pressed = Signal(str, str)
    answered = Signal(str, str, str)

    def __init__(
        self,
        rows: Sequence[MatrixRow],
        columns: Sequence[MatrixColumn],
        *,
        name: str = "",
        announcer: Announcer | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._announcer = announcer or Announcer(self)
        self.setObjectName("surface")
        self.setAccessibleName(name or self.tr("Who may help, and with what"))
        self._rows = list(rows)
        self._columns = list(columns)
        self._given: list[Given] = []
        self._is_stacked: bool | None = None
        self._per_line = 1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(24, 14, 20, 12)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(0)
        self._headings = [
            SafeLabel(column.words, TextRole.SMALL_LABEL, tone=Tone.SOFT, parent=self) for column in columns
        ]
        self._names = [_name_of(row, self) for row in rows]
        self._cells = {(row.key, column.key): self._make_cell(row, column) for row in rows for column in columns}
        self._current = next(iter(self._cells), ("", ""))
        if self._cells:
            self._cells[self._current].set_current(True)
        self._place()

    @property
    def current(self) -> tuple[str, str]:
        """Organisation and purpose of the cell that is being asked."""
        return self._current

    @property
    def can_undo(self) -> bool:
        """Whether an answer was given here that can be taken back."""
        return bool(self._given)

    @property
    def answers(self) -> Mapping[tuple[str, str], Answer]:
        """What stands in every cell."""
        return {place: cell.answer for place, cell in self._cells.items()}

    def cell(self, organisation: str, purpose: str) -> AnswerCell:
        """Return one cell."""
        return self._cells[organisation, purpose]

    def words_of(self, organisation: str, purpose: str) -> str:
        """Return how a cell is spoken of in a sentence: "Back Up, find a mentor"."""
        cell = self._cells[organisation, purpose]
        return f"{cell.organisation}, {lower_first(cell.purpose)}"

    def set_answer(self, organisation: str, purpose: str, answer: Answer) -> None:
        """Show what is known already, without a signal."""
        self._cells[organisation, purpose].set_answer(answer)

    def set_current(self, organisation: str, purpose: str) -> None:
        """Ask this cell next; the focus stays where it is."""
        place = (organisation, purpose)
        if place == self._current:
            return
        self._cells[self._current].set_current(False)
        self._current = place
        self._cells[place].set_current(True)
        self.cell_chosen.emit(organisation, purpose)

    def give(self, answer: Answer) -> None:
        """Answer the cell that is being asked, say so, and go on to the next one."""
        organisation, purpose = self._current
        cell = self._cells[self._current]
        self._given.append(Given(organisation=organisation, purpose=purpose, before=cell.answer))
        cell.set_answer(answer)
        self.answered.emit(organisation, purpose, str(answer))
        said = f"{self.words_of(organisation, purpose)}: {lower_first(answer_words(answer))}."
        places = list(self._cells)
        at = places.index(self._current)
        if at + 1 < len(places):
            self.set_current(*places[at + 1])
            said += " " + filled(self.tr("Next: {cell}."), cell=self.words_of(*self._current))
        self._announcer.announce(said)

    def undo(self) -> None:
        """Take back the last answer that was given here and return to its cell."""
        if not self._given:
            return
        last = self._given.pop()
        self._cells[last.organisation, last.purpose].set_answer(last.before)
        self.answered.emit(last.organisation, last.purpose, str(last.before))
        self.set_current(last.organisation, last.purpose)
        where = self.words_of(last.organisation, last.purpose)
        self._announcer.announce(filled(self.tr("Taken back: {cell}."), cell=where))

    def focus_current(self) -> None:
        """Bring the keyboard to the cell that is being asked."""
        self._cells[self._current].setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of one cell, since rows can stand as blocks."""
        widest = max((cell.sizeHint().width() for cell in self._cells.values()), default=0)
        return QSize(widest + 44 + 2 * _GAP, 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Change between table and blocks when the room changes."""
        super().resizeEvent(event)
        self._place()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Place anew when the text size changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._is_stacked = None
            self._place()

    def _make_cell(self, row: MatrixRow, column: MatrixColumn) -> AnswerCell:
        cell = AnswerCell(row.name, column.words, parent=self)
        cell.set_current(False)
        cell.entered.connect(self._on_entered)
        cell.arrow.connect(self._on_arrow)
        cell.clicked.connect(self._on_clicked)
        return cell

    def _place(self) -> None:
        """Put everything into the grid: as a table, or as one block for each organisation."""
        if not self._cells:
            return
        cell = next(iter(self._cells.values())).sizeHint().width() + _GAP
        room = self.width() - 44
        names = theme_in_use().pixels(_LEAST_NAME_WIDTH)
        stacked = room < names + cell * len(self._columns)
        per_line = max(1, room // cell) if stacked else len(self._columns)
        if (stacked, per_line) == (self._is_stacked, self._per_line):
            return
        self._is_stacked, self._per_line = stacked, per_line
        while self._grid.takeAt(0) is not None:
            pass
        for at in range(self._grid.columnCount()):
            self._grid.setColumnStretch(at, 0)
        for heading in self._headings:
            heading.setVisible(not stacked)
        for place in self._cells.values():
            place.set_shows_purpose(stacked)
        if stacked:
            self._place_blocks()
        else:
            self._place_table()
        self.updateGeometry()

    def _place_table(self) -> None:
        self._grid.setColumnStretch(0, 1)
        for across, heading in enumerate(self._headings, start=1):
            heading.setContentsMargins(5, 0, 0, 4)
            self._grid.addWidget(heading, 0, across)
        for down, (row, name) in enumerate(zip(self._rows, self._names, strict=True), start=1):
            self._grid.addWidget(name, down, 0, Qt.AlignmentFlag.AlignVCenter)
            for across, column in enumerate(self._columns, start=1):
                self._grid.addWidget(self._cells[row.key, column.key], down, across)

    def _place_blocks(self) -> None:
        down = 0
        self._grid.setColumnStretch(self._per_line, 1)
        for row, name in zip(self._rows, self._names, strict=True):
            self._grid.addWidget(name, down, 0, 1, self._per_line + 1)
            down += 1
            for at, column in enumerate(self._columns):
                place = (down + at // self._per_line, at % self._per_line)
                self._grid.addWidget(self._cells[row.key, column.key], *place)
            down += (len(self._columns) + self._per_line - 1) // self._per_line

    def _place_of(self, cell: QWidget | None) -> tuple[str, str]:
        return next(place for place, known in self._cells.items() if known is cell)

    def _on_entered(self) -> None:
        self.set_current(*self._place_of(self._focused_cell()))

    def _focused_cell(self) -> AnswerCell | None:
        return next((cell for cell in self._cells.values() if cell.hasFocus()), None)

    def _on_clicked(self) -> None:
        self.cell_pressed.emit(*self._current)

    def _on_arrow(self, right: int, down: int) -> None:
        rows, columns = [row.key for row in self._rows], [column.key for column in self._columns]
        row = min(max(rows.index(self._current[0]) + down, 0), len(rows) - 1)
        column = min(max(columns.index(self._current[1]) + right, 0), len(columns) - 1)
        self.set_current(rows[row], columns[column])
        self.focus_current()


def _name_of(row: MatrixRow, parent: QWidget) -> QWidget:
    block = QWidget(parent)
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 4, 8, 4)
    column.setSpacing(0)
    column.addWidget(SafeLabel(row.name, TextRole.LABEL))
    if row.line:
        column.addWidget(SafeLabel(row.line, TextRole.HINT, tone=Tone.SOFT))
    return block
