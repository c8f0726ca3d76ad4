"""Opening the vault behind the gate: what is told to the gate, and every failure in words with the file untouched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction
from app.security.attempts import Attempts
from app.security.lock import SingleInstance
from app.security.opened_keys import OpenedKeys
from app.security.sign_in import Door, sign_in
from app.security.slots_file import read_slots
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Clock
from tests.ui.desk.conftest import Steady, door_of
from tests.ui.desk.places import PASSWORD, PRIYA, give_place
from ui.desk_process import DeskProcess
from ui.front_door import FrontDoor
from ui.hand_over import Told
from ui.pages.open_failed import OpenFailedPage, support_sheet


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def placed(tmp_path: Path, steady: Steady) -> FrontDoor:
    """The door of a laptop on which Priya has a place."""
    door = door_of(tmp_path / "laptop", Clock(), steady, Policy(support_text="Charity IT: 01632 960 111"))
    give_place(door)
    return door


def keys_of(door: FrontDoor) -> OpenedKeys:
    slots = read_slots(door.paths.slots)
    store = door.store_for(slots.keyring, slots.vault_id)
    attempts = Attempts(door.paths.attempts, store, door.monotonic)
    way = Door(slots=slots, store=store, attempts=attempts, device_key_path=door.paths.device_key)
    return sign_in(way, PRIYA, PASSWORD, now=door.clock()).keys


@pytest.fixture
def process_for(qapp: QApplication) -> Iterator[Callable[[FrontDoor], tuple[DeskProcess, int]]]:
    """Build the owner of a desk, with the gate's end of the pipe on which it tells."""
    made: list[tuple[DeskProcess, int, int]] = []

    def build(door: FrontDoor, keys: OpenedKeys) -> tuple[DeskProcess, int]:
        read, write = os.pipe()
        process = DeskProcess(door, keys, write)
        made.append((process, read, write))
        return process, read

    yield build
    for process, read, write in made:
        process.close()
        os.close(read)
        os.close(write)


Build = Callable[[FrontDoor, OpenedKeys], tuple[DeskProcess, int]]


def test_a_vault_that_opens_is_told_when_its_window_is_up_and_the_sign_in_is_entered(
    placed: FrontDoor, process_for: Build, qtbot: Any
) -> None:
    keys = keys_of(placed)
    process, told = process_for(placed, keys)

    with qtbot.waitSignal(process.ready, timeout=10_000):
        process.begin()

    assert os.read(told, 9) == Told.SHOWN.value
    assert not any(keys.db_key), "overwritten as soon as the vault is open"
    desk = process.desk
    assert desk is not None
    assert desk.shell.isVisible()
    with desk.context.vault.reading() as read:
        assert AuditAction.LOGIN in {entry.action for entry in read.all(AuditEntry)}


def wrong_key(keys: OpenedKeys) -> OpenedKeys:
    return replace(keys, db_key=bytearray(os.urandom(32)))


def damage(kind: str, vault: Path) -> None:
    match kind:
        case "missing":
            vault.unlink()
        case "empty":
            vault.write_bytes(b"")
        case "truncated":
            vault.write_bytes(vault.read_bytes()[:-4096])
        case "half a page short":
            vault.write_bytes(vault.read_bytes()[:-2048])
        case "not encrypted":
            vault.write_bytes(b"SQLite format 3\0" + bytes(8176))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "The file with the records is not there."),
        ("empty", "The file with the records is empty."),
        ("truncated", "The file with the records is damaged."),
        ("half a page short", "A part of the file with the records is missing."),
        ("not encrypted", "The file with the records is not encrypted, so it is not opened."),
        ("another key", "The records could not be opened."),
    ],
)
def test_a_vault_that_cannot_be_opened_is_told_in_words_and_left_as_it_is(
    placed: FrontDoor, process_for: Build, qtbot: Any, kind: str, words: str
) -> None:
    keys = wrong_key(keys_of(placed)) if kind == "another key" else keys_of(placed)
    vault = placed.paths.vault
    damage(kind, vault)
    before = vault.read_bytes() if vault.exists() else None
    process, told = process_for(placed, keys)

    with qtbot.waitSignal(process.failed, timeout=10_000):
        process.begin()

    assert os.read(told, 9) == Told.FAILED.value
    assert process.window is not None
    page = process.window.centralWidget()
    assert isinstance(page, OpenFailedPage)
    assert page.reason.statement.words == words
    assert faults(page) == []
    offered = [button.words.lower() for button in (page.again_button, page.close_button, page.copy_button)]
    assert not any(word in button for button in offered for word in ("delete", "remove", "new"))
    assert (vault.read_bytes() if vault.exists() else None) == before


def test_a_folder_that_another_program_holds_is_told_after_two_seconds(
    placed: FrontDoor, process_for: Build, qtbot: Any
) -> None:
    class Running(Steady):
        """Each look at the clock is half a second later."""

        def __call__(self) -> float:
            self.seconds += 0.5
            return self.seconds

    door = replace(placed, monotonic=Running())
    keys = keys_of(placed)
    with SingleInstance(placed.paths.lock) as other:
        other.acquire()
        process, _told = process_for(door, keys)
        with qtbot.waitSignal(process.failed, timeout=10_000) as failed:
            process.begin()

    assert failed.args is not None
    assert failed.args[0].code == "vault.already_open"


def test_try_again_leads_to_a_gate_and_close_to_none(placed: FrontDoor, process_for: Build, qtbot: Any) -> None:
    keys = keys_of(placed)
    placed.paths.vault.unlink()
    process, _told = process_for(placed, keys)
    with qtbot.waitSignal(process.failed, timeout=10_000) as failed:
        process.begin()
    assert process.window is not None
    page = process.window.centralWidget()
    assert isinstance(page, OpenFailedPage)

    with qtbot.waitSignal(process.ended) as ended:
        page.again_button.click()
    assert ended.args == [True]
    with qtbot.waitSignal(process.ended) as ended:
        page.close_button.click()
    assert ended.args == [False]
    page.copy_button.click()
    assert failed.args is not None
    assert QApplication.clipboard().text() == support_sheet(failed.args[0]) == "Alongside 0.1.0 · vault.missing"


@pytest.mark.parametrize(("act", "starts_gate"), [("lock", True), ("close", False)])
def test_a_lock_leaves_a_gate_behind_and_closing_does_not(
    placed: FrontDoor, process_for: Build, qtbot: Any, act: str, starts_gate: bool
) -> None:
    process, _told = process_for(placed, keys_of(placed))
    with qtbot.waitSignal(process.ready, timeout=10_000):
        process.begin()
    desk = process.desk
    assert desk is not None

    with qtbot.waitSignal(process.ended, timeout=10_000) as ended:
        if act == "lock":
            desk.lock()
        else:
            desk.shell.close()

    assert ended.args == [starts_gate]
