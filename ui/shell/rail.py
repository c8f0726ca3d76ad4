"""The navigation: words on buttons, the same on every page; a page of its own where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import theme_in_use
from ui.widgets.buttons import Button
from ui.widgets.page import Page
from ui.widgets.surfaces import Chip, Manner

RAIL_WIDTH: Final = 232


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    """One place to go: its key, its words, and how many things wait there."""

    key: str
    words: str
    count: int = 0


class EntryButton(Button):
    """One place to go; checked while it is shown."""

    role = "entry"

    def __init__(self, entry: NavigationEntry) -> None:
        super().__init__(entry.words)
        self.key = entry.key
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._chip = Chip("", Manner.ATTENTION)
        self._chip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 16, 0)
        beside.addStretch(1)
        beside.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignVCenter)
        self.set_count(entry.count)

    def set_count(self, count: int) -> None:
        """Show how many things wait; 0 shows nothing."""
        self._chip.setVisible(count > 0)
        self._chip.label.set_words(str(count))
        self.set_words(self.words, full_name=f"{self.words}, {count}" if count else self.words)

    @override
    def nextCheckState(self) -> None:
        """Stay as it is: only the page that is really shown marks its entry."""


class NavigationList(QWidget):
    """The entries below each other.

    Signals:
        chosen: The key of the entry that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._buttons: dict[str, EntryButton] = {}
        self._current = ""
        self._is_setting = False

    @property
    def buttons(self) -> dict[str, EntryButton]:
        """The entries by key, in their order."""
        return dict(self._buttons)

    def set_entries(self, entries: Sequence[NavigationEntry], current: str = "") -> None:
        """Show `entries`; what a role may not use is left out by the caller, not greyed."""
        for button in self._buttons.values():
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {entry.key: EntryButton(entry) for entry in entries}
        for button in self._buttons.values():
            button.clicked.connect(self._on_pressed)
            # A switch or a voice presses a checkable button by toggling it, which clicks nothing.
            button.toggled.connect(self._on_pressed)
            self._column.addWidget(button)
        self.set_current(current)

    def set_current(self, key: str) -> None:
        """Mark the entry whose page is shown."""
        self._current = key
        self._is_setting = True
        for known, button in self._buttons.items():
            button.setChecked(known == key)
        self._is_setting = False

    def set_count(self, key: str, count: int) -> None:
        """Show how many things wait behind one entry."""
        if key in self._buttons:
            self._buttons[key].set_count(count)

    def _on_pressed(self, _is_checked: bool) -> None:
        if self._is_setting:
            return
        button = self.sender()
        assert isinstance(button, EntryButton)
        self.set_current(self._current)
        self.chosen.emit(button.key)


class Rail(QFrame):
    """The navigation at the left of every page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Navigation"))
        self.entries = NavigationList()
        inside = QFrame()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 16, 0, 16)
        column.addWidget(self.entries)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        # The ground of the rail shows through.
        scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scroll)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Grow a little with the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        grown = RAIL_WIDTH + (theme_in_use().text_scale - 100)
        self.setFixedWidth(grown)


class MenuPage(Page):
    """The navigation as a page, for narrow windows and large text.

    Signals:
        chosen: The key of the entry that was pressed.
        help_asked: Help was pressed, which has no room in the header here.
    """

    chosen = Signal(str)
    help_asked = Signal()

    def __init__(self, entries: Sequence[NavigationEntry], current: str, help_button: Button) -> None:
        super().__init__()
        self.set_heading(self.tr("Menu"))
        self.entries = NavigationList()
        self.entries.set_entries(entries, current)
        self.entries.chosen.connect(self.chosen)
        self.add(self.entries)
        help_button.clicked.connect(self.help_asked)
        self.set_actions(help_button)
