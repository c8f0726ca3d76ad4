"""The gate as people meet it: signing in, waiting, setting a laptop up, and what goes wrong said in words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.config import Policy
from app.custody.shares import Share, join, make_recovery_key
from app.domain.codes import MatchState, Role
from app.domain.ids import UserId
from app.domain.match import MatchCard, Session
from app.errors import BadInputError, KeyringError, SignInError
from app.security.device_secret import KeyringStore
from app.security.slots import open_with_recovery
from app.security.slots_file import read_slots
from app.storage.health import Expected
from app.storage.held import Held
from app.use_cases.laptop import OpenLaptop, actor_of
from sync.protocol.messages import ENROL, ErrorCode
from sync.protocol.slip import Slip, write_slip
from tests.helpers.vaults import Clock, Laptop
from tests.security.kit import MemoryKeyring
from tests.sync.tiny_service import NOW, USER, Answer, Call, TinyService
from tests.ui.desk.conftest import Steady
from tests.ui.desk.gates import laptop_of, sign_in_page
from tests.ui.desk.places import PASSWORD, PRIYA, give_place
from tests.ui.desk.test_consent_by_keys import THINK_S, Keyboard
from tests.ui.pages import mentoring_kit as kit
from ui.desk import Desk
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.pages.match import MatchPage
from ui.pages.my_matches import MyMatchesPage
from ui.pages.open_failed import OpenFailedPage
from ui.pages.recovery_parts import RecoveryPartsPage
from ui.pages.session_log import SessionLogPage
from ui.pages.set_up import SetUpPage
from ui.pages.sign_in import SignInPage
from ui.recovery_key import is_kept, note_not_kept
from ui.set_up_work import set_up
from ui.widgets import SafeLabel


def test_signing_in_takes_two_steps_and_hands_the_right_keys_over(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path
) -> None:
    give_place(gate_door)
    gate = gate_for()
    page = sign_in_page(gate)

    with qtbot.waitSignal(gate.ended, timeout=10_000):
        page.password.set_text(PASSWORD)
        page.sign_in_button.click()
        assert gate.window.isVisible(), "the window stays until the desk's is up"

    laptop = laptop_of(tmp_path, gate_door)
    assert actor_of(laptop.vault, laptop.person_id, now=gate_door.clock()).user == PRIYA
    laptop.close()


def test_enter_signs_in_and_a_password_can_be_pasted_and_read(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any
) -> None:
    give_place(gate_door)
    gate = gate_for()
    line = sign_in_page(gate).password.line
    QApplication.clipboard().setText(PASSWORD)

    line.paste()
    sign_in_page(gate).password.show_button.click()

    assert line.echoMode() == QLineEdit.EchoMode.Normal
    assert line.text() == PASSWORD
    with qtbot.waitSignal(gate.ended, timeout=10_000):
        QTest.keyClick(line, Qt.Key.Key_Return)


def test_a_wrong_password_is_told_at_the_field_and_stays_there(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any
) -> None:
    give_place(gate_door)
    page = sign_in_page(gate_for())

    page.password.set_text("quite another one")
    page.sign_in_button.click()
    qtbot.waitUntil(page.errors.isVisible, timeout=10_000)

    assert page.password.error == "The password is not right. Check that Caps Lock is off and type it again."
    assert page.password.text == "quite another one"
    assert page.sign_in_button.isEnabled()


def test_a_wait_is_counted_in_the_open_and_ends_by_itself(qapp: QApplication, qtbot: Any) -> None:
    steady = Steady()
    page = SignInPage([(PRIYA, "Priya")], monotonic=steady)
    qtbot.addWidget(page)
    page.show()

    page.show_wait(15)
    assert page.wait.statement.words == "Too many wrong passwords. Wait 15 seconds."
    steady.seconds += 14
    page._on_second()
    assert page.wait.statement.words == "Too many wrong passwords. Wait 1 second."
    steady.seconds += 1
    page._on_second()
    assert page.wait.isHidden()


def test_without_a_name_and_a_password_both_are_asked_for(qapp: QApplication, qtbot: Any) -> None:
    page = SignInPage([(PRIYA, "Priya"), (USER, "Jo")], monotonic=Steady())
    qtbot.addWidget(page)
    page.show()

    with qtbot.assertNotEmitted(page.sign_in_asked):
        page.sign_in_button.click()

    assert page.people.error == "Choose your name."
    assert page.password.error == "Type your password."


def test_a_desk_that_ended_is_told_and_another_one_is_started(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any
) -> None:
    give_place(gate_door)
    gone = replace(gate_door, desk_command=lambda argument: (sys.executable, "-S", "-c", "", argument))
    gate = gate_for(gone)

    sign_in_page(gate).password.set_text(PASSWORD)
    sign_in_page(gate).sign_in_button.click()

    def is_told() -> bool:
        # The page is another one by then.
        return isinstance(gate.page, SignInPage) and gate.page.errors.isVisible()

    qtbot.waitUntil(is_told, timeout=10_000)

    assert "closed by itself" in sign_in_page(gate).errors.accessibleDescription()


def test_slots_that_are_gone_are_told_and_nothing_is_made_over_the_vault(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any
) -> None:
    give_place(gate_door)
    gate_door.paths.slots.unlink()
    before = gate_door.paths.vault.read_bytes()

    gate = gate_for()
    qtbot.waitUntil(lambda: isinstance(gate.page, OpenFailedPage), timeout=10_000)

    page = gate.page
    assert isinstance(page, OpenFailedPage)
    assert page.reason.statement.words == "The file with the places of people on this laptop is gone."
    assert gate_door.paths.vault.read_bytes() == before


# Setting up


@pytest.fixture
def service() -> Iterator[TinyService]:
    tiny = TinyService()
    yield tiny
    tiny.stop()


def set_up_page(gate: Gate) -> SetUpPage:
    assert isinstance(gate.page, SetUpPage)
    return gate.page


def test_without_a_keyring_this_is_said_before_the_first_question(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, tmp_path: Path
) -> None:
    def none(_vault_id: Any) -> KeyringStore:
        raise KeyringError("keyring.missing")

    page = gate_for(replace(gate_door, new_store=none)).page

    assert isinstance(page, OpenFailedPage)
    assert "keyring.missing" in page._sheet
    page.copy_button.click()
    assert "keyring.missing" in QApplication.clipboard().text()
    assert not any(path.exists() for path in gate_door.paths.all_of_a_vault)


def test_a_slip_from_a_file_shows_charity_person_and_fingerprint(
    gate_for: Callable[..., Gate], service: TinyService, tmp_path: Path
) -> None:
    page = set_up_page(gate_for())
    file = tmp_path / "slip.json"
    file.write_bytes(write_slip(service.slip))
    page._choose = lambda _parent: str(file)

    page.choose_button.click()

    words = [label.words for label in page.facts.findChildren(SafeLabel)]
    assert {"Aspire", "Priya Example", "Outreach worker"} <= set(words)
    assert "".join(words[-1].split()) == service.slip.keys[0]


def test_setting_up_takes_five_steps_and_ends_in_a_vault_of_the_person_on_the_slip(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, service: TinyService, qtbot: Any, tmp_path: Path
) -> None:
    gate = gate_for()
    page = set_up_page(gate)
    page.pasted.set_text(write_slip(service.slip).decode())
    page.choosing.use_button.click()
    page.finish_button.click()
    qtbot.waitUntil(lambda: isinstance(gate.page, RecoveryPartsPage), timeout=20_000)
    parts = gate.page
    assert isinstance(parts, RecoveryPartsPage)
    envelopes = tmp_path / "envelopes"
    envelopes.mkdir()
    parts._choose = lambda _parent: str(envelopes)
    parts.save_button.click()
    with qtbot.waitSignal(gate.ended, timeout=10_000):
        parts.open_button.click()

    laptop = laptop_of(tmp_path, gate_door)
    actor = actor_of(laptop.vault, laptop.person_id, now=gate_door.clock())
    assert (actor.user, actor.shown_name, actor.roles) == (UserId(USER), "Priya", frozenset({Role.OUTREACH_WORKER}))
    assert Held(laptop.vault).device().address == service.address
    laptop.close()
    words = [path.read_text(encoding="utf-8").splitlines()[-1] for path in sorted(envelopes.iterdir())]
    shares = [Share.from_words(each, gate_door.password_rules.words) for each in words]
    assert join(shares[0], shares[2]) == join(shares[1], shares[2])


def parts_page(gate: Gate, qtbot: Any) -> RecoveryPartsPage:
    qtbot.waitUntil(lambda: isinstance(gate.page, RecoveryPartsPage), timeout=20_000)
    assert isinstance(gate.page, RecoveryPartsPage)
    return gate.page


def opens(door: FrontDoor, words: tuple[str, str]) -> bool:
    """Answer whether two custodians' words open the vault's key as the slots stand on the disk."""
    shares = [Share.from_words(each, door.password_rules.words) for each in words]
    try:
        open_with_recovery(read_slots(door.paths.slots), join(*shares)).clear()
    except SignInError:
        return False
    return True


def test_parts_that_were_closed_over_are_made_anew_at_the_next_sign_in_and_then_count(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, service: TinyService, qtbot: Any, tmp_path: Path
) -> None:
    first = gate_for()
    set_up_page(first).pasted.set_text(write_slip(service.slip).decode())
    set_up_page(first).choosing.use_button.click()
    password = set_up_page(first).choosing.offered.words
    set_up_page(first).finish_button.click()
    lost = [words for _, words in parts_page(first, qtbot)._parts]
    first.close()

    gate = gate_for()
    sign_in_page(gate).password.set_text(password)
    sign_in_page(gate).sign_in_button.click()
    parts = parts_page(gate, qtbot)
    shown = [words for _, words in parts._parts]
    qtbot.waitUntil(parts.again.isVisible, timeout=5_000)
    assert set(shown).isdisjoint(lost)
    assert opens(gate_door, (lost[0], lost[1])), "what was shown before counts until new parts are kept"

    parts.written_button.click()
    assert parts.errors.isVisible(), "each part is to be confirmed"
    parts.written.set_values(["A", "B", "C"])
    with qtbot.waitSignal(gate.ended, timeout=10_000):
        parts.written_button.click()

    assert opens(gate_door, (shown[0], shown[2]))
    assert not opens(gate_door, (lost[0], lost[1]))
    assert is_kept(gate_door.paths)
    assert not any(
        part.encode() in path.read_bytes()
        for part in shown
        for path in gate_door.paths.folder.iterdir()
        if path.is_file()
    )


def test_not_now_opens_the_records_and_the_next_sign_in_asks_again(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path
) -> None:
    give_place(gate_door)
    note_not_kept(gate_door.paths)
    before = gate_door.paths.slots.read_bytes()
    gate = gate_for()
    sign_in_page(gate).password.set_text(PASSWORD)
    sign_in_page(gate).sign_in_button.click()

    with qtbot.waitSignal(gate.ended, timeout=10_000):
        parts_page(gate, qtbot).later_button.click()

    laptop_of(tmp_path, gate_door).close()
    assert not is_kept(gate_door.paths)
    assert gate_door.paths.slots.read_bytes() == before


def test_a_slip_that_brings_a_recovery_key_needs_no_parts(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, service: TinyService, qtbot: Any
) -> None:
    public = make_recovery_key(os.urandom)[1]
    raw = write_slip(service.slip).decode().replace('"recovery_public": ""', f'"recovery_public": "{public.hex()}"')
    gate = gate_for()
    page = set_up_page(gate)

    page.pasted.set_text(raw)
    page.choosing.use_button.click()
    with qtbot.waitSignal(gate.ended, timeout=20_000):
        page.finish_button.click()

    assert read_slots(gate_door.paths.slots).recovery[0].public == public


def test_a_slip_that_is_spent_is_told_and_nothing_stays_on_the_laptop(
    gate_for: Callable[..., Gate],
    gate_door: FrontDoor,
    keyring_: MemoryKeyring,
    service: TinyService,
    qtbot: Any,
) -> None:
    def spent(call: Call) -> Answer | None:
        return service.refuse(call, ErrorCode.ENROL_REFUSED) if call.path == ENROL else None

    service.fault = spent
    page = set_up_page(gate_for())
    page.pasted.set_text(write_slip(service.slip).decode())
    page.choosing.use_button.click()
    page.finish_button.click()
    qtbot.waitUntil(page.errors.isVisible, timeout=20_000)

    assert page.pasted.error
    assert page.password.text == page.choosing.offered.words
    assert not any(path.exists() for path in gate_door.paths.all_of_a_vault)
    assert keyring_.held == {}


def test_an_easy_password_is_told_at_its_field(gate_for: Callable[..., Gate], service: TinyService, qtbot: Any) -> None:
    page = set_up_page(gate_for())
    page.pasted.set_text(write_slip(service.slip).decode())
    page.password.set_text("priya")
    page.finish_button.click()
    qtbot.waitUntil(page.errors.isVisible, timeout=20_000)

    assert page.password.error.startswith("This password is too short.")
    assert page.password.text == "priya"


@pytest.mark.parametrize("text", ["", "something else", "{}", '{"format":"alongside-slip-1"}'])
def test_what_is_no_slip_is_told_when_finish_is_pressed(gate_for: Callable[..., Gate], text: str) -> None:
    page = set_up_page(gate_for())
    page.pasted.set_text(text)
    page.choosing.use_button.click()

    page.finish_button.click()

    assert page.pasted.error


def test_a_gate_that_is_closed_lets_its_desk_go(gate_for: Callable[..., Gate], qtbot: Any, tmp_path: Path) -> None:
    gate_for()

    # The fixture closes the gate and then waits for the desk: without keys it ends by itself.
    assert not (tmp_path / "keys").exists()


def test_the_program_takes_no_other_switch() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "ui", "--vault", "/elsewhere"], capture_output=True, timeout=60, check=False
    )
    assert told.returncode == 2


# First use

KEY_S = 1.2
"""A key of a slow typist; thinking is 1.35 s a question ("The Keystroke-Level Model", 1980, as in consent by keys)."""

OUTSIDE_S = {"the slip in the system's chooser": 20.0, "four words onto paper": 40.0, "the first exchange": 10.0}
"""What is done beside the keys, each generously: the chooser is the system's, paper is paper."""

FIRST_USE_S = 300.0


def test_a_volunteer_is_through_their_first_call_five_minutes_after_the_slip(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, service: TinyService, qtbot: Any, tmp_path: Path
) -> None:
    public = make_recovery_key(os.urandom)[1]
    slip = msgspec.structs.replace(service.slip, roles=[Role.MENTOR], recovery_public=public.hex())
    (tmp_path / "slip.json").write_bytes(write_slip(slip))
    door = replace(gate_door, clock=Clock(NOW + timedelta(minutes=5)))
    gate = gate_for(door)
    page = set_up_page(gate)
    page._choose = lambda _parent: str(tmp_path / "slip.json")
    gate.window.activateWindow()
    assert QTest.qWaitForWindowActive(gate.window)
    page.pasted.focus_control()
    hands = Keyboard(QApplication.processEvents)
    hands.choose(page.choose_button)
    hands.choose(page.choosing.use_button)
    with qtbot.waitSignal(gate.ended, timeout=20_000):
        hands.choose(page.finish_button)
    opened = laptop_of(tmp_path, door)
    actor = actor_of(opened.vault, opened.person_id, now=door.clock())
    assert actor is not None
    first_exchange(opened, door.clock)
    desk = Desk(opened, actor, door)
    desk.shell.resize(1200, 800)
    desk.shell.show()
    desk.begin()
    hands.settle = partial(settle, desk)
    hands.settle()
    pages = [page, *_through_the_first_call(desk, hands)]
    with opened.vault.reading() as read:
        (call,) = read.all(Session)
        (card,) = read.all(MatchCard)
    assert (call.status, call.created_role, card.state) == ("held", Role.MENTOR, MatchState.ACTIVE)
    desk.close()
    opened.close()
    seconds = hands.keys * KEY_S + hands.questions * THINK_S + sum(OUTSIDE_S.values())
    assert len(pages) == 5
    assert hands.keys <= 60
    assert seconds <= FIRST_USE_S, (hands.keys, hands.questions, seconds)


def first_exchange(opened: OpenLaptop, clock: Callable[[], Any]) -> None:
    """Put onto the laptop what the service sends a volunteer: a mentee who has agreed, one goal, the own profile."""
    laptop = Laptop(opened.vault, kit.BRAN, clock, b"", Expected(vault_id=UUID(int=1), generation=1))  # type: ignore[arg-type]
    kit.from_service(laptop, kit.card(laptop, state=MatchState.MENTEE_AGREED), kit.goal(laptop), kit.profile(laptop))


def settle(desk: Desk) -> None:
    """Wait until a desk has answered everything."""
    for _ in range(2_000):
        QApplication.processEvents()
        if desk.context.jobs.is_idle:
            break
        QTest.qWait(5)
    QApplication.processEvents()


def _through_the_first_call(desk: Desk, hands: Keyboard) -> list[object]:
    """Say yes to the match, talk, and write the call down: by Tab and Space alone."""
    desk.shell.activateWindow()
    assert QTest.qWaitForWindowActive(desk.shell)
    mine = desk.page
    assert isinstance(mine, MyMatchesPage)
    hands.choose(mine.open_buttons[kit.MATCH])
    match = desk.page
    assert isinstance(match, MatchPage)
    hands.choose(match.yes_button)
    hands.choose(match.log_button)
    log = desk.page
    assert isinstance(log, SessionLogPage)
    hands.choose(log.save_button)
    assert isinstance(desk.page, MatchPage)
    return [mine, match, log, desk.page]


def test_a_plain_disk_is_refused_where_it_says_so_and_nothing_is_made(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.gate_work.disk_is_encrypted", lambda _folder: False)
    gate = gate_for(replace(gate_door, policy=Policy(require_disk_encryption="refuse")))
    assert isinstance(gate.page, OpenFailedPage)
    assert gate.page.reason.statement.words.startswith("The disk of this computer is not encrypted")
    assert not gate_door.paths.slots.exists()


def test_a_slip_for_another_service_than_it_laid_down_is_refused(gate_door: FrontDoor) -> None:
    slip = Slip(
        address="https://other.example", audience="other", keys=["0" * 64], code="12345678", org_name="Other",
        user=UUID(int=1), user_name="Ada Price", shown_name="Ada", roles=[Role.OUTREACH_WORKER],
    )  # fmt: skip
    door = replace(gate_door, policy=Policy(sync_url="https://alongside.example"))
    with pytest.raises(BadInputError) as refused:
        set_up(door, slip, "correct horse battery staple", lambda _stage: None)
    assert refused.value.code == "slip.address.not_ours"
    assert not door.paths.slots.exists()
