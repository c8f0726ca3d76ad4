"""What waits to be sent: frozen before the first byte leaves, settled when the service has answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from app.domain.bodies import KINDS, Body, record_of
from app.domain.canonical import body_hash, canonical
from app.domain.codes import OpKind, RecordType
from app.domain.ids import AggregateId, OpId, RecordId, TxnId, UserId
from app.domain.match_states import said_by
from app.domain.merging import Change, apply_change
from app.storage.digests import counted
from app.storage.envelopes import SEALED, UNSEALED, sealed, unsealed
from app.storage.exchange import FrozenOp, LaneState, OpResult, OpStatus, Waiting
from app.storage.file_queue import unsent_files
from app.storage.find import index_people
from app.storage.forgetting import forget_people, forget_record
from app.storage.plain_answers import settle_plain
from app.storage.tables import (
    RECORD_TABLES,
    AckedOp,
    Attention,
    OutboxOp,
    RecMeta,
)
from app.storage.vault import Vault

NOT_OURS = "out_of_scope"
"""Why an op is held: its record is not this laptop's to hold any more."""

KEPT_FOR = timedelta(days=30)
"""How long answered ops are kept: no backup that a service is put back from should be older (sync.md 8)."""

PARKED = "parked"
"""The state of an op that the service could not take, and the reason of the attention item that speaks of it."""

TXN_MOST_OPS = 200
"""How many ops one transaction may have at most; a service refuses more (sync.md 1)."""

# In the order of the rows themselves: by the index of numbers all that waits would be sorted for each batch.
_WAITING = f"""
SELECT {", ".join(SEALED)}, lane_seq, state FROM outbox NOT INDEXED
 WHERE lane = ? AND (lane_seq > ? OR (lane_seq IS NULL AND state <> 'parked')) ORDER BY seq LIMIT ?
"""  # noqa: S608 - the columns are named here, not outside
# A concern goes before everything that has no number yet, as soon as the service knows whom it is about; what has one
# keeps its place. Only where one waits: an outbox read in the order of its rows need not be read to its end.
_ANY_CONCERN = "SELECT 1 FROM concern c JOIN rec_meta m ON m.rid = c.rid WHERE m.rev IS NULL LIMIT 1"
_CONCERNS_FIRST = f"""
SELECT {", ".join(SEALED)}, lane_seq, state FROM outbox o NOT INDEXED
 WHERE lane = ? AND (lane_seq > ? OR (lane_seq IS NULL AND state <> 'parked'))
 ORDER BY lane_seq IS NULL, lane_seq, CASE
   WHEN type <> 'concern' THEN 1
   WHEN EXISTS (SELECT 1 FROM rec_meta k WHERE k.agg_id = o.agg_id AND k.rev IS NOT NULL) THEN 0
   ELSE 1 END, seq LIMIT ?
"""  # noqa: S608 - the columns are named here, not outside
_NUMBER = "UPDATE outbox SET lane_seq = ?, state = 'sent' WHERE seq = ?"
_OP = "SELECT * FROM outbox WHERE op_id = ?"
_OFFER = f"""
INSERT OR IGNORE INTO outbox({", ".join(UNSEALED)}) VALUES ({", ".join("?" * len(UNSEALED))})
"""  # noqa: S608 - the columns are named there, not outside
# A step that was confirmed once may be refused when it is offered again to a service that was put back: where the state
# shown here then is not the service's, the hash says so, and the record is fetched.
_HASHED_ANEW = """
UPDATE rec_meta SET chash = ?1 WHERE rid = ?2 AND rev IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rec_base WHERE rid = ?2)
"""
_FORGET_BASE = "DELETE FROM rec_base WHERE rid = ?"
# A new record whose later changes are answered in the same push: what those are applied to, and what is shown again
# where one is refused. No revision of the service's: the feed's word of any leads to a fetch.
_FIRST_BASE = """
INSERT OR IGNORE INTO rec_base(rid, rev, body) SELECT rid, 0, ? FROM rec_meta WHERE id = ? AND rev IS NULL
"""
_STANDS_AT = "UPDATE rec_meta SET rev = ?, chash = ? WHERE rid = ?"

FINAL = frozenset({OpStatus.REJECTED, OpStatus.HELD})
"""Answers after which the change will not take effect by itself."""


class Outbox:
    """The queue of one vault; called by the sync thread only."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault whose changes are sent."""
        self._vault = vault

    def lane(self, lane: int) -> LaneState:
        """Return where one lane stands."""
        with self._vault.reading() as read:
            return _lane(read.connection, lane)

    def freeze(self, lane: int, *, most_ops: int, most_bytes: int, after: int = 0) -> tuple[FrozenOp, ...]:
        """Number the next ops of a lane and commit, before a byte leaves; a crash later sends the same bytes.

        Ops that were sent before and not answered come first, unchanged. A transaction is never split, and one
        that alone exceeds the limits goes alone. A parked op that has its number goes as a skip: it is never
        applied.

        Args:
            lane: which.
            most_ops: how many at most.
            most_bytes: how much they may hold together.
            after: leave out what has a number up to this one: it is on its way.
        """
        with self._vault.writing() as connection:
            has_concern = connection.exec_driver_sql(_ANY_CONCERN).first() is not None
            waiting = _CONCERNS_FIRST if has_concern else _WAITING
            rows = connection.exec_driver_sql(waiting, (lane, after, most_ops + TXN_MOST_OPS)).all()
            rows = _whole_txns(rows, most_ops, most_bytes)
            number = first = _lane(connection, lane).next_seq
            ops = []
            for row in rows:
                lane_seq = row.lane_seq
                if lane_seq is None:
                    lane_seq, number = number, number + 1
                ops.append(frozen_op(row, lane_seq, is_skipped=row.state == PARKED))
            if number > first:
                fresh = [row.seq for row in rows if row.lane_seq is None]
                connection.exec_driver_sql(_NUMBER, list(zip(range(first, number), fresh, strict=True)))
                connection.exec_driver_sql("UPDATE lane SET next_seq = ? WHERE lane = ?", (number, lane))
            return tuple(ops)

    def settle(
        self,
        lane: int,
        results: Sequence[OpResult],
        *,
        acked: int,
        at: datetime,
        audit_receipt: Mapping[str, Any] | None = None,
    ) -> frozenset[RecordType]:
        """Take in the answers of one push in one transaction; returns the kinds of record that changed."""
        changed: set[RecordType] = set()
        people: set[UUID] = set()
        with self._vault.writing() as connection, counted(connection, _spoken_of(connection, results)):
            plain = settle_plain(connection, results, at=at)
            changed |= plain.kinds
            for result in results:
                if result.op_id in plain.ops:
                    continue
                row = connection.exec_driver_sql(_OP, (result.op_id.bytes,)).first()
                if row is None:
                    continue  # answered before: a reply may come twice
                if result.status is OpStatus.SKIPPED:
                    self._skipped(connection, row, at)
                    continue
                connection.exec_driver_sql("DELETE FROM outbox WHERE op_id = ?", (result.op_id.bytes,))
                self._settle_one(connection, row, result, at)
                changed.add(RecordType(row.type))
                people.add(UUID(bytes=row.agg_id))
            connection.exec_driver_sql("UPDATE lane SET acked = ?1 WHERE lane = ?2 AND acked < ?1", (acked, lane))
            if audit_receipt is not None:
                receipt = canonical(audit_receipt).decode()
                connection.exec_driver_sql("UPDATE sync_device SET audit_receipt = ?", (receipt,))
            index_people(connection, people)
        return frozenset(changed)

    def count_failure(self, ops: Sequence[FrozenOp]) -> int:
        """Count one more failure of a transaction that was sent alone; returns how many there were."""
        keys = [op.op_id.bytes for op in ops]
        with self._vault.writing() as connection:
            connection.execute(update(OutboxOp).where(OutboxOp.op_id.in_(keys)).values(tries=OutboxOp.tries + 1))
            return (
                connection.execute(select(func.max(OutboxOp.tries)).where(OutboxOp.op_id.in_(keys))).scalar_one() or 0
            )

    def park(self, ops: Sequence[FrozenOp]) -> frozenset[RecordType]:
        """Set a transaction aside that the service cannot take, with what was numbered after it about the same records.

        What has its number goes out as a skip, so that nobody waits; what was meant is kept to be sent again.
        Withdrawals are never parked.
        """
        changed: set[RecordType] = set()
        with self._vault.writing() as connection:
            rows = _to_park(connection, ops)
            with counted(connection, {row.id for row in rows}):
                keys = [row.op_id for row in rows]
                connection.execute(update(OutboxOp).where(OutboxOp.op_id.in_(keys)).values(state="parked"))
                for row in reversed(rows):
                    _show_without(connection, row)
                    changed.add(RecordType(row.type))
            index_people(connection, {UUID(bytes=row.agg_id) for row in rows})
        return frozenset(changed)

    def begin_again(self) -> None:
        """Begin a new life of both lanes: what is not answered is numbered from 1 and stays the same op.

        For a disk that is a copy or an older state of another: its numbers are taken, its ops are not (sync.md 8).
        """
        with self._vault.writing() as connection:
            new_life(connection, self._vault.random_bytes(16))

    def offer_again(self, *, after: datetime | None) -> int:
        """Offer again what was answered by a service that was put back since; returns how many ops.

        They come under their own ids, in their old order and before what was never answered; the service passes over
        those it knows. Every scope is compared before it is followed further.

        Args:
            after: ops answered later than this; None for all that are kept.
        """
        since = 0 if after is None else int(after.timestamp() * 1000)
        with self._vault.writing() as connection:
            acked = connection.exec_driver_sql(
                "SELECT envelope FROM acked_op WHERE acked_at > ? AND envelope IS NOT NULL", (since,)
            ).scalars()
            offered = [row for envelope in acked if envelope and (row := unsealed(envelope)) is not None]
            if offered:
                connection.exec_driver_sql(_OFFER, [tuple(row.values()) for row in offered])
            new_life(connection, self._vault.random_bytes(16))
            end_lives(connection)
        return len(offered)

    def forget_acknowledged(self, *, now: datetime) -> None:
        """Forget answered ops after thirty days; a record that nobody confirmed by then needs somebody's eye."""
        before = int((now - KEPT_FOR).timestamp() * 1000)
        with self._vault.writing() as connection:
            marked = connection.execute(
                select(AckedOp.id)
                .join(RecMeta, RecMeta.id == AckedOp.id)
                .where(AckedOp.acked_at < before, AckedOp.envelope.is_(None), RecMeta.rev.is_(None))
            ).scalars()
            for record_id in marked.all():
                _attend_to(connection, self._vault.ids(), record_id, reason="not_confirmed", at=now)
            connection.execute(delete(AckedOp).where(AckedOp.acked_at < before))

    def waiting(self) -> Waiting:
        """Return how much is only on this laptop, and since when.

        Audit entries travel with what they speak of and are not counted: a look at a person is nothing a worker
        has to send.
        """
        with self._vault.reading() as read:
            rows = read.connection.exec_driver_sql(
                "SELECT state, count(*), min(made_at) FROM outbox"
                " WHERE type NOT IN ('audit_entry', 'audit_subject') GROUP BY state"
            ).all()
            files = unsent_files(read.connection)
        counts = {state: count for state, count, _ in rows}
        oldest = min((made for _, _, made in rows), default=None)
        return Waiting(
            new=counts.get("new", 0),
            sent=counts.get("sent", 0),
            parked=counts.get("parked", 0),
            files=files,
            oldest_at=None if oldest is None else datetime.fromtimestamp(oldest / 1000, tz=UTC),
        )

    def _settle_one(self, connection: Connection, row: Any, result: OpResult, at: datetime) -> None:
        if result.status in FINAL:
            self._refused(connection, row, result, at)
            return
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO acked_op(op_id, id, agg_id, acked_at, envelope) VALUES (?, ?, ?, ?, ?)",
            (row.op_id, row.id, row.agg_id, int(at.timestamp() * 1000), sealed(row)),
        )
        if result.rev is not None:
            body = result.body or _as_confirmed(connection, row)
            # Said of the record as it stood after the whole push: only a body with that hash has that revision.
            if result.body or body is None or not result.chash or body_hash(body).hex() == result.chash:
                settle_record(connection, row.id, result.rev, body, chash=result.chash)
            else:
                connection.exec_driver_sql(_FIRST_BASE, (canonical(body).decode(), row.id))
        if result.status is OpStatus.MERGED:
            _forget_unconfirmed_step(connection, row)
            if result.others and is_held(connection, row.id):
                self._attend(connection, row, "merged", _merged(row, result), at)
        if result.status is OpStatus.CONFLICT:
            self._attend(connection, row, "conflict", {"conflict": str(result.conflict or "")}, at)

    def _skipped(self, connection: Connection, row: Any, at: datetime) -> None:
        """Keep a skipped op to be sent again, and show somebody that it waits; with its record it goes."""
        if not is_held(connection, row.id):
            connection.execute(delete(OutboxOp).where(OutboxOp.op_id == row.op_id))
            return
        if row.state != "parked":
            _show_without(connection, row)
        aside = {"state": "parked", "lane_seq": None, "tries": 0}
        connection.execute(update(OutboxOp).where(OutboxOp.op_id == row.op_id).values(**aside))
        shown = select(Attention.id).join(OutboxOp, OutboxOp.op_id == Attention.op_id)
        if connection.execute(shown.where(OutboxOp.agg_id == row.agg_id, Attention.reason == PARKED)).first() is None:
            # One card a person: whoever sends again sends all of it.
            self._attend(connection, row, PARKED, {"kind": row.kind, "type": row.type}, at)

    def _attend(self, connection: Connection, row: Any, reason: str, detail: Mapping[str, Any], at: datetime) -> None:
        _attend_to(connection, self._vault.ids(), row.id, op_id=row.op_id, reason=reason, detail=detail, at=at)

    def _refused(self, connection: Connection, row: Any, result: OpResult, at: datetime) -> None:
        """Keep what was meant as an attention item, and show the record as the service has it."""
        connection.exec_driver_sql("DELETE FROM acked_op WHERE op_id = ?", (row.op_id,))
        if result.status is OpStatus.HELD and result.code == NOT_OURS:
            _forget_unsent(connection, row)
        detail = {
            "code": result.code,
            "gate": result.gate,
            "state": result.state,
            "kind": row.kind,
            "type": row.type,
            # What was meant is kept, unless the record is no longer this laptop's to hold.
            "patch": msgspec.json.decode(row.patch) if is_held(connection, row.id) else {},
        }
        if not _taken_back_here(connection, row):
            self._attend(connection, row, result.status.value, detail, at)
        if result.rev is not None:
            settle_record(connection, row.id, result.rev, result.body)
        else:
            restore_base(connection, row.id)
        if row.kind == OpKind.TRANSITION.value:
            # A service that stands there already, by another's step, is shown right.
            if result.state != msgspec.json.decode(row.patch)["set"]["event"]["to_state"]:
                step_back(connection, row)
            event_id = UUID(msgspec.json.decode(row.patch)["set"]["event_id"])
            delete_record(connection, event_id.bytes)


def _merged(row: Any, result: OpResult) -> dict[str, Any]:
    """Return what a person is told when somebody else had changed the same: whose words stand, and what was wanted."""
    return {
        "kind": row.kind,
        "type": row.type,
        "others": {name: dict(each) for name, each in result.others.items()},
        "patch": msgspec.json.decode(row.patch),
    }


def _to_park(connection: Connection, ops: Sequence[FrozenOp]) -> list[Any]:
    """Return the ops that are set aside together, in their order."""
    txns, people = {op.txn.bytes for op in ops}, {op.agg_id.bytes for op in ops}
    later = select(OutboxOp.__table__).where(
        OutboxOp.lane == _PARKING_LANE, OutboxOp.agg_id.in_(people), OutboxOp.state != PARKED
    )
    if not any(op.kind in _MAKING for op in ops):
        later = later.where(OutboxOp.lane_seq.is_not(None))
    # A record that does not arrive takes with it what was written about it since, numbered or not.
    first = min(op.seq for op in ops)
    txns |= {row.txn for row in connection.execute(later).all() if row.lane_seq is None or row.lane_seq >= first}
    whole = select(OutboxOp.__table__).where(OutboxOp.lane == _PARKING_LANE, OutboxOp.txn.in_(txns))
    return list(connection.execute(whole.order_by(OutboxOp.seq)).all())


def _show_without(connection: Connection, row: Any) -> None:
    """Show a record as it is without an op that was set aside."""
    if row.kind != OpKind.TRANSITION.value:
        restore_base(connection, row.id)
        return
    step_back(connection, row)
    _forget_unconfirmed_step(connection, row)


def new_life(connection: Connection, lane_epoch: bytes) -> None:
    """Give both lanes a new epoch, and what was frozen new numbers from 1 in its old order."""
    connection.exec_driver_sql("UPDATE sync_device SET lane_epoch = ?", (lane_epoch,))
    frozen = connection.exec_driver_sql(
        "SELECT seq, lane FROM outbox WHERE state = 'sent' OR lane_seq IS NOT NULL ORDER BY lane, seq"
    ).all()
    # Taken away first: a number is unique within its lane.
    connection.exec_driver_sql("UPDATE outbox SET lane_seq = NULL")
    numbers: dict[int, int] = {}
    renumbered: list[tuple[int, int]] = []
    for seq, lane in frozen:
        numbers[lane] = numbers.get(lane, 0) + 1
        renumbered.append((numbers[lane], seq))
    if renumbered:
        connection.exec_driver_sql("UPDATE outbox SET lane_seq = ? WHERE seq = ?", renumbered)
    lanes = connection.exec_driver_sql("SELECT lane FROM lane").scalars().all()
    following = [(numbers.get(lane, 0) + 1, lane) for lane in lanes]
    connection.exec_driver_sql("UPDATE lane SET next_seq = ?, acked = 0 WHERE lane = ?", following)


def end_lives(connection: Connection) -> None:
    """Follow no feed further before what is held was compared with it."""
    connection.exec_driver_sql("UPDATE sync_scope SET epoch = NULL, at_head = 0")


def _attend_to(
    connection: Connection,
    item: UUID,
    record_id: bytes,
    *,
    reason: str,
    at: datetime,
    op_id: bytes | None = None,
    detail: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    connection.exec_driver_sql(
        "INSERT INTO attention(id, rec_id, op_id, reason, detail, created) VALUES (?, ?, ?, ?, ?, ?)",
        (item.bytes, record_id, op_id, reason, canonical(dict(detail)).decode(), int(at.timestamp() * 1000)),
    )


def _forget_unconfirmed_step(connection: Connection, row: Any) -> None:
    """Forget the step that the service merged into others: the feed brings those that count.

    A step that the feed has confirmed already stays.
    """
    if row.kind != OpKind.TRANSITION.value:
        return
    event_id = UUID(msgspec.json.decode(row.patch)["set"]["event_id"]).bytes
    unconfirmed = connection.exec_driver_sql("SELECT rid FROM rec_meta WHERE id = ? AND rev IS NULL", (event_id,))
    if unconfirmed.first() is not None:
        delete_record(connection, event_id)


def _forget_unsent(connection: Connection, row: Any) -> None:
    """Forget what was written about somebody this laptop may hold no more: the home organisation has it now."""
    made_here = (OpKind.CREATE.value, OpKind.APPEND.value, OpKind.CONSENT.value)
    found = connection.exec_driver_sql("SELECT rid, type FROM rec_meta WHERE id = ? AND rev IS NULL", (row.id,)).first()
    if row.kind in made_here and found is not None:
        forget_record(connection, found.rid, row.id, found.type)
        forget_people(connection, {UUID(bytes=row.agg_id)})


def settle_record(
    connection: Connection,
    record_id: bytes,
    rev: int,
    body: Body | None,
    *,
    chash: str = "",
    even_older: bool = False,
) -> None:
    """Take the service's revision of a record; its body too, when it is not what this laptop believes.

    Without a body, `chash` is the hash of the service's: where the body here has another, its revision is not
    taken, and the feed's word that the record is known leads to a fetch.

    Changes made here since stay on top: the service's body becomes the base they are applied to again. A revision
    older than the one held says nothing, unless it shall count `even_older`.
    """
    meta = connection.exec_driver_sql("SELECT rid, type, rev FROM rec_meta WHERE id = ?", (record_id,)).first()
    if meta is None or (meta.rev is not None and meta.rev > rev and not even_older):
        return
    rid, name, _ = meta
    table = RECORD_TABLES[RecordType(name)].__tablename__
    pending = pending_changes(connection, record_id)
    if body is None and not pending:
        # Here and below, table names are those of RECORD_TABLES, never text from outside.
        kept = connection.exec_driver_sql(f'SELECT body FROM "{table}" WHERE rid = ?', (rid,))  # noqa: S608
        held = msgspec.json.decode(kept.scalar_one())
        if not chash or body_hash(held).hex() == chash:
            connection.exec_driver_sql(_FORGET_BASE, (rid,))
            _set_rev(connection, rid, rev, held)
        return
    if body is None:
        # What the service holds below the changes made here is not known: neither is what it has in that revision.
        return
    shown = body
    for change in pending:
        shown = apply_change(KINDS[RecordType(name)], shown, change)
    connection.exec_driver_sql(
        f'UPDATE "{table}" SET body = ? WHERE rid = ?',  # noqa: S608
        (canonical(shown).decode(), rid),
    )
    connection.exec_driver_sql(_FORGET_BASE, (rid,))
    if pending:
        base = (rid, rev, canonical(body).decode())
        connection.exec_driver_sql("INSERT INTO rec_base(rid, rev, body) VALUES (?, ?, ?)", base)
    _set_rev(connection, rid, rev, body)
    _hang(connection, rid, RecordType(name), record_id, body)


def _hang(connection: Connection, rid: int, kind: RecordType, record_id: bytes, body: Body) -> None:
    """Hang a record on the person its body names: it was written about somebody who is part of another by now."""
    if "person" not in body:
        return
    agg_id = record_of(KINDS[kind], UUID(bytes=record_id), body).aggregate.bytes
    moved = connection.exec_driver_sql("UPDATE rec_meta SET agg_id = ?1 WHERE rid = ?2 AND agg_id <> ?1", (agg_id, rid))
    if moved.rowcount:
        table = RECORD_TABLES[kind].__tablename__
        connection.exec_driver_sql(f'UPDATE "{table}" SET agg_id = ? WHERE rid = ?', (agg_id, rid))  # noqa: S608


def _taken_back_here(connection: Connection, row: Any) -> bool:
    """Whether a refused step was overtaken by a withdrawal made here: then nobody needs to look."""
    later = connection.exec_driver_sql(
        "SELECT patch FROM outbox WHERE id = ? AND kind = ?", (row.id, OpKind.TRANSITION.value)
    ).scalars()
    return row.kind == OpKind.TRANSITION.value and any(
        msgspec.json.decode(text)["set"]["event"]["to_state"] == "withdrawn" for text in later
    )


def _as_confirmed(connection: Connection, row: Any) -> Body | None:
    """Return the body the service holds after confirming an op, when later changes here hide it."""
    if not pending_changes(connection, row.id):
        return None
    patch = msgspec.json.decode(row.patch)
    if row.kind in (OpKind.CREATE.value, OpKind.APPEND.value, OpKind.CONSENT.value):
        return dict(patch["set"])
    base = connection.exec_driver_sql(
        "SELECT b.body FROM rec_base b JOIN rec_meta m ON m.rid = b.rid WHERE m.id = ?", (row.id,)
    ).scalar_one_or_none()
    if base is None:
        return None
    change = _change(row.kind, row.patch, row.base)
    before = msgspec.json.decode(base)
    return before if change is None else apply_change(KINDS[RecordType(row.type)], before, change)


def _change(kind: str, patch_text: str, base: str | None) -> Change | None:
    patch = msgspec.json.decode(patch_text)
    match kind:
        case OpKind.PATCH.value | OpKind.RESOLVE.value:
            return Change(
                set=patch.get("set", {}),
                base=msgspec.json.decode(base or "{}"),
                add=patch.get("add", {}),
                rem=patch.get("rem", {}),
            )
        case OpKind.TRANSITION.value:
            event = patch["set"]["event"]
            said = said_by(event) if "match" in event else {"state": event["to_state"]}
            return Change(set=said, base={}, add={}, rem={})
    return None


def step_back(connection: Connection, row: Any) -> None:
    """Show a record in the state a refused step left, where nothing the service said shows it already."""
    step = msgspec.json.decode(row.patch)["set"]["event"]
    table = RECORD_TABLES[RecordType(row.type)].__tablename__
    found = connection.exec_driver_sql(
        f'SELECT t.rid, t.body FROM "{table}" t JOIN rec_meta m ON m.rid = t.rid WHERE m.id = ?',  # noqa: S608
        (row.id,),
    ).first()
    body = {} if found is None else msgspec.json.decode(found.body)
    if found is not None and body.get("state") == step["to_state"] and "from_state" in step:
        body["state"] = step["from_state"]
        connection.exec_driver_sql(
            f'UPDATE "{table}" SET body = ? WHERE rid = ?',  # noqa: S608
            (canonical(body).decode(), found.rid),
        )
        connection.exec_driver_sql(_HASHED_ANEW, (body_hash(body), found.rid))


def restore_base(connection: Connection, record_id: bytes) -> None:
    """Show a record again as the service had it before the changes made here; a new one stays as it is."""
    found = connection.exec_driver_sql(
        "SELECT b.rid, b.rev, b.body FROM rec_meta m JOIN rec_base b ON b.rid = m.rid WHERE m.id = ?", (record_id,)
    ).first()
    if found is not None and found.body is not None:
        settle_record(connection, record_id, found.rev, msgspec.json.decode(found.body), even_older=True)


def pending_changes(connection: Connection, record_id: bytes) -> list[Change]:
    """Return the changes to one record that the service has not confirmed, oldest first."""
    rows = connection.exec_driver_sql(
        "SELECT kind, patch, base FROM outbox WHERE id = ? AND state <> 'parked' ORDER BY seq", (record_id,)
    ).all()
    # What a colleague handed over was written before it was opened here.
    handed = connection.exec_driver_sql(
        "SELECT kind, patch, base FROM handed_op WHERE id = ? ORDER BY seq", (record_id,)
    ).all()
    rows = [*handed, *rows]
    changes = [_change(kind, patch, base) for kind, patch, base in rows]
    return [change for change in changes if change is not None]


def is_held(connection: Connection, record_id: bytes) -> bool:
    """Answer whether a record is in the vault."""
    return connection.exec_driver_sql("SELECT 1 FROM rec_meta WHERE id = ?", (record_id,)).first() is not None


def delete_record(connection: Connection, record_id: bytes) -> None:
    """Remove a record and everything that is kept because of it."""
    meta = connection.exec_driver_sql("SELECT rid, type FROM rec_meta WHERE id = ?", (record_id,)).first()
    if meta is None:
        return
    for table in (RECORD_TABLES[RecordType(meta.type)].__tablename__, "rec_base", "rec_scope", "rec_meta"):
        connection.exec_driver_sql(f'DELETE FROM "{table}" WHERE rid = ?', (meta.rid,))  # noqa: S608


def _spoken_of(connection: Connection, results: Sequence[OpResult]) -> set[bytes]:
    """Return the records that answers may change: those of their ops, and the events of steps."""
    wanted = msgspec.json.encode([result.op_id.hex for result in results]).decode()
    rows = connection.exec_driver_sql(
        "SELECT id, CASE kind WHEN 'transition' THEN patch ->> '$.set.event_id' END FROM outbox"
        " WHERE op_id IN (SELECT unhex(value) FROM json_each(?))",
        (wanted,),
    ).all()
    return {record_id for record_id, _ in rows} | {UUID(event).bytes for _, event in rows if event}


def _set_rev(connection: Connection, rid: int, rev: int, body: Body) -> None:
    connection.exec_driver_sql(_STANDS_AT, (rev, body_hash(body), rid))


def _lane(connection: Connection, lane: int) -> LaneState:
    epoch, acked, next_seq = connection.exec_driver_sql(
        "SELECT d.lane_epoch, l.acked, l.next_seq FROM sync_device d CROSS JOIN lane l WHERE l.lane = ?", (lane,)
    ).one()
    return LaneState(lane_epoch=UUID(bytes=epoch), acked=acked, next_seq=next_seq)


def _whole_txns(rows: Sequence[Any], most_ops: int, most_bytes: int) -> list[Any]:
    """Return the first rows that fit, ending at the border of a transaction."""
    taken: list[Any] = []
    group: list[Any] = []
    size = 0
    for row in [*rows, None]:
        if group and (row is None or row.txn != group[0].txn):
            weight = sum(len(item.patch) + len(item.base or "") + 300 for item in group)
            if taken and (len(taken) + len(group) > most_ops or size + weight > most_bytes):
                return taken
            taken += group
            size += weight
            group = []
        if row is not None:
            group.append(row)
    return taken


def frozen_op(row: Any, lane_seq: int, *, is_skipped: bool = False) -> FrozenOp:
    """Return a row as it leaves under a number; one that is skipped says its number and nothing else."""
    change = {} if is_skipped else {name: value for name, value in msgspec.json.decode(row.patch).items() if value}
    if row.base and not is_skipped:
        change["base"] = msgspec.json.decode(row.base)
    return FrozenOp(
        seq=lane_seq,
        op_id=OpId(UUID(bytes=row.op_id)),
        txn=TxnId(UUID(bytes=row.txn)),
        record_type=RecordType(row.type),
        record_id=RecordId(UUID(bytes=row.id)),
        agg_id=AggregateId(UUID(bytes=row.agg_id)),
        kind=OpKind.SKIP if is_skipped else OpKind(row.kind),
        base_rev=row.base_rev,
        change=change,
        hlc=row.hlc,
        schema=row.schema,
        actor=UserId(UUID(bytes=row.actor)),
        cites=tuple(msgspec.json.decode(row.cites)) if row.cites and not is_skipped else (),
    )


_PARKING_LANE = 1
_MAKING = frozenset({OpKind.CREATE, OpKind.APPEND, OpKind.CONSENT})
