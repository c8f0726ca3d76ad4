"""The agreements register: every paper between the charities, and which of them is to be looked at soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import AgreementState, RecordType
from app.use_cases import agreements
from app.use_cases.agreements import AgreementRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import column_day
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.agreement_words import kind_words, parties_words, purposes_words, span_words, state_words
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, SecondaryButton, Shape, Tone

_TONES = {
    AgreementState.ACTIVE: Tone.DONE,
    AgreementState.DRAFT: Tone.ATTENTION,
    AgreementState.EXPIRED: Tone.STOP,
    AgreementState.ENDED: Tone.SOFT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Register:
    rows: tuple[AgreementRow, ...]
    may_add: bool


class AgreementsPage(VaultPage):
    """Every paper with its parties, its days and where it stands."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.AGREEMENT, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("Agreements"), self.tr("Which charities may tell each other what, and until when."))
        self.table = ListTable(self._columns(), name=self.tr("Agreements"), least_width=860)
        self.nothing = EmptyState(
            self.tr("There is no agreement yet."),
            self.tr(
                "Until charities have signed one, nothing about a person flows between them. "
                "The lead body’s office keeps the register."
            ),
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.open_button = PrimaryButton(self.tr("Open the first"))
        self.new_button = SecondaryButton(self.tr("Write down a new agreement"))
        self.shown: tuple[AgreementRow, ...] = ()
        self._job: Job[Any] | None = None
        self.add(self.list, fills=True)
        self.set_actions(self.open_button, self.new_button)
        self.open_button.hide()
        self.new_button.hide()
        self.table.row_opened.connect(self._on_opened)
        self.open_button.clicked.connect(self._on_first)
        self.new_button.clicked.connect(self._on_new)

    @override
    def load(self) -> None:
        """Read the register again."""
        context = self.context

        def read() -> _Register:
            rows = agreements.agreements(context.vault, actor=context.actor, now=context.now)
            may_add = agreements.may_add(context.vault, actor=context.actor, now=context.now)
            return _Register(rows=rows, may_add=may_add)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("Paper"), share=200),
            Column(words=self.tr("Between"), share=163),
            Column(words=self.tr("For"), share=194),
            Column(words=self.tr("From and to"), share=213),
            Column(words=self.tr("Review"), share=133),
            Column(words=self.tr("Now"), share=78),
        ]

    def _on_read(self, register: _Register) -> None:
        rows = self.shown = register.rows
        lines: dict[object, list[str | Cell]] = {at: self._cells(row) for at, row in enumerate(rows)}
        self.table.set_ids(list(lines), lines)
        self.list.show_rows(are_there=bool(rows))
        self.open_button.setVisible(bool(rows))
        self.new_button.setVisible(register.may_add)

    def _cells(self, row: AgreementRow) -> list[str | Cell]:
        on = self.context.on
        review = Cell(words=column_day(row.review_on, on))
        if row.is_review_near:
            review = Cell(words=review.words, tone=Tone.ATTENTION, shape=Shape.TRIANGLE)
        return [
            Cell(words=kind_words(row), strong=True),
            parties_words(row),
            purposes_words(row),
            span_words(row),
            review,
            Cell(words=state_words(row), tone=_TONES[row.state]),
        ]

    def _on_new(self) -> None:
        self.context.navigate("agreement_form", None)

    def _on_first(self) -> None:
        self._on_opened(0)

    def _on_opened(self, at: object) -> None:
        self.context.navigate("agreement", self.shown[cast(int, at)].agreement_id)
