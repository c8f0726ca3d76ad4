"""What became of each op of one push, collected before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from sync.central.overlay import Overlay
from sync.protocol.messages import OpLine, ResultLine, ResultState, WrittenBy


@dataclass(slots=True)
class Verdict:
    """What became of one op.

    Attributes:
        op: the op.
        state: the outcome.
        agg_id: the aggregate it went to, after aliases.
        shows_body: the answer carries the service's body.
        shows_rev: the answer carries revision and hash: the op took effect, and on a record its device may hold.
        code, gate, referral_state, conflict: as in `ResultLine`.
        problem: the field that is refused, with `constraint`.
        others: who wrote what stands where the device wanted something else, as in `ResultLine`.
        overwritten: losing values, kept in the op log for 30 days.
        log_id: under which id the op log keeps it, when its own is another device's op.
    """

    op: OpLine
    state: ResultState
    agg_id: UUID
    shows_body: bool = False
    shows_rev: bool = True
    code: str = ""
    gate: str = ""
    referral_state: str = ""
    problem: str = ""
    conflict: UUID | None = None
    others: dict[str, WrittenBy] = field(default_factory=dict)
    overwritten: Mapping[str, Any] = field(default_factory=dict)
    log_id: UUID | None = None

    def line(self, overlay: Overlay) -> ResultLine:
        """Return the result as it travels; revision and body are those at the end of the whole push."""
        result = ResultLine(
            op_id=self.op.op_id,
            state=self.state,
            code=self.code,
            gate=self.gate,
            referral_state=self.referral_state,
            conflict=self.conflict,
            others=self.others if self.shows_rev else {},
        )
        aggregate = overlay.aggregates.get(self.agg_id)
        row = None if aggregate is None else aggregate.rows.get(self.op.record_id)
        if row is None or not self.shows_rev:
            return result
        return msgspec.structs.replace(
            result,
            rev=row.rev,
            content_hash=row.chash.hex(),
            body=row.body if self.shows_body else None,
        )
