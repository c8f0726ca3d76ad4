"""Two people wrote different things where only a person can decide: both are kept, for the home organisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.bodies import KINDS, Body, plain
from app.domain.conflict import Clash, Conflict
from app.domain.ids import OrganisationId, PersonId, RecordId, UserId
from app.domain.merging import Change
from app.domain.record import Merge, field_rules
from app.domain.stamps import stamp_of
from sync.central.overlay import Overlay, Row
from sync.central.service_records import derived_id, in_milliseconds, service_header
from sync.protocol.messages import OpLine, WrittenBy


def keep_clashes(
    overlay: Overlay, row: Row, clashes: Mapping[str, tuple[Any, Any]], op: OpLine, *, now: datetime
) -> UUID:
    """Add a conflict item that shows what stands and what was wanted, by whom and when, and return its id.

    Args:
        overlay: the transaction.
        row: the record as it was before the op.
        clashes: what stands and what was wanted, by field.
        op: what was wanted.
        now: the service's clock.
    """
    written_at = stamp_of(op.hlc).no_later_than(now).moment
    fields = {}
    for name, (theirs, mine) in clashes.items():
        by, at = writer_of(row, name)
        fields[name] = Clash(
            theirs=plain(theirs),
            theirs_by=by,
            theirs_at=at,
            mine=plain(mine),
            mine_by=UserId(op.by),
            mine_at=in_milliseconds(written_at),
            before=op.base.get(name) if _is_text(row, name) else None,
        )
    header = service_header(derived_id(op.op_id, "conflict"), org=OrganisationId(row.org), now=now)
    conflict = Conflict(
        **header, person=PersonId(row.agg_id), record=RecordId(row.id), record_type=row.type, fields=fields
    )
    return overlay.insert_record(row.agg_id, conflict, op=op.op_id).id


def _is_text(row: Row, name: str) -> bool:
    rule = field_rules(KINDS[row.type]).get(name)
    return rule is not None and rule.merge is Merge.TEXT


def written_by_others(row: Row, change: Change, body: Body) -> dict[str, WrittenBy]:
    """Return who wrote what stands in each field where a change wanted something else.

    Args:
        row: the record as it was before the change.
        change: what was wanted.
        body: what stands now.
    """
    differing = [name for name, wanted in change.set.items() if (body.get(name) or None) != (wanted or None)]
    differing += [name for name in change.rem if set(change.rem[name]) & set(body.get(name, ()))]
    differing += [name for name in change.add if set(change.add[name]) - set(body.get(name, ()))]
    return {name: WrittenBy(by=by, at=at) for name in differing for by, at in [writer_of(row, name)]}


def writer_of(row: Row, name: str) -> tuple[UserId, datetime]:
    """Return who wrote what stands in a field and when; a field nobody changed was written with its record.

    Of a set it is whoever touched an element of it last.
    """
    places = (place for place in row.stamps if place == name or place.startswith(f"{name}/"))
    stamp = max((stamp_of(row.stamps[place]) for place in places), default=None)
    if stamp is None or not stamp.by:
        return UserId(UUID(row.body["created_by"])), datetime.fromisoformat(row.body["created_at"])
    return UserId(UUID(stamp.by)), stamp.moment
