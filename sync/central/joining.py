"""Two people become one, and two again: their records move between two locked aggregates (`domain.md` 8, sync.md 7).

What is left of the other person stays where it was, held by nobody: the undoing begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import msgspec

from app.domain.bodies import Body, body_of, record_of
from app.domain.checks import check_patch
from app.domain.codes import RecordType, TaskKind
from app.domain.consent import NO
from app.domain.consent_event import ConsentEvent
from app.domain.ids import LineId, PersonId, RecordId, UserId
from app.domain.making_one import (
    STAYS_BEHIND,
    MergeError,
    check_pair,
    doubled,
    given_back,
    made_one,
    same_contact,
    stricter_contact,
)
from app.domain.person import Injury, Person
from app.domain.person_merge import PersonMerge
from app.domain.record import Record
from app.domain.task import Task
from app.errors import BadInputError
from sync.central.database import PgConnection
from sync.central.outcomes import OpRefusedError
from sync.central.overlay import Locked, Overlay, Row
from sync.central.person_rows import referral_of
from sync.central.policy import Caller
from sync.central.service_records import derived_id
from sync.central.verdicts import Verdict
from sync.protocol.messages import OpLine, RejectCode, ResultState

ACTIVE, MERGED = "active", "merged"

_MOVE = "UPDATE {table} SET agg_id = %s WHERE agg_id = %s AND {column} = ANY(%s)"
_ALIAS = "INSERT INTO agg_alias(old, new) VALUES (%s, %s) ON CONFLICT (old) DO UPDATE SET new = excluded.new"


def make_one(
    overlay: Overlay, aggregate: Locked, op: OpLine, record: PersonMerge, *, caller: Caller, on: date
) -> Verdict:
    """Make one person of two; `record` was checked, and is kept with what it changed.

    Raises:
        BadInputError: a field has to be chosen, or was changed meanwhile.
        OpRefusedError: the two may not be made one.
    """
    other = _other(overlay, aggregate, record.other_person, ACTIVE)
    one, theirs = _person_row(aggregate), _person_row(other)
    _check(aggregate, other, one, theirs, caller)
    work = _Joining(overlay, aggregate, other, op.op_id)
    work.revise(one, made_one(Person, one.body, theirs.body, record.chosen), on)
    work.join_injuries(record.injury, on)
    work.end_second_stay(record.stay, on)
    there = frozenset(RecordId(row.id) for row in aggregate.of_type(RecordType.CONSENT_EVENT))
    work.join_contacts()
    work.link_referrals()
    work.move_all()
    kept = replace(
        record,
        moved=frozenset(RecordId(row_id) for row_id in work.moved),
        there=there,
        before=work.before,
        after=work.after,
    )
    overlay.insert_record(aggregate.agg_id, kept, op=op.op_id)
    overlay.set_state(other, MERGED)
    return Verdict(op=op, state=ResultState.MERGED, agg_id=aggregate.agg_id, shows_body=True)


def make_two(overlay: Overlay, aggregate: Locked, op: OpLine, row: Row, *, caller: Caller, now: datetime) -> Verdict:
    """Undo a merge: both are as they were, but for what was changed since.

    Raises:
        OpRefusedError: it was undone already, or one of the two was erased.
    """
    record = record_of(PersonMerge, row.id, row.body)
    if not record.holds:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem="merge.undone")
    if row.org != caller.org:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    other = _other(overlay, aggregate, record.other_person, MERGED)
    back = {*record.moved, *record.later, *_dealt_out(op, aggregate)}
    # Consent first, while it is still known which line was recorded where.
    _copy_noes(overlay, aggregate, other, record, back, op_id=op.op_id)
    for moving in [each for each in aggregate.rows.values() if each.id in back and each.type not in STAYS_BEHIND]:
        overlay.move(moving, other, _of_person(moving, other.agg_id), op=op.op_id)
    for row_id, before in record.before.items():
        now_row = aggregate.rows.get(UUID(row_id)) or other.rows.get(UUID(row_id))
        if now_row is not None:
            body = given_back(now_row.body, before=before, after=record.after.get(row_id, {}))
            overlay.revise(now_row, body, op=op.op_id)
    undone = replace(record, undone_at=now.replace(microsecond=now.microsecond // 1000 * 1000), undone_by=UserId(op.by))
    overlay.revise(row, body_of(undone), op=op.op_id)
    overlay.set_state(other, ACTIVE)
    return Verdict(op=op, state=ResultState.MERGED, agg_id=aggregate.agg_id, shows_body=True)


def is_one_question(record: Record, there: Row) -> bool:
    """Answer whether two laptops ask about the same two people: the task that came first is the one that counts."""
    if not isinstance(record, Task) or record.kind is not TaskKind.POSSIBLE_SAME_PERSON:
        return False
    asked = {"kind": record.kind.value, "person": str(record.person), "subject": str(record.subject)}
    return there.type is RecordType.TASK and all(there.body.get(name) == value for name, value in asked.items())


def redirected(aggregate: Locked, op: OpLine) -> OpLine:
    """Return an op on a person who became part of another, as one on that other; any other op as it is."""
    old = op.agg_id
    if old == aggregate.agg_id:
        return op
    changes = {**op.changes, "person": str(aggregate.agg_id)} if op.changes.get("person") == str(old) else op.changes
    record_id = aggregate.agg_id if op.record_id == old else op.record_id
    return msgspec.structs.replace(op, agg_id=aggregate.agg_id, record_id=record_id, changes=changes)


def note_later(overlay: Overlay, aggregate: Locked, op: OpLine, written: OpLine) -> None:
    """Remember a record that was written under the name of a person who is part of another by now."""
    row = aggregate.rows.get(op.record_id)
    if row is None or op is written or op.record_id in aggregate.before:
        return
    overlay.put(replace(row, as_pushed=False))
    for merge in aggregate.of_type(RecordType.PERSON_MERGE):
        record = record_of(PersonMerge, merge.id, merge.body)
        if record.holds and record.other_person == written.agg_id:
            later = replace(record, later=record.later | {RecordId(op.record_id)})
            overlay.revise(merge, body_of(later), op=op.op_id)


def relocate(connection: PgConnection, overlay: Overlay) -> None:
    """Move the stored rows of records that have another aggregate now, and keep who became part of whom."""
    for (old, new), rows in overlay.moves().items():
        for table, column, ids in (("record", "id", rows), ("consent_line", "event", rows)):
            connection.execute(_MOVE.format(table=table, column=column), (new, old, list(ids)))
    for aggregate in overlay.aggregates.values():
        if aggregate.is_joined:
            connection.execute(_ALIAS, (aggregate.agg_id, _lives_on_as(aggregate, overlay)))


def _lives_on_as(aggregate: Locked, overlay: Overlay) -> UUID:
    """Return the person whose part an aggregate is now: itself once it stands alone again."""
    for one in overlay.aggregates.values():
        for row in one.of_type(RecordType.PERSON_MERGE):
            if row.body["other_person"] == str(aggregate.agg_id) and "undone_at" not in row.body:
                return one.agg_id
    return aggregate.agg_id


def use_owners(connection: PgConnection, overlay: Overlay) -> None:
    """Let this transaction write what partners wrote about the people in hand: it moves with them."""
    connection.execute("SELECT use_owners(%s)", (list(overlay.aggregates),))


class _Joining:
    """One merge under way: remembers what it changes."""

    def __init__(self, overlay: Overlay, one: Locked, other: Locked, op_id: UUID) -> None:
        self._overlay, self._one, self._other, self._op = overlay, one, other, op_id
        self.before: dict[str, Body] = {}
        self.after: dict[str, Body] = {}
        self.moved: set[UUID] = set()
        self._left_behind: set[UUID] = set()

    def revise(self, row: Row, body: Body, on: date) -> None:
        changed = {name: body.get(name) for name in {*body, *row.body} if body.get(name) != row.body.get(name)}
        check_patch(_KIND[row.type], body, changed, on, before=row.body)
        self._change(row, body)

    def join_injuries(self, chosen: Mapping[str, object], on: date) -> None:
        """Leave one injury: the other stays behind with its person."""
        mine, theirs = self._one.of_type(RecordType.INJURY), self._other.of_type(RecordType.INJURY)
        if mine and theirs:
            self.revise(mine[-1], made_one(Injury, mine[-1].body, theirs[-1].body, chosen), on)
            self._left_behind |= {row.id for row in theirs}

    def end_second_stay(self, goes_on: RecordId | None, on: date) -> None:
        """Leave one open stay: nobody is in two places."""
        rows = [*self._one.of_type(RecordType.STAY), *self._other.of_type(RecordType.STAY)]
        opened = [row for row in rows if not row.body.get("discharged_on") and not row.body.get("archived")]
        if len(opened) < 2:
            return
        if goes_on not in {row.id for row in opened}:
            raise BadInputError.at("person_merge", "stay", "required")
        for row in opened:
            if row.id != goes_on:
                self._change(row, {**row.body, "discharged_on": str(on)})

    def join_contacts(self) -> None:
        """Leave one of two equal ways to reach somebody, with what both permit."""
        mine = [row for row in self._one.of_type(RecordType.CONTACT_POINT) if not row.body.get("archived")]
        for theirs in self._other.of_type(RecordType.CONTACT_POINT):
            same = next((row for row in mine if same_contact(row.body, theirs.body)), None)
            if same is not None and not theirs.body.get("archived"):
                self._change(same, stricter_contact(same.body, theirs.body))
                self._change(theirs, {**theirs.body, "archived": True})

    def link_referrals(self) -> None:
        """Link open referrals to one service as duplicates of the oldest: its team sees that they are of one person."""
        rows = {row.id: row for row in self._one.of_type(RecordType.REFERRAL)}
        rows |= {row.id: row for row in self._other.of_type(RecordType.REFERRAL)}
        for later, first in doubled(referral_of(row) for row in rows.values()).items():
            self._change(rows[later], {**rows[later].body, "duplicate_of": str(first)})

    def move_all(self) -> None:
        for row in list(self._other.rows.values()):
            if row.type not in STAYS_BEHIND and row.id not in self._left_behind:
                self._overlay.move(row, self._one, _of_person(row, self._one.agg_id), op=self._op)
                self.moved.add(row.id)

    def _change(self, row: Row, body: Body) -> None:
        if body != row.body:
            self.before.setdefault(str(row.id), row.body)
            self.after[str(row.id)] = body
            self._overlay.revise(row, body, op=self._op)


_KIND = {RecordType.PERSON: Person, RecordType.INJURY: Injury}


def _other(overlay: Overlay, aggregate: Locked, person: PersonId, state: str) -> Locked:
    other = overlay.aggregates.get(person)
    # Not yours, not there and not in that state are one answer.
    if other is None or not other.opened or other.state != state or aggregate.state != ACTIVE:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=MergeError.default_code)
    return other


def _check(one: Locked, other: Locked, mine: Row, theirs: Row, caller: Caller) -> None:
    try:
        check_pair(mine.body, theirs.body, is_itself=one is other)
    except MergeError as error:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=error.code) from error
    related = [*one.of_type(RecordType.RELATIONSHIP), *other.of_type(RecordType.RELATIONSHIP)]
    pair = {str(one.agg_id), str(other.agg_id)}
    is_joined = any(row.body.get("undone_at") is None for row in other.of_type(RecordType.PERSON_MERGE))
    if mine.org != caller.org or is_joined or any(row.body["other_person"] in pair for row in related):
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=MergeError.default_code)


def _person_row(aggregate: Locked) -> Row:
    row = aggregate.rows.get(aggregate.agg_id)
    if row is None or row.type is not RecordType.PERSON:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=MergeError.default_code)
    return row


def _of_person(row: Row, person: UUID) -> Body:
    return {**row.body, "person": str(person)} if "person" in row.body else row.body


def _dealt_out(op: OpLine, aggregate: Locked) -> Iterator[UUID]:
    """Yield what somebody gave to the other person when they undid the merge, and what hangs on it."""
    given = {str(text) for text in op.changes.get("to_other", ())}
    for row in aggregate.rows.values():
        if str(row.id) in given or {row.body.get("referral"), row.body.get("parent")} & given:
            yield row.id


def _copy_noes(
    overlay: Overlay, one: Locked, other: Locked, record: PersonMerge, back: Iterable[UUID], *, op_id: UUID
) -> None:
    """Let every no that was recorded after the merge hold for both: nobody knows for whom it was meant."""
    returning, since = set(back), {*record.later}
    for row in list(one.of_type(RecordType.CONSENT_EVENT)):
        if row.id in record.there or row.id in record.moved:
            continue
        to = one if row.id in returning | since else other
        event = _only_noes(record_of(ConsentEvent, row.id, row.body), PersonId(to.agg_id))
        if event.lines:
            overlay.insert_record(to.agg_id, event, op=op_id)


def _only_noes(event: ConsentEvent, person: PersonId) -> ConsentEvent:
    lines = tuple(
        replace(line, line_id=LineId(derived_id(line.line_id, "undo"))) for line in event.lines if line.decision in NO
    )
    return replace(event, id=derived_id(event.id, "undo"), person=person, lines=lines, voids=frozenset())
