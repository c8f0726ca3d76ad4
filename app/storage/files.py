"""The sealed bytes of files beside the vault.

A file lies under the hash of its sealed bytes, never under a name that a person gave; without the vault, where its key
is, it is noise. Rows and bytes cannot be one commit: bytes come first and rows second, rows go first and bytes second,
and what a crash leaves in between no record speaks of, so it is swept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from app.errors import DiskFullError, VaultError
from app.sealed_file import CHUNK_BYTES, SEALED_CHUNK_BYTES, seal_file, sealed_size

FILES: Final = "files"
"""The folder beside the vault (`app.paths.LaptopPaths.files`)."""

_WHOLE, _PART = ".sealed", ".part"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC})


class FileStore:
    """The folder of sealed files; its parts may be used by the vault thread and the sync thread at once."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first file."""
        self.folder = folder
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def sealing(self, given: BinaryIO, *, key: bytes, most: int, name: str) -> Iterator[SealedHere]:
        """Seal what `given` holds into the folder, for the length of a block; without its record it goes again.

        Args:
            given: read once, from where it stands.
            key: 32 random bytes that seal nothing else.
            most: so many bytes it may have.
            name: random, for while its hash is not known.

        Raises:
            BadInputError: it is empty or too big.
            DiskFullError, VaultError: it cannot be written; nothing of it is left.
        """
        part = self.folder / (name + _PART)
        held = {part.name}
        with self._held(held):
            try:
                made = self._seal(part, given, key=key, most=most)
                whole = self.folder / (made.sha.hex() + _WHOLE)
                held.add(whole.name)
                with self._lock:
                    self._in_hand.add(whole.name)
                with _known():
                    part.replace(whole)
                    _sync_folder(self.folder)
            except BaseException:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            try:
                yield made
            except BaseException:
                with suppress(OSError):
                    whole.unlink(missing_ok=True)
                raise

    def is_here(self, sha: bytes, size: int) -> bool:
        """Answer whether the bytes of a file of `size` bytes are here, all of them."""
        return _length(self._whole(sha)) == sealed_size(size)

    @contextmanager
    def open(self, sha: bytes) -> Iterator[BufferedReader]:
        """Open the sealed bytes of a file.

        Raises:
            VaultError: `file.missing`.
        """
        try:
            opened = self._whole(sha).open("rb")
        except OSError as error:
            raise VaultError("file.missing") from error
        with opened:
            yield opened

    def chunks_got(self, sha: bytes) -> int:
        """Return how many whole chunks of a file that is being fetched are here."""
        return (_length(self._part(sha)) or 0) // SEALED_CHUNK_BYTES

    def bytes_got(self, sha: bytes) -> int:
        """Return how many bytes of a file that is being fetched are here."""
        return self.chunks_got(sha) * CHUNK_BYTES

    def take_in(self, sha: bytes, index: int, chunk: bytes, *, is_last: bool) -> None:
        """Keep the next chunk of a file that is being fetched; its sender's words about it were checked.

        Raises:
            DiskFullError, VaultError: it cannot be written.
            VaultError: `file.damaged`: with its last chunk it is not the file of that hash; nothing of it is left.
        """
        part = self._part(sha)
        with _known():
            self._make_folder()
            with part.open("r+b" if part.exists() else "xb") as file:
                file.truncate(index * SEALED_CHUNK_BYTES)
                file.seek(index * SEALED_CHUNK_BYTES)
                file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if not is_last:
                return
            with part.open("rb") as file:
                is_right = hashlib.file_digest(file, "sha256").digest() == sha
            if is_right:
                part.replace(self._whole(sha))
                _sync_folder(self.folder)
            else:
                part.unlink()
        if not is_right:
            raise VaultError("file.damaged")

    def sweep(self, kept: Callable[[], set[str]]) -> bool:
        """Delete what no record speaks of; answer whether all of that went.

        Args:
            kept: asked for the hashes that records speak of, after the folder was looked at: a file whose record was
                committed meanwhile is then among them.
        """
        try:
            names = [each.name for each in os.scandir(self.folder)]
        except FileNotFoundError:
            return True
        except OSError:
            return False
        with self._lock:
            in_hand = set(self._in_hand)
        hashes = kept()
        gone = True
        for name in names:
            if name not in in_hand and name.partition(".")[0] not in hashes:
                try:
                    (self.folder / name).unlink(missing_ok=True)
                except OSError:
                    gone = False
        return gone

    @contextmanager
    def _held(self, names: set[str]) -> Iterator[None]:
        with self._lock:
            self._in_hand |= names
        try:
            yield
        finally:
            with self._lock:
                self._in_hand -= names

    def _seal(self, part: Path, given: BinaryIO, *, key: bytes, most: int) -> SealedHere:
        digest = hashlib.sha256()
        with _known():
            self._make_folder()
            # O_EXCL: a link planted under the name is refused, not followed.
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:

                def put(chunk: bytes) -> None:
                    digest.update(chunk)
                    file.write(chunk)

                size = seal_file(given, put, key=key, most=most)
                file.flush()
                os.fsync(file.fileno())
        return SealedHere(sha=digest.digest(), size=size)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def _whole(self, sha: bytes) -> Path:
        return self.folder / (sha.hex() + _WHOLE)

    def _part(self, sha: bytes) -> Path:
        return self.folder / (sha.hex() + _PART)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHere:
    """A file as it was sealed: the hash of its sealed bytes, and how many bytes it had as it was given."""

    sha: bytes
    size: int


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError from error
        raise VaultError("vault.could_not_write", errno=error.errno) from error


def _length(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no handle to a folder that can be flushed."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
