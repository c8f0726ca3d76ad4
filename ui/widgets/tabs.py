"""The parts of a page about one person, as a row of buttons with the current one underlined."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.widgets.buttons import Button
from ui.widgets.layouts import FlowRow


class TabButton(Button):
    """One part of a page; checked while it is shown."""

    role = "tab"

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key
        self.setCheckable(True)


class Tabs(FlowRow):
    """A row of parts that wraps; each is reached by Tab, left and right go along it too.

    Signals:
        chosen: The key of the part that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, parts: Sequence[tuple[str, str]], *, parent: QWidget | None = None) -> None:
        """Show `parts`, each a key and its words; the first is current."""
        super().__init__(gap=0, parent=parent)
        self._buttons: dict[str, TabButton] = {}
        self._is_setting = False
        for key, words in parts:
            button = TabButton(key, words)
            self._buttons[key] = button
            # No button group: it would take all but the current part out of the Tab order. Not `clicked`: a switch
            # or a voice presses a checkable button by toggling it, which clicks nothing.
            button.toggled.connect(self._on_toggled)
            self.add(button)
        if parts:
            self.set_current(parts[0][0])

    @property
    def current(self) -> str:
        """The key of the part that is shown."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Mark the part `key` as shown, without a signal."""
        self._is_setting = True
        for known, button in self._buttons.items():
            button.setChecked(known == key)
        self._is_setting = False

    def button(self, key: str) -> TabButton:
        """Return the button of one part."""
        return self._buttons[key]

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the row with the arrows; nothing is shown until a part is pressed."""
        buttons = list(self._buttons.values())
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()), 0)
        at = next((place for place, button in enumerate(buttons) if button.hasFocus()), None)
        if not step or at is None:
            super().keyPressEvent(event)
            return
        buttons[(at + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)

    def _on_toggled(self, _is_checked: bool) -> None:
        if self._is_setting:
            return
        button = self.sender()
        assert isinstance(button, TabButton)
        self.set_current(button.key)
        self.chosen.emit(button.key)
