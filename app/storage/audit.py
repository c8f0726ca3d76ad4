"""The audit as a vault holds it: this laptop's own chain, and at a data protection lead those of the others too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.bodies import Body

_CHAINS = """
SELECT a.agg_id, count(*) AS entries,
  (SELECT json_extract(l.body, '$.hash') FROM audit_entry l WHERE l.agg_id = a.agg_id
   ORDER BY json_extract(l.body, '$.seq') DESC LIMIT 1) AS head
 FROM audit_entry a GROUP BY a.agg_id ORDER BY min(a.rid)
"""
_BODIES = "SELECT body FROM audit_entry WHERE agg_id = ? ORDER BY json_extract(body, '$.seq')"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChain:
    """One laptop's chain, as far as it is held.

    Attributes:
        device: whose.
        entries: how many.
        head: hash of the last.
    """

    device: UUID
    entries: int
    head: str


def held_chains(connection: Connection) -> tuple[HeldChain, ...]:
    """Return the chains that are held; this laptop's own stands first."""
    return tuple(
        HeldChain(device=UUID(bytes=row.agg_id), entries=row.entries, head=row.head)
        for row in connection.exec_driver_sql(_CHAINS).all()
    )


def bodies_of(connection: Connection, device: UUID) -> Iterator[Body]:
    """Yield the entries of one chain in their order."""
    for (body,) in connection.exec_driver_sql(_BODIES, (device.bytes,)):
        yield msgspec.json.decode(body)
