"""Places at the sign-in window: a colleague is added, somebody's place ends; by buttons, to the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import SignInError
from app.security.slots_file import read_slots
from app.use_cases.key_life import Colleague
from tests.security.kit import MemoryKeyring
from tests.ui.desk.gates import laptop_of, sign_in_page
from tests.ui.desk.places import MARCUS, PASSWORD, PRIYA, THEIR_PASSWORD, give_colleague_a_place
from tests.ui.desk.test_key_life import NEW, Laptop, furnished
from tests.ui.pages.test_accessibility import faults
from ui.front_door import FrontDoor
from ui.gate import Gate
from ui.gate_work import look, open_by_password
from ui.pages.places_here import ADD, END, PlacesHerePage


@pytest.fixture
def laptop(gate_door: FrontDoor, keyring_: MemoryKeyring) -> Laptop:
    return furnished(gate_door, keyring_)


def places_page(gate: Gate) -> PlacesHerePage:
    sign_in_page(gate).places_button.click()
    assert isinstance(gate.page, PlacesHerePage)
    return gate.page


def settle(gate: Gate, page: PlacesHerePage, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: gate.page is not page or not page._is_busy, timeout=60_000)


def test_a_colleague_is_given_a_place_and_signs_in(
    laptop: Laptop, gate_for: Callable[..., Gate], qtbot: Any, tmp_path: Path
) -> None:
    gate = gate_for()
    page = places_page(gate)
    page.what.choices[ADD].click()
    page.go_button.click()
    assert page.password.error == "Type your password."
    page.password.set_text("not the one I have")
    page.go_button.click()
    settle(gate, page, qtbot)
    assert page.password.error
    assert page.password.text == "not the one I have", "what was typed stays"

    page.password.set_text(PASSWORD)
    page.go_button.click()
    settle(gate, page, qtbot)
    assert page.colleague is not None
    assert page.choosing is not None
    page.add_button.click()
    assert page.colleague.error == "Choose the colleague."
    page.colleague.set_value(str(MARCUS))
    page.choosing.password.set_text("marcus marcus")
    page.add_button.click()
    settle(gate, page, qtbot)
    assert page.choosing.password.error, "made of names"
    page.choosing.password.set_text(NEW)
    page.add_button.click()
    qtbot.waitUntil(lambda: gate.page is not page, timeout=60_000)

    assert sign_in_page(gate).done.statement.words == "Your colleague has a place on this laptop."
    sign_in_page(gate).people.choices[str(MARCUS)].click()
    sign_in_page(gate).password.set_text(NEW)
    with qtbot.waitSignal(gate.ended, timeout=60_000):
        sign_in_page(gate).sign_in_button.click()
    opened = laptop_of(tmp_path, laptop.door)
    assert opened.person_id == MARCUS
    opened.close()


def test_a_place_ends_and_the_records_get_a_new_key(laptop: Laptop, gate_for: Callable[..., Gate], qtbot: Any) -> None:
    give_colleague_a_place(laptop.door)
    gate = gate_for()
    sign_in_page(gate).people.choices[str(PRIYA)].click()
    page = places_page(gate)
    page.what.choices[END].click()
    assert not page.leaver.choices[str(PRIYA)].isVisible(), "nobody ends their own"
    page.password.set_text(PASSWORD)
    page.end_button.click()
    qtbot.waitUntil(lambda: gate.page is not page, timeout=60_000)

    assert sign_in_page(gate).done.isVisible()
    slots = read_slots(laptop.door.paths.slots)
    assert (slots.generations, [slot.person_id for slot in slots.people]) == ((2,), [PRIYA])
    with pytest.raises(SignInError, match=r"auth\.no_slot"):
        open_by_password(laptop.door, look(laptop.door), MARCUS, THEIR_PASSWORD)
    assert laptop.signs_in(PRIYA, PASSWORD)


@pytest.mark.parametrize("what", [ADD, END])
def test_the_page_has_no_fault(qapp: Any, what: str) -> None:
    page = PlacesHerePage([(PRIYA, "Priya"), (MARCUS, "Marcus")], lambda: NEW, person=PRIYA)
    page.what.choices[what].click()
    if what == ADD:
        page.show_colleagues([Colleague(person_id=MARCUS, name="Marcus Reed", shown_name="Marcus")])
    assert faults(page, size=(900, 700)) == []
