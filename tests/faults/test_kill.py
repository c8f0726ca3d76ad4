"""PostgreSQL and the service are killed under eight pushing laptops: nothing that was acknowledged is lost, and nothing
counts twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.codes import Role
from tests.helpers.central import AUDIENCE, AllianceService
from tests.helpers.cluster import free_port
from tests.helpers.postgres import Database, PostgresServer
from tests.helpers.pushing import Progress, drain, nothing_counts_twice, nothing_is_lost, work
from tests.helpers.vaults import Clock
from tests.sync.alliance import enrol_laptop

LAPTOPS = 8
KILLS = ("service", "postgres", "service")
ENOUGH = 8
"""Persons that must have come through before the next kill."""


@dataclass
class ServiceProcess:
    """The real command, in a process of its own."""

    settings: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "sync.central", "--settings", str(self.settings), "serve"]
        with self.settings.with_name("central.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        assert b"Listening" in self.process.stdout.readline()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server whose commits reach the disk."""
    server = PostgresServer.start(durable=True)
    if not server.may_be_killed:
        pytest.skip("the server belongs to somebody else")
    yield server
    server.stop()


def write_settings(folder: Path, database: Database, port: int) -> Path:
    file = folder / "central.toml"
    file.write_text(
        f'postgres = "{database.service_url}"\nowner = "{database.owner_url}"\n'
        f'journal = "{folder / "withdrawals.journal"}"\nkeys = "{folder / "keys"}"\n'
        f'files = "{folder / "files"}"\n'
        f'audience = "{AUDIENCE}"\naddress = "http://127.0.0.1"\nport = {port}\n'
    )
    return file


@pytest.mark.timeout(240)
def test_no_acknowledged_op_is_lost_and_none_counts_twice(
    durable: PostgresServer, tmp_path: Path, clock: Clock
) -> None:
    port = free_port()
    alliance = AllianceService.start(tmp_path, server=durable, port=port)
    user = alliance.user("outreach_worker")
    laptops = [
        enrol_laptop(tmp_path / f"{place}", alliance.ward_slip(), user=user, role=Role.OUTREACH_WORKER, clock=clock)
        for place in range(LAPTOPS)
    ]
    laptops[0].sync()
    alliance.stop()
    service = ServiceProcess(write_settings(tmp_path, alliance.database, port), port)
    service.start()
    progress = Progress()
    threads = [
        threading.Thread(target=work, args=(laptop, alliance, f"Laptop {place}", progress))
        for place, laptop in enumerate(laptops)
    ]
    try:
        for laptop in laptops[1:]:
            laptop.sync()
        for thread in threads:
            thread.start()
        kill_in_turn(service, durable, progress)
    finally:
        progress.over.set()
        for thread in threads:
            thread.join()
    try:
        for laptop in (*laptops, *laptops):
            drain(laptop)
        assert progress.troubles, "nobody noticed a kill: they came too late"
        nothing_is_lost(laptops, alliance.database.owner_url)
        nothing_counts_twice(alliance.database.owner_url, lanes_at_least=LAPTOPS)
        assert all(laptop.bodies() == laptops[0].bodies() for laptop in laptops[1:])
    finally:
        service.kill()
        for laptop in laptops:
            laptop.close()


def kill_in_turn(service: ServiceProcess, postgres: PostgresServer, progress: Progress) -> None:
    kills: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "service": (service.kill, service.start),
        "postgres": (postgres.kill, postgres.start_again),
    }
    for which in KILLS:
        progress.wait_for(progress.synced + ENOUGH)
        kill, start = kills[which]
        kill()
        start()
    progress.wait_for(progress.synced + ENOUGH)
