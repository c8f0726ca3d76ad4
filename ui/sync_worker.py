"""The sync thread: one exchange after the other, at the pace the schedule says; the only thread beside the vault's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QThread, Signal
from typing_extensions import override

from app.errors import KnownError
from sync.client.engine import SyncEngine
from sync.client.progress import Progress
from sync.client.schedule import Pace, after_failure, after_success, is_in_use, next_at, try_again
from sync.client.transport import RefusedError
from ui.jobs import reported

_LONGEST_NAP_S: Final = 1.0
"""The thread looks at least this often whether somebody began to use the window, which shortens the pause."""


class SyncWorker(QObject):
    """Runs the engine in a thread of its own; its signals are delivered on the window's thread.

    Signals:
        progressed: A `Progress` of the cycle that runs.
        ended: A `CycleReport`, or the `KnownError` the cycle ended with.
    """

    progressed = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        engine: SyncEngine,
        *,
        monotonic: Callable[[], float],
        fraction: Callable[[], float],
        since_input_s: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        """Take the engine, the clock, the dice and how long ago somebody last touched the window."""
        super().__init__(parent)
        self._thread = _SyncThread(engine, monotonic, fraction, since_input_s, self)
        self._thread.progressed.connect(self.progressed)
        self._thread.ended.connect(self.ended)

    def start(self) -> None:
        """Begin: the first cycle runs at once."""
        self._thread.start()

    def sync_now(self) -> None:
        """Ask for a cycle as soon as the service allows; returns at once."""
        self._thread.want()

    def try_again(self) -> None:
        """Ask for a cycle and forget past failures: the network changed, or somebody pressed the button."""
        self._thread.want(again=True)

    def stop(self) -> None:
        """End between two steps and wait for it; whatever was taken in stays."""
        self._thread.end()
        self._thread.wait()


class _SyncThread(QThread):
    progressed = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        engine: SyncEngine,
        monotonic: Callable[[], float],
        fraction: Callable[[], float],
        since_input_s: Callable[[], float],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._monotonic = monotonic
        self._fraction = fraction
        self._since_input_s = since_input_s
        self._condition = threading.Condition()
        self._is_wanted = True
        self._starts_afresh = False
        self._is_ending = False

    def want(self, *, again: bool = False) -> None:
        with self._condition:
            self._is_wanted = True
            self._starts_afresh = self._starts_afresh or again
            self._condition.notify()

    def end(self) -> None:
        with self._condition:
            self._is_ending = True
            self._condition.notify()

    @override
    def run(self) -> None:
        """Exchange, wait, and again, until the end is asked for."""
        pace = Pace(ended_at=self._monotonic() - 3600.0)
        while self._waited(pace):
            pace = self._cycle(pace)

    def _waited(self, pace: Pace) -> bool:
        with self._condition:
            while not self._is_ending:
                if self._starts_afresh:
                    pace, self._starts_afresh = try_again(pace), False
                in_use = is_in_use(self._since_input_s())
                pause = next_at(pace, in_use=in_use, wanted=self._is_wanted) - self._monotonic()
                if pause <= 0:
                    self._is_wanted = False
                    return True
                self._condition.wait(min(pause, _LONGEST_NAP_S))
            return False

    def _cycle(self, pace: Pace) -> Pace:
        began = self._monotonic()
        try:
            report = self._engine.run(cancelled=self._asked_to_end, report=self._tell)
        except KnownError as error:
            self.ended.emit(error)
            retry = error.retry_after_s if isinstance(error, RefusedError) else 0.0
            return after_failure(pace, at=self._monotonic(), retry_after_s=retry, fraction=self._fraction())
        except Exception as error:  # noqa: BLE001 - the thread's door: a fault is told, and the next cycle tries again
            self.ended.emit(reported(error))
            return after_failure(pace, at=self._monotonic(), retry_after_s=0.0, fraction=self._fraction())
        self.ended.emit(report)
        if report.goes_on:
            self.want()
        at = self._monotonic()
        return after_success(at=at, took_s=at - began, backoff_s=report.backoff_s, fraction=self._fraction())

    def _asked_to_end(self) -> bool:
        return self._is_ending

    def _tell(self, progress: Progress) -> None:
        self.progressed.emit(progress)
