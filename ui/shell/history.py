"""The pages that were opened, so that Back finds the one before just as it was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.widgets.layouts import gather
from ui.widgets.page import Page

# Deep enough for any task of the day; older pages are let go, since each holds what it shows in memory.
PAGES_KEPT: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A page and the navigation entry it belongs to."""

    page: QWidget
    key: str


class PageHistory(QStackedWidget):
    """Shows the last page opened; a page kept here keeps its scroll position and its focus by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: list[_Opened] = []

    @property
    def page(self) -> QWidget | None:
        """The page that is shown."""
        return self._opened[-1].page if self._opened else None

    @property
    def key(self) -> str:
        """The key of the navigation entry that the shown page belongs to."""
        return self._opened[-1].key if self._opened else ""

    @property
    def can_go_back(self) -> bool:
        """Whether there is a page to go back to."""
        return len(self._opened) > 1

    def open(self, page: QWidget, key: str, *, replace: bool) -> None:
        """Show `page` and let it take the focus, so that a reader says its heading and Tab goes on from there."""
        key = key or self.key
        if replace and self._opened:
            self._drop(self._opened.pop())
        self._opened.append(_Opened(page=page, key=key))
        if len(self._opened) > PAGES_KEPT:
            self._drop(self._opened.pop(0))
        # A ring around a whole page would point at nothing.
        page.setProperty("no_ring", True)
        self.addWidget(page)
        self.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_back(self) -> None:
        """Show the page before this one, with the keyboard where it was there, and delete this one."""
        if not self.can_go_back:
            return
        left = self._opened.pop()
        page = self._opened[-1].page
        self.setCurrentWidget(page)
        scrolled = page.scroll_position if isinstance(page, Page) else 0
        (page.focusWidget() or page).setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(page, Page):
            page.set_scroll_position(scrolled)
        self._drop(left)

    def forget(self) -> None:
        """Let go of every page."""
        while self._opened:
            self._drop(self._opened.pop())

    def _drop(self, opened: _Opened) -> None:
        self.removeWidget(opened.page)
        opened.page.hide()
        gather(opened.page)
        opened.page.deleteLater()
