"""Work that colleagues hand to each other without a network: what of a vault may travel, and what came in that way.

What came in is shown here at once and belongs to nobody's outbox: its ops lie in `handed_file` as the colleague's
laptop signed them, until they were passed on. A record that the service then does not know goes again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from app.domain.bodies import KINDS, Body, record_of
from app.domain.canonical import canonical
from app.domain.codes import OpKind, RecordType
from app.domain.handing import HANDED_KINDS, HANDED_OPS
from app.domain.ids import DeviceId, PersonId, UserId
from app.domain.record import Record
from app.storage.digests import counted
from app.storage.exchange import FrozenOp, OpResult
from app.storage.find import index_people
from app.storage.forgetting import forget_people, forget_record
from app.storage.outbox import FINAL, frozen_op, restore_base, settle_record
from app.storage.reader import TABLES
from app.storage.tables import (
    RECORD_TABLES,
    ColleagueKey,
    HandedFile,
    HandedOp,
    HandedRecord,
    OutboxOp,
    RecBase,
    RecMeta,
    SyncDevice,
    SyncScope,
)
from app.storage.vault import Vault

WAITING, PASSED_ON, DONE, REFUSED = "waiting", "passed_on", "done", "refused"
"""Where an opened file stands: its ops wait, the service has them, it has said what is here, or it took none."""
KNOWN, CHANGED, GONE = "known", "changed", "gone"
"""Where a colleague's key stands: in use, another one came under the same laptop, or the service names it no more."""

_MAKING = frozenset({OpKind.CREATE, OpKind.APPEND, OpKind.CONSENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """The key of one colleague on one laptop; `device_key` proves the laptop, `exchange` is what is sealed to."""

    device: DeviceId
    user: UserId
    name: str
    algorithm: str
    device_key: bytes
    exchange: bytes
    state: str = KNOWN
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A file whose ops are still to be passed on."""

    sha: bytes
    header: str
    lines: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file that was opened here, as it is shown."""

    from_user: UserId
    made_at: datetime
    opened_at: datetime
    people: int
    changes: int
    refused: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedRow:
    """One record as a colleague had it: their own unsent changes are in it."""

    record: Record
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which file, whose, and for whom."""

    sha: bytes
    from_device: UUID
    from_user: UUID
    to_user: UUID
    made_at: datetime
    people: int
    header: str
    lines: bytes


# --- keys --------------------------------------------------------------------------------------------------------


def keep_keys(vault: Vault, keys: Sequence[KnownKey], *, now: datetime) -> None:
    """Take in the keys the service names; one that another laptop key stands behind now is never used again."""
    with vault.writing() as connection:
        known = {(row.device, row.user): row for row in connection.execute(select(ColleagueKey.__table__)).all()}
        behind = {row.device: row.device_key for row in known.values()}
        named = {(key.device.bytes, key.user.bytes) for key in keys}
        for key in keys:
            place = (key.device.bytes, key.user.bytes)
            at = (ColleagueKey.device == place[0], ColleagueKey.user == place[1])
            if behind.get(place[0], key.device_key) != key.device_key:
                connection.execute(update(ColleagueKey).where(ColleagueKey.device == place[0]).values(state=CHANGED))
            elif place not in known:
                values = {
                    "device": place[0],
                    "user": place[1],
                    "algorithm": key.algorithm,
                    "device_key": key.device_key,
                    "first_seen": int(now.timestamp() * 1000),
                    "state": KNOWN,
                }
                values |= {"name": key.name, "exchange": key.exchange}
                connection.execute(insert(ColleagueKey).values(**values))
            elif known[place].state != CHANGED:
                # The same laptop vouches for it: a new password makes a new key.
                fresh = {"name": key.name, "exchange": key.exchange, "state": KNOWN}
                connection.execute(update(ColleagueKey).where(*at).values(**fresh))
        for place in known.keys() - named:
            if known[place].state == KNOWN:
                at = (ColleagueKey.device == place[0], ColleagueKey.user == place[1])
                connection.execute(update(ColleagueKey).where(*at).values(state=GONE))


def known_keys(connection: Connection) -> tuple[KnownKey, ...]:
    """Return every colleague's key that was ever seen here."""
    rows = connection.execute(select(ColleagueKey.__table__).order_by(ColleagueKey.user, ColleagueKey.device)).all()
    return tuple(
        KnownKey(
            device=DeviceId(UUID(bytes=row.device)),
            user=UserId(UUID(bytes=row.user)),
            name=row.name,
            algorithm=row.algorithm,
            device_key=row.device_key,
            exchange=row.exchange,
            state=row.state,
            first_seen=_moment(row.first_seen),
        )
        for row in rows
    )


# --- what travels ------------------------------------------------------------------------------------------------


def bodies_of(connection: Connection, records: Iterable[Record]) -> list[HandedRow]:
    """Return records with their bodies as they lie here, unknown fields included."""
    found = []
    for record in records:
        statement = f'SELECT t.body FROM rec_meta m JOIN "{TABLES[record.TYPE]}" t ON t.rid = m.rid WHERE m.id = ?'  # noqa: S608
        text = connection.exec_driver_sql(statement, (record.id.bytes,)).scalar_one()
        found.append(HandedRow(record=record, body=msgspec.json.decode(text)))
    return found


def unsent_changes(connection: Connection, people: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many changes about each person only this laptop has."""
    wanted = msgspec.json.encode([person.hex for person in people]).decode()
    rows = connection.exec_driver_sql(
        "SELECT agg_id, count(*) FROM outbox WHERE type <> 'audit_entry'"
        " AND agg_id IN (SELECT unhex(value) FROM json_each(?)) GROUP BY agg_id",
        (wanted,),
    )
    return {UUID(bytes=agg_id): count for agg_id, count in rows}


def people_with_unsent(connection: Connection) -> tuple[PersonId, ...]:
    """Return who has changes that only this laptop has."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT o.agg_id FROM outbox o JOIN person p ON p.agg_id = o.agg_id WHERE o.type <> 'audit_entry'"
    )
    return tuple(PersonId(UUID(bytes=row[0])) for row in rows)


def ops_about(connection: Connection, records: Collection[UUID]) -> tuple[UUID, dict[int, list[FrozenOp]]]:
    """Return the life of the lanes, and by lane the unsent ops about some records, in the order they were made."""
    wanted = msgspec.json.encode([record.hex for record in records]).decode()
    rows = connection.execute(
        select(OutboxOp.__table__)
        .where(OutboxOp.state != "parked", OutboxOp.type.in_([kind.value for kind in (*HANDED_KINDS, RecordType.SITE)]))
        .order_by(OutboxOp.lane, OutboxOp.seq)
    ).all()
    chosen = set(connection.exec_driver_sql("SELECT unhex(value) FROM json_each(?)", (wanted,)).scalars())
    lanes: dict[int, list[FrozenOp]] = {}
    for row in rows:
        if row.kind in HANDED_OPS and (row.id in chosen or row.type == RecordType.SITE.value):
            lanes.setdefault(row.lane, []).append(frozen_op(row, row.lane_seq or 0))
    epoch = connection.execute(select(SyncDevice.lane_epoch)).scalar_one()
    return UUID(bytes=epoch), lanes


# --- what came in ------------------------------------------------------------------------------------------------


def opened_before(connection: Connection, sha: bytes) -> datetime | None:
    """Return when a file was opened here, None when it never was."""
    at = connection.execute(select(HandedFile.opened_at).where(HandedFile.sha == sha)).scalar_one_or_none()
    return None if at is None else _moment(at)


def opened_files(vault: Vault, user: UserId) -> tuple[OpenedFile, ...]:
    """Return the files that somebody opened here, newest first."""
    with vault.reading() as read:
        rows = read.connection.execute(
            select(HandedFile.__table__).where(HandedFile.to_user == user.bytes).order_by(HandedFile.opened_at.desc())
        ).all()
    return tuple(
        OpenedFile(
            from_user=UserId(UUID(bytes=row.from_user)),
            made_at=_moment(row.made_at),
            opened_at=_moment(row.opened_at),
            people=row.people,
            changes=row.changes,
            refused=row.refused,
            state=row.state,
        )
        for row in rows
    )


def take_in(
    connection: Connection, origin: Origin, rows: Sequence[HandedRow], ops: Sequence[FrozenOp], *, now: datetime
) -> int:
    """Show what a colleague handed over, in the transaction that keeps it; returns how many records are new here.

    What is held already stays as it is, with the colleague's unsent changes on top; nothing here is ever replaced by
    an older state of theirs.
    """
    people = {row.record.aggregate for row in rows}
    touched = {op.record_id.bytes for op in ops} | {row.record.id.bytes for row in rows}
    added = 0
    with counted(connection, touched):
        _keep_file(connection, origin, len(ops), now)
        for row in rows:
            added += _take_row(connection, row, origin)
        for op in ops:
            _take_op(connection, op, origin.sha)
        for record_id in {op.record_id.bytes for op in ops}:
            _show_with(connection, record_id)
    index_people(connection, people)
    return added


def _keep_file(connection: Connection, origin: Origin, changes: int, now: datetime) -> None:
    connection.execute(
        insert(HandedFile).values(
            sha=origin.sha,
            from_device=origin.from_device.bytes,
            from_user=origin.from_user.bytes,
            to_user=origin.to_user.bytes,
            made_at=int(origin.made_at.timestamp() * 1000),
            opened_at=int(now.timestamp() * 1000),
            people=origin.people,
            changes=changes,
            refused=0,
            header=origin.header,
            lines=origin.lines,
            state=WAITING if changes else PASSED_ON,
        )
    )


def _take_row(connection: Connection, row: HandedRow, origin: Origin) -> int:
    record, text = row.record, canonical(row.body).decode()
    table = RECORD_TABLES[record.TYPE]
    held = connection.execute(
        select(RecMeta.rid, RecMeta.rev, HandedRecord.sha, HandedFile.made_at)
        .outerjoin(HandedRecord, HandedRecord.id == RecMeta.id)
        .outerjoin(HandedFile, HandedFile.sha == HandedRecord.sha)
        .where(RecMeta.id == record.id.bytes)
    ).first()
    if held is None:
        meta = connection.exec_driver_sql(
            "INSERT INTO rec_meta(id, type, agg_id) VALUES (?, ?, ?)",
            (record.id.bytes, record.TYPE.value, record.aggregate.bytes),
        )
        connection.execute(insert(table).values(rid=meta.lastrowid, agg_id=record.aggregate.bytes, body=text))
        connection.execute(insert(HandedRecord).values(id=record.id.bytes, sha=origin.sha))
        return 1
    newer = held.made_at is not None and held.made_at < int(origin.made_at.timestamp() * 1000)
    if held.rev is None and newer and _is_untouched(connection, record.id.bytes):
        # Nobody but the colleague has said anything of it yet: their later state takes the place of the earlier one.
        connection.execute(update(table).where(table.rid == held.rid).values(body=text))
        connection.execute(update(HandedRecord).where(HandedRecord.id == record.id.bytes).values(sha=origin.sha))
    return 0


def _take_op(connection: Connection, op: FrozenOp, sha: bytes) -> None:
    held = connection.execute(select(RecMeta.rev).where(RecMeta.id == op.record_id.bytes)).first()
    if held is None or held.rev is None or op.kind in _MAKING:
        # The body that came with it has the change in it.
        return
    patch = {name: value for name, value in op.change.items() if name != "base"}
    base = op.change.get("base")
    connection.execute(
        insert(HandedOp)
        .prefix_with("OR IGNORE")
        .values(
            sha=sha,
            op_id=op.op_id.bytes,
            id=op.record_id.bytes,
            kind=op.kind.value,
            patch=canonical(patch).decode(),
            base=None if base is None else canonical(base).decode(),
        )
    )


def _show_with(connection: Connection, record_id: bytes) -> None:
    """Show a record that the service has confirmed with a colleague's changes on top, as one's own would be."""
    meta = connection.execute(select(RecMeta.rid, RecMeta.rev, RecMeta.type).where(RecMeta.id == record_id)).first()
    if meta is None or meta.rev is None:
        return
    table = RECORD_TABLES[RecordType(meta.type)]
    base = connection.execute(select(RecBase.body).where(RecBase.rid == meta.rid)).scalar_one_or_none()
    if base is None:
        base = connection.execute(select(table.body).where(table.rid == meta.rid)).scalar_one()
    settle_record(connection, record_id, meta.rev, msgspec.json.decode(base), even_older=True)
    shown = connection.execute(select(table.body).where(table.rid == meta.rid)).scalar_one()
    record_of(KINDS[RecordType(meta.type)], UUID(bytes=record_id), msgspec.json.decode(shown))


def _is_untouched(connection: Connection, record_id: bytes) -> bool:
    return connection.execute(select(OutboxOp.seq).where(OutboxOp.id == record_id).limit(1)).first() is None


# --- on its way to the service -----------------------------------------------------------------------------------


def waiting_files(vault: Vault) -> tuple[Waiting, ...]:
    """Return the files whose ops are still to be passed on, in the order they were opened."""
    with vault.reading() as read:
        rows = read.connection.execute(
            select(HandedFile.sha, HandedFile.header, HandedFile.lines)
            .where(HandedFile.state == WAITING)
            .order_by(HandedFile.opened_at, HandedFile.made_at)
        ).all()
    return tuple(Waiting(sha=row.sha, header=row.header, lines=row.lines) for row in rows)


def settle_passed_on(vault: Vault, sha: bytes, results: Sequence[OpResult]) -> None:
    """Take in what became of a file's ops: everything is shown as the service had it, and the feed brings what is new.

    Also what was taken: a repeat of what the colleague's laptop sent meanwhile brings no feed entry, and somebody may
    have changed the same since.
    """
    with vault.writing() as connection:
        rows = connection.execute(select(HandedOp.op_id, HandedOp.id).where(HandedOp.sha == sha)).all()
        refused = {result.op_id.bytes for result in results if result.status in FINAL}
        with counted(connection, {row.id for row in rows}):
            connection.execute(delete(HandedOp).where(HandedOp.sha == sha))
            for record_id in {row.id for row in rows}:
                restore_base(connection, record_id)
        _close_file(connection, sha, state=PASSED_ON, refused=len(refused))


def give_file_up(vault: Vault, sha: bytes) -> None:
    """Offer a file no more that the service does not take for good."""
    with vault.writing() as connection:
        ids = set(connection.execute(select(HandedOp.id).where(HandedOp.sha == sha)).scalars())
        with counted(connection, ids):
            connection.execute(delete(HandedOp).where(HandedOp.sha == sha))
            for record_id in ids:
                restore_base(connection, record_id)
        _close_file(connection, sha, state=REFUSED, refused=0)


def forget_unconfirmed(vault: Vault) -> frozenset[RecordType]:
    """Forget what came with files and what the service, which has said everything by now, does not give this laptop."""
    with vault.reading() as read:
        # Nearly always there is nothing to look at, and a cycle that changes nothing writes nothing.
        open_files = "SELECT 1 FROM handed_file WHERE state = 'passed_on' UNION SELECT 1 FROM handed_record LIMIT 1"
        if read.connection.exec_driver_sql(open_files).first() is None:
            return frozenset()
    with vault.writing() as connection:
        behind = connection.execute(select(SyncScope.sno).where(SyncScope.at_head == 0).limit(1)).first()
        ended = select(HandedFile.sha).where(HandedFile.state.in_((PASSED_ON, REFUSED)))
        shas = connection.execute(ended).scalars().all()
        if behind is not None or not shas:
            return frozenset()
        rows = connection.execute(
            select(RecMeta.rid, RecMeta.id, RecMeta.type, RecMeta.agg_id)
            .join(HandedRecord, HandedRecord.id == RecMeta.id)
            .where(HandedRecord.sha.in_(shas), RecMeta.rev.is_(None))
        ).all()
        gone = [row for row in rows if _is_untouched(connection, row.id)]
        for row in gone:
            forget_record(connection, row.rid, row.id, row.type)
        people = {UUID(bytes=row.agg_id) for row in gone}
        forget_people(connection, people)
        index_people(connection, people)
        connection.execute(delete(HandedRecord).where(HandedRecord.sha.in_(shas)))
        done = update(HandedFile).where(HandedFile.sha.in_(shas), HandedFile.state == PASSED_ON)
        connection.execute(done.values(state=DONE))
    return frozenset(RecordType(row.type) for row in gone)


def _close_file(connection: Connection, sha: bytes, *, state: str, refused: int) -> None:
    closed = {"state": state, "refused": refused, "header": "", "lines": b""}
    connection.execute(update(HandedFile).where(HandedFile.sha == sha).values(**closed))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
