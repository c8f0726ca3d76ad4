"""The five checks that tell a healthy vault from a damaged, shortened, swapped or older one (security.md 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlcipher3 import dbapi2

from app.errors import VaultError
from app.storage.connection import PAGE_SIZE, check_file, connect, has_log, known
from app.storage.tables import SCHEMA

ChainCheck = Callable[[Sequence[str]], None]
"""Is given the bodies of this laptop's audit entries in order; raises a VaultError at the first fault."""

# A chain begins when its vault is made; what comes later of other laptops, to a data protection lead, is theirs.
_OWN = "agg_id = (SELECT agg_id FROM audit_entry ORDER BY rid LIMIT 1)"
_CHAIN = f"SELECT body FROM audit_entry WHERE {_OWN} ORDER BY seq"  # noqa: S608 - fixed text
_HASH_AT = f"SELECT json_extract(body, '$.hash') FROM audit_entry WHERE {_OWN} AND seq = ?"  # noqa: S608 - fixed text

_HEAD = f"SELECT seq, json_extract(body, '$.hash') FROM audit_entry WHERE {_OWN} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - fixed text


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the gate knows of the vault from outside it.

    Attributes:
        vault_id: the id in the slots file.
        generation: the key generation the slot opened.
        least_audit_seq: the highest audit number the keyring's mark or the service's receipt has seen.
        audit_hash: hash of that entry, hexadecimal; empty when there is none.
    """

    vault_id: UUID
    generation: int
    least_audit_seq: int = 0
    audit_hash: str = ""


def quick_checks(connection: Any, expected: Expected, path: Path) -> None:
    """Check identity, size and the head of the audit chain: done at every opening.

    Raises:
        VaultError: `vault.swapped`, `.newer`, `.truncated` or `.older`.
    """
    _identity(connection, expected)
    _size(connection, path)
    _head(connection, expected)


def full_checks(path: Path, key: bytearray, expected: Expected, chain: ChainCheck) -> None:
    """Run all five checks alone, before the pool exists: after an unclean end, a re-key, a restore, once a day.

    The checkpoint comes first: without it 532 of 5 000 healthy crash states gave false alarms (measured).
    """
    connection = connect(path, key)
    try:
        _identity(connection, expected)
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() != (0, 0, 0):
            raise VaultError("vault.busy")
        _size(connection, path)
        if [row[0] for row in connection.execute("PRAGMA quick_check")] != ["ok"]:
            raise VaultError("vault.damaged")
        _head(connection, expected)
        chain([row[0] for row in connection.execute(_CHAIN)])
    except dbapi2.Error as error:
        raise known(error) from error
    finally:
        connection.close()
    # A bad page poisons later checks on its connection (sqlcipher/sqlcipher#617): a fresh one for the cipher.
    connection = connect(path, key)
    try:
        if connection.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
            raise VaultError("vault.damaged")
    finally:
        connection.close()


def check_copy(connection: Any, path: Path, expected: Expected, chain: ChainCheck) -> None:
    """Run all five checks on a closed copy through the one connection that made it.

    What it had in memory is given back first, and the cipher's check, which reads the file itself, comes last.

    Raises:
        VaultError: the first that failed.
        dbapi2.Error: the file cannot be read.
    """
    connection.execute("PRAGMA shrink_memory").fetchall()
    check_file(path)
    _identity(connection, expected)
    _size(connection, path)
    if [row[0] for row in connection.execute("PRAGMA quick_check")] != ["ok"]:
        raise VaultError("vault.damaged")
    _head(connection, expected)
    chain([row[0] for row in connection.execute(_CHAIN)])
    if connection.execute("PRAGMA cipher_integrity_check").fetchone() is not None:
        raise VaultError("vault.damaged")


def head_of(connection: Any) -> tuple[int, str]:
    """Return number and hash of the last entry of the laptop's own chain, 0 and nothing before the first."""
    return connection.execute(_HEAD).fetchone() or (0, "")


def _identity(connection: Any, expected: Expected) -> None:
    try:
        row = connection.execute("SELECT vault_id, generation, schema FROM identity WHERE one = 1").fetchone()
    except dbapi2.OperationalError as error:
        # An authentic but empty database has no identity table: it is not this vault.
        raise VaultError("vault.swapped") from error
    if row is None or row[0] != expected.vault_id.bytes or row[1] != expected.generation:
        raise VaultError("vault.swapped")
    if row[2] > SCHEMA:
        raise VaultError("vault.newer", schema=row[2], known=SCHEMA)


def _size(connection: Any, path: Path) -> None:
    """With an empty WAL the file is exactly its pages; with one, it can only be behind them."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    size = path.stat().st_size
    if size == 0 or (not has_log(path) and size != pages * PAGE_SIZE):
        raise VaultError("vault.truncated")


def _head(connection: Any, expected: Expected) -> None:
    if not expected.least_audit_seq:
        return
    row = connection.execute(_HASH_AT, (expected.least_audit_seq,)).fetchone()
    if row is None or (expected.audit_hash and row[0] != expected.audit_hash):
        raise VaultError("vault.older")
