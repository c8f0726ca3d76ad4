"""What an audit extract holds, line by line: for an outsider, who checks it with a program of their own (ADR 0111).

The format is described in `docs/reference/audit-extract.md`. A line of an entry holds what is hashed, the hash and the
signature, and nothing else: the person is a random handle, the detail a commitment, staff are ids.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.domain.bodies import Body
from app.domain.canonical import canonical

FORMAT: Final = "alongside-audit-extract"
VERSION: Final = 1

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainToExtract:
    """One laptop's chain.

    Attributes:
        device: whose.
        algorithm: of its key.
        public: that key's public half, 32 bytes; empty where it is not known.
        entries: how many there are.
        head: hash of the last; empty where there is none.
        bodies: the entries as they are kept, in their order; read once.
    """

    device: UUID
    algorithm: str
    public: bytes
    entries: int
    head: str
    bodies: Iterable[Body]


def extract_lines(
    *,
    org: UUID,
    at: datetime,
    service_keys: Iterable[bytes],
    chains: Sequence[ChainToExtract],
    receipts: Iterable[Mapping[str, Any]] = (),
) -> Iterator[bytes]:
    """Yield the lines of an extract, each with its line feed.

    Args:
        org: whose laptops they are.
        at: when it is made.
        service_keys: the central service's public keys, 32 bytes each: by them receipts are believed.
        chains: what it holds.
        receipts: signed by the service, as they came.
    """
    head = {
        "t": "extract",
        "format": FORMAT,
        "version": VERSION,
        "org": str(org),
        "at": _milliseconds(at),
        "service_keys": [key.hex() for key in service_keys],
        "chains": [_chain(chain) for chain in chains],
    }
    entries = (_entry(body) for chain in chains for body in chain.bodies)
    signed = ({"t": "receipt", "receipt": dict(receipt)} for receipt in receipts)
    digest, count = hashlib.sha256(), 0
    for line in itertools.chain((head,), entries, signed):
        written = canonical(line) + b"\n"
        digest.update(written)
        count += 1
        yield written
    yield canonical({"t": "end", "lines": count, "sha256": digest.hexdigest()}) + b"\n"


def _chain(chain: ChainToExtract) -> dict[str, Any]:
    return {
        "device": str(chain.device),
        "alg": chain.algorithm,
        "public": chain.public.hex(),
        "entries": chain.entries,
        "head": chain.head,
    }


def _entry(body: Body) -> dict[str, Any]:
    return {
        "t": "entry",
        "version": 1,
        "device": body["device"],
        "seq": body["seq"],
        "previous": body["previous"],
        "at": _milliseconds(datetime.fromisoformat(body["at"])),
        "clock_doubt": body.get("clock_doubt", False),
        "actor": body["created_by"],
        "role": body["created_role"],
        "action": body["action"],
        "subject": body.get("subject", ""),
        "reason": body.get("reason", ""),
        "commitment": body.get("detail", ""),
        "app_version": body.get("app_version", ""),
        "hash": body["hash"],
        "sig": body.get("signature", ""),
    }


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
