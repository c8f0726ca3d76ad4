"""The unit of work: record, audit entry and outbox entry are committed together, or not at all.

Nothing else writes to the tables of records, but `held.py`, which writes what the central service said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app import __version__
from app.domain.actor import Actor
from app.domain.audit import OF_THE_AUDIT, AuditEntry, AuditSubject
from app.domain.bodies import KINDS, Body, body_of, plain, record_of
from app.domain.canonical import canonical
from app.domain.checks import check, check_patch
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, ConsentKind, Decision, OpKind, RecordType
from app.domain.conflict import Conflict
from app.domain.consent_event import ConsentEvent
from app.domain.field_merge import MOVES
from app.domain.ids import AggregateId, IdSource, PersonId, RecordId, TxnId
from app.domain.match import Match, MatchCard, MatchEvent
from app.domain.match_states import after as after_step
from app.domain.merging import Change, apply_change
from app.domain.person_merge import PersonMerge
from app.domain.record import Record
from app.domain.referral import Referral, ReferralEvent
from app.domain.resolving import resolve
from app.domain.schema import SCHEMA_VERSION
from app.errors import BadTransitionError, NotFoundError
from app.storage.find import INDEXED, index_people
from app.storage.reader import TABLES, Reader

R = TypeVar("R", bound=Record)
Seal = Callable[[Mapping[str, Any]], tuple[str, str]]
"""Is given the facts of an audit entry by name; returns its hash and the device's signature, both hexadecimal."""

RandomBytes = Callable[[int], bytes]
"""The source of randomness, handed in: a count of bytes to that many."""

GENESIS = "0" * 64
"""What the first entry of a chain names as the one before."""
SAME_READ_WITHIN = timedelta(minutes=10)
"""The same person or list opened again within this time is one look (security.md 7)."""
_LOOKS = frozenset({AuditAction.OPEN_PERSON, AuditAction.OPEN_LIST})

# Every op is of the revision its record has now: None for one the service does not know yet.
_ENQUEUE = """
INSERT INTO outbox(lane, op_id, txn, type, id, agg_id, kind, patch, base, cites, hlc, actor, made_at, schema,
  base_rev, state, tries)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, rev, 'new', 0 FROM rec_meta WHERE id = ?
"""
# Only what is skipped already: what still has a number may turn out to have worked.
_PARKED = """
SELECT o.op_id, o.kind, o.type, o.id, o.patch, o.cites, m.rev FROM outbox o JOIN rec_meta m ON m.id = o.id
 WHERE o.state = 'parked' AND o.lane_seq IS NULL AND o.agg_id =
   (SELECT x.agg_id FROM attention a JOIN outbox x ON x.op_id = a.op_id WHERE a.id = ?) ORDER BY o.seq
"""
# Written here, answered, and not there: it was refused. Steps of a referral are taken again by themselves.
_REFUSED = """
   m.rev IS NULL AND m.type NOT IN ('audit_entry', 'audit_subject', 'referral_event')
   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id) AND NOT EXISTS (SELECT 1 FROM acked_op k WHERE k.id = m.id)
"""
_WAS_REFUSED = "SELECT 1 FROM rec_meta m WHERE m.id = ? AND" + _REFUSED  # noqa: S608 - fixed text
_NEVER_TAKEN = "SELECT m.id, m.type FROM rec_meta m WHERE m.agg_id = ? AND" + _REFUSED + " ORDER BY m.rid"  # noqa: S608
MADE_BY = {
    RecordType.ATTACHMENT: OpKind.APPEND,
    RecordType.CASE_NOTE: OpKind.APPEND,
    RecordType.CONSENT_EVENT: OpKind.CONSENT,
}
"""Kinds of record that are not made by a plain `create`."""

LANE_STOP = 0
LANE_REST = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedOp:
    """One op that the service could not take and that was set aside.

    Attributes:
        patch: what was meant, as it travels.
        is_confirmed: the service has the record it changes.
    """

    kind: OpKind
    record_type: RecordType
    record_id: RecordId
    patch: Mapping[str, Any]
    cites: tuple[str, ...]
    is_confirmed: bool


class UnitOfWork(Reader):
    """What one use case writes, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        *,
        actor: Actor,
        now: datetime,
        clock_doubt: bool,
        ids: IdSource,
        seal: Seal,
        random_bytes: RandomBytes,
    ) -> None:
        """Take an open write transaction and who acts when."""
        super().__init__(connection)
        self.actor = actor
        self.now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self.today = london_day(now)
        self.ids = ids
        self.changed: set[RecordType] = set()
        self._clock_doubt = clock_doubt
        self._seal = seal
        self._random_bytes = random_bytes
        self._txn = TxnId(ids())
        self._people: set[UUID] = set()
        self._clock = _Hlc(connection, self.now)

    # --- records -----------------------------------------------------------------------------------------

    def header(self) -> dict[str, Any]:
        """Return the fixed fields of a new record, with a new id."""
        return {
            "id": RecordId(self.ids()),
            "org": self.actor.org,
            "created_at": self.now,
            "created_by": self.actor.user,
            "created_role": self.actor.role,
            "device": self.actor.device,
            "clock_doubt": self._clock_doubt,
        }

    def create(self, record: R) -> R:
        """Record something new that may change later."""
        return self._insert(record, OpKind.CREATE)

    def append(self, record: R) -> R:
        """Record something that is never edited."""
        return self._insert(record, OpKind.APPEND)

    def record_consent(self, event: ConsentEvent) -> ConsentEvent:
        """Record an act of asking or stopping; one that takes something away travels before everything else."""
        check(event, on=self.today)
        body = body_of(event)
        self._insert_row(event, body)
        stops = self._takes_away(event)
        self._enqueue(
            kind=OpKind.CONSENT,
            record_type=event.TYPE,
            record_id=event.id,
            agg_id=event.aggregate,
            patch={"set": body},
            cites=sorted({str(line) for item in event.lines for line in item.cites}),
            lane=LANE_STOP if stops else LANE_REST,
        )
        return event

    def change(
        self,
        kind: type[R],
        record_id: UUID,
        *,
        fields: Mapping[str, Any] | None = None,
        add: Mapping[str, Any] | None = None,
        remove: Mapping[str, Any] | None = None,
    ) -> R:
        """Change fields of a record, remembering what they were; nothing is written when nothing differs.

        Raises:
            BadInputError: a field refuses its new value.
            NotFoundError: the record is not held.
        """
        before = self.body(kind.TYPE, record_id)
        if before is None:
            raise NotFoundError(f"{kind.TYPE}.not_found")
        setting = {name: plain(value) for name, value in (fields or {}).items()}
        setting = {name: value for name, value in setting.items() if before.get(name) != (value or None)}
        change = Change(
            set=setting,
            base={name: before.get(name) for name in setting},
            add={name: plain(frozenset(value)) for name, value in (add or {}).items() if value},
            rem={name: plain(frozenset(value)) for name, value in (remove or {}).items() if value},
        )
        if not (change.set or change.add or change.rem):
            return record_of(kind, record_id, before)
        after = apply_change(kind, before, change)
        touched = change.set.keys() | change.add.keys() | change.rem.keys()
        check_patch(kind, before, {name: after.get(name) for name in touched}, on=self.today)
        record = record_of(kind, record_id, after)
        self._update_row(record, before, after)
        if self.connection.exec_driver_sql(_WAS_REFUSED, (record_id.bytes,)).first() is not None:
            # The service has no such record to change: what is put right here is sent as the new record it is.
            self.revive(record_id)
            return record
        self._enqueue(
            kind=OpKind.PATCH,
            record_type=kind.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": dict(change.set), "add": dict(change.add), "rem": dict(change.rem)},
            base=dict(change.base),
        )
        return record

    def move(self, kind: type[R], record_id: UUID, name: str, to: StrEnum) -> R:
        """Move a record along its small state machine (domain.md 4.3); where it stands already, nothing is written.

        Raises:
            BadTransitionError: `<record>.bad_transition`, with the state it is in.
            NotFoundError: the record is not held.
        """
        before = self.body(kind.TYPE, record_id)
        if before is None:
            raise NotFoundError(f"{kind.TYPE}.not_found")
        standing = str(before.get(name))
        if standing == to:
            return record_of(kind, record_id, before)
        if to not in MOVES[kind.TYPE, name].get(standing, frozenset()):
            raise BadTransitionError(f"{kind.TYPE}.bad_transition", state=standing)
        after = {**before, name: to.value}
        record = record_of(kind, record_id, after)
        self._update_row(record, before, after)
        self._enqueue(
            kind=OpKind.PATCH,
            record_type=kind.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": {name: to.value}},
            base={name: standing},
        )
        return record

    def resolve(self, conflict: Conflict, name: str, chosen: Any) -> None:
        """Answer one field of a conflict: the record shows the answer, the service decides whether it was the first.

        Raises:
            BadInputError: the field is not in question, or refuses the value.
            NotFoundError: the record is not held.
        """
        kind = KINDS[conflict.record_type]
        before = self.body(kind.TYPE, conflict.record)
        if before is None:
            raise NotFoundError(f"{kind.TYPE}.not_found")
        value = plain(chosen)
        change = Change(set={name: value}, base={name: before.get(name)})
        check_patch(kind, before, change.set, on=self.today)
        answer = resolve(
            conflict,
            name=name,
            chosen=value,
            base=before.get(name),
            current=before.get(name),
            by=self.actor.user,
            at=self.now,
        )
        after = apply_change(kind, before, change)
        record = record_of(kind, conflict.record, after)
        if answer.writes:
            self._update_row(record, before, after)
        self._enqueue(
            kind=OpKind.RESOLVE,
            record_type=kind.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": dict(change.set)},
            base=dict(change.base),
            cites=[str(conflict.id)],
            alone=True,
        )
        self.changed.add(RecordType.CONFLICT)

    def merge_people(self, merge: PersonMerge) -> PersonMerge:
        """Ask the service to make one person of two; both stay as they are here until it has."""
        check(merge, on=self.today)
        body = body_of(merge)
        self._insert_row(merge, body)
        self._on_a_pair(OpKind.MERGE_PERSON, merge, body)
        return merge

    def undo_merge(self, merge: PersonMerge, *, to_other: Collection[RecordId]) -> None:
        """Ask the service to make two people of one again; `to_other` goes to the other, of what came since."""
        self._on_a_pair(OpKind.UNMERGE_PERSON, merge, {"to_other": plain(frozenset(to_other))})

    def _on_a_pair(self, kind: OpKind, merge: PersonMerge, change: Mapping[str, Any]) -> None:
        self._enqueue(
            kind=kind,
            record_type=merge.TYPE,
            record_id=merge.id,
            agg_id=merge.aggregate,
            patch={"set": change},
            cites=[str(merge.other_person)],
            alone=True,
        )
        self.changed.add(merge.TYPE)

    def transition(self, referral: Referral, event: ReferralEvent) -> Referral:
        """Move a referral along and keep the step; the rules were applied by the use case."""
        before = self.body(referral.TYPE, referral.id) or {}
        return self._step(referral, event, before, {**before, "state": event.to_state.value})

    def step_match(self, match: Match, event: MatchEvent) -> Match:
        """Move a match along and keep the step; the rules were applied by the use case."""
        before = self.body(match.TYPE, match.id) or {}
        return self._step(match, event, before, after_step(before, body_of(event)))

    def answer_card(self, card: MatchCard, event: MatchEvent) -> MatchCard:
        """Say a mentor's yes or no by the card, which is all that a volunteer's laptop holds of the match."""
        before = self.body(card.TYPE, card.id) or {}
        return self._step(card, event, before, {**before, "state": event.to_state.value})

    def _step(self, record: R, event: ReferralEvent | MatchEvent, before: Body, after: Body) -> R:
        moved = record_of(type(record), record.id, after)
        self._update_row(moved, before, after)
        event_body = body_of(event)
        self._insert_row(event, event_body)
        self._enqueue(
            kind=OpKind.TRANSITION,
            record_type=record.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": {"event_id": str(event.id), "event": event_body}},
            alone=True,
        )
        return moved

    def parked(self, item: UUID) -> tuple[ParkedOp, ...]:
        """Take what was set aside about the person an attention item speaks of, in its order, to do it again."""
        rows = self.connection.exec_driver_sql(_PARKED, (item.bytes,)).all()
        for row in rows:
            self.connection.exec_driver_sql("DELETE FROM outbox WHERE op_id = ?", (row.op_id,))
            self.connection.exec_driver_sql("DELETE FROM attention WHERE op_id = ?", (row.op_id,))
        return tuple(
            ParkedOp(
                kind=OpKind(row.kind),
                record_type=RecordType(row.type),
                record_id=RecordId(UUID(bytes=row.id)),
                patch=msgspec.json.decode(row.patch),
                cites=tuple(msgspec.json.decode(row.cites)) if row.cites else (),
                is_confirmed=row.rev is not None,
            )
            for row in rows
        )

    def send_again(self, record: Record, kind: OpKind, *, cites: tuple[str, ...] = ()) -> None:
        """Send a record that never arrived as it is here now, as a new op; what takes something away goes first."""
        stops = isinstance(record, ConsentEvent) and self._takes_away(record)
        if isinstance(record, ConsentEvent):
            cites = cites or tuple(sorted({str(line) for item in record.lines for line in item.cites}))
        self._enqueue(
            kind=kind,
            record_type=record.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": self.body(record.TYPE, record.id) or {}},
            cites=list(cites) or None,
            lane=LANE_STOP if stops else LANE_REST,
        )

    def revive(self, record_id: UUID) -> int:
        """Send new records of a person again that the service has refused; returns how many.

        Their bodies are those they have here now. A change of a record that never arrived is refused like the record.

        Raises:
            NotFoundError: the record is not held.
        """
        agg_id = self.connection.exec_driver_sql(
            "SELECT agg_id FROM rec_meta WHERE id = ?", (record_id.bytes,)
        ).scalar_one_or_none()
        if agg_id is None:
            raise NotFoundError("attention.not_found")
        rows = self.connection.exec_driver_sql(_NEVER_TAKEN, (agg_id,)).all()
        for row in rows:
            kind = RecordType(row.type)
            self.connection.exec_driver_sql("DELETE FROM attention WHERE rec_id = ?", (row.id,))
            record = self.get(KINDS[kind], UUID(bytes=row.id))
            self.send_again(record, MADE_BY.get(kind, OpKind.CREATE))
            self.changed.add(kind)
        return len(rows)

    # --- audit -------------------------------------------------------------------------------------------

    def audit(
        self, action: AuditAction, *, person: PersonId | None = None, reason: str = "", detail: str = ""
    ) -> AuditEntry | None:
        """Add a link to this laptop's chain, in the transaction it speaks of.

        Returns:
            The entry, or None when the same person or list was opened within the last 10 minutes.
        """
        handle = "" if person is None else self._handle(person)
        if action in _LOOKS and self._seen_just_now(action, handle, reason):
            return None
        seq, previous = self._chain_head()
        salt = self._random_bytes(16) if detail else b""
        entry = {
            "device": self.actor.device,
            "seq": seq + 1,
            "previous": previous,
            "at": self.now,
            "clock_doubt": self._clock_doubt,
            "actor": self.actor.user,
            "role": self.actor.role.value,
            "action": action.value,
            "subject": handle,
            "reason": reason,
            "commitment": hashlib.sha256(salt + detail.encode()).hexdigest() if detail else "",
            "app_version": __version__,
        }
        digest, signature = self._seal(entry)
        record = AuditEntry(
            **self.header(),
            seq=seq + 1,
            action=action,
            subject=handle,
            at=self.now,
            reason=reason,
            detail=str(entry["commitment"]),
            previous=previous,
            hash=digest,
            signature=signature,
            app_version=__version__,
        )
        if detail:
            self.connection.exec_driver_sql(
                "INSERT INTO audit_detail(seq, person, salt, detail) VALUES (?, ?, ?, ?)",
                (seq + 1, None if person is None else person.bytes, salt, detail),
            )
        return self._insert(record, OpKind.APPEND)

    def _chain_head(self) -> tuple[int, str]:
        seq, last = self.audit_head(self.actor.device)
        return seq, last or GENESIS

    def _handle(self, person: PersonId) -> str:
        found = self.connection.exec_driver_sql(
            "SELECT handle FROM subject_handle WHERE person = ?", (person.bytes,)
        ).scalar_one_or_none()
        if found is not None:
            return str(found)
        handle = self._random_bytes(8).hex()
        self.connection.exec_driver_sql(
            "INSERT INTO subject_handle(person, handle) VALUES (?, ?)", (person.bytes, handle)
        )
        self._insert(AuditSubject(**self.header(), person=person, handle=handle), OpKind.APPEND)
        return handle

    def _seen_just_now(self, action: AuditAction, handle: str, reason: str) -> bool:
        rows = self.connection.exec_driver_sql(
            "SELECT body FROM audit_entry WHERE agg_id = ? ORDER BY rid DESC LIMIT 50", (self.actor.device.bytes,)
        ).scalars()
        since = plain(self.now - SAME_READ_WITHIN)
        me = str(self.actor.user)
        for text in rows:
            body = msgspec.json.decode(text)
            if body["at"] < since:
                return False
            if body["action"] != action or body["created_by"] != me:
                continue
            if body.get("subject", "") == handle and (handle or body.get("reason", "") == reason):
                return True
        return False

    # --- drafts and settings -----------------------------------------------------------------------------

    def save_draft(self, page: str, subject: UUID | None, body: Mapping[str, Any]) -> None:
        """Keep what is being typed on a page about a subject, in place of what was kept before.

        What is typed about a record that has left this laptop leaves with it.
        """
        self.drop_draft(page, subject)
        if subject is not None and not self.knows(subject):
            return
        self.connection.exec_driver_sql(
            "INSERT INTO draft(id, page, subject, owner, body, saved_at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                self.ids().bytes,
                page,
                None if subject is None else subject.bytes,
                self.actor.user.bytes,
                canonical(body).decode(),
                int(self.now.timestamp() * 1000),
            ),
        )

    def drop_draft(self, page: str, subject: UUID | None) -> None:
        """Forget a draft: it was recorded or discarded."""
        self.connection.exec_driver_sql(
            "DELETE FROM draft WHERE page = ? AND subject IS ? AND owner = ?",
            (page, None if subject is None else subject.bytes, self.actor.user.bytes),
        )

    def keep_setting(self, name: str, value: str) -> None:
        """Remember a small fact about this laptop."""
        self.connection.exec_driver_sql("INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", (name, value))

    def set_key_generation(self, generation: int) -> None:
        """Let the identity row name another key generation, once the file is encrypted under it."""
        self.connection.exec_driver_sql("UPDATE identity SET generation = ? WHERE one = 1", (generation,))

    # --- inside ------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Bring the search index up to date; called once, before the commit."""
        if self._people:
            index_people(self.connection, self._people)
        self._clock.keep()

    def _insert(self, record: R, kind: OpKind) -> R:
        check(record, on=self.today)
        body = body_of(record)
        self._insert_row(record, body)
        self._enqueue(
            kind=kind,
            record_type=record.TYPE,
            record_id=record.id,
            agg_id=record.aggregate,
            patch={"set": body},
            alone=record.TYPE in OF_THE_AUDIT,
        )
        return record

    def _insert_row(self, record: Record, body: Body) -> None:
        agg_id = record.aggregate.bytes
        meta = self.connection.exec_driver_sql(
            "INSERT INTO rec_meta(id, type, agg_id) VALUES (?, ?, ?)", (record.id.bytes, record.TYPE.value, agg_id)
        )
        self.connection.exec_driver_sql(
            f'INSERT INTO "{TABLES[record.TYPE]}"(rid, agg_id, body) VALUES (?, ?, ?)',  # noqa: S608
            (meta.lastrowid, agg_id, canonical(body).decode()),
        )
        self._touched(record)

    def _update_row(self, record: Record, before: Body, after: Body) -> None:
        rid, rev = self.connection.exec_driver_sql(
            "SELECT rid, rev FROM rec_meta WHERE id = ?", (record.id.bytes,)
        ).one()
        if rev is not None:
            # The service's body is kept from the first local edit on; later edits leave it as it is.
            self.connection.exec_driver_sql(
                "INSERT OR IGNORE INTO rec_base(rid, rev, body) VALUES (?, ?, ?)",
                (rid, rev, canonical(before).decode()),
            )
        self.connection.exec_driver_sql(
            f'UPDATE "{TABLES[record.TYPE]}" SET body = ? WHERE rid = ?',  # noqa: S608
            (canonical(after).decode(), rid),
        )
        self._touched(record)

    def _touched(self, record: Record) -> None:
        self.changed.add(record.TYPE)
        if record.TYPE in INDEXED:
            self._people.add(record.aggregate)

    def _enqueue(
        self,
        *,
        kind: OpKind,
        record_type: RecordType,
        record_id: RecordId,
        agg_id: AggregateId,
        patch: Mapping[str, Any],
        base: Mapping[str, Any] | None = None,
        cites: list[str] | None = None,
        lane: int = LANE_REST,
        alone: bool = False,
    ) -> None:
        if alone or lane == LANE_STOP:
            # A stop waits for nothing; a step may be refused, and what was recorded with it must not fall with it.
            self._txn = TxnId(self.ids())
        queued = self.connection.exec_driver_sql(
            _ENQUEUE,
            (
                lane,
                self.ids().bytes,
                self._txn.bytes,
                record_type.value,
                record_id.bytes,
                agg_id.bytes,
                kind.value,
                canonical(patch).decode(),
                None if base is None else canonical(base).decode(),
                None if cites is None else canonical(cites).decode(),
                self._clock.tick(),
                self.actor.user.bytes,
                int(self.now.timestamp() * 1000),
                SCHEMA_VERSION,
                record_id.bytes,
            ),
        )
        assert queued.rowcount == 1, "an op is about a record that is held"
        if alone or lane == LANE_STOP:
            self._txn = TxnId(self.ids())

    def _takes_away(self, event: ConsentEvent) -> bool:
        """Whether the event is a withdrawal, or a refusal that ends an earlier yes (sync.md, lane 0)."""
        if event.kind is ConsentKind.WITHDRAWAL:
            return True
        refusals = [line for line in event.lines if line.decision is Decision.REFUSED and line.cites]
        if not refusals:
            return False
        cited = {line for refusal in refusals for line in refusal.cites}
        earlier = self.of_person(ConsentEvent, event.person)
        return any(
            line.line_id in cited and line.decision is Decision.AGREED for other in earlier for line in other.lines
        )


class _Hlc:
    """Hybrid logical clock: `<milliseconds>-<count>`, never going back; the service adds the laptop (sync.md 5)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        last = connection.exec_driver_sql("SELECT hlc FROM sync_device").scalar_one_or_none() or "0-0-0"
        self._milliseconds, self._count = (int(part) for part in last.split("-")[:2])
        wall = int(now.timestamp() * 1000)
        if wall > self._milliseconds:
            self._milliseconds, self._count = wall, -1

    def tick(self) -> str:
        self._count += 1
        return f"{self._milliseconds}-{self._count}"

    def keep(self) -> None:
        if self._count >= 0:
            self._connection.exec_driver_sql("UPDATE sync_device SET hlc = ?", (f"{self._milliseconds}-{self._count}",))
