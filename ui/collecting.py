"""Garbage is collected on the window's thread only.

A widget in a circle of references is deleted by whichever thread happens to collect. On the vault's or the sync's
thread Qt's own memory is then torn down under the window, which ends the program (seen: a segmentation fault in
the event loop of loaded test runs). Anki and others keep collection on the main thread for the same reason.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer

LOOK_EVERY_MS: Final = 500
"""Often enough that memory does not grow, seldom enough that nobody feels it."""

_HOW_MANY: Final = "collectors"


class Collector(QObject):
    """While one of these lives, automatic collection is off and this thread collects instead."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Take over from the interpreter; build it on the window's thread."""
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start()
        self._is_closed = False
        _count(+1)
        gc.disable()

    def collect_due(self) -> None:
        """Collect the generations whose threshold is passed, as the interpreter would."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return

    def close(self) -> None:
        """Hand back to the interpreter, once no other collector lives."""
        if self._is_closed:
            return
        self._is_closed = True
        self._timer.stop()
        if _count(-1) == 0:
            gc.enable()


def _count(change: int) -> int:
    """Return how many collectors live after a change; the application remembers, so that no module does."""
    application = QCoreApplication.instance()
    if application is None:
        return 0
    living = max(0, int(application.property(_HOW_MANY) or 0) + change)
    application.setProperty(_HOW_MANY, living)
    return living
