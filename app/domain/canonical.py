"""Canonical JSON: one value, one sequence of bytes, so that it can be hashed and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

_SORTED = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """Return canonical JSON: sorted keys, no spaces, UTF-8."""
    return _SORTED(value)


def body_hash(body: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a body's canonical JSON (`chash` of sync.md 3.2)."""
    return text_hash(canonical(body))


def text_hash(text: bytes) -> bytes:
    """Return the hash of a body from its canonical JSON."""
    return hashlib.sha256(text).digest()
