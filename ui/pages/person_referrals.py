"""The referrals part of a person's page: every referral, those under way first."""

from __future__ import annotations

from app.domain.ids import ReferralId
from app.use_cases.person_page import PersonView
from ui.pages.person_part import PersonPart
from ui.pages.referral_cards import ReferralCardView
from ui.view_models.referral_cards import is_over
from ui.widgets import EmptyState
from ui.widgets.text import filled


class ReferralsPart(PersonPart):
    """One card for each referral."""

    def build(self, view: PersonView) -> None:
        """Show the referrals under way, then those that are over."""
        under_way = [summary for summary in view.referrals if not is_over(summary.state)]
        over = [summary for summary in view.referrals if is_over(summary.state)]
        if not view.referrals:
            words = filled(self.tr("Nobody was asked to help {called} yet."), called=view.called)
            self.add(EmptyState(words, self.tr("A referral stands here from the moment it is written.")))
        for heading, summaries in ((self.tr("Under way"), under_way), (self.tr("Over"), over)):
            if summaries:
                self.add_heading(heading)
            for summary in summaries:
                card = ReferralCardView(summary, self.context.now, is_ours=view.person is not None)
                card.open_asked.connect(self._on_open)
                self.add(card)

    def _on_open(self, referral: ReferralId) -> None:
        self.context.navigate("referral", referral)
