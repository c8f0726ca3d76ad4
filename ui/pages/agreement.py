"""One agreement: between whom, for what, who signed, and what it lets flow today."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import AgreementId
from app.use_cases import agreements
from app.use_cases.agreements import AgreementRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_words, joined, label
from ui.pages.parts import FactList
from ui.pages.vault_page import VaultPage
from ui.view_models.agreement_words import (
    every_purpose_words,
    fields_words,
    flow_words,
    last_day_words,
    no_flow_words,
    review_words,
    signed_words,
    state_words,
)
from ui.widgets import Banner, Card, Manner, SafeLabel


class AgreementPage(VaultPage):
    """What a paper says, in facts, and what the gate lets through by it."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.AGREEMENT, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.review = Banner("", manner=Manner.ATTENTION)
        self.flows_card = Card(self.tr("What it lets flow today"))
        self.nothing_flows = SafeLabel("")
        self.flows = FactList()
        self.facts_card = Card(self.tr("What it says"))
        self.facts = FactList()
        self.signed_card = Card(self.tr("Who signed"))
        self.signed = FactList()
        self.row: AgreementRow | None = None
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _agreement(self) -> AgreementId:
        assert isinstance(self.subject, UUID), "an agreement's page is opened on an agreement"
        return AgreementId(self.subject)

    @override
    def load(self) -> None:
        """Read the agreement again."""
        context, agreement = self.context, self._agreement

        def read() -> AgreementRow:
            return agreements.agreement_row(context.vault, actor=context.actor, now=context.now, agreement_id=agreement)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self.flows_card.add(self.nothing_flows)
        self.flows_card.add(self.flows)
        self.facts_card.add(self.facts)
        self.signed_card.add(self.signed)
        for part in (self.review, self.flows_card, self.facts_card, self.signed_card):
            self.add(part)
            part.hide()

    def _on_read(self, row: AgreementRow) -> None:
        self.row = row
        on = self.context.on
        self.set_heading(row.title, label("agreement_kind", row.kind))
        due = review_words(row, on)
        self.review.set_words(due)
        self.review.setVisible(bool(due))
        nothing = no_flow_words(row)
        self.nothing_flows.set_words(nothing)
        self.nothing_flows.setVisible(bool(nothing))
        self.flows.show_facts([fact for flow in row.flows for fact in flow_words(flow)])
        self.flows.setVisible(bool(row.flows))
        self._show_facts(row)
        self.signed.show_facts([(each.org_name, signed_words(each, on)) for each in row.signed])
        for part in (self.flows_card, self.facts_card, self.signed_card):
            part.show()

    def _show_facts(self, row: AgreementRow) -> None:
        on = self.context.on
        self.facts.show_facts(
            [
                (self.tr("Now"), state_words(row)),
                (self.tr("Between"), joined(row.parties)),
                (self.tr("For"), every_purpose_words(row)),
                (self.tr("It names"), fields_words(row.fields)),
                (self.tr("From"), day_words(row.from_on, on)),
                (self.tr("Last day"), last_day_words(row, on)),
                (self.tr("To be reviewed"), day_words(row.review_on, on)),
                (self.tr("Kept by"), row.kept_by),
                (self.tr("Note"), self.tr("For demonstration: nobody has signed it.") if row.demonstration else ""),
            ]
        )
