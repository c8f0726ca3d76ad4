"""The first stop of Tab: a way past header and navigation, shown only while it has the focus."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.widgets.buttons import PlainButton

_OUT_OF_SIGHT: Final = -200


class SkipLink(PlainButton):
    """A button that waits above the window's edge; hidden it could not take the focus."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent=parent)
        self.adjustSize()
        self.move(8, _OUT_OF_SIGHT)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Come into sight."""
        super().focusInEvent(event)
        self.adjustSize()
        self.move(16, 11)
        self.raise_()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Go out of sight."""
        super().focusOutEvent(event)
        self.move(8, _OUT_OF_SIGHT)
