"""The running service: everything it is made of, put together once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import resources
from app.domain.clocks import bank_holidays
from app.domain.ids import IdSource
from app.domain.names import name_tables
from app.errors import ServiceError
from sync.central.alliance import AllianceReader
from sync.central.auth import DoorKeeper
from sync.central.blob_files import BlobFiles
from sync.central.blobs import Blobs
from sync.central.database import Database
from sync.central.due import Timekeeper
from sync.central.enrolling import Enroller
from sync.central.figures import Figurer
from sync.central.forgetting import Forgetter
from sync.central.journal import WithdrawalJournal
from sync.central.pair_finding import PairFinder
from sync.central.restoring import Replayed, Restored, replay_withdrawals, restore
from sync.central.reviews import Reviewer
from sync.central.settings import Settings
from sync.central.signing import read_keys
from sync.central.upcasting import VERSIONS, Versions
from sync.central.writing import Writer


class Service:
    """One central service.

    Attributes:
        database: its connections.
        keys: what it signs with.
        writer: the write transaction.
        door: who may come in.
        enroller: takes new devices in.
        timekeeper: what time brings about.
        forgetter: empties values that were replaced, after their time.
        reviewer: reminders of agreements.
        pairs: two charities' records that may be of one person.
        figurer: figures of each charity and of the alliance.
        files: the bytes of files beside records, on disk.
        blobs: takes them in and gives them out.
        clock: aware UTC.
        new_id: source of ids.
        versions: which versions of the record shapes take part.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], UUID],
        versions: Versions = VERSIONS,
    ) -> None:
        """Put a service together; nothing is opened before `open`."""
        self.settings = settings
        self.versions = versions
        self.clock = clock
        self.new_id = new_id
        self.database = Database(settings.postgres, size=settings.connections)
        self.keys = read_keys(settings.keys)
        self.alliance = AllianceReader(bank_holidays(resources.bank_holidays()))
        self.journal = WithdrawalJournal(settings.journal)
        self.files = BlobFiles(settings.files)
        self.blobs = Blobs(self.database, self.files)
        self.writer = Writer(self.database, self.alliance, self.journal)
        self.door = DoorKeeper(
            self.database,
            self.keys,
            audience=settings.audience,
            random_bytes=secrets.token_bytes,
        )
        self.enroller = Enroller(self.database, self.keys, audience=settings.audience, new_id=new_id)
        self.timekeeper = Timekeeper(self.database, self.writer, new_id)
        self.forgetter = Forgetter(self.database)
        self.reviewer = Reviewer(self.database, self.alliance, self.writer)
        common = resources.common_names()
        names = name_tables(groups=resources.nicknames(), common_given=common["given"], common_family=common["family"])
        self.pairs = PairFinder(self.database, self.writer, names)
        self.figurer = Figurer(self.database, self.alliance)

    def open(self) -> None:
        """Connect to the database.

        Raises:
            ServiceError: there is none, it was never migrated, or the role is not safe.
        """
        self.database.open()

    def replay_withdrawals(self) -> Replayed:
        """Put withdrawals into force that the journal knows and the database does not."""
        return replay_withdrawals(self.database, self.writer, self.journal, now=self.clock())

    def restore(self) -> Restored:
        """Make a database that was put back safe to serve from, before anybody is answered.

        Raises:
            ServiceError: `service.owner_missing`, or there is no database.
        """
        if not self.settings.owner:
            raise ServiceError("service.owner_missing")
        restored = restore(
            self.database,
            self.writer,
            self.journal,
            self.timekeeper,
            owner_url=self.settings.owner,
            clock=self.clock,
        )
        # Files are backed up by themselves: what the database knows of and they do not hold is offered again.
        self.blobs.compare_with_disk()
        return restored

    def close(self) -> None:
        """Give everything back."""
        self.database.close()


def now_utc() -> datetime:
    """Return the moment by this machine's clock: for the front doors."""
    return datetime.now(UTC)


def service_of(settings: Settings) -> Service:
    """Return the service as it runs in earnest."""
    return Service(settings, clock=now_utc, new_id=IdSource(now_utc, secrets.token_bytes))
