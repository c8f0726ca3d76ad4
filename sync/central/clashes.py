"""Two people wrote different things where only a person can decide: both are kept, for the home organisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.bodies import plain
from app.domain.codes import RecordType, Role
from app.domain.ids import SYSTEM
from sync.central.overlay import Overlay, Row
from sync.central.service_records import derived_id, in_milliseconds
from sync.central.tables import CONSOLE
from sync.protocol.messages import OpLine


def keep_clashes(
    overlay: Overlay, row: Row, clashes: Mapping[str, tuple[Any, Any]], op: OpLine, *, now: datetime
) -> UUID:
    """Add a conflict item that shows what stands and what was wanted, and return its id."""
    item_id = derived_id(op.op_id, "conflict")
    body = {
        "org": str(row.org),
        "created_at": plain(in_milliseconds(now)),
        "created_by": str(SYSTEM),
        "created_role": Role.SYSTEM.value,
        "device": str(CONSOLE),
        "schema_version": 1,
        "person": str(row.agg_id),
        "record": str(row.id),
        "record_type": row.type.value,
        "by": str(op.by),
        "fields": {name: {"theirs": plain(theirs), "mine": plain(mine)} for name, (theirs, mine) in clashes.items()},
    }
    overlay.insert(row.agg_id, RecordType.CONFLICT, item_id, body, op=op.op_id, stamps={})
    return item_id
