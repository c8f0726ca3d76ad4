"""Step 5 of the write transaction: each op against the overlay; a transaction of ops holds or falls as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from app.domain.agreement import Agreement, check_amended, keeps_register
from app.domain.attachment import Attachment, check_parent
from app.domain.audit import OF_THE_AUDIT
from app.domain.bodies import KINDS, Body, body_of, is_body, plain, record_of, unknown_fields
from app.domain.canonical import body_hash
from app.domain.checks import check_patch, checked
from app.domain.clocks import BankHolidays
from app.domain.codes import OpKind, RecordType, ReferralState, Role
from app.domain.ids import SYSTEM
from app.domain.merging import Change, MergeOutcome, merge
from app.domain.note import CaseNote, check_amends
from app.domain.person_merge import PersonMerge
from app.domain.record import FieldRule, Merge, Record, field_rules
from app.domain.schema import SCHEMA_VERSION
from app.errors import BadInputError, BadTransitionError, GateError
from sync.central.alliance import Alliance
from sync.central.clashes import keep_clashes, written_by_others
from sync.central.concerns import check_place, follow_concern
from sync.central.consenting import check_consent, is_stop, received_stamp
from sync.central.corrections import CORRECTED_THROUGH_CARDS, check_correction
from sync.central.joining import is_one_question, make_one, make_two, note_later, redirected
from sync.central.lanes import id_of_refusal
from sync.central.match_steps import move_match
from sync.central.mentoring import check_mentoring, check_own_profile, follow_profile, follow_record
from sync.central.outcomes import OpHeldError, OpRefusedError
from sync.central.overlay import Locked, Overlay, Row, is_shown
from sync.central.policy import OP_KINDS, RECORD_TYPES, Caller, authorise
from sync.central.referring import move_referral
from sync.central.replacing import tell_replaced
from sync.central.rerouting import ask_first
from sync.central.resolving import resolve_conflict
from sync.central.sending import BESIDE_THE_PACKAGE, Moving
from sync.central.verdicts import Verdict
from sync.protocol.limits import TXN_MOST_OPS
from sync.protocol.messages import HoldCode, OpLine, RejectCode, ResultState

DERIVED = frozenset(
    {
        RecordType.SHARE_CARD,
        RecordType.REMOVAL_RECEIPT,
        RecordType.REFERRAL_EVENT,
        RecordType.CONFLICT,
        RecordType.MATCH_EVENT,
        RecordType.MATCH_CARD,
    }
)
"""Kinds that only the service writes; events come with transitions, and a mentor steps by the card."""

_STEPS_BY_CARD = (RecordType.MATCH_CARD, OpKind.TRANSITION)


LANE_STOP = 0
"""The lane of withdrawals and erasure requests: the only one that is journalled."""

LANE_REST = 1
"""The lane of everything else."""

OF_HOME_ORGANISATION = frozenset(
    {
        RecordType.STAY,
        RecordType.INJURY,
        RecordType.CONTACT_POINT,
        RecordType.RELATIONSHIP,
        RecordType.SAME_PERSON,
    }
)
"""What is recorded of a person: the organisation that registered them writes it, partners correct it through cards."""

OF_LANE_STOP = frozenset({OpKind.CONSENT, OpKind.ERASE_REQUEST, OpKind.SKIP})
"""Kinds of op that may travel before everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who pushes, when, and the alliance around.

    Attributes:
        caller: the device, or the service itself.
        lane: 0 for withdrawals, 1 for everything else.
        now: the service's clock.
        on: the London day.
        alliance: the directory.
        holidays: the bank holidays.
        taken: ids that records elsewhere already have.
        too_big: ops that are larger than an op may be.
        faults: ops that cannot be read, with what is wrong with each.
    """

    caller: Caller
    lane: int
    now: datetime
    on: date
    alliance: Alliance
    holidays: BankHolidays
    taken: Mapping[UUID, UUID] = field(default_factory=dict)
    too_big: frozenset[UUID] = frozenset()
    faults: Mapping[UUID, str] = field(default_factory=dict)


def apply_ops(overlay: Overlay, ops: Iterable[OpLine], around: Circumstances) -> list[Verdict]:
    """Apply ops in their order, and return what became of each."""
    verdicts: list[Verdict] = []
    for _, group in groupby(ops, key=lambda op: op.txn):
        verdicts += apply_group(overlay, list(group), around)
    return verdicts


def apply_group(overlay: Overlay, group: list[OpLine], around: Circumstances) -> list[Verdict]:
    """Apply the ops of one transaction, all or none: when one is refused or held, so are the others."""
    mark = overlay.mark()
    verdicts: list[Verdict] = []
    try:
        _check_sizes_and_shapes(group, around)
        for op in group:
            verdicts.append(_apply(overlay, op, around))
    except OpHeldError as held:
        overlay.undo_to(mark)
        return [_refused(overlay, op, ResultState.HELD, held.hold.value) for op in group]
    except OpRefusedError as refusal:
        overlay.undo_to(mark)
        if refusal.gate:
            ask_first(overlay, group[len(verdicts)], refusal.gate, _moving(around, frozenset()))
        return [_rejected(overlay, op, refusal) for op in group]
    return verdicts


def _check_sizes_and_shapes(group: list[OpLine], around: Circumstances) -> None:
    too_big, faults = around.too_big, around.faults
    if len(group) > TXN_MOST_OPS or (too_big and any(op.op_id in too_big for op in group)):
        raise OpRefusedError(RejectCode.TOO_BIG)
    for op in group if faults else ():
        if op.op_id in faults:
            raise OpRefusedError(RejectCode.CONSTRAINT, problem=faults[op.op_id])


def _apply(overlay: Overlay, op: OpLine, around: Circumstances) -> Verdict:
    if op.kind == OpKind.SKIP:
        return Verdict(op=op, state=ResultState.SKIPPED, agg_id=op.agg_id, shows_rev=False)
    roles = authorise(around.caller, op)
    if around.lane == LANE_STOP and op.kind not in OF_LANE_STOP:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    aggregate = overlay.find(op.agg_id)
    if aggregate is None or not (aggregate.opened or (aggregate.had and is_stop(op))):
        # Not yours and not there are one answer, or it would tell who is known to others.
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    if aggregate.state == "erased":
        raise OpRefusedError(RejectCode.GONE)
    kind = RECORD_TYPES[op.record_type]
    if (kind in DERIVED and (kind, op.kind) != _STEPS_BY_CARD) or kind not in KINDS:
        raise OpRefusedError(RejectCode.READ_ONLY)
    written, op = op, redirected(aggregate, op)
    _check_reach(aggregate, op, kind, around.caller, roles)
    moving = _moving(around, roles)
    try:
        verdict = _apply_kind(overlay, aggregate, op, kind=kind, moving=moving, around=around)
        return verdict if op is written else _to_the_other(overlay, aggregate, verdict, written)
    except BadInputError as fault:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=fault.code) from fault
    except GateError as fault:
        raise OpRefusedError(RejectCode.GATE, gate=fault.code) from fault
    except BadTransitionError as fault:
        row = aggregate.rows.get(op.record_id)
        state = "" if row is None else str(row.body.get("state") or row.body.get("status", ""))
        raise OpRefusedError(RejectCode.BAD_TRANSITION, state=state) from fault


def _moving(around: Circumstances, roles: frozenset[Role]) -> Moving:
    return Moving(
        caller=around.caller,
        roles=roles,
        now=around.now,
        on=around.on,
        alliance=around.alliance,
        holidays=around.holidays,
    )


def _to_the_other(overlay: Overlay, aggregate: Locked, verdict: Verdict, written: OpLine) -> Verdict:
    """Answer an op on a person who became part of another: the laptop learns where it went from the feed."""
    note_later(overlay, aggregate, verdict.op, written)
    is_the_person = verdict.op.record_id != written.record_id
    verdict.state = ResultState.MERGED if verdict.state is ResultState.APPLIED else verdict.state
    verdict.shows_body = verdict.shows_rev = not is_the_person
    return verdict


def _check_reach(aggregate: Locked, op: OpLine, kind: RecordType, caller: Caller, roles: frozenset[Role]) -> None:
    """Answer for a record of others that the device may not hold as for one that is not there.

    A partner holds a person through one referral, and nothing of another; a volunteer holds one match, and of their
    own organisation's records nothing beside it.
    """
    row = aggregate.rows.get(op.record_id)
    if row is None or caller.is_service:
        return
    if roles == {Role.MENTOR}:
        if row.id not in aggregate.before and row.body["created_by"] == str(op.by):
            return  # Made a moment ago by this very push.
    elif row.org == caller.org or kind in CORRECTED_THROUGH_CARDS:
        return
    if not is_shown(row, aggregate.access, caller.scopes):
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)


def _apply_kind(
    overlay: Overlay, aggregate: Locked, op: OpLine, *, kind: RecordType, moving: Moving, around: Circumstances
) -> Verdict:
    match OP_KINDS[op.kind]:
        case OpKind.MERGE_PERSON if kind is RecordType.PERSON_MERGE:
            return _make_one(overlay, aggregate, op, around)
        case OpKind.UNMERGE_PERSON if kind is RecordType.PERSON_MERGE:
            row = _row_of(aggregate, op, kind)
            return make_two(overlay, aggregate, op, row, caller=around.caller, now=around.now)
        case OpKind.CREATE | OpKind.APPEND | OpKind.CONSENT if kind is not RecordType.PERSON_MERGE:
            return _create(overlay, aggregate, op, KINDS[kind], around, moving=moving)
        case OpKind.TRANSITION if kind in _MOVERS:
            moved = _MOVERS[kind](overlay, aggregate, _row_of(aggregate, op, kind), op, moving)
            state = ResultState.APPLIED if moved else ResultState.MERGED
            return Verdict(op=op, state=state, agg_id=aggregate.agg_id, shows_body=not moved)
        case OpKind.PATCH if kind is RecordType.MENTOR_PROFILE:
            return _patch_mentor(overlay, aggregate, op, moving, around)
        case OpKind.PATCH | OpKind.TRANSITION:
            return _patch(overlay, aggregate, op, _change_of(op), around)
        case OpKind.ARCHIVE:
            return _patch(overlay, aggregate, op, Change(set={"archived": True}), around)
        case OpKind.RESOLVE:
            row = _row_of(aggregate, op, kind)
            return resolve_conflict(overlay, aggregate, row, op, caller=around.caller, now=around.now, on=around.on)
    # Erasing comes with the screens that ask for it; nobody may send it yet.
    raise OpRefusedError(RejectCode.NOT_PERMITTED)


_MOVERS: Mapping[RecordType, Callable[[Overlay, Locked, Row, OpLine, Moving], bool]] = {
    RecordType.REFERRAL: move_referral,
    RecordType.MATCH: move_match,
    RecordType.MATCH_CARD: move_match,
}
"""What takes the steps of each kind that has steps; a mentor steps by the card."""


def _create(
    overlay: Overlay,
    aggregate: Locked,
    op: OpLine,
    kind: type[Record],
    around: Circumstances,
    *,
    moving: Moving,
) -> Verdict:
    _check_header(op, around)
    record = checked(kind, op.record_id, op.changes, on=around.on)
    _check_place(aggregate, record, around.caller)
    if record.aggregate not in (op.agg_id, aggregate.agg_id):
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=f"{kind.TYPE}.agg.not_permitted")
    as_pushed = is_body(record, op.changes)
    body: Body = op.changes if as_pushed else {**body_of(record), **unknown_fields(kind, op.changes)}
    there = aggregate.rows.get(op.record_id)
    if there is not None:
        if body_hash(there.body) == body_hash(body):
            return Verdict(op=op, state=ResultState.APPLIED, agg_id=aggregate.agg_id)
        if not is_one_question(record, there):
            raise OpRefusedError(RejectCode.ID_REUSE)
        return Verdict(op=op, state=ResultState.MERGED, agg_id=aggregate.agg_id, shows_body=True)
    if around.taken and around.taken.get(op.record_id, aggregate.agg_id) != aggregate.agg_id:
        raise OpRefusedError(RejectCode.ID_REUSE)
    if kind.TYPE is RecordType.REFERRAL and body["state"] != "draft":
        raise BadTransitionError
    check_consent(aggregate, record, around.alliance)
    _check_register(record, around)
    if isinstance(record, Attachment):
        beside = aggregate.rows.get(record.parent)
        check_parent(record, None if beside is None else beside.record())
    if isinstance(record, CaseNote) and record.amends is not None:
        amended = aggregate.rows.get(record.amends)
        check_amends(record, None if amended is None else amended.record())
    check_mentoring(aggregate, record, moving)
    check_place(aggregate, record, moving)
    stamps = received_stamp(record, around.now)
    is_new = op.record_id not in around.taken
    overlay.insert(aggregate.agg_id, record, body, op=op.op_id, stamps=stamps, as_pushed=as_pushed, is_new=is_new)
    follow_record(overlay, aggregate, record, op=op.op_id, moving=moving)
    follow_concern(overlay, aggregate, record, op=op.op_id)
    if as_pushed:
        return Verdict(op=op, state=ResultState.APPLIED, agg_id=aggregate.agg_id)
    return Verdict(op=op, state=ResultState.MERGED, agg_id=aggregate.agg_id, shows_body=True)


def _make_one(overlay: Overlay, aggregate: Locked, op: OpLine, around: Circumstances) -> Verdict:
    _check_header(op, around)
    record = checked(PersonMerge, op.record_id, op.changes, on=around.on)
    if record.person != op.agg_id or around.taken.get(op.record_id) is not None:
        raise OpRefusedError(RejectCode.ID_REUSE)
    return make_one(overlay, aggregate, op, record, caller=around.caller, on=around.on)


def _check_header(op: OpLine, around: Circumstances) -> None:
    """Refuse a record that says it is another organisation's, or somebody else's."""
    if op.changes.get("org") != _spelt(around.caller.org):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    if op.changes.get("created_by") not in (_spelt(op.by), _spelt(SYSTEM)):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)


@lru_cache(maxsize=4096)
def _spelt(identifier: UUID) -> str:
    return str(identifier)


def _check_place(aggregate: Locked, record: Record, caller: Caller) -> None:
    """Refuse a record that has no place where it would be put."""
    if caller.is_service:
        return
    if record.TYPE in OF_HOME_ORGANISATION and record.org != aggregate.home_org:
        raise OpRefusedError(RejectCode.READ_ONLY)
    if record.TYPE in OF_THE_AUDIT and record.device != caller.device:
        # Each laptop's chain is its own: a stranger's first entry would take its place for good.
        raise OpRefusedError(RejectCode.NOT_PERMITTED)


def _patch(overlay: Overlay, aggregate: Locked, op: OpLine, change: Change, around: Circumstances) -> Verdict:
    kind = RecordType(op.record_type)
    row = _row_of(aggregate, op, kind)
    corrects = check_correction(aggregate, row, change, around.caller)
    stored = aggregate.before.get(row.id)
    merged = merge(
        KINDS[kind],
        current=row.body,
        stamps=row.stamps,
        change=change,
        stamp=op.hlc,
        received=plain(around.now),
        rev=1 if stored is None else stored.rev + 1,
        base_rev=op.base_rev,
        by=str(op.by),
    )
    # A code that a newer laptop wrote is kept, and so is one that stood there before.
    stood = merged.body if op.schema > SCHEMA_VERSION else row.body
    _check_written(KINDS[kind], row, merged.body, change.fields, around.on, stood=stood)
    _check_still_told(row, merged.body)
    if kind is RecordType.AGREEMENT:
        _check_paper(row, merged.body, around)
    revised = overlay.revise(row, merged.body, op=op.op_id, stamps=merged.stamps)
    verdict = Verdict(
        op=op, state=ResultState(merged.outcome.value), agg_id=aggregate.agg_id, overwritten=merged.overwritten
    )
    if merged.clashes:
        verdict.conflict = keep_clashes(overlay, row, merged.clashes, op, now=around.now)
    if merged.outcome is MergeOutcome.APPLIED:
        overlay.mark_pushed(revised)
    told = tell_replaced(
        overlay, aggregate, row, change=change, merged=merged, op=op, caller=around.caller, now=around.now
    )
    if merged.outcome is MergeOutcome.MERGED:
        # What is told to everybody who reads the record is no news for the one laptop.
        others = written_by_others(row, change, merged.body)
        verdict.others = {name: each for name, each in others.items() if name not in told}
    # Whoever corrects through a card holds the card and not the record behind it: the answer shows nothing of it.
    verdict.shows_body = merged.outcome is not MergeOutcome.APPLIED and not corrects
    verdict.shows_rev = not corrects
    return verdict


def _patch_mentor(overlay: Overlay, aggregate: Locked, op: OpLine, moving: Moving, around: Circumstances) -> Verdict:
    """Change a mentor's profile, with what follows when the mentor leaves."""
    before = _row_of(aggregate, op, RecordType.MENTOR_PROFILE)
    if Role.COORDINATOR not in moving.roles:
        check_own_profile(before, op.changes, moving.on)
    verdict = _patch(overlay, aggregate, op, _change_of(op), around)
    follow_profile(overlay, before, aggregate.rows[before.id], op=op.op_id, moving=moving)
    return verdict


def _check_written(
    kind: type[Record], row: Row, body: Body, touched: Iterable[str], on: date, *, stood: Mapping[str, Any]
) -> None:
    """Check what a change wrote; that it might write those fields at all, `merge` has decided."""
    rules = field_rules(kind)
    bound = (Merge.FIXED, Merge.STATE, Merge.APPEND)
    written = {name: body.get(name) for name in touched if body.get(name) != row.body.get(name)}
    free = {name: new for name, new in written.items() if _class(rules, name) not in bound}
    check_patch(kind, body, free, on, before=stood)
    if any(_class(rules, name) in bound for name in written):
        # A draft's referral may change what is fixed later, and a small state machine moves: look at the whole.
        checked(kind, row.id, body, on=on)


def _check_still_told(row: Row, body: Body) -> None:
    """Refuse words that would reach the receiver of a referral beside the package that left them out."""
    if row.type is not RecordType.REFERRAL or row.body.get("state") == ReferralState.DRAFT:
        return
    for name in BESIDE_THE_PACKAGE:
        if body.get(name) != row.body.get(name) and name in body and name not in row.body.get("package", {}):
            raise BadInputError.at("referral", name, "not_permitted")


def _check_register(record: Record, around: Circumstances) -> None:
    """Refuse a paper from whoever does not keep the register."""
    if not isinstance(record, Agreement) or around.caller.is_service:
        return
    members = around.alliance.directory.organisations
    if record.org != around.caller.org or not keeps_register(record.org, record.parties, members, around.on):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)


def _check_paper(row: Row, body: Body, around: Circumstances) -> None:
    """Refuse a change of a paper by others, and one that it does not take any more."""
    before, after = record_of(Agreement, row.id, row.body), record_of(Agreement, row.id, body)
    _check_register(before, around)
    _check_register(after, around)
    check_amended(before, after)


def _class(rules: Mapping[str, FieldRule], name: str) -> Merge:
    return rules[name].merge if name in rules else Merge.LWW


def _row_of(aggregate: Locked, op: OpLine, kind: RecordType) -> Row:
    row = aggregate.rows.get(op.record_id)
    if row is None or row.type is not kind:
        raise OpRefusedError(RejectCode.CONSTRAINT, problem=f"{kind}.not_found")
    return row


def _change_of(op: OpLine) -> Change:
    return Change(set=op.changes, base=op.base, add=op.added, rem=op.removed)


def _refused(overlay: Overlay, op: OpLine, state: ResultState, code: str) -> Verdict:
    aggregate = overlay.find(op.agg_id)
    agg_id = op.agg_id if aggregate is None else aggregate.agg_id
    return Verdict(op=op, state=state, agg_id=agg_id, code=code, shows_rev=False)


def _rejected(overlay: Overlay, op: OpLine, refusal: OpRefusedError) -> Verdict:
    verdict = _refused(overlay, op, ResultState.REJECTED, refusal.reject.value)
    verdict.gate = refusal.gate or refusal.problem
    verdict.referral_state = refusal.state
    return verdict


def refuse_taken(overlay: Overlay, ops: Iterable[OpLine], around: Circumstances) -> list[Verdict]:
    """Refuse ops whose ids are another device's ops: nothing is told of those, and the lane goes on."""
    reused = OpRefusedError(RejectCode.ID_REUSE)
    verdicts = [_rejected(overlay, op, reused) for op in ops]
    for verdict in verdicts:
        verdict.log_id = id_of_refusal(around.caller.device, verdict.op.op_id)
    return verdicts


def refuse_group(overlay: Overlay, ops: Iterable[OpLine], _around: Circumstances) -> list[Verdict]:
    """Refuse ops that break a constraint of the database."""
    return [_rejected(overlay, op, OpRefusedError(RejectCode.CONSTRAINT)) for op in ops]
