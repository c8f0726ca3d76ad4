"""A later write replaced somebody's value: the older one is told for thirty days, and then forgotten (sync.md 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.domain.bodies import KINDS, body_of, plain
from app.domain.codes import RecordType
from app.domain.conflict import TOLD_FOR, Clash, Conflict
from app.domain.ids import OrganisationId, PersonId, RecordId, UserId
from app.domain.merging import Change, Merged
from app.domain.record import Cls, Merge, field_rules
from app.domain.stamps import stamp_of
from sync.central.clashes import writer_of
from sync.central.overlay import Locked, Overlay, Row
from sync.central.policy import Caller
from sync.central.service_records import derived_id, in_milliseconds, service_header
from sync.protocol.messages import OpLine

_NEVER_TOLD: Final = frozenset({Cls.SAFEGUARDING, Cls.EQUALITY})
"""Classes that not everybody at home may read, who reads what the organisation wrote for itself."""


def tell_replaced(
    overlay: Overlay,
    aggregate: Locked,
    row: Row,
    *,
    change: Change,
    merged: Merged,
    op: OpLine,
    caller: Caller,
    now: datetime,
) -> frozenset[str]:
    """Add a closed conflict that holds the value that lost, whoever's it was; returns the fields told of.

    Only people's records are told of, and only within the organisation whose record it is: a partner that corrects
    through a card holds nothing of the record behind it.
    """
    names = [name for name in merged.overwritten if _is_told(row, name) and not _is_own(row, name, caller)]
    if not names or not aggregate.is_person or row.org != caller.org:
        return frozenset()
    fields = {name: _clash(row, name, change.set.get(name), merged.body.get(name), by_op=op, now=now) for name in names}
    header = service_header(derived_id(op.op_id, "replaced"), org=OrganisationId(row.org), now=now)
    conflict = Conflict(
        **header, person=PersonId(row.agg_id), record=RecordId(row.id), record_type=row.type, fields=fields
    )
    overlay.insert_record(row.agg_id, conflict, op=op.op_id)
    forget_at = now + TOLD_FOR
    aggregate.next_due = forget_at if aggregate.next_due is None else min(aggregate.next_due, forget_at)
    return frozenset(names)


def forget_replaced(overlay: Overlay, aggregate: Locked, *, cause: UUID, now: datetime) -> None:
    """Forget the values that were told for thirty days; that there was something stays, and no word of it."""
    for row, conflict in _told(aggregate):
        if conflict.created_at + TOLD_FOR <= now:
            fields = {name: clash.forgotten() for name, clash in conflict.fields.items()}
            overlay.revise(row, body_of(replace(conflict, fields=fields)), op=cause)


def next_forgetting(aggregate: Locked) -> datetime | None:
    """Return when the next value is to be forgotten."""
    return min((conflict.created_at + TOLD_FOR for _, conflict in _told(aggregate)), default=None)


def _told(aggregate: Locked) -> list[tuple[Row, Conflict]]:
    found = []
    for row in aggregate.of_type(RecordType.CONFLICT):
        conflict = row.record()
        if isinstance(conflict, Conflict) and any(clash.is_told for clash in conflict.fields.values()):
            found.append((row, conflict))
    return found


def _is_told(row: Row, name: str) -> bool:
    rule = field_rules(KINDS[row.type]).get(name)
    return rule is not None and rule.merge is Merge.LWW and not {row.cls, rule.cls} & _NEVER_TOLD


def _is_own(row: Row, name: str, caller: Caller) -> bool:
    """Answer whether the laptop only wrote again what it had written itself."""
    kept = row.stamps.get(name)
    if kept is None:
        return row.body.get("device") == str(caller.device)
    return stamp_of(kept).is_of(caller.device.hex)


def _clash(row: Row, name: str, wanted: Any, stands: Any, *, by_op: OpLine, now: datetime) -> Clash:
    first_by, first_at = writer_of(row, name)
    second_by, second_at = UserId(by_op.by), in_milliseconds(stamp_of(by_op.hlc).no_later_than(now).moment)
    second = plain(wanted) or None
    is_second = stands == second
    return Clash(
        theirs=row.body.get(name),
        theirs_by=first_by,
        theirs_at=first_at,
        mine=second,
        mine_by=second_by,
        mine_at=second_at,
        chosen=stands,
        chosen_by=second_by if is_second else first_by,
        chosen_at=second_at if is_second else first_at,
        replaced=True,
    )
