"""The main window: it shows pages and says what was pressed; it knows no record and no vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.shell.cover import CoverPage
from ui.shell.header import Header
from ui.shell.history import PageHistory
from ui.shell.rail import MenuPage, NavigationEntry, Rail
from ui.shell.skip_link import SkipLink
from ui.shell.status import StatusLine
from ui.shell.window import Window
from ui.theme import LARGEST_TEXT_SCALE, NARROW_WINDOW, theme_in_use
from ui.widgets.announcing import announce
from ui.widgets.buttons import PlainButton, QuietButton
from ui.widgets.icons import Shape
from ui.widgets.layouts import NARROW_PAGE_MARGIN, PAGE_MARGIN
from ui.widgets.surfaces import Banner, Manner
from ui.widgets.tab_order import tab_stops
from ui.widgets.text import filled

_COVERED_TITLE: Final = "–"


class Shell(Window):
    """Header, navigation, pages with Back, status line, cover.

    Signals:
        navigated: The key of the navigation entry that was pressed.
        find_typed: What stands in the search box, at every change.
        find_left: Enter or down was pressed there: the results take the focus.
        concern_raised, leave_asked, lock_asked, help_asked, details_asked: That button or key was pressed.
        covered, uncovered: The cover page was shown or lifted.
        idle_answered: The button of the idle warning was pressed.
        page_shown: The page that is shown now, also after Back.
    """

    navigated = Signal(str)
    find_typed = Signal(str)
    find_left = Signal()
    concern_raised = Signal()
    leave_asked = Signal()
    lock_asked = Signal()
    help_asked = Signal()
    details_asked = Signal()
    covered = Signal()
    uncovered = Signal()
    idle_answered = Signal()
    page_shown = Signal(object)

    def __init__(
        self,
        entries: Sequence[NavigationEntry] = (),
        *,
        product: str = "Alongside",
        with_concern: bool = True,
        with_find: bool = True,
        with_leave: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Build the window; without `with_concern`, `with_find` or `with_leave` neither button nor key is there."""
        super().__init__(parent=parent)
        self._with_concern = with_concern
        self._product = product
        self._entries = list(entries)
        self._shortcuts: list[QShortcut] = []
        self._before_cover: QWidget | None = None
        self.header = Header(product, with_concern=with_concern, with_find=with_find, with_leave=with_leave)
        self.rail = Rail()
        self.status = StatusLine()
        self.cover_page = CoverPage()
        self.back_button = QuietButton(self.tr("Back"), shape=Shape.BACK)
        self.pages = PageHistory()
        stay = PlainButton(self.tr("Stay signed in"))
        self.idle_warning = Banner("", manner=Manner.ATTENTION, actions=(stay,))
        self.idle_warning.hide()
        self._build()
        self._connect(stay)
        self.set_entries(entries)
        self.setWindowTitle(product)
        self.setMinimumSize(480, 420)

    # Pages

    @property
    def current_page(self) -> QWidget | None:
        """The page that is shown."""
        return self.pages.page

    @property
    def current_key(self) -> str:
        """The key of the navigation entry that the shown page belongs to."""
        return self.pages.key

    @property
    def can_go_back(self) -> bool:
        """Whether there is a page to go back to."""
        return self.pages.can_go_back

    def open_page(self, page: QWidget, key: str = "", *, replace: bool = False) -> None:
        """Show `page`; Back returns to the one before, at its row and scroll position.

        Args:
            page: The new page; the shell owns it from now on and deletes it when it falls out of the history.
            key: The navigation entry it belongs to; empty keeps the present one.
            replace: The present page is left for good, as after saving a form.
        """
        self.pages.open(page, key, replace=replace)
        self._say_shown()

    def go_back(self) -> None:
        """Return to the page before this one."""
        if self.can_go_back:
            self.pages.go_back()
            self._say_shown()

    def forget_pages(self) -> None:
        """Let go of every page, as before locking."""
        self.pages.forget()
        self.back_button.hide()

    # Navigation

    def set_entries(self, entries: Sequence[NavigationEntry]) -> None:
        """Show the places this role may go to."""
        self._entries = list(entries)
        self.rail.entries.set_entries(entries, self.current_key)

    def set_count(self, key: str, count: int) -> None:
        """Show how many things wait behind one entry."""
        self._entries = [
            NavigationEntry(key=entry.key, words=entry.words, count=count) if entry.key == key else entry
            for entry in self._entries
        ]
        self.rail.entries.set_count(key, count)

    # What is said

    def set_status(self, manner: Manner, words: str) -> None:
        """Show the sentence of the status line."""
        self.status.show_words(manner, words)

    def show_idle_warning(self, seconds: int) -> None:
        """Warn, without stopping anybody, that the laptop locks in `seconds`; any action answers it."""
        words = filled(self.tr("This laptop locks in {seconds} seconds unless you go on."), seconds=seconds)
        is_new = self.idle_warning.isHidden()
        self.idle_warning.set_words(words)
        self.idle_warning.show()
        if is_new:
            announce(self.idle_warning, words)

    def hide_idle_warning(self) -> None:
        """Take the warning away."""
        self.idle_warning.hide()

    # Cover

    @property
    def is_covered(self) -> bool:
        """Whether the cover page is shown."""
        return self._layers.currentWidget() is self.cover_page

    def cover(self) -> None:
        """Swap everything for the cover page; the idle clock of whoever holds it runs on."""
        if self.is_covered:
            return
        self._before_cover = self.focusWidget()
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        self._layers.setCurrentWidget(self.cover_page)
        self.setWindowTitle(_COVERED_TITLE)
        self.cover_page.take_focus()
        self.covered.emit()

    def uncover(self) -> None:
        """Show the page again, with the keyboard where it was."""
        if not self.is_covered:
            return
        self._layers.setCurrentWidget(self._main)
        self.setWindowTitle(self._product)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(True)
        if self._before_cover is not None and isValid(self._before_cover):
            self._before_cover.setFocus(Qt.FocusReason.OtherFocusReason)
        self.uncovered.emit()

    # Events

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the navigation into a page of its own where there is no room for it."""
        super().resizeEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """The same when the text grew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_layers"):
            self._fit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """End a search with Escape; what was typed into a form is never lost by it."""
        if event.key() == Qt.Key.Key_Escape and self.header.search.isAncestorOf(self.focusWidget()):
            self.header.end_find()
            self._focus_page()
            return
        super().keyPressEvent(event)

    def _build(self) -> None:
        self.skip_link = SkipLink(self.tr("Skip to page"))
        self._beside_back = QHBoxLayout()
        self._beside_back.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.back_button.hide()
        self._page_side = QFrame()
        page_side = QVBoxLayout(self._page_side)
        page_side.setContentsMargins(0, 0, 0, 0)
        page_side.setSpacing(0)
        page_side.addWidget(self.idle_warning)
        page_side.addLayout(self._beside_back)
        page_side.addWidget(self.pages, 1)
        beside = QHBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self.rail)
        beside.addWidget(self._page_side, 1)
        self._main = QFrame()
        whole = QVBoxLayout(self._main)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addLayout(beside, 1)
        whole.addWidget(self.status)
        self.skip_link.setParent(self._main)
        self._layers = QStackedWidget()
        self._layers.addWidget(self._main)
        self._layers.addWidget(self.cover_page)
        self.setCentralWidget(self._layers)

    def _connect(self, stay: PlainButton) -> None:
        header = self.header
        header.search.asked.connect(self.find_typed)
        header.search.left_for_results.connect(self.find_left)
        header.menu_asked.connect(self._on_menu)
        header.cover_asked.connect(self.cover)
        header.concern_raised.connect(self.concern_raised)
        header.leave_asked.connect(self.leave_asked)
        header.lock_asked.connect(self.lock_asked)
        header.help_asked.connect(self.help_asked)
        self.rail.entries.chosen.connect(self.navigated)
        self.status.details_asked.connect(self.details_asked)
        self.cover_page.lifted.connect(self.uncover)
        self.back_button.clicked.connect(self.go_back)
        self.skip_link.clicked.connect(self._focus_page)
        stay.clicked.connect(self.idle_answered)
        keys = (
            ("F1", self.help_asked),
            ("F2", self._on_find),
            ("F4", self.cover),
            ("F6", self._on_next_area),
            ("Shift+F6", self._on_area_before),
            ("Alt+Left", self.go_back),
            *((("F9", self.concern_raised),) if self._with_concern else ()),
        )
        for key, act in keys:
            shortcut = self.add_shortcut(key)
            shortcut.activated.connect(act)
            self._shortcuts.append(shortcut)
        # Locking works from everywhere, also from under the cover.
        for key in ("F8", "Ctrl+L"):
            self.add_shortcut(key).activated.connect(self.lock_asked)

    def _fit(self) -> None:
        margin = NARROW_PAGE_MARGIN if self.width() < NARROW_WINDOW else PAGE_MARGIN
        # The words of Back begin where the page begins; the button's own edge lies 10 px before them.
        self._beside_back.setContentsMargins(margin - 10, 8, margin, 0)
        narrow = self.width() < max(NARROW_WINDOW, self.header.full_width())
        compact = narrow or theme_in_use().text_scale >= LARGEST_TEXT_SCALE
        if compact != self.header.is_compact:
            self.header.set_compact(compact)
            self.rail.setVisible(not compact)
            if not compact and isinstance(self.current_page, MenuPage):
                self.go_back()

    def _say_shown(self) -> None:
        self.rail.entries.set_current(self.current_key)
        self.back_button.setVisible(self.can_go_back)
        self.page_shown.emit(self.current_page)

    def _areas(self) -> list[QWidget]:
        navigation = self.header if self.header.is_compact else self.rail
        return [self.skip_link, navigation, self._page_side, self.status]

    def _focus_area(self, area: QWidget) -> None:
        if area is self._page_side:
            self._focus_page()
            return
        stops = [area] if area is self.skip_link else tab_stops(area)
        if stops:
            stops[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_page(self) -> None:
        page = self.current_page
        if page is None:
            return
        stops = tab_stops(page)
        last = page.focusWidget()
        target = last if last in stops else (stops[0] if stops else page)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _area_now(self) -> int:
        focused = self.focusWidget()
        for at, area in enumerate(self._areas()):
            if focused is not None and (area is focused or area.isAncestorOf(focused)):
                return at
        return 0

    def _on_next_area(self) -> None:
        areas = self._areas()
        self._focus_area(areas[(self._area_now() + 1) % len(areas)])

    def _on_area_before(self) -> None:
        areas = self._areas()
        self._focus_area(areas[(self._area_now() - 1) % len(areas)])

    def _on_find(self) -> None:
        self.header.begin_find()

    def _on_menu(self) -> None:
        if isinstance(self.current_page, MenuPage):
            self.go_back()
            return
        menu = MenuPage(self._entries, self.current_key, PlainButton(self.tr("Help"), full_name=self.tr("Help F1")))
        menu.chosen.connect(self._on_menu_chosen)
        menu.help_asked.connect(self.help_asked)
        self.open_page(menu)

    def _on_menu_chosen(self, key: str) -> None:
        self.go_back()
        self.navigated.emit(key)
