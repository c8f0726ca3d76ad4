"""The desk: where people work. It holds the open vault, the pages, the exchange, the idle clock and the lock."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication
from typing_extensions import override

import resources
from app.domain.access import Action, permitted
from app.domain.actor import Actor
from app.domain.clocks import bank_holidays, london_day
from app.errors import KnownError, UpdateError
from app.security.device_secret import SecretStore
from app.use_cases.laptop import OpenLaptop
from app.use_cases.settings import keep_setting, setting
from app.use_cases.sync_status import SyncStatus, status
from sync.client.asking import remember_service
from sync.protocol.messages import Revocation
from ui.changes import Changes
from ui.context import PageContext
from ui.copying import DailyCopy
from ui.front_door import FrontDoor
from ui.idle import IdleClock
from ui.jobs import Jobs
from ui.lease_day import write_lease_day
from ui.locking import Locking
from ui.look import Wardrobe
from ui.messages import words_of
from ui.opening import Opening
from ui.pages.help import HelpPage
from ui.pages.lease_over import LeaseOverPage
from ui.pages.settings import SettingsPage
from ui.pages.vault_page import VaultPage
from ui.places import LAST_PLACE, Place, entries_for, entry_keys, first_of, id_of, read_place
from ui.recovery_key import is_kept
from ui.sealing import OutboxSealer
from ui.shell import Shell
from ui.sync_side import SyncSide, is_lease_over
from ui.updating import UpdateWatch
from ui.view_models.settings_words import Look, Setting, read_look
from ui.view_models.sync_words import Said
from ui.widgets import Announcer, Manner
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    look: Look
    place: Place | None
    status: SyncStatus


class Desk(QObject):
    """One open vault in one window; needs no second process, so demo, tests and pictures use it as it is.

    Attributes:
        shell: The window; whoever builds the desk shows it.

    Signals:
        begun: The first page is open.
        locked: The laptop is locked, with the reason: nothing is shown, everything is kept, the vault is closed
            or could not be closed within a second. Whoever built the desk ends it.
        revoked: A `Revocation`: nothing is shown any more. Whoever built the desk ends it and gives the vault up.
    """

    begun = Signal()
    locked = Signal(str)
    revoked = Signal(object)

    def __init__(
        self,
        laptop: OpenLaptop,
        actor: Actor,
        front_door: FrontDoor,
        parent: QObject | None = None,
        *,
        store: SecretStore | None = None,
    ) -> None:
        """Build the window around an open vault.

        Args:
            laptop: the open vault; locking closes it, `close` leaves it to its owner.
            actor: who signed in.
            front_door: clocks, chance and policy.
            parent: of this object.
            store: where the mark lies; without one a lock is entered nowhere, as in a demonstration.
        """
        super().__init__(parent)
        self._laptop, self._actor, self._door = laptop, actor, front_door
        self._jobs, self._changes = Jobs(self), Changes(self)
        self._wardrobe = Wardrobe(self)
        self._wardrobe.wear()
        # A volunteer holds nobody whom one could look for.
        has_people = "people" in entry_keys(actor.roles)
        may_raise = permitted(actor.roles, Action.RAISE_CONCERN) is not None
        self.shell = Shell(
            entries_for(actor.roles), with_concern=may_raise, with_find=has_people, with_leave=has_people
        )
        self._announcer = Announcer(self.shell)
        self._idle = IdleClock(
            limit_s=front_door.policy.idle_lock_minutes * 60,
            monotonic=front_door.monotonic,
            clock=front_door.clock,
            parent=self,
        )
        self._sync = SyncSide(
            laptop, actor, front_door, jobs=self._jobs, changes=self._changes, idle=self._idle, parent=self
        )
        self._updates = UpdateWatch(front_door, parent=self)
        self._sealer = OutboxSealer(laptop, front_door, self._jobs, self)
        self.copies = DailyCopy(laptop.vault, self)
        self._opening = Opening(self.shell, self._jobs, self._give_context, self)
        self.context = self._make_context()
        self._locking = Locking(
            laptop,
            actor,
            front_door,
            store=store,
            shell=self.shell,
            jobs=self._jobs,
            sync=self._sync,
            idle=self._idle,
            sealer=self._sealer,
            parent=self,
        )
        self._is_lease_over = self._is_closed = False
        self._connect()
        self._idle.start()
        self._sync.begin()
        self._sealer.begin()

    # Going somewhere

    @property
    def page(self) -> VaultPage | None:
        """The page that is shown, None while the menu is."""
        return self._opening.page

    @property
    def page_key(self) -> str:
        """The key of the page that is shown."""
        return self._opening.key

    def begin(self) -> None:
        """Wear what was chosen and open the page that was left at the last lock of this day, or Today."""
        vault, actor, now = self._laptop.vault, self._actor, self._door.clock()
        day = london_day(now).isoformat()

        def read() -> _Beginning:
            place = read_place(setting(vault, name=LAST_PLACE), user=actor.user, day=day)
            return _Beginning(look=read_look(vault), place=place, status=status(vault, actor=actor))

        self._jobs.run(read, self._on_beginning, self._on_not_begun)

    def open(self, key: str, subject: object | None = None) -> None:
        """Open a page by its key, with its subject; while the lease is over only help is opened."""
        if self._is_lease_over and key != "help":
            return
        self._opening.open(key, subject)

    def start_sync(self) -> None:
        """Begin the exchange with the central service, when this laptop is enrolled, and the daily snapshot."""
        self._sync.start_sync()
        self.copies.begin()
        self._updates.begin()

    # Lock and end

    def lock(self, reason: str = "asked") -> None:
        """Hide everything, keep drafts and page, close the vault, then say `locked`, after one second at the latest."""
        day = london_day(self._door.clock()).isoformat()
        self._locking.lock(reason, self._opening.place(user=self._actor.user, day=day))

    def close(self) -> None:
        """End the threads and the window; the vault stays open for its owner. A second call changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        if not self._locking.has_begun:
            self._idle.stop()
        self._sync.pause()
        self.copies.end()
        self._sync.end_exchange()
        self._jobs.close()
        self.shell.forget_pages()
        self.shell.hide()
        self.shell.deleteLater()
        # Here and now: left to the garbage collector, it could end on another thread.
        self.deleteLater()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take closing the window as locking it: what was typed is kept first."""
        if event.type() == QEvent.Type.Close and watched is self.shell and not self._is_closed:
            event.ignore()
            self.lock("closed")
            return True
        return super().eventFilter(watched, event)

    def _make_context(self) -> PageContext:
        return PageContext(
            vault=self._laptop.vault,
            actor=self._actor,
            clock=self._door.clock,
            jobs=self._jobs,
            changes=self._changes,
            navigate=self.open,
            holidays=bank_holidays(resources.bank_holidays()),
            sync_now=self._sync.sync_now,
            is_recovery_kept=lambda: is_kept(self._laptop.paths),
            carry_unsent=self._sealer.carry,
            lock=self._on_lock_asked,
            policy=self._door.policy,
            updates=self._updates,
            hand_keys=self._sync.hand_keys,
        )

    def _connect(self) -> None:
        shell, idle, sync = self.shell, self._idle, self._sync
        shell.installEventFilter(self)
        shell.navigated.connect(self._on_navigated)
        self._opening.made.connect(self._on_made)
        shell.concern_raised.connect(self._on_concern)
        shell.leave_asked.connect(self._on_leave)
        shell.lock_asked.connect(self._on_lock_asked)
        shell.help_asked.connect(self._on_help)
        shell.details_asked.connect(self._on_details)
        shell.idle_answered.connect(idle.note_use)
        shell.text_scale_changed.connect(self._on_text_scale)
        idle.warned.connect(shell.show_idle_warning)
        idle.answered.connect(shell.hide_idle_warning)
        idle.ran_out.connect(self._on_idle)
        sync.said.connect(self._on_said)
        sync.status_read.connect(self._on_status)
        sync.arrived.connect(self._on_arrived)
        sync.new_counted.connect(self._on_new_counted)
        sync.trouble.connect(self._on_trouble)
        sync.revoked.connect(self._on_revoked)
        self.copies.failed.connect(self._on_copy_failed)
        self._updates.changed.connect(self._on_update_looked)
        self._locking.locked.connect(self.locked)

    # Pages

    def _give_context(self) -> PageContext:
        return self.context

    def _on_made(self, page: VaultPage) -> None:
        if isinstance(page, SettingsPage):
            page.look_chosen.connect(self._on_look_chosen)
        elif isinstance(page, HelpPage):
            page.show_support(self._door.policy.support_text)

    def _on_navigated(self, key: str) -> None:
        self.open(key)

    def _on_help(self) -> None:
        self.open("help")

    def _on_concern(self) -> None:
        """Open the page about whoever is in front: a page on a person, or nobody chosen yet."""
        self.open("concern", None if self.page is None else id_of(self.page.subject))

    def _on_leave(self) -> None:
        self.open("leaving_ward")

    def _on_details(self) -> None:
        self.open("sync")

    def _on_beginning(self, beginning: _Beginning) -> None:
        self._on_look_chosen(beginning.look)
        if is_lease_over(beginning.status, self._door.clock()):
            self._show_lease_over()
        else:
            self._opening.return_to(beginning.place)
        self.begun.emit()

    def _on_not_begun(self, error: KnownError) -> None:
        """Begin at the beginning: what cannot be read is said, and does not keep anybody out."""
        self._on_trouble(error)
        self._opening.return_to(None)
        self.begun.emit()

    # How the laptop stands

    def _on_said(self, said: Said) -> None:
        self.shell.set_status(Manner(said.manner), said.words)
        if isinstance(self.page, LeaseOverPage):
            self.page.show_progress(said.words)

    def _on_status(self, read: SyncStatus) -> None:
        self.shell.set_count("attention", read.needs_you)
        self._sealer.note_unsent(read.waiting.unsent)
        write_lease_day(self._door.paths, read.device.lease_until)
        remember_service(self._door.paths.service, read.device)
        is_over = is_lease_over(read, self._door.clock())
        if is_over and not self._is_lease_over and self.page is not None:
            self.lock("lease")
        elif self._is_lease_over and not is_over and read.at_head:
            self._set_lease_over(is_over=False)
            self.shell.forget_pages()
            self.open(first_of(self._actor.roles))

    def _set_lease_over(self, *, is_over: bool) -> None:
        """Take away what leads to records, or give it back."""
        self._is_lease_over = is_over
        self.shell.set_entries([] if is_over else entries_for(self._actor.roles))
        for way in (self.shell.header.search, self.shell.header.find_button, self.shell.status.details_button):
            way.setEnabled(not is_over)

    def _show_lease_over(self) -> None:
        self._set_lease_over(is_over=True)
        self._opening.show(LeaseOverPage(self.context), "lease_over").open()

    def _on_arrived(self, count: int) -> None:
        one = self.tr("1 new person agreed to be contacted.")
        many = filled(self.tr("{count} new people agreed to be contacted."), count=count)
        self._announcer.announce(one if count == 1 else many)

    def _on_new_counted(self, count: int) -> None:
        self.shell.set_count("team_inbox", count)

    def _on_update_looked(self) -> None:
        """Count what waits at the settings: an update that is ready, or a place that must not be trusted."""
        looked = self._updates.looked
        self.shell.set_count("settings", int(looked.update is not None or isinstance(looked.error, UpdateError)))

    def _on_trouble(self, error: KnownError) -> None:
        self.shell.set_status(Manner.ATTENTION, words_of(error).whole)
        if error.code == "vault.connection_lost":
            self.lock("connection")

    def _on_copy_failed(self, error: KnownError) -> None:
        """Say that the disk is full, which whoever works here can mend; the rest is in the log for IT."""
        if error.code == "vault.disk_full":
            self.shell.set_status(Manner.ATTENTION, words_of(KnownError("snapshot.disk_full")).whole)

    def _on_revoked(self, order: Revocation) -> None:
        """Hide in this very call; a desk that is being locked leaves it to the sign-in window or the next desk."""
        if self._locking.has_begun or self._is_closed:
            return
        self.shell.hide()
        QApplication.clipboard().clear()
        self.revoked.emit(order)

    # Look

    def _on_look_chosen(self, look: Look) -> None:
        self._wardrobe.wear(look.colours, look.text_scale)

    def _on_text_scale(self, text_scale: int) -> None:
        self._wardrobe.remember_text_scale(text_scale)
        vault, actor, now = self._laptop.vault, self._actor, self._door.clock()

        def keep() -> None:
            keep_setting(vault, actor=actor, now=now, name=Setting.TEXT_SCALE, value=str(text_scale))

        self._jobs.run(keep, self._on_kept, self._on_trouble)

    def _on_kept(self, _nothing: None) -> None:
        """Say nothing: the text has its size already."""

    # Lock

    def _on_lock_asked(self) -> None:
        self.lock("asked")

    def _on_idle(self) -> None:
        self.lock("idle")
