"""The look of every window: colour tokens, measures and text sizes, made into a palette and one style sheet.

The colours are data (`resources/styles/tokens.json`), so that a test can compute every contrast. Widgets name
a token or carry a role; none of them holds a colour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from importlib import resources
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Final

import font_source_sans_pro
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from ui.pyside_guard import keep_singletons

FAMILY: Final = "Source Sans Pro"
SMALLEST_TEXT_SCALE: Final = 100
LARGEST_TEXT_SCALE: Final = 200  # WCAG 2.2, 1.4.4: text can be doubled without loss.
TARGET: Final = 44  # WCAG 2.2, 2.5.5 (AAA): the least side of anything that can be pressed, in px.
READING_WIDTH: Final = 880
NARROW_WINDOW: Final = 900
CHARACTERS_A_LINE: Final = 70
_GROUNDS: Final = (
    "paper",
    "surface",
    "brandsoft",
    "attentionsoft",
    "stopsoft",
    "donesoft",
    "infosoft",
    "on_done",
)
_THEME_PROPERTY: Final = "alongside_theme"
_WORN_PROPERTY: Final = "alongside_theme_worn"


class ThemeName(StrEnum):
    """The colour sets that ship; `SYSTEM` takes its colours from the system's own high-contrast palette."""

    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"
    SYSTEM = "system"


class TextRole(StrEnum):
    """What a text is for, which settles its size and weight."""

    HEADING = "heading"
    PAGE_HEADING = "page_heading"
    NAME = "name"
    SECTION = "section"
    STATEMENT = "statement"
    READING = "reading"
    LABEL = "label"
    BODY = "body"
    HINT = "hint"
    SMALL_LABEL = "small_label"


# Size in px at 100 % and weight, from the type scale of the look.
_TYPE: Final[Mapping[TextRole, tuple[int, int]]] = MappingProxyType(
    {
        TextRole.PAGE_HEADING: (34, 600),
        TextRole.HEADING: (34, 600),
        TextRole.NAME: (26, 600),
        TextRole.SECTION: (20, 600),
        TextRole.STATEMENT: (20, 600),
        TextRole.READING: (22, 400),
        TextRole.LABEL: (17, 600),
        TextRole.BODY: (17, 400),
        TextRole.HINT: (15, 400),
        TextRole.SMALL_LABEL: (15, 600),
    }
)
_HEADINGS: Final = frozenset(
    {TextRole.PAGE_HEADING, TextRole.HEADING, TextRole.NAME, TextRole.SECTION, TextRole.STATEMENT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One colour set at one text size; a new one is made for every change."""

    name: ThemeName
    text_scale: int
    tokens: Mapping[str, str]

    @classmethod
    def load(cls, name: str = ThemeName.LIGHT, text_scale: int = SMALLEST_TEXT_SCALE) -> Theme:
        """Return a shipped theme by name; `text_scale` is in percent and is brought within 100–200."""
        return cls(name=ThemeName(name), text_scale=_within(text_scale), tokens=read_tokens()[name])

    @classmethod
    def from_system(cls, palette: QPalette, text_scale: int = SMALLEST_TEXT_SCALE) -> Theme:
        """Return a theme in the system's own high-contrast colours, which win over ours."""
        ground, ink = palette.window().color().name(), palette.windowText().color().name()
        marked, on_marked = palette.highlight().color().name(), palette.highlightedText().color().name()
        tokens = dict.fromkeys(read_tokens()[ThemeName.HIGH_CONTRAST], ink)
        tokens |= dict.fromkeys(_GROUNDS, ground)
        tokens |= {"brand": marked, "on_brand": on_marked, "focus": marked}
        return cls(name=ThemeName.SYSTEM, text_scale=_within(text_scale), tokens=MappingProxyType(tokens))

    def scaled(self, text_scale: int) -> Theme:
        """Return the same colours with the text at `text_scale` percent."""
        return replace(self, text_scale=_within(text_scale))

    @property
    def is_plain(self) -> bool:
        """Whether shapes alone carry the meaning, because every soft ground is gone."""
        return self.name in {ThemeName.HIGH_CONTRAST, ThemeName.SYSTEM}

    @property
    def hairline(self) -> int:
        """The width in px of the line around a surface; high contrast doubles it."""
        return 2 if self.is_plain else 1

    def colour(self, token: str) -> QColor:
        """Return the colour of a token."""
        return QColor(self.tokens[token])

    def pixels(self, size: int) -> int:
        """Return a text-bound size of `size` px at the chosen text scale."""
        return round(size * self.text_scale / 100)

    def font(self, role: TextRole) -> QFont:
        """Return the font of a text role at the chosen text scale."""
        size, weight = _TYPE[role]
        font = QFont(FAMILY)
        font.setPixelSize(self.pixels(size))
        font.setWeight(QFont.Weight(weight))
        return font

    def line_height(self, role: TextRole) -> float:
        """Return the line height as a multiple of the text size: 1.45, less for headings and large wording."""
        if role is TextRole.READING:
            return 1.3
        return 1.2 if role in _HEADINGS else 1.45

    def line(self, role: TextRole) -> float:
        """Return the height in px of one line of a text role at the chosen text scale."""
        return self.pixels(_TYPE[role][0]) * self.line_height(role)

    def palette(self) -> QPalette:
        """Return the palette that Fusion draws with, so that no part falls back to a foreign colour."""
        palette = QPalette()
        for role, token in _PALETTE.items():
            palette.setColor(role, self.colour(token))
        return palette

    def style_sheet(self) -> str:
        """Return the one style sheet of the program, filled with these tokens and sizes."""
        sizes = {f"text_{role}": f"{self.pixels(size)}px" for role, (size, _weight) in _TYPE.items()}
        chip = self.pixels(17)
        more = {"hairline": f"{self.hairline}px", "chip_radius": f"{chip}px", "scroll_bar": "16px"}
        # At 200 % a line of 44 px would press the letters against its frame.
        field = max(44, self.pixels(28))
        more |= {"field": str(field), "faulty_field": str(field - 2), "find_field": str(field - 4)}
        # Without soft grounds a banner or chip would have no edge at all.
        more["edge"] = f"2px solid {self.tokens['line']}" if self.is_plain else "0"
        sheet = Path(str(_styles() / "alongside.qss")).read_text(encoding="utf-8")
        return Template(sheet).substitute({**self.tokens, **sizes, **more})

    def apply(self, application: QApplication) -> None:
        """Dress `application` in this theme; widgets that paint themselves read it by `theme_in_use`."""
        keep_singletons()
        if application.property(_WORN_PROPERTY) == self == application.property(_THEME_PROPERTY):
            # A style sheet put on again polishes every widget there is, between a password and the list.
            return
        _load_fonts(application)
        application.setProperty(_THEME_PROPERTY, self)
        style = application.style()
        if style is None or style.name().lower() != "fusion":
            application.setStyle(QStyleFactory.create("Fusion"))
        application.setFont(self.font(TextRole.BODY))
        application.setPalette(self.palette())
        application.setStyleSheet(self.style_sheet())
        application.setProperty(_WORN_PROPERTY, self)


_PALETTE: Final[Mapping[QPalette.ColorRole, str]] = MappingProxyType(
    {
        QPalette.ColorRole.Window: "paper",
        QPalette.ColorRole.WindowText: "ink",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "paper",
        QPalette.ColorRole.Text: "ink",
        QPalette.ColorRole.PlaceholderText: "soft",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.ButtonText: "ink",
        QPalette.ColorRole.BrightText: "stop",
        QPalette.ColorRole.Highlight: "brand",
        QPalette.ColorRole.HighlightedText: "on_brand",
        QPalette.ColorRole.Accent: "brand",
        QPalette.ColorRole.Link: "brand",
        QPalette.ColorRole.LinkVisited: "brand",
        QPalette.ColorRole.ToolTipBase: "surface",
        QPalette.ColorRole.ToolTipText: "ink",
        QPalette.ColorRole.Light: "hair",
        QPalette.ColorRole.Midlight: "hair",
        QPalette.ColorRole.Mid: "line",
        QPalette.ColorRole.Dark: "line",
        QPalette.ColorRole.Shadow: "line",
    }
)


def read_tokens() -> Mapping[str, Mapping[str, str]]:
    """Return the shipped colour tokens by theme name."""
    read: dict[str, dict[str, str]] = json.loads(Path(str(_styles() / "tokens.json")).read_text(encoding="utf-8"))
    return MappingProxyType({name: MappingProxyType(tokens) for name, tokens in read.items()})


def theme_in_use() -> Theme:
    """Return the theme the application wears; when none was put on yet, the light one is put on soon."""
    application = QApplication.instance()
    assert isinstance(application, QApplication), "a theme needs an application"
    theme = application.property(_THEME_PROPERTY)
    if not isinstance(theme, Theme):
        theme = Theme.load()
        keep_singletons()
        application.setProperty(_THEME_PROPERTY, theme)
        # Not at once: whoever asks is being built, and a style change would meet it half done.
        QTimer.singleShot(0, partial(theme.apply, application))
    return theme


def system_theme(
    *,
    scheme: Qt.ColorScheme,
    contrast: Qt.ContrastPreference,
    palette: QPalette,
    text_scale: int = SMALLEST_TEXT_SCALE,
) -> Theme:
    """Return the theme that follows the system; tests hand in what a screenless machine cannot say."""
    if contrast == Qt.ContrastPreference.HighContrast:
        return Theme.from_system(palette, text_scale)
    dark = scheme == Qt.ColorScheme.Dark
    return Theme.load(ThemeName.DARK if dark else ThemeName.LIGHT, text_scale)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours.

    Source: WCAG 2.2, definitions of relative luminance and contrast ratio.
    """
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as `#FBFAF7`, from 0 for black to 1 for white."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _within(text_scale: int) -> int:
    return max(SMALLEST_TEXT_SCALE, min(LARGEST_TEXT_SCALE, text_scale))


def _styles() -> Path:
    return Path(str(resources.files("resources") / "styles"))


def _load_fonts(application: QApplication) -> None:
    # Loading the same file twice would keep it twice; the mark lies on the application, not in this module.
    if application.property("alongside_fonts"):
        return
    folder = Path(font_source_sans_pro.font_directory)
    for cut in ("Regular", "Semibold", "Bold", "It"):
        QFontDatabase.addApplicationFont(str(folder / f"SourceSansPro-{cut}.ttf"))
    application.setProperty("alongside_fonts", True)
