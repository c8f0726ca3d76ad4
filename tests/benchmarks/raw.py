"""The floor of everything that is written: the same cipher, the same pragmas, one table, and no program around it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.storage.connection import connect


class RawVault:
    """A file that SQLCipher writes with the vault's own recipe."""

    def __init__(self, path: Path) -> None:
        """Make the file with one table of numbered rows."""
        path.touch(mode=0o600)
        self._connection: Any = connect(path, bytearray(b"x'" + os.urandom(32).hex().encode() + b"'"), fresh=True)
        self._connection.execute("CREATE TABLE row(rid INTEGER PRIMARY KEY, body TEXT)")

    def commit(self, bodies: Iterable[str | bytes]) -> None:
        """Write rows in one transaction; they are on the disk when this returns."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO row(body) VALUES (?)", ((body,) for body in bodies))
        self._connection.execute("COMMIT")

    def log_bytes(self) -> int:
        """Return how much the write-ahead log holds."""
        return Path(self._connection.execute("PRAGMA database_list").fetchone()[2] + "-wal").stat().st_size

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
