"""Another key for the encrypted file itself (security.md 4.7): alone, on one connection, and never by a PRAGMA.

`PRAGMA rekey` left four readable copies of the key in memory (measured); `reset_key` takes a bytearray that is zeroed.
"""

from __future__ import annotations

from pathlib import Path

from sqlcipher3 import dbapi2

from app.errors import VaultError
from app.storage.connection import check_file, connect, known


def key_opens(path: Path, key: bytearray) -> bool:
    """Answer whether the file opens with a raw key; the key stays the caller's to clear.

    Raises:
        VaultError: the file is no vault at all, or cannot be read; a wrong key is an answer and no error.
    """
    check_file(path)
    try:
        connect(path, key).close()
    except VaultError as error:
        if error.code == "vault.could_not_open":
            return False
        raise
    return True


def generation_in(path: Path, key: bytearray) -> int:
    """Return the key generation that the identity row names: one behind, where a re-key was cut off.

    Raises:
        VaultError: the file does not open, or has no identity.
    """
    connection = connect(path, key)
    try:
        row: tuple[int] | None = connection.execute("SELECT generation FROM identity WHERE one = 1").fetchone()
    except dbapi2.OperationalError as error:
        raise VaultError("vault.swapped") from error
    finally:
        connection.close()
    if row is None:
        raise VaultError("vault.swapped")
    return row[0]


def change_key(path: Path, old: bytearray, new: bytearray) -> None:
    """Encrypt the file under another raw key. Nobody else has it open; both keys stay the caller's to clear.

    A kill or a power cut in the middle leaves a file that one of the two keys opens, whole.

    Raises:
        VaultError: it does not open with the old key, somebody else has it open, or the disk takes no more; then the
            old key opens it still.
    """
    connection = connect(path, old)
    copy = bytearray(new)
    try:
        _empty_log(connection)
        connection.reset_key(copy)
        _empty_log(connection)
    except dbapi2.Error as error:
        raise known(error) from error
    finally:
        copy[:] = bytes(len(copy))
        connection.close()


def _empty_log(connection: dbapi2.Connection) -> None:
    if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() != (0, 0, 0):
        raise VaultError("vault.busy")
