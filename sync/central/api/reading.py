"""Reading the ops of a push one by one: what is wrong with one of them is that one's own affair."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import msgspec

from sync.central.outcomes import RefusedError
from sync.protocol.framing import line_fault, lines_fault
from sync.protocol.messages import ErrorCode, OpLine

LARGEST_NUMBER = 2**53
"""Integers above this travel as text; none of ours is."""

UNREADABLE = "unreadable"
"""The kind under which an op stands in the log that could not be read."""

# A NUL fits into JSON and not into PostgreSQL's text; no field of ours may hold one.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class _Numbers(msgspec.Struct, frozen=True):
    """What an op is answered by, whatever else may be wrong with it."""

    seq: int
    op: UUID
    txn: UUID


def read_ops(lines: list[bytes]) -> tuple[list[OpLine], dict[UUID, str]]:
    """Return the ops of a push, and what is wrong with those that cannot be read.

    Raises:
        RefusedError: `bad_request`, when one cannot even be answered: its number, id or transaction is not told.
    """
    ops: list[OpLine] = []
    faults: dict[UUID, str] = {}
    decode = msgspec.json.Decoder(OpLine).decode
    # Nearly every push is right in every line; only one that is not is asked line by line which it is.
    is_right = not lines_fault(lines)
    for line in lines:
        fault = ("" if is_right else line_fault(line)) or ("nul" if b"\\u0000" in line and NUL.search(line) else "")
        try:
            op = None if fault else decode(line)
        except (msgspec.DecodeError, RecursionError):
            op, fault = None, "shape"
        if op is not None and not _in_range(op):
            op, fault = None, "number"
        if op is None:
            op = _placeholder(line)
            faults[op.op_id] = f"op.{fault}"
        ops.append(op)
    return ops, faults


def _in_range(op: OpLine) -> bool:
    revision = op.base_rev or 0
    return 0 <= op.seq < LARGEST_NUMBER and 0 <= revision < LARGEST_NUMBER and 0 <= op.schema < LARGEST_NUMBER


def _placeholder(line: bytes) -> OpLine:
    """Return an op that is answered and logged under its own number and id, and does nothing."""
    try:
        found = msgspec.json.decode(line, type=_Numbers)
        # Two parsers may read a doubled key differently: then nobody knows which op would be answered.
        names: list[str] = json.loads(line, object_pairs_hook=lambda pairs: [name for name, _ in pairs])
    except (ValueError, RecursionError) as error:
        raise RefusedError(ErrorCode.BAD_REQUEST) from error
    if any(names.count(name) != 1 for name in _Numbers.__struct_fields__) or not 0 <= found.seq < LARGEST_NUMBER:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    values: dict[str, Any] = {"record_type": "", "kind": UNREADABLE, "hlc": "", "schema": 1, "by": UUID(int=0)}
    return OpLine(seq=found.seq, op_id=found.op, txn=found.txn, record_id=found.op, agg_id=found.op, **values)
