"""The audit as a vault holds it: this laptop's own chain, and at a data protection lead those of the others too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.bodies import Body, plain
from app.domain.ids import PersonId

_CHAINS = """
SELECT a.agg_id, count(*) AS entries,
  (SELECT json_extract(l.body, '$.hash') FROM audit_entry l WHERE l.agg_id = a.agg_id
   ORDER BY json_extract(l.body, '$.seq') DESC LIMIT 1) AS head
 FROM audit_entry a GROUP BY a.agg_id ORDER BY min(a.rid)
"""
_SUBJECTS = """
SELECT agg_id, json_extract(body, '$.handle') AS handle, person FROM audit_subject
UNION SELECT ?, handle, person FROM subject_handle
"""
_NEWEST = """
SELECT agg_id, body FROM audit_entry WHERE json_extract(body, '$.at') >= ?
 ORDER BY json_extract(body, '$.at') DESC, rid DESC
"""
_ABOUT = """
SELECT a.body FROM audit_entry a WHERE (hex(a.agg_id) || json_extract(a.body, '$.subject')) IN
  (SELECT hex(agg_id) || json_extract(body, '$.handle') FROM audit_subject WHERE person = ?
   UNION SELECT ? || handle FROM subject_handle WHERE person = ?)
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


def newest_first(connection: Connection, since: datetime) -> Iterator[tuple[UUID, Body]]:
    """Yield what every held chain has since a moment, newest first, each with its laptop."""
    for device, body in connection.exec_driver_sql(_NEWEST, (plain(since),)):
        yield UUID(bytes=device), msgspec.json.decode(body)


def subjects(connection: Connection, own: UUID) -> dict[tuple[UUID, str], PersonId]:
    """Return whom the handles of each laptop stand for, as far as it is known here; `own` is this laptop."""
    rows = connection.exec_driver_sql(_SUBJECTS, (own.bytes,)).all()
    return {(UUID(bytes=row.agg_id), row.handle): PersonId(UUID(bytes=row.person)) for row in rows}


def about_person(connection: Connection, person: UUID, own: UUID) -> Iterator[Body]:
    """Yield the entries of every held chain that speak of one person; `own` is this laptop."""
    for (body,) in connection.exec_driver_sql(_ABOUT, (person.bytes, own.bytes.hex().upper(), person.bytes)):
        yield msgspec.json.decode(body)
