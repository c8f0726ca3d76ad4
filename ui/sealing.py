"""Keeps unsent work sealed beside the vault, for the day on which this laptop is revoked or breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.errors import KnownError, VaultError
from app.security.sealed_outbox import receivers_of
from app.security.slots_file import read_slots
from app.storage.unsent import UnsentMark, unsent_mark
from app.use_cases.laptop import OpenLaptop
from sync.client.rescue import SEAL_EVERY_S, Sealing, carry_sealed, keep_sealed
from ui.front_door import FrontDoor
from ui.jobs import Jobs

MOST_AT_LOCK: Final = 2_000
"""How many unsent changes are sealed while a lock waits."""

_EVERY_MS: Final = SEAL_EVERY_S * 1_000


class OutboxSealer(QObject):
    """Seals every ten minutes while the desk is open, and once when somebody asks on the vault thread."""

    def __init__(self, laptop: OpenLaptop, door: FrontDoor, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._laptop, self._door, self._jobs = laptop, door, jobs
        self._mark: UnsentMark | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.seal_soon)

    def begin(self) -> None:
        """Begin to look every ten minutes."""
        self._timer.start()

    def end(self) -> None:
        """Look no more."""
        self._timer.stop()

    def seal_soon(self) -> None:
        """Seal behind what the vault thread has in hand."""
        self._jobs.run(self.seal, self._on_sealed, self._on_not_sealed)

    def note_unsent(self, count: int) -> None:
        """Take the file away as soon as everything in it has reached the service."""
        if not count and self._door.paths.sealed_outbox.exists():
            self.seal_soon()

    def seal(self) -> int:
        """Seal here and now, on the vault thread; raises as `seal_unsent` does."""
        # Read before: what comes in between is sealed as well, and once more at the next look.
        mark = unsent_mark(self._laptop.vault)
        count = seal_unsent(self._laptop, self._door)
        self._mark = mark
        return count

    def seal_at_lock(self) -> None:
        """Seal what changed since the last time, on the vault thread; a lock has one second for everything.

        Sealing took 0.2 ms a change (measured): where very many are unsent, the file of at most ten minutes ago stays.

        Raises:
            VaultError: as `seal_unsent`.
        """
        mark = unsent_mark(self._laptop.vault)
        is_there = self._door.paths.sealed_outbox.exists()
        if is_there and (mark == self._mark or mark.count > MOST_AT_LOCK):
            return
        self.seal()

    def carry(self, folder: Path) -> Path:
        """Seal here and now, and copy the file into a folder that somebody chose; returns the copy.

        Raises:
            VaultError: `sealed.nothing`, or why the folder does not take it.
        """
        self.seal()
        return carry_sealed(self._door.paths.sealed_outbox, folder)

    def _on_sealed(self, _count: int) -> None:
        """Say nothing: it is there for a day that should not come."""

    def _on_not_sealed(self, _error: KnownError) -> None:
        """Say nothing: a disk that takes no more is told where something would be lost; the next look tries again."""


def seal_unsent(laptop: OpenLaptop, door: FrontDoor) -> int:
    """Seal what is unsent beside the vault; returns how many changes a person made are in the file.

    Raises:
        VaultError: it could not be written; what lay there before is whole.
    """
    paths = door.paths
    try:
        slots = read_slots(paths.slots)
    except VaultError as error:
        if error.code == "slots.missing":
            # A demonstration has a vault without slots: there is nobody to seal to.
            return 0
        raise
    sealing = Sealing(
        path=paths.sealed_outbox,
        vault_id=slots.vault_id,
        receivers=receivers_of(slots, laptop.person_id),
        random_bytes=door.random_bytes,
    )
    return keep_sealed(laptop.vault, sealing, now=door.clock())
