"""Telling screen readers what changed, politely and not too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.text import shown

# Reading a sentence takes about that long; more would talk over itself (WCAG 2.2, 4.1.3).
BETWEEN_ANNOUNCEMENTS_MS: Final = 3_000


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say `words` when it next pauses; nothing is shown and focus stays."""
    event = QAccessibleAnnouncementEvent(widget, shown(words))
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)


class Announcer(QObject):
    """Says at most one thing in three seconds; of what comes faster only the last is said."""

    def __init__(self, widget: QWidget, say: Callable[[QWidget, str], None] = announce) -> None:
        super().__init__(widget)
        self._widget = widget
        self._say = say
        self._waiting = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BETWEEN_ANNOUNCEMENTS_MS)
        self._timer.timeout.connect(self._on_pause_over)

    def announce(self, words: str) -> None:
        """Say `words` now, or after the pause when something was said just before."""
        if self._timer.isActive():
            self._waiting = words
            return
        self._say(self._widget, words)
        self._timer.start()

    def _on_pause_over(self) -> None:
        words, self._waiting = self._waiting, ""
        if words:
            self.announce(words)
