"""Grounds that hold other parts: cards, banners, chips, empty states."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.buttons import Button
from ui.widgets.icons import Shape, ShapeView
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import GRID, FlowRow, SideBySide, hide_unless


class Manner(StrEnum):
    """How something is said: plainly, to inform, to ask, to stop, to prove."""

    PLAIN = "plain"
    INFO = "info"
    ATTENTION = "attention"
    STOP = "stop"
    DONE = "done"


# Colour never stands alone (WCAG 2.2, 1.4.1): every manner has its shape.
SHAPE_OF_MANNER: Final[Mapping[Manner, Shape]] = MappingProxyType(
    {
        Manner.PLAIN: Shape.DOT,
        Manner.INFO: Shape.INFORMATION,
        Manner.ATTENTION: Shape.TRIANGLE,
        Manner.STOP: Shape.STOP,
        Manner.DONE: Shape.TICK,
    }
)
TONE_OF_MANNER: Final[Mapping[Manner, Tone]] = MappingProxyType(
    {
        Manner.PLAIN: Tone.SOFT,
        Manner.INFO: Tone.INFO,
        Manner.ATTENTION: Tone.ATTENTION,
        Manner.STOP: Tone.STOP,
        Manner.DONE: Tone.DONE,
    }
)


class Surface(QFrame):
    """A white ground with a hairline; parts are added below each other."""

    def __init__(self, *widgets: QWidget, gap: int = GRID, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 16, 24, 16)
        self.column.setSpacing(gap)
        for widget in widgets:
            self.column.addWidget(widget)

    def add(self, part: QWidget | QLayout) -> None:
        """Put `part` below the others."""
        if isinstance(part, QWidget):
            self.column.addWidget(part)
        else:
            self.column.addLayout(part)


class Card(Surface):
    """A surface about one thing: its heading, a sentence in quiet words, then parts."""

    def __init__(self, heading: str, sentence: str = "", *widgets: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, gap=4)
        self.heading = SafeLabel(heading, TextRole.LABEL)
        self.sentence = SafeLabel(sentence, TextRole.HINT, tone=Tone.SOFT)
        hide_unless(self.sentence, sentence)
        self.setAccessibleName(self.heading.words)
        for widget in (self.heading, self.sentence, *widgets):
            self.add(widget)

    def set_words(self, heading: str, sentence: str = "") -> None:
        """Show another heading and sentence."""
        self.heading.set_words(heading)
        self.sentence.set_words(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(self.heading.words)


class Banner(QFrame):
    """A sentence on the soft ground of its manner, with its shape and, beside it, what can be done."""

    statement_role = TextRole.BODY

    def __init__(
        self,
        statement: str,
        detail: str = "",
        *,
        manner: Manner = Manner.INFO,
        actions: tuple[Button, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shape = ShapeView(SHAPE_OF_MANNER[manner], TONE_OF_MANNER[manner])
        self.statement = SafeLabel(statement, self.statement_role)
        self.detail = SafeLabel(detail)
        hide_unless(self.detail, detail)
        words = QWidget()
        below = QVBoxLayout(words)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(self.statement)
        below.addWidget(self.detail)
        said = QWidget()
        beside = QHBoxLayout(said)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(words, 1)
        self.choices = FlowRow(*actions)
        hide_unless(self.choices, actions)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 14, 20, 14)
        beside_each_other = SideBySide(
            said,
            self.choices,
            least_width=640,
            stretches=(1, 0),
            gap=16,
            level=Qt.AlignmentFlag.AlignVCenter,
        )
        layout.addWidget(beside_each_other)
        self.set_manner(manner)
        self._name()

    def set_manner(self, manner: Manner) -> None:
        """Change ground, edge and shape."""
        self.manner = manner
        self.setProperty("manner", str(manner))
        self._shape.show_shape(SHAPE_OF_MANNER[manner], TONE_OF_MANNER[manner])
        self.style().unpolish(self)
        self.style().polish(self)

    def set_words(self, statement: str, detail: str = "") -> None:
        """Show another sentence."""
        self.statement.set_words(statement)
        self.detail.set_words(detail)
        self.detail.setVisible(bool(detail))
        self._name()

    def _name(self) -> None:
        self.setAccessibleName(self.statement.words)
        self.setAccessibleDescription(self.detail.words)


class AttentionCard(Banner):
    """One thing that asks for a decision: a sentence at 20 px and up to three named choices, safest first."""

    statement_role = TextRole.STATEMENT

    def __init__(self, statement: str, detail: str = "", *actions: Button, parent: QWidget | None = None) -> None:
        super().__init__(statement, detail, manner=Manner.ATTENTION, actions=actions, parent=parent)


class Chip(QFrame):
    """A short fact in a rounded ground; it is read, never pressed."""

    def __init__(self, words: str, manner: Manner = Manner.INFO, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chip")
        self.setProperty("manner", str(manner))
        tone = Tone.INK if manner is Manner.PLAIN else TONE_OF_MANNER[manner]
        self.label = SafeLabel(words, TextRole.SMALL_LABEL, tone=tone, wrap=False)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.addWidget(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep the ends round at every text size."""
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        # Qt drops a radius larger than half the height, so the height follows the radius of the style sheet.
        height = 2 * theme_in_use().pixels(17)
        self.setFixedHeight(height)
        self.setMinimumWidth(height)


class EmptyState(QWidget):
    """What would be here, why it is not, and the first thing to do."""

    def __init__(
        self,
        statement: str,
        next_step: str = "",
        action: Button | None = None,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.statement = SafeLabel(statement, TextRole.STATEMENT)
        self.next_step = SafeLabel(next_step, tone=Tone.SOFT)
        hide_unless(self.next_step, next_step)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 16)
        layout.setSpacing(GRID)
        layout.addWidget(self.statement)
        layout.addWidget(self.next_step)
        if action is not None:
            layout.addSpacing(GRID)
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignLeft)
