"""The vault: made once, opened with a key, and changed only through one unit of work at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from app.domain.actor import Actor
from app.domain.ids import IdSource
from app.errors import VaultError
from app.storage.backup import FOLDER, MOST, Snapshot, Snapshots, StoppedError
from app.storage.connection import begin, build_engine, check_file, connect, has_log, translated
from app.storage.file_queue import forget_removed, kept_files
from app.storage.files import FILES, FileStore
from app.storage.health import ChainCheck, Expected, full_checks, quick_checks
from app.storage.migrate import is_behind, migrate
from app.storage.put_out import take_in
from app.storage.reader import Reader
from app.storage.tables import SCHEMA
from app.storage.unit_of_work import RandomBytes, Seal, UnitOfWork

Reach = Callable[[str], None]


def _reach_nothing(_point: str, /) -> None:
    """Pass a crash point by."""


FORGOTTEN = "forgotten_since_snapshot"
"""Setting: counts what was forgotten since a snapshot was last made anew for it; absent while nothing was."""

SET_ASIDE = "set_aside_"
"""Beginning of the names of folders that hold a vault that did not pass its checks; it may hold what was forgotten."""

FILE_NAME = "vault.db"
_FIRST_DEVICE = (
    "INSERT INTO sync_device(one, lane_epoch, control_serial, hlc, address, audience, server_keys, last_trouble,"
    " audit_receipt) VALUES (1, ?, 0, '', '', '', '[]', '', '')"
)


class Vault:
    """An open vault. Reads and writes run in their own transactions and may come from several threads."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        *,
        ids: IdSource,
        seal: Seal,
        random_bytes: RandomBytes,
        snapshots: Snapshots,
    ) -> None:
        """Take an open engine; use `open_vault`."""
        self._engine, self.snapshots = engine, snapshots
        self.path = path
        self.files = FileStore(path.with_name(FILES))
        self.ids = ids
        self._seal = seal
        self.random_bytes = random_bytes

    @contextmanager
    def transaction(self, *, actor: Actor, now: datetime, clock_doubt: bool = False) -> Iterator[UnitOfWork]:
        """Open the one transaction of a use case: everything in it is kept, or nothing is."""
        with self.writing() as connection:
            work = UnitOfWork(
                connection,
                actor=actor,
                now=now,
                clock_doubt=clock_doubt,
                ids=self.ids,
                seal=self._seal,
                random_bytes=self.random_bytes,
            )
            yield work
            work.finish()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a write transaction for the outbox and what is held; records go through `transaction`."""
        with translated(), self._engine.connect() as connection, connection.begin():
            begin(connection, writes=True)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a consistent view to read from."""
        with translated(), self._engine.connect() as connection, connection.begin():
            begin(connection, writes=False)
            yield Reader(connection)

    def clean(self) -> bool:
        """Give back freed pages and empty the write-ahead log; True only when nothing deleted is left behind."""
        with translated(), self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            cursor = raw.cursor()
            cursor.execute("PRAGMA incremental_vacuum").fetchall()
            done = bool(cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0))
            cursor.close()
        return done

    def take_snapshot(self, *, is_only: bool = False, reach: Reach = _reach_nothing) -> Snapshot:
        """Copy the vault into one of the places beside it and check the copy; readers and writers go on meanwhile.

        Args:
            is_only: leave no older one: they hold what was deleted since.
            reach: called at each crash point.

        Raises:
            VaultError: there is no new one, and why; the vault is as it was.
        """
        with translated(), self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            return self.snapshots.take(raw, now=self.ids.now(), is_only=is_only, reach=reach)

    def snapshot_if_due(self) -> Snapshot | None:
        """Take the snapshot of the day, None where there is one. Raises as `take_snapshot`."""
        return self.take_snapshot() if self.snapshots.is_due(self.ids.now()) else None

    def renew_snapshots(self) -> bool:
        """Make anew the snapshots that hold what was forgotten since; True only when none holds it any more.

        Where a new one cannot be made, the old ones go all the same: what was withdrawn comes first. While a vault that
        was set aside lies beside this one, nobody can say what it holds, and nothing is reported as gone.
        """
        with self.reading() as read:
            forgotten = read.setting(FORGOTTEN)
        aside = any(self.path.parent.glob(f"{SET_ASIDE}*"))
        if not forgotten:
            return not aside
        try:
            if self.snapshots.all:
                self.take_snapshot(is_only=True)
        except StoppedError:
            return False
        except VaultError:
            try:
                self.snapshots.empty()
            except VaultError:
                return False
        with self.writing() as connection:
            # What was forgotten meanwhile raised the number: then they are made anew once more, in the next cycle.
            gone = connection.exec_driver_sql(
                "DELETE FROM setting WHERE name = ? AND value = ?", (FORGOTTEN, forgotten)
            )
            return gone.rowcount == 1 and not aside

    def sweep_files(self) -> bool:
        """Delete sealed bytes that no record speaks of any more; False when some could not be deleted."""

        def kept() -> set[str]:
            with self.reading() as read:
                return kept_files(read.connection)

        return self.files.sweep(kept)

    def forget_removed_files(self) -> None:
        """Let go of files taken away, half written by a crash, or still open in another program when it was locked."""
        with self.writing() as connection:
            forget_removed(connection)
        # What does not go now goes with the next clean-up.
        self.sweep_files()
        take_in(self.path.parent)

    def close(self) -> None:
        """Empty the write-ahead log, so that the next opening knows this end was clean, and close the pool."""
        self.snapshots.close()
        with suppress(VaultError):
            self.clean()
        self._engine.dispose()
        # A program that still shows one of them may hold it: the next start tries again.
        take_in(self.path.parent)


def create_vault(
    path: Path, key: bytearray, *, vault_id: UUID, generation: int, now: datetime, random_bytes: RandomBytes
) -> None:
    """Make the file, its tables and its identity row; refuse if anything of that name is there.

    Raises:
        VaultError: `vault.exists`, or why the folder cannot be written.
    """
    if any(path.with_name(path.name + end).exists() for end in ("", "-wal", "-shm")):
        raise VaultError("vault.exists")
    with translated():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except PermissionError as error:
            raise VaultError("vault.read_only") from error
        connection = connect(path, key, fresh=True)
        try:
            migrate(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO identity(one, vault_id, generation, schema, made_at, checked_on)"
                " VALUES (1, ?, ?, ?, ?, '')",
                (vault_id.bytes, generation, SCHEMA, int(now.timestamp() * 1000)),
            )
            connection.execute(_FIRST_DEVICE, (random_bytes(16),))
            connection.execute("INSERT INTO lane(lane, next_seq, acked) VALUES (0, 1, 0), (1, 1, 0)")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()


def open_vault(
    path: Path,
    key: bytearray,
    *,
    expected: Expected,
    ids: IdSource,
    seal: Seal,
    random_bytes: RandomBytes,
    chain: ChainCheck,
    today: str,
    progress: Callable[[str], None] = lambda _: None,
    with_snapshots: bool = True,
) -> Vault:
    """Check the vault and open it; the key is zeroed whatever happens.

    All five checks run after an unclean end (something left in the write-ahead log) and on the first opening
    of a day; otherwise identity, size and head. `progress` is told `checking` or `migrating` in between.

    Raises:
        VaultError: the reason in its code; the file was not changed.
    """
    try:
        check_file(path)
        if has_log(path) or _first_today(path, key, expected, today):
            progress("checking")
            full_checks(path, key, expected, chain)
        snapshots = Snapshots(
            path.with_name(FOLDER), key, expected=expected, chain=chain, places=MOST if with_snapshots else 0
        )
        try:
            _bring_up_to_date(path, key, today, progress, lambda source: snapshots.take(source, now=ids.now()))
            vault = Vault(
                build_engine(path, key), path, ids=ids, seal=seal, random_bytes=random_bytes, snapshots=snapshots
            )
            vault.forget_removed_files()
        except BaseException:
            snapshots.close()
            raise
        return vault
    finally:
        key[:] = bytes(len(key))


def _first_today(path: Path, key: bytearray, expected: Expected, today: str) -> bool:
    connection = connect(path, key)
    try:
        quick_checks(connection, expected, path)
        row: tuple[str] = connection.execute("SELECT checked_on FROM identity").fetchone()
    finally:
        connection.close()
    return row[0] != today


def _bring_up_to_date(
    path: Path, key: bytearray, today: str, progress: Callable[[str], None], snapshot: Callable[[Any], object]
) -> None:
    connection = connect(path, key)
    try:
        if is_behind(connection):
            progress("migrating")
            # First a copy that was checked: where there is no room for one, there is none for the change either.
            snapshot(connection)
            migrate(connection)
        connection.execute("UPDATE identity SET checked_on = ? WHERE checked_on <> ?", (today, today))
    finally:
        connection.close()
