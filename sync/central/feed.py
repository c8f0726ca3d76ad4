"""Reading: where the scopes stand, the next page of their feeds, and single records; each on one snapshot.

The guard is in the queries: a row that its scope may not see now goes out as a drop, whatever the feed says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.domain.codes import DropReason
from sync.central.database import PgConnection
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.tables import TYPE_NAMES
from sync.protocol.limits import (
    FETCH_MOST_IDS,
    PULL_LEAST_BYTES,
    PULL_LEAST_ROWS,
    PULL_MOST_BYTES,
    PULL_MOST_ROWS,
    SCOPES_MOST,
)
from sync.protocol.messages import (
    ErrorCode,
    FetchRequest,
    PageEnd,
    PageHeader,
    PageScopeEnd,
    PageStart,
    PullRequest,
    PullScope,
    ScopeHead,
)

FULL, DROPS_ONLY = "full", "drops"
"""What a page holds; a laptop whose version is too old to read bodies still gets its drops."""

# On freshly loaded tables the plan flipped to hash joins, and a first load took 7.5-8.5 s instead of 1.6-3.2 s.
_NESTED_LOOPS = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
"""
_HEADS = "SELECT scope_id, epoch, head, floor, n, s0, s1, s2, s3 FROM feed_head WHERE scope_id = ANY(%s)"
_PAGE = """
SELECT f.seq, f.id::text, f.agg_id::text, f.op, f.rev, f.dev, f.why, r.type, convert_to(r.body::text, 'UTF8'), v.ok
FROM feed f
LEFT JOIN LATERAL (SELECT r.type, r.cls, r.owner, r.body FROM record r WHERE r.agg_id = f.agg_id AND r.id = f.id
                   AND NOT r.deleted) r ON f.op = 'P'
LEFT JOIN LATERAL (SELECT true AS ok FROM visibility v WHERE v.agg_id = f.agg_id AND v.scope_id = f.scope_id
                   AND v.owner = r.owner AND v.cls = r.cls AND (v.until IS NULL OR v.until > %s)) v ON f.op = 'P'
WHERE f.scope_id = %s AND f.seq > %s AND (f.op = 'P' OR f.seq > %s) ORDER BY f.seq LIMIT %s
"""
_FETCH = """
SELECT f.seq, f.id::text, f.agg_id::text, f.op, f.rev, f.dev, f.why, r.type, convert_to(r.body::text, 'UTF8'), v.ok
FROM feed f
LEFT JOIN LATERAL (SELECT r.type, r.cls, r.owner, r.body FROM record r WHERE r.agg_id = f.agg_id AND r.id = f.id
                   AND NOT r.deleted) r ON f.op = 'P'
LEFT JOIN LATERAL (SELECT true AS ok FROM visibility v WHERE v.agg_id = f.agg_id AND v.scope_id = f.scope_id
                   AND v.owner = r.owner AND v.cls = r.cls AND (v.until IS NULL OR v.until > %s)) v ON f.op = 'P'
WHERE f.scope_id = %s AND f.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where one feed stands."""

    epoch: int
    head: int
    floor: int
    n: int
    sums: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, encoded line by line.

    Attributes:
        header, end: first and last line.
        lines: what lies between.
        guarded: how many rows the guard turned into drops; more than none raises an alarm.
    """

    header: PageHeader
    lines: list[bytes]
    end: PageEnd
    guarded: int = 0


@dataclass(slots=True)
class _Budget:
    """What may still go into a page."""

    rows: int
    size_bytes: int

    @property
    def is_spent(self) -> bool:
        return self.rows <= 0 or self.size_bytes <= 0


def read_heads(connection: PgConnection, caller: Caller) -> list[ScopeHead]:
    """Return where every scope of a device stands."""
    found = heads_of(connection, caller.scopes)
    return [ScopeHead(id=scope, epoch=found[scope].epoch, head=found[scope].head) for scope in caller.scopes]


def read_page(connection: PgConnection, caller: Caller, request: PullRequest, *, now: datetime) -> Page:
    """Return the next page of the scopes asked for.

    Raises:
        RefusedError: a scope is not this device's, or its cursor does not belong to this feed.
    """
    _check_request(caller, request)
    connection.execute(_NESTED_LOOPS)
    heads = heads_of(connection, [scope.id for scope in request.scopes])
    budget = _Budget(
        min(max(request.max_rows, PULL_LEAST_ROWS), PULL_MOST_ROWS),
        min(max(request.max_bytes, PULL_LEAST_BYTES), PULL_MOST_BYTES),
    )
    lines: list[bytes] = []
    starts, ends, guarded = [], [], 0
    for index, scope in enumerate(request.scopes):
        head = heads[scope.id]
        _check_cursor(scope, head)
        start = head.head if scope.seq == 0 and scope.start is None else scope.start
        part = _ScopePart(index, scope, head, start, request.mode)
        end, hits = part.read(connection, caller, lines, budget, now)
        starts.append(PageStart(id=scope.id, epoch=head.epoch, start=start))
        ends.append(end)
        guarded += hits
    more = any(not end.at_head for end in ends)
    header = PageHeader(server_time=now, scopes=starts, mode=request.mode)
    return Page(header=header, lines=lines, end=PageEnd(scopes=ends, more=more), guarded=guarded)


def read_records(connection: PgConnection, caller: Caller, request: FetchRequest, *, now: datetime) -> Page:
    """Return single records of one scope: P, D when the scope may not hold it any more, U when it never did.

    Raises:
        RefusedError: the scope is not this device's, or too much is asked for.
    """
    if request.scope not in caller.scopes:
        raise RefusedError(ErrorCode.SCOPE_DENIED)
    if not 0 < len(request.ids) <= FETCH_MOST_IDS:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    head = heads_of(connection, [request.scope])[request.scope]
    with connection.cursor(binary=True) as cursor:
        found = {row[1]: row for row in cursor.execute(_FETCH, (now, request.scope, request.ids))}
    lines, guarded = [], 0
    for record_id in dict.fromkeys(map(str, request.ids)):
        row = found.get(record_id)
        if row is None:
            lines.append(f'{{"t":"U","id":"{record_id}"}}'.encode())
            continue
        guarded += _is_guarded(row)
        lines.append(_line(row, 0, None, seq=0))
    header = PageHeader(server_time=now, scopes=[PageStart(id=request.scope, epoch=head.epoch)])
    return Page(header=header, lines=lines, end=PageEnd(scopes=[]), guarded=guarded)


@dataclass(frozen=True, slots=True)
class _ScopePart:
    """One scope's part of a page."""

    index: int
    scope: PullScope
    head: Head
    start: int | None
    mode: str

    def read(
        self, connection: PgConnection, caller: Caller, lines: list[bytes], budget: _Budget, now: datetime
    ) -> tuple[PageScopeEnd, int]:
        """Add this scope's lines while there is room; return where it stands then, and the guard's hits."""
        seq, guarded = self.scope.seq, 0
        asked = budget.rows
        if not budget.is_spent:
            # A first load gets bodies, even of what this device wrote: it may have lost them.
            own = None if self.start is not None else caller.device
            with connection.cursor(binary=True) as cursor:
                cursor.execute(_PAGE, (now, self.scope.id, seq, self.start or 0, asked))
                rows = cursor.fetchall()
            taken = 0
            for row in rows:
                if budget.size_bytes <= 0:
                    break
                guarded += _is_guarded(row)
                taken, seq = taken + 1, row[0]
                self._add(row, own, lines, budget)
            if taken == len(rows) < asked:
                return self._at_end(guarded), guarded
        is_at_head = seq == self.head.head and not guarded
        return (self._at_end(0), guarded) if is_at_head else (PageScopeEnd(seq=seq), guarded)

    def _add(self, row: tuple[Any, ...], own: UUID | None, lines: list[bytes], budget: _Budget) -> None:
        line = _line(row, self.index, own)
        if self.mode == DROPS_ONLY and not line.startswith(b'{"t":"D"'):
            return
        lines.append(line)
        budget.rows -= 1
        budget.size_bytes -= len(line)

    def _at_end(self, guarded: int) -> PageScopeEnd:
        """Return the end of a feed read dry; a page that the guard touched never says that it is at its head."""
        if guarded:
            return PageScopeEnd(seq=self.head.head)
        return PageScopeEnd(seq=self.head.head, at_head=True, n=self.head.n, d=[str(part) for part in self.head.sums])


def _line(row: tuple[Any, ...], index: int, own: UUID | None, *, seq: int | None = None) -> bytes:
    """Return a row as it travels; built by hand, for the body is JSON already."""
    number, record_id, agg_id, op, rev, dev, why, kind, body, is_visible = row
    if seq is not None:
        number = seq
    if op.strip() == "D" or not is_visible:
        reason = why or DropReason.ENDED.value
        return f'{{"t":"D","s":{index},"q":{number},"id":"{record_id}","why":"{reason}"}}'.encode()
    if own is not None and dev == own:
        return f'{{"t":"K","s":{index},"q":{number},"id":"{record_id}","rev":{rev}}}'.encode()
    name = TYPE_NAMES[kind].value
    head = f'{{"t":"P","s":{index},"q":{number},"ty":"{name}","id":"{record_id}","agg":"{agg_id}","rev":{rev},"b":'
    # PostgreSQL writes spaces after colons and commas; without them the frame is read at full speed.
    return head.encode() + bytes(msgspec.json.format(body, indent=-1)) + b"}"


def _is_guarded(row: tuple[Any, ...]) -> bool:
    return row[3].strip() == "P" and not row[9]


def heads_of(connection: PgConnection, scopes: Iterable[UUID]) -> dict[UUID, Head]:
    """Return where feeds stand.

    Raises:
        RefusedError: one of them is not there for this caller.
    """
    wanted = list(scopes)
    found = {
        scope: Head(epoch, head, floor, n, (s0, s1, s2, s3))
        for scope, epoch, head, floor, n, s0, s1, s2, s3 in connection.execute(_HEADS, (wanted,))
    }
    if len(found) != len(set(wanted)):
        raise RefusedError(ErrorCode.SCOPE_DENIED)
    return found


def _check_request(caller: Caller, request: PullRequest) -> None:
    asked = [scope.id for scope in request.scopes]
    if not 0 < len(asked) <= SCOPES_MOST or len(set(asked)) != len(asked) or request.mode not in (FULL, DROPS_ONLY):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    if not set(asked) <= set(caller.scopes):
        raise RefusedError(ErrorCode.SCOPE_DENIED)


def _check_cursor(scope: PullScope, head: Head) -> None:
    if scope.seq < 0 or (scope.start is not None and scope.start < 0):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    if scope.epoch is not None and scope.epoch != head.epoch:
        raise RefusedError(ErrorCode.EPOCH_CHANGED)
    if scope.seq > head.head or (scope.start or 0) > head.head:
        raise RefusedError(ErrorCode.CURSOR_AHEAD)
    if 0 < scope.seq < head.floor:
        raise RefusedError(ErrorCode.CURSOR_TOO_OLD)
