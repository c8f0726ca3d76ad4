"""Acting on a desk the way a person does: press what is visible by its words, fill what is visible by its label."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from ui.desk import Desk
from ui.pages.vault_page import VaultPage
from ui.widgets import Field

P = TypeVar("P", bound=VaultPage)

PATIENCE_S = 20.0


class NotThereError(AssertionError):
    """What the story needs is not on the screen."""


class Player:
    """Somebody in front of one laptop."""

    def __init__(self, name: str, desk: Desk, pictures: Path | None = None) -> None:
        """Take the desk and where pictures of it go."""
        self.name = name
        self.desk = desk
        self._pictures = pictures

    def page(self, kind: type[P]) -> P:
        """Return the page that is shown, which must be of one kind."""
        self.until(lambda: isinstance(self.desk.page, kind))
        self.settle()
        page = self.desk.page
        assert isinstance(page, kind)
        return page

    def go(self, key: str, subject: object | None = None) -> None:
        """Open a page and wait until it shows what it has read."""
        self.desk.open(key, subject)
        self.settle()

    def press(self, words: str, *, within: QWidget | None = None) -> None:
        """Press the first visible button whose words or name begin so, and wait for what it brings."""
        self.until(lambda: self._button(words, within) is not None)
        button = self._button(words, within)
        assert button is not None
        button.click()
        self.settle()

    def fill(self, field: Field, text: str) -> None:
        """Type into a visible field."""
        if field.isHidden():
            raise NotThereError(f"{self.name}: the field is not shown")
        field.set_text(text)  # type: ignore[attr-defined]
        self.settle()

    def settle(self) -> None:
        """Wait until the vault thread has answered everything and the window shows it."""
        self.until(lambda: self.desk.context.jobs.is_idle)
        for _ in range(3):
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        self.until(lambda: self.desk.context.jobs.is_idle)

    def until(self, holds: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> float:
        """Let the windows live until something holds; returns the seconds it took."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > patience_s:
                raise NotThereError(f"{self.name}: waited {patience_s:.0f} s on {self.desk.page_key}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        return time.monotonic() - began

    def picture(self, name: str) -> None:
        """Keep a picture of the window."""
        self.settle()
        if self._pictures is not None:
            QApplication.sendPostedEvents()
            self.desk.shell.grab().save(str(self._pictures / f"{name}.png"))

    def _button(self, words: str, within: QWidget | None) -> QAbstractButton | None:
        place = within or self.desk.shell
        for button in place.findChildren(QAbstractButton):
            said = button.text().replace("&", "")
            named = button.accessibleName()
            if button.isVisible() and button.isEnabled() and (said.startswith(words) or named.startswith(words)):
                return button
        return None
