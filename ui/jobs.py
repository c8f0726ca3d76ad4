"""The one way off the window's thread: a single vault thread that does what is asked in the order asked for.

`work` runs on the vault thread and never touches a widget. Its answer comes back on the window's thread, to a
bound method of a `QObject`: on PySide6 6.12 a lambda connected to a worker's signal runs on the worker's thread
(measured). An answer whose receiver is gone, or whose job was cancelled, is dropped.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar, Final, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal
from shiboken6 import isValid
from typing_extensions import override

from app.errors import KnownError
from ui.collecting import Collector

T = TypeVar("T")

SLOW_AFTER_MS: Final = 400
"""Below this a wait is felt as part of the press; above it the page says what it waits for (Nielsen 1993)."""

_FRAMES_TOLD: Final = 12


class BugError(KnownError):
    """A fault of the program, told in words; `report` holds kinds and places, never what a record said."""

    default_code: ClassVar[str] = "program.fault"

    def __init__(self, report: str) -> None:
        """Keep the report that a person reads before it goes anywhere."""
        super().__init__(self.default_code)
        self.report = report


class Job(Generic[T]):
    """One piece of work that was asked for; keep it only to cancel it."""

    __slots__ = ("_done", "_failed", "_failure", "_is_cancelled", "_result", "_work")

    def __init__(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[KnownError], None]) -> None:
        self._work = work
        self._done = done
        self._failed = failed
        self._failure: KnownError | None = None
        self._result: list[T] = []
        self._is_cancelled = False

    def cancel(self) -> None:
        """Leave the work undone if it has not begun, and its answer untold if it has; a write is never undone."""
        self._is_cancelled = True

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._is_cancelled

    def work(self) -> None:
        """Do the work, on the vault thread."""
        if self._is_cancelled:
            return
        try:
            self._result.append(self._work())
        except KnownError as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 - the thread's door: a fault becomes a report, and work goes on
            self._failure = reported(error)

    def tell(self) -> None:
        """Hand the answer over, on the window's thread."""
        if self._is_cancelled:
            return
        if self._failure is not None:
            if _is_there(self._failed):
                self._failed(self._failure)
        elif self._result and _is_there(self._done):
            self._done(self._result[0])


class Jobs(QObject):
    """The vault thread and what waits for it.

    Signals:
        slow_changed: True when something has been waited for longer than 400 ms, False when all is answered.
        became_idle: Everything that was asked for is answered.
    """

    slow_changed = Signal(bool)
    became_idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting = 0
        self._is_slow = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SLOW_AFTER_MS)
        self._timer.timeout.connect(self._on_slow)
        # Where there is a second thread, only this one may collect.
        self._collector = Collector(self)
        self._thread = _VaultThread(self)
        self._thread.worked.connect(self._on_worked, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[KnownError], None],
        *,
        instead_of: Job[Any] | None = None,
    ) -> Job[T]:
        """Do `work` on the vault thread and tell `done` its result, or `failed` why not, on the window's thread.

        Args:
            work: Reads or writes the vault; touches no widget.
            done: A bound method of a `QObject`.
            failed: A bound method of a `QObject`; is told a `KnownError`, for a fault of ours a `BugError`.
            instead_of: An earlier job whose answer nobody needs any more, such as the last search.
        """
        _check_bound(done)
        _check_bound(failed)
        if instead_of is not None:
            instead_of.cancel()
        job = Job(work, done, failed)
        self._waiting += 1
        if not self._timer.isActive() and not self._is_slow:
            self._timer.start()
        self._thread.todo.put(job)
        return job

    @property
    def is_idle(self) -> bool:
        """Whether everything that was asked for is answered."""
        return self._waiting == 0

    def close(self) -> None:
        """Finish what was asked for, tell no more answers, and end the thread; writes in hand are kept."""
        self._thread.worked.disconnect(self._on_worked)
        self._timer.stop()
        self._thread.todo.put(None)
        self._thread.wait()
        self._collector.close()
        self._waiting = 0

    def _on_worked(self, job: Job[Any]) -> None:
        self._waiting -= 1
        try:
            job.tell()
        finally:
            if self._waiting == 0:
                self._rest()

    def _rest(self) -> None:
        self._timer.stop()
        if self._is_slow:
            self._is_slow = False
            self.slow_changed.emit(False)
        self.became_idle.emit()

    def _on_slow(self) -> None:
        self._is_slow = True
        self.slow_changed.emit(True)


class _VaultThread(QThread):
    """Takes one job after the other until it is handed None."""

    worked = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.todo: SimpleQueue[Job[Any] | None] = SimpleQueue()

    @override
    def run(self) -> None:
        """Work until the end is asked for."""
        while (job := self.todo.get()) is not None:
            job.work()
            self.worked.emit(job)


def _check_bound(receiver: Callable[..., None]) -> None:
    if not isinstance(getattr(receiver, "__self__", None), QObject):
        raise TypeError("an answer goes to a bound method of a QObject")


def _is_there(receiver: Callable[..., None]) -> bool:
    # The page may have been closed while the vault worked.
    return isValid(receiver.__self__)  # type: ignore[attr-defined]


def reported(error: Exception) -> BugError:
    """Return a report of kinds and places; the words of the error may quote a record and stay out."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_TOLD:]
    places = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    report = "\n".join([type(error).__name__, *places])
    logging.getLogger(__name__).error("fault: %s", report.replace("\n", " < "))
    return BugError(report)


def _short(filename: str) -> str:
    """Return the last two parts of a path: the folders above may hold somebody's name."""
    return "/".join(Path(filename).parts[-2:])
