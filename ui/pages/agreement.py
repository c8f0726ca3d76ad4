"""One agreement: between whom, for what, who signed, and what it lets flow today; its office signs and ends it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.agreement import Document
from app.domain.codes import AgreementState, RecordType
from app.domain.ids import AgreementId, OrganisationId
from app.use_cases import agreements, keeping_agreements
from app.use_cases.agreements import AgreementRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_words, joined, label
from ui.pages.agreement_form import choose_paper
from ui.pages.move_form import set_day, today_words
from ui.pages.parts import FactList, FoldedForm
from ui.pages.vault_page import VaultPage
from ui.view_models.agreement_words import (
    document_words,
    every_purpose_words,
    fields_words,
    flow_words,
    last_day_words,
    no_flow_words,
    review_words,
    signed_words,
    state_words,
    version_words,
)
from ui.widgets import (
    Banner,
    Card,
    DateField,
    Field,
    FlowRow,
    Manner,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Shape,
    TextField,
    announce,
    shown,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    row: AgreementRow
    waits: bool


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
        self.told = Banner("", manner=Manner.DONE)
        self.signer = SelectField(self.tr("For which charity"), [])
        self.signer_name = TextField(self.tr("Name of who signed"), longest=80)
        self.signer_post = TextField(self.tr("Their post"), hint=self.tr("For example, chief executive"), longest=80)
        self.signed_on = DateField(self.tr("Signed on"), hint=today_words())
        self.sign_form = FoldedForm(
            self.tr("Write down a signature"),
            self.tr("Save the signature"),
            self.signer,
            self.signer_name,
            self.signer_post,
            self.signed_on,
        )
        self.last_day = DateField(
            self.tr("Its last day"),
            hint=self.tr("Today is filled in. From the day after nothing flows by this paper any more."),
        )
        self.end_form = FoldedForm(
            self.tr("End this agreement"), self.tr("End it"), self.last_day, about=self.tr("agreement")
        )
        self.change_button = SecondaryButton("")
        self.looked_button = PrimaryButton(self.tr("We have looked at it"))
        self.file_button = QuietButton(self.tr("Say which file was signed"))
        self.compare_button = QuietButton(self.tr("Is this the file?"))
        self.away_button = QuietButton(self.tr("Take it out of the register"))
        self.back_button = QuietButton(self.tr("Put it back"), shape=Shape.UNDO)
        self.choose_paper: Callable[[QWidget], str] = choose_paper
        self.row: AgreementRow | None = None
        self._written: Callable[[None], None] = _nothing_written
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

        def read() -> _Read:
            row = agreements.agreement_row(context.vault, actor=context.actor, now=context.now, agreement_id=agreement)
            waits = agreements.waits_for_review(context.vault, actor=context.actor, agreement_id=agreement)
            return _Read(row=row, waits=waits)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self.flows_card.add(self.nothing_flows)
        self.flows_card.add(self.flows)
        self.facts_card.add(self.facts)
        self.signed_card.add(self.signed)
        parts = (self.told, self.review, self.flows_card, self.facts_card, self.signed_card)
        for part in (*parts, self.sign_form, self.end_form):
            self.add(part)
            part.hide()
        self._more = FlowRow(self.compare_button, self.file_button, self.away_button, self.back_button, gap=12)
        self.add(self._more)
        self._more.hide()
        self.set_actions(self.looked_button, self.change_button)
        self._actions.hide()
        self.sign_form.opened.connect(self._on_sign_opened)
        self.sign_form.save_asked.connect(self._on_sign)
        self.end_form.opened.connect(self._on_end_opened)
        self.end_form.save_asked.connect(self._on_end)
        self.looked_button.clicked.connect(self._on_looked)
        self.change_button.clicked.connect(self._on_change)
        self.file_button.clicked.connect(self._on_file)
        self.compare_button.clicked.connect(self._on_compare)
        self.away_button.clicked.connect(self._on_away)
        self.back_button.clicked.connect(self._on_back_in)

    @override
    def open(self, subject: object | None = None) -> None:
        """Show a paper, with nothing said of the one before."""
        self.told.hide()
        for form in (self.sign_form, self.end_form):
            form.fold()
        super().open(subject)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the form that is open."""
        return {
            "agreement.signatory_org": self.signer,
            "agreement.signatory_name": self.signer_name,
            "agreement.signatory_post": self.signer_post,
            "agreement.signed_on": self.signed_on,
            "agreement.ended_on": self.last_day,
        }.get(key)

    def _on_read(self, read: _Read) -> None:
        row = self.row = read.row
        self.looked_button.setVisible(read.waits)
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
        self._show_actions(row)

    def _show_actions(self, row: AgreementRow) -> None:
        """Show what the office that keeps the paper can do with it now."""
        lives = row.ended_on is None and row.state is not AgreementState.EXPIRED and not row.is_taken_out
        may_write = row.may_change and not row.is_taken_out
        missing = [each for each in row.signed if each.signed_on is None]
        self.sign_form.setVisible(row.may_change and bool(missing) and lives)
        ends = lives or (row.ended_on is not None and row.ended_on > self.context.on)
        self.end_form.setVisible(row.may_change and row.is_fixed and ends)
        self.change_button.setVisible(may_write)
        self._actions.setVisible(may_write or not self.looked_button.isHidden())
        self.change_button.set_words(self.tr("Write a new version") if row.is_fixed else self.tr("Change it"))
        self.compare_button.setVisible(row.document is not None)
        self.file_button.setVisible(row.may_change and row.is_fixed and row.document is None)
        self.away_button.setVisible(may_write and not row.is_fixed)
        self.back_button.setVisible(row.may_change and row.is_taken_out)
        self._more.show()

    def _on_sign_opened(self) -> None:
        assert self.row is not None
        self.signer.box.clear()
        self.signer.box.addItem(self.tr("Choose one"), "")
        for each in self.row.signed:
            if each.signed_on is None:
                self.signer.box.addItem(shown(each.org_name), str(each.org_id))
        for field in (self.signer_name, self.signer_post):
            field.set_text("")
        set_day(self.signed_on, self.context.on)

    def _on_sign(self) -> None:
        org, parts = self.signer.value, self.signed_on.parts()
        act, agreement = self._act(), self._agreement
        name, post = self.signer_name.text, self.signer_post.text

        def sign() -> None:
            keeping_agreements.sign(
                **act,
                agreement_id=agreement,
                org=None if org is None else OrganisationId(UUID(org)),
                name=name,
                post=post,
                signed_on=(parts.day, parts.month, parts.year),
            )

        self._write(sign, self.tr("The signature is written down."), self.sign_form)

    def _on_end_opened(self) -> None:
        set_day(self.last_day, self.context.on)

    def _on_end(self) -> None:
        parts, act, agreement = self.last_day.parts(), self._act(), self._agreement
        typed = (parts.day, parts.month, parts.year)

        def end() -> None:
            keeping_agreements.end_agreement(**act, agreement_id=agreement, last_day=typed)

        words = self.tr("Recorded on this laptop. The other charities’ laptops close it when they next connect.")
        self._write(end, words, self.end_form)

    def _on_looked(self) -> None:
        act, agreement = self._act(), self._agreement

        def close() -> None:
            agreements.looked_at(**act, agreement_id=agreement)

        self._write(close, self.tr("Recorded. The reminder is off your list."), None)

    def _on_change(self) -> None:
        self.context.navigate("agreement_form", self._agreement)

    def _on_file(self) -> None:
        chosen = self.choose_paper(self)
        if not chosen:
            return
        act, agreement = self._act(), self._agreement

        def add() -> None:
            document = keeping_agreements.read_document(Path(chosen))
            keeping_agreements.add_document(**act, agreement_id=agreement, document=document)

        self._write(add, self.tr("The file is written down."), None)

    def _on_compare(self) -> None:
        chosen = self.choose_paper(self)
        if not chosen:
            return
        self.clear_failure()

        def read() -> Document:
            return keeping_agreements.read_document(Path(chosen))

        self.ask(read, self._on_compared)

    def _on_compared(self, found: Document) -> None:
        assert self.row is not None
        assert self.row.document is not None
        if found.sha256 == self.row.document.sha256:
            self._say(self.tr("Yes: this is the file that was written down, to the last letter."), Manner.DONE)
        else:
            self._say(self.tr("No: this is another file, or it was changed since."), Manner.STOP)

    def _on_away(self) -> None:
        act, agreement = self._act(), self._agreement

        def away() -> None:
            keeping_agreements.put_away(**act, agreement_id=agreement)

        # The page stays open: whoever pressed the wrong button puts it back from here.
        self._write(away, self.tr("Taken out of the register. You can put it back here."), None)

    def _on_back_in(self) -> None:
        act, agreement = self._act(), self._agreement

        def back() -> None:
            keeping_agreements.put_back(**act, agreement_id=agreement)

        self._write(back, self.tr("It is in the register again."), None)

    def _act(self) -> dict[str, Any]:
        return {"vault": self.context.vault, "actor": self.context.actor, "now": self.context.now}

    def _write(self, work: Callable[[], None], words: str, form: FoldedForm | None) -> None:
        self.clear_failure()

        def done(_nothing: None) -> None:
            if form is not None:
                form.fold()
            self._say(words, Manner.DONE)
            self.context.changes.tell({RecordType.AGREEMENT, RecordType.TASK})
            self.context.sync_now()
            self.load()

        self._written = done
        self.ask(work, self._on_written)

    def _on_written(self, nothing: None) -> None:
        self._written(nothing)

    def _say(self, words: str, manner: Manner) -> None:
        self.told.set_manner(manner)
        self.told.set_words(words)
        self.told.show()
        announce(self, words)

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
                (self.tr("File"), document_words(row.document)),
                (self.tr("Versions"), version_words(row, on)),
                (self.tr("Note"), self.tr("For demonstration: nobody has signed it.") if row.demonstration else ""),
            ]
        )


def _nothing_written(_nothing: None) -> None:
    """Say nothing: nothing was asked for yet."""
