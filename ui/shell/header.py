"""The bar at the top of every page: the product's name, Find, Cover, Raise a concern, Leave the ward, Lock, Help."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import TextRole
from ui.widgets.buttons import Button, PlainButton
from ui.widgets.icons import Shape
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import FlowRow, row
from ui.widgets.search import SearchBox

_SEARCH_FROM: Final = 199
_LEAST_SEARCH: Final = 150
_WIDEST_SEARCH: Final = 420


class Header(QFrame):
    """One row; where there is no room the navigation and Find become buttons and the rest wraps.

    Signals:
        menu_asked, cover_asked, concern_raised, leave_asked, lock_asked, help_asked: The button of that name was
            pressed.
    """

    menu_asked = Signal()
    cover_asked = Signal()
    concern_raised = Signal()
    leave_asked = Signal()
    lock_asked = Signal()
    help_asked = Signal()

    def __init__(
        self,
        product: str,
        *,
        with_concern: bool = True,
        with_find: bool = True,
        with_leave: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.product = SafeLabel(product, TextRole.READING, tone=Tone.BRAND, wrap=False)
        self.product.setObjectName("product")
        self.search = SearchBox(self.tr("Find a person"), "F2", short_words=self.tr("Find"), parent=self)
        self.search.setMaximumWidth(_WIDEST_SEARCH)
        self.menu_button = PlainButton(self.tr("Menu"), shape=Shape.MENU)
        self.find_button = PlainButton(self.tr("Find"), full_name=self.tr("Find F2"), shape=Shape.FIND)
        self.cover_button = PlainButton("")
        self.concern_button = PlainButton("")
        self.leave_button = PlainButton("")
        self.lock_button = PlainButton("")
        self.help_button = PlainButton("")
        keys: list[tuple[Button, str, str]] = [
            (self.cover_button, self.tr("Cover"), "F4"),
            (self.concern_button, self.tr("Raise a concern"), "F9"),
            (self.leave_button, self.tr("Leave the ward"), ""),
            (self.lock_button, self.tr("Lock"), "F8"),
            (self.help_button, self.tr("Help"), "F1"),
        ]
        is_there: dict[Button, bool] = {self.concern_button: with_concern, self.leave_button: with_leave}
        self._keys = tuple(entry for entry in keys if is_there.get(entry[0], True))
        self.is_compact = False
        self._with_find = with_find
        self._lay_out()
        self._connect()
        self.set_compact(False)

    def set_compact(self, compact: bool) -> None:
        """Show the short form, without the function keys in the words, or the long one."""
        self.is_compact = compact
        for button, words, key in self._keys:
            button.set_words(words if compact else f"{words}  {key}".strip(), full_name=f"{words} {key}".strip())
        for part in (self.product, self.help_button):
            part.setVisible(not compact)
        self.menu_button.setVisible(compact)
        self.find_button.setVisible(compact and self._with_find)
        self.search.setVisible(not compact and self._with_find)
        self.search.setMaximumWidth(16_777_215 if compact else _WIDEST_SEARCH)
        self._place_search()

    def full_width(self) -> int:
        """Return the width that the long form needs."""
        buttons = (button for button, _words, _key in self._keys)
        return _SEARCH_FROM + _LEAST_SEARCH + 72 + sum(button.sizeHint().width() + 12 for button in buttons)

    def begin_find(self) -> None:
        """Bring the keyboard to the search box, which the short form shows on request; where there is one."""
        if not self._with_find:
            return
        self.search.show()
        self._leave_room()
        self.search.take_focus()

    def end_find(self) -> None:
        """Empty the search box and, in the short form, take it away."""
        self.search.clear()
        self.search.setVisible(not self.is_compact and self._with_find)
        self._leave_room()

    def _lay_out(self) -> None:
        self._name = QWidget()
        name = row(self.product)
        name.addStretch(1)
        self._name.setLayout(name)
        self._buttons = FlowRow(
            self.menu_button, self.find_button, *(button for button, _words, _key in self._keys), gap=12
        )
        self._first = QHBoxLayout()
        self._first.setSpacing(0)
        self._first.addWidget(self._name)
        self._first.addWidget(self._buttons)
        self._search_row = QVBoxLayout()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 11, 0, 11)
        whole.setSpacing(0)
        whole.addLayout(self._first)
        whole.addLayout(self._search_row)

    def _leave_room(self) -> None:
        shown = self.is_compact and not self.search.isHidden()
        self._search_row.setContentsMargins(16, 8 if shown else 0, 16, 0)

    def _place_search(self) -> None:
        self._leave_room()
        for layout in (self._first, self._search_row):
            layout.removeWidget(self.search)
        while self._first.count():
            self._first.takeAt(0)
        if self.is_compact:
            self._name.hide()
            self._first.setContentsMargins(16, 0, 16, 0)
            self._first.addWidget(self._buttons, 1)
            self._search_row.addWidget(self.search)
            return
        self._name.show()
        self._first.setContentsMargins(24, 0, 24, 0)
        self._name.setMinimumWidth(_SEARCH_FROM - 24)
        self._first.addWidget(self._name, 0, Qt.AlignmentFlag.AlignVCenter)
        self._first.addWidget(self.search, 1_000)
        self._first.addStretch(1)
        self._first.addSpacing(24)
        self._first.addWidget(self._buttons, 0)

    def _connect(self) -> None:
        self.menu_button.clicked.connect(self.menu_asked)
        self.find_button.clicked.connect(self._on_find)
        self.cover_button.clicked.connect(self.cover_asked)
        self.concern_button.clicked.connect(self.concern_raised)
        self.leave_button.clicked.connect(self.leave_asked)
        self.lock_button.clicked.connect(self.lock_asked)
        self.help_button.clicked.connect(self.help_asked)

    def _on_find(self) -> None:
        self.begin_find()
