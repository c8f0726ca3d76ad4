"""A real service, a proxy in front of it that may be told to fail, and laptops that only know the proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from app.domain.codes import Role
from tests.faults.proxy import Proxy
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.sync.conftest import alliance, clock

__all__ = ["alliance", "clock"]


@pytest.fixture(scope="module")
def proxy(alliance: AllianceService) -> Iterator[Proxy]:
    """The only way to the service."""
    made = Proxy(alliance.address)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def behind(
    proxy: Proxy, alliance: AllianceService, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Enrolled]]:
    """Enrol laptops of the ward through the proxy."""
    made: list[Enrolled] = []

    def one() -> Enrolled:
        slip = msgspec.structs.replace(alliance.ward_slip(), address=proxy.address)
        folder: Path = tmp_path_factory.mktemp("laptop")
        user = alliance.user("outreach_worker")
        laptop = enrol_laptop(folder, slip, user=user, role=Role.OUTREACH_WORKER, clock=clock)
        made.append(laptop)
        laptop.sync()
        return laptop

    yield one
    for laptop in made:
        laptop.close()


@pytest.fixture(scope="module")
def ward(behind: Callable[[], Enrolled]) -> Enrolled:
    """The laptop whose way is faulty."""
    return behind()


@pytest.fixture(scope="module")
def colleague(behind: Callable[[], Enrolled]) -> Enrolled:
    """A second laptop of the same site: what it writes, the first one pulls."""
    return behind()
