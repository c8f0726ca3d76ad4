"""What a form says when it brings back an earlier draft: how old it is, Discard, and Undo until the next act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.widgets import Banner, Manner, PlainButton


class DraftBanner(Banner):
    """Hidden until a draft is found.

    Signals:
        discarded: The draft is not wanted: empty the form and drop it.
        taken_back: Undo: the values of the draft, to be shown again.
    """

    discarded = Signal()
    taken_back = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.discard_button = PlainButton("")
        self.undo_button = PlainButton("")
        super().__init__("", manner=Manner.INFO, actions=(self.discard_button, self.undo_button), parent=parent)
        self.discard_button.set_words(self.tr("Discard this draft"))
        self.undo_button.set_words(self.tr("Undo"))
        self._values: Mapping[str, Any] = {}
        self._words = ""
        self.discard_button.clicked.connect(self._on_discard)
        self.undo_button.clicked.connect(self._on_undo)
        self.hide()

    def show_draft(self, words: str, values: Mapping[str, Any]) -> None:
        """Say how old the draft is that stands in the form now."""
        self._words, self._values = words, values
        self.set_words(words)
        self.discard_button.show()
        self.undo_button.hide()
        self.show()

    def _on_discard(self) -> None:
        self.set_words(self.tr("Discarded."))
        self.discard_button.hide()
        self.undo_button.show()
        self.discarded.emit()

    def _on_undo(self) -> None:
        self.show_draft(self._words, self._values)
        self.taken_back.emit(dict(self._values))
