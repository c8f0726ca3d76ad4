"""What happened, newest first, along one line: the word, the day, who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import clear

_NODE: Final = 12
_INDENT: Final = 30  # At 100 % text; both grow with it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: the words, day and hour or who, and the colour of a filled node.

    `tone` None draws an empty node: known, but no proof and no decision.
    """

    words: str
    detail: str = ""
    tone: Tone | None = None


class Timeline(QWidget):
    """A 2 px line with 12 px nodes; what came from another charity carries its name, not its colour."""

    def __init__(self, events: Sequence[Event] = (), *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name or self.tr("What happened"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.show_events(events)

    def show_events(self, events: Sequence[Event]) -> None:
        """Show `events` in the order given."""
        clear(self._column)
        for at, event in enumerate(events):
            self._column.addWidget(_Entry(event, is_first=at == 0, is_last=at + 1 == len(events)))


class _Entry(QWidget):
    """One node with its words."""

    def __init__(self, event: Event, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._event = event
        self._is_first = is_first
        self._is_last = is_last
        self._words = SafeLabel(event.words, TextRole.LABEL)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self._words)
        if event.detail:
            self._column.addWidget(SafeLabel(event.detail, TextRole.HINT, tone=Tone.SOFT))

        self._indent()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Leave more room for the node at a larger text size."""
        if event.type() == QEvent.Type.StyleChange:
            self._indent()
        super().changeEvent(event)

    def _indent(self) -> None:
        left = theme_in_use().pixels(_INDENT)
        self._column.setContentsMargins(left, 0, 0, 0 if self._is_last else 14)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and the node level with the first line of words."""
        theme = theme_in_use()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        node = theme.pixels(_NODE)
        middle = QPointF(node / 2 + 2, self._words.y() + theme.line(TextRole.LABEL) / 2)
        painter.setPen(QPen(theme.colour("hair"), 2))
        top = middle.y() if self._is_first else 0.0
        end = middle.y() if self._is_last else float(self.height())
        painter.drawLine(QPointF(middle.x(), top), QPointF(middle.x(), end))
        tone = self._event.tone
        painter.setPen(QPen(theme.colour(tone or "line"), 2))
        painter.setBrush(theme.colour(tone) if tone else theme.colour("paper"))
        painter.drawEllipse(middle, node / 2, node / 2)
