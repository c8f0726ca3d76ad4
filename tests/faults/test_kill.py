"""PostgreSQL and the service are killed under eight pushing laptops: nothing that was acknowledged is lost, and nothing
counts twice."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.codes import Role
from app.errors import NetworkError, ServiceError
from tests.helpers.central import AUDIENCE, AllianceService
from tests.helpers.postgres import Database, PostgresServer
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop, register

LAPTOPS = 8
KILLS = ("service", "postgres", "service")
ENOUGH = 8
"""Persons that must have come through before the next kill."""

PATIENCE_S = 40


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


@dataclass
class Progress:
    """How many persons have come through, and whoever waits for more."""

    synced: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    bugs: list[BaseException] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def note(self, count: int) -> None:
        with self.changed:
            self.synced += count
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            there = self.changed.wait_for(lambda: bool(self.bugs) or self.synced >= count, timeout=PATIENCE_S)
        assert not self.bugs, self.bugs
        assert there, (self.synced, count, self.troubles)


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A server whose commits reach the disk."""
    server = PostgresServer.start(durable=True)
    if not server.may_be_killed:
        pytest.skip("the server belongs to somebody else")
    yield server
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, database: Database, port: int) -> Path:
    file = folder / "central.toml"
    file.write_text(
        f'postgres = "{database.service_url}"\nowner = "{database.owner_url}"\n'
        f'journal = "{folder / "withdrawals.journal"}"\nkeys = "{folder / "keys"}"\n'
        f'audience = "{AUDIENCE}"\naddress = "http://127.0.0.1"\nport = {port}\n'
    )
    return file


def work(laptop: Enrolled, alliance: AllianceService, name: str, progress: Progress) -> None:
    """Register one person after the other and send them, until told to stop; trouble is what a laptop lives with."""
    number = 0
    try:
        while not progress.over.is_set():
            number += 1
            register(laptop, alliance, f"{name} {number}")
            try:
                laptop.sync()
            except (NetworkError, ServiceError) as trouble:
                progress.troubles[f"{trouble.code} {trouble.detail}"] += 1
                progress.over.wait(0.2)
            else:
                progress.note(1)
    except BaseException as bug:
        progress.bugs.append(bug)
        progress.note(0)
        raise


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
        nothing_is_lost(laptops, alliance.database)
        nothing_counts_twice(alliance.database)
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


def drain(laptop: Enrolled) -> None:
    """Sync until nothing waits; the pool of a service whose database was killed may need a try for each connection."""
    for _ in range(20):
        try:
            if laptop.sync().waiting.unsent == 0:
                return
        except (NetworkError, ServiceError):
            continue
    pytest.fail("an outbox does not drain")


def nothing_is_lost(laptops: list[Enrolled], database: Database) -> None:
    """What a laptop was told is received stands in the log, and so does its effect."""
    with psycopg.connect(database.owner_url) as owner:
        logged = {row[0] for row in owner.execute("SELECT op_id FROM op_log")}
        stored = {row[0] for row in owner.execute("SELECT id FROM record")}
    for laptop in laptops:
        with laptop.vault.writing() as connection:
            acked = connection.exec_driver_sql("SELECT op_id, id FROM acked_op").all()
        assert acked
        assert {bytes(op_id) for op_id, _ in acked} <= {op_id.bytes for op_id in logged}
        assert {bytes(record) for _, record in acked} <= {record.bytes for record in stored}


def nothing_counts_twice(database: Database) -> None:
    """Each lane's numbers have no gap and no repeat, each record one revision, each feed one number for each entry."""
    with psycopg.connect(database.owner_url) as owner:
        lanes = owner.execute(
            "SELECT l.last_seq, count(o.seq), count(DISTINCT o.seq), min(o.seq), max(o.seq) FROM device_lane l"
            " JOIN op_log o ON (o.device, o.lane, o.lane_epoch) = (l.device, l.lane, l.lane_epoch)"
            " GROUP BY l.device, l.lane, l.last_seq"
        ).fetchall()
        assert len(lanes) >= LAPTOPS
        for last, count, distinct, lowest, highest in lanes:
            assert (count, distinct, lowest, highest) == (last, last, 1, last)
        # Every op of this test makes a record: one that counted twice would be at its second revision.
        people = "SELECT count(*), count(*) FILTER (WHERE rev <> 1) FROM record WHERE type BETWEEN 10 AND 13"
        total, again = _one(owner, people)
        assert total > 0
        assert again == 0
        ahead = "SELECT count(*) FROM feed f JOIN feed_head h USING (scope_id) WHERE f.seq > h.head"
        assert _one(owner, ahead) == (0,)
        wrong = (
            "SELECT count(*) FROM feed_head h WHERE h.n <>"
            " (SELECT count(*) FROM feed f WHERE f.scope_id = h.scope_id AND f.op = 'P')"
        )
        assert _one(owner, wrong) == (0,)


def _one(owner: psycopg.Connection, query: str) -> Any:
    return owner.execute(query).fetchone()  # type: ignore[call-overload]
