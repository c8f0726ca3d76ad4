"""Waiting for what is really on the screen: the end of a paint, told by the window system's own events."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override

PATIENCE_MS = 20_000


class NeverPaintedError(AssertionError):
    """What was waited for did not come onto the screen."""


class Painted(QObject):
    """Says when a widget was painted: after its paint event, and whatever was painted with it, is done."""

    def __init__(self, widget: QWidget, told: Callable[[], None]) -> None:
        """Watch `widget` and tell `told` after each of its paints."""
        super().__init__(widget)
        self._told = told
        self._is_due = False
        widget.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at paint events only, and keep none."""
        if event.type() == QEvent.Type.Paint and not self._is_due:
            self._is_due = True
            # Comes up once the window has been painted whole and handed to the screen.
            QTimer.singleShot(0, self._on_done)
        return False

    def _on_done(self) -> None:
        self._is_due = False
        self._told()


class Waiter(QObject):
    """Runs the event loop until something holds, looking again only when it is told that something happened."""

    def __init__(self) -> None:
        """Build a waiter; one serves many waits."""
        super().__init__()
        self._loop = QEventLoop(self)
        self._holds: Callable[[], bool] = bool
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._on_lost_patience)
        self._is_lost = False

    def look(self) -> None:
        """Look whether it holds now."""
        if self._loop.isRunning() and self._holds():
            self._loop.quit()

    def until(self, holds: Callable[[], bool]) -> float:
        """Wait until `holds` answers yes when looked at; returns the moment on the performance clock."""
        self._holds, self._is_lost = holds, False
        self._timer.start()
        self._loop.exec()
        at = perf_counter()
        self._timer.stop()
        if self._is_lost:
            raise NeverPaintedError
        return at

    def rest(self, milliseconds: int) -> None:
        """Let the window live for a while."""
        QTimer.singleShot(milliseconds, self._loop.quit)
        self._loop.exec()

    def _on_lost_patience(self) -> None:
        self._is_lost = True
        self._loop.quit()
