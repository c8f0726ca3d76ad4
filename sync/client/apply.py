"""Between the wire and the vault: ops out, answers and pages in, each checked before the vault sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.bodies import plain
from app.domain.codes import DropReason
from app.domain.digest import Sums
from app.domain.ids import AggregateId, OpId, RecordId
from app.storage.exchange import (
    FrozenOp,
    HeldScope,
    OpResult,
    OpStatus,
    PageScope,
    PulledPage,
    PulledRow,
    RowKind,
    present_row,
)
from sync.protocol.framing import Frame, FrameError, canonical_object
from sync.protocol.messages import OpLine, PageEnd, PageHeader, PageScopeEnd, PageStart, ResultLine, RowLine

_UNKNOWN_HERE: Final = "U"
_SUMS: Final = 4
_LONGEST_REASON: Final = 60


def op_line(op: FrozenOp) -> OpLine:
    """Return an op as it travels."""
    return OpLine(
        seq=op.seq,
        op_id=op.op_id,
        txn=op.txn,
        record_type=op.record_type.value,
        record_id=op.record_id,
        agg_id=op.agg_id,
        kind=op.kind.value,
        base_rev=op.base_rev,
        changes=op.change.get("set", {}),
        base=op.change.get("base", {}),
        added=op.change.get("add", {}),
        removed=op.change.get("rem", {}),
        cites=[UUID(line) for line in op.cites],
        hlc=op.hlc,
        schema=op.schema,
        by=op.actor,
    )


def results_of(frame: Frame, ops: Sequence[FrozenOp]) -> tuple[OpResult, ...]:
    """Return the answers to `ops`, one each and in their order.

    Raises:
        FrameError: the service answered anything else; nothing may be settled by it.
    """
    lines = frame.lines(ResultLine)
    if [line.op_id for line in lines] != [op.op_id for op in ops]:
        raise FrameError(None, rule="results")
    return tuple(_result(line) for line in lines)


@dataclass(frozen=True, slots=True)
class PageLines:
    """The lines of a page: each is exactly what it says, and whether they belong together is still to be seen."""

    header: PageHeader
    rows: list[RowLine]
    end: PageEnd


def lines_of(frame: Frame) -> PageLines:
    """Return the lines of a reply to a pull; needs nothing but the reply, so whoever waited for it can do it.

    Raises:
        FrameError: they are no lines of a page.
    """
    return PageLines(frame.header(PageHeader), frame.exact_lines(RowLine), frame.end(PageEnd))


def page_of(read: PageLines, scopes: Sequence[HeldScope]) -> tuple[PulledPage, bool]:
    """Return a page, checked whole, and whether there is more.

    Args:
        read: the lines of the reply to a pull.
        scopes: the scopes that were asked for, in that order.

    Raises:
        FrameError: scopes, cursors or rows are not those of this request.
    """
    header, lines, end = read.header, read.rows, read.end
    if [scope.id for scope in header.scopes] != [scope.id for scope in scopes] or len(end.scopes) != len(scopes):
        raise FrameError(None, rule="scopes")
    _check_order(lines, scopes, end.scopes)
    if end.more and all(there.seq == here.cursor for there, here in zip(end.scopes, scopes, strict=True)):
        raise FrameError(None, rule="cursor")  # asking again would never end
    page = PulledPage(
        scopes=tuple(map(_page_scope, scopes, header.scopes, end.scopes)),
        rows=tuple(_row(line) for line in lines),
        server_time=header.server_time,
    )
    return page, end.more


def fetched_page(
    frame: Frame, scope: HeldScope, asked: frozenset[RecordId], *, repairs: bool = False
) -> tuple[PulledPage, tuple[RecordId, ...]]:
    """Return the reply to a fetch as a page that leaves the cursor where it is, and what was never listed there.

    Args:
        frame: the reply.
        scope: the scope that was asked for.
        asked: the records that were asked for.
        repairs: what came counts even against the same revision here.

    Raises:
        FrameError: it holds something that was not asked for.
    """
    lines = frame.exact_lines(RowLine)
    if not {line.id for line in lines} <= asked or any(line.scope_index or line.seq for line in lines):
        raise FrameError(None, rule="rows")
    here = PageScope(
        id=scope.id,
        epoch=scope.epoch,
        seq=scope.cursor,
        at_head=scope.at_head,
        start=scope.start,
    )
    page = PulledPage(
        scopes=(here,),
        rows=tuple(_row(line) for line in lines if line.kind != _UNKNOWN_HERE),
        server_time=frame.header(PageHeader).server_time,
        repairs=repairs,
    )
    return page, tuple(RecordId(line.id) for line in lines if line.kind == _UNKNOWN_HERE)


def _result(line: ResultLine) -> OpResult:
    return OpResult(
        op_id=OpId(line.op_id),
        status=OpStatus(line.state.value),
        rev=line.rev,
        chash=line.content_hash,
        body=line.body,
        code=line.code,
        gate=line.gate,
        state=line.referral_state,
        conflict=None if line.conflict is None else RecordId(line.conflict),
        others={name: {"by": str(each.by), "at": plain(each.at)} for name, each in line.others.items()},
    )


def _check_order(lines: Sequence[RowLine], scopes: Sequence[HeldScope], ends: Sequence[PageScopeEnd]) -> None:
    """Refuse rows out of order or outside cursor and end: a skipped number would be lost for good."""
    reached = [scope.cursor for scope in scopes]
    for line in lines:
        index = line.scope_index
        if not 0 <= index < len(reached) or not reached[index] < line.seq <= ends[index].seq:
            raise FrameError(None, rule="rows")
        reached[index] = line.seq
    if any(end.seq < seq for end, seq in zip(ends, reached, strict=True)):
        raise FrameError(None, rule="cursor")


def _page_scope(scope: HeldScope, start: PageStart, end: PageScopeEnd) -> PageScope:
    if scope.epoch is not None and scope.epoch != start.epoch:
        raise FrameError(None, rule="epoch")
    return PageScope(
        id=scope.id,
        epoch=start.epoch,
        seq=end.seq,
        at_head=end.at_head,
        # The start number is needed until the first load is whole, and never again.
        start=None if end.at_head else start.start,
        sums=sums_of(end.n, end.d) if end.at_head and end.d else None,
    )


def sums_of(n: int, texts: Sequence[str]) -> Sums:
    """Return sums as they came.

    Raises:
        FrameError: they are not four numbers.
    """
    if len(texts) != _SUMS or not all(text.isdecimal() and text.isascii() and len(text) < 20 for text in texts):
        raise FrameError(None, rule="sums")
    return Sums(n, *(int(text) for text in texts))


def _row(line: RowLine) -> PulledRow:
    record_id = RecordId(line.id)
    match line.kind:
        case "P":
            if line.agg_id is None or line.rev is None or not line.record_type:
                raise FrameError(None, rule="rows")
            body = canonical_object(bytes(line.body))
            agg_id = AggregateId(line.agg_id)
            return present_row(
                scope_index=line.scope_index,
                seq=line.seq,
                record_id=record_id,
                agg_id=agg_id,
                record_type=line.record_type,
                rev=line.rev,
                body=body,
            )
        case "D":
            why = DropReason(line.why[:_LONGEST_REASON]) if line.why else None
            return PulledRow(line.scope_index, line.seq, RowKind.DROP, record_id, why=why)
        case "K":
            return PulledRow(line.scope_index, line.seq, RowKind.KNOWN, record_id, rev=line.rev)
    raise FrameError(None, rule="rows")
