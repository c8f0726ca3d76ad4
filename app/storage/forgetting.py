"""Forgetting: a record leaves the vault with everything that is kept because of it, and a person with every trace."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, delete, exists, select

from app.domain.codes import RecordType
from app.storage.tables import (
    RECORD_TABLES,
    AuditDetail,
    OutboxOp,
    RecBase,
    RecMeta,
    RecScope,
    SubjectHandle,
    UnknownRecord,
)

_KNOWN_TYPES = {kind.value for kind in RECORD_TABLES}

_KEPT_BECAUSE_OF_A_RECORD = (
    "DELETE FROM acked_op WHERE id = ?",
    "DELETE FROM attention WHERE rec_id = ?",
    "DELETE FROM draft WHERE subject = ?",
    # Its key went with the record; the sealed bytes go when the vault is cleaned, before that is reported.
    "DELETE FROM blob_queue WHERE id = ?",
    # What was set aside and is not offered any more leaves with its record.
    "DELETE FROM outbox WHERE id = ? AND state = 'parked' AND lane_seq IS NULL",
)

_KEPT_BECAUSE_OF_A_PERSON = (
    "DELETE FROM acked_op WHERE agg_id = ?",
    "DELETE FROM draft WHERE subject = ?",
    # What they added to the figures went with their records; that there is something to count anew goes too.
    "DELETE FROM figure_stale WHERE agg_id = ?",
)

# The page that was open last names the record it showed.
_THE_LAST_PLACE = "DELETE FROM setting WHERE name = 'last_place' AND instr(value, ?) > 0"


def forget_unheld(connection: Connection, rids: Iterable[int]) -> tuple[set[RecordType], set[UUID], int]:
    """Forget those of the records that no scope holds any more; returns kinds, people and how many."""
    types: set[RecordType] = set()
    people: set[UUID] = set()
    count = 0
    for rid in rids:
        if connection.execute(select(RecScope.sno).where(RecScope.rid == rid).limit(1)).first() is not None:
            continue
        meta = connection.execute(select(RecMeta.id, RecMeta.type, RecMeta.agg_id).where(RecMeta.rid == rid)).first()
        if meta is None:
            continue
        forget_record(connection, rid, meta.id, meta.type)
        if meta.type in _KNOWN_TYPES:
            types.add(RecordType(meta.type))
        people.add(UUID(bytes=meta.agg_id))
        count += 1
    for person in people:
        _forget_refused(connection, person)
    forget_people(connection, people)
    return types, people, count


def _forget_refused(connection: Connection, person: UUID) -> None:
    """Once no scope holds a person, forget what was written here about them and never taken; what is unsent stays."""
    held = (
        select(RecMeta.rid).join(RecScope, RecScope.rid == RecMeta.rid).where(RecMeta.agg_id == person.bytes).limit(1)
    )
    if connection.execute(held).first() is not None:
        return
    refused = select(RecMeta.rid, RecMeta.id, RecMeta.type).where(
        RecMeta.agg_id == person.bytes,
        RecMeta.rev.is_(None),
        ~exists().where(OutboxOp.id == RecMeta.id, (OutboxOp.state != "parked") | OutboxOp.lane_seq.is_not(None)),
    )
    for rid, record_id, kind in connection.execute(refused).all():
        forget_record(connection, rid, record_id, kind)


def forget_record(connection: Connection, rid: int, record_id: bytes, kind: str) -> None:
    """Forget one record and what is kept because of it, also of a kind that this version does not know."""
    if kind in _KNOWN_TYPES:
        table = RECORD_TABLES[RecordType(kind)]
        connection.execute(delete(table).where(table.rid == rid))
    connection.execute(delete(UnknownRecord).where(UnknownRecord.id == record_id))
    connection.execute(delete(RecBase).where(RecBase.rid == rid))
    connection.execute(delete(RecMeta).where(RecMeta.rid == rid))
    connection.exec_driver_sql("DELETE FROM find WHERE rowid = ?", (rid,))
    connection.exec_driver_sql("DELETE FROM alike WHERE rowid = ?", (rid,))
    for statement in _KEPT_BECAUSE_OF_A_RECORD:
        connection.exec_driver_sql(statement, (record_id,))
    connection.exec_driver_sql(_THE_LAST_PLACE, (str(UUID(bytes=record_id)),))


def forget_people(connection: Connection, people: Iterable[UUID]) -> None:
    """When nothing of a person is left, forget drafts, handles and audit details about them too."""
    for person in people:
        key = person.bytes
        if connection.execute(select(RecMeta.rid).where(RecMeta.agg_id == key).limit(1)).first() is not None:
            continue
        for statement in _KEPT_BECAUSE_OF_A_PERSON:
            connection.exec_driver_sql(statement, (key,))
        connection.exec_driver_sql(_THE_LAST_PLACE, (str(person),))
        connection.execute(delete(AuditDetail).where(AuditDetail.person == key))
        connection.execute(delete(SubjectHandle).where(SubjectHandle.person == key))
