"""Records held back, through the window: said at the field, held, listed, asked about, and let go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import Role
from app.domain.ids import PersonId
from app.domain.person import Person
from app.errors import NotPermittedError
from app.use_cases import holding_back
from app.use_cases.holding_back import HeldBackWhy
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.access_requests import AccessRequestsPage
from ui.pages.held_back import HeldBackPage
from ui.theme import Theme, ThemeName


@pytest.fixture
def leading(context: PageContext, laptop: Laptop) -> PageContext:
    actor = replace(make_actor("aspire", Role.DATA_PROTECTION_LEAD, "Amina"), device=laptop.actor.device)
    return replace(context, actor=actor)


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return kit.sent(laptop)[0]


def is_restricted(laptop: Laptop, person: PersonId) -> bool:
    with laptop.vault.reading() as read:
        return read.get(Person, person).restricted


def test_a_record_is_held_back_and_let_go_again(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, settled: Any, went: Any
) -> None:
    shown(AccessRequestsPage(leading)).held_back_button.click()
    assert went.places[-1] == ("held_back", None)
    page = shown(HeldBackPage(leading), width=BESIDE_NAVIGATION)
    page.form.open_button.click()
    page.form.save_button.click()
    settled()
    assert page.finder.person.error
    page.finder.who.set_text("Sam")
    settled()
    page.form.save_button.click()
    settled()
    assert page.why.error
    page.why.choices[HeldBackWhy.OBJECTION].click()
    page.form.save_button.click()
    settled()
    assert is_restricted(laptop, sam)
    assert went.sends == 1
    assert [(row.name, row.why, row.role) for row in page.rows] == [
        ("Samira Osei", HeldBackWhy.OBJECTION, "data_protection_lead")
    ]
    assert cut_words(page.table) == []
    # Somebody who asks twice is told so.
    page.form.open_button.click()
    page.finder.who.set_text("Sam")
    settled()
    page.why.choices[HeldBackWhy.RESTRICTION].click()
    page.form.save_button.click()
    settled()
    assert "already" in page.finder.person.error
    page.table.row_opened.emit(0)
    assert page.asking.isVisible()
    page.keep_button.click()
    assert is_restricted(laptop, sam)
    page.table.row_opened.emit(0)
    page.let_go_button.click()
    settled()
    assert not is_restricted(laptop, sam)
    assert page.rows == ()


def test_only_the_lead_holds_back_and_lets_go(
    context: PageContext, leading: PageContext, sam: PersonId, laptop: Laptop
) -> None:
    for use, more in (
        (holding_back.hold_back, {"person_id": sam, "why": HeldBackWhy.OBJECTION}),
        (holding_back.let_go, {"person_id": sam}),
    ):
        with pytest.raises(NotPermittedError):
            use(laptop.vault, **laptop.act, **more)  # type: ignore[operator]
    with pytest.raises(NotPermittedError):
        holding_back.held_back(laptop.vault, actor=laptop.actor)


@pytest.mark.parametrize("scale", [100, 200])
def test_the_page_is_without_faults(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, qapp: QApplication, scale: int
) -> None:
    act = {"actor": leading.actor, "now": laptop.clock()}
    holding_back.hold_back(laptop.vault, **act, person_id=sam, why=HeldBackWhy.RESTRICTION)
    Theme.load(ThemeName.LIGHT, scale).apply(qapp)
    page = shown(HeldBackPage(leading))
    page.form.open_button.click()
    page.table.row_opened.emit(0)
    assert faults(page) == []
