"""A new password at the sign-in window: by the old one, by a colleague, by two custodians; drills from end to end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.custody.shares import split
from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction
from app.errors import WrongPasswordError
from app.security.slot_notes import SlotAct
from app.security.slots_file import previous_copy, read_slots, write_slots
from app.use_cases.laptop import OpenLaptop, actor_of, note_sign_in, note_slots
from tests.helpers.accessibility import faults
from tests.ui.desk.gates import laptop_of, sign_in_page
from tests.ui.desk.places import MARCUS, PASSWORD, PRIYA, THEIR_PASSWORD, give_colleague_a_place, give_place
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.gate_work import look, open_by_password
from ui.pages.new_password import COLLEAGUE, CUSTODIANS, MAKE_NEW, OWN, STAY, NewPasswordPage
from ui.recovery_key import is_kept

NEW = "meadow cricket saddle window"


def new_password_page(gate: Gate) -> NewPasswordPage:
    sign_in_page(gate).new_password_button.click()
    assert isinstance(gate.page, NewPasswordPage)
    return gate.page


def save(gate: Gate, page: NewPasswordPage, qtbot: Any) -> None:
    page.choosing.password.set_text(NEW)
    page.save_button.click()
    qtbot.waitUntil(lambda: gate.page is not page or page.errors.isVisible(), timeout=20_000)


def signs_in(door: FrontDoor, person: Any, password: str) -> bool:
    try:
        open_by_password(door, look(door), person, password).keys.clear()
    except WrongPasswordError:
        return False
    return True


def audited(door: FrontDoor, folder: Path, gate: Gate, qtbot: Any, password: str = NEW) -> list[tuple[str, str]]:
    """Sign in, open the vault as a desk does, and return what the audit says of slots."""
    page = sign_in_page(gate)
    with qtbot.waitSignal(gate.ended, timeout=20_000):
        page.password.set_text(password)
        page.sign_in_button.click()
    laptop = laptop_of(folder, door)
    try:
        return slot_entries(door, laptop)
    finally:
        laptop.close()


def slot_entries(door: FrontDoor, laptop: OpenLaptop) -> list[tuple[str, str]]:
    actor, found = actor_of(laptop.vault, laptop.person_id, now=door.clock()), look(door)
    note_sign_in(laptop.vault, found.store, actor=actor, now=door.clock())
    note_slots(laptop.vault, found.store, door.paths, actor=actor, now=door.clock())
    assert not door.paths.slot_notes.exists()
    with laptop.vault.reading() as read:
        entries = read.all(AuditEntry)
    wanted = {AuditAction.SLOT_CHANGE, AuditAction.RECOVERY}
    told = sorted((each.seq, each.action.value, each.reason) for each in entries if each.action in wanted)
    return [(action, reason) for _seq, action, reason in told]


def test_whoever_knows_the_old_password_changes_it_and_the_old_one_opens_nothing_any_more(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path
) -> None:
    give_place(gate_door)
    before = read_slots(gate_door.paths.slots)
    gate = gate_for()
    page = new_password_page(gate)
    page.way.choices[OWN].click()
    page.password.set_text(PASSWORD)
    save(gate, page, qtbot)

    assert "Priya" in sign_in_page(gate).done.statement.words
    assert not previous_copy(gate_door.paths.slots).exists(), "an old slot with the old password would open the vault"
    assert not signs_in(gate_door, PRIYA, PASSWORD)
    after = read_slots(gate_door.paths.slots)
    assert before.people[0].exchange_public != after.people[0].exchange_public
    entries = audited(gate_door, tmp_path, gate, qtbot)
    assert entries == [("slot_change", "set_up"), ("slot_change", SlotAct.OWN_PASSWORD)]


def test_a_wrong_old_password_and_an_easy_new_one_are_told_at_their_fields(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any
) -> None:
    give_place(gate_door)
    gate = gate_for()
    page = new_password_page(gate)
    page.way.choices[OWN].click()
    page.save_button.click()
    assert page.password.error
    assert page.choosing.password.error

    page.password.set_text("not the one I have")
    save(gate, page, qtbot)
    assert page.password.error
    assert page.password.text == "not the one I have"

    page.password.set_text(PASSWORD)
    page.choosing.password.set_text(PASSWORD)
    page.save_button.click()
    qtbot.waitUntil(lambda: bool(page.choosing.password.error), timeout=20_000)
    assert signs_in(gate_door, PRIYA, PASSWORD)


def test_a_colleague_lets_in_somebody_who_forgot_and_their_own_password_stays(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path
) -> None:
    give_place(gate_door)
    give_colleague_a_place(gate_door)
    gate = gate_for()
    sign_in_page(gate).people.choices[str(PRIYA)].click()
    page = new_password_page(gate)
    page.way.choices[COLLEAGUE].click()
    assert not page.colleague.choices[str(PRIYA)].isVisible(), "nobody lets themself in"
    page.colleague.choices[str(MARCUS)].click()
    page.colleague_password.set_text(THEIR_PASSWORD)
    save(gate, page, qtbot)

    assert sign_in_page(gate).person_id == PRIYA
    assert signs_in(gate_door, MARCUS, THEIR_PASSWORD)
    assert not signs_in(gate_door, PRIYA, PASSWORD)
    assert audited(gate_door, tmp_path, gate, qtbot)[-2:] == [
        ("slot_change", SlotAct.BY_COLLEAGUE),
        ("slot_change", SlotAct.ROTATED),
    ]


@pytest.mark.parametrize("then", [MAKE_NEW, STAY])
def test_two_custodians_let_in_somebody_whom_nobody_else_can(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path, then: str
) -> None:
    share_a, _, share_c = split(give_place(gate_door), os.urandom)
    words = gate_door.password_rules.words
    gate = gate_for()
    page = new_password_page(gate)
    page.way.choices[CUSTODIANS].click()
    page.then.choices[then].click()
    page.parts[0].set_text(f"Alongside: recovery key, part A\nKeep apart.\n\n{share_a.to_words(words).upper()}\n")
    page.parts[1].set_text(share_c.to_words(words).replace(" ", "  ").rpartition(" ")[0])
    save(gate, page, qtbot)
    assert page.parts[1].error, "the part that is not whole is the one that is marked"
    assert not page.parts[0].error
    assert signs_in(gate_door, PRIYA, PASSWORD), "nothing was changed"

    page.parts[1].set_text(share_c.to_text().lower())
    save(gate, page, qtbot)

    assert not signs_in(gate_door, PRIYA, PASSWORD)
    assert is_kept(gate_door.paths) == (then == STAY), "new parts are made at the next sign-in"
    if then == STAY:
        assert audited(gate_door, tmp_path, gate, qtbot)[-2:] == [
            ("recovery", SlotAct.BY_CUSTODIANS),
            ("slot_change", SlotAct.ROTATED),
        ]


def test_slots_that_were_changed_by_nobody_here_are_told_to_the_audit(
    gate_for: Callable[..., Gate], gate_door: FrontDoor, qtbot: Any, tmp_path: Path
) -> None:
    give_place(gate_door)
    old = read_slots(gate_door.paths.slots)
    gate = gate_for()
    assert audited(gate_door, tmp_path, gate, qtbot, PASSWORD) == [("slot_change", "set_up")]
    give_colleague_a_place(gate_door)
    laptop = laptop_of(tmp_path, gate_door)
    assert slot_entries(gate_door, laptop)[-1] == ("slot_change", SlotAct.UNEXPLAINED)
    write_slots(gate_door.paths.slots, old)
    assert slot_entries(gate_door, laptop)[-1] == ("slot_change", SlotAct.UNEXPLAINED)
    laptop.close()


@pytest.mark.parametrize("way", [OWN, COLLEAGUE, CUSTODIANS])
def test_the_page_has_no_fault(qapp: Any, way: str) -> None:
    page = NewPasswordPage([(PRIYA, "Priya"), (MARCUS, "Marcus")], lambda: NEW, person=PRIYA)
    page.way.choices[way].click()
    assert faults(page, size=(900, 700)) == []
