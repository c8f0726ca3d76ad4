"""A letter to a person about a referral: read it, choose how it is written, print or save it."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import ReferralId
from app.storage.vault import Vault
from app.use_cases import prints, referrals
from app.use_cases.prints import LetterWriter
from app.use_cases.referrals import ReferralView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.sheet_part import Offered, SheetPart
from ui.pages.vault_page import VaultPage
from ui.paper import Paper
from ui.view_models.letters import letter, letter_facts, letter_key
from ui.widgets import EmptyState, SecondaryButton
from ui.widgets.text import filled


class LetterPage(VaultPage):
    """One letter; that it was printed or saved is kept in the audit."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.REFERRAL, RecordType.REFERRAL_EVENT})

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, self.tr("Letter"), parent=parent)
        self.part = SheetPart(context, self.tr("How it reads"), paper)
        self.nothing = EmptyState(
            self.tr("There is nothing to write yet."),
            self.tr("When the charity says yes, has a wait, says no, or has finished, the letter stands here."),
        )
        self.back_button = SecondaryButton(self.tr("Back to the referral"))
        self._job: Job[Any] | None = None
        self.add(self.part)
        self.add(self.nothing)
        self.part.hide()
        self.nothing.hide()
        self.set_actions(self.back_button)
        self.back_button.clicked.connect(self._on_back)
        self.part.printed.connect(self._on_printed)
        self.part.failed.connect(self.show_failure)

    @property
    def _referral_id(self) -> ReferralId:
        assert isinstance(self.subject, UUID), "a letter is opened on a referral"
        return ReferralId(self.subject)

    @override
    def load(self) -> None:
        """Read the referral and who writes."""
        context, referral = self.context, self._referral_id

        def read() -> tuple[ReferralView, LetterWriter]:
            return _read(context.vault, context, referral)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, read: tuple[ReferralView, LetterWriter]) -> None:
        view, writer = read
        has_letter = bool(letter_key(view))
        self.nothing.setVisible(not has_letter)
        self.part.setVisible(has_letter)
        self.set_heading(
            filled(self.tr("Letter to {called}"), called=writer.called or view.person_name),
            self.tr("Neutral words: nothing about health stands in it."),
        )
        if not has_letter:
            return
        facts = letter_facts(
            view,
            called=writer.called,
            asker=self.context.actor.shown_name,
            asker_org=writer.org_name,
            phone=writer.phone,
            on=self.context.on,
        )
        self.part.offer(
            Offered(
                make=lambda layout, language: letter(facts, layout, language),
                file_name=facts.file_name,
                language=facts.language,
            )
        )

    def _on_printed(self) -> None:
        context, referral = self.context, self._referral_id
        self.ask(
            lambda: prints.letter_printed(context.vault, actor=context.actor, now=context.now, referral_id=referral),
            self._on_noted,
        )

    def _on_noted(self, _nothing: None) -> None:
        self.part.say(self.tr("Sent to the printer."))

    def _on_back(self) -> None:
        self.context.navigate("referral", self._referral_id)


def _read(vault: Vault, context: PageContext, referral: ReferralId) -> tuple[ReferralView, LetterWriter]:
    view = referrals.referral_view(vault, actor=context.actor, now=context.now, referral_id=referral)
    return view, prints.letter_writer(vault, actor=context.actor, person_id=view.referral.person)
