"""The box that finds people from anywhere; what was asked is not kept."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget
from typing_extensions import override

from ui.theme import TextRole
from ui.widgets.icons import Shape, ShapeView
from ui.widgets.labels import SafeLabel, Tone

_TO_RESULTS: Final = frozenset({Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class SearchBox(QFrame):
    """A line with its drawing and its key beside it, so that it can be told when something is typed in it.

    Signals:
        asked: What is typed now, at every change.
        left_for_results: Enter or the down key was pressed: the first result takes the focus.
    """

    asked = Signal(str)
    left_for_results = Signal()

    def __init__(self, words: str, key: str = "", *, short_words: str = "", parent: QWidget | None = None) -> None:
        """Build a box that says `words` while it is empty and shows the function key `key`.

        `short_words`, the beginning of `words`, are said where there is no room for all of them.
        """
        super().__init__(parent)
        self.setObjectName("find")
        self.line = QLineEdit()
        self._words, self._short_words = words, short_words or words
        self.line.setAccessibleName(f"{words} {key}".strip())
        # The frame is what is seen as the box, so the focus ring goes around it.
        self.line.setProperty("ring_around_parent", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 14, 0)
        layout.setSpacing(6)
        layout.addWidget(ShapeView(Shape.FIND, Tone.SOFT, size=20))
        layout.addWidget(self.line, 1)
        if key:
            layout.addWidget(SafeLabel(key, TextRole.BODY, tone=Tone.SOFT, wrap=False))
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._on_typed)
        self.line.installEventFilter(self)

    @property
    def text(self) -> str:
        """What is typed now."""
        return self.line.text()

    def clear(self) -> None:
        """Forget what was typed."""
        self.line.clear()

    def take_focus(self) -> None:
        """Bring the keyboard here and mark what stands in the line, so that typing replaces it."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as many words as there is room for: half a sentence would tell nobody what to type."""
        super().resizeEvent(event)
        room = self.line.width() - 24
        fits = self.line.fontMetrics().horizontalAdvance(self._words) <= room
        self.line.setPlaceholderText(self._words if fits else self._short_words)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a press anywhere in the frame as a press in the line."""
        self.line.setFocus(Qt.FocusReason.MouseFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand Enter and the down key to the results."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _TO_RESULTS:
            self.left_for_results.emit()
            return True
        return super().eventFilter(watched, event)

    def _on_typed(self, text: str) -> None:
        self.asked.emit(text)
