"""Reading records from one consistent view of the vault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, func, select

from app.domain.bodies import KINDS, Body, record_of
from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.domain.record import Record
from app.errors import NotFoundError
from app.storage.tables import RECORD_TABLES, AuditEntryRow, RecMeta, RecordRow, Setting

R = TypeVar("R", bound=Record)


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

    def body(self, record_type: RecordType, record_id: UUID) -> Body | None:
        """Return the JSON body of one record, unknown fields included."""
        table = RECORD_TABLES[record_type]
        statement = select(table.body).join(RecMeta, RecMeta.rid == table.rid).where(RecMeta.id == record_id.bytes)
        text = self.connection.execute(statement).scalar_one_or_none()
        return None if text is None else msgspec.json.decode(text)

    def of_person(self, kind: type[R], person: PersonId) -> tuple[R, ...]:
        """Return a person's records of one kind, oldest first."""
        table = RECORD_TABLES[kind.TYPE]
        statement = self._rows(table).where(table.agg_id == person.bytes).order_by(RecMeta.id)
        return self.records(kind, [(row[0], row[1]) for row in self.connection.execute(statement)])

    def of_people(self, kind: type[R], people: Iterable[UUID]) -> dict[UUID, list[R]]:
        """Return the records of one kind of several people, by person; people without any are absent."""
        table = RECORD_TABLES[kind.TYPE]
        wanted = [person.bytes for person in people]
        rows = self.connection.execute(
            select(RecMeta.id, table.body, table.agg_id)
            .join(RecMeta, RecMeta.rid == table.rid)
            .where(table.agg_id.in_(wanted))
            .order_by(RecMeta.id)
        ).all()
        found: dict[UUID, list[R]] = {}
        for record_id, text, agg_id in rows:
            record = record_of(kind, UUID(bytes=record_id), msgspec.json.decode(text))
            found.setdefault(UUID(bytes=agg_id), []).append(record)
        return found

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return every record of one kind, oldest first: for reference records, which are few."""
        table = RECORD_TABLES[kind.TYPE]
        rows = self.connection.execute(self._rows(table).order_by(RecMeta.id))
        return self.records(kind, [(row[0], row[1]) for row in rows])

    def records(self, kind: type[R], rows: Sequence[tuple[bytes, str]]) -> tuple[R, ...]:
        """Return the records of rows of id and body."""
        return tuple(record_of(kind, UUID(bytes=row[0]), msgspec.json.decode(row[1])) for row in rows)

    def count(self, record_type: RecordType) -> int:
        """Return how many records of one kind are held."""
        statement = select(func.count()).select_from(RECORD_TABLES[record_type])
        return self.connection.execute(statement).scalar_one()

    def kind_of(self, record_id: UUID) -> type[Record] | None:
        """Return what kind of record an id names, or None."""
        found = self.connection.execute(select(RecMeta.type).where(RecMeta.id == record_id.bytes)).scalar_one_or_none()
        return None if found is None else KINDS[RecordType(found)]

    def audit_head(self) -> tuple[int, str]:
        """Return number and hash of the newest entry of this laptop's audit chain; (0, "") before the first."""
        row = self.connection.execute(
            select(AuditEntryRow.seq, AuditEntryRow.body).order_by(AuditEntryRow.seq.desc()).limit(1)
        ).first()
        return (0, "") if row is None else (int(row[0] or 0), msgspec.json.decode(row[1])["hash"])

    def setting(self, name: str, default: str = "") -> str:
        """Return a small fact about this laptop."""
        value = self.connection.execute(select(Setting.value).where(Setting.name == name)).scalar_one_or_none()
        return default if value is None else value

    @staticmethod
    def _rows(table: type[RecordRow]) -> Select[bytes, str]:
        return select(RecMeta.id, table.body).join(RecMeta, RecMeta.rid == table.rid)
