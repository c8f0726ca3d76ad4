"""Takes the snapshot of the day while people work, on a thread of its own: nobody waits for it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import KnownError
from app.storage.backup import Snapshot
from app.storage.vault import Vault
from ui.jobs import Jobs
from ui.log_file import log_refusal

AFTER_MS: Final = 20_000
"""The first list after a sign-in, and the first exchange, have the disk to themselves."""

_EVERY_MS: Final = 3_600_000


class DailyCopy(QObject):
    """Looks soon after a sign-in and each hour whether a snapshot is due.

    Signals:
        failed: A `KnownError`: there is no snapshot of today, and why.
    """

    failed = Signal(object)

    def __init__(self, vault: Vault, parent: QObject) -> None:
        super().__init__(parent)
        self._vault = vault
        self._jobs: Jobs | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Begin to look."""
        self._timer.start(AFTER_MS)

    def look(self) -> None:
        """Take one now where it is due, in the background."""
        self._timer.start(_EVERY_MS)
        if self._jobs is None:
            self._jobs = Jobs(self)
        self._jobs.run(self._vault.snapshot_if_due, self._on_taken, self._on_failed)

    def end(self) -> None:
        """Look no more, stop a copy that runs, and wait for the thread. A second call changes nothing."""
        self._timer.stop()
        if self._jobs is not None:
            self._vault.snapshots.stop()
            self._jobs.close()
            self._jobs = None

    def _on_taken(self, _snapshot: Snapshot | None) -> None:
        """Say nothing: it is what everybody expects."""

    def _on_failed(self, error: KnownError) -> None:
        log_refusal(error)
        self.failed.emit(error)
