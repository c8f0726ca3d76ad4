"""Which people are new since pairs were last looked for, and which merges wait to be sent."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from app.domain.ids import PersonId, RecordId
from app.domain.person_merge import SamePerson
from app.domain.task import Task
from app.storage.reader import Reader

_LOOKED_UPTO = "pairs_looked_upto"


def new_people(connection: Connection, *, most: int) -> tuple[int | None, list[PersonId]]:
    """Return up to which row number the next look goes, None when nobody is new, and the people of those rows."""
    since = connection.exec_driver_sql("SELECT value FROM setting WHERE name = ?", (_LOOKED_UPTO,)).scalar()
    rows = connection.exec_driver_sql(
        "SELECT rid, agg_id FROM rec_meta WHERE type = 'person' AND rid > ? ORDER BY rid LIMIT ?",
        (int(since or 0), most),
    ).all()
    return (rows[-1].rid if rows else None), [PersonId(UUID(bytes=row.agg_id)) for row in rows]


def looked_at(connection: Connection, upto: int) -> None:
    """Remember up to which row number people were looked at."""
    connection.exec_driver_sql("INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", (_LOOKED_UPTO, str(upto)))


def tasks_about(read: Reader, person: PersonId) -> list[Task]:
    """Return the tasks whose subject a person is: those about a pair hang on the older of the two."""
    rows = read.connection.exec_driver_sql(
        "SELECT m.id FROM task t JOIN rec_meta m ON m.rid = t.rid"
        " WHERE json_extract(t.body, '$.kind') = 'possible_same_person' AND json_extract(t.body, '$.subject') = ?",
        (str(person),),
    )
    return [read.get(Task, UUID(bytes=key)) for key in rows.scalars()]


def decisions_about(read: Reader, person: PersonId) -> list[SamePerson]:
    """Return what was decided about a person and another, kept with the other."""
    rows = read.connection.exec_driver_sql(
        "SELECT m.id FROM same_person d JOIN rec_meta m ON m.rid = d.rid WHERE d.other_person = ?", (person.bytes,)
    )
    return [read.get(SamePerson, UUID(bytes=key)) for key in rows.scalars()]


def is_waiting(connection: Connection, merge_id: RecordId) -> bool:
    """Answer whether a merge, or its undoing, has not been answered by the service."""
    found = connection.exec_driver_sql(
        "SELECT 1 FROM outbox WHERE id = ? AND type = 'person_merge' AND state <> 'parked' LIMIT 1", (merge_id.bytes,)
    )
    return found.first() is not None
