"""Buttons with words: 44 px or more, one primary a page, every one a QPushButton and so known to readers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import theme_in_use
from ui.widgets.icons import Shape, shape_icon
from ui.widgets.text import shown, without_mnemonic


class Button(QPushButton):
    """A button whose words are plain text; subclasses say how much it asks to be pressed.

    Attributes:
        role: The name the style sheet knows it by.
        tone: The colour token of a drawing beside the words.
    """

    role = "plain"
    tone = "ink"

    def __init__(
        self,
        words: str,
        *,
        shape: Shape | None = None,
        full_name: str = "",
        letter: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show `words`.

        Args:
            words: What is read and spoken: a verb and its object.
            shape: A drawing before the words.
            full_name: The accessible name when the words need more ("Change, date of birth"); it must begin
                with the words, so that voice control finds it.
            letter: The Alt key, one of the letters of the words; unique on its page.
            parent: The widget it stands in.
        """
        super().__init__(parent)
        self._shape = shape
        self._letter = letter
        self._words = ""
        self.setProperty("role", self.role)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_words(words, full_name=full_name)

    @property
    def words(self) -> str:
        """The words as a person reads them."""
        return self._words

    def set_words(self, words: str, *, full_name: str = "") -> None:
        """Show other words, with the accessible name `full_name` when that says more."""
        self._words = shown(words)
        text = without_mnemonic(words)
        if self._letter:
            at = text.lower().find(self._letter.lower())
            text = f"{text[:at]}&{text[at:]}" if at >= 0 else text
        self.setText(text)
        self.setAccessibleName(shown(full_name) or self._words)
        self._draw_shape()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Draw the shape anew when the theme changed or the button was switched."""
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.EnabledChange}:
            self._draw_shape()
        super().changeEvent(event)

    @override
    def sizeHint(self) -> QSize:
        """Return the size with room for the bold face of a chosen tab or entry, so that nothing jumps."""
        hint = super().sizeHint()
        if not self.isCheckable():
            return hint
        font = self.font()
        plain = QFontMetrics(font).horizontalAdvance(self._words)
        font.setWeight(QFont.Weight.DemiBold)
        return hint + QSize(max(0, QFontMetrics(font).horizontalAdvance(self._words) - plain), 0)

    def _draw_shape(self) -> None:
        if self._shape is None:
            return
        theme = theme_in_use()
        size = theme.pixels(20)
        # Qt leaves 4 px between drawing and words; the picture brings the rest.
        self.setIconSize(QSize(size + 4, size))
        tone = self.tone if self.isEnabled() else "soft"
        ratio = self.devicePixelRatioF()
        self.setIcon(shape_icon(self._shape, theme.colour(tone), size, ratio, room_after=4))


class PrimaryButton(Button):
    """The one action of the page, 48 px high: a verb and its object."""

    role = "primary"
    tone = "on_brand"


class SecondaryButton(Button):
    """The action beside the primary one."""

    role = "secondary"
    tone = "brand"


class PlainButton(Button):
    """An action among equals, such as those of the header or of a filter row."""


class QuietButton(Button):
    """An action set as a link: Change, Details, Undo, Back."""

    role = "quiet"
    tone = "brand"


class DangerButton(Button):
    """An action that takes something away; its words say what."""

    role = "danger"
    tone = "stop"
