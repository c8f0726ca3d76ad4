"""Choosing a password: a line to type one, and four words to take instead."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets import FlowRow, QuietButton, SafeLabel, SecondaryButton, SecretField, TextRole, announce
from ui.widgets.layouts import BETWEEN_FIELDS


class OfferedPassword(QWidget):
    """A password that somebody types, pastes or takes as it is offered.

    Attributes:
        password: The line.
        offered: The four words.
        use_button: Puts them into the line.
        other_button: Offers others.
    """

    def __init__(
        self, label: str, offer: Callable[[], str], *, words_only: bool = False, parent: QWidget | None = None
    ) -> None:
        """Take what the line is called, what offers four words, and whether nothing else is taken."""
        super().__init__(parent)
        hint = self.tr("At least 12 characters. Four words that have nothing to do with each other are easy to keep.")
        if words_only:
            hint = self.tr("Four words from the offered kind: on this laptop the password alone protects the records.")
        self._offer = offer
        self.password = SecretField(label, hint=hint)
        self.offered = SafeLabel("", TextRole.STATEMENT)
        self.use_button = SecondaryButton(self.tr("Use these words"))
        self.other_button = QuietButton(self.tr("Show other words"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(BETWEEN_FIELDS)
        layout.addWidget(self.password)
        layout.addWidget(SafeLabel(self.tr("Or take these four words, and write them down where only you look:")))
        layout.addWidget(self.offered)
        layout.addWidget(FlowRow(self.use_button, self.other_button))
        self._on_other()
        self.use_button.clicked.connect(self._on_use)
        self.other_button.clicked.connect(self._on_other)

    def _on_use(self) -> None:
        self.password.set_text(self.offered.words)
        self.password.set_error("")
        announce(self, self.tr("The four words stand in the password field."))

    def _on_other(self) -> None:
        self.offered.set_words(self._offer())
