"""The bytes of a file in sealed chunks: each can be checked by itself, sent by itself, and gone on from after a cut.

    file    = chunk 0 | chunk 1 | … | chunk n - 1            n = max(1, ceil(size / 1 MiB))
    chunk i = AES-256-GCM(key, 1 MiB of the file, the last one what is left;
              nonce = i, 12 bytes, most significant first;
              AAD = "alongside/file/1" | 0 | i, 8 bytes, most significant first | 1 for the last chunk, else 0)

The key is random and seals this one file, so a counter never repeats under it. A chunk that was moved, repeated, left
out, or taken for the last one when it is not does not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
Vizár, CRYPTO 2015, with the flag in the additional data). `docs/sync/protocol.md` has the same words and a vector.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import Buffer, override

from app.errors import BadInputError, VaultError

CHUNK_BYTES: Final = 1024 * 1024
"""Of the file in one chunk; the last one has what is left."""
TAG_BYTES: Final = 16
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES

_FORMAT: Final = b"alongside/file/1\x00"


def chunk_count(size: int) -> int:
    """Return in how many chunks a file of `size` bytes lies."""
    return max(1, -(-size // CHUNK_BYTES))


def sealed_size(size: int) -> int:
    """Return how many bytes a file of `size` bytes weighs when it is sealed."""
    return size + TAG_BYTES * chunk_count(size)


def seal_chunk(key: bytes, index: int, content: bytes, *, is_last: bool) -> bytes:
    """Return one chunk, sealed; only a new file may be sealed with a key, and each of its chunks once."""
    return AESGCM(key).encrypt(_nonce(index), content, _bound(index, is_last=is_last))


def open_chunk(key: bytes, index: int, sealed: bytes, *, is_last: bool) -> bytes:
    """Return one chunk of a file.

    Raises:
        VaultError: `file.damaged`: it is not that chunk of that file.
    """
    try:
        return AESGCM(key).decrypt(_nonce(index), sealed, _bound(index, is_last=is_last))
    except InvalidTag as error:
        raise VaultError("file.damaged") from error


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _bound(index: int, *, is_last: bool) -> bytes:
    return _FORMAT + index.to_bytes(8, "big") + bytes([is_last])


class OpenedFile(io.RawIOBase):
    """A sealed file, read as what it holds; one chunk is in memory at a time, checked before any of it is given."""

    def __init__(self, sealed: BinaryIO, *, key: bytes, size: int) -> None:
        """Take the sealed bytes, their key and how many bytes the file has."""
        super().__init__()
        self._sealed = sealed
        self._key = key
        self._size = size
        self._place = 0
        self._index = -1
        self._chunk = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._place

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._place = start + offset
        return self._place

    @override
    def readinto(self, buffer: Buffer) -> int:
        """Fill `buffer` from where it stands; may fill less than all of it.

        Raises:
            VaultError: `file.damaged`.
        """
        target = memoryview(buffer).cast("B")
        if self._place >= self._size:
            return 0
        index, within = divmod(self._place, CHUNK_BYTES)
        piece = self._at(index)[within : within + len(target)]
        if not piece:
            raise VaultError("file.damaged")
        target[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    @override
    def close(self) -> None:
        """Let the chunk in hand go; whoever opened the sealed bytes closes them."""
        self._chunk = b""
        super().close()

    def _at(self, index: int) -> bytes:
        if index != self._index:
            self._sealed.seek(index * SEALED_CHUNK_BYTES)
            sealed = self._sealed.read(SEALED_CHUNK_BYTES)
            is_last = index == chunk_count(self._size) - 1
            chunk = open_chunk(self._key, index, sealed, is_last=is_last)
            if len(chunk) != min(CHUNK_BYTES, self._size - index * CHUNK_BYTES):
                raise VaultError("file.damaged")
            self._chunk, self._index = chunk, index
        return self._chunk


def open_file(sealed: BinaryIO, *, key: bytes, size: int) -> BinaryIO:
    """Return what a sealed file holds, to be read from anywhere in it; a read raises `file.damaged` as `open_chunk`."""
    return io.BufferedReader(OpenedFile(sealed, key=key, size=size))


def seal_file(given: BinaryIO, put: Callable[[bytes], object], *, key: bytes, most: int) -> int:
    """Seal what `given` holds, chunk by chunk; returns how many bytes it had.

    Args:
        given: read once, from where it stands to its end.
        put: is handed each sealed chunk.
        key: 32 random bytes that seal nothing else.
        most: so many bytes it may have.

    Raises:
        BadInputError: `attachment.size.out_of_range` or `.required`; nobody needs what was handed out by then.
    """
    size, index = 0, 0
    content = _read_full(given)
    while True:
        following = _read_full(given) if len(content) == CHUNK_BYTES else b""
        size += len(content)
        if size > most:
            raise BadInputError.at("attachment", "size", "out_of_range", most=most)
        if not size:
            raise BadInputError.at("attachment", "size", "required")
        put(seal_chunk(key, index, content, is_last=not following))
        if not following:
            return size
        content, index = following, index + 1


def _read_full(given: BinaryIO) -> bytes:
    """Return the next whole chunk of a file, less at its end: a raw file may give less than was asked for."""
    pieces: list[bytes] = []
    missing = CHUNK_BYTES
    while missing and (piece := given.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
