"""Charts beside their tables: bars and a line in the colours of the theme, with words at every mark.

They take no focus and no press; a reader hears their main sentence, and the table has the same numbers. They are
painted here and not by pyqtgraph: on PySide6 6.12 its plots end the program once they are made anew (decision 93).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import TextRole, Theme, theme_in_use
from ui.widgets.text import shown

_BAR: Final = 12
_BELOW_WORDS: Final = 4
_BETWEEN: Final = 16
_TREND_HEIGHT: Final = 220
_NODE: Final = 9
_GAP: Final = 8
_STEPS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its name, how long it is, and what stands at it; no length where the number is not shown."""

    name: str
    length: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark of a line: its name along the bottom, and how high; None where the number is not shown."""

    name: str
    height: float | None


class _Chart(QFrame):
    """A picture with a sentence for who does not see it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Take the room that another text size needs."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _say(self, sentence: str) -> None:
        self.setAccessibleName(shown(sentence))
        self._fit()
        self.update()

    def _fit(self) -> None:
        raise NotImplementedError


class BarChart(_Chart):
    """Bars from left to right, each below its name and its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._most: float | None = None

    def show_bars(self, bars: Sequence[Bar], sentence: str, *, most: float | None = None) -> None:
        """Show `bars` from the top down; `most` is the length of a full one, otherwise that of the longest."""
        self._bars, self._most = tuple(bars), most
        self._say(sentence)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, number, a track and the bar in it."""
        theme = theme_in_use()
        painter = QPainter(self)
        painter.setFont(theme.font(TextRole.HINT))
        words = QFontMetrics(painter.font())
        most = self._most or max((each.length or 0 for each in self._bars), default=0) or 1
        for at, bar in enumerate(self._bars):
            top = at * self._row(theme)
            line = QRectF(0, top, self.width(), words.height())
            number = shown(bar.words)
            painter.setPen(theme.colour("ink" if bar.length is not None else "soft"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
            room = self.width() - words.horizontalAdvance(number) - theme.pixels(_GAP)
            painter.setPen(theme.colour("ink"))
            name = words.elidedText(shown(bar.name), Qt.TextElideMode.ElideRight, room)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            track = QRectF(0.5, line.bottom() + theme.pixels(_BELOW_WORDS), self.width() - 1, theme.pixels(_BAR))
            painter.setPen(QPen(theme.colour("line"), theme.hairline))
            painter.setBrush(theme.colour("surface"))
            painter.drawRect(track)
            if bar.length:
                filled = QRectF(track.topLeft(), track.bottomRight())
                filled.setWidth(max(2.0, track.width() * min(1.0, bar.length / most)))
                painter.fillRect(filled, theme.colour("brand"))

    @override
    def _fit(self) -> None:
        theme = theme_in_use()
        self.setFixedHeight(max(1, len(self._bars) * self._row(theme) - theme.pixels(_BETWEEN) + 2))

    def _row(self, theme: Theme) -> int:
        words = QFontMetrics(theme.font(TextRole.HINT)).height()
        return words + theme.pixels(_BELOW_WORDS) + theme.pixels(_BAR) + theme.pixels(_BETWEEN)


class TrendChart(_Chart):
    """A line from month to month with its newest number in words, and the target it is measured by."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._low, self._high = 0.0, 1.0
        self._target: tuple[float, str] | None = None
        self._newest = ""

    def show_marks(
        self,
        marks: Sequence[Mark],
        sentence: str,
        *,
        span: tuple[float, float],
        target: tuple[float, str] | None = None,
        newest: str = "",
    ) -> None:
        """Show `marks` from left to right.

        Args:
            marks: the numbers; where one is not shown the line has a gap.
            sentence: what a reader hears.
            span: the lowest and the highest number of the scale.
            target: a number to reach and its words.
            newest: the words at the last mark.
        """
        self._marks, self._target, self._newest = tuple(marks), target, newest
        self._low, self._high = span
        self._say(sentence)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw scale, target, line and marks."""
        theme = theme_in_use()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(TextRole.HINT))
        ground = self._ground(QFontMetrics(painter.font()))
        self._draw_scale(painter, theme, ground)
        if self._target is not None:
            self._draw_target(painter, theme, ground, *self._target)
        places = [
            None if each.height is None else QPointF(self._across(at, ground), self._up(each.height, ground))
            for at, each in enumerate(self._marks)
        ]
        painter.setPen(QPen(theme.colour("brand"), 3))
        for before, after in pairwise(places):
            if before is not None and after is not None:
                painter.drawLine(before, after)
        painter.setPen(QPen(theme.colour("paper"), 2))
        painter.setBrush(theme.colour("brand"))
        half = theme.pixels(_NODE) / 2 + 1
        told = [place for place in places if place is not None]
        for place in told:
            painter.drawEllipse(place, half, half)
        if told and self._newest:
            self._draw_newest(painter, theme, told[-1])

    def _ground(self, words: QFontMetrics) -> QRectF:
        left = words.horizontalAdvance(f"{int(self._high):,}") + 2 * _GAP
        return QRectF(left, 2 * words.height(), self.width() - left - _GAP, self.height() - 3.6 * words.height())

    def _across(self, at: int, ground: QRectF) -> float:
        return ground.left() + (at + 0.5) * ground.width() / max(1, len(self._marks))

    def _up(self, height: float, ground: QRectF) -> float:
        return ground.bottom() - (height - self._low) / (self._high - self._low) * ground.height()

    def _scale(self) -> Iterator[int]:
        step = max(1, round((self._high - self._low) / _STEPS))
        yield from range(int(self._low), int(self._high) + 1, step)

    def _draw_scale(self, painter: QPainter, theme: Theme, ground: QRectF) -> None:
        words = QFontMetrics(painter.font())
        for number in self._scale():
            at = self._up(number, ground)
            painter.setPen(QPen(theme.colour("hair"), theme.hairline))
            painter.drawLine(QPointF(ground.left(), at), QPointF(ground.right(), at))
            painter.setPen(theme.colour("soft"))
            line = QRectF(0, at - words.height() / 2, ground.left() - _GAP, words.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{number:,}")
        widest = max((words.horizontalAdvance(shown(each.name)) for each in self._marks), default=1) + 2 * _GAP
        every = max(1, -(-widest * len(self._marks) // max(1, int(ground.width()))))
        for at, each in enumerate(self._marks):
            if at % every == 0:
                line = QRectF(self._across(at, ground) - widest / 2, ground.bottom() + _GAP, widest, words.height())
                painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown(each.name))

    def _draw_target(self, painter: QPainter, theme: Theme, ground: QRectF, height: float, words: str) -> None:
        at = self._up(height, ground)
        painter.setPen(QPen(theme.colour("soft"), 2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(ground.left(), at), QPointF(ground.right(), at))
        line = QRectF(ground.left(), at - QFontMetrics(painter.font()).height() - 2, ground.width(), 0)
        painter.drawText(line, Qt.TextFlag.TextDontClip | Qt.AlignmentFlag.AlignLeft, words)

    def _draw_newest(self, painter: QPainter, theme: Theme, place: QPointF) -> None:
        painter.setFont(theme.font(TextRole.LABEL))
        words = QFontMetrics(painter.font())
        width = words.horizontalAdvance(self._newest)
        left = min(place.x() - width / 2, self.width() - width - 1)
        painter.setPen(theme.colour("ink"))
        painter.drawText(QPointF(left, place.y() - theme.pixels(_NODE)), self._newest)

    @override
    def _fit(self) -> None:
        self.setFixedHeight(theme_in_use().pixels(_TREND_HEIGHT))
