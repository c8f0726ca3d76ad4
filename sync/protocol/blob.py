"""How a file beside a record travels: in chunks under the hash of its sealed bytes, each with its place in a header."""

from __future__ import annotations

import re
from typing import Final

from app.domain.attachment import MOST_BYTES
from sync.protocol.messages import BLOB

CHUNK_MOST_BYTES: Final = 1024 * 1024 + 16
"""A sealed chunk: 1 MiB of the file and its tag (`app.sealed_file`)."""

SEALED_MOST_BYTES: Final = MOST_BYTES + 16 * 25
"""A sealed file: 25 chunks at most."""

UPLOAD_OFFSET_HEADER: Final = "Upload-Offset"
CONTENT_RANGE_HEADER: Final = "Content-Range"
RANGE_HEADER: Final = "Range"

_HASH = re.compile(r"[0-9a-f]{64}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,10})-([0-9]{1,10})/([0-9]{1,10})")
_RANGE = re.compile(r"bytes=([0-9]{1,10})-([0-9]{0,10})")


def blob_path(sha: bytes) -> str:
    """Return under which path a file is sent and asked for."""
    return BLOB.replace("{sha256}", sha.hex())


def read_hash(text: str) -> bytes | None:
    """Return the hash of a path, None where it is none: only lower case, so that a file has one path."""
    return bytes.fromhex(text) if _HASH.fullmatch(text) else None


def content_range(at: int, count: int, total: int) -> str:
    """Return where a chunk lies, as its header says it (RFC 9110, 14.4)."""
    return f"bytes {at}-{at + count - 1}/{total}"


def read_content_range(text: str) -> tuple[int, int, int] | None:
    """Return place, count of bytes and size of the whole, None where a header does not say them."""
    found = _CONTENT_RANGE.fullmatch(text)
    if found is None:
        return None
    first, last, total = (int(number) for number in found.groups())
    return (first, last - first + 1, total) if first <= last < total <= SEALED_MOST_BYTES else None


def byte_range(at: int) -> str:
    """Return how to ask for the chunk at a place (RFC 9110, 14.2)."""
    return f"bytes={at}-{at + CHUNK_MOST_BYTES - 1}"


def read_byte_range(text: str) -> int | None:
    """Return from which place on is asked, the beginning without the header; None where it cannot be read."""
    if not text:
        return 0
    found = _RANGE.fullmatch(text)
    return None if found is None or int(found[1]) >= SEALED_MOST_BYTES else int(found[1])
