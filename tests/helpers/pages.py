"""The pages of a vault and its write-ahead log as plain bytes, decrypted by hand, so that a test can search them.

SQLCipher 4 (Zetetic, "SQLCipher design"): each page ends in 16 bytes of initialisation vector and 64 of HMAC; what is
before is AES-256-CBC; the first page begins with 16 bytes of salt. A raw key is used as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE = 4096
RESERVED = 80
SALT = 16
WAL_HEADER = 32
FRAME_HEADER = 24


def decrypted_pages(path: Path, key: bytes) -> Iterator[bytes]:
    """Yield every page of a vault and of its write-ahead log, free pages too.

    Args:
        path: the vault's file.
        key: the raw key as SQLCipher takes it, `x'<64 hex>'`.
    """
    raw_key = bytes.fromhex(key[2:-1].decode())
    content = path.read_bytes()
    for start in range(0, len(content), PAGE):
        yield _plain(content[start : start + PAGE], raw_key, is_first=start == 0)
    wal = path.with_name(path.name + "-wal")
    frames = wal.read_bytes()[WAL_HEADER:] if wal.exists() else b""
    for start in range(0, len(frames), FRAME_HEADER + PAGE):
        number = int.from_bytes(frames[start : start + 4], "big")
        page = frames[start + FRAME_HEADER : start + FRAME_HEADER + PAGE]
        if len(page) == PAGE:
            yield _plain(page, raw_key, is_first=number == 1)


def _plain(page: bytes, key: bytes, *, is_first: bool) -> bytes:
    start, end = (SALT if is_first else 0), PAGE - RESERVED
    vector = page[end : end + 16]
    decryptor = Cipher(AES(key), CBC(vector)).decryptor()
    return decryptor.update(page[start:end]) + decryptor.finalize()
