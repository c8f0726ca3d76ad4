"""What became of the referrals of one visit, each with the way to its own page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import ReferralId
from ui.widgets import Banner, Manner, SecondaryButton, clear


class ReferredList(QWidget):
    """One banner for each referral.

    Signals:
        open_asked: The id of the referral whose page is wanted.
    """

    open_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[ReferralId, SecondaryButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_referred(self, referred: Sequence[tuple[ReferralId, str, bool]]) -> None:
        """Show each referral: its id, what became of it, and whether it stayed a draft."""
        clear(self._column)
        self.buttons = {}
        for referral_id, words, is_draft in referred:
            said = self.tr("Open this referral")
            button = SecondaryButton(said, full_name=f"{said}: {words}")
            button.clicked.connect(partial(self._on_open, referral_id))
            self.buttons[referral_id] = button
            manner = Manner.ATTENTION if is_draft else Manner.DONE
            self._column.addWidget(Banner(words, manner=manner, actions=(button,)))

    def _on_open(self, referral_id: ReferralId, _checked: bool = False) -> None:
        self.open_asked.emit(referral_id)
