"""The first part of a person's page: what is due, the referrals under way, what happened last."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.consent import AnswerKind
from app.domain.ids import ReferralId
from app.use_cases.person_page import PersonView
from ui.pages.parts import events_of
from ui.pages.person_part import PersonPart
from ui.pages.recent_part import RecentChanges
from ui.pages.referral_cards import ReferralCardView
from ui.view_models.person_story import AskWords, asks, is_stopped, story
from ui.view_models.referral_cards import is_over
from ui.widgets import (
    AttentionCard,
    Banner,
    Button,
    EmptyState,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SideBySide,
    TextRole,
    Timeline,
    Tone,
)
from ui.widgets.text import filled

LATEST: Final = 6
MOST_RECENT: Final = 3
"""More replaced values than these stand under History alone."""


class OverviewPart(PersonPart):
    """What somebody at the bedside needs first."""

    def build(self, view: PersonView) -> None:
        """Show what is due, the referrals under way, and the latest entries of the story."""
        self._show_due(view)
        self._show_recent(view)
        referrals, happened = QWidget(), QWidget()
        self._fill_referrals(QVBoxLayout(referrals), view)
        self._fill_story(QVBoxLayout(happened), view)
        self.add(SideBySide(referrals, happened, least_width=860, stretches=(8, 4)))

    def _show_recent(self, view: PersonView) -> None:
        if not view.recent:
            return
        latest = view.recent[:MOST_RECENT]
        self.add_heading(self.tr("Recent changes"))
        self.add(RecentChanges(latest, self.context.now, self._on_put_back))
        if len(view.recent) > len(latest):
            words = filled(self.tr("{count} more stand under History."), count=len(view.recent) - len(latest))
            self.add(SafeLabel(words, TextRole.HINT, tone=Tone.SOFT))

    def _show_due(self, view: PersonView) -> None:
        if view.person is None:
            return
        due = asks(view, self.context.on)
        for ask in due:
            self.add(self._ask_card(ask, is_first=ask is due[0]))
        asked = any(answer.kind is not AnswerKind.NOT_ASKED for row in view.answers for answer in row.cells.values())
        is_helped = any(answer.opens_reading for row in view.answers for answer in row.cells.values())
        if asked and not is_helped and is_stopped(view):
            words = filled(self.tr("Nobody may help {called} any more"), called=view.called)
            detail = self.tr("{called} said stop. Nothing new is shared or sent until {called} says yes again.")
            self.add(Banner(words, filled(detail, called=view.called), manner=Manner.ATTENTION))
        if not asked and not due:
            words = filled(self.tr("Nobody may help {called} yet"), called=view.called)
            detail = self.tr("{called} was not asked yet. Each charity needs {called}’s own yes.")
            self.add(AttentionCard(words, filled(detail, called=view.called), self._ask_button(PrimaryButton)))

    def _ask_card(self, ask: AskWords, *, is_first: bool) -> QWidget:
        kind = PrimaryButton if is_first and ask.is_due else SecondaryButton
        button = self._ask_button(kind, about=ask.statement)
        if ask.is_due:
            return AttentionCard(ask.statement, ask.detail, button)
        return Banner(ask.statement, ask.detail, manner=Manner.INFO, actions=(button,))

    def _ask_button(self, kind: type[Button], about: str = "") -> Button:
        words = self.tr("Ask now")
        button = kind(words, full_name=f"{words}, {about}" if about else "")
        button.clicked.connect(self._on_ask)
        return button

    def _fill_referrals(self, column: QVBoxLayout, view: PersonView) -> None:
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(SafeLabel(self.tr("Referrals"), TextRole.SECTION))
        under_way = [summary for summary in view.referrals if not is_over(summary.state)]
        for summary in under_way or view.referrals[:2]:
            card = ReferralCardView(summary, self.context.now, is_ours=view.person is not None)
            card.open_asked.connect(self._on_open_referral)
            column.addWidget(card)
        if not view.referrals:
            agreed = any(answer.opens_new for row in view.answers for answer in row.cells.values())
            step = self.tr("{called} agreed to be helped: refer now.") if agreed else self.tr("First ask {called}.")
            column.addWidget(EmptyState(self.tr("No referrals yet."), filled(step, called=view.called)))
        column.addStretch(1)

    def _fill_story(self, column: QVBoxLayout, view: PersonView) -> None:
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(SafeLabel(self.tr("What happened"), TextRole.SECTION))
        items = story(view, self.context.on)
        column.addWidget(Timeline(events_of(items[:LATEST]), name=self.tr("What happened last")))
        if len(items) > LATEST:
            words = filled(self.tr("{count} earlier things stand under History."), count=len(items) - LATEST)
            column.addWidget(SafeLabel(words, TextRole.HINT, tone=Tone.SOFT))
        column.addStretch(1)

    def _on_ask(self) -> None:
        self.context.navigate("consent", self.person_id)

    def _on_open_referral(self, referral: ReferralId) -> None:
        self.context.navigate("referral", referral)
