"""Settings: a change shows at once, is kept, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.config import Layer, Origin, configured, usable
from app.use_cases.settings import keep_setting
from tests.helpers.vaults import Laptop
from ui.context import PageContext
from ui.pages.settings import SettingsPage
from ui.view_models.settings_words import Colours, Look, read_look
from ui.widgets import SafeLabel


@pytest.fixture
def page(context: PageContext) -> SettingsPage:
    return SettingsPage(context)


def test_defaults_follow_the_computer(page: SettingsPage, shown: Callable[..., Any]) -> None:
    shown(page)
    assert page.text_scale.value == "100"
    assert page.colours.value == Colours.SYSTEM


def test_a_choice_is_told_at_once_and_kept(
    page: SettingsPage, laptop: Laptop, shown: Callable[..., Any], qtbot: Any
) -> None:
    shown(page)
    with qtbot.waitSignal(page.look_chosen) as told:
        page.text_scale.choices["200"].click()
    assert told.args == [Look(text_scale=200)]
    with qtbot.waitSignal(page.look_chosen) as told:
        page.colours.choices["high_contrast"].click()
    assert told.args == [Look(colours=Colours.HIGH_CONTRAST, text_scale=200)]
    assert page.saved.words == "Kept on this laptop."
    assert read_look(laptop.vault) == Look(colours=Colours.HIGH_CONTRAST, text_scale=200)


def test_a_value_of_a_newer_version_counts_as_not_chosen(laptop: Laptop) -> None:
    keep_setting(laptop.vault, **laptop.act, name="colours", value="sepia")
    keep_setting(laptop.vault, **laptop.act, name="text_scale", value="7000")
    assert read_look(laptop.vault) == Look()


def test_what_the_organisation_fixed_is_shown_and_what_does_nothing_is_said(
    context: PageContext, shown: Callable[..., Any]
) -> None:
    layer = Layer(
        origin=Origin.ORGANISATION,
        where="policy.toml",
        values={"idle_lock_minutes": 3, "password_only": False, "allow_print": False},
        unknown=("idle_minutes",),
    )
    page = SettingsPage(replace(context, policy=usable(configured([layer]))))
    shown(page)
    words = [label.words for label in page.fixed.findChildren(SafeLabel)]
    assert words == ["Minutes until it locks", "3", "Work without a keyring", "No"]
    said = [banner.statement.words for banner in page.not_followed]
    assert said == [
        "IT set “idle_minutes”, which this version of Alongside does not know.",
        "IT set “Print”, which this version of Alongside does not do yet.",
    ]
    assert all(banner.detail.words.startswith("Ask your IT support") for banner in page.not_followed)


def test_a_laptop_without_a_policy_has_no_such_part(page: SettingsPage, shown: Callable[..., Any]) -> None:
    shown(page)
    assert not any(label.words == "Set by your organisation" for label in page.findChildren(SafeLabel))
