"""Whether the service lives and may be given work, and the loopback port that answers this and the metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from app.errors import KnownError
from sync.central.database import Context, Database
from sync.central.journal import WithdrawalJournal
from sync.central.metrics import Metrics


class HealthPath(StrEnum):
    """Paths of the operator's port."""

    LIVE = "/healthz"
    READY = "/readyz"
    METRICS = "/metrics"


DRAINING, NO_DATABASE, NO_JOURNAL, NOT_READABLE = "draining", "database", "journal", -1.0
"""Why a service should get no work; how a number that cannot be read is shown."""

_MONTHS = r"""
SELECT count(*) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
WHERE i.inhparent = 'op_log'::regclass AND c.relname ~ '^op_log_\d{4}_\d{2}$' AND c.relname >= %s
"""
_SILENT = "SELECT silent FROM watched_counts(%s)"
_OVERDUE = "SELECT overdue FROM watched_counts(%s)"
_DUE = "SELECT count(*) FROM due_aggregates(%s, 10000)"


class Health:
    """Looks at what the service stands on; asks anew each time."""

    def __init__(self, database: Database, journal: WithdrawalJournal, clock: Callable[[], datetime]) -> None:
        """Take what is looked at."""
        self._database = database
        self._journal = journal
        self._clock = clock
        self._is_draining = False

    def drain(self) -> bool:
        """Say from now on that there should be no new work; return whether that was said before.

        Asks nobody: a database that does not answer must not hold the end up.
        """
        before, self._is_draining = self._is_draining, True
        return before

    def problem(self) -> str:
        """Return why this service should get no work; empty when it should."""
        if self._is_draining:
            return DRAINING
        if not self._journal.is_writable():
            # Withdrawals would be answered "busy"; another process may have storage that works.
            return NO_JOURNAL
        return "" if self._count("SELECT 1") == 1 else NO_DATABASE

    def watch_with(self, metrics: Metrics) -> None:
        """Add what is read when it is asked for to the metrics."""
        metrics.watch("alongside_ready", "1 when this service should get work.", lambda: float(not self.problem()))
        metrics.watch(
            "alongside_journal_writable",
            "1 when withdrawals can be journalled; they are answered busy when not.",
            lambda: float(self._journal.is_writable()),
        )
        metrics.watch("alongside_op_log_months_ahead", "Monthly partitions of the op log from now on.", self._months)
        for name, about, query in (
            ("due_aggregates", "Aggregates that time has brought something about.", _DUE),
            ("devices_silent", "Laptops that were not heard of for 72 hours: what is only on them waits.", _SILENT),
            ("removals_overdue", "Laptops whose lease ended before they reported a removal.", _OVERDUE),
        ):
            metrics.watch(f"alongside_{name}", about, partial(self._at_the_moment, query))
        for name, about in (
            ("pool_size", "Connections to the database."),
            ("pool_available", "Connections that nobody uses."),
            ("requests_waiting", "Requests that wait for a connection."),
        ):
            metrics.watch(f"alongside_{name}", about, partial(self._of_pool, name))

    def _of_pool(self, name: str) -> float:
        return float(self._database.statistics().get(name, 0))

    def _months(self) -> float:
        return self._count(_MONTHS, f"op_log_{self._clock():%Y_%m}")

    def _at_the_moment(self, query: str) -> float:
        return self._count(query, self._clock())

    def _count(self, query: str, *values: object) -> float:
        try:
            with self._database.reading(Context()) as connection:
                found = connection.execute(query, values).fetchone()
        except KnownError:
            return NOT_READABLE
        return NOT_READABLE if found is None else float(found[0])


class OperatorPort:
    """A port for the operator's tools alone: whether it lives, whether it is ready, what it counted."""

    def __init__(self, health: Health, metrics: Metrics, *, host: str, port: int) -> None:
        """Bind the port; nothing is answered before `start`.

        Raises:
            OSError: the port is taken.
        """
        self._server = ThreadingHTTPServer((host, port), _handler(health, metrics))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="alongside-central-operator")

    @property
    def address(self) -> str:
        """Where it listens, as an origin."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(health: Health, metrics: Metrics) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers the three questions, and nothing else."""

        def do_GET(self) -> None:
            """Answer."""
            match self.path:
                case HealthPath.LIVE:
                    self._say(200, b"ok\n")
                case HealthPath.READY:
                    problem = health.problem()
                    self._say(503 if problem else 200, (problem or "ok").encode() + b"\n")
                case HealthPath.METRICS:
                    self._say(200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
                case _:
                    self._say(404, b"not_found\n")

        def _say(self, status: int, content: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a path may hold anything."""

        @override
        def version_string(self) -> str:
            return "alongside"

    return Handler
