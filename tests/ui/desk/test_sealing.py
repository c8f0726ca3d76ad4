"""The desk keeps unsent work sealed: at each lock, every ten minutes, and only while there is any."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.custody.sealing import header_of_sealed, open_sealed
from app.domain.ids import DeviceId
from app.security.secret_bytes import KEY_BYTES
from app.security.slots_file import write_slots
from app.storage.held import Held
from sync.client.rescue import SEAL_EVERY_S
from sync.protocol.rescue import unpack_pushes
from tests.helpers.vaults import Laptop
from tests.security.kit import Made, make
from tests.ui.pages.story import register_sam
from ui.desk import Desk
from ui.front_door import FrontDoor
from ui.pages.sync import SyncPage

Build = Callable[..., Desk]


@pytest.fixture
def made(laptop: Laptop, door: FrontDoor) -> Made:
    """A laptop that is enrolled and has slots, so that there is somebody to seal to."""
    Held(laptop.vault).remember(device_id=DeviceId(uuid4()))
    made = make(bytearray(os.urandom(KEY_BYTES)))
    write_slots(door.paths.slots, made.slots)
    return made


def test_a_lock_leaves_unsent_work_sealed_to_the_custodians(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, qtbot: Any
) -> None:
    register_sam(laptop)
    desk = desk_for()

    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()

    sealed = door.paths.sealed_outbox.read_bytes()
    ops = [op for push in unpack_pushes(open_sealed(sealed, made.recovery_private)) for op in push.ops]
    assert any("Samira" in str(op.changes) for op in ops)
    assert header_of_sealed(sealed).count > 0


def test_while_somebody_works_it_is_sealed_every_ten_minutes(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, settled: Callable[[Desk], None]
) -> None:
    desk = desk_for()
    assert desk._sealer._timer.isActive()
    assert desk._sealer._timer.interval() == SEAL_EVERY_S * 1_000 == 600_000
    register_sam(laptop)

    desk._sealer._timer.timeout.emit()
    settled(desk)

    assert door.paths.sealed_outbox.exists()


def test_when_everything_is_confirmed_the_file_goes(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, settled: Callable[[Desk], None]
) -> None:
    register_sam(laptop)
    desk = desk_for()
    desk._sealer.seal_soon()
    settled(desk)
    assert door.paths.sealed_outbox.exists()

    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
    desk._sync.read_status()
    settled(desk)

    assert not door.paths.sealed_outbox.exists()


def test_a_lock_seals_again_only_what_changed(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, settled: Callable[[Desk], None]
) -> None:
    register_sam(laptop)
    desk = desk_for()
    desk._sealer.seal_soon()
    settled(desk)
    before = door.paths.sealed_outbox.read_bytes()
    desk._sealer.seal_at_lock()
    assert door.paths.sealed_outbox.read_bytes() == before

    register_sam(laptop, nhs_number="")
    desk._sealer.seal_at_lock()

    sealed = door.paths.sealed_outbox.read_bytes()
    assert header_of_sealed(sealed).count > header_of_sealed(before).count
    door.paths.sealed_outbox.unlink()
    desk._sealer.seal_at_lock()
    assert door.paths.sealed_outbox.exists()


def test_a_disk_that_takes_no_file_holds_no_lock_up(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, qtbot: Any
) -> None:
    register_sam(laptop)
    door.paths.sealed_outbox.mkdir()
    desk = desk_for()

    with qtbot.waitSignal(desk.locked, timeout=900) as locked:
        desk.lock()

    assert locked.args == ["asked"]


def test_where_there_is_no_network_unsent_work_is_carried_on_a_stick(
    desk_for: Build, laptop: Laptop, door: FrontDoor, made: Made, settled: Callable[[Desk], None], tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    register_sam(laptop)
    desk = desk_for()
    desk.open("sync")
    settled(desk)
    page = desk.page
    assert isinstance(page, SyncPage)
    page._choose = lambda _parent: str(stick)

    page.usb_button.click()
    settled(desk)

    (carried,) = stick.iterdir()
    assert carried.read_bytes() == door.paths.sealed_outbox.read_bytes()
    assert carried.name in page.asked.words
    assert "Samira" not in carried.name
    ops = [op for push in unpack_pushes(open_sealed(carried.read_bytes(), made.recovery_private)) for op in push.ops]
    assert any("Samira" in str(op.changes) for op in ops)


def test_a_stick_that_takes_nothing_is_said_and_nothing_unsent_is_offered_once_all_is_sent(
    desk_for: Build, laptop: Laptop, made: Made, settled: Callable[[Desk], None], tmp_path: Path
) -> None:
    register_sam(laptop)
    desk = desk_for()
    desk.open("sync")
    settled(desk)
    page = desk.page
    assert isinstance(page, SyncPage)
    page._choose = lambda _parent: str(tmp_path / "pulled out")
    page.usb_button.click()
    settled(desk)
    assert page.failure.isVisible()
    assert not page.asked.isVisible()

    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
    page.load()
    settled(desk)
    assert not page.usb_button.isVisible()
