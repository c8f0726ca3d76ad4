"""The service's key is replaced by the one that lay offline, and laptops that were enrolled before go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.codes import Role
from app.errors import NetworkError, ServiceError
from sync.central.signing import OFFLINE_KEY, ONLINE_KEY, make_keys
from tests.helpers.central import AllianceService
from tests.helpers.postgres import PostgresServer
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop


def test_the_offline_key_takes_over_and_a_strangers_does_not(tmp_path: Path) -> None:
    postgres, clock = PostgresServer.start(), Clock()
    alliance = AllianceService.start(tmp_path, server=postgres, clock=clock)
    user = alliance.user("outreach_worker")
    laptop = enrol_laptop(tmp_path / "laptop", alliance.ward_slip(), user=user, role=Role.OUTREACH_WORKER, clock=clock)
    laptop.sync()
    first = laptop.held.device().lease_until
    alliance.stop()
    keys = tmp_path / "keys"
    try:
        (keys / ONLINE_KEY).unlink()
        (keys / OFFLINE_KEY).rename(keys / ONLINE_KEY)
        renewed_with(alliance, laptop, postgres, tmp_path, clock)
        assert first is not None
        assert laptop.held.device().lease_until > first
        for file in keys.iterdir():
            file.unlink()
        keys.rmdir()
        make_keys(keys)
        with pytest.raises((NetworkError, ServiceError)):
            renewed_with(alliance, laptop, postgres, tmp_path, clock)
    finally:
        laptop.close()
        postgres.stop()


def renewed_with(
    alliance: AllianceService, laptop: Enrolled, postgres: PostgresServer, folder: Path, clock: Clock
) -> None:
    """Start the service with the keys that lie there now, a day later, and let the laptop ask for its lease."""
    clock.forward(days=1)
    again = AllianceService.start(folder, server=postgres, database=alliance.database, clock=clock)
    try:
        laptop.net._address = again.address
        laptop.engine._receipt_at = float("-inf")
        laptop.sync()
    finally:
        again.stop()
