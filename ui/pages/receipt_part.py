"""A receipt on the page: how it reads, in which form, and the ways to hand it over."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import ReceiptHow, WordingFormat
from app.domain.consent_event import ConsentEvent
from app.domain.ids import ConsentEventId, PersonId
from app.printing.sheet import Layout
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases import alliance, stops
from app.use_cases.prints import consent_receipt
from app.use_cases.wordings import words_for
from ui.context import PageContext
from ui.pages.sheet_part import Offered, SheetPart
from ui.paper import Paper
from ui.view_models.print_words import ENGLISH
from ui.view_models.receipt import ReceiptFacts, receipt
from ui.widgets import QuietButton

_FORMATS: Final = {Layout.LARGE_PRINT: WordingFormat.LARGE_PRINT, Layout.EASY_READ: WordingFormat.EASY_READ}


class ReceiptPart(SheetPart):
    """The receipt of one consent event; that it was given, or not wanted, is recorded."""

    def __init__(self, context: PageContext, paper: Paper | None = None, parent: QWidget | None = None) -> None:
        self.record_button = QuietButton(self.tr("Save for another system"))
        self.not_wanted_button = QuietButton(self.tr("Receipt not wanted"))
        super().__init__(context, self.tr("Receipt"), paper, parent)
        self.print_button.set_words(self.tr("Print the receipt"))
        self.save_button.set_words(self.tr("Save the receipt"))
        self._facts: ReceiptFacts | None = None
        self.printed.connect(self._on_printed)
        self.record_button.clicked.connect(self._on_record)
        self.not_wanted_button.clicked.connect(self._on_not_wanted)

    @override
    def ways(self) -> list[QWidget]:
        """Return the buttons under the sheet."""
        return [*super().ways(), self.record_button, self.not_wanted_button]

    def show_facts(self, facts: ReceiptFacts) -> None:
        """Show the receipt of an event."""
        self._facts = facts

        self.offer(
            Offered(
                make=lambda layout, language: receipt(facts, layout, language),
                file_name=facts.file_name,
                language=facts.language,
            )
        )

    @property
    def _shown_facts(self) -> ReceiptFacts:
        assert self._facts is not None, "a receipt is used after it was shown"
        return self._facts

    def _on_printed(self) -> None:
        self._keep(ReceiptHow.PRINTED)

    def _on_record(self) -> None:
        context, event, name = self.context, self._shown_facts.event, self.offered.file_name

        def made() -> bytes:
            return consent_receipt(
                context.vault, actor=context.actor, now=context.now, person_id=event.person, event_id=event.event_id
            )

        self.save_as(f"{name}.jsonld", made)

    def _on_not_wanted(self) -> None:
        self._keep(ReceiptHow.DECLINED)

    def _keep(self, how: ReceiptHow) -> None:
        """Record that the receipt was handed over, or was not wanted."""
        context, event = self.context, self._shown_facts.event
        form = _FORMATS.get(self.chosen, WordingFormat.STANDARD)

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
            self.say(self.tr("Sent to the printer, and recorded that the receipt was given."))
        else:
            self.say(self.tr("Recorded that no receipt was wanted."))


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
    language = event.language or ENGLISH
    words = words_for(read, language=language, asker=asker)
    touched = dict.fromkeys(referral.to_org for referral in held.referrals)
    touched |= dict.fromkeys(line.org for line in held.lines if line.org is not None)
    return ReceiptFacts(
        event=event,
        directory=directory,
        how_to_stop=words.how_to_stop("" if own is None else own.withdraw_phone),
        language=language,
        touched=tuple(touched),
    )
