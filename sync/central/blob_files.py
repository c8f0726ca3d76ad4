"""The bytes of files beside records, on disk: sealed as they came, each under the hash of what it holds.

They lie outside PostgreSQL (sync.md 9). Which of them are whole, and who may have them, the database knows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Final
from uuid import UUID

from app.errors import ServiceError
from sync.central.outcomes import RefusedError
from sync.protocol.messages import ErrorCode

NO_ROOM_RETRY_S: Final = 300
"""What a laptop waits whose file found no room: somebody has to make some."""


class FilesError(RefusedError):
    """Bytes cannot be written or read: the laptop is told to come back, and the operator that something is wrong."""

    def __init__(self) -> None:
        """Say that the service is busy with it."""
        super().__init__(ErrorCode.BUSY, retry_after_s=NO_ROOM_RETRY_S)


class BlobFiles:
    """The folder of sealed files; several processes may share it, also over a network file system."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first file."""
        self._folder = folder

    def prove_writable(self) -> None:
        """Make the folder, and a file in it that goes at once.

        Raises:
            ServiceError: `service.files_not_writable`.
        """
        probe = self._folder / f".probe-{os.getpid()}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            probe.unlink()
        except OSError as error:
            raise ServiceError("service.files_not_writable", value=str(self._folder)) from error

    def free_bytes(self) -> float:
        """Return how much room is left where the files lie; -1 where nobody can say."""
        try:
            return float(shutil.disk_usage(self._folder).free)
        except OSError:
            return -1.0

    def length(self, org: UUID, sha: bytes) -> int:
        """Return how many bytes of a file are here; 0 when there is none."""
        try:
            return self._path(org, sha).stat().st_size
        except OSError:
            return 0

    def write(self, org: UUID, sha: bytes, *, at: int, content: bytes) -> None:
        """Write a chunk where the one before it ended, and flush it; what a crash left beyond that is cut off.

        Raises:
            FilesError: there is no room, or the storage does not take it; what was there before is whole.
        """
        path = self._path(org, sha)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.truncate(at)
                file.seek(at)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FilesError from error

    def read(self, org: UUID, sha: bytes, *, at: int, count: int) -> bytes:
        """Return a piece of a file.

        Raises:
            FilesError: the storage does not give it.
        """
        try:
            with self._path(org, sha).open("rb") as file:
                file.seek(at)
                return file.read(count)
        except OSError as error:
            raise FilesError from error

    @contextmanager
    def open(self, org: UUID, sha: bytes) -> Iterator[BufferedReader]:
        """Open a file to look at all of it.

        Raises:
            FilesError: the storage does not give it.
        """
        try:
            file = self._path(org, sha).open("rb")
        except OSError as error:
            raise FilesError from error
        with file:
            yield file

    def has_hash(self, org: UUID, sha: bytes) -> bool:
        """Answer whether a file holds what its name says."""
        with self.open(org, sha) as file:
            return hashlib.file_digest(file, "sha256").digest() == sha

    def delete(self, org: UUID, sha: bytes) -> None:
        """Delete a file; one that is not there is gone already.

        Raises:
            FilesError: it does not go.
        """
        try:
            self._path(org, sha).unlink(missing_ok=True)
        except OSError as error:
            raise FilesError from error

    def _path(self, org: UUID, sha: bytes) -> Path:
        # Both are made of bytes: no text from outside is ever part of a path.
        name = sha.hex()
        return self._folder / org.hex / name[:2] / name
