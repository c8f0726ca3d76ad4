"""Fixtures of the exchange: a tiny service on a real socket, a real vault, a real device key."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.codes import Role
from app.security.device_key import DeviceKey
from app.storage.held import Held
from app.storage.outbox import Outbox
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol, keep_enrolment
from sync.client.transport import Transport
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock, Laptop, make_laptop
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.sync.tiny_service import AUDIENCE, TinyService


@pytest.fixture
def service() -> Iterator[TinyService]:
    tiny = TinyService()
    yield tiny
    tiny.stop()


@pytest.fixture
def device_key() -> DeviceKey:
    return DeviceKey(bytearray(os.urandom(32)))


@pytest.fixture
def open_net(device_key: DeviceKey) -> Iterator[Callable[[str], Transport]]:
    opened: list[Transport] = []

    def open_one(address: str, monotonic: Callable[[], float] = time.monotonic) -> Transport:
        net = Transport(
            address=address,
            audience=AUDIENCE,
            signer=device_key,
            schema=1,
            random_bytes=os.urandom,
            monotonic=monotonic,
        )
        opened.append(net)
        return net

    yield open_one
    for net in opened:
        net.close()


@pytest.fixture
def net(service: TinyService, open_net: Callable[[str], Transport], device_key: DeviceKey) -> Transport:
    service.device_key = device_key.public
    return open_net(service.address)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = make_laptop(tmp_path / "laptop", alliance=False)
    yield made
    made.vault.close()


class Exchange:
    """One enrolled laptop and everything a cycle needs."""

    def __init__(self, laptop: Laptop, net: Transport, service: TinyService, device_key: DeviceKey) -> None:
        self.laptop = laptop
        self.service = service
        self.outbox = Outbox(laptop.vault)
        self.held = Held(laptop.vault)
        self.now_s = 1000.0
        enrolment = enrol(service.slip, net=net, signer=device_key, device_name="Ward laptop", app_version="0.1.0")
        keep_enrolment(enrolment, self.held)
        service.calls.clear()
        self.engine = SyncEngine(
            outbox=self.outbox, held=self.held, net=net, clock=laptop.clock, monotonic=lambda: self.now_s
        )
        self.steps: list[object] = []

    def run(self) -> object:
        return self.engine.run(cancelled=lambda: False, report=self.steps.append)


@pytest.fixture
def exchange(laptop: Laptop, net: Transport, service: TinyService, device_key: DeviceKey) -> Exchange:
    return Exchange(laptop, net, service, device_key)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[AllianceService]:
    service = AllianceService.start(tmp_path_factory.mktemp("c"), clock=clock)
    yield service
    service.stop()


@pytest.fixture
def enrolled(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Callable[..., Enrolled]]:
    made: list[Enrolled] = []

    def one(which: str) -> Enrolled:
        slip, user, role = {
            "ward": (alliance.ward_slip, "outreach_worker", Role.OUTREACH_WORKER),
            "intake": (alliance.intake_slip, "intake_worker", Role.INTAKE_WORKER),
        }[which]
        teams = frozenset({"outreach_support", "mentoring", "courses"}) if which == "intake" else frozenset()
        laptop = enrol_laptop(
            tmp_path / f"{which}{len(made)}", slip(), user=alliance.user(user), role=role, clock=clock, teams=teams
        )
        made.append(laptop)
        laptop.sync()
        return laptop

    yield one
    for laptop in made:
        laptop.close()


@pytest.fixture
def ward(enrolled: Callable[..., Enrolled]) -> Enrolled:
    return enrolled("ward")


@pytest.fixture
def intake(enrolled: Callable[..., Enrolled]) -> Enrolled:
    return enrolled("intake")
