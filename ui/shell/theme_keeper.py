"""Keeps the windows in the look a person chose, or in the look the system asks for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from ui.theme import SMALLEST_TEXT_SCALE, Theme, ThemeName, system_theme, theme_in_use

SystemLook = tuple[Qt.ColorScheme, Qt.ContrastPreference]


class ThemeKeeper(QObject):
    """Follows light, dark and high contrast of the system until a person chooses one of ours."""

    def __init__(
        self,
        application: QApplication,
        *,
        chosen: ThemeName | None = None,
        text_scale: int = SMALLEST_TEXT_SCALE,
        look: Callable[[], SystemLook] | None = None,
    ) -> None:
        """Dress `application` now; `look` says what the system asks for, read from Qt when left out."""
        super().__init__(application)
        self._application = application
        self._chosen = chosen
        self._look = look or self._system_look
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self.refresh)
        hints.accessibility().contrastPreferenceChanged.connect(self.refresh)
        self._dress(text_scale)

    def choose(self, name: ThemeName | None) -> None:
        """Wear `name` from now on, or follow the system again with None; the text size stays."""
        self._chosen = name
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is wished."""
        self._dress(theme_in_use().text_scale)

    def _dress(self, text_scale: int) -> None:
        scheme, contrast = self._look()
        if self._chosen is not None and contrast != Qt.ContrastPreference.HighContrast:
            Theme.load(self._chosen, text_scale).apply(self._application)
            return
        # Ours away first: only then does Qt show the system's own palette, which wins at high contrast.
        self._application.setPalette(QPalette())
        theme = system_theme(
            scheme=scheme, contrast=contrast, palette=self._application.palette(), text_scale=text_scale
        )
        theme.apply(self._application)

    def _system_look(self) -> SystemLook:
        hints = self._application.styleHints()
        return hints.colorScheme(), hints.accessibility().contrastPreference()
