"""HAProxy by the file that ships, in front of two processes: one dies or is stopped, and no laptop notices."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from sync.central.health import HealthPath
from sync.protocol.messages import ENROL, PING
from tests.faults.certificates import Root
from tests.helpers.cluster import Cluster
from tests.helpers.pushing import Progress, drain, nothing_counts_twice, nothing_is_lost, work
from tests.helpers.vaults import Clock
from tests.operating.premises import NAME, Premises, Process, haproxy, is_installed
from tests.sync.alliance import Enrolled, register

pytestmark = pytest.mark.skipif(not is_installed("haproxy"), reason="haproxy is not installed")

LAPTOPS = 6
ENOUGH = 12
"""Exchanges that must have come through between two events."""


@dataclass
class Front:
    """What laptops see of the service: one address.

    Attributes:
        address: over TLS, whose root the system trusts.
        roots: the file with that root.
    """

    premises: Premises
    address: str
    roots: Path

    @property
    def processes(self) -> list[Process]:
        """Who answers behind it."""
        return self.premises.processes

    def ask(self, path: str, *, method: str = "GET") -> requests.Response:
        """Ask as a stranger."""
        return requests.request(method, self.address + path, verify=str(self.roots), timeout=30)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """HAProxy, two processes behind it, and PostgreSQL behind them."""
    folder = tmp_path_factory.mktemp("front")
    root = Root.make()
    root.server(folder, names=("localhost",))
    premises = Premises(tmp_path_factory.mktemp("premises"), settings="fsync = off")
    with pytest.MonkeyPatch.context() as patched:
        # The system's roots, as the operating system's TLS library looks them up.
        patched.setenv("SSL_CERT_FILE", str(root.write(folder / "roots.pem")))
        try:
            processes = premises.serve(premises.write_settings(**{"drain_seconds = 10": "drain_seconds = 2"}), count=2)
            with haproxy(processes, folder / "server.pem", folder) as port:
                yield Front(premises, f"https://localhost:{port}", folder / "roots.pem")
        finally:
            premises.close()


@pytest.fixture(scope="module")
def laptops(front: Front, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> list[Enrolled]:
    """Laptops of the ward, enrolled through the front."""
    return [front.premises.laptop(tmp_path_factory.mktemp("laptop"), front.address, clock) for _ in range(LAPTOPS)]


@contextmanager
def pushing(front: Front, laptops: list[Enrolled], name: str) -> Iterator[Progress]:
    """Let all laptops record and send for the length of a block; then nothing is lost, and nothing counts twice."""
    progress = Progress()
    threads = [
        threading.Thread(target=work, args=(laptop, front.premises.alliance, f"{name} {place}", progress))
        for place, laptop in enumerate(laptops)
    ]
    for thread in threads:
        thread.start()
    try:
        progress.wait_for(ENOUGH)
        yield progress
        progress.wait_for(progress.synced + ENOUGH)
    finally:
        progress.over.set()
        for thread in threads:
            thread.join()
    for laptop in (*laptops, *laptops):
        drain(laptop)
    admin = front.premises.cluster.admin_url(NAME)
    nothing_is_lost(laptops, admin)
    nothing_counts_twice(admin, lanes_at_least=LAPTOPS)
    assert all(laptop.bodies() == laptops[0].bodies() for laptop in laptops[1:])


def answered_by(process: Process) -> float:
    """Return how many calls a process has answered, by its own count."""
    text = requests.get(process.operator_address + HealthPath.METRICS, timeout=30).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("alongside_requests_total{"))


def test_both_processes_get_work(front: Front, laptops: list[Enrolled]) -> None:
    for laptop in laptops:
        laptop.sync()
    assert all(answered_by(process) > 0 for process in front.processes)


@pytest.mark.timeout(240)
def test_a_process_that_is_killed_is_noticed_by_nobody(front: Front, laptops: list[Enrolled]) -> None:
    one, two = front.processes
    with pushing(front, laptops, "Killed") as progress:
        for process in (one, two, one):
            process.kill()
            progress.wait_for(progress.synced + ENOUGH)
            process.start()
            progress.wait_for(progress.synced + ENOUGH)
            wait_until_used(front, process)
    assert progress.troubles == {}


def test_a_push_under_way_in_a_process_that_dies_is_given_to_the_other(front: Front, laptops: list[Enrolled]) -> None:
    """Held up by a lock, killed, and answered once by the other process: the laptop's exchange ends well."""
    laptop, cluster = laptops[0], front.premises.cluster
    register(laptop, front.premises.alliance, "First Push")
    laptop.sync()
    register(laptop, front.premises.alliance, "Held Up")
    ended: list[int] = []
    exchange = threading.Thread(target=lambda: ended.append(laptop.sync().waiting.unsent))
    with psycopg.connect(cluster.admin_url(NAME)) as other:
        other.execute("SELECT FROM device_lane WHERE device = %s FOR UPDATE", (laptop.actor.device,))
        exchange.start()
        process = holder_of(front.processes, waiting_client(cluster))
        process.kill()
        other.rollback()
    exchange.join()
    process.start()
    wait_until_used(front, process)
    assert ended == [0]
    nothing_is_lost([laptop], cluster.admin_url(NAME))
    nothing_counts_twice(cluster.admin_url(NAME), lanes_at_least=1)


def waiting_client(cluster: Cluster) -> int:
    """Wait until a transaction waits for a lock, and return from which port it came."""
    waits = "SELECT COALESCE(max(client_port), 0) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    give_up = time.monotonic() + 30
    while not (port := cluster.ask(waits)):
        assert time.monotonic() < give_up
    return int(str(port))


def holder_of(processes: list[Process], port: int) -> Process:
    """Return the process that speaks to PostgreSQL from a port."""
    for process in processes:
        assert process.process is not None
        lines = psutil.Process(process.process.pid).net_connections()
        if any(line.laddr and line.laddr.port == port for line in lines):
            return process
    raise AssertionError("nobody's")


@pytest.mark.timeout(240)
def test_a_process_that_is_stopped_is_drained_first(front: Front, laptops: list[Enrolled]) -> None:
    """What `systemctl stop` does: not ready any more, then no work from the front, then the end."""
    one, _ = front.processes
    with pushing(front, laptops, "Drained") as progress:
        one.ask_to_stop()
        one.wait_until_draining()
        ready = requests.get(one.operator_address + HealthPath.READY, timeout=30)
        assert (ready.status_code, ready.text) == (503, "draining\n")
        assert one.process is not None
        one.process.communicate(timeout=60)
        progress.wait_for(progress.synced + ENOUGH)
        one.start()
        wait_until_used(front, one)
    assert one.process is not None
    assert progress.troubles == {}


def wait_until_used(front: Front, process: Process) -> None:
    """Ask until the front has found out that a process is back."""
    before = answered_by(process)
    give_up = time.monotonic() + 30
    while answered_by(process) <= before:
        assert time.monotonic() < give_up
        front.ask(PING)


# --- what the front lets through -------------------------------------------------------------------------------------


def test_only_the_protocol_gets_through(front: Front, laptops: list[Enrolled]) -> None:
    assert front.ask("/v1/health").json() == {"database": "ok"}
    assert front.ask(PING).status_code == 400, "a ping without a nonce, answered by the service itself"
    for path in (*HealthPath, "/", "/v2/heads", "/V1/heads", "/docs"):
        assert front.ask(path).status_code == 403


def test_whoever_guesses_at_codes_is_stopped(front: Front, laptops: list[Enrolled]) -> None:
    found = [front.ask(ENROL, method="POST").status_code for _ in range(40)]
    assert found[0] == 400
    assert found[-1] == 429


def test_a_head_that_never_ends_is_given_up(front: Front, laptops: list[Enrolled]) -> None:
    """HAProxy answers 408 by itself; the service never hears of it."""
    port = int(front.address.rpartition(":")[2])
    trusted = ssl.create_default_context(cafile=str(front.roots))
    with (
        socket.create_connection(("localhost", port), timeout=40) as line,
        trusted.wrap_socket(line, server_hostname="localhost") as spoken,
    ):
        spoken.sendall(b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nX-Slow:")
        assert spoken.recv(4096).startswith(b"HTTP/1.1 408")
