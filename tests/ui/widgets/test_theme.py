"""The look as data: every contrast of the tokens, the sizes, and following the system."""

from __future__ import annotations

import re
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from ui.pyside_guard import keep_singletons
from ui.shell import ThemeKeeper
from ui.theme import (
    FAMILY,
    TextRole,
    Theme,
    ThemeName,
    contrast,
    read_tokens,
    system_theme,
    theme_in_use,
)

# Words and grounds with the ratios of the look, light and dark.
RATIOS = [
    ("line", "surface", 3.1, 4.4),
    ("ink", "paper", 15.5, 15.6),
    ("soft", "paper", 7.5, 10.0),
    ("on_brand", "brand", 8.0, 10.1),
    ("brand", "brandsoft", 6.8, 7.0),
    ("attention", "attentionsoft", 7.1, 8.9),
    ("stop", "stopsoft", 7.0, 7.5),
    ("done", "donesoft", 6.4, 8.1),
    ("info", "infosoft", 7.6, 8.0),
]
GROUNDS = ("paper", "surface", "brandsoft")
WORDS = ("ink", "soft", "brand", "attention", "stop", "done", "info")


@pytest.mark.parametrize(("words", "ground", "light", "dark"), RATIOS)
def test_each_contrast_is_the_one_of_the_look(words, ground, light, dark):
    tokens = read_tokens()
    for name, wanted in (("light", light), ("dark", dark)):
        measured = contrast(tokens[name][words], tokens[name][ground])
        assert measured == pytest.approx(wanted, abs=0.06)


def test_the_focus_ring_stands_out_against_the_line_around_it():
    tokens = read_tokens()
    assert contrast(tokens["light"]["focus"], tokens["light"]["ink"]) == pytest.approx(9.3, abs=0.06)
    assert contrast(tokens["dark"]["focus"], tokens["dark"]["paper"]) == pytest.approx(12.4, abs=0.06)


@pytest.mark.parametrize("name", ["light", "dark", "high_contrast"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("words", WORDS)
def test_words_of_every_tone_can_be_read_on_every_common_ground(name, words, ground):
    tokens = read_tokens()[name]
    assert contrast(tokens[words], tokens[ground]) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark", "high_contrast"])
@pytest.mark.parametrize("ground", GROUNDS[:2])
def test_edges_of_controls_stand_out(name, ground):
    tokens = read_tokens()[name]
    assert contrast(tokens["line"], tokens[ground]) >= 2.99
    ring = max(contrast(tokens[part], tokens[ground]) for part in ("focus", "focus_edge"))
    assert ring >= 3.0


def test_high_contrast_is_black_white_and_one_yellow():
    assert set(read_tokens()["high_contrast"].values()) == {"#000000", "#FFFFFF", "#FFFF00"}


def test_every_theme_has_the_same_tokens_and_the_sheet_uses_no_other_colour():
    tokens = read_tokens()
    assert len({frozenset(colours) for colours in tokens.values()}) == 1
    for name in tokens:
        sheet = Theme.load(name).style_sheet()
        assert "$" not in sheet.replace("$names", "")
        assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", sheet)) <= set(tokens[name].values())


def test_text_is_set_in_source_sans_at_the_sizes_of_the_look(qapp):
    theme = Theme.load()
    theme.apply(qapp)
    heading = theme.font(TextRole.PAGE_HEADING)
    assert (heading.pixelSize(), heading.weight()) == (34, QFont.Weight.DemiBold)
    assert theme.font(TextRole.BODY).pixelSize() == 17
    assert theme.font(TextRole.HINT).pixelSize() == 15
    assert QFontInfo(theme.font(TextRole.BODY)).family() == FAMILY
    assert QFontInfo(heading).styleName() == "Semibold"


@pytest.mark.parametrize(("wished", "kept"), [(50, 100), (100, 100), (150, 150), (200, 200), (900, 200)])
def test_text_size_stays_between_100_and_200_percent(wished, kept):
    theme = Theme.load("dark", wished)
    assert theme.text_scale == kept
    assert theme.font(TextRole.BODY).pixelSize() == round(17 * kept / 100)


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    [
        (Qt.ColorScheme.Light, ThemeName.LIGHT),
        (Qt.ColorScheme.Unknown, ThemeName.LIGHT),
        (Qt.ColorScheme.Dark, ThemeName.DARK),
    ],
)
def test_the_theme_follows_the_colour_scheme(scheme, wanted):
    theme = system_theme(scheme=scheme, contrast=Qt.ContrastPreference.NoPreference, palette=QPalette(), text_scale=150)
    assert (theme.name, theme.text_scale) == (wanted, 150)


def test_the_system_s_own_high_contrast_colours_win_over_ours():
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Window, QColor("#2D0A0A"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#FFEE00"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#00FFFF"))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("#000000"))
    theme = system_theme(scheme=Qt.ColorScheme.Light, contrast=Qt.ContrastPreference.HighContrast, palette=palette)
    assert theme.is_plain
    assert theme.colour("paper") == QColor("#2D0A0A")
    assert theme.colour("stop") == QColor("#FFEE00")
    assert theme.colour("brand") == QColor("#00FFFF")
    assert theme.tokens.keys() == read_tokens()["light"].keys()


def test_a_changed_theme_dresses_the_application_anew(qapp):
    Theme.load("dark").apply(qapp)
    assert theme_in_use().name == "dark"
    assert QApplication.palette().window().color() == QColor("#12181A")
    assert "#12181A" in qapp.styleSheet()


class System:
    """What a system asks for, changed at will; this machine has no screen that could say it."""

    def __init__(self) -> None:
        self.scheme = Qt.ColorScheme.Light
        self.contrast = Qt.ContrastPreference.NoPreference

    def look(self) -> tuple[Qt.ColorScheme, Qt.ContrastPreference]:
        return self.scheme, self.contrast


def test_the_windows_change_with_the_system_and_keep_the_text_size(qapp):
    system = System()
    keeper = ThemeKeeper(qapp, text_scale=150, look=system.look)
    assert (theme_in_use().name, theme_in_use().text_scale) == ("light", 150)
    system.scheme = Qt.ColorScheme.Dark
    keeper.refresh()
    assert (theme_in_use().name, theme_in_use().text_scale) == ("dark", 150)
    keeper.setParent(None)


def test_a_chosen_look_stays_until_the_system_asks_for_high_contrast(qapp):
    system = System()
    keeper = ThemeKeeper(qapp, chosen=ThemeName.LIGHT, look=system.look)
    system.scheme = Qt.ColorScheme.Dark
    keeper.refresh()
    assert theme_in_use().name == "light"
    system.contrast = Qt.ContrastPreference.HighContrast
    keeper.refresh()
    assert theme_in_use().name == "system"
    system.contrast = Qt.ContrastPreference.NoPreference
    keeper.choose(None)
    assert theme_in_use().name == "dark"
    keeper.setParent(None)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there")
def test_many_calls_into_qt_do_not_use_up_none():
    keep_singletons()
    font = QFont()
    for _call in range(50_000):
        font.setPixelSize(17)
    assert sys.getrefcount(None) > 1_000_000
