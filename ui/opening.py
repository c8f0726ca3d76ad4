"""Opening pages in the shell: by key and subject, past spent forms, from Find, and back to the place before a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.ids import UserId
from ui.context import PageContext
from ui.jobs import Jobs
from ui.pages.lease_over import LeaseOverPage
from ui.pages.people import PeoplePage
from ui.pages.vault_page import VaultPage
from ui.places import ENTRY_OF, PAGES, Place, entry_keys, first_of, is_spent, place_of
from ui.shell import Shell
from ui.widgets.tab_order import tab_stops

_PAGE_KEY: Final = "page_key"


class Opening(QObject):
    """Knows which page is shown under which key.

    Signals:
        made: A page that was just built, before it is opened.
    """

    made = Signal(object)

    def __init__(self, shell: Shell, jobs: Jobs, context: Callable[[], PageContext], parent: QObject) -> None:
        """Take the window, the vault thread, and what gives the context that pages are handed."""
        super().__init__(parent)
        self._shell, self._jobs, self._context = shell, jobs, context
        self._field_wanted = ""
        shell.find_typed.connect(self._on_find)
        shell.find_left.connect(self._on_find_left)

    @property
    def page(self) -> VaultPage | None:
        """The page that is shown, None while the menu is."""
        page = self._shell.current_page
        return page if isinstance(page, VaultPage) else None

    @property
    def key(self) -> str:
        """The key of the page that is shown."""
        return str(self.page.property(_PAGE_KEY)) if self.page is not None else ""

    def open(self, key: str, subject: object | None = None) -> None:
        """Open a page; the same page on the same subject is only read again."""
        before = self.page
        if before is not None and self.key == key and before.subject == subject:
            before.open(subject)
            return
        replaces, has_left = self._leave_spent(key)
        if has_left and not replaces and self.key == key and self.page is not None:
            # "Change" on the page of all answers: the questions are still there, just below.
            self.page.open(subject)
            return
        entry, entries = ENTRY_OF.get(key, key), entry_keys(self._context().actor.roles)
        entry = (
            entry if entry in entries else ""
        )  # Written down for a mentor, a call stands below the coordinator's own.
        self.show(PAGES[key](self._context()), key, entry=entry, replace=replaces).open(subject)

    def show(self, page: VaultPage, key: str, *, entry: str = "", replace: bool = False) -> VaultPage:
        """Put a page in front under a key, and return it."""
        page.setProperty(_PAGE_KEY, key)
        self.made.emit(page)
        self._shell.open_page(page, entry, replace=replace)
        return page

    def place(self, *, user: UserId, day: str) -> Place | None:
        """Return where to come back to, None while there is nothing to come back to."""
        if self.page is None or isinstance(self.page, LeaseOverPage):
            return None
        inside = self.page.focusWidget()
        field = inside.accessibleName() if inside is not None else ""
        return place_of(self.key, self.page.subject, user=user, field=field, day=day)

    def return_to(self, place: Place | None) -> None:
        """Open the place before the lock on top of the first page."""
        first = first_of(self._context().actor.roles)
        self.open(first)
        if place is None:
            return
        if place.page != first:
            self.open(place.page, place.subject)
        if place.field:
            self._field_wanted = place.field
            self._jobs.became_idle.connect(self._on_settled)

    def _leave_spent(self, then: str) -> tuple[bool, bool]:
        """Go back over the pages that `then` is the end of.

        Returns whether the page now shown is one of them, to be replaced because nothing lies below it, and whether
        any was left.
        """
        has_left = False
        while self.page is not None and is_spent(self.page, self.key, then):
            if not self._shell.can_go_back:
                return True, has_left
            self._shell.go_back()
            has_left = True
        return False, has_left

    def _on_settled(self) -> None:
        """Bring the keyboard back to the field it was in, once the page has read what it shows."""
        self._jobs.became_idle.disconnect(self._on_settled)
        if self.page is None:
            return
        found = [stop for stop in tab_stops(self.page) if stop.accessibleName() == self._field_wanted]
        if found:
            found[0].setFocus()

    def _on_find(self, typed: str) -> None:
        if "people" not in entry_keys(self._context().actor.roles):
            return
        if isinstance(self.page, LeaseOverPage) or (not typed and self.key != "people"):
            return
        line = self._shell.header.search.line
        if not isinstance(self.page, PeoplePage):
            self.open("people")
            # Opening a page takes the keyboard along; whoever types goes on typing.
            line.setFocus()
            line.setCursorPosition(len(typed))
        if isinstance(self.page, PeoplePage):
            self.page.search.line.setText(typed)

    def _on_find_left(self) -> None:
        if isinstance(self.page, PeoplePage):
            self.page.search.left_for_results.emit()
