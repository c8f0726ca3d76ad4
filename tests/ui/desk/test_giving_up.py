"""A revoked laptop in front of people: the desk closes at once, one page says what happened, and no record is shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.config import Policy
from app.custody.sealing import CUSTODIANS, Receiver, seal
from app.custody.shares import Share
from app.security.device_secret import KeyringStore
from app.security.opened_keys import OpenedKeys
from app.storage.outbox import Outbox
from app.use_cases.giving_up import GivingUp, Unsent, keep_note, read_note
from app.use_cases.people import NewPerson, register_person
from sync.central.custodians import part_of
from sync.central.rescuing import import_kept
from sync.central.sentences import order_words
from tests.helpers.accessibility import faults
from tests.helpers.central import AllianceService
from tests.security.kit import MemoryKeyring
from tests.ui.desk.conftest import door_of
from ui.desk_process import DeskProcess
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.hand_over import WaitingDesk
from ui.pages.given_up import GivenUpPage
from ui.pages.open_failed import OpenFailedPage
from ui.pages.set_up import SetUpPage
from ui.pages.sign_in import SignInPage
from ui.set_up_work import SetUp, set_up

PASSWORD = "gravel tulip ocean lantern"
LEFT = {"giving_up.json", "lock"}


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllianceService]:
    service = AllianceService.start(tmp_path_factory.mktemp("c"))
    yield service
    service.stop()


@dataclass
class Ward:
    """A laptop that was set up with a slip of the real service."""

    door: FrontDoor
    keyring_: MemoryKeyring
    made: SetUp
    alliance: AllianceService

    @property
    def device(self) -> Any:
        org = self.alliance.org("aspire")
        return self.alliance.administration.device_status(org)[-1]

    def revoke(self, **how: bool) -> None:
        self.alliance.administration.revoke(self.alliance.org("aspire"), self.device.device, **how)

    def shares(self) -> tuple[Share, Share]:
        assert self.made.recovery is not None
        parts = dict(self.made.recovery.parts)
        return part_of(parts["A"]), part_of(parts["B"])

    def left(self) -> set[str]:
        return {path.name for path in self.door.paths.folder.iterdir()}


@pytest.fixture
def ward(tmp_path: Path, alliance: AllianceService, qapp: QApplication) -> Ward:
    keyring_ = MemoryKeyring()
    allowed = keyring_.allowed()
    policy = Policy(sync_url=alliance.address, support_text="Charity IT: 01632 960 111")
    door = replace(
        door_of(tmp_path / "laptop", lambda: datetime.now(UTC), time.monotonic, policy),
        store_for=lambda _name, vault_id: KeyringStore(vault_id, allowed),
        new_store=lambda vault_id: KeyringStore(vault_id, allowed),
    )
    made = set_up(door, alliance.ward_slip(), PASSWORD, lambda _stage: None)
    return Ward(door, keyring_, made, alliance)


@pytest.fixture
def desk_of(qapp: QApplication, qtbot: Any) -> Iterator[Callable[[FrontDoor, OpenedKeys], DeskProcess]]:
    made: list[tuple[DeskProcess, int, int]] = []

    def build(door: FrontDoor, keys: OpenedKeys) -> DeskProcess:
        read, write = os.pipe()
        process = DeskProcess(door, keys, write)
        made.append((process, read, write))
        with qtbot.waitSignal(process.ready, timeout=20_000):
            process.begin()
        return process

    yield build
    for process, read, write in made:
        process.close()
        os.close(read)
        os.close(write)


@pytest.fixture
def gate_of(qapp: QApplication, qtbot: Any) -> Iterator[Callable[[FrontDoor], Gate]]:
    made: list[Gate] = []

    def no_desk(_command: Callable[[str], tuple[str, ...]]) -> WaitingDesk:
        read, write = os.pipe()
        return WaitingDesk(None, keys_fd=write, told_fd=read)  # type: ignore[arg-type]

    def build(door: FrontDoor) -> Gate:
        gate = Gate(door, start=no_desk)
        made.append(gate)
        gate.begin()
        gate.window.show()
        qtbot.waitUntil(lambda: gate.page is not None, timeout=10_000)
        return gate

    yield build
    for gate in made:
        gate.close()


def register(process: DeskProcess) -> None:
    desk, opened = process.desk, process._opened
    assert desk is not None
    assert opened is not None
    form = NewPerson(full_name="Samira Quillfeather", known_as="Sam")
    register_person(opened.laptop.vault, actor=opened.actor, now=datetime.now(UTC), form=replace(form, **WHERE))


WHERE: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def where(alliance: AllianceService) -> None:
    WHERE["site"] = alliance.site("stoke_mandeville")
    WHERE["ward"] = "St Andrew"


def page_of(process: DeskProcess) -> GivenUpPage:
    assert process.window is not None
    page = process.window.centralWidget()
    assert isinstance(page, GivenUpPage)
    return page


def words_on(page: GivenUpPage) -> str:
    return f"{page.accessibleDescription()} {page.whom.words}"


def test_at_an_open_desk_everything_goes_and_unsent_work_reaches_the_service(
    ward: Ward, desk_of: Callable[..., DeskProcess], qtbot: Any
) -> None:
    process = desk_of(ward.door, ward.made.keys)
    shell = process.desk.shell  # type: ignore[union-attr]
    qtbot.waitUntil(ward.door.paths.service.exists, timeout=10_000)
    ward.revoke()
    register(process)
    assert Outbox(process._opened.laptop.vault).waiting().unsent > 0  # type: ignore[union-attr]

    process.desk._sync.sync_now()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: process.giving_up is not None, timeout=10_000)
    assert not isValid(shell) or shell.isHidden(), "hidden at once, and deleted when the events in hand are through"
    with qtbot.waitSignal(process.giving_up.told, timeout=20_000):  # type: ignore[union-attr]
        pass

    assert ward.left() == LEFT
    assert ward.keyring_.held == {}
    note = read_note(ward.door.paths)
    assert note is not None
    assert (note.is_obeyed, note.unsent, note.is_told) == (True, Unsent.SENT, True)
    page = page_of(process)
    assert "Aspire has ordered this laptop to give up its records" in words_on(page)
    assert "has reached the central service" in words_on(page)
    assert "01632 960 111" in words_on(page)
    assert "Quillfeather" not in words_on(page)
    assert [button.isVisible() for button in (page.send_button, page.save_button, page.set_up_button)] == [False] * 3
    assert "acknowledged: wiped" in order_words(ward.device.order)
    done = import_kept(ward.alliance.service, ward.alliance.org("aspire"), ward.device.device, ward.shares())
    assert {result.state.value for result in done.results} == {"applied"}


def test_at_the_sign_in_window_a_revoked_laptop_gives_up_with_nobody_signed_in(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], desk_of: Callable[..., DeskProcess], qtbot: Any
) -> None:
    process = desk_of(ward.door, ward.made.keys)
    qtbot.waitUntil(ward.door.paths.service.exists, timeout=10_000)
    with qtbot.waitSignal(process.ended, timeout=10_000):
        process.desk.lock("closed")  # type: ignore[union-attr]
    process._lock.release()
    ward.revoke()

    gate = gate_of(ward.door)
    assert isinstance(gate.page, SignInPage), "a sign-in never waits for the question"
    qtbot.waitUntil(lambda: isinstance(gate.page, GivenUpPage), timeout=10_000)
    with qtbot.waitSignal(gate._giving_up.told, timeout=20_000):  # type: ignore[union-attr]
        pass

    assert ward.left() == LEFT
    assert ward.keyring_.held == {}
    assert "acknowledged: wiped" in order_words(ward.device.order)
    page = gate.page
    assert isinstance(page, GivenUpPage)
    assert "Nothing was left on this laptop that had not been sent" in words_on(page)
    assert page.set_up_button.isVisible()
    page.set_up_button.click()
    qtbot.waitUntil(lambda: isinstance(gate.page, SetUpPage), timeout=10_000)
    assert read_note(ward.door.paths) is None


def test_without_a_sync_url_in_the_policy_the_gate_asks_nothing(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], qtbot: Any
) -> None:
    gate = gate_of(replace(ward.door, policy=Policy()))
    qtbot.waitUntil(lambda: isinstance(gate.page, SignInPage), timeout=10_000)
    gate._ask()
    assert gate._asking is not None
    qtbot.waitUntil(lambda: gate._asking.is_idle, timeout=10_000)  # type: ignore[union-attr]
    assert isinstance(gate.page, SignInPage)


def noted(ward: Ward, **changed: Any) -> GivingUp:
    from app.security.slots_file import read_slots

    slots = read_slots(ward.door.paths.slots)
    note = GivingUp(
        vault_id=slots.vault_id,
        keyring=slots.keyring,
        device=ward.device.device,
        serial=1,
        wipe=True,
        rescue=True,
        org_name="Aspire",
        address=ward.alliance.address,
        audience=ward.alliance.service.settings.audience,
    )
    return msgspec.structs.replace(note, **changed)


def test_after_a_crash_the_next_start_does_the_rest_before_anything_else(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], qtbot: Any
) -> None:
    ward.revoke()
    keep_note(ward.door.paths, noted(ward))

    gate = gate_of(ward.door)

    assert isinstance(gate.page, GivenUpPage), "nobody signs in past a note"
    with qtbot.waitSignal(gate._giving_up.told, timeout=20_000):  # type: ignore[union-attr]
        pass
    assert ward.left() == LEFT
    assert "acknowledged: wiped" in order_words(ward.device.order)


def test_sealed_work_that_cannot_be_sent_any_more_is_saved_to_a_stick(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], qtbot: Any, tmp_path: Path
) -> None:
    sealed = seal(
        b"",
        [Receiver(owner=CUSTODIANS, public=ward.made.recovery.public)],
        device=ward.device.device,
        vault_id=ward.device.device,
        made_at=datetime.now(UTC),
        count=0,
        random_bytes=os.urandom,
    )
    ward.door.paths.sealed_outbox.write_bytes(sealed)
    keep_note(ward.door.paths, noted(ward, is_obeyed=True, unsent=Unsent.HERE))
    ward.door.paths.device_key.unlink()
    stick = tmp_path / "stick"
    stick.mkdir()
    gate = gate_of(ward.door)
    page = gate.page
    assert isinstance(page, GivenUpPage)
    qtbot.waitUntil(page.save_button.isVisible, timeout=10_000)
    assert not page.send_button.isVisible()
    assert not page.set_up_button.isVisible()
    assert faults(page) == []
    page._choose = lambda _parent: str(stick)

    page.save_button.click()
    qtbot.waitUntil(page.outcome.isVisible, timeout=10_000)

    (saved,) = stick.iterdir()
    assert saved.read_bytes() == sealed
    assert saved.name in page.outcome.statement.words
    assert ward.door.paths.sealed_outbox.exists()


def test_a_laptop_that_is_locked_for_good_lets_nobody_sign_in_and_keeps_its_records(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], qtbot: Any
) -> None:
    ward.revoke(wipe=False)
    keep_note(ward.door.paths, noted(ward, wipe=False))
    gate = gate_of(ward.door)
    page = gate.page
    assert isinstance(page, GivenUpPage)
    with qtbot.waitSignal(gate._giving_up.told, timeout=20_000):  # type: ignore[union-attr]
        pass
    assert "locked this laptop for good" in words_on(page)
    assert {"vault.db", "slots.json"} <= ward.left()
    assert not page.set_up_button.isVisible()


def test_a_locked_laptop_that_is_ordered_to_give_up_after_all_does_so_at_its_next_start(
    ward: Ward, gate_of: Callable[[FrontDoor], Gate], desk_of: Callable[..., DeskProcess], qtbot: Any
) -> None:
    process = desk_of(ward.door, ward.made.keys)
    qtbot.waitUntil(ward.door.paths.service.exists, timeout=10_000)
    with qtbot.waitSignal(process.ended, timeout=10_000):
        process.desk.lock("closed")  # type: ignore[union-attr]
    process._lock.release()
    ward.revoke(wipe=False)
    keep_note(ward.door.paths, noted(ward, wipe=False, is_obeyed=True, is_told=True))
    ward.revoke()

    gate = gate_of(ward.door)
    with qtbot.waitSignal(gate._giving_up.told, timeout=20_000):  # type: ignore[union-attr]
        pass

    assert ward.left() == LEFT
    assert "acknowledged: wiped" in order_words(ward.device.order)


def test_a_note_nobody_can_read_is_shown_and_opens_nothing(ward: Ward, gate_of: Callable[[FrontDoor], Gate]) -> None:
    ward.door.paths.giving_up.write_bytes(b"{")
    gate = gate_of(ward.door)
    assert isinstance(gate.page, OpenFailedPage)
    assert "give up its records" in gate.page.reason.statement.words
