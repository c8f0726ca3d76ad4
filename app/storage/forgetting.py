"""Forgetting: a record leaves the vault with everything that is kept because of it, and a person with every trace."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from app.domain.codes import RecordType
from app.storage.tables import RECORD_TABLES

_KNOWN_TYPES = {kind.value for kind in RECORD_TABLES}

_KEPT_BY_NUMBER = (
    "DELETE FROM rec_base WHERE rid = ?",
    "DELETE FROM rec_meta WHERE rid = ?",
    "DELETE FROM find WHERE rowid = ?",
    "DELETE FROM alike WHERE rowid = ?",
)

_KEPT_BECAUSE_OF_A_RECORD = (
    "DELETE FROM unknown_record WHERE id = ?",
    "DELETE FROM acked_op WHERE id = ?",
    "DELETE FROM attention WHERE rec_id = ?",
    "DELETE FROM draft WHERE subject = ?",
    # Its key went with the record; the sealed bytes go when the vault is cleaned, before that is reported.
    "DELETE FROM blob_queue WHERE id = ?",
    # What a colleague handed over goes to the service as it came; here nothing of it is shown any more.
    "DELETE FROM handed_op WHERE id = ?",
    "DELETE FROM handed_record WHERE id = ?",
    # What was set aside and is not offered any more leaves with its record.
    "DELETE FROM outbox WHERE id = ? AND state = 'parked' AND lane_seq IS NULL",
)

_KEPT_BECAUSE_OF_A_PERSON = (
    "DELETE FROM acked_op WHERE agg_id = ?",
    "DELETE FROM draft WHERE subject = ?",
    # What they added to the figures went with their records; that there is something to count anew goes too.
    "DELETE FROM figure_stale WHERE agg_id = ?",
    "DELETE FROM audit_detail WHERE person = ?",
    "DELETE FROM subject_handle WHERE person = ?",
)
_UNHELD = """
SELECT m.id, m.type, m.agg_id FROM rec_meta m
 WHERE m.rid = ? AND NOT EXISTS (SELECT 1 FROM rec_scope s WHERE s.rid = m.rid)
"""
_HELD = "SELECT 1 FROM rec_meta m CROSS JOIN rec_scope s ON s.rid = m.rid WHERE m.agg_id = ? LIMIT 1"
_REFUSED = """
SELECT m.rid, m.id, m.type FROM rec_meta m WHERE m.agg_id = ? AND m.rev IS NULL
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id AND (o.state <> 'parked' OR o.lane_seq IS NOT NULL))
"""

# Snapshots taken before hold it still: they are made anew before anything is reported as gone (security.md 9).
_NOTED = (
    "INSERT INTO setting(name, value) VALUES ('forgotten_since_snapshot', '1')"
    " ON CONFLICT(name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
)

# The page that was open last names the record it showed.
_THE_LAST_PLACE = "DELETE FROM setting WHERE name = 'last_place' AND instr(value, ?) > 0"


def forget_unheld(connection: Connection, rids: Iterable[int]) -> tuple[set[RecordType], set[UUID], int]:
    """Forget those of the records that no scope holds any more; returns kinds, people and how many."""
    types: set[RecordType] = set()
    people: set[UUID] = set()
    count = 0
    for rid in rids:
        meta = connection.exec_driver_sql(_UNHELD, (rid,)).first()
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
    if connection.exec_driver_sql(_HELD, (person.bytes,)).first() is not None:
        return
    for rid, record_id, kind in connection.exec_driver_sql(_REFUSED, (person.bytes,)).all():
        forget_record(connection, rid, record_id, kind)


def forget_record(connection: Connection, rid: int, record_id: bytes, kind: str) -> None:
    """Forget one record and what is kept because of it, also of a kind that this version does not know."""
    if kind in _KNOWN_TYPES:
        table = RECORD_TABLES[RecordType(kind)].__tablename__
        connection.exec_driver_sql(f'DELETE FROM "{table}" WHERE rid = ?', (rid,))  # noqa: S608 - named there
    for statement in _KEPT_BY_NUMBER:
        connection.exec_driver_sql(statement, (rid,))
    for statement in _KEPT_BECAUSE_OF_A_RECORD:
        connection.exec_driver_sql(statement, (record_id,))
    connection.exec_driver_sql(_THE_LAST_PLACE, (str(UUID(bytes=record_id)),))
    # Whom a handle stands for goes to the lead after every act, and the handle stays here: nobody is removed by it.
    if kind != RecordType.AUDIT_SUBJECT:
        connection.exec_driver_sql(_NOTED)


def forget_people(connection: Connection, people: Iterable[UUID]) -> None:
    """When nothing of a person is left, forget drafts, handles and audit details about them too."""
    for person in people:
        key = person.bytes
        if connection.exec_driver_sql("SELECT 1 FROM rec_meta WHERE agg_id = ? LIMIT 1", (key,)).first() is not None:
            continue
        for statement in _KEPT_BECAUSE_OF_A_PERSON:
            connection.exec_driver_sql(statement, (key,))
        connection.exec_driver_sql(_THE_LAST_PLACE, (str(person),))
