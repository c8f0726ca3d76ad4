"""Every page of this room in every look: named, reachable by keyboard, large enough, nothing cut, enough contrast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import ui.pages
from app.domain.codes import RecordType
from tests.helpers.accessibility import bare_labels, faults
from tests.helpers.vaults import Laptop
from tests.ui.pages import story
from ui.context import PageContext
from ui.pages.attention import AttentionPage
from ui.pages.leaving_ward import LeavingWardPage
from ui.pages.people import PeoplePage
from ui.pages.person import PersonPage
from ui.pages.register_person import RegisterPersonPage
from ui.pages.settings import SettingsPage
from ui.pages.sync import SyncPage
from ui.pages.today import TodayPage
from ui.pages.vault_page import VaultPage
from ui.theme import Theme, ThemeName

# Colours do not change sizes: three looks cover every theme and both ends of the text scale.
LOOKS = [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
LISTS = (TodayPage, LeavingWardPage, PeoplePage, SyncPage, AttentionPage, SettingsPage, RegisterPersonPage)
PARTS = ("overview", "consent", "referrals", "contact", "notes", "history")


@pytest.fixture(params=LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
def look(request: pytest.FixtureRequest, context: PageContext, qapp: QApplication) -> Theme:
    theme = Theme.load(*request.param)
    theme.apply(qapp)
    return theme


@pytest.mark.parametrize("kind", LISTS)
def test_a_filled_page_has_no_fault(
    kind: type[VaultPage], look: Theme, laptop: Laptop, context: PageContext, settled: Callable[[], None], qtbot: object
) -> None:
    story.tell_sams_story(laptop)
    story.answer_from_service(
        laptop,
        {
            RecordType.CASE_NOTE: story.refused("not_permitted"),
            RecordType.REFERRAL: story.refused("bad_transition", state="accepted"),
        },
    )
    page = kind(context)  # type: ignore[call-arg]
    page.open(None)
    settled()
    assert faults(page) == []
    page.deleteLater()


@pytest.mark.parametrize("kind", LISTS)
def test_an_empty_page_has_no_fault(
    kind: type[VaultPage], context: PageContext, settled: Callable[[], None], qtbot: object
) -> None:
    page = kind(context)  # type: ignore[call-arg]
    page.open(None)
    settled()
    assert faults(page) == []
    page.deleteLater()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_person_has_no_fault(
    part: str, look: Theme, laptop: Laptop, context: PageContext, settled: Callable[[], None], qtbot: object
) -> None:
    sam = story.tell_sams_story(laptop)
    page = PersonPage(context)
    page.open(sam)
    settled()
    page.show_part(part)
    assert faults(page) == []
    page.deleteLater()


@pytest.mark.parametrize("form", ["place_form", "contact_form", "about_form"])
def test_an_unfolded_form_has_no_fault(
    form: str, look: Theme, laptop: Laptop, context: PageContext, settled: Callable[[], None], qtbot: object
) -> None:
    sam = story.tell_sams_story(laptop)
    page = PersonPage(context)
    page.open(sam)
    settled()
    page.show_part("contact")
    getattr(page.parts["contact"], form).open_button.click()
    settled()
    assert faults(page) == []
    page.deleteLater()


def test_a_registration_with_everything_open_has_no_fault(
    look: Theme, laptop: Laptop, context: PageContext, settled: Callable[[], None], qtbot: object
) -> None:
    story.tell_sams_story(laptop)
    page = RegisterPersonPage(context)
    page.open(None)
    settled()
    page.form.full_name.set_text("Samira Ossei")
    page.form.divide_button.click()
    page.form.no_site_button.click()
    page.form.contact_kind.choices["mobile"].click()
    page.form.more_button.click()
    page._on_compare()
    page.save_button.click()
    settled()
    assert page.same.cards
    assert faults(page) == []
    page.deleteLater()


def test_no_page_builds_a_label_that_reads_markup() -> None:
    assert bare_labels(Path(ui.pages.__path__[0])) == []
