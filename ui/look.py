"""What the program wears: the colours and text size a person chose, or those the computer asks for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from ui.theme import SMALLEST_TEXT_SCALE, Theme, system_theme

SYSTEM: Final = "system"
"""The choice of colours that follows the computer."""

_PALETTE_PROPERTY: Final = "alongside_system_palette"


class Wardrobe(QObject):
    """Puts a look on the application, and again whenever the computer's own colours change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._application = application
        if not isinstance(application.property(_PALETTE_PROPERTY), QPalette):
            # Once a theme is on, the palette is the theme's: the computer's own is asked for before.
            application.setProperty(_PALETTE_PROPERTY, application.palette())
        self._colours, self._text_scale = SYSTEM, SMALLEST_TEXT_SCALE
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._on_scheme_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._on_contrast_changed)

    def wear(self, colours: str = SYSTEM, text_scale: int = SMALLEST_TEXT_SCALE) -> None:
        """Put colours, `system` or a theme's name, and a text size in percent on."""
        self._colours, self._text_scale = colours, text_scale
        self._theme().apply(self._application)

    def remember_text_scale(self, text_scale: int) -> None:
        """Note a text size that was put on already, with the keys."""
        self._text_scale = text_scale

    def _theme(self) -> Theme:
        if self._colours != SYSTEM:
            return Theme.load(self._colours, self._text_scale)
        hints = self._application.styleHints()
        return system_theme(
            scheme=hints.colorScheme(),
            contrast=hints.accessibility().contrastPreference(),
            palette=self._application.property(_PALETTE_PROPERTY),
            text_scale=self._text_scale,
        )

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._wear_again()

    def _on_contrast_changed(self, _contrast: Qt.ContrastPreference) -> None:
        self._wear_again()

    def _wear_again(self) -> None:
        if self._colours == SYSTEM:
            self.wear(self._colours, self._text_scale)
