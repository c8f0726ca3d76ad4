"""What came from the central service: pages applied with their cursor in one commit, drops that leave no byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, insert, select, text, update

from app.domain.canonical import canonical
from app.domain.codes import RecordType
from app.domain.ids import DeviceId, OrganisationId, ScopeId
from app.storage.exchange import Applied, HeldScope, PulledPage, PulledRow, RowKind, ScopeGrant, SyncDevice
from app.storage.find import index_people
from app.storage.forgetting import forget_unheld
from app.storage.outbox import settle_record
from app.storage.tables import (
    RECORD_TABLES,
    RecMeta,
    RecScope,
    SyncScope,
    UnknownRecord,
)
from app.storage.tables import SyncDevice as SyncDeviceRow
from app.storage.vault import Vault

KNOWN_TYPES = {kind.value for kind in RECORD_TABLES}
INDEXED = {"person", "stay", "contact_point", "referral"}
_NEW_METAS = """
INSERT INTO rec_meta(rid, id, type, agg_id, rev)
SELECT value ->> 0, unhex(value ->> 1), value ->> 2, unhex(value ->> 3), value ->> 4 FROM json_each(?)
"""


class Held:
    """What one vault holds of the service's records; called by the sync thread only."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault that holds them."""
        self._vault = vault

    # --- this laptop ---------------------------------------------------------------------------------------

    def device(self) -> SyncDevice:
        """Return what this laptop knows of its service."""
        with self._vault.reading() as read:
            row = read.connection.execute(select(SyncDeviceRow.__table__)).one()
            org_name = read.setting("org_name")
            trouble_at = read.setting("last_trouble_at")
        return SyncDevice(
            device_id=None if row.device_id is None else DeviceId(UUID(bytes=row.device_id)),
            org=None if row.org_id is None else OrganisationId(UUID(bytes=row.org_id)),
            org_name=org_name,
            address=row.address,
            audience=row.audience,
            server_keys=tuple(bytes.fromhex(key) for key in msgspec.json.decode(row.server_keys)),
            lease=msgspec.json.decode(row.lease) if row.lease else {},
            lease_until=_moment(row.lease_until),
            server_time=_moment(row.server_time),
            control_serial=row.control_serial,
            audit_receipt=msgspec.json.decode(row.audit_receipt) if row.audit_receipt else {},
            last_success_at=_moment(row.last_success),
            last_trouble=row.last_trouble,
            last_trouble_at=datetime.fromisoformat(trouble_at) if trouble_at else None,
        )

    def remember(self, **fields: Any) -> None:
        """Keep facts about this laptop, by the names of `SyncDevice`."""
        columns = {_COLUMN_OF.get(name, name): _stored(value) for name, value in fields.items()}
        if isinstance(columns.get("lease"), str):
            columns["lease"] = columns["lease"].encode()
        settings = {name: columns.pop(name) for name in ("org_name", "last_trouble_at") if name in columns}
        with self._vault.writing() as connection:
            if columns:
                connection.execute(update(SyncDeviceRow).values(**columns))
            for name, value in settings.items():
                moment = fields[name]
                shown = moment.isoformat() if isinstance(moment, datetime) else value or ""
                connection.execute(
                    text("INSERT OR REPLACE INTO setting(name, value) VALUES (:name, :value)"),
                    {"name": name, "value": shown},
                )

    # --- scopes --------------------------------------------------------------------------------------------

    def scopes(self) -> tuple[HeldScope, ...]:
        """Return the scopes of this laptop and how far each was read."""
        with self._vault.reading() as read:
            rows = read.connection.execute(select(SyncScope.__table__).order_by(SyncScope.sno)).all()
        return tuple(
            HeldScope(
                id=ScopeId(UUID(bytes=row.scope_id)),
                key=row.key,
                epoch=row.epoch,
                cursor=row.cursor,
                start=row.start_head,
                at_head=bool(row.at_head),
                cleaned=row.cleaned,
                n=row.n,
                sums=(row.s0, row.s1, row.s2, row.s3),
            )
            for row in rows
        )

    def set_scopes(self, scopes: Sequence[ScopeGrant]) -> None:
        """Take the scopes the service grants; a scope taken away loses its rows."""
        granted = {scope.id.bytes: scope.key for scope in scopes}
        with self._vault.writing() as connection:
            held = {
                row.scope_id: row.sno for row in connection.execute(select(SyncScope.scope_id, SyncScope.sno)).all()
            }
            for scope_id, key in granted.items():
                if scope_id not in held:
                    connection.execute(insert(SyncScope).values(scope_id=scope_id, key=key, **_FRESH_SCOPE))
            for scope_id in held.keys() - granted.keys():
                sno = held[scope_id]
                rids = list(connection.execute(select(RecScope.rid).where(RecScope.sno == sno)).scalars())
                connection.execute(delete(RecScope).where(RecScope.sno == sno))
                _, people, _ = forget_unheld(connection, rids)
                index_people(connection, people)
                connection.execute(delete(SyncScope).where(SyncScope.sno == sno))

    # --- pages ---------------------------------------------------------------------------------------------

    def apply_page(self, page: PulledPage) -> Applied:
        """Write rows, index, scopes and cursors of one page in one commit: a crash repeats, and never skips."""
        with self._vault.writing() as connection:
            numbers = {
                row.scope_id: row.sno for row in connection.execute(select(SyncScope.scope_id, SyncScope.sno)).all()
            }
            snos = [numbers[scope.id.bytes] for scope in page.scopes]
            applied = _Page(connection, page, snos).apply()
            for sno, scope in zip(snos, page.scopes, strict=True):
                connection.execute(
                    update(SyncScope)
                    .where(SyncScope.sno == sno)
                    .values(
                        epoch=scope.epoch,
                        cursor=scope.seq,
                        start_head=scope.start,
                        at_head=int(scope.at_head),
                        n=scope.n,
                        **dict(zip(("s0", "s1", "s2", "s3"), scope.sums, strict=True)),
                    )
                )
            connection.execute(update(SyncDeviceRow).values(server_time=_milliseconds(page.server_time)))
            return applied

    def clean(self) -> bool:
        """Prove that what was dropped left no byte in pages or write-ahead log; True only when it is so."""
        self._forget_strays()
        return self._vault.clean()

    def _forget_strays(self) -> None:
        """Delete what was written here, is confirmed, and is held through no scope of this laptop.

        A partner that records a withdrawal never holds the event; a concern is the lead's alone. Only once every
        scope was read to its head is it known that no scope holds a record, and only once everything of its person
        arrived: a stop that overtook the person it is about is in force here from the first moment. The audit chain
        stays: it is the laptop's own.
        """
        with self._vault.writing() as connection:
            if connection.execute(select(SyncScope.sno).where(SyncScope.at_head == 0).limit(1)).first() is not None:
                return
            rids = connection.execute(_STRAYS).scalars().all()
            _, people, _ = forget_unheld(connection, rids)
            if people:
                index_people(connection, people)

    def raise_cleaned(self) -> tuple[tuple[ScopeId, int, int, int], ...]:
        """After a proven clean-up, raise `cleaned` to each cursor; returns scope, epoch, cursor, cleaned."""
        with self._vault.writing() as connection:
            connection.execute(
                update(SyncScope).where(SyncScope.cursor > SyncScope.cleaned).values(cleaned=SyncScope.cursor)
            )
            rows = connection.execute(
                select(SyncScope.scope_id, SyncScope.epoch, SyncScope.cursor, SyncScope.cleaned).where(
                    SyncScope.epoch.is_not(None)
                )
            ).all()
        return tuple((ScopeId(UUID(bytes=row[0])), row[1] or 0, row[2], row[3]) for row in rows)


class _Page:
    """One page on its way into the tables."""

    def __init__(self, connection: Connection, page: PulledPage, snos: list[int]) -> None:
        self._connection = connection
        self._page = page
        self._snos = snos
        self._changed: set[RecordType] = set()
        self._people: set[UUID] = set()
        self._dropped = 0
        ids = [row.id.bytes for row in page.rows]
        self._held = _held(connection, ids)
        self._edited = _edited(connection, ids)

    def apply(self) -> Applied:
        present = [row for row in self._page.rows if row.kind is RowKind.PRESENT]
        self._write(present)
        unknown = [row for row in self._page.rows if row.kind is RowKind.KNOWN and not self._confirm(row)]
        self._drop([row for row in self._page.rows if row.kind is RowKind.DROP])
        if self._people:
            index_people(self._connection, self._people)
        return Applied(
            changed=frozenset(self._changed),
            dropped=self._dropped,
            unknown=tuple((self._page.scopes[row.scope_index].id, row.id) for row in unknown),
        )

    def _write(self, rows: Sequence[PulledRow]) -> None:
        """Insert the new, update the older, leave what is as new or newer; then join them to their scopes."""
        fresh: dict[bytes, PulledRow] = {}
        scopes: list[tuple[int, bytes]] = []
        kinds: set[str] = set()
        for row in rows:
            if row.record_type not in KNOWN_TYPES:
                self._keep_unknown(row)
                continue
            record_id = row.id.bytes
            scopes.append((self._snos[row.scope_index], record_id))
            held = self._held.get(record_id)
            if held is None:
                seen = fresh.get(record_id)
                if seen is None or (seen.rev or 0) <= (row.rev or 0):
                    fresh[record_id] = row
            elif held[1] is None or (row.rev or 0) > held[1]:
                self._replace(row)
            else:
                continue
            kinds.add(row.record_type)
            if row.record_type in INDEXED:
                self._people.add(row.agg_id or row.id)
        self._changed |= {RecordType(kind) for kind in kinds}
        self._insert(list(fresh.values()))
        if scopes:
            self._connection.exec_driver_sql(
                "INSERT OR IGNORE INTO rec_scope(sno, rid) VALUES (?, ?)",
                [(sno, self._held[record_id][0]) for sno, record_id in scopes],
            )

    def _insert(self, rows: Sequence[PulledRow]) -> None:
        if not rows:
            return
        rid = self._connection.exec_driver_sql("SELECT coalesce(max(rid), 0) FROM rec_meta").scalar_one()
        metas, bodies = [], dict[str, list[tuple[int, bytes, str]]]()
        for row in rows:
            rid += 1
            agg = row.agg_id or row.id
            metas.append((rid, row.id.hex, row.record_type, agg.hex, row.rev))
            bodies.setdefault(row.record_type, []).append((rid, agg.bytes, row.body.decode()))
            self._held[row.id.bytes] = (rid, row.rev)
        # As one JSON list: 10 000 rows take 60 ms, where one after the other they take 100.
        self._connection.exec_driver_sql(_NEW_METAS, (msgspec.json.encode(metas).decode(),))
        for name, values in bodies.items():
            # Table names are those of RECORD_TABLES, never text from outside.
            table = RECORD_TABLES[RecordType(name)].__tablename__
            self._connection.exec_driver_sql(
                f'INSERT INTO "{table}"(rid, agg_id, body) VALUES (?, ?, ?)',  # noqa: S608
                values,
            )

    def _replace(self, row: PulledRow) -> None:
        rid = self._held[row.id.bytes][0]
        if row.id.bytes in self._edited:
            settle_record(self._connection, row.id.bytes, row.rev or 0, msgspec.json.decode(row.body))
        else:
            table = RECORD_TABLES[RecordType(row.record_type)]
            self._connection.execute(update(table).where(table.rid == rid).values(body=row.body.decode()))
            self._connection.execute(update(RecMeta).where(RecMeta.rid == rid).values(rev=row.rev, chash=None))
        self._held[row.id.bytes] = (rid, row.rev)

    def _confirm(self, row: PulledRow) -> bool:
        """An own op came back: the body is as it is here. False when that revision is not held."""
        held = self._held.get(row.id.bytes)
        if held is None:
            return False
        rid, rev = held
        self._connection.exec_driver_sql(
            "INSERT OR IGNORE INTO rec_scope(sno, rid) VALUES (?, ?)", (self._snos[row.scope_index], rid)
        )
        if rev is None and row.rev is not None:
            # Written here, confirmed by the feed before the answer to the push was read.
            self._connection.execute(update(RecMeta).where(RecMeta.rid == rid).values(rev=row.rev))
            return True
        return rev is not None and rev >= (row.rev or 0)

    def _drop(self, rows: Sequence[PulledRow]) -> None:
        rids = []
        for row in rows:
            self._connection.execute(delete(UnknownRecord).where(UnknownRecord.id == row.id.bytes))
            held = self._held.get(row.id.bytes)
            if held is None:
                continue
            self._connection.execute(
                delete(RecScope).where(RecScope.sno == self._snos[row.scope_index], RecScope.rid == held[0])
            )
            rids.append(held[0])
        types, people, count = forget_unheld(self._connection, rids)
        self._changed |= types
        self._people |= people
        self._dropped += count

    def _keep_unknown(self, row: PulledRow) -> None:
        self._connection.execute(
            insert(UnknownRecord)
            .prefix_with("OR REPLACE")
            .values(
                id=row.id.bytes,
                type=row.record_type,
                agg_id=(row.agg_id or row.id).bytes,
                rev=row.rev or 0,
                body=row.body.decode(),
            )
        )


def _held(connection: Connection, ids: Sequence[bytes]) -> dict[bytes, tuple[int, int | None]]:
    """Return row number and revision of the records that are held, by id."""
    # As one JSON list: 10 000 ids take 20 ms, where lists of parameters took 70 to build.
    wanted = msgspec.json.encode([record_id.hex() for record_id in ids]).decode()
    rows = connection.exec_driver_sql(
        "SELECT m.id, m.rid, m.rev FROM json_each(?) CROSS JOIN rec_meta m ON m.id = unhex(value)", (wanted,)
    )
    return {record_id: (rid, rev) for record_id, rid, rev in rows}


def _edited(connection: Connection, ids: Sequence[bytes]) -> set[bytes]:
    wanted = set(ids)
    return wanted & set(connection.exec_driver_sql("SELECT DISTINCT id FROM outbox WHERE state <> 'parked'").scalars())


_STRAYS = text(
    """
    SELECT m.rid FROM rec_meta m
     WHERE m.rev IS NOT NULL AND m.type <> 'audit_entry'
       AND NOT EXISTS (SELECT 1 FROM rec_scope s WHERE s.rid = m.rid)
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id)
       AND NOT EXISTS (SELECT 1 FROM rec_meta w WHERE w.agg_id = m.agg_id AND w.rev IS NULL)
    """
)
_COLUMN_OF = {"org": "org_id", "last_success_at": "last_success"}
_FRESH_SCOPE = {"cursor": 0, "drop_cursor": 0, "cleaned": 0, "at_head": 0, "n": 0, "s0": 0, "s1": 0, "s2": 0, "s3": 0}


def _stored(value: Any) -> Any:
    match value:
        case datetime():
            return _milliseconds(value)
        case UUID():
            return value.bytes
        case tuple():
            return canonical([item.hex() for item in value]).decode()
        case dict():
            return canonical(value).decode()
    return value


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
