"""The withdrawal journal: every withdrawal, on other storage, flushed before it is acknowledged (sync.md 4, step 8).

A service restored from a backup replays it; without it a partner would be handed a withdrawn person again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from app.errors import ServiceError
from sync.central.outcomes import RefusedError
from sync.protocol.messages import ErrorCode

RETRY_AFTER_S = 60
"""What a laptop waits with a stop that could not be written down."""


class JournalError(RefusedError):
    """The storage of the journal cannot be written: a stop is answered "busy" and tried again by its laptop."""

    def __init__(self) -> None:
        """Say "busy"."""
        super().__init__(ErrorCode.BUSY, retry_after_s=RETRY_AFTER_S)


class WithdrawalJournal:
    """A file that only grows; one JSON line for each op of lane 0."""

    def __init__(self, file: Path) -> None:
        """Take the file; it is made with the first entry."""
        self._file = file

    def append(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write entries and flush them to the disk.

        Raises:
            JournalError: the storage cannot be written.
        """
        lines = b"".join(msgspec.json.encode(entry, order="sorted") + b"\n" for entry in entries)
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                _write_all(descriptor, lines)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise JournalError from error

    def prove_writable(self) -> None:
        """Open the file as for an entry, and write none: asking for rights alone would miss a dead storage.

        Raises:
            ServiceError: `service.journal_not_writable`.
        """
        try:
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        except OSError as error:
            raise ServiceError("service.journal_not_writable", value=str(self._file)) from error

    def is_writable(self) -> bool:
        """Answer whether the next withdrawal could be written down; writes nothing."""
        return os.access(self._file if self._file.exists() else self._file.parent, os.W_OK)

    def entries(self) -> list[dict[str, Any]]:
        """Return every entry, oldest first; a last line that was cut off is left out."""
        if not self._file.exists():
            return []
        whole = self._file.read_bytes().rpartition(b"\n")[0]
        return [msgspec.json.decode(line) for line in whole.split(b"\n") if line]


def _write_all(descriptor: int, payload: bytes) -> None:
    while payload:
        payload = payload[os.write(descriptor, payload) :]
