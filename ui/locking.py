"""Locking in its order: hide, keep what was typed, enter the lock, close the vault; what hangs is cut off."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.domain.actor import Actor
from app.errors import KnownError, VaultError
from app.security.device_secret import SecretStore
from app.use_cases.laptop import OpenLaptop, note_lock
from app.use_cases.settings import keep_setting
from ui.drafting import DraftKeeper
from ui.front_door import FrontDoor
from ui.idle import IdleClock
from ui.jobs import Jobs
from ui.places import LAST_PLACE, Place, written
from ui.sealing import OutboxSealer
from ui.shell import Shell
from ui.sync_side import SyncSide

CUT_MS: Final = 1_000
"""What hangs while locking is cut off here (security.md 5)."""


class Locking(QObject):
    """Locks one desk, once.

    Attributes:
        has_begun: The desk hides already.

    Signals:
        locked: The reason: nothing is shown, everything is kept, the vault is closed or could not be in a second.
    """

    locked = Signal(str)

    def __init__(
        self,
        laptop: OpenLaptop,
        actor: Actor,
        door: FrontDoor,
        *,
        store: SecretStore | None,
        shell: Shell,
        jobs: Jobs,
        sync: SyncSide,
        idle: IdleClock,
        sealer: OutboxSealer,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._laptop, self._actor, self._door, self._store = laptop, actor, door, store
        self._shell, self._jobs, self._sync, self._idle = shell, jobs, sync, idle
        self._sealer = sealer
        self.has_begun = False
        self._is_over = False
        self._reason = ""

    def lock(self, reason: str, place: Place | None) -> None:
        """Hide everything in this very call; the rest follows without holding anybody up.

        Args:
            reason: `asked`, `idle`, `lease`, `connection` or `closed`.
            place: where to return to.
        """
        if self.has_begun:
            return
        self.has_begun, self._reason = True, reason
        self._shell.hide()
        QTimer.singleShot(CUT_MS, self._on_cut)
        self._idle.stop()
        self._sync.pause()
        self._sealer.end()
        for keeper in self._shell.findChildren(DraftKeeper):
            keeper.keep_now()
        # Behind the drafts in the one row that the vault thread works off.
        self._jobs.run(lambda: self._note(place), self._on_noted, self._on_not_noted)

    def _note(self, place: Place | None) -> None:
        vault, actor, now = self._laptop.vault, self._actor, self._door.clock()
        keep_setting(vault, actor=actor, now=now, name=LAST_PLACE, value=written(place) if place is not None else "")
        # Before the mark (security.md 5); a disk that takes no more keeps the older file and holds no lock up.
        with suppress(VaultError):
            self._sealer.seal_at_lock()
        if self._store is not None:
            note_lock(vault, self._store, actor=actor, now=now, reason=self._reason)

    def _close_vault(self) -> None:
        # The exchange first: a pool is closed cleanly only when nobody holds a connection of it.
        self._sync.end_exchange()
        self._laptop.close()

    def _on_noted(self, _nothing: None) -> None:
        self._jobs.run(self._close_vault, self._on_closed, self._on_not_closed)

    def _on_not_noted(self, _error: KnownError) -> None:
        # A disk that is full or gone must not keep the screen open: what was acknowledged before is safe.
        self._on_noted(None)

    def _on_closed(self, _nothing: None) -> None:
        self._say_locked()

    def _on_not_closed(self, _error: KnownError) -> None:
        self._say_locked()

    def _on_cut(self) -> None:
        self._say_locked()

    def _say_locked(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.clipboard().clear()
        self.locked.emit(self._reason)
