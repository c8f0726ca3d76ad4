"""What came from the central service: pages applied with their cursor in one commit, drops that leave no byte."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, insert, select, text, update

from app.domain.canonical import canonical
from app.domain.digest import Sums
from app.domain.ids import DeviceId, OrganisationId, RecordId, ScopeId
from app.storage.digests import by_bucket, counted, in_buckets, recount
from app.storage.exchange import Applied, HeldScope, PulledPage, ScopeGrant, SyncDevice
from app.storage.find import index_people
from app.storage.forgetting import forget_unheld
from app.storage.moving_files import MovingFiles
from app.storage.pages import write_page
from app.storage.tables import AckedOp, RecMeta, RecScope, SyncScope
from app.storage.vault import Vault

_FORGOTTEN = 0
"""As the start of a first load: no feed has this number, so it marks a scope that has to be compared."""
_SETTINGS = ("last_trouble_at", "recounted_at", "digest_alarm_at")
"""Moments that are kept as small facts beside the row of this laptop."""


class Held:
    """What one vault holds of the service's records; called by the sync thread only."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault that holds them."""
        self._vault = vault

    @property
    def vault(self) -> Vault:
        """The vault that holds it."""
        return self._vault

    @property
    def files(self) -> MovingFiles:
        """The vault's files on their way."""
        return MovingFiles(self._vault)

    # --- this laptop ---------------------------------------------------------------------------------------

    def device(self) -> SyncDevice:
        """Return what this laptop knows of its service."""
        with self._vault.reading() as read:
            row = read.connection.exec_driver_sql("SELECT * FROM sync_device").one()
            kept = read.settings("org_name", *_SETTINGS)
        return SyncDevice(
            device_id=None if row.device_id is None else DeviceId(UUID(bytes=row.device_id)),
            org=None if row.org_id is None else OrganisationId(UUID(bytes=row.org_id)),
            org_name=kept["org_name"],
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
            **{name: _moment_of(kept[name]) for name in _SETTINGS},
        )

    def remember(self, **fields: Any) -> None:
        """Keep facts about this laptop, by the names of `SyncDevice`."""
        columns = {_COLUMN_OF.get(name, name): _stored(value) for name, value in fields.items()}
        if isinstance(columns.get("lease"), str):
            columns["lease"] = columns["lease"].encode()
        settings = {name: columns.pop(name) for name in ("org_name", *_SETTINGS) if name in columns}
        with self._vault.writing() as connection:
            if columns:
                # Columns are those of SyncDevice, never text from outside.
                named = ", ".join(f"{name} = ?" for name in columns)
                connection.exec_driver_sql(f"UPDATE sync_device SET {named}", tuple(columns.values()))  # noqa: S608
            for name, value in settings.items():
                moment = fields[name]
                shown = moment.isoformat() if isinstance(moment, datetime) else value or ""
                connection.exec_driver_sql("INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", (name, shown))

    # --- scopes --------------------------------------------------------------------------------------------

    def scopes(self) -> tuple[HeldScope, ...]:
        """Return the scopes of this laptop and how far each was read."""
        with self._vault.reading() as read:
            rows = read.connection.exec_driver_sql("SELECT * FROM sync_scope ORDER BY sno").all()
        return tuple(
            HeldScope(
                id=ScopeId(UUID(bytes=row.scope_id)),
                key=row.key,
                epoch=row.epoch,
                cursor=row.cursor,
                start=row.start_head,
                at_head=bool(row.at_head),
                cleaned=row.cleaned,
                is_to_compare=row.cursor > 0 and (row.epoch is None or row.start_head == _FORGOTTEN),
                was_forgotten=row.cursor > 0 and row.start_head == _FORGOTTEN,
                drop_cursor=row.drop_cursor,
                sums=Sums(row.n, row.s0, row.s1, row.s2, row.s3),
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
        """Write rows, index, scopes and cursors of one page in one commit: a crash repeats, and never skips.

        A cursor stops before a record that is known to the service in a revision that is not held here: whether it
        is fetched or the network goes away first, the feed names it again.
        """
        with self._vault.writing() as connection:
            scopes = connection.exec_driver_sql("SELECT scope_id, sno FROM sync_scope").all()
            numbers = {row.scope_id: row.sno for row in scopes}
            snos = [numbers[scope.id.bytes] for scope in page.scopes]
            applied = write_page(connection, page, snos)
            unheld = _first_unheld(page, applied)
            for sno, scope in zip(snos, page.scopes, strict=True):
                read_to = min(scope.seq, unheld.get(scope.id, scope.seq + 1) - 1)
                at_head = int(scope.at_head and scope.id not in unheld)
                connection.exec_driver_sql(_READ_TO, (scope.epoch, read_to, scope.start, at_head, sno))
            connection.exec_driver_sql(_SERVER_TIME, (_milliseconds(page.server_time),))
            return applied

    def apply_drops(self, page: PulledPage) -> Applied:
        """Let go of what a page of drops names; `cursor` stays, for the records between are still to be read."""
        with self._vault.writing() as connection:
            snos = [_sno(connection, scope.id) for scope in page.scopes]
            applied = write_page(connection, page, snos)
            for sno, scope in zip(snos, page.scopes, strict=True):
                connection.exec_driver_sql("UPDATE sync_scope SET drop_cursor = ? WHERE sno = ?", (scope.seq, sno))
            connection.exec_driver_sql(_SERVER_TIME, (_milliseconds(page.server_time),))
            return applied

    def compare_all(self) -> None:
        """Compare every scope before it is followed further: what its feed forgot cannot be told any more."""
        with self._vault.writing() as connection:
            connection.execute(update(SyncScope).where(SyncScope.cursor > 0).values(start_head=_FORGOTTEN, at_head=0))

    def adopt(self, scope_id: ScopeId, *, epoch: int, seq: int) -> None:
        """Follow a feed from a head on with which what is held was compared."""
        with self._vault.writing() as connection:
            connection.execute(
                update(SyncScope)
                .where(SyncScope.scope_id == scope_id.bytes)
                .values(epoch=epoch, cursor=seq, start_head=None, at_head=0, cleaned=0, drop_cursor=0)
            )

    # --- digests -------------------------------------------------------------------------------------------

    def recount(self) -> None:
        """Hash every body that is held and add every scope up anew: what the disk holds now is what counts."""
        with self._vault.writing() as connection:
            recount(connection)

    def buckets(self, scope_id: ScopeId) -> dict[int, Sums]:
        """Return what one scope adds up to, bucket by bucket; empty buckets are absent."""
        with self._vault.reading() as read:
            return by_bucket(read.connection, _sno(read.connection, scope_id))

    def digests(self, scope_id: ScopeId, buckets: Collection[int]) -> dict[RecordId, tuple[int, str]]:
        """Return revision and short digest of each record of one scope in some buckets."""
        with self._vault.reading() as read:
            return in_buckets(read.connection, _sno(read.connection, scope_id), buckets)

    def of_own_people(self, record_ids: Collection[RecordId]) -> frozenset[RecordId]:
        """Return those of the records that hang on people this organisation registered, or on itself.

        They are nobody else's to offer again; anything of others is held on the service's word alone.
        """
        wanted = {"ids": msgspec.json.encode([record_id.hex for record_id in record_ids]).decode()}
        with self._vault.reading() as read:
            found = read.connection.execute(_OF_OWN_PEOPLE, wanted).scalars().all()
        return frozenset(RecordId(UUID(bytes=key)) for key in found)

    def mark_not_confirmed(self, scope_id: ScopeId, record_ids: Collection[RecordId], *, at: datetime) -> None:
        """Keep records of which the service was never told in this scope, but count them as its no more.

        A record that no other scope holds has no revision of the service's any more: it waits to be confirmed, and
        the mark beside it becomes an attention item after thirty days (sync.md 8).
        """
        keys = [record_id.bytes for record_id in record_ids]
        with self._vault.writing() as connection, counted(connection, keys):
            sno = _sno(connection, scope_id)
            for key in keys:
                meta = connection.execute(select(RecMeta.rid, RecMeta.agg_id).where(RecMeta.id == key)).first()
                if meta is None:
                    continue
                connection.execute(delete(RecScope).where(RecScope.sno == sno, RecScope.rid == meta.rid))
                if connection.execute(select(RecScope.sno).where(RecScope.rid == meta.rid).limit(1)).first() is None:
                    connection.execute(update(RecMeta).where(RecMeta.rid == meta.rid).values(rev=None, chash=None))
                    mark = {"op_id": key, "id": key, "agg_id": meta.agg_id, "acked_at": _milliseconds(at)}
                    connection.execute(insert(AckedOp).prefix_with("OR IGNORE").values(**mark))

    def clean(self) -> bool:
        """Prove that what was dropped left no byte in pages, log, files or snapshots; True only when it is so."""
        self._forget_strays()
        return self._vault.sweep_files() and self._vault.clean() and self._vault.renew_snapshots()

    def owes_forgetting(self) -> bool:
        """Answer whether a concern that was raised here has arrived and still lies here: nothing else tells of it.

        No page comes after it, since no scope of this laptop holds it. Asked of its own small table, in every cycle.
        """
        with self._vault.reading() as read:
            return read.connection.exec_driver_sql(_ARRIVED_CONCERN).first() is not None

    def _forget_strays(self) -> None:
        """Delete what was written here, is confirmed, and is held through no scope of this laptop.

        A partner that records a withdrawal never holds the event; a concern is the lead's alone. Only once every
        scope was read to its head is it known that no scope holds a record, and only once everything of its person
        arrived: a stop that overtook the person it is about is in force here from the first moment. A concern that
        arrived waits for nobody. The audit chain stays: it is the laptop's own.
        """
        with self._vault.writing() as connection:
            if connection.exec_driver_sql("SELECT 1 FROM sync_scope WHERE at_head = 0 LIMIT 1").first() is not None:
                return
            rids = connection.exec_driver_sql(_STRAYS).scalars().all()
            _, people, _ = forget_unheld(connection, rids)
            if people:
                index_people(connection, people)

    def raise_cleaned(self) -> tuple[tuple[ScopeId, int, int, int], ...]:
        """After a proven clean-up, raise `cleaned` to each cursor; returns scope, epoch, cursor, cleaned."""
        with self._vault.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE sync_scope SET cleaned = max(cursor, drop_cursor) WHERE max(cursor, drop_cursor) > cleaned"
            )
            rows = connection.exec_driver_sql(
                "SELECT scope_id, epoch, cursor, cleaned FROM sync_scope WHERE epoch IS NOT NULL"
            ).all()
        return tuple((ScopeId(UUID(bytes=row[0])), row[1] or 0, row[2], row[3]) for row in rows)


_OF_OWN_PEOPLE = text(
    """
    SELECT m.id FROM json_each(:ids) CROSS JOIN rec_meta m ON m.id = unhex(value) CROSS JOIN sync_device d
     WHERE m.agg_id = d.org_id OR EXISTS (SELECT 1 FROM person p WHERE p.agg_id = m.agg_id AND p.org = d.org_id)
    """
)
_STRAYS = """
SELECT m.rid FROM rec_meta m
 WHERE m.rev IS NOT NULL AND m.type <> 'audit_entry'
   AND NOT EXISTS (SELECT 1 FROM rec_scope s WHERE s.rid = m.rid)
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id)
   AND (m.type = 'concern' OR NOT EXISTS (SELECT 1 FROM rec_meta w WHERE w.agg_id = m.agg_id AND w.rev IS NULL))
"""
_ARRIVED_CONCERN = """
SELECT 1 FROM concern c CROSS JOIN rec_meta m ON m.rid = c.rid
 WHERE m.rev IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rec_scope s WHERE s.rid = m.rid)
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id) LIMIT 1
"""
# Written out: an exchange of a few records asks these ten times each, and building them took as long as running them.
_READ_TO = "UPDATE sync_scope SET epoch = ?, cursor = ?, start_head = ?, at_head = ? WHERE sno = ?"
_SERVER_TIME = "UPDATE sync_device SET server_time = ?"
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


def _first_unheld(page: PulledPage, applied: Applied) -> dict[ScopeId, int]:
    """Return, by scope, the feed number of the first record whose revision has to be fetched."""
    wanted, found = set(applied.unknown), dict[ScopeId, int]()
    if wanted:
        for row in page.rows:
            scope = page.scopes[row.scope_index].id
            if (scope, row.id) in wanted:
                found[scope] = min(row.seq, found.get(scope, row.seq))
    return found


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _moment_of(kept: str) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _sno(connection: Connection, scope_id: ScopeId) -> int:
    return int(
        connection.exec_driver_sql("SELECT sno FROM sync_scope WHERE scope_id = ?", (scope_id.bytes,)).scalar_one()
    )
