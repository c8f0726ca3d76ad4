"""Secrets that can be overwritten: their size, where their bytes come from, and how they are cleared."""

from __future__ import annotations

from collections.abc import Callable

KEY_BYTES = 32

RandomBytes = Callable[[int], bytes]
"""`n` -> `n` bytes of the operating system."""


def clear(*secrets: bytearray) -> None:
    """Overwrite each secret with zeros, in place."""
    for secret in secrets:
        secret[:] = bytes(len(secret))
