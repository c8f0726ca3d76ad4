"""Many like buttons, one below the other, as one stop of the keyboard: Tab comes and goes, arrows go along them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget
from typing_extensions import override

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class OneStop(QObject):
    """Lets only one of some buttons take Tab, as the matrix of answers does: the one that had the keyboard last."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._buttons: list[QPushButton] = []

    def hold(self, buttons: Sequence[QPushButton]) -> None:
        """Take these buttons, in their order, in place of those before; the first is the stop."""
        self._buttons = list(buttons)
        for button in self._buttons:
            button.installEventFilter(self)
        if self._buttons:
            self._stop_at(self._buttons[0])

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the keyboard, and take the arrows up and down."""
        if watched not in self._buttons:
            return False
        if event.type() == QEvent.Type.FocusIn:
            self._stop_at(watched)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                at = self._buttons.index(watched) + step
                self._buttons[min(max(at, 0), len(self._buttons) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return False

    def _stop_at(self, stop: QObject) -> None:
        for button in self._buttons:
            takes = Qt.FocusPolicy.StrongFocus if button is stop else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(takes)
