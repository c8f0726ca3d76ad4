"""After recording: what happens now, the introductions that are possible, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.use_cases import person_page, sync_status
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.person_top import person_header
from ui.pages.receipt_part import ReceiptPart, receipt_facts
from ui.pages.vault_page import VaultPage
from ui.paper import Paper
from ui.view_models.consent_done import Introduction, happens_now, introductions
from ui.view_models.receipt import ReceiptFacts
from ui.view_models.subjects import ReferTo, WasRecorded
from ui.widgets import Card, IconLabel, PrimaryButton, SafeLabel, SecondaryButton, Shape, Tone, clear
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    view: PersonView
    facts: ReceiptFacts
    enrolled: bool


class ConsentDonePage(VaultPage):
    """Recorded on this laptop: the talk is over, and each way on is one press."""

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Recorded on this laptop"))
        self.now_card = Card(self.tr("What happens now"))
        self._now = QVBoxLayout()
        self.introductions_card = Card(self.tr("Refer now"))
        self._introductions = QVBoxLayout()
        self.receipt = ReceiptPart(context, paper)
        self.refer_button = PrimaryButton(self.tr("Refer now"))
        self.back_button = SecondaryButton("")
        self.proposed: tuple[Introduction, ...] = ()
        self._job: Job[Any] | None = None
        self._build()

    @property
    def recorded(self) -> WasRecorded:
        """What was just recorded."""
        assert isinstance(self.subject, WasRecorded), "this page follows a recorded talk"
        return self.subject

    @override
    def load(self) -> None:
        """Read what was recorded."""
        context, recorded = self.context, self.recorded

        def read() -> _Read:
            view = person_page.open_person(
                context.vault, actor=context.actor, now=context.now, person_id=recorded.person_id
            )
            facts = receipt_facts(context.vault, person_id=recorded.person_id, event_id=recorded.event_id)
            return _Read(
                view=view, facts=facts, enrolled=sync_status.status(context.vault, actor=context.actor).enrolled
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        for layout in (self._now, self._introductions):
            layout.setSpacing(8)
            layout.setContentsMargins(0, 4, 0, 0)
        self.now_card.add(self._now)
        self.introductions_card.add(self._introductions)
        self.add(self.now_card)
        self.add(self.introductions_card)
        self.add(self.receipt, group=True)
        parts: tuple[QWidget, ...] = (self.now_card, self.introductions_card, self.receipt)
        for part in parts:
            part.hide()
        self.set_actions(self.refer_button, self.back_button)
        self._actions.hide()
        self.refer_button.clicked.connect(self._on_refer)
        self.back_button.clicked.connect(self._on_back)
        self.receipt.failed.connect(self.show_failure)

    def _on_read(self, read: _Read) -> None:
        called = read.view.called
        self.set_header(person_header(read.view, self.context.on))
        clear(self._now)
        sentences = happens_now(
            read.facts.event, withdrawn=self.recorded.withdrawn, called=called, enrolled=read.enrolled
        )
        for sentence in sentences:
            self._now.addWidget(SafeLabel(sentence))
        self.proposed = introductions(read.facts.directory, self.recorded.introductions, called)
        clear(self._introductions)
        for introduction in self.proposed:
            self._introductions.addWidget(IconLabel(Shape.SEND, introduction.words, tone=Tone.BRAND))
        self.introductions_card.setVisible(bool(self.proposed))
        self.refer_button.setVisible(read.view.person is not None)
        self.back_button.set_words(filled(self.tr("Back to {called}"), called=called))
        self.receipt.show_facts(read.facts)
        for part in (self.now_card, self.receipt, self._actions):
            part.show()

    def _on_refer(self) -> None:
        recorded = self.recorded
        self.context.navigate("refer", ReferTo(person_id=recorded.person_id, introductions=recorded.introductions))

    def _on_back(self) -> None:
        self.context.navigate("person", self.recorded.person_id)
