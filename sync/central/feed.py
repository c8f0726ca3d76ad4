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
    DROPS_ONLY,
    FULL,
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

# On freshly loaded tables the plan flipped to hash joins, and a first load took 7.5-8.5 s instead of 1.6-3.2 s.
_NESTED_LOOPS = """
SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
  set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
"""
_HEADS = "SELECT scope_id, epoch, head, floor, n, s0, s1, s2, s3 FROM feed_head WHERE scope_id = ANY(%s)"
# PostgreSQL writes the lines: a row taken apart and put together again in Python cost as much as finding it.
_LINES = """
SELECT f.seq, f.guarded, convert_to(CASE
  WHEN f.op = 'D' OR f.guarded
  THEN concat('{"t":"D"', %(index)s::text, f.at, ',"id":"', f.id, '","why":"', COALESCE(f.why, 'ended'), '"}')
  WHEN f.dev = %(own)s
  THEN concat('{"t":"K"', %(index)s::text, f.at, ',"id":"', f.id, '","rev":', f.rev, '}')
  ELSE concat('{"t":"P"', %(index)s::text, f.at, ',"ty":"', (%(types)s::text[])[f.type], '","id":"', f.id,
    '","agg":"', f.agg_id, '","rev":', f.rev, ',"b":', f.body, '}')
  END, 'UTF8'), f.id FROM
"""
# Whether the scope may see the record now is asked for each row, in the list of columns: as a join PostgreSQL looked
# through all that the scope may see of the person, for each of the person's records.
# A value and no EXISTS: an EXISTS may be hashed, and from some tens of thousands of rows on the planner then read the
# whole list for each page (measured at 100 000 records: 130 ms of 158), which no setting forbids.
_GUARD = """
(SELECT TRUE FROM visibility v WHERE v.agg_id = f.agg_id AND v.scope_id = f.scope_id AND v.owner = r.owner
  AND v.cls = r.cls AND (v.until IS NULL OR v.until > %(now)s)) IS NULL
"""
_LISTED = f"""
SELECT f.seq, f.id, f.agg_id, f.op, f.rev, f.dev, f.why, r.type, r.body, f.op = 'P' AND {_GUARD} AS guarded,
  CASE WHEN %(numbered)s THEN concat(',"q":', f.seq) END AS at
FROM feed f
LEFT JOIN LATERAL (SELECT r.type, r.cls, r.owner, r.body FROM record r WHERE r.agg_id = f.agg_id AND r.id = f.id
                   AND NOT r.deleted) r ON f.op = 'P'
WHERE f.scope_id = %(scope)s
"""  # noqa: S608 - put together from this module's own words
_PAGE = f"""{_LINES} ({_LISTED} AND f.seq > %(after)s AND (f.op = 'P' OR f.seq > %(start)s)
ORDER BY f.seq LIMIT %(rows)s) f"""
_FETCH = f"{_LINES} ({_LISTED} AND f.id = ANY(%(ids)s) OFFSET 0) f"
_TYPES = [TYPE_NAMES[number].value if number in TYPE_NAMES else None for number in range(1, max(TYPE_NAMES) + 1)]


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
    asked = {**_asked(request.scope, now), "ids": request.ids, "numbered": False}
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_FETCH, asked).fetchall()
    found = {record_id: _compact(line) for _, _, line, record_id in rows}
    lines = [
        found.get(record_id) or f'{{"t":"U","id":"{record_id}"}}'.encode() for record_id in dict.fromkeys(request.ids)
    ]
    guarded = sum(is_guarded for _, is_guarded, _, _ in rows)
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
            taken = 0
            rows = self._rows(connection, caller, asked, now)
            for number, is_guarded, line, _ in rows:
                if budget.size_bytes <= 0:
                    break
                guarded += is_guarded
                taken, seq = taken + 1, number
                self._add(_compact(line), lines, budget)
            if taken == len(rows) < asked:
                return self._at_end(guarded), guarded
        is_at_head = seq == self.head.head and not guarded
        return (self._at_end(0), guarded) if is_at_head else (PageScopeEnd(seq=seq), guarded)

    def _rows(self, connection: PgConnection, caller: Caller, most: int, now: datetime) -> list[tuple[Any, ...]]:
        wanted = _asked(self.scope.id, now) | {
            "after": self.scope.seq,
            "start": self.start or 0,
            "rows": most,
            # What is at its default is left out on the way.
            "index": f',"s":{self.index}' if self.index else "",
            # A first load gets bodies, even of what this device wrote: it may have lost them.
            "own": None if self.start is not None else caller.device,
        }
        with connection.cursor(binary=True) as cursor:
            return cursor.execute(_PAGE, wanted).fetchall()

    def _add(self, line: bytes, lines: list[bytes], budget: _Budget) -> None:
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


def _asked(scope: UUID, now: datetime) -> dict[str, Any]:
    return {"scope": scope, "now": now, "index": "", "numbered": True, "own": None, "types": _TYPES}


def _compact(line: bytes) -> bytes:
    """Return a line without the spaces that PostgreSQL writes in bodies: then it is read at full speed."""
    return bytes(msgspec.json.format(line, indent=-1))


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
    if scope.seq < 0 or (scope.start or 0) < 0 or (scope.dropped or 0) < 0:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    if scope.epoch is not None and scope.epoch != head.epoch:
        raise RefusedError(ErrorCode.EPOCH_CHANGED)
    if max(scope.seq, scope.start or 0, scope.dropped or 0) > head.head:
        raise RefusedError(ErrorCode.CURSOR_AHEAD)
    if 0 < scope.seq < head.floor:
        raise RefusedError(ErrorCode.CURSOR_TOO_OLD)
