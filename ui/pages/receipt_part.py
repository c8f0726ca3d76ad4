"""A receipt on the page: how it reads, in which form, and the ways to hand it over."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import ReceiptHow, WordingFormat
from app.domain.consent_event import ConsentEvent
from app.domain.ids import ConsentEventId, PersonId
from app.errors import KnownError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases import alliance, stops
from app.use_cases.wordings import words_for
from ui.context import PageContext
from ui.paper import Paper, Saved
from ui.view_models.receipt import Block, ReceiptFacts, ReceiptForm, receipt
from ui.widgets import (
    Banner,
    ChoiceGroup,
    FlowRow,
    Manner,
    Option,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    Surface,
    TextRole,
    announce,
    clear,
)

WORDING: Final = "en-GB"


class ReceiptPart(QWidget):
    """The receipt of one consent event.

    Signals:
        failed: A `KnownError` for the page to say.
    """

    failed = Signal(object)

    def __init__(self, context: PageContext, paper: Paper | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.paper = paper or Paper()
        self.heading = SafeLabel(self.tr("Receipt"), TextRole.SECTION)
        self.form = ChoiceGroup(self.tr("How should it be written?"), self._forms(), in_a_row=True)
        self.form.set_value(ReceiptForm.STANDARD)
        self.sheet = Surface(gap=4)
        self.print_button = SecondaryButton(self.tr("Print the receipt"), shape=Shape.PRINT)
        self.save_button = SecondaryButton(self.tr("Save the receipt"))
        self.not_wanted_button = QuietButton(self.tr("Receipt not wanted"))
        self.outcome = Banner("", manner=Manner.DONE)
        self._facts: ReceiptFacts | None = None
        self._build()

    @property
    def text(self) -> str:
        """The receipt as it would be printed."""
        return receipt(self._shown, self.chosen).text

    @property
    def chosen(self) -> ReceiptForm:
        """The form that is chosen."""
        return ReceiptForm(self.form.value or ReceiptForm.STANDARD)

    def show_facts(self, facts: ReceiptFacts) -> None:
        """Show the receipt of an event."""
        self._facts = facts
        self.outcome.hide()
        self._show_sheet()

    @property
    def _shown(self) -> ReceiptFacts:
        assert self._facts is not None, "a receipt is used after it was shown"
        return self._facts

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        ways = FlowRow(self.print_button, self.save_button, self.not_wanted_button, gap=12)
        for part in (self.heading, self.form, self.sheet, ways, self.outcome):
            column.addWidget(part)
        self.outcome.hide()
        self.form.chosen.connect(self._on_form)
        self.print_button.clicked.connect(self._on_print)
        self.save_button.clicked.connect(self._on_save)
        self.not_wanted_button.clicked.connect(self._on_not_wanted)

    def _forms(self) -> list[Option]:
        return [
            Option(key=ReceiptForm.STANDARD, words=self.tr("Usual print")),
            Option(key=ReceiptForm.LARGE_PRINT, words=self.tr("Large print")),
            Option(
                key=ReceiptForm.DISCREET, words=self.tr("Discreet"), hint=self.tr("No charity's name, no health words")
            ),
        ]

    def _show_sheet(self) -> None:
        clear(self.sheet.column)
        shown = receipt(self._shown, self.chosen)
        large = self.chosen is ReceiptForm.LARGE_PRINT
        self.sheet.add(SafeLabel(shown.title, TextRole.NAME if large else TextRole.SECTION))
        for block in shown.blocks:
            self._show_block(block, TextRole.READING if large else TextRole.BODY)

    def _show_block(self, block: Block, role: TextRole) -> None:
        if not block.lines:
            return
        heading = SafeLabel(block.heading, TextRole.STATEMENT if role is TextRole.READING else TextRole.LABEL)
        heading.setContentsMargins(0, 10, 0, 0)
        self.sheet.add(heading)
        for line in block.lines:
            self.sheet.add(SafeLabel(line, role))

    def _on_form(self, _key: str) -> None:
        self._show_sheet()

    def _on_print(self) -> None:
        sheet = receipt(self._shown, self.chosen)
        if self.paper.print_text(self, sheet.text, points=sheet.points):
            self._keep(ReceiptHow.PRINTED)

    def _on_save(self) -> None:
        sheet = receipt(self._shown, self.chosen)
        match self.paper.save_text(self, sheet.text, name=sheet.file_name):
            case Saved.DONE:
                self._say(self.tr("The receipt is saved as a file. Delete the file when it was handed over."))
            case Saved.REFUSED:
                words = self.tr("The receipt could not be saved there. Choose another place.")
                self._say(words, Manner.STOP)
            case Saved.LEFT:
                self.outcome.hide()

    def _on_not_wanted(self) -> None:
        self._keep(ReceiptHow.DECLINED)

    def _keep(self, how: ReceiptHow) -> None:
        """Record that the receipt was handed over, or was not wanted."""
        context, event = self.context, self._shown.event
        form = WordingFormat.LARGE_PRINT if self.chosen is ReceiptForm.LARGE_PRINT else WordingFormat.STANDARD

        def keep() -> ReceiptHow:
            stops.receipt_given(
                context.vault,
                actor=context.actor,
                now=context.now,
                person_id=event.person,
                about=event.event_id,
                how=how,
                form=form,
            )
            return how

        context.jobs.run(keep, self._on_kept, self._on_failed)

    def _on_kept(self, how: ReceiptHow) -> None:
        if how is ReceiptHow.PRINTED:
            self._say(self.tr("Sent to the printer, and recorded that the receipt was given."))
        else:
            self._say(self.tr("Recorded that no receipt was wanted."))

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)

    def _say(self, words: str, manner: Manner = Manner.DONE) -> None:
        self.outcome.set_manner(manner)
        self.outcome.set_words(words)
        self.outcome.show()
        announce(self, words)


def receipt_facts(vault: Vault, *, person_id: PersonId, event_id: ConsentEventId) -> ReceiptFacts:
    """Read what a receipt is written from."""
    with vault.reading() as read:
        return _facts(read, person_id, event_id)


def _facts(read: Reader, person_id: PersonId, event_id: ConsentEventId) -> ReceiptFacts:
    event = read.get(ConsentEvent, event_id)
    directory = alliance.directory(read)
    held = alliance.person_aggregate(read, person_id)
    own = directory.organisations.get(event.asked_by_org)
    asker = alliance.organisation_name(directory, event.asked_by_org)
    words = words_for(read, language=event.language or WORDING, asker=asker)
    touched = dict.fromkeys(referral.to_org for referral in held.referrals)
    touched |= dict.fromkeys(line.org for line in held.lines if line.org is not None)
    return ReceiptFacts(
        event=event,
        directory=directory,
        how_to_stop=words.how_to_stop("" if own is None else own.withdraw_phone),
        touched=tuple(touched),
    )
