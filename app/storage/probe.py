"""Whether this machine can keep a vault: a throw-away one is made, written, closed, read and removed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2

from app.errors import VaultError
from app.storage.connection import PLAIN_HEADER, connect

_WORD: Final = "throw-away"
_WRONG: Final = "vault.probe_failed"


def probe(folder: Path, random_bytes: Callable[[int], bytes]) -> str:
    """Make, write, close, read and remove an encrypted file with a full-text index; returns SQLCipher's version.

    Args:
        folder: where; its own folder is made in it and removed.
        random_bytes: of the operating system.

    Raises:
        VaultError: `vault.probe_failed` with the step that failed, or whatever opening answers.
    """
    key, other = bytearray(random_bytes(32)), bytearray(random_bytes(32))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="probe-") as made:
            path = Path(made) / "probe.db"
            path.touch(mode=0o600)
            version = _write(path, key)
            _read(path, key)
            _refuse(path, other)
    except OSError as error:
        raise VaultError("vault.read_only", errno=error.errno) from error
    except dbapi2.Error as error:
        raise VaultError(_WRONG, step="sql") from error
    return version


def _write(path: Path, key: bytearray) -> str:
    with closing(connect(path, key, fresh=True)) as connection:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(word)")
        connection.execute("INSERT INTO probe VALUES (?)", (_WORD,))
        (version,) = connection.execute("PRAGMA cipher_version").fetchone()
    return str(version)


def _read(path: Path, key: bytearray) -> None:
    with closing(connect(path, key)) as connection:
        found = connection.execute("SELECT word FROM probe WHERE probe MATCH 'throw'").fetchall()
        if found != [(_WORD,)]:
            raise VaultError(_WRONG, step="read")
    raw = path.read_bytes()
    if raw.startswith(PLAIN_HEADER) or _WORD.encode() in raw:
        raise VaultError(_WRONG, step="encrypted")


def _refuse(path: Path, other: bytearray) -> None:
    try:
        connect(path, other).close()
    except VaultError:
        return
    raise VaultError(_WRONG, step="wrong_key")
