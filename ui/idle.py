"""How long nobody has used the window: keys, pointer, touch and what assistive technology does all count as use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from typing_extensions import override

WARNING_S: Final = 60
"""How long before the lock it is announced (interface.md 2)."""

_TICK_MS: Final = 1_000
# A tick that comes this much later than the steady clock explains: the laptop slept, and may have another reader.
_SLEPT: Final = timedelta(seconds=20)

_USES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
        QEvent.Type.InputMethod,
    }
)


class IdleClock(QObject):
    """Counts the seconds since the last use, warns before the end, and says when it has come.

    A press by a switch or by voice arrives as no key and no click: the control itself is asked. So every control
    is watched for what changes when it is used, from the moment it is first shown.

    Signals:
        warned: Whole seconds until the lock, once a second during the last minute.
        answered: Somebody used the window after a warning.
        ran_out: Nobody did, or the laptop slept; said once until the next use.
    """

    warned = Signal(int)
    answered = Signal()
    ran_out = Signal()

    def __init__(
        self,
        *,
        limit_s: float,
        monotonic: Callable[[], float],
        clock: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._limit_s = limit_s
        self._monotonic = monotonic
        self._clock = clock
        self._used_at = monotonic()
        self._is_warning = False
        self._has_run_out = False
        self._looked = (monotonic(), clock())
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to count and to watch the whole application."""
        self._used_at = self._monotonic()
        self._looked = (self._used_at, self._clock())
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.installEventFilter(self)
        application.focusChanged.connect(self._on_focus_changed)
        self._timer.start()

    def stop(self) -> None:
        """Stop counting and watching."""
        self._timer.stop()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.removeEventFilter(self)
            application.focusChanged.disconnect(self._on_focus_changed)

    def since_use_s(self) -> float:
        """Return how many seconds ago the window was last used; any thread may ask."""
        return self._monotonic() - self._used_at

    def note_use(self) -> None:
        """Count this moment as use."""
        self._used_at = self._monotonic()
        self._has_run_out = False
        if self._is_warning:
            self._is_warning = False
            self.answered.emit()

    def look(self) -> None:
        """Look at the clocks; called every second."""
        if self._has_run_out:
            return
        left = self._limit_s - self.since_use_s()
        if left <= 0 or self._has_slept():
            self._has_run_out = True
            self.ran_out.emit()
        elif left <= WARNING_S:
            self._is_warning = True
            self.warned.emit(round(left))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice use and never keep an event from anybody."""
        kind = event.type()
        if kind in _USES:
            self.note_use()
        elif kind == QEvent.Type.Polish and isinstance(watched, QWidget):
            self._watch(watched)
        return False

    def _has_slept(self) -> bool:
        steady, wall = self._looked
        self._looked = (self._monotonic(), self._clock())
        explained = timedelta(seconds=self._looked[0] - steady)
        return self._looked[1] - wall - explained > _SLEPT

    def _watch(self, control: QWidget) -> None:
        match control:
            case QAbstractButton():
                control.pressed.connect(self._on_used)
                control.clicked.connect(self._on_used)
            case QLineEdit() | QPlainTextEdit():
                control.textChanged.connect(self._on_used)
            case QComboBox():
                control.activated.connect(self._on_used)
            case QAbstractItemView():
                control.activated.connect(self._on_used)
            case _:
                pass

    def _on_used(self) -> None:
        self.note_use()

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None:
            self.note_use()
