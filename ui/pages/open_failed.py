"""Shown when the records cannot be opened: what is known, what is safe, what to do; it never offers to delete."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app import __version__
from app.errors import KnownError
from ui.messages import words_of
from ui.pages.product_name import product_name
from ui.widgets import Banner, Manner, Page, PrimaryButton, SafeLabel, SecondaryButton, TextRole, Tone, announce
from ui.widgets.text import filled


class OpenFailedPage(Page):
    """One reason in words, and two ways on.

    Signals:
        again_asked: Try once more from the beginning.
        close_asked: Close this window.
    """

    again_asked = Signal()
    close_asked = Signal()

    def __init__(self, error: KnownError, support_text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        words = words_of(error)
        self.set_header(product_name())
        self.set_heading(self.tr("Alongside could not be opened"))
        self.reason = Banner(words.sentence, words.next_step, manner=Manner.STOP)
        self.again_button = PrimaryButton(self.tr("Try again"))
        self.copy_button = SecondaryButton(self.tr("Copy for IT support"))
        self.close_button = SecondaryButton(self.tr("Close this window"))
        self._sheet = support_sheet(error)
        self.add(self.reason)
        if error.code != "vault.already_open":
            self.add(SafeLabel(self.tr("Nothing was changed or deleted. What is on this laptop stays as it is.")))
        if support_text:
            self.add(SafeLabel(support_text))
        sheet = filled(self.tr("For IT support, without names: {sheet}"), sheet=self._sheet)
        self.add(SafeLabel(sheet, TextRole.HINT, tone=Tone.SOFT))
        self.set_actions(self.again_button, self.close_button, self.copy_button)
        self.again_button.clicked.connect(self._on_again)
        self.close_button.clicked.connect(self._on_close)
        self.copy_button.clicked.connect(self._on_copy)
        self.setAccessibleDescription(words.whole)

    def _on_again(self) -> None:
        self.again_asked.emit()

    def _on_close(self) -> None:
        self.close_asked.emit()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._sheet)
        announce(self, self.tr("Copied."))


def support_sheet(error: KnownError) -> str:
    """Return version, code and details, which hold codes and counts only."""
    details = [f"{key}={value}" for key, value in sorted(error.detail.items())]
    return " · ".join([f"Alongside {__version__}", error.code, *details])
