"""Secrets as bytearrays that are cleared after use; nothing here knows what a secret is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.custody.erasing import KEY_BYTES, clear

__all__ = ["KEY_BYTES", "clear", "expand", "scratch"]


@contextmanager
def scratch(size: int) -> Iterator[bytearray]:
    """Lend a buffer of `size` bytes that is cleared on the way out, also after an error."""
    buffer = bytearray(size)
    try:
        yield buffer
    finally:
        clear(buffer)


def expand(secret: bytearray, *, info: bytes, salt: bytes | None = None) -> bytearray:
    """Return 32 bytes of HKDF-SHA256 (RFC 5869) over `secret`; the caller clears them."""
    key = bytearray(KEY_BYTES)
    HKDF(SHA256(), KEY_BYTES, salt, info).derive_into(secret, key)
    return key
