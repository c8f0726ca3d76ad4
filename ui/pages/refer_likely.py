"""What people at this stage often ask about: questions to ask, one press each to add, and nothing ticked beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import Need
from app.domain.proposing import Likely
from ui.messages import label
from ui.view_models.refer import likely_words
from ui.widgets import Card, QuietButton, SafeLabel, Shape, SideBySide, clear
from ui.widgets.text import filled, lower_first


class LikelyNeeds(Card):
    """Takes no room when there is nothing to ask.

    Signals:
        added: The need that the person said yes to.
    """

    added = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent=parent)
        self.buttons: dict[Need, QuietButton] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.add(self._rows)
        self.hide()

    def show_likely(self, likely: Sequence[Likely], called: str) -> None:
        """Show what is worth asking."""
        heading = filled(self.tr("Ask {called} about"), called=called)
        self.set_words(heading, self.tr("Often wanted at this stage. Add what they say yes to."))
        clear(self._rows)
        self.buttons = {}
        for each in likely:
            said = self.tr("Add")
            button = QuietButton(said, full_name=f"{said}, {lower_first(label('need', each.need))}", shape=Shape.PLUS)
            button.clicked.connect(partial(self._on_add, each.need))
            self.buttons[each.need] = button
            words = SafeLabel(likely_words(each))
            # Level with the words of the button beside it.
            words.setContentsMargins(0, 10, 0, 0)
            self._rows.addWidget(SideBySide(words, button, least_width=420, stretches=(1, 0)))
        self.setVisible(bool(likely))

    def _on_add(self, need: Need, _checked: bool = False) -> None:
        self.added.emit(need)
