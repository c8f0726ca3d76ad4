"""Serving: the application on a loopback port, and the job that looks at what time brings about."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn

from app.errors import KnownError
from sync.central.admission import Admission
from sync.central.api.app import build_app
from sync.central.api.doorkeeper import Doorkeeper
from sync.central.api.intake import Intake
from sync.central.health import Health, OperatorPort
from sync.central.metrics import CountingLog, MeasuredApp, Metrics
from sync.central.service import Service
from sync.protocol.types_ahead import look_up_types

LONGEST_REQUEST_SECONDS = 30
"""How long requests under way may take when the service ends: a statement ends after 20 s by itself (sync.md 4)."""

DUE_SECONDS = 30.0
"""How often it is looked at what is due (sync.md 4)."""


class RunningService:
    """A service that answers on a port, in threads of its own; for the command line, and for the demonstration."""

    def __init__(self, service: Service, log: Any) -> None:
        """Take the service; nothing runs before `start`."""
        self._service = service
        self.metrics = Metrics()
        self._log = CountingLog(log, self.metrics)
        self._health = Health(service.database, service.journal, service.clock)
        self._health.watch_with(self.metrics)
        service.writer.timed_numbering = self.metrics.numbering.time
        self.metrics.watch(
            "alongside_files_free_bytes", "Room where the files beside records lie.", service.files.free_bytes
        )
        config = uvicorn.Config(
            MeasuredApp(
                Doorkeeper(
                    build_app(service, self._log),
                    Admission(service.settings.places, time.monotonic),
                    Intake(time.monotonic),
                ),
                self.metrics,
                log,
            ),
            host=service.settings.host,
            port=service.settings.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=LONGEST_REQUEST_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._socket: socket.socket | None = None
        self._operator: OperatorPort | None = None
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """Where it listens, as an origin."""
        assert self._socket is not None
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def operator_address(self) -> str:
        """Where health and metrics are answered, as an origin; empty when nowhere."""
        return "" if self._operator is None else self._operator.address

    def start(self) -> None:
        """Open the database, bind the port and answer from now on.

        Raises:
            ServiceError: the database or its role will not do.
            OSError: the port is taken, or the host is none of this machine.
        """
        look_up_types()
        self._service.open()
        # A database that was put back without a word knows nothing of the stops that came after its backup.
        replayed = self._service.replay_withdrawals()
        if replayed.in_force or replayed.refused:
            self._log.warning("withdrawals_replayed", rows=replayed.in_force, count=len(replayed.refused))
        try:
            self._socket = _bound(self._service.settings.host, self._service.settings.port)
        except OSError:
            self._service.close()
            raise
        self._open_operator_port()
        # Head and body of a reply are two writes: without this the second waits 40 ms for the first's receipt.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # From here on calls wait in line, until the server takes them.
        self._socket.listen()
        sockets = [self._socket]
        self._begin("answers", lambda: self._server.run(sockets=sockets))
        self._begin("due", self._look_at_what_is_due)

    def stop(self) -> None:
        """Answer what is under way, and end."""
        self._stopped.set()
        self._health.drain()
        self._server.should_exit = True
        for thread in self._threads:
            thread.join()
        if self._operator is not None:
            self._operator.stop()
        if self._socket is not None:
            self._socket.close()
        self._service.close()

    def ask_to_stop(self) -> None:
        """Say that it is not ready, go on for `drain_seconds`, answer what is under way, and end.

        Called again, it no longer waits for the front proxy to notice.
        """
        drain_s = self._service.settings.drain_seconds
        if self._health.drain() or not drain_s:
            self._end()
            return
        self._begin("drains", lambda: self._drain(drain_s))

    def _drain(self, seconds: float) -> None:
        if not self._stopped.wait(seconds):
            self._end()

    def _end(self) -> None:
        self._health.drain()
        self._server.should_exit = True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the server has ended, or so long; returns whether it has."""
        self._threads[0].join(seconds)
        return not self._threads[0].is_alive()

    def _open_operator_port(self) -> None:
        settings = self._service.settings
        if settings.operator_port is None:
            return
        assert self._socket is not None
        try:
            self._operator = OperatorPort(self._health, self.metrics, host=settings.host, port=settings.operator_port)
        except OSError:
            self._socket.close()
            self._service.close()
            raise
        self._operator.start()

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"alongside-central-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _look_at_what_is_due(self) -> None:
        while not self._stopped.wait(DUE_SECONDS):
            until = time.monotonic() + DUE_SECONDS
            try:
                self._service.timekeeper.run_all(self._service.clock, goes_on=partial(self._goes_on, until))
                self._service.pairs.run_all(self._service.clock, goes_on=partial(self._goes_on, until))
                self._service.forgetter.run_all(self._service.clock, goes_on=partial(self._goes_on, until))
                self._service.reviewer.run(now=self._service.clock())
                self._service.blobs.sweep()
            except KnownError as error:
                # The next round tries again; laptops' own pulls look too.
                self._log.warning("due_failed", code=error.code)

    def _goes_on(self, until: float) -> bool:
        return not self._stopped.is_set() and time.monotonic() < until


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket on a port; uvicorn's own way writes the system's words to the screen and ends the program."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    found = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            # There it would let two programs share a port; elsewhere a service may start again at once.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found
