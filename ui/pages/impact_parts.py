"""The parts of the impact page: a number set large, and one table with what it counts and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.impact_tables import Figure, Table
from app.use_cases.impact_words import FigureWords, Written
from ui.pages.parts import ListTable
from ui.theme import theme_in_use
from ui.view_models.impact_words import KeyNumber, bars_of, line_of
from ui.widgets import Cell, Column, SafeLabel, Surface, TextRole, Tone
from ui.widgets.charts import BarChart, TrendChart
from ui.widgets.layouts import BETWEEN_GROUPS, clear

_FIRST_SHARE: Final = 220
_SHARE: Final = 100
_LONG_SHARE: Final = 120
_BESIDE: Final = 900
_KEY_WIDTH: Final = 170
_TARGET_SCORE: Final = 4.0
_BESIDE_ITS_PICTURE: Final = frozenset(
    {
        Figure.WAY,
        Figure.BY_PROGRAMME,
        Figure.BY_WARD,
        Figure.BY_NATION,
        Figure.BY_AGE,
        Figure.BY_SUPPORT,
        Figure.BY_CHARITY,
        Figure.BY_ETHNIC_GROUP,
        Figure.BY_SEX,
        Figure.BY_SEXUAL_ORIENTATION,
        Figure.BY_RELIGION,
        Figure.STAGES,
        Figure.ENDED,
    }
)
"""Tables that are narrow enough for a picture at their side; the others have it below."""


class KeyFigure(Surface):
    """One number set large, and below it what it counts."""

    def __init__(self, key: KeyNumber, parent: QWidget | None = None) -> None:
        super().__init__(gap=0, parent=parent)
        self.number = SafeLabel(key.number, TextRole.PAGE_HEADING)
        self.words = SafeLabel(key.words, TextRole.HINT, tone=Tone.SOFT)
        self.add(self.number)
        self.add(self.words)
        self.column.addStretch(1)
        self.setAccessibleName(f"{key.number} {key.words}")


class KeyFigures(QWidget):
    """The few numbers beside each other, all as wide; in two columns or one where there is little room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: list[KeyFigure] = []
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)

    def show_numbers(self, numbers: Sequence[KeyNumber]) -> None:
        """Show these numbers in place of the others."""
        clear(self._grid)
        self._keys = [KeyFigure(each) for each in numbers]
        self._across = 0
        self._place()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the numbers anew where the room changed."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        fitting = self.width() // theme_in_use().pixels(_KEY_WIDTH)
        across = len(self._keys) if fitting >= len(self._keys) else max(1, min(2, fitting))
        if across == self._across:
            return
        self._across = across
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        for at, key in enumerate(self._keys):
            self._grid.addWidget(key, at // across, at % across)
            self._grid.setColumnStretch(at % across, 1)


class _Pair(QWidget):
    """A table and its picture, beside each other where there is room."""

    def __init__(self, table: QWidget, picture: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(BETWEEN_GROUPS)
        self._box.addWidget(table, 2, Qt.AlignmentFlag.AlignTop)
        self._box.addWidget(picture, 1, Qt.AlignmentFlag.AlignTop)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the row into a column or back."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= theme_in_use().pixels(_BESIDE)
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)


class WholeTable(ListTable):
    """A table as high as its rows, so that the page scrolls and the table does not.

    Where its rows stand as blocks there is no head: each number then carries the words of its column.
    """

    def __init__(self, written: Written, *, share: int) -> None:
        heads = [Column(words=head, share=share if at else _FIRST_SHARE) for at, head in enumerate(written.columns)]
        super().__init__(heads, name=written.title, least_width=_FIRST_SHARE + share * (len(heads) - 1))
        self._written = written
        self._is_headed: bool | None = None
        self._say()

    def _say(self) -> None:
        if self._is_headed == self.is_stacked:
            return
        self._is_headed = self.is_stacked
        heads = self._written.columns[1:]
        rows: dict[object, list[str | Cell]] = {}
        for at, (name, *cells) in enumerate(self._written.rows):
            headed = [f"{head} {cell}" for head, cell in zip(heads, cells, strict=True)]
            rows[at] = [Cell(words=name, strong=True), *(headed if self.is_stacked else cells)]
        self.set_ids(list(rows), rows)
        self.fit_height()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height of the rows again when they became blocks, or lines."""
        super().resizeEvent(event)
        self._fit_words()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """The same when the text grew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def _fit_words(self) -> None:
        if hasattr(self, "_written"):
            self._say()
            self.fit_height()

    def fit_height(self) -> None:
        """Be as high as the head and all rows."""
        head = 0 if self.is_stacked else self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + self.verticalHeader().length() + 2 * self.frameWidth() + 2)


class FigurePart(QWidget):
    """Heading, what is counted, the table, and its picture after it."""

    def __init__(self, table: Table, words: FigureWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        written = words.table(table)
        self.figure: Figure = table.figure
        self.heading = SafeLabel(written.title, TextRole.SECTION)
        self.definition = SafeLabel(written.definition, TextRole.HINT, tone=Tone.SOFT)
        is_beside = table.figure in _BESIDE_ITS_PICTURE
        self.table = WholeTable(written, share=_SHARE if is_beside else _LONG_SHARE)
        self.chart = self._picture(table, words)
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.heading)
        below.addWidget(self.definition)
        if self.chart is None:
            below.addWidget(self.table)
        elif is_beside:
            below.addWidget(_Pair(self.table, self.chart))
        else:
            below.addWidget(self.table)
            below.addWidget(self.chart)

    def _picture(self, table: Table, words: FigureWords) -> BarChart | TrendChart | None:
        line = line_of(table, words)
        if line is not None:
            trend = TrendChart()
            target = (_TARGET_SCORE, self.tr("target 4.00")) if table.figure is Figure.QUALITY else None
            trend.show_marks(line.marks, line.sentence, span=line.span, target=target, newest=line.newest)
            return trend
        picture = bars_of(table, words)
        if picture is None:
            return None
        bars = BarChart()
        bars.show_bars(picture.bars, picture.sentence, most=picture.most)
        return bars
