"""Digests of what a scope holds: laptop and service add up the same numbers and see at once when they differ.

The sums are plain additions, so a record that enters, changes or leaves moves them by its own words alone; buckets
then lead to the few records that differ (sync.md 3.2).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

BUCKETS: Final = 256
"""A bucket is the first byte of SHA-256(id): the first byte of a version 7 id is time, and all would fall into one."""

DIGEST_BYTES: Final = 16
SHORT_BYTES: Final = 8
"""How much of a record's digest travels when single records are compared."""

_WORDS = 4
"""How many numbers of four bytes a digest is."""


class Sums(NamedTuple):
    """How many records, and the sums of the four words of their digests."""

    n: int = 0
    s0: int = 0
    s1: int = 0
    s2: int = 0
    s3: int = 0

    def plus(self, digests: Iterable[bytes]) -> Sums:
        """Return the sums with so many records more, each given by its digest."""
        joined = b"".join(digests)
        # All words at once: one record after the other took fifteen times as long.
        words = struct.unpack(f">{len(joined) // 4}I", joined)
        added = (sum(words[place::_WORDS]) for place in range(_WORDS))
        return Sums(*(here + more for here, more in zip(self, (len(words) // _WORDS, *added), strict=True)))

    def moved(self, before: Sums, after: Sums) -> Sums:
        """Return the sums once a part of them that was `before` has become `after`."""
        return Sums(*(here - old + new for here, old, new in zip(self, before, after, strict=True)))


NOTHING: Final = Sums()
"""What no record at all adds up to."""


def record_digest(kind: str, record_id: UUID, rev: int, content_hash: bytes) -> bytes:
    """Return the first 16 bytes of SHA-256(type | id | rev | chash).

    Args:
        kind: the kind of record by the name it travels under.
        record_id: its id.
        rev: the service's revision.
        content_hash: SHA-256 of the canonical JSON of the service's body.
    """
    return hashlib.sha256(f"{kind}|{record_id}|{rev}|".encode() + content_hash).digest()[:DIGEST_BYTES]


def bucket_of(record_id: UUID) -> int:
    """Return the bucket of a record: the first byte of SHA-256(id)."""
    return hashlib.sha256(record_id.bytes).digest()[0]
