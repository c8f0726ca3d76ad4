"""What the two walls cost a page: the guard in its query, and row-level security beneath it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from sync.central import feed
from sync.central.database import Context
from sync.protocol.framing import encode_frame
from tests.benchmarks.figures import Figure, percentile, seconds
from tests.benchmarks.service import ServiceProcess

ROWS = 1500
TIMES = 21

Connection = psycopg.Connection[Any]


def measure(service: ServiceProcess) -> list[Figure]:
    """Make the same page with both walls, with one and with none, by turns; the service holds a ward's caseload."""
    alliance = service.alliance
    scope = alliance.scope("site:stoke_mandeville", "aspire")
    asked = feed._asked(scope, datetime.now(UTC)) | {"after": 0, "start": 0, "rows": ROWS}
    bare = feed._PAGE.replace(feed._GUARD, "r.type IS NULL")
    if bare == feed._PAGE:
        raise AssertionError("there is no guard to leave out")
    context = Context(org=alliance.org("aspire"), scopes=(scope,))
    with alliance.service.database.reading(context) as walled, _past_the_wall(alliance.database.owner_url) as free:
        ways: dict[str, Callable[[], bytes]] = {
            "without": lambda: _page(free, bare, asked),
            "guard": lambda: _page(free, feed._PAGE, asked),
            "both": lambda: _page(walled, feed._PAGE, asked),
        }
        if len({way() for way in ways.values()}) != 1:
            raise AssertionError("the walls change what an honest laptop gets")
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TIMES):
            for name, way in ways.items():
                taken[name].append(seconds(way) * 1000)
    typical = {name: percentile(values, 50) for name, values in taken.items()}
    without, name = typical["without"], f"page of {ROWS:,} records at the service"
    return [
        Figure(name=f"{name}, with the guard", value=typical["guard"], unit="ms", floor=without, goal=1.15),
        Figure(name=f"{name}, with row-level security too", value=typical["both"], unit="ms", floor=without, goal=1.25),
    ]


def page_at_the_end(service: ServiceProcess) -> Figure:
    """Make the first page of a ward's feed and its last full one by turns: neither may know how long the feed is."""
    alliance = service.alliance
    scope = alliance.scope("site:stoke_mandeville", "aspire")
    context = Context(org=alliance.org("aspire"), scopes=(scope,))
    with alliance.service.database.reading(context) as connection:
        head = feed.heads_of(connection, [scope])[scope].head
        taken: dict[int, list[float]] = {0: [], max(0, head - ROWS): []}
        for _ in range(TIMES):
            for after, times in taken.items():
                asked = feed._asked(scope, datetime.now(UTC)) | {"after": after, "start": 0, "rows": ROWS}
                times.append(seconds(lambda: _page(connection, feed._PAGE, asked)) * 1000)  # noqa: B023
    first, last = (percentile(times, 50) for times in taken.values())
    name = f"page of {ROWS:,} records at the service, at the end against the beginning"
    return Figure(name=name, value=last, unit="ms", floor=first, goal=1.2)


def _page(connection: Connection, statement: str, asked: dict[str, Any]) -> bytes:
    connection.execute(feed._NESTED_LOOPS)
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statement.encode(), asked).fetchall()
    return encode_frame([feed._compact(row[2]) for row in rows], nonce="")


@contextmanager
def _past_the_wall(url: str) -> Iterator[Connection]:
    """Sign in as one whom row-level security does not concern, on a snapshot like the service's."""
    with psycopg.connect(url, autocommit=True, options="-c jit=off -c TimeZone=UTC") as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
        connection.execute("COMMIT")
