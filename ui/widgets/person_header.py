"""Who a page is about: the name first, then how to address them, where they are, what they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import FlowRow, SideBySide, hide_unless
from ui.widgets.surfaces import Chip, Manner


class PersonHeader(QWidget):
    """The name, largest where the page is the person's own; chips for communication needs at the right."""

    def __init__(
        self,
        name: str,
        address: str = "",
        place: str = "",
        chips: Sequence[str | tuple[str, Manner]] = (),
        *,
        is_own_page: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Show a person.

        Args:
            name: The full name.
            address: Known as, pronouns, how to address: in quiet words beside the name.
            place: Ward, bed, expected discharge: below the name.
            chips: Communication needs and "see lead", at the right; a manner where it is not to inform.
            is_own_page: The name is the heading of the page.
            parent: The widget it stands in.
        """
        super().__init__(parent)
        role = TextRole.PAGE_HEADING if is_own_page else TextRole.NAME
        self.name = SafeLabel(name, role)
        self.address = SafeLabel(address, tone=Tone.SOFT)
        self.place = SafeLabel(place, tone=Tone.SOFT)
        hide_unless(self.address, address)
        hide_unless(self.place, place)
        first = FlowRow(self.name, self.address, gap=11, line_gap=0)
        words = QWidget()
        below = QVBoxLayout(words)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(first)
        below.addWidget(self.place)
        marks = FlowRow(*(_chip(chip) for chip in chips), gap=10)
        hide_unless(marks, chips)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(SideBySide(words, marks, least_width=620, stretches=(1, 0), gap=16))
        self._is_own_page = is_own_page
        self._level()
        self.setAccessibleName(self.name.words)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep name and address on one line at every text size."""
        if event.type() == QEvent.Type.StyleChange:
            self._level()
        super().changeEvent(event)

    def _level(self) -> None:
        # The distance between the base lines of the two text sizes.
        self.address.setContentsMargins(0, theme_in_use().pixels(14 if self._is_own_page else 6), 0, 0)


def _chip(given: str | tuple[str, Manner]) -> Chip:
    if isinstance(given, str):
        return Chip(given)
    words, manner = given
    return Chip(words, manner)
