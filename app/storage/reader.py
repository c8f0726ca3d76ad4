"""Reading records from one consistent view of the vault."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.bodies import KINDS, Body, record_of
from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.domain.record import Record
from app.errors import NotFoundError
from app.storage.tables import RECORD_TABLES

R = TypeVar("R", bound=Record)

# A use case runs dozens of these. As text they need no building: recording a consent took 35 ms, 20 of them to build
# the same statements again. Table names are those of RECORD_TABLES, never text from outside.
TABLES = {kind: row.__tablename__ for kind, row in RECORD_TABLES.items()}
"""The name of the table of each kind of record."""

# CROSS JOIN settles which table comes first: left to itself SQLite walked the ids of all records to have the eleven
# sites in the order of their ids, 22 ms at 100 000 people.
_ROWS = {
    kind: f"SELECT '{kind}', m.id, t.body FROM \"{table}\" t CROSS JOIN rec_meta m ON m.rid = t.rid"  # noqa: S608
    for kind, table in TABLES.items()
}
_BODY = {
    kind: f'SELECT t.body FROM rec_meta m CROSS JOIN "{table}" t ON t.rid = m.rid WHERE m.id = ?'  # noqa: S608
    for kind, table in TABLES.items()
}
_KIND_NAMED = {kind.value: KINDS[kind] for kind in TABLES if kind in KINDS}
# A chain is written in its order. Without the laptop the newest would be a colleague's, where a data protection lead
# holds theirs too: by it the next entry would continue a stranger's chain.
_AUDIT_HEAD = "SELECT seq, json_extract(body, '$.hash') FROM audit_entry WHERE agg_id = ? ORDER BY rid DESC LIMIT 1"


class Reader:
    """Read records as frozen values; rows never leave this package."""

    def __init__(self, connection: Connection) -> None:
        """Take a connection inside a transaction."""
        self.connection = connection

    def find(self, kind: type[R], record_id: UUID) -> R | None:
        """Return one record, or None when it is not held."""
        body = self.body(kind.TYPE, record_id)
        return None if body is None else record_of(kind, record_id, body)

    def get(self, kind: type[R], record_id: UUID) -> R:
        """Return one record.

        Raises:
            NotFoundError: it is not held, or not this laptop's: one answer for both.
        """
        record = self.find(kind, record_id)
        if record is None:
            raise NotFoundError(f"{kind.TYPE}.not_found")
        return record

    def knows(self, identifier: UUID) -> bool:
        """Answer whether anything is held under an id: the record, or anything of that person."""
        found = self.connection.exec_driver_sql(
            "SELECT 1 FROM rec_meta WHERE id = ? OR agg_id = ? LIMIT 1", (identifier.bytes, identifier.bytes)
        )
        return found.first() is not None

    def handle_of(self, person: PersonId) -> str:
        """Return the random handle by which audit entries speak of a person; empty before the first."""
        row = self.connection.exec_driver_sql(
            "SELECT handle FROM subject_handle WHERE person = ?", (person.bytes,)
        ).first()
        return "" if row is None else str(row[0])

    def unconfirmed(self, record_type: RecordType) -> frozenset[UUID]:
        """Return the records of a kind that the central service has not confirmed."""
        rows = self.connection.exec_driver_sql(
            "SELECT id FROM rec_meta WHERE type = ? AND rev IS NULL", (record_type.value,)
        )
        return frozenset(UUID(bytes=key) for (key,) in rows)

    def body(self, record_type: RecordType, record_id: UUID) -> Body | None:
        """Return the JSON body of one record, unknown fields included."""
        row = self.connection.exec_driver_sql(_BODY[record_type], (record_id.bytes,)).first()
        return None if row is None else msgspec.json.decode(row[0])

    def of_person(self, kind: type[R], person: PersonId) -> tuple[R, ...]:
        """Return a person's records of one kind, oldest first."""
        rows = self.connection.exec_driver_sql(f"{_ROWS[kind.TYPE]} WHERE t.agg_id = ?", (person.bytes,))
        return tuple(record_of(kind, UUID(bytes=row[1]), msgspec.json.decode(row[2])) for row in sorted(rows, key=_id))

    def everything_of(self, person: PersonId, kinds: Collection[type[Record]]) -> tuple[Record, ...]:
        """Return a person's records of several kinds, oldest first, in one question."""
        parts = [f"{_ROWS[kind.TYPE]} WHERE t.agg_id = ?" for kind in kinds]
        return self._mixed(" UNION ALL ".join(parts), (person.bytes,) * len(parts))

    def of_people(self, kind: type[R], people: Iterable[UUID]) -> dict[UUID, list[R]]:
        """Return the records of one kind of several people, by person; people without any are absent."""
        wanted = msgspec.json.encode([person.hex for person in people]).decode()
        rows = self.connection.exec_driver_sql(
            f'SELECT t.agg_id, m.id, t.body FROM "{TABLES[kind.TYPE]}" t CROSS JOIN rec_meta m ON m.rid = t.rid'  # noqa: S608
            " WHERE t.agg_id IN (SELECT unhex(value) FROM json_each(?))",
            (wanted,),
        )
        found: dict[UUID, list[R]] = {}
        for agg_id, record_id, text in sorted(rows, key=_id):
            record = record_of(kind, UUID(bytes=record_id), msgspec.json.decode(text))
            found.setdefault(UUID(bytes=agg_id), []).append(record)
        return found

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return every record of one kind, oldest first: for reference records, which are few."""
        rows = self.connection.exec_driver_sql(_ROWS[kind.TYPE])
        return tuple(record_of(kind, UUID(bytes=row[1]), msgspec.json.decode(row[2])) for row in sorted(rows, key=_id))

    def all_of(self, kinds: Collection[type[Record]]) -> tuple[Record, ...]:
        """Return every record of several kinds, oldest first, in one question: for reference records."""
        return self._mixed(" UNION ALL ".join(_ROWS[kind.TYPE] for kind in kinds), ())

    def count(self, record_type: RecordType) -> int:
        """Return how many records of one kind are held."""
        statement = f'SELECT count(*) FROM "{TABLES[record_type]}"'  # noqa: S608
        return int(self.connection.exec_driver_sql(statement).scalar_one())

    def kind_of(self, record_id: UUID) -> type[Record] | None:
        """Return what kind of record an id names; None when it is not held, or of a kind this version does not know."""
        found = self.connection.exec_driver_sql("SELECT type FROM rec_meta WHERE id = ?", (record_id.bytes,)).scalar()
        return None if found is None else _KIND_NAMED.get(found)

    def audit_head(self, device: UUID) -> tuple[int, str]:
        """Return number and hash of the newest entry of a laptop's audit chain; (0, "") before the first."""
        row = self.connection.exec_driver_sql(_AUDIT_HEAD, (device.bytes,)).first()
        return (0, "") if row is None else (int(row[0]), row[1])

    def setting(self, name: str, default: str = "") -> str:
        """Return a small fact about this laptop."""
        row = self.connection.exec_driver_sql("SELECT value FROM setting WHERE name = ?", (name,)).first()
        return default if row is None else str(row[0])

    def settings(self, *names: str) -> dict[str, str]:
        """Return some small facts about this laptop by name; "" for those that are not kept."""
        wanted = msgspec.json.encode(names).decode()
        rows = self.connection.exec_driver_sql(
            "SELECT name, value FROM setting WHERE name IN (SELECT value FROM json_each(?))", (wanted,)
        )
        return dict.fromkeys(names, "") | {name: str(value) for name, value in rows}

    def _mixed(self, statement: str, values: tuple[bytes, ...]) -> tuple[Record, ...]:
        rows = self.connection.exec_driver_sql(statement, values)
        return tuple(
            record_of(KINDS[RecordType(kind)], UUID(bytes=record_id), msgspec.json.decode(text))
            for kind, record_id, text in sorted(rows, key=_id)
        )


def _id(row: Sequence[bytes]) -> bytes:
    """Version 7 ids sort by the time they were made."""
    return row[1]
