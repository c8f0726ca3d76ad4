"""The service as its operator sees it: whether it is well, what it counts and logs, how it ends, how it is migrated."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
import structlog

from app.errors import ServiceError
from sync.central.diary import keep_allowed
from sync.central.health import HealthPath
from sync.central.logging_of_libraries import libraries_heard
from sync.central.metrics import OTHER
from sync.central.migrating import MONTHS_AHEAD, migrate
from sync.central.service import Service
from sync.central.serving import RunningService
from sync.central.settings import Settings
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import agree, person_ops, push_stop, refer, register, unsent_person
from tests.helpers.central import AUDIENCE, AllianceService
from tests.helpers.postgres import Database, PostgresServer


class Operated:
    """A service with an operator's port, and its log kept as text."""

    def __init__(self, alliance: AllianceService, folder: Path, **settings: Any) -> None:
        self.log = StringIO()
        given = {
            "postgres": alliance.database.service_url,
            "journal": folder / "journal" / "withdrawals",
            "keys": alliance.service.settings.keys,
            "files": folder / "files",
            "audience": AUDIENCE,
            "address": "http://127.0.0.1",
            "port": 0,
            "operator_port": 0,
        }
        given["journal"].parent.mkdir()
        service = Service(
            Settings(**{**given, **settings}), clock=alliance.service.clock, new_id=alliance.service.new_id
        )
        self.running = RunningService(service, log_to(self.log))
        self.running.start()

    def ask(self, path: str) -> requests.Response:
        return requests.get(self.running.operator_address + path, timeout=30)

    def count(self, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.ask(HealthPath.METRICS).text, re.MULTILINE)
        return 0.0 if found is None else float(found[1])

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def log_to(stream: StringIO) -> Any:
    return structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[structlog.processors.add_log_level, keep_allowed, structlog.processors.JSONRenderer()],
    )


@pytest.fixture
def operated(alliance: AllianceService, tmp_path: Path) -> Iterator[Operated]:
    """A second process' worth of service on the same database."""
    made = Operated(alliance, tmp_path)
    yield made
    made.running.stop()


def at(operated: Operated, device: Device) -> Device:
    device.address = operated.running.address
    return device


# --- is it well? -------------------------------------------------------------------------------------------------


def test_a_service_that_is_well_lives_and_is_ready(operated: Operated) -> None:
    assert [operated.ask(path).status_code for path in (HealthPath.LIVE, HealthPath.READY)] == [200, 200]
    assert operated.count("alongside_ready") == 1
    assert operated.count("alongside_journal_writable") == 1
    assert operated.count("alongside_op_log_months_ahead") == MONTHS_AHEAD


def test_without_its_database_it_lives_and_is_not_ready(
    operated: Operated, alliance: AllianceService, postgres: PostgresServer
) -> None:
    postgres.drop(alliance.database)
    assert operated.ask(HealthPath.LIVE).status_code == 200
    ready = operated.ask(HealthPath.READY)
    assert (ready.status_code, ready.text) == (503, "database\n")


def test_without_its_journal_it_is_not_ready(operated: Operated, tmp_path: Path) -> None:
    (tmp_path / "journal").rmdir()
    ready = operated.ask(HealthPath.READY)
    assert (ready.status_code, ready.text) == (503, "journal\n")
    assert operated.count("alongside_journal_writable") == 0


def test_the_operators_port_answers_nothing_else_and_laptops_never_reach_it(operated: Operated) -> None:
    assert operated.ask("/v1/ping").status_code == 404
    assert operated.running.operator_address.startswith("http://127.0.0.1:")
    for path in HealthPath:
        assert requests.get(operated.running.address + path, timeout=10).status_code == 404


def test_where_no_port_is_set_nothing_is_answered(alliance: AllianceService) -> None:
    assert alliance.running.operator_address == ""


# --- what it counts and logs ---------------------------------------------------------------------------------------


def test_requests_refusals_and_bytes_are_counted(operated: Operated, ward: Device) -> None:
    at(operated, ward).heads()
    ward.heads()
    requests.get(operated.running.address + "/v1/Samira-Osei", timeout=10)
    assert operated.count('alongside_requests_total{route="/v1/heads",status="200"}') == 2
    assert operated.count(f'alongside_requests_total{{route="{OTHER}",status="404"}}') == 1
    assert operated.count('alongside_events_total{code="proof",event="refused"}') == 1
    assert operated.count('alongside_request_seconds_count{route="/v1/heads"}') == 2
    assert operated.count("alongside_sent_bytes_total") > 0
    assert operated.count("alongside_requests_in_flight") <= 1, "the last one may still be on its way out"


def test_how_long_feed_numbers_take_is_counted(operated: Operated, alliance: AllianceService, ward: Device) -> None:
    register(alliance, at(operated, ward))
    assert operated.count("alongside_feed_numbers_seconds_count") > 0
    assert operated.count("alongside_feed_numbers_seconds_sum") > 0


def test_laptops_that_are_silent_and_removals_that_are_overdue_are_counted(
    operated: Operated, alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person, "back_up_wheelchair_skills")
    for device in (ward, intake):
        device.pull()
    push_stop(person, "back_up")
    watched = ("alongside_devices_silent", "alongside_removals_overdue")
    assert [operated.count(name) for name in watched] == [0, 0]
    clock.advance(days=4)
    assert [operated.count(name) for name in watched] == [2, 0]
    ward.sign_in()
    assert [operated.count(name) for name in watched] == [1, 0]
    clock.advance(days=11)
    assert [operated.count(name) for name in watched] == [2, 1]


def test_neither_log_nor_metrics_name_anybody(operated: Operated, alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, at(operated, ward))
    requests.get(operated.running.address + "/v1/Samira-Osei?name=Samira", timeout=10)
    requests.get(operated.running.address + "/v1/heads", headers={"Authorization": "Bearer Samira.x"}, timeout=10)
    log, metrics = operated.log.getvalue(), operated.ask(HealthPath.METRICS).text
    for word in ("Samira", "Osei", "07700", str(person.person_id), person.person_id.hex):
        assert word not in log
        assert word not in metrics
    assert ward.device_id.hex in log, "ids of devices are what a log is for"
    assert ward.device_id.hex not in metrics, "and metrics are kept for years by others"


def test_every_line_of_the_log_is_json_with_a_route_a_status_and_a_duration(operated: Operated, ward: Device) -> None:
    at(operated, ward).heads()
    answered = [line for line in operated.lines() if line["event"] == "answered"]
    assert answered[-1]["path"] == "/v1/heads"
    assert answered[-1]["status"] == 200
    assert answered[-1]["duration_ms"] > 0
    assert answered[-1]["size_bytes"] > 0
    assert answered[-1]["device"] == ward.device_id.hex


def test_a_library_is_heard_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    import logging

    stream = StringIO()
    with libraries_heard(log_to(stream)):
        logging.getLogger("psycopg.pool").warning("error connecting: password of Samira is wrong")
    logging.getLogger("psycopg.pool").warning("after the block")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) == {"event": "library", "level": "warning", "logger": "psycopg.pool", "problem": "warning"}
    caplog.clear()


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_what_is_under_way_is_answered_before_the_service_ends(
    operated: Operated, alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, at(operated, ward))
    results: list[Any] = []
    address = operated.running.address
    with psycopg.connect(alliance.database.owner_url) as owner:
        owner.execute("SELECT FROM aggregate WHERE agg_id = %s FOR UPDATE", (person.person_id,))
        patch = ward.patch(person.person, "person", changes={"known_as": "Sami"}, base={"known_as": "Sam"})
        pushing = threading.Thread(target=lambda: results.extend(ward.push(patch)))
        pushing.start()
        wait_until(alliance.database, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        operated.running.ask_to_stop()
        owner.rollback()
    pushing.join()
    operated.running.wait()
    assert [result.state for result in results] == ["applied"]
    with pytest.raises(requests.ConnectionError):
        requests.get(address + "/v1/ping", timeout=5)


def test_a_service_that_drains_says_so_and_still_answers(alliance: AllianceService, tmp_path: Path) -> None:
    operated = Operated(alliance, tmp_path, drain_seconds=600)
    operated.running.ask_to_stop()
    ready = operated.ask(HealthPath.READY)
    assert (ready.status_code, ready.text) == (503, "draining\n")
    assert operated.ask(HealthPath.LIVE).status_code == 200
    assert requests.get(operated.running.address + "/v1/health", timeout=10).status_code == 200
    operated.running.ask_to_stop()
    operated.running.wait()
    operated.running.stop()


def wait_until(database: Database, question: str) -> None:
    """Ask the server until it says yes."""
    give_up = time.monotonic() + 10
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        while owner.execute(question).fetchone() != (True,):  # type: ignore[call-overload]
            assert time.monotonic() < give_up, question


# --- how it is migrated ------------------------------------------------------------------


def test_a_migration_lets_writers_go_on(alliance: AllianceService, ward: Device) -> None:
    """A writer in the middle of its transaction is not waited for, and one that comes meanwhile does not wait."""
    later = datetime(2031, 5, 1, tzinfo=UTC)
    with psycopg.connect(alliance.database.owner_url) as writer:
        writer.execute("LOCK TABLE ONLY op_log IN ROW EXCLUSIVE MODE")
        migrate(alliance.database.owner_url, now=later)
        ward.push(*person_ops(unsent_person(alliance, ward)), together=True)
        made = writer.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'op_log'::regclass").fetchone()
    assert made == (2 * MONTHS_AHEAD + 1,)


def test_a_migration_gives_up_a_lock_that_does_not_come_and_asks_again(alliance: AllianceService, ward: Device) -> None:
    pauses: list[float] = []
    later = datetime(2032, 5, 1, tzinfo=UTC)
    with psycopg.connect(alliance.database.owner_url) as other:
        other.execute("LOCK TABLE op_log IN SHARE UPDATE EXCLUSIVE MODE")

        def pushed_meanwhile(seconds: float) -> None:
            ward.push(*person_ops(unsent_person(alliance, ward)), together=True)
            pauses.append(seconds)
            other.rollback()

        migrate(alliance.database.owner_url, now=later, tries=2, wait=pushed_meanwhile)
    assert len(pauses) == 1


def test_a_migration_that_never_gets_its_lock_says_so(alliance: AllianceService) -> None:
    with psycopg.connect(alliance.database.owner_url) as other:
        other.execute("LOCK TABLE op_log IN SHARE UPDATE EXCLUSIVE MODE")
        with pytest.raises(ServiceError) as waits:
            migrate(alliance.database.owner_url, now=datetime(2033, 5, 1, tzinfo=UTC))
    assert waits.value.code == "service.migration_waits"


def test_ops_that_came_before_their_month_was_made_are_taken_into_it(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    """A laptop whose clock is two years ahead fills no month that can then never be made."""
    clock.advance(days=2 * 366)
    early = person_ops(unsent_person(alliance, ward))
    ahead = clock()
    clock.advance(days=-2 * 366)
    now = person_ops(unsent_person(alliance, ward))
    assert {result.state for result in ward.push(*early, *now)} == {"applied"}
    migrate(alliance.database.owner_url, now=ahead)
    with psycopg.connect(alliance.database.owner_url) as owner:
        owner.execute("SET row_security = off")
        for ops, table in ((early, f"op_log_{ahead:%Y_%m}"), (now, "op_log")):
            ids = [op.op_id for op in ops]
            found = owner.execute(f"SELECT count(*) FROM {table} WHERE op_id = ANY(%s)", (ids,)).fetchone()  # type: ignore[arg-type]
            assert found == (len(ids),)
        forced = owner.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'op_log_default'").fetchone()
    assert forced == (True,)


def test_partitions_of_the_op_log_have_every_index_and_wall_of_their_parent(alliance: AllianceService) -> None:
    with psycopg.connect(alliance.database.owner_url) as owner:
        rows = owner.execute(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
            " (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid)"
            " FROM pg_class c JOIN pg_inherits h ON h.inhrelid = c.oid WHERE h.inhparent = 'op_log'::regclass"
        ).fetchall()
        parent = owner.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'op_log'::regclass").fetchone()
    assert len(rows) == MONTHS_AHEAD + 1
    assert parent is not None
    assert all((walled, indexes) == (True, parent[0]) for _, walled, indexes in rows)
