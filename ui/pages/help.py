"""Help: the keys, whom to ask, and what this program is made of."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app import __version__
from ui.context import PageContext
from ui.pages.parts import FactList
from ui.pages.vault_page import VaultPage
from ui.widgets import SafeLabel, TextRole, Tone


class HelpPage(VaultPage):
    """Needs no network and names nobody."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Help"), self.tr("The keys of this program, and whom to ask."))
        self.support = SafeLabel("")
        self.add_section(self.tr("Whom to ask"))
        self.add(self.support)
        self.add_section(self.tr("Keys"))
        self.add(FactList(self._keys()))
        words = self.tr(
            "Tab goes to the next control, Enter or the space bar presses it. Esc never loses what you typed."
        )
        self.add(SafeLabel(words, TextRole.HINT, tone=Tone.SOFT))
        self.add_section(self.tr("What is kept and where"))
        kept = self.tr(
            "Everything you record is kept on this laptop, encrypted, at once. The line at the bottom says what is"
            " only on this laptop and when the rest was last sent."
        )
        self.add(SafeLabel(kept))
        self.add_section(self.tr("This program"))
        self.add(FactList([(self.tr("Version"), __version__)]))
        licences = self.tr(
            "Made with Qt for Python (LGPL 3), SQLCipher (BSD), Python and other free software. Their licences are in"
            " the folder of the program."
        )
        self.add(SafeLabel(licences, TextRole.HINT, tone=Tone.SOFT))
        self.show_support("")

    def show_support(self, words: str) -> None:
        """Show whom to ask, in the words of the organisation; empty names the usual way."""
        self.support.set_words(words or self.tr("Ask the person in your charity who set up this laptop."))

    @override
    def load(self) -> None:
        """Read nothing: all of it is known."""

    def _keys(self) -> list[tuple[str, str]]:
        return [
            ("F1", self.tr("Help")),
            ("F2", self.tr("Find a person")),
            ("F4", self.tr("Cover the screen; any key lifts the cover")),
            ("F9", self.tr("Raise a concern")),
            ("F6", self.tr("Go round: navigation, page, line at the bottom")),
            (self.tr("F8 or Ctrl and L"), self.tr("Lock")),
            (self.tr("Alt and left arrow"), self.tr("Back")),
            (self.tr("Ctrl and plus, minus, 0"), self.tr("Larger text, smaller text, usual size")),
        ]
