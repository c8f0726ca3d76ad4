"""The line at the bottom that says what is only on this laptop: a shape, the words, the way to more."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.widgets.announcing import Announcer
from ui.widgets.buttons import QuietButton
from ui.widgets.icons import IconLabel, Shape
from ui.widgets.labels import Tone
from ui.widgets.surfaces import SHAPE_OF_MANNER, TONE_OF_MANNER, Manner

_SHAPES: Final[Mapping[Manner, Shape]] = MappingProxyType(
    {**SHAPE_OF_MANNER, Manner.INFO: Shape.DOT, Manner.ATTENTION: Shape.TRIANGLE}
)


class StatusLine(QFrame):
    """Always there, never only a colour, never calm by guess.

    Signals:
        details_asked: The page that says more was asked for.
    """

    details_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setMinimumHeight(48)
        self.manner = Manner.PLAIN
        self._said = IconLabel(Shape.DOT, "", tone=Tone.INK, size=18, full_line=True)
        self.details_button = QuietButton(self.tr("Details"))
        self.details_button.clicked.connect(self._on_details)
        self._announcer = Announcer(self)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(24, 1, 16, 1)
        beside.setSpacing(16)
        beside.addWidget(self._said, 1, Qt.AlignmentFlag.AlignVCenter)
        beside.addWidget(self.details_button)

    @property
    def words(self) -> str:
        """The sentence that stands here now."""
        return self._said.label.words

    def show_words(self, manner: Manner, words: str) -> None:
        """Show `words`; a change of manner is also said to screen readers."""
        changed = manner is not self.manner and bool(self.words)
        self.manner = manner
        self._said.drawing.show_shape(_SHAPES[manner], TONE_OF_MANNER[manner])
        self._said.label.set_words(words)
        self.setAccessibleName(words)
        if changed:
            self._announcer.announce(words)

    def _on_details(self) -> None:
        self.details_asked.emit()
