"""One PostgreSQL for the whole run, one seeded template, and a fresh alliance for each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.central.device import Device
from tests.helpers.central import AllianceService
from tests.helpers.postgres import PostgresServer


class Clock:
    """The service's clock in a test: real time and a distance from it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the run."""
    server = PostgresServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def seeded(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AllianceService:
    """A seeded alliance whose database is the template of all others; it does not run."""
    alliance = AllianceService.start(tmp_path_factory.mktemp("template"), server=postgres)
    alliance.stop()
    return alliance


@pytest.fixture
def clock() -> Clock:
    """The service's clock, which a test may set ahead."""
    return Clock()


@pytest.fixture
def alliance(
    postgres: PostgresServer, seeded: AllianceService, clock: Clock, tmp_path: Path
) -> Iterator[AllianceService]:
    """A running service on a fresh copy of the seeded database."""
    database = postgres.copy_of(seeded.database)
    running = AllianceService.start(tmp_path, server=postgres, database=database, clock=clock)
    yield running
    running.stop()
    postgres.drop(database)


@pytest.fixture
def ward(alliance: AllianceService) -> Device:
    """The Aspire outreach worker's laptop at Stoke Mandeville."""
    return Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])


@pytest.fixture
def intake(alliance: AllianceService) -> Device:
    """Back Up's intake laptop."""
    return Device.enrol(alliance, "back_up", "intake_worker", ["intake:outreach_support", "intake:mentoring"])
