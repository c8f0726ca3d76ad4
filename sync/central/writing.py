"""The write transaction: the one way in which anything about records changes (sync.md 4).

Lanes, aggregates, ops, consequences, rows, journal, feed numbers, commit: in this order and no other. Imports,
administration and the passing of time go through here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from psycopg import DataError, IntegrityError
from psycopg.errors import UniqueViolation

from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.domain.ids import OrganisationId
from app.domain.task import Task
from sync.central.alliance import AllianceReader
from sync.central.applying import LANE_REST, LANE_STOP, Circumstances, apply_ops, refuse_group, refuse_taken
from sync.central.consequences import Outcome, compare, follow_up
from sync.central.database import Context, Database, PgConnection
from sync.central.directory_changes import may_change_rules, note_changes
from sync.central.joining import relocate, use_owners
from sync.central.journal import WithdrawalJournal
from sync.central.lanes import ForkedTooOftenError, LaneCheck, advance_lane, check_lane, check_rescued, suspend
from sync.central.loading import MAKING, join, lock_aggregates, lock_and_load
from sync.central.mentors import mentees_of
from sync.central.numbering import entries_of, number
from sync.central.overlay import Locked, Overlay, is_shown
from sync.central.pairs import Asking, note_cards, settle_pair
from sync.central.policy import Caller, service_caller
from sync.central.removals import order_removals, renew_receipts
from sync.central.scopes import REFERENCE, scope_id
from sync.central.storing import log_ops, store
from sync.central.tables import CONSOLE
from sync.central.upcasting import upcast
from sync.central.verdicts import Verdict
from sync.protocol.messages import OpLine, PushHeader, ResultState

_KEYED_BY_ORGANISATION = frozenset({RecordType.USER, RecordType.SIGNPOST})
"""Kinds of reference record that travel in several scopes of their organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a device sends in one go.

    Attributes:
        caller: the device.
        header: lane and number.
        ops: in their order.
        now: the service's clock.
        too_big: ops among them that are larger than an op may be.
        faults: ops among them that cannot be read, with what is wrong with each.
        rescued: two custodians brought them; the device, which may be revoked, does not send them itself.
    """

    caller: Caller
    header: PushHeader
    ops: Sequence[OpLine]
    now: datetime
    too_big: frozenset[UUID] = frozenset()
    faults: Mapping[UUID, str] = field(default_factory=dict)
    rescued: bool = False


Judge = Callable[[Overlay, Sequence[OpLine], Circumstances], list[Verdict]]
"""What is done with new ops: they are applied, or refused as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of a push.

    Attributes:
        results: one encoded result line per op, in their order.
        acked: up to which number the lane is answered.
        audit: the newest entry of the device's audit chain that came in, if any.
    """

    results: list[bytes]
    acked: int
    audit: dict[str, Any] | None = None


@dataclass(slots=True)
class _Work:
    """One write transaction under way."""

    connection: PgConnection
    around: Circumstances
    overlay: Overlay
    cause: UUID
    always: bool = False
    is_journalled: bool = False
    known_keys: dict[UUID, str] = field(default_factory=dict)


class Writer:
    """Holds what every write transaction needs; safe to share between threads.

    Attributes:
        timed_numbering: what is entered while feed numbers are taken; whoever counts puts a clock of its own here.
    """

    def __init__(self, database: Database, alliance: AllianceReader, journal: WithdrawalJournal) -> None:
        """Take the database, the directory's reader and the withdrawal journal."""
        self._database = database
        self._alliance = alliance
        self._journal = journal
        self.timed_numbering: Callable[[], AbstractContextManager[object]] = nullcontext
        # A scope's id is made from its key, so what was read once is right for ever.
        self._scope_keys: dict[UUID, str] = {}

    def push(self, push: Push) -> Pushed:
        """Take in a push; one that was taken in before is answered the same again.

        Raises:
            RefusedError: the lane does not fit, the device was revoked, or the service is busy.
        """
        push = replace(push, ops=[upcast(op, push.caller.device) for op in push.ops])
        try:
            return self._push_at_once(push)
        except (IntegrityError, DataError):
            # One op breaks a constraint that no rule foresaw; alone, only its own transaction falls.
            return self._push_one_by_one(push)
        except ForkedTooOftenError:
            with self._database.settling(_context(push.caller)) as connection:
                suspend(connection, push.caller)
            raise

    def change(self, org: OrganisationId, ops: Sequence[OpLine], *, now: datetime) -> list[bytes]:
        """Change records of an organisation on the service's own account; returns the result lines."""
        push = _by_the_service(org, now, ops)
        with self._database.writing(_context(push.caller), changes_rules=may_change_rules(ops)) as connection:
            around = self._circumstances(connection, push, ops)
            work = _Work(connection, around, lock_and_load(connection, ops), _cause(ops))
            return self._finish(work, apply_ops(work.overlay, ops, around), lane_epoch=CONSOLE)

    def replay(self, caller: Caller, op: OpLine, *, home: OrganisationId, now: datetime) -> ResultState:
        """Put an op of lane 0 into force again, as it stands in the journal; the service was put back to before it.

        A partner may have held the person through what the database has forgotten: the person is opened by `home`,
        the organisation that had registered them, and the op is judged as its device's all the same.

        Several services may start at once and replay the same op: one of them does, the others find it done.
        """
        op = upcast(op, caller.device)
        push = Push(caller=caller, header=PushHeader(lane=LANE_STOP, lane_epoch=CONSOLE, prev=0), ops=[op], now=now)
        try:
            with self._database.writing(replace(_context(caller), org=home)) as connection:
                around = self._circumstances(connection, push, [op])
                work = _Work(connection, around, lock_and_load(connection, [op]), op.op_id, is_journalled=True)
                connection.execute("SELECT set_config('app.org', %s, true)", (str(caller.org),))
                (verdict,) = apply_ops(work.overlay, [op], around)
                self._finish(work, [verdict], lane_epoch=CONSOLE)
        except UniqueViolation:
            return ResultState.APPLIED
        return verdict.state

    def look_again(self, org: OrganisationId, agg_ids: Sequence[UUID], *, now: datetime, cause: UUID) -> None:
        """Compute again who sees what of aggregates, because time passed or something around them changed."""
        push = _by_the_service(org, now)
        with self._database.writing(_context(push.caller)) as connection:
            around = self._circumstances(connection, push, ())
            work = _Work(connection, around, lock_aggregates(connection, agg_ids), cause, always=True)
            self._finish(work, [], lane_epoch=CONSOLE)

    def look_at_mentees(self, org: OrganisationId, mentor: UUID, *, now: datetime, cause: UUID) -> None:
        """Compute again who sees what of everybody whom a mentor's laptop holds: the mentor's account was closed."""
        with self._database.writing(_context(_by_the_service(org, now).caller)) as connection:
            mentees = mentees_of(connection, mentor)
        for home in sorted(set(mentees.values())):
            found = [agg_id for agg_id, home_org in mentees.items() if home_org == home]
            self.look_again(OrganisationId(home), found, now=now, cause=cause)

    def renew_receipts(
        self, org: OrganisationId, losses: Iterable[tuple[UUID, UUID, OrganisationId]], *, now: datetime, cause: UUID
    ) -> None:
        """Count again who has removed what: for each loss its person, the op that caused it, and the partner."""
        listed = list(losses)
        push = _by_the_service(org, now)
        with self._database.writing(_context(push.caller)) as connection:
            around = self._circumstances(connection, push, ())
            work = _Work(connection, around, lock_aggregates(connection, {person for person, _, _ in listed}), cause)
            for aggregate in work.overlay.aggregates.values():
                mine = [(op, partner) for person, op, partner in listed if person == aggregate.agg_id]
                if aggregate.opened:
                    renew_receipts(connection, work.overlay, aggregate, mine)
            self._finish(work, [], lane_epoch=CONSOLE)

    def remind(self, org: OrganisationId, tasks: Sequence[Task], *, now: datetime) -> None:
        """Add tasks of the service's own to an organisation; those that were added before stay as they are."""
        push = _by_the_service(org, now)
        with self._database.writing(_context(push.caller)) as connection:
            around = self._circumstances(connection, push, ())
            work = _Work(connection, around, lock_aggregates(connection, ()), _cause(()))
            join(connection, work.overlay, {org})
            known = connection.execute("SELECT id FROM ids_in_use(%b)", ([task.id for task in tasks],)).fetchall()
            fresh = [task for task in tasks if (task.id,) not in known]
            for task in fresh if org in work.overlay.aggregates else ():
                work.overlay.insert_record(org, task, op=task.id)
            self._finish(work, [], lane_epoch=CONSOLE)

    def settle_pair(self, org: OrganisationId, asking: Asking, *, now: datetime) -> None:
        """Ask an organisation about one of its people and somebody else's, or take the question back."""
        push = _by_the_service(org, now)
        with self._database.writing(_context(push.caller)) as connection:
            around = self._circumstances(connection, push, ())
            work = _Work(connection, around, lock_aggregates(connection, [asking.person]), asking.person)
            aggregate = work.overlay.aggregates.get(asking.person)
            if aggregate is not None:
                settle_pair(work.overlay, aggregate, asking, now=now)
            self._finish(work, [], lane_epoch=CONSOLE)

    def open_scopes(self, org: OrganisationId, keys: Sequence[str], *, now: datetime, cause: UUID) -> None:
        """Begin the feeds of scopes that nobody has written to yet; those that are there go on."""
        push = _by_the_service(org, now)
        with self._database.writing(_context(push.caller)) as connection:
            number(connection, [], {scope_id(key): key for key in keys}, cause=cause, device=CONSOLE, now=now)

    def _push_at_once(self, push: Push, judge: Judge = apply_ops) -> Pushed:
        caller, header = push.caller, push.header
        with self._database.writing(_context(caller), changes_rules=may_change_rules(push.ops)) as connection:
            if push.rescued:
                check = check_rescued(connection, caller, header, push.ops)
            else:
                taken = judge is refuse_taken
                check = check_lane(connection, caller, header, push.ops, now=push.now, with_refusals=taken)
            around = self._circumstances(connection, push, check.fresh)
            overlay = lock_and_load(connection, check.fresh)
            work = _Work(connection, around, overlay, _cause(check.fresh), known_keys=self._scope_keys)
            verdicts = judge(overlay, check.fresh, around)
            fresh = self._finish(work, verdicts, lane_epoch=header.lane_epoch)
            if not push.rescued:
                advance_lane(connection, caller, header.lane, check.last_seq)
        return Pushed(results=_in_order(push.ops, check, fresh), acked=check.last_seq, audit=_newest_audit(verdicts))

    def _push_one_by_one(self, push: Push) -> Pushed:
        results: list[bytes] = []
        pushed = Pushed(results=[], acked=push.header.prev)
        for _, found in groupby(push.ops, key=lambda op: op.txn):
            group = list(found)
            header = msgspec.structs.replace(push.header, prev=group[0].seq - 1)
            part = replace(push, header=header, ops=group)
            pushed = self._push_or_refuse(part)
            results += pushed.results
        return Pushed(results=results, acked=pushed.acked, audit=pushed.audit)

    def _push_or_refuse(self, part: Push) -> Pushed:
        """Take in one transaction of ops, or answer that it breaks a constraint; the lane goes on either way."""
        try:
            return self._push_at_once(part)
        except (IntegrityError, DataError):
            try:
                return self._push_at_once(part, judge=refuse_group)
            except IntegrityError:
                # Even the refusal cannot be logged under the ops' own ids: they are in the log, as another device's.
                return self._push_at_once(part, judge=refuse_taken)

    def _circumstances(self, connection: PgConnection, push: Push, fresh: Iterable[OpLine]) -> Circumstances:
        making = [op.record_id for op in fresh if op.kind in MAKING]
        taken = connection.execute("SELECT id, agg_id FROM ids_in_use(%b)", (making,)).fetchall() if making else []
        return Circumstances(
            caller=push.caller,
            lane=push.header.lane,
            now=push.now,
            on=london_day(push.now),
            alliance=self._alliance.read(connection),
            holidays=self._alliance.holidays,
            taken=dict(taken),
            too_big=push.too_big,
            faults=push.faults,
        )

    def _finish(self, work: _Work, verdicts: list[Verdict], *, lane_epoch: UUID) -> list[bytes]:
        """Take steps 6 to 9; returns the encoded results."""
        outcomes = _consequences(work)
        _forget_stubs(work)
        if any(each.is_joined for each in work.overlay.aggregates.values()):
            use_owners(work.connection, work.overlay)
            relocate(work.connection, work.overlay)
        store(work.connection, outcomes, now=work.around.now)
        note_changes(work.connection, (outcome.aggregate for outcome in outcomes), now=work.around.now)
        note_cards(work.connection, outcomes, always=work.always)
        _withhold_bodies(work, verdicts, outcomes)
        encoded = [msgspec.json.encode(verdict.line(work.overlay)) for verdict in verdicts]
        caller = work.around.caller
        log_ops(
            work.connection,
            zip(verdicts, encoded, strict=True),
            device=caller.device,
            lane=work.around.lane,
            lane_epoch=lane_epoch,
            now=work.around.now,
        )
        if work.around.lane == LANE_STOP and not work.is_journalled:
            self._journal.append(_envelope(verdict, work) for verdict in verdicts)
        entries = entries_of(outcomes)
        touched = {entry.scope_id for entry in entries}
        keys = {scope: key for each in outcomes for scope, key in each.keys.items() if scope in touched}
        with self.timed_numbering():
            number(work.connection, entries, keys, cause=work.cause, device=caller.device, now=work.around.now)
        return encoded


def _consequences(work: _Work) -> list[Outcome]:
    around, overlay = work.around, work.overlay
    touched = [
        each
        for each in overlay.aggregates.values()
        if each.is_open and (work.always or each.is_joined or each.changed())
    ]
    keys = _stored_keys(work, touched)
    outcomes = [_follow_up(work, aggregate, keys) for aggregate in touched]
    added: dict[UUID, Outcome] = {}
    for outcome in outcomes:
        mark = overlay.mark()
        for aggregate in order_removals(work.connection, overlay, outcome, cause=work.cause, around=around):
            added[aggregate.agg_id] = _follow_up(work, aggregate, {})
        if overlay.mark() != mark:
            compare(outcome)
    # An organisation's own records may have changed in the same push: what was added to them counts too.
    return [added.pop(outcome.aggregate.agg_id, outcome) for outcome in outcomes] + list(added.values())


def _follow_up(work: _Work, aggregate: Locked, keys: dict[UUID, str]) -> Outcome:
    return follow_up(
        work.overlay,
        aggregate,
        cause=work.cause,
        now=work.around.now,
        on=work.around.on,
        alliance=work.around.alliance,
        scope_keys=_organisation_keys(work.connection, aggregate),
        keys={scope: keys[scope] for scope, _, _ in aggregate.access if scope in keys},
        always=work.always,
    )


def _withhold_bodies(work: _Work, verdicts: Iterable[Verdict], outcomes: Iterable[Outcome]) -> None:
    """Answer with no body that the device may not hold once this transaction is through."""
    caller = work.around.caller
    access = {outcome.aggregate.agg_id: outcome.access for outcome in outcomes if outcome.access is not None}
    for verdict in verdicts:
        if not verdict.shows_body:
            continue
        aggregate = work.overlay.aggregates.get(verdict.agg_id)
        row = None if aggregate is None else aggregate.rows.get(verdict.op.record_id)
        if aggregate is not None and row is not None and not caller.is_service:
            places = access.get(aggregate.agg_id, aggregate.access)
            verdict.shows_body = is_shown(row, places, caller.scopes)


def _stored_keys(work: _Work, aggregates: Iterable[Locked]) -> dict[UUID, str]:
    scopes = {scope for aggregate in aggregates for scope, _, _ in aggregate.access}
    unknown = [scope for scope in scopes if scope not in work.known_keys]
    if unknown:
        found = work.connection.execute("SELECT id, key FROM scope_keys(%s)", (unknown,))
        work.known_keys.update(found.fetchall())
    return {scope: work.known_keys[scope] for scope in scopes if scope in work.known_keys}


def _organisation_keys(connection: PgConnection, aggregate: Locked) -> dict[OrganisationId, frozenset[str]]:
    owners = {row.org for row in aggregate.rows.values() if row.type in _KEYED_BY_ORGANISATION}
    if aggregate.is_person or not owners:
        return {}
    found = {}
    for org in owners:
        keys = connection.execute("SELECT key FROM scopes_of(%s)", (org,)).fetchall()
        found[org] = frozenset(key for (key,) in keys)
    return found


def _forget_stubs(work: _Work) -> None:
    """Take back aggregates that were made for ops which were then refused."""
    empty = [each.agg_id for each in work.overlay.aggregates.values() if each.made and not each.rows]
    if empty:
        work.connection.execute("DELETE FROM aggregate WHERE agg_id = ANY(%s)", (empty,))


def _in_order(ops: Sequence[OpLine], check: LaneCheck, fresh: list[bytes]) -> list[bytes]:
    if not check.stored:
        return fresh
    answers = dict(zip((op.op_id for op in check.fresh), fresh, strict=True))
    return [answers[op.op_id] if op.op_id in answers else msgspec.json.encode(check.stored[op.op_id]) for op in ops]


def _newest_audit(verdicts: Iterable[Verdict]) -> dict[str, Any] | None:
    entries = [
        verdict.op.changes
        for verdict in verdicts
        if verdict.op.record_type == RecordType.AUDIT_ENTRY and verdict.state is ResultState.APPLIED
    ]
    return max(entries, key=lambda entry: entry["seq"], default=None)


def _envelope(verdict: Verdict, work: _Work) -> dict[str, Any]:
    around, aggregate = work.around, work.overlay.aggregates.get(verdict.agg_id)
    return {
        "op": msgspec.to_builtins(verdict.op),
        "device": str(around.caller.device),
        "org": str(around.caller.org),
        "home": str(around.caller.org if aggregate is None else aggregate.home_org),
        "scopes": {str(scope): key for scope, key in around.caller.scopes.items()},
        "received_at": around.now.isoformat(),
        "state": verdict.state.value,
    }


def _cause(ops: Sequence[OpLine]) -> UUID:
    return ops[0].op_id if ops else UUID(int=0)


def _by_the_service(org: OrganisationId, now: datetime, ops: Sequence[OpLine] = ()) -> Push:
    caller = service_caller(org, {scope_id(REFERENCE): REFERENCE})
    return Push(caller=caller, header=PushHeader(lane=LANE_REST, lane_epoch=CONSOLE, prev=0), ops=ops, now=now)


def _context(caller: Caller) -> Context:
    return Context(org=caller.org, device=caller.device, scopes=tuple(caller.scopes))
