"""How the encrypted file is opened: the recipe of security.md 4.2 and nothing else."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from app.errors import DiskFullError, VaultError

PAGE_SIZE = 4096
"""SQLCipher's own default; 16 KB pages made look-ups 1.8 to 2 times slower (measured)."""

PLAIN_HEADER = b"SQLite format 3\x00"
POOL_SIZE = 4
"""GUI reads, the vault thread, the sync thread and one to spare."""

_SETTINGS = (
    # name, value, what must be read back (None: the pragma answers nothing useful)
    ("cipher_log_level", "NONE", None),  # SQLCipher writes to stderr by default
    ("temp_store", "2", 2),  # with 1, 240 000 canary lines reached a temporary file (measured)
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),  # NORMAL lost acknowledged commits in 61 % of simulated power cuts
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("secure_delete", "ON", 1),
    ("cache_size", "-65536", -65536),
)


def check_file(path: Path) -> None:
    """Refuse a file that cannot be a vault; never create or replace one.

    Raises:
        VaultError: `vault.missing`, `.empty`, `.truncated` or `.plain`.
    """
    if not path.exists():
        raise VaultError("vault.missing")
    size = path.stat().st_size
    if size == 0:
        raise VaultError("vault.empty")
    # A power cut while the write-ahead log is copied over tears the last page of a file that grows; the log heals it,
    # and the five checks come after it.
    if size < PAGE_SIZE or (size % PAGE_SIZE and not has_log(path)):
        raise VaultError("vault.truncated")
    with path.open("rb") as file:
        if file.read(len(PLAIN_HEADER)) == PLAIN_HEADER:
            raise VaultError("vault.plain")


def has_log(path: Path) -> bool:
    """Answer whether something stands in the write-ahead log: the program did not end by closing the vault."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def connect(path: Path, key: bytearray, *, fresh: bool = False) -> Any:
    """Open one connection with the raw key; `fresh` readies an empty file for its first table.

    Raises:
        VaultError: `vault.could_not_open` for a wrong key or a file that is no vault, which look the same.
    """
    connection = dbapi2.connect(
        path.as_uri() + "?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )
    copy = bytearray(key)
    try:
        connection.set_key(copy)
        if fresh:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        _settle(connection)
    except dbapi2.Error as error:
        connection.close()
        raise known(error) from error
    finally:
        copy[:] = bytes(len(copy))
    return connection


def _settle(connection: Any) -> None:
    """Set every pragma and read it back: any surprise closes the vault."""
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    for name, value, wanted in _SETTINGS:
        connection.execute(f"PRAGMA {name}={value}").fetchall()
        if wanted is not None and connection.execute(f"PRAGMA {name}").fetchone()[0] != wanted:
            raise VaultError("vault.setting_refused", setting=name)
    if not connection.execute("PRAGMA cipher_version").fetchone():
        raise VaultError("vault.not_encrypted")
    if connection.execute("PRAGMA cipher_use_hmac").fetchone()[0] != "1":
        raise VaultError("vault.setting_refused", setting="cipher_use_hmac")


def known(error: BaseException) -> VaultError:
    """Return the vault error for an error of the database: a code, never the statement or its values."""
    text = str(error.__cause__ or error)
    if "disk is full" in text or "database or disk is full" in text:
        return DiskFullError()
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return VaultError("vault.read_only")
    if "locked" in text:
        return VaultError("vault.busy")
    if "disk I/O error" in text:
        return VaultError("vault.write_failed")
    if "malformed" in text or "corrupt" in text:
        return VaultError("vault.damaged")
    return VaultError("vault.could_not_open")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the database and the file system into known errors, and let bugs rise."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError from error
        raise
    except (DatabaseError, dbapi2.DatabaseError) as error:
        if _is_ours(error):
            raise
        raise known(error) from error


def _is_ours(error: BaseException) -> bool:
    """Constraint and syntax errors are bugs of this program, not the world's."""
    cause = error.__cause__ or error
    if isinstance(cause, dbapi2.IntegrityError | dbapi2.ProgrammingError):
        return True
    text = str(cause)
    return "syntax error" in text or "no such" in text or "has no column" in text


def build_engine(path: Path, key: bytearray) -> Engine:
    """Return a pool whose connections are all open already; the key is zeroed and no other can be made.

    A connection that breaks later cannot be replaced, which means: lock (security.md 4.2, step 8).
    """

    def creator() -> Any:
        if not any(key):
            raise VaultError("vault.connection_lost")
        return connect(path, key)

    engine = create_engine(
        "sqlite+pysqlite://",
        module=dbapi2,
        creator=creator,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=0,
        # The connection used last has its pages decrypted still; in turns, each commit left three caches stale.
        pool_use_lifo=True,
        pool_timeout=10,
        hide_parameters=True,
    )
    try:
        connections = [engine.connect() for _ in range(POOL_SIZE)]
        for connection in connections:
            connection.close()
    finally:
        key[:] = bytes(len(key))
    return engine


def begin(connection: Connection, *, writes: bool) -> None:
    """Begin a transaction in the file: IMMEDIATE for one that writes; for all, readers would wait for the sync thread.

    Straight to the driver, and called by the vault: as a listener of the engine it had every statement look for
    listeners, a twentieth of an exchange.
    """
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.execute("BEGIN IMMEDIATE" if writes else "BEGIN").close()
