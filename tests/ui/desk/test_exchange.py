"""The desk's exchange with a service on a real socket: it starts by itself, and what it proved is said."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.codes import RecordType
from app.security.device_key import DeviceKey
from app.storage.held import Held
from app.use_cases.laptop import OpenLaptop
from sync.client.enrol import enrol, keep_enrolment
from sync.client.transport import Transport
from sync.protocol.messages import ENROL, PUSH, ErrorCode
from tests.helpers.vaults import Laptop
from tests.sync.tiny_service import AUDIENCE, Answer, Call, TinyService
from tests.ui.desk.conftest import door_of
from tests.ui.pages.story import register_sam
from ui.desk import Desk

SITE = UUID(int=0x51)


@pytest.fixture
def service() -> Iterator[TinyService]:
    tiny = TinyService()
    yield tiny
    tiny.stop()


@pytest.fixture
def online(qapp: QApplication, laptop: Laptop, tmp_path: Path, service: TinyService) -> Iterator[Callable[[], Desk]]:
    """Enrol the laptop with the tiny service and open a desk on it."""
    key = DeviceKey(bytearray(os.urandom(32)))
    service.device_key = key.public
    service.scopes[SITE], service.epochs[SITE] = [], 1
    net = Transport(
        address=service.address,
        audience=AUDIENCE,
        signer=key,
        schema=1,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
    )
    # Its lease ends in May: the story of these tests is told before.
    laptop.clock.now = laptop.clock.now.replace(month=5, day=4)
    keep_enrolment(enrol(service.slip, net=net, signer=key, device_name="laptop", app_version="0"), Held(laptop.vault))
    net.close()
    made: list[Desk] = []

    def build() -> Desk:
        door = replace(door_of(tmp_path / "vault", laptop.clock, time.monotonic, Policy()), fraction=lambda: 0.0)
        opened = OpenLaptop(vault=laptop.vault, device_key=key, paths=door.paths, person_id=laptop.actor.user)
        desk = Desk(opened, laptop.actor, door)
        made.append(desk)
        desk.shell.show()
        desk.begin()
        desk.start_sync()
        return desk

    yield build
    for desk in made:
        desk.close()


def test_everything_recorded_is_sent_and_only_then_said_so(
    online: Callable[[], Desk], laptop: Laptop, service: TinyService, qtbot: Any
) -> None:
    register_sam(laptop)
    desk = online()

    qtbot.waitUntil(lambda: desk.shell.status.words.startswith("Everything sent."), timeout=20_000)

    assert {"person", "stay"} <= {op.record_type for _lane, op in service.pushed}


def test_a_change_is_sent_without_waiting_for_the_next_round(
    online: Callable[[], Desk], laptop: Laptop, service: TinyService, qtbot: Any
) -> None:
    desk = online()
    qtbot.waitUntil(lambda: desk.shell.status.words.startswith("Everything sent."), timeout=20_000)
    before = len(service.pushed)

    register_sam(laptop)
    desk.context.changes.tell({RecordType.PERSON})

    qtbot.waitUntil(lambda: len(service.pushed) > before, timeout=4_000)


def test_trouble_is_said_and_work_goes_on(
    online: Callable[[], Desk], laptop: Laptop, service: TinyService, qtbot: Any
) -> None:
    def down(call: Call) -> Answer | None:
        return service.refuse(call, ErrorCode.BUSY) if call.path != ENROL else None

    service.fault = down
    register_sam(laptop)
    desk = online()

    qtbot.waitUntil(lambda: "You can keep working." in desk.shell.status.words, timeout=20_000)
    assert PUSH not in service.paths()


def test_a_locked_laptop_sends_nothing_more(
    online: Callable[[], Desk], laptop: Laptop, service: TinyService, qtbot: Any
) -> None:
    desk = online()
    qtbot.waitUntil(lambda: desk.shell.status.words.startswith("Everything sent."), timeout=20_000)
    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()
    worker = desk._sync._worker
    assert worker is not None
    assert worker._thread.isFinished()
