"""The desk as a process of its own: waits for the keys, opens the vault, and after a lock leaves a gate behind."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.actor import Actor
from app.errors import KnownError, SignInError, VaultError
from app.security.device_secret import SecretStore
from app.security.key_pipe import read_keys
from app.security.lock import SingleInstance
from app.security.opened_keys import OpenedKeys
from app.security.slots_file import read_slots
from app.storage.backup import Snapshot
from app.storage.held import Held
from app.use_cases.key_life import close_places_of_leavers
from app.use_cases.laptop import OpenLaptop, actor_of, note_sign_in, note_slots, open_laptop
from app.use_cases.rekeying import Ground
from app.use_cases.restoring import ask_restore, ask_to_keep_older, forget_set_aside, note_restored
from sync.protocol.messages import Revocation
from ui.desk import Desk
from ui.front_door import FrontDoor
from ui.giving_up import GivingUpFlow
from ui.giving_up_work import give_up_open
from ui.hand_over import Told, pipes_of_argument, tell
from ui.jobs import Jobs
from ui.log_file import log_refusal
from ui.look import Wardrobe
from ui.machine import write_schema
from ui.pages.open_failed import OpenFailedPage, offered
from ui.shell import Window
from ui.warming import warm_up


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    laptop: OpenLaptop
    actor: Actor
    store: SecretStore


class DeskProcess(QObject):
    """Opens the vault with the keys it was sent, and owns what follows.

    Attributes:
        desk: The desk, None until the vault is open.
        window: Shown instead when the vault could not be opened.

    Signals:
        ready: The desk is there and its first page opens.
        failed: A `KnownError`; the window says it.
        ended: The process ends; True when a gate is to be started.
    """

    ready = Signal()
    failed = Signal(object)
    ended = Signal(bool)

    def __init__(self, door: FrontDoor, keys: OpenedKeys, told_fd: int, parent: QObject | None = None) -> None:
        """Take the keys, which are cleared as soon as the vault is open, and where the gate listens."""
        super().__init__(parent)
        self._door, self._keys, self._told_fd = door, keys, told_fd
        self._lock = SingleInstance(door.paths.lock)
        # The vault is opened off the window's thread; the desk brings a vault thread of its own.
        self._jobs = Jobs(self)
        self.desk: Desk | None = None
        self.window: Window | None = None
        self.giving_up: GivingUpFlow | None = None
        self._opened: _Opened | None = None

    def begin(self) -> None:
        """Open the vault."""
        self._jobs.run(self._open, self._on_opened, self._on_failed)

    def close(self) -> None:
        """End the threads and the windows, as tests do; the real process just ends."""
        self._jobs.close()
        if self.desk is not None:
            self.desk.close()
        if self.giving_up is not None:
            self.giving_up.close()
        if self.window is not None:
            self.window.hide()
            self.window.deleteLater()
        self._lock.release()
        self.deleteLater()

    def _open(self) -> _Opened:
        """Take the lock the gate gave up, open the vault, and enter the sign-in.

        Raises:
            VaultError: why it was not opened; nothing was changed.
        """
        door = self._door
        try:
            self._lock.acquire_soon(monotonic=door.monotonic, pause=time.sleep)
            slots = read_slots(door.paths.slots)
            store = door.store_for(slots.keyring, slots.vault_id)
            laptop = open_laptop(door.paths, self._keys, door.means(store), progress=self._tell_progress)
            write_schema(door.paths)
        finally:
            self._keys.clear()
        try:
            now = door.clock()
            actor = actor_of(laptop.vault, laptop.person_id, now=now, device=Held(laptop.vault).device().device_id)
            note_restored(laptop.vault, store, door.paths, actor=actor, now=now)
            note_sign_in(laptop.vault, store, actor=actor, now=now)
            with suppress(VaultError):
                forget_set_aside(laptop.vault, door.paths, actor=actor, now=now)
            # A folder that takes nothing holds nobody up: it is tried again at the next sign-in.
            with suppress(VaultError):
                close_places_of_leavers(Ground(paths=door.paths, means=door.means(store)), laptop.vault)
            note_slots(laptop.vault, store, door.paths, actor=actor, now=now)
        except KnownError:
            laptop.close()
            raise
        return _Opened(laptop=laptop, actor=actor, store=store)

    def _tell_progress(self, stage: str) -> None:
        told = {"checking": Told.CHECKING, "migrating": Told.MIGRATING}.get(stage)
        if told is not None:
            tell(self._told_fd, told)

    def _on_opened(self, opened: _Opened) -> None:
        desk = Desk(opened.laptop, opened.actor, self._door, self, store=opened.store)
        self.desk, self._opened = desk, opened
        desk.begun.connect(self._on_begun)
        desk.locked.connect(self._on_locked)
        desk.revoked.connect(self._on_revoked)
        desk.begin()

    def _on_begun(self) -> None:
        assert self.desk is not None
        self.desk.shell.resize(1280, 860)
        self.desk.shell.show()
        tell(self._told_fd, Told.SHOWN)
        self.desk.start_sync()
        self.ready.emit()

    def _on_locked(self, reason: str) -> None:
        self.ended.emit(reason != "closed")

    def _on_revoked(self, order: Revocation) -> None:
        """Close the desk at once, and give the vault up behind a page that says so."""
        desk, opened = self.desk, self._opened
        assert desk is not None
        assert opened is not None
        desk.close()
        self.desk = None
        flow = GivingUpFlow(self._door, self._jobs, can_set_up=False, parent=self)
        flow.close_asked.connect(self._on_close)
        self.giving_up = flow
        self._show_window(flow.page)
        flow.begin(lambda: give_up_open(self._door, opened.laptop, opened.store, order))

    def _on_failed(self, error: KnownError) -> None:
        """Say why in a window of this process: the gate has no business with the vault."""
        log_refusal(error)
        offer = offered(error.code, self._door.paths.snapshots)
        page = OpenFailedPage(error, self._door.policy.support_text, offer=offer, now=self._door.clock())
        page.restore_asked.connect(self._on_restore)
        page.keep_asked.connect(self._on_keep)
        page.again_asked.connect(self._on_again)
        page.close_asked.connect(self._on_close)
        self._show_window(page)
        tell(self._told_fd, Told.FAILED)
        self.failed.emit(error)

    def _show_window(self, page: QWidget) -> None:
        Wardrobe(self).wear()
        self.window = Window()
        self.window.setWindowTitle("Alongside")
        self.window.resize(900, 700)
        self.window.setCentralWidget(page)
        self.window.show()
        page.setFocus()

    def _on_restore(self, snapshot: Snapshot, fault: str) -> None:
        """Note the wish, and let somebody sign in: only that brings the key, and it is the second look."""
        self._wish(lambda: ask_restore(self._door.paths, snapshot, fault=fault, now=self._door.clock()))

    def _on_keep(self, fault: str) -> None:
        self._wish(lambda: ask_to_keep_older(self._door.paths, fault=fault, now=self._door.clock()))

    def _wish(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        except VaultError as error:
            self._on_failed(error)
            return
        self.ended.emit(True)

    def _on_again(self) -> None:
        self.ended.emit(True)

    def _on_close(self) -> None:
        self.ended.emit(False)


@dataclass(slots=True)
class _Leaving:
    """How a desk process ends: at once, with nothing of the records left in any memory."""

    gate_command: tuple[str, ...]
    end: Callable[[int], None] = field(default=os._exit)

    def leave(self, starts_gate: bool) -> None:
        # A new process, and this one's memory is gone with it: strings cannot be cleared (security.md 5).
        if starts_gate:
            subprocess.Popen(self.gate_command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
        self.end(0)


def run_desk(door: FrontDoor, argument: str, *, watch: Callable[[DeskProcess], None] | None = None) -> int:
    """Wait for the keys, then be the desk until it is locked; returns only when no keys came.

    Args:
        door: the front door.
        argument: what the gate said about the pipes.
        watch: is shown the process before it begins; tests act through it.
    """
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    keys_fd, told_fd = pipes_of_argument(argument)
    warm_up()
    try:
        keys = read_keys(keys_fd)
    except SignInError:
        # The gate was closed before anybody signed in: nobody waits for this desk.
        return 0
    process = DeskProcess(door, keys, told_fd)
    leaving = _Leaving(gate_command=door.gate_command)
    process.ended.connect(leaving.leave)
    if watch is not None:
        watch(process)
    process.begin()
    return application.exec()
