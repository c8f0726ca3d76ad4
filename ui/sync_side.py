"""The desk's side of the exchange: starts it for an enrolled laptop, and says how the laptop stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain import access
from app.domain.actor import Actor
from app.domain.codes import RecordType
from app.domain.ids import ReferralId
from app.domain.permissions import Action
from app.domain.schema import SCHEMA_VERSION
from app.errors import KnownError
from app.storage.exchange import SyncDevice
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.use_cases import handing_over, joining, referrals, sync_status
from app.use_cases.laptop import OpenLaptop
from app.use_cases.sync_status import SyncStatus
from sync.client.beside import OneBeside
from sync.client.engine import SyncEngine
from sync.client.handing_over import HandKeys
from sync.client.progress import CycleReport, Progress, Stage
from sync.client.signed import RevokedError
from sync.client.transport import Transport
from ui.changes import Changes
from ui.front_door import FrontDoor
from ui.idle import IdleClock
from ui.jobs import BugError, Job, Jobs
from ui.sync_worker import SyncWorker
from ui.view_models.registration import shipped_name_tables
from ui.view_models.sync_words import Said, bar_words

STATUS_EVERY_MS: Final = 30_000
"""Ages in the status line grow by themselves."""

PROGRESS_EVERY_S: Final = 3.0
"""The line changes at most this often while it counts (interface.md 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    status: SyncStatus
    new: frozenset[ReferralId]


class SyncSide(QObject):
    """Owns the sync worker and reads how the laptop stands after every change and every 30 seconds.

    Attributes:
        hand_keys: what work for a colleague is signed and opened with, by whoever is signed in.

    Signals:
        said: A `Said` for the status line.
        status_read: The `SyncStatus` it rests on.
        arrived: How many referrals arrived that nobody here has opened.
        new_counted: How many referrals wait to be opened by this team.
        trouble: A `KnownError` the pages cannot know of: the vault, the orders of the service.
        revoked: A `Revocation`: the service orders this laptop to give up its vault.
    """

    said = Signal(object)
    status_read = Signal(object)
    arrived = Signal(int)
    new_counted = Signal(int)
    trouble = Signal(object)
    revoked = Signal(object)

    def __init__(
        self,
        laptop: OpenLaptop,
        actor: Actor,
        door: FrontDoor,
        *,
        jobs: Jobs,
        changes: Changes,
        idle: IdleClock,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._laptop, self._actor, self._door = laptop, actor, door
        self._jobs, self._changes, self._idle = jobs, changes, idle
        self.hand_keys = HandKeys(
            signer=laptop.device_key,
            exchange=laptop.exchange,
            random_bytes=door.random_bytes,
            is_allowed=door.policy.allow_usb_handover,
        )
        self._worker: SyncWorker | None = None
        self._net: Transport | None = None
        self._beside = OneBeside()
        self._status: SyncStatus | None = None
        self._new: frozenset[ReferralId] | None = None
        self._job: Job[Any] | None = None
        self._is_telling = False
        self._progress_said_at = float("-inf")
        self._timer = QTimer(self)
        self._timer.setInterval(STATUS_EVERY_MS)
        self._timer.timeout.connect(self.read_status)
        changes.vault_changed.connect(self._on_vault_changed)

    @property
    def is_running(self) -> bool:
        """Whether the exchange goes on."""
        return self._worker is not None

    def begin(self) -> None:
        """Begin to say how the laptop stands."""
        self._timer.start()
        self.read_status()

    def start_sync(self) -> None:
        """Begin the exchange, if this laptop is enrolled; a second call changes nothing."""
        vault = self._laptop.vault
        self._jobs.run(lambda: Held(vault).device(), self._on_device, self._on_failed)

    def sync_now(self) -> None:
        """Ask for an exchange as soon as it may be; without a service nothing happens."""
        if self._worker is not None:
            self._worker.try_again()

    def read_status(self) -> None:
        """Read how the laptop stands."""
        self._job = self._jobs.run(self._read, self._on_read, self._on_failed, instead_of=self._job)

    def pause(self) -> None:
        """Read no more; the exchange goes on until `end_exchange`."""
        self._timer.stop()

    def end_exchange(self) -> None:
        """End the exchange and wait for it, on whichever thread may wait; what was taken in stays."""
        if self._worker is not None:
            self._worker.stop()
        self._beside.close()
        if self._net is not None:
            self._net.close()

    def _read(self) -> _Read:
        vault, actor = self._laptop.vault, self._actor
        new: frozenset[ReferralId] = frozenset()
        if access.permitted(actor.roles, Action.ANSWER_REFERRAL) is not None:
            inbox = referrals.inbox(vault, actor=actor, now=self._door.clock())
            new = frozenset(row.referral_id for row in inbox.new)
        return _Read(status=sync_status.status(vault, actor=actor), new=new)

    def _on_read(self, read: _Read) -> None:
        self._status = read.status
        arrived = len(read.new - self._new) if self._new is not None else 0
        self._new = read.new
        self.status_read.emit(read.status)
        self.said.emit(bar_words(read.status, self._door.clock()))
        self.new_counted.emit(len(read.new))
        if arrived:
            self.arrived.emit(arrived)

    def _on_device(self, device: SyncDevice) -> None:
        if self._worker is not None or device.device_id is None:
            return
        door, vault = self._door, self._laptop.vault
        self._net = Transport(
            address=device.address,
            audience=device.audience,
            signer=self._laptop.device_key,
            schema=SCHEMA_VERSION,
            random_bytes=door.random_bytes,
            monotonic=door.monotonic,
            proxy=door.proxy,
        )
        engine = SyncEngine(
            outbox=Outbox(vault),
            held=Held(vault),
            net=self._net,
            clock=door.clock,
            monotonic=door.monotonic,
            beside=self._beside,
            hand_keys=self.hand_keys if handing_over.is_permitted(self._actor) else None,
            user=self._actor.user,
            takes_figures=True,
        )
        self._worker = SyncWorker(
            engine,
            monotonic=door.monotonic,
            fraction=door.fraction,
            since_input_s=self._idle.since_use_s,
            parent=self,
        )
        self._worker.progressed.connect(self._on_progressed)
        self._worker.ended.connect(self._on_ended)
        self._worker.start()

    def _on_vault_changed(self, _kinds: frozenset[RecordType]) -> None:
        self.read_status()
        # What came from the service is not sent back to it; what a person changed here is.
        if self._worker is not None and not self._is_telling:
            self._worker.sync_now()

    def _on_progressed(self, progress: Progress) -> None:
        self._tell(progress.changed)
        now = self._door.monotonic()
        if now - self._progress_said_at < PROGRESS_EVERY_S:
            return
        words = self._progress_words(progress)
        if words:
            self._progress_said_at = now
            self.said.emit(Said(words=words))

    def _on_ended(self, outcome: CycleReport | KnownError) -> None:
        if isinstance(outcome, CycleReport):
            self._tell(outcome.changed)
            self._jobs.run(self._look_for_pairs, self._on_pairs, self._on_failed)
        elif isinstance(outcome, RevokedError):
            self.revoked.emit(outcome.order)
            return
        elif isinstance(outcome, BugError):
            self.trouble.emit(outcome)
        self.read_status()

    def _look_for_pairs(self) -> int:
        vault, actor = self._laptop.vault, self._actor
        return joining.look_for_pairs(vault, actor=actor, now=self._door.clock(), names=shipped_name_tables())

    def _on_pairs(self, found: int) -> None:
        if found:
            self._changes.tell(frozenset({RecordType.TASK}))

    def _on_failed(self, error: KnownError) -> None:
        self.trouble.emit(error)

    def _tell(self, kinds: frozenset[RecordType]) -> None:
        self._is_telling = True
        self._changes.tell(kinds)
        self._is_telling = False

    def _progress_words(self, progress: Progress) -> str:
        if progress.stage in (Stage.SENDING, Stage.SENDING_STOPS) and self._status is not None:
            total = max(self._status.waiting.unsent, progress.done)
            return self.tr("Sending {done} of {total}.").format(done=progress.done, total=total) if total else ""
        if progress.stage is Stage.GETTING and progress.first_load:
            return self.tr("Fetching, {done} so far. Not complete yet.").format(done=progress.done)
        return ""


def is_lease_over(status: SyncStatus, now: datetime) -> bool:
    """Answer whether the laptop must have been in contact before it shows records again."""
    return status.enrolled and status.device.lease_until is not None and status.device.lease_until <= now
