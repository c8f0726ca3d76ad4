"""Recent changes on a person's page: what a later write replaced, each with one press that puts it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import RecordId
from app.use_cases.recent_changes import RecentChange
from ui.view_models.recent_words import recent_words
from ui.widgets import Banner, Button, Manner, SecondaryButton

PutBack = Callable[[RecentChange], None]
"""Is told which older value somebody wants back."""


class RecentChanges(QWidget):
    """One quiet line for each replaced value; nothing here asks for a decision."""

    def __init__(self, changes: Sequence[RecentChange], now: datetime, put_back: PutBack) -> None:
        super().__init__()
        self.banners: list[Banner] = []
        self.buttons: dict[tuple[RecordId, str], Button] = {}
        self._put_back = put_back
        self._changes = {(change.conflict, change.field): change for change in changes}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for place, change in self._changes.items():
            words = recent_words(change, now)
            actions: tuple[Button, ...] = ()
            if words.put_back:
                button = SecondaryButton(words.put_back, full_name=f"{words.put_back}, {words.statement}")
                button.clicked.connect(self._on_pressed)
                self.buttons[place] = button
                actions = (button,)
            banner = Banner(words.statement, manner=Manner.INFO, actions=actions)
            self.banners.append(banner)
            column.addWidget(banner)

    def _on_pressed(self) -> None:
        sender = self.sender()
        place = next(place for place, button in self.buttons.items() if button is sender)
        # Pressed once: the page is built anew when it is written.
        self.buttons[place].setEnabled(False)
        self._put_back(self._changes[place])
