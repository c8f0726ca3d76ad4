"""What is counted while the service runs, for Prometheus: numbers by route, status and code, and never an id."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sync.protocol.messages import BLOB, ENROL, FETCH, HEADS, PING, PULL, PUSH, RECEIPT, TOKEN

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]

ROUTE_PATHS: Final = frozenset({ENROL, TOKEN, HEADS, PUSH, PULL, FETCH, RECEIPT, PING})
"""Paths that are counted and logged under their own name."""

OTHER: Final = "other"
"""How every other path is called: what a stranger types into one may be anything, a name too."""

_FILES: Final = BLOB.partition("{")[0]

# The targets are 5 ms for an idle poll and 2 s for the slowest request of a storm (sync.md 13).
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0)
# The alarm is at 200 ms (sync.md 12).
_SHORT_SECONDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def route_name(path: str) -> str:
    """Return under which name a path is counted and logged; only a path of the protocol keeps its own."""
    if path.startswith(_FILES):
        return BLOB
    return path if path in ROUTE_PATHS else OTHER


class Metrics:
    """Counters of one process; several processes are added up by whoever reads them."""

    def __init__(self) -> None:
        """Begin at zero, in a registry of its own."""
        self.registry = CollectorRegistry(auto_describe=True)
        self.requests = Counter("alongside_requests", "Requests answered.", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "alongside_request_seconds",
            "How long requests took, from the moment their bodies were whole.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.bytes_in = Counter("alongside_received_bytes", "Bytes of bodies taken in.", registry=self.registry)
        self.bytes_out = Counter("alongside_sent_bytes", "Bytes of bodies given out.", registry=self.registry)
        self.in_flight = Gauge("alongside_requests_in_flight", "Requests under way.", registry=self.registry)
        self.numbering = Histogram(
            "alongside_feed_numbers_seconds",
            "How long a write waited for the heads of its feeds, and wrote their entries.",
            buckets=_SHORT_SECONDS,
            registry=self.registry,
        )
        self.events = Counter(
            "alongside_events", "Lines of the log, by event and code.", ["event", "code"], registry=self.registry
        )

    def watch(self, name: str, about: str, read: Callable[[], float]) -> None:
        """Add a number that is read when it is asked for."""
        Gauge(name, about, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)


class CountingLog:
    """A log whose events are counted on their way, so that alarms need no second place that knows them."""

    def __init__(self, log: Any, metrics: Metrics) -> None:
        """Take the log to pass on to."""
        self._log = log
        self._metrics = metrics

    def info(self, event: str, **fields: Any) -> None:
        """Count and write an event of everyday work."""
        self._count(event, fields)
        self._log.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Count and write an event that somebody should look at."""
        self._count(event, fields)
        self._log.warning(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """Count and write a bug."""
        self._count(event, fields)
        self._log.error(event, **fields)

    def _count(self, event: str, fields: MutableMapping[str, Any]) -> None:
        self._metrics.events.labels(event=event, code=str(fields.get("code", ""))).inc()


class MeasuredApp:
    """An ASGI application that counts, times and logs what the one inside it answers."""

    def __init__(self, app: Any, metrics: Metrics, log: Any) -> None:
        """Take the application to measure."""
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Seen(receive, send, lambda: self._note(scope, seen, time.perf_counter() - seen.began))
        with self._metrics.in_flight.track_inprogress():
            await self._app(scope, seen.receive, seen.send)

    def _note(self, scope: Message, seen: _Seen, seconds: float) -> None:
        route = route_name(scope["path"])
        self._metrics.requests.labels(route=route, status=str(seen.status)).inc()
        self._metrics.seconds.labels(route=route).observe(seconds)
        self._metrics.bytes_in.inc(seen.bytes_in)
        self._metrics.bytes_out.inc(seen.bytes_out)
        self._log.info(
            "answered",
            path=route,
            status=seen.status,
            duration_ms=round(seconds * 1000, 1),
            size_bytes=seen.bytes_out,
            device=device_named(scope["headers"]),
        )


class _Seen:
    """What passes through one request; noted before its last byte leaves, so that whoever has the answer finds it."""

    def __init__(self, receive: Receive, send: Send, note: Callable[[], None]) -> None:
        self._receive = receive
        self._send = send
        self._note = note
        # A slow line is not the service's slowness: a request is timed from the moment its body is whole.
        self.began = time.perf_counter()
        self.status = 0
        self.bytes_in = 0
        self.bytes_out = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        if message["type"] == "http.request" and not message.get("more_body"):
            self.began = time.perf_counter()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.bytes_out += len(message.get("body", b""))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._note()
        await self._send(message)


def device_named(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the device a request says it comes from; empty when what it says is no id."""
    for name, value in headers:
        if name == b"authorization":
            first = value.removeprefix(b"Bearer ").partition(b".")[0].decode("latin-1")
            return first if first.isascii() and first.isalnum() and len(first) == 32 else ""
    return ""
