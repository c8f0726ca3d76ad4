"""What a change of the directory touches: who sees what of people rests on papers, members, accounts and services.

A push that changes one notes which organisations it concerns, in its own transaction; `due` looks again at whoever
that is. Between the two no writer may go by what stood before (ADR 0073).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.codes import OpKind, RecordType
from sync.central.database import PgConnection
from sync.central.overlay import Locked, Row
from sync.protocol.messages import OpLine

RULES_READ: Mapping[RecordType, frozenset[str]] = {
    RecordType.AGREEMENT: frozenset(
        {"kind", "parties", "purposes", "fields", "from_on", "to_on", "ended_on", "signatories", "archived"}
    ),
    RecordType.ORGANISATION: frozenset({"alliance_role", "joined_on", "left_on", "policy", "archived"}),
    RecordType.SERVICE: frozenset({"needed_fields", "archived"}),
    RecordType.USER: frozenset({"sites", "person", "active_to", "archived"}),
}
"""The fields by which the rules of `app.domain` decide who sees what of a person, kind by kind."""

_KINDS = {kind.value for kind in RULES_READ}


def may_change_rules(ops: Iterable[OpLine]) -> bool:
    """Answer whether ops may change what the rules go by; settling a clash may change any record."""
    return any(op.record_type in _KINDS or op.kind == OpKind.RESOLVE for op in ops)


def note_changes(connection: PgConnection, aggregates: Iterable[Locked], *, now: datetime) -> None:
    """Note which organisations are concerned by what this transaction changes of the directory."""
    concerned: set[UUID] = set()
    for aggregate in aggregates:
        for row in aggregate.changed():
            if row.type in RULES_READ:
                concerned |= _concerned(row, aggregate.before.get(row.id))
    if concerned:
        connection.execute("SELECT note_directory_change(%s, %b)", (now, sorted(concerned)))


def _concerned(row: Row, before: Row | None) -> set[UUID]:
    """Return the organisations whose people, or whose partners' people, a record may show otherwise than before."""
    bodies = [row.body] if before is None else [row.body, before.body]
    stood: Mapping[str, Any] = {} if before is None else before.body
    if all(row.body.get(name) == stood.get(name) for name in RULES_READ[row.type]):
        return set()
    is_volunteer = row.body.get("person") is not None
    if before is None and row.type in (RecordType.SERVICE, RecordType.USER) and not is_volunteer:
        return set()  # Nobody was referred to it yet, and it is nobody's key worker.
    match row.type:
        case RecordType.AGREEMENT:
            return {UUID(party) for body in bodies for party in body["parties"]}
        case RecordType.ORGANISATION:
            return {row.id}
        case RecordType.SERVICE:
            return {UUID(body["provider"]) for body in bodies}
    return {row.org}
