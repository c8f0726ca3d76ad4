"""Work given away and taken through both pages, between two enrolled laptops without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.config import Policy, read_policy
from app.domain.codes import Role
from app.domain.person import Person
from app.storage import handed
from app.use_cases import handing_over
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import enrol_laptop, register
from tests.sync.conftest import alliance, clock  # noqa: F401 - fixtures
from tests.sync.test_handing_over import Laptop
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.hand_over import HandOverPage
from ui.pages.open_hand_over import OpenHandOverPage
from ui.view_models.hand_over_words import key_of, state_words


@pytest.fixture
def pair(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[tuple[Laptop, Laptop]]:  # noqa: F811
    """The worker at Stoke Mandeville, and the coordinator of the same charity; each knows the other's key."""
    made = []
    for user, role, scopes in (
        ("outreach_worker", Role.OUTREACH_WORKER, ["site:stoke_mandeville"]),
        ("ward_coordinator", Role.COORDINATOR, ["programme"]),
    ):
        slip = alliance.slip("aspire", user, scopes)
        made.append(Laptop(enrol_laptop(tmp_path / user, slip, user=alliance.user(user), role=role, clock=clock)))
        made[-1].it.sync()
    made[0].start()
    made[0].it.sync()
    yield made[0], made[1]
    for each in made:
        each.it.close()


@pytest.fixture
def context_of(context: PageContext) -> Callable[[Laptop], PageContext]:
    def of(laptop: Laptop) -> PageContext:
        it = laptop.it
        return replace(context, vault=it.vault, actor=it.actor, clock=it.laptop.clock, hand_keys=laptop.keys)

    return of


def test_work_is_given_and_taken_through_both_pages(
    pair: tuple[Laptop, Laptop],
    alliance: AllianceService,  # noqa: F811
    context_of: Callable[[Laptop], PageContext],
    shown: Any,
    settled: Any,
    went: Went,
    tmp_path: Path,
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    page = shown(HandOverPage(context_of(worker), choose=lambda _parent: str(tmp_path)), person)
    assert page.people is not None
    assert page.colleagues is not None
    # Opened on somebody: they are ticked, and what only this laptop has is told.
    assert page.people.values == (str(person),)
    assert "1 person" in page.summary.words

    page.write_button.click()
    settled()
    assert list(tmp_path.glob("*.handover")) == []
    assert page.colleagues.error

    (colleague,) = handing_over.choices(worker.it.vault, **worker.it.act).colleagues
    page.colleagues.set_value(key_of(colleague))
    page.write_button.click()
    settled()
    (file,) = tmp_path.glob("*.handover")
    assert page.done.isVisible()
    assert "Samira" not in file.name

    other = shown(OpenHandOverPage(context_of(coordinator), choose=lambda _parent: str(file)))
    assert other.nothing.isVisible()
    assert other.own.words == page.colleagues.choices[key_of(colleague)].option.hint.replace(
        "Digits to compare", "Your own digits on this laptop"
    )
    other.choose_button.click()
    settled()
    assert other.done.isVisible()
    assert not other.failure.isVisible()
    with coordinator.it.vault.reading() as read:
        assert read.get(Person, person).full_name == "Samira Quillfeather"
    ((_, opened),) = handing_over.opened_files(coordinator.it.vault, actor=coordinator.it.actor)
    assert "wait" in state_words(opened)

    # A second time it says so, and changes nothing.
    other.choose_button.click()
    settled()
    assert other.failure.isVisible()
    coordinator.it.sync()
    ((_, opened),) = handing_over.opened_files(coordinator.it.vault, actor=coordinator.it.actor)
    assert state_words(opened) == "The central service has all of it."


def test_a_laptop_that_knows_nobody_says_what_to_do(
    pair: tuple[Laptop, Laptop], context_of: Callable[[Laptop], PageContext], shown: Any, went: Went
) -> None:
    worker, _ = pair
    handed.keep_keys(worker.it.vault, [], now=worker.now)
    page = shown(HandOverPage(context_of(worker)))

    assert page.nothing.isVisible()
    assert "Send now" in page.nothing.next_step.words
    assert not page.write_button.isVisible()
    page.open_button.click()
    assert went.places == [("open_hand_over", None)]


def test_it_support_switches_both_off(
    pair: tuple[Laptop, Laptop], context_of: Callable[[Laptop], PageContext], shown: Any, tmp_path: Path
) -> None:
    worker, _ = pair
    file = tmp_path / "policy.toml"
    file.write_text("allow_usb_handover = false\n", encoding="utf-8")
    assert Policy().allow_usb_handover
    keys = replace(worker.keys, is_allowed=read_policy(file).allow_usb_handover)
    context = replace(context_of(worker), hand_keys=keys)

    page = shown(HandOverPage(context))
    assert page.nothing.isVisible()
    opens = shown(OpenHandOverPage(context))
    assert not opens.choose_button.isVisible()
    assert opens.nothing.statement.words == page.nothing.statement.words
    assert "IT support" in opens.nothing.next_step.words
