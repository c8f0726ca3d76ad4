"""Ops as they are kept once they were answered: the same to the last byte, to be offered to a service put back."""

from __future__ import annotations

from typing import Any

import msgspec

from app.domain.canonical import canonical

_BLOBS = frozenset({"op_id", "txn", "id", "agg_id", "actor"})
SEALED = (
    "seq",
    "lane",
    "op_id",
    "txn",
    "type",
    "id",
    "agg_id",
    "kind",
    "base_rev",
    "patch",
    "base",
    "cites",
    "hlc",
    "schema",
    "actor",
    "made_at",
)
"""The columns of an op from which it can be offered again, the same to the last byte."""

# Sent before, so it is never changed again.
_UNSEALED = {"lane_seq": None, "state": "sent", "tries": 0}
UNSEALED = (*SEALED, *_UNSEALED)
"""The columns of an answered op that is offered again, in the order in which `unsealed` returns them."""

_IN_SQL = {name: f"lower(hex({name}))" if name in _BLOBS else name for name in sorted(SEALED)}
SEALED_IN_SQL = "json_object(" + ", ".join(f"'{name}', {value}" for name, value in _IN_SQL.items()) + ")"
"""The same as `sealed` writes, for a statement over many rows of the outbox."""


def sealed(row: Any) -> str:
    """Return an op as it is kept once it was answered."""
    values = {name: getattr(row, name) for name in SEALED}
    return canonical({name: value.hex() if name in _BLOBS else value for name, value in values.items()}).decode()


def unsealed(envelope: str) -> dict[str, Any] | None:
    """Return an answered op as a row of the outbox; None for one that an older version kept in part."""
    values = msgspec.json.decode(envelope)
    if not values.keys() >= set(SEALED):
        return None
    row = {name: bytes.fromhex(values[name]) if name in _BLOBS else values[name] for name in SEALED}
    return row | _UNSEALED
