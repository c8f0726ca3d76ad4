"""A desk over a real vault, in this process, as demo and pictures use it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

import resources
from app.config import Policy
from app.domain.actor import Actor
from app.paths import LaptopPaths
from app.security.device_key import DeviceKey
from app.security.device_secret import FolderlessStore, KeyringStore
from app.security.passwords import load_password_rules
from app.use_cases.laptop import OpenLaptop
from tests.helpers.vaults import Clock, Laptop, make_laptop
from tests.security.kit import MemoryKeyring
from tests.ui.desk.gates import DESK
from tests.ui.desk.places import CHEAP
from ui.desk import Desk
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.hand_over import WaitingDesk, start_desk


@dataclass
class Steady:
    """A monotonic clock that a test moves."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["alongside"]


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = make_laptop(tmp_path / "vault")
    yield made
    made.vault.close()


def door_of(folder: Path, clock: Callable[[], Any], steady: Callable[[], float], policy: Policy) -> FrontDoor:
    paths = LaptopPaths(folder=folder)
    return FrontDoor(
        paths=paths,
        policy=policy,
        clock=clock,
        monotonic=steady,
        random_bytes=os.urandom,
        fraction=lambda: 0.5,
        store_for=lambda _name, _vault: FolderlessStore(paths.mark),
        new_store=lambda _vault: FolderlessStore(paths.mark),
        gate_command=("false",),
        desk_command=lambda argument: ("false", argument),
        password_rules=load_password_rules(resources.path("passwords")),
        cost=CHEAP,
        floor=CHEAP,
    )


@pytest.fixture
def door(tmp_path: Path, laptop: Laptop, steady: Steady) -> FrontDoor:
    return door_of(tmp_path / "vault", laptop.clock, steady, Policy())


@pytest.fixture
def desk_for(qapp: QApplication, qtbot: Any, laptop: Laptop, door: FrontDoor) -> Iterator[Callable[..., Desk]]:
    """Build desks in one process and take them down again."""
    made: list[Desk] = []

    def build(actor: Actor | None = None, *, front_door: FrontDoor = door, **more: Any) -> Desk:
        who = actor or laptop.actor
        opened = OpenLaptop(
            vault=laptop.vault, device_key=DeviceKey(bytearray(32)), paths=front_door.paths, person_id=who.user
        )
        desk = Desk(opened, who, front_door, **more)
        made.append(desk)
        desk.shell.resize(1200, 800)
        desk.shell.show()
        return desk

    yield build
    for desk in made:
        desk.close()


@pytest.fixture
def settled(qtbot: Any) -> Callable[[Desk], None]:
    """Wait until a desk has answered everything, and what those answers asked for in turn."""

    def wait(desk: Desk) -> None:
        def is_quiet() -> bool:
            QApplication.processEvents()
            return desk.context.jobs.is_idle

        qtbot.waitUntil(is_quiet, timeout=10_000)

    return wait


@pytest.fixture
def keyring_() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def gate_door(tmp_path: Path, keyring_: MemoryKeyring) -> FrontDoor:
    allowed = keyring_.allowed()
    return replace(
        door_of(tmp_path / "laptop", Clock(), time.monotonic, Policy()),
        store_for=lambda _name, vault_id: KeyringStore(vault_id, allowed),
        new_store=lambda vault_id: KeyringStore(vault_id, allowed),
        desk_command=lambda argument: (sys.executable, "-S", "-c", DESK, str(tmp_path / "keys"), "cs", argument),
    )


@pytest.fixture
def gate_for(qapp: QApplication, qtbot: Any, gate_door: FrontDoor) -> Iterator[Callable[..., Gate]]:
    made: list[Gate] = []
    desks: list[WaitingDesk] = []

    def start(command: Callable[[str], tuple[str, ...]]) -> WaitingDesk:
        desks.append(start_desk(command))
        return desks[-1]

    def build(door: FrontDoor = gate_door) -> Gate:
        gate = Gate(door, start=start)
        made.append(gate)
        gate.begin()
        gate.window.show()
        qtbot.waitUntil(lambda: gate.page is not None, timeout=10_000)
        return gate

    yield build
    for gate in made:
        if not gate._is_closed:
            gate.close()
    for desk in desks:
        desk.process.wait(timeout=10)
