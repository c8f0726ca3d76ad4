"""How far a referral has come: stations in words, filled only as far as there is proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.icons import Shape, draw_shape
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import clear
from ui.widgets.text import filled

_NODE: Final = 20
_LEAST_STATION: Final = 104


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One station: its words, the day it was reached, and whether there is proof."""

    words: str
    day: str = ""
    is_reached: bool = False


class ReferralProgress(QWidget):
    """Stations beside each other, or below each other where there is little room."""

    def __init__(self, stations: Sequence[Station] = (), *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 4, 0, 0)
        self._box.setSpacing(0)
        self._stations: list[_StationView] = []
        self.show_stations(stations)

    def show_stations(self, stations: Sequence[Station]) -> None:
        """Show `stations` in their order."""
        clear(self._box)
        self._stations = [_StationView(station) for station in stations]
        for view in self._stations:
            self._box.addWidget(view, 1, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName("; ".join(self._spoken(station) for station in stations))
        self._turn(self.width())

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the widest station alone."""
        widths = (view.minimumSizeHint().width() for view in self._stations)
        return QSize(max(widths, default=0), 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the row into a column or back."""
        self._turn(event.size().width())
        super().resizeEvent(event)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that the height follows from the width."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of the row or of the column, whichever this width asks for."""
        share = width if self._is_narrow(width) else width // max(1, len(self._stations))
        heights = [view.height_at(share, beside=self._is_narrow(width)) for view in self._stations]
        margins = self._box.contentsMargins()
        whole = sum(heights) if self._is_narrow(width) else max(heights, default=0)
        return whole + margins.top() + margins.bottom()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Turn or grow with the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._turn(self.width())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line from station to station and the nodes on it."""
        theme = theme_in_use()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        node = theme.pixels(_NODE)
        middles = [self._middle(view) for view in self._stations]
        # Nodes first in order, lines below them: a line is done only when the station it leads to is reached.
        for view, begin, end in zip(self._stations[1:], middles, middles[1:], strict=False):
            painter.setPen(QPen(theme.colour("done" if view.station.is_reached else "hair"), 3))
            painter.drawLine(begin, end)
        for view, middle in zip(self._stations, middles, strict=True):
            reached = view.station.is_reached
            painter.setPen(QPen(theme.colour("done" if reached else "line"), 2))
            painter.setBrush(theme.colour("done" if reached else "surface"))
            painter.drawEllipse(middle, node / 2 - 1, node / 2 - 1)
            if reached:
                half = node * 0.34
                area = QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half)
                draw_shape(painter, Shape.TICK, theme.colour("on_done"), area)

    def _is_narrow(self, width: int) -> bool:
        return width < theme_in_use().pixels(_LEAST_STATION) * len(self._stations)

    def _spoken(self, station: Station) -> str:
        if not station.is_reached:
            return filled(self.tr("{station}: not yet"), station=station.words)
        return f"{station.words}: {station.day}" if station.day else station.words

    def _middle(self, view: _StationView) -> QPointF:
        place = view.pos()
        theme = theme_in_use()
        half = theme.pixels(_NODE) / 2
        if self._box.direction() == QBoxLayout.Direction.LeftToRight:
            return QPointF(place.x() + half, place.y() + half)
        return QPointF(place.x() + half, place.y() + theme.line(TextRole.HINT) / 2)

    def _turn(self, width: int) -> None:
        narrow = self._is_narrow(width)
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        for view in self._stations:
            view.set_beside_node(narrow)
        if self._box.direction() != wanted:
            self._box.setDirection(wanted)
            self.updateGeometry()


class _StationView(QWidget):
    """The words of one station, below its node or beside it."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self.station = station
        tone = Tone.INK if station.is_reached else Tone.SOFT
        role = TextRole.SMALL_LABEL if station.is_reached else TextRole.HINT
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(SafeLabel(station.words, role, tone=tone))
        if station.day:
            self._column.addWidget(SafeLabel(station.day, TextRole.HINT, tone=Tone.SOFT))
        self.set_beside_node(False)

    def set_beside_node(self, beside: bool) -> None:
        """Leave room for the node at the left, or above."""
        node = theme_in_use().pixels(_NODE)
        if beside:
            self._column.setContentsMargins(node + 10, 0, 0, 10)
        else:
            self._column.setContentsMargins(0, node + 3, 8, 0)

    def height_at(self, width: int, *, beside: bool) -> int:
        """Return the height at `width` px with the node at the left or above."""
        node = theme_in_use().pixels(_NODE)
        inner = width - (node + 10 if beside else 8)
        labels = (self._column.itemAt(at) for at in range(self._column.count()))
        heights = sum(label.heightForWidth(inner) for label in labels if label is not None)
        return heights + (10 if beside else node + 3)
