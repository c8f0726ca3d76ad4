"""Equality answers through the window: every list optional, nothing lost when refused, nothing shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import Religion, Role, Sex
from app.domain.equality import EqualityAnswers
from app.domain.ids import PersonId
from app.errors import NotFoundError, NotPermittedError
from app.use_cases import equality
from tests.helpers.accessibility import faults
from tests.helpers.acts import register
from tests.helpers.vaults import Laptop, make_actor
from ui.context import PageContext
from ui.pages.equality import EqualityPage
from ui.pages.person import PersonPage
from ui.theme import Theme, ThemeName

Settled = Callable[[], None]


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return register(laptop)


def kept(laptop: Laptop, person: PersonId) -> tuple[EqualityAnswers, ...]:
    with laptop.vault.reading() as read:
        return read.of_person(EqualityAnswers, person)


def test_some_lists_are_answered_and_others_left_out(
    context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    page = shown(EqualityPage(context), sam)
    assert all(question.value is None for question in page.questions.values())
    assert not page.before.isVisible()
    page.save_button.click()
    settled()
    assert page.questions["ethnic_group"].error
    page.questions["sex"].choices["prefer_not_to_say"].click()
    page.questions["religion"].choices["jewish"].click()
    page.save_button.click()
    settled()
    (said,) = kept(laptop, sam)
    assert (said.sex, said.religion, said.ethnic_group) == (Sex.PREFER_NOT_TO_SAY, Religion.JEWISH, None)
    assert page.outcome.isVisible()
    assert all(question.value is None for question in page.questions.values()), "nothing stands there for the next"
    assert "wait for the next exchange" in page.before.words


def test_all_answers_are_cleared_at_once(context: PageContext, sam: PersonId, shown: Any, settled: Settled) -> None:
    page = shown(EqualityPage(context), sam)
    page.questions["sex"].choices["female"].click()
    page.clear_button.click()
    settled()
    assert page.questions["sex"].value is None


def test_the_persons_page_leads_there_beside_consent(
    context: PageContext, sam: PersonId, shown: Any, went: Any
) -> None:
    page = shown(PersonPage(context), sam)
    assert not page.equality_button.isVisible()
    page.show_part("consent")
    page.equality_button.click()
    assert went.places == [("equality", sam)]


def test_nobody_else_is_asked_about_whom_another_charity_registered(laptop: Laptop, sam: PersonId) -> None:
    with pytest.raises(NotPermittedError):
        equality.equality_view(laptop.vault, actor=make_actor("aspire", Role.MENTOR), person_id=sam)
    with pytest.raises(NotFoundError):
        equality.equality_view(laptop.vault, actor=make_actor("back_up", Role.COORDINATOR), person_id=sam)


@pytest.mark.parametrize(("name", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.HIGH_CONTRAST, 200)])
def test_no_look_has_a_fault(
    context: PageContext, sam: PersonId, shown: Any, qapp: QApplication, name: ThemeName, scale: int
) -> None:
    Theme.load(name, scale).apply(qapp)
    assert faults(shown(EqualityPage(context), sam)) == []
