"""Referrals that stayed drafts, above a new one: sent once nothing stands against them, taken back after a stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.use_cases.refer import KeptReferral
from ui.view_models.refer import kept_words
from ui.widgets import Banner, Manner, PrimaryButton, SecondaryButton


class KeptReferrals(QWidget):
    """One banner for those to send, one for those that wait, one for those that ended.

    Signals:
        send_asked: Those that nothing stands against are to be sent.
        take_back_asked: Those that the person's no has ended are to be taken back.
    """

    send_asked = Signal()
    take_back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.send_button = PrimaryButton(self.tr("Send what is kept"))
        self.take_back_button = SecondaryButton(self.tr("Take back what cannot be sent"))
        self.ready = Banner("", manner=Manner.INFO, actions=(self.send_button,))
        self.waiting = Banner("", manner=Manner.PLAIN)
        self.ended = Banner("", manner=Manner.ATTENTION, actions=(self.take_back_button,))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for banner in (self.ready, self.waiting, self.ended):
            column.addWidget(banner)
        self.send_button.clicked.connect(self._on_send)
        self.take_back_button.clicked.connect(self._on_take_back)
        self.hide()

    def show_kept(self, kept: Sequence[KeptReferral], called: str) -> None:
        """Show the drafts as they stand; without any this takes no room."""
        groups = (
            (self.ready, [each for each in kept if not each.gate], self.tr("Send them now?")),
            (
                self.waiting,
                [each for each in kept if each.gate and not each.is_stopped],
                self.tr("To be sent from here once nothing stands against it."),
            ),
            (
                self.ended,
                [each for each in kept if each.gate and each.is_stopped],
                self.tr("No longer to be sent: the answer is no by now."),
            ),
        )
        for banner, drafts, detail in groups:
            banner.set_words(kept_words(drafts, called) if drafts else "", detail)
            banner.setVisible(bool(drafts))
        for button in (self.send_button, self.take_back_button):
            button.setEnabled(True)
        self.setVisible(bool(kept))

    def _on_send(self) -> None:
        self.send_button.setEnabled(False)
        self.send_asked.emit()

    def _on_take_back(self) -> None:
        self.take_back_button.setEnabled(False)
        self.take_back_asked.emit()
