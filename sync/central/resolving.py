"""Somebody answered a conflict: the first answer is written, a later one is compared again (sync.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from app.domain.bodies import KINDS, body_of, plain
from app.domain.checks import check_patch
from app.domain.codes import RecordType
from app.domain.conflict import Conflict
from app.domain.ids import UserId
from app.domain.merging import Change, merge
from app.domain.resolving import resolve, settled
from app.errors import BadInputError
from sync.central.clashes import keep_clashes
from sync.central.outcomes import OpHeldError
from sync.central.overlay import Locked, Overlay, Row
from sync.central.policy import Caller
from sync.central.service_records import in_milliseconds
from sync.central.verdicts import Verdict
from sync.protocol.messages import HoldCode, OpLine, ResultState


def resolve_conflict(
    overlay: Overlay, aggregate: Locked, row: Row, op: OpLine, *, caller: Caller, now: datetime, on: date
) -> Verdict:
    """Take in an answer to one field of a conflict.

    Raises:
        BadInputError: the answer names no field in question, or a value that the field may not hold.
        OpHeldError: the conflict is another organisation's, or none of this record.
    """
    item, conflict = _cited(aggregate, row, op, caller)
    name, chosen = _answer(op)
    check_patch(KINDS[row.type], row.body, {name: chosen}, on)
    at, by = in_milliseconds(now), UserId(op.by)
    resolution = resolve(
        conflict, name=name, chosen=chosen, base=op.base.get(name), current=row.body.get(name), by=by, at=at
    )
    verdict = Verdict(op=op, state=ResultState.APPLIED, agg_id=aggregate.agg_id)
    if resolution.again is not None:
        verdict.state, verdict.shows_body = ResultState.CONFLICT, True
        verdict.conflict = keep_clashes(overlay, row, {name: resolution.again}, op, now=now)
    if resolution.writes:
        verdict.overwritten = {name: row.body.get(name)}
        _write(overlay, aggregate, row, op, name=name, chosen=chosen, now=now)
    _keep(overlay, item, resolution.conflict, op)
    if resolution.again is None:
        for other, asked in _others(aggregate, row, item):
            _keep(overlay, other, settled(asked, name=name, current=chosen, by=by, at=at), op)
    return verdict


def _cited(aggregate: Locked, row: Row, op: OpLine, caller: Caller) -> tuple[Row, Conflict]:
    item = aggregate.rows.get(op.cites[0]) if len(op.cites) == 1 else None
    if item is None or item.type is not RecordType.CONFLICT or item.org != caller.org:
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    conflict = item.record()
    assert isinstance(conflict, Conflict), "its type says so"
    if conflict.record != row.id:
        raise OpHeldError(HoldCode.OUT_OF_SCOPE)
    return item, conflict


def _answer(op: OpLine) -> tuple[str, Any]:
    if len(op.changes) != 1 or op.added or op.removed:
        # One field at a time: nobody chooses a side for everything.
        raise BadInputError.at(RecordType.CONFLICT, "fields", "bad_format")
    return next(iter(op.changes.items()))


def _write(overlay: Overlay, aggregate: Locked, row: Row, op: OpLine, *, name: str, chosen: Any, now: datetime) -> None:
    stored = aggregate.before.get(row.id)
    merged = merge(
        KINDS[row.type],
        current=row.body,
        stamps=row.stamps,
        change=Change(set={name: chosen}, base={name: row.body.get(name)}),
        stamp=op.hlc,
        received=plain(now),
        rev=1 if stored is None else stored.rev + 1,
        base_rev=op.base_rev,
        by=str(op.by),
    )
    overlay.mark_pushed(overlay.revise(row, merged.body, op=op.op_id, stamps=merged.stamps))


def _keep(overlay: Overlay, item: Row, conflict: Conflict, op: OpLine) -> None:
    overlay.revise(item, body_of(conflict), op=op.op_id)


def _others(aggregate: Locked, row: Row, item: Row) -> Iterator[tuple[Row, Conflict]]:
    for other in aggregate.of_type(RecordType.CONFLICT):
        asked = other.record()
        if other.id != item.id and isinstance(asked, Conflict) and asked.record == row.id:
            yield other, asked
