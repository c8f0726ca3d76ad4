"""From a failed check to records that open again: the page offers it, a sign-in does it, nothing is lost silently."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.audit import AuditEntry
from app.errors import VaultError
from app.security.attempts import Attempts
from app.security.mark import read_mark
from app.security.opened_keys import OpenedKeys
from app.security.sign_in import Door, sign_in
from app.security.slots_file import read_slots
from app.storage.backup import snapshots_in
from app.storage.held import Held
from app.use_cases.laptop import OpenLaptop, actor_of, note_sign_in, open_laptop
from app.use_cases.restoring import (
    STEPS,
    ask_restore,
    note_restored,
    read_restoring,
    set_aside_in,
)
from app.use_cases.settings import keep_setting, setting
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Clock
from tests.ui.desk.conftest import Steady, door_of
from tests.ui.desk.places import PASSWORD, PRIYA, give_place
from ui.desk_process import DeskProcess
from ui.front_door import FrontDoor
from ui.pages.open_failed import OpenFailedPage

WORD = "colour_of_that_day"


class _Killed(BaseException):
    """The end of the process, at a crash point."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def placed(tmp_path: Path, clock: Clock) -> FrontDoor:
    """The door of a laptop on which Priya has a place."""
    door = door_of(tmp_path / "laptop", clock, Steady(), Policy())
    give_place(door)
    return door


def keys_of(door: FrontDoor) -> OpenedKeys:
    slots = read_slots(door.paths.slots)
    store = door.store_for(slots.keyring, slots.vault_id)
    attempts = Attempts(door.paths.attempts, store, door.monotonic)
    way = Door(slots=slots, store=store, attempts=attempts, device_key_path=door.paths.device_key)
    return sign_in(way, PRIYA, PASSWORD, now=door.clock()).keys


class Day:
    """A laptop that is opened as the desk's process opens it."""

    def __init__(self, door: FrontDoor) -> None:
        slots = read_slots(door.paths.slots)
        self.door, self.store = door, door.store_for(slots.keyring, slots.vault_id)
        self.laptop: OpenLaptop = open_laptop(door.paths, keys_of(door), door.means(self.store))
        device = Held(self.laptop.vault).device().device_id
        self.actor = actor_of(self.laptop.vault, self.laptop.person_id, now=door.clock(), device=device)

    def __enter__(self) -> Day:
        return self

    def __exit__(self, *_: object) -> None:
        self.laptop.close()

    def signs_in(self) -> None:
        note_sign_in(self.laptop.vault, self.store, actor=self.actor, now=self.door.clock())

    def writes(self, value: str) -> None:
        keep_setting(self.laptop.vault, actor=self.actor, now=self.door.clock(), name=WORD, value=value)

    def reads(self) -> str:
        return setting(self.laptop.vault, name=WORD)

    def audited(self) -> list[tuple[str, str]]:
        with self.laptop.vault.reading() as read:
            entries = sorted(read.all(AuditEntry), key=lambda entry: entry.seq)
        return [(entry.action.value, entry.reason) for entry in entries]


@pytest.fixture
def copied(placed: FrontDoor, clock: Clock) -> FrontDoor:
    """A snapshot was taken while it was green, and Priya signed in once more and wrote red."""
    with Day(placed) as day:
        day.signs_in()
        day.writes("green")
        day.laptop.vault.take_snapshot()
        clock.forward(hours=1)
        day.signs_in()
        day.writes("red")
    return placed


def damage(path: Path) -> bytes:
    raw = bytearray(path.read_bytes())
    raw[4096 * 2 + 100] ^= 0xFF
    raw[-2000] ^= 0xFF
    path.write_bytes(raw)
    path.with_name(path.name + "-wal").write_bytes(b"")
    return bytes(raw)


@pytest.fixture
def process_for(qapp: QApplication) -> Iterator[Callable[[FrontDoor], DeskProcess]]:
    made: list[tuple[DeskProcess, int, int]] = []

    def build(door: FrontDoor) -> DeskProcess:
        read, write = os.pipe()
        process = DeskProcess(door, keys_of(door), write)
        made.append((process, read, write))
        return process

    yield build
    for process, read, write in made:
        process.close()
        os.close(read)
        os.close(write)


def failed_page(process: DeskProcess, qtbot: Any) -> OpenFailedPage:
    with qtbot.waitSignal(process.failed, timeout=60_000):
        process.begin()
    assert process.window is not None
    page = process.window.centralWidget()
    assert isinstance(page, OpenFailedPage)
    assert faults(page) == []
    return page


def test_a_damaged_file_is_set_aside_and_the_copy_opens_at_the_next_sign_in(
    copied: FrontDoor, clock: Clock, process_for: Callable[[FrontDoor], DeskProcess], qtbot: Any
) -> None:
    clock.forward(days=1)
    broken = damage(copied.paths.vault)
    copied.paths.sealed_outbox.write_bytes(b"sealed")
    process = process_for(copied)
    page = failed_page(process, qtbot)
    assert page.copies is not None
    assert page.restore_button.isVisibleTo(page)
    with qtbot.waitSignal(process.ended, timeout=60_000) as ended:
        page.restore_button.click()
    assert ended.args == [True], "somebody signs in once more"
    assert copied.paths.vault.read_bytes() == broken, "nothing is done before that"

    process.close()
    process.close = lambda: None  # type: ignore[method-assign]
    again = process_for(copied)
    with qtbot.waitSignal(again.ready, timeout=60_000):
        again.begin()
    assert again.desk is not None
    again.desk.lock()
    with qtbot.waitSignal(again.ended, timeout=60_000):
        pass
    (aside,) = set_aside_in(copied.paths.folder)
    assert (aside / "vault.db").read_bytes() == broken
    assert (aside / "outbox.sealed").read_bytes() == b"sealed"
    assert read_restoring(copied.paths) is None
    with Day(copied) as day:
        assert day.reads() == "green"
        assert ("restore", "vault_damaged") in day.audited() or ("restore", "vault_could_not_open") in day.audited()


def test_after_it_an_older_file_is_found_as_before(copied: FrontDoor) -> None:
    (snapshot,) = snapshots_in(copied.paths.snapshots)
    ask_restore(copied.paths, snapshot, fault="vault.damaged", now=copied.clock())
    with Day(copied) as day:
        assert note_restored(day.laptop.vault, day.store, copied.paths, actor=day.actor, now=copied.clock())
        seq, entry_hash = day.laptop.vault.snapshots.all[0].audit_seq, day.laptop.vault.snapshots.all[0].audit_hash
        mark = read_mark(day.store)
        assert mark is not None
        assert mark.audit_seq == seq + 1
        assert mark.audit_hash != entry_hash
    copied.paths.vault.write_bytes(snapshot.path.read_bytes())
    with pytest.raises(VaultError, match=r"vault\.older"):
        Day(copied)


def test_an_older_file_is_gone_on_with_only_when_somebody_says_so_and_it_is_entered(
    copied: FrontDoor, process_for: Callable[[FrontDoor], DeskProcess], qtbot: Any
) -> None:
    (snapshot,) = snapshots_in(copied.paths.snapshots)
    copied.paths.vault.write_bytes(snapshot.path.read_bytes())
    process = process_for(copied)
    page = failed_page(process, qtbot)
    assert page.copies is None
    with qtbot.waitSignal(process.ended, timeout=60_000):
        page.keep_button.click()
    with Day(copied) as day:
        note_restored(day.laptop.vault, day.store, copied.paths, actor=day.actor, now=copied.clock())
        assert day.audited()[-1] == ("rollback_found", "vault_older")
        assert day.reads() == "green"
    with Day(copied) as day:
        assert day.reads() == "green"


@pytest.mark.parametrize("point", STEPS)
def test_whatever_cuts_it_off_the_next_sign_in_does_the_rest_once(copied: FrontDoor, point: str) -> None:
    broken = damage(copied.paths.vault)
    (snapshot,) = snapshots_in(copied.paths.snapshots)
    ask_restore(copied.paths, snapshot, fault="vault.damaged", now=copied.clock())

    def reach(at: str) -> None:
        if at == point:
            raise _Killed

    slots = read_slots(copied.paths.slots)
    store = copied.store_for(slots.keyring, slots.vault_id)
    try:
        laptop = open_laptop(copied.paths, keys_of(copied), copied.means(store), reach=reach)
    except _Killed:
        assert point != STEPS[-1]
    else:
        assert point == STEPS[-1]
        device = Held(laptop.vault).device().device_id
        actor = actor_of(laptop.vault, laptop.person_id, now=copied.clock(), device=device)
        with pytest.raises(_Killed):
            note_restored(laptop.vault, store, copied.paths, actor=actor, now=copied.clock(), reach=reach)
        laptop.close()
    with Day(copied) as day:
        note_restored(day.laptop.vault, day.store, copied.paths, actor=day.actor, now=copied.clock())
        assert day.reads() == "green"
        assert [action for action, _ in day.audited()].count("restore") == 1
    (aside,) = set_aside_in(copied.paths.folder)
    assert (aside / "vault.db").read_bytes() == broken
    assert not copied.paths.restored_copy.exists()


def test_a_copy_that_is_damaged_too_changes_nothing(copied: FrontDoor) -> None:
    (snapshot,) = snapshots_in(copied.paths.snapshots)
    ask_restore(copied.paths, snapshot, fault="vault.damaged", now=copied.clock())
    damage(snapshot.path)
    before = copied.paths.vault.read_bytes()
    with pytest.raises(VaultError):
        Day(copied)
    assert copied.paths.vault.read_bytes() == before
    assert read_restoring(copied.paths) is None
    assert set_aside_in(copied.paths.folder) == ()
    with Day(copied) as day:
        assert day.reads() == "red"


def test_nothing_is_reported_as_gone_while_a_vault_lies_aside_and_it_goes_after_fourteen_days(
    copied: FrontDoor, clock: Clock, process_for: Callable[[FrontDoor], DeskProcess], qtbot: Any
) -> None:
    (snapshot,) = snapshots_in(copied.paths.snapshots)
    ask_restore(copied.paths, snapshot, fault="vault.damaged", now=copied.clock())
    with Day(copied) as day:
        note_restored(day.laptop.vault, day.store, copied.paths, actor=day.actor, now=copied.clock())
        assert not day.laptop.vault.renew_snapshots()
    clock.forward(days=14, seconds=1)
    process = process_for(copied)
    with qtbot.waitSignal(process.ready, timeout=60_000):
        process.begin()
    assert set_aside_in(copied.paths.folder) == ()
    assert process.desk is not None
    assert process.desk.context.vault.renew_snapshots()


def test_a_full_disk_or_a_newer_version_offers_no_copy(copied: FrontDoor) -> None:
    from ui.pages.open_failed import offered

    for code in ("vault.disk_full", "vault.newer", "vault.already_open", "vault.read_only", "vault.remote_folder"):
        assert not offered(code, copied.paths.snapshots).snapshots
    assert offered("vault.missing", copied.paths.snapshots).snapshots
