"""A referral as one card: where it stands, how far it has come, and the way to its own page."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.use_cases.summaries import ReferralSummary
from ui.view_models.referral_cards import ReferralCard, referral_card
from ui.widgets import (
    IconLabel,
    LinkLine,
    ReferralProgress,
    SafeLabel,
    Shape,
    SideBySide,
    Station,
    Surface,
    TextRole,
    Tone,
)


class ReferralCardView(Surface):
    """One referral of a person.

    Signals:
        open_asked: The id of the referral whose page is wanted.
    """

    open_asked = Signal(object)

    def __init__(
        self, summary: ReferralSummary, now: datetime, *, is_ours: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent=parent)
        words = referral_card(summary, now, is_ours=is_ours)
        self._referral_id = summary.referral_id
        self.setAccessibleName(words.heading)
        label = self.tr("Open this referral")
        self.open_button = LinkLine(label, full_name=f"{label}, {words.heading}")
        self.open_button.clicked.connect(self._on_open)
        self.add(SideBySide(self._said(words), self.open_button, least_width=460, stretches=(1, 0), gap=16))
        stations = [Station(words=item.words, day=item.day, is_reached=item.is_reached) for item in words.stations]
        self.add(ReferralProgress(stations))

    def _said(self, words: ReferralCard) -> QWidget:
        said = QWidget()
        below = QVBoxLayout(said)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addWidget(SafeLabel(words.heading, TextRole.LABEL))
        if words.is_overdue:
            below.addWidget(IconLabel(Shape.TRIANGLE, words.sentence, TextRole.HINT, tone=Tone.ATTENTION, size=18))
        else:
            below.addWidget(SafeLabel(words.sentence, TextRole.HINT, tone=Tone.SOFT))
        return said

    def _on_open(self) -> None:
        self.open_asked.emit(self._referral_id)
