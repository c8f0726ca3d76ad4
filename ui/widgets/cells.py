"""What stands in one cell of a table, and how it is drawn: plain text with a shape where it has a manner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from ui.theme import TextRole, Theme, theme_in_use
from ui.widgets.icons import Shape, shape_icon
from ui.widgets.labels import Tone
from ui.widgets.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDE: Final = 12
_ICON: Final = 18
_MIDDLE_LEFT: Final = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Words of one cell; `strong` for the name of the row, a shape where the words carry a manner.

    `in_block` are its words where rows stand as blocks and no heading says what the column is.
    """

    words: str
    strong: bool = False
    tone: Tone = Tone.INK
    shape: Shape | None = None
    in_block: str = ""


def as_cell(given: str | Cell) -> Cell:
    """Return a cell for words or for a cell, with nothing in it that could turn the line."""
    if not isinstance(given, Cell):
        return Cell(words=shown(given))
    words = shown(given.words)
    return given if words == given.words else replace(given, words=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tools:
    """Fonts and colours of one theme, made once: a screen of cells would make them hundreds of times."""

    theme: Theme
    edge: int
    fonts: dict[TextRole, QFont]
    metrics: dict[TextRole, QFontMetrics]
    colours: dict[str, QColor]

    @classmethod
    def of(cls, theme: Theme) -> _Tools:
        """Return the tools of `theme`."""
        fonts = {role: theme.font(role) for role in (TextRole.LABEL, TextRole.BODY, TextRole.HINT)}
        metrics = {role: QFontMetrics(font) for role, font in fonts.items()}
        colours = {token: theme.colour(token) for token in theme.tokens}
        return cls(theme=theme, edge=theme.hairline, fonts=fonts, metrics=metrics, colours=colours)


class CellDelegate(QStyledItemDelegate):
    """Draws the cells of a table: hairlines between rows, a brand bar at the current one.

    Attributes:
        is_stacked: Whether a row is one block: its first cell, and the others in quiet words below.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_stacked = False
        self._tools = _Tools.of(theme_in_use())
        self._pictures: dict[tuple[Shape, str, int], QPixmap] = {}

    def take_theme(self) -> None:
        """Draw in the theme in use from now on: asking for it at each cell took a millisecond."""
        self._tools = _Tools.of(theme_in_use())

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one cell, or the whole row when it is a block."""
        colours = self._tools.colours
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, colours["brandsoft"])
            if index.column() == 0:
                painter.fillRect(QRect(area.left(), area.top(), 4, area.height()), colours["brand"])
        edge = self._tools.edge
        painter.fillRect(QRect(area.left(), area.bottom() + 1 - edge, area.width(), edge), colours["hair"])
        inner = area.adjusted(_SIDE, 0, -_SIDE, 0)
        if self.is_stacked:
            self._draw_block(painter, inner, index)
        else:
            self._draw_cell(painter, inner, _cell_of(index))

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return nothing to grow by: widths and heights are fixed by the table."""
        return QSize(0, 0)

    def _draw_block(self, painter: QPainter, area: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        first = self._tools.metrics[TextRole.LABEL].height()
        self._draw_cell(painter, QRect(area.left(), area.top() + 8, area.width(), first), _cell_of(index))
        columns = range(1, index.model().columnCount())
        others = [_cell_of(index.sibling(index.row(), at)) for at in columns]
        words = " · ".join(cell.in_block or cell.words for cell in others if cell and cell.words)
        painter.setFont(self._tools.fonts[TextRole.HINT])
        painter.setPen(self._tools.colours["soft"])
        below = area.adjusted(0, 8 + first, 0, -6)
        painter.drawText(below, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft, words)

    def _draw_cell(self, painter: QPainter, area: QRect, cell: Cell | None) -> None:
        if cell is None or not cell.words:
            return
        colour = self._tools.colours[cell.tone]
        if cell.shape is not None:
            side = self._tools.theme.pixels(_ICON)
            picture = self._picture(cell.shape, colour, side, painter.device().devicePixelRatioF())
            painter.drawPixmap(area.left(), area.center().y() + 1 - side // 2, picture)
            area = area.adjusted(side + 6, 0, 0, 0)
        role = TextRole.LABEL if cell.strong else TextRole.BODY
        painter.setFont(self._tools.fonts[role])
        painter.setPen(colour)
        words = self._tools.metrics[role].elidedText(
            cell.words.replace("\n", " "), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, _MIDDLE_LEFT, words)

    def _picture(self, shape: Shape, colour: QColor, side: int, ratio: float) -> QPixmap:
        key = (shape, colour.name(), round(side * ratio))
        if key not in self._pictures:
            self._pictures[key] = shape_icon(shape, colour, side, ratio).pixmap(QSize(side, side), ratio)
        return self._pictures[key]


def _cell_of(index: QModelIndex | QPersistentModelIndex) -> Cell | None:
    find: Callable[[int, int], Cell | None] = index.model().cell  # type: ignore[attr-defined]
    return find(index.row(), index.column())
