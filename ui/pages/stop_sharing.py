"""Stopping: what is shared with whom, one press to stop it, and afterwards what stops and what is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import ConsentMethod, GivenBy, RecordType
from app.domain.ids import ConsentEventId, PersonId
from app.errors import KnownError
from app.use_cases import person_page, stops, sync_status
from app.use_cases.person_page import PersonView
from app.use_cases.stops import Shared, Stop, Stopped
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import labels
from ui.pages.parts import stack
from ui.pages.person_top import person_header
from ui.pages.receipt_part import ReceiptPart, receipt_facts
from ui.pages.vault_page import VaultPage
from ui.paper import Paper
from ui.view_models.receipt import ReceiptFacts
from ui.view_models.removal_words import removal_words
from ui.view_models.stop_sharing import (
    StopChoice,
    goes_on,
    method_words,
    shared_words,
    stop_choices,
    stop_of,
    stopped_words,
)
from ui.view_models.subjects import person_of
from ui.widgets import (
    Banner,
    Card,
    ChoiceGroup,
    DangerButton,
    Field,
    Manner,
    Option,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextField,
    Tone,
    announce,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled

CHANGED = frozenset({RecordType.CONSENT_EVENT, RecordType.REFERRAL, RecordType.REFERRAL_EVENT, RecordType.TASK})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    view: PersonView
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    stopped: Stopped
    facts: ReceiptFacts
    enrolled: bool


class StopSharingPage(VaultPage):
    """A stop is as easy as a yes: what, and the press; who said so and how is asked but never in the way."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {RecordType.CONSENT_EVENT, RecordType.REFERRAL, RecordType.REMOVAL_RECEIPT}
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, parent=parent)
        self.what: ChoiceGroup | None = None
        self.offer = Banner("", manner=Manner.INFO)
        self.stop_all_button = SecondaryButton("")
        self.method = ChoiceGroup(
            self.tr("How was it said?"),
            [Option(key=method, words=words) for method, words in method_words().items()],
            optional=True,
            in_a_row=True,
        )
        self.said_by = SafeLabel("", tone=Tone.SOFT)
        self.change_button = QuietButton(self.tr("Somebody else said so"), shape=Shape.PENCIL)
        self.by = ChoiceGroup(
            self.tr("Who said so?"), [Option(key=slug, words=words) for slug, words in labels("given_by").items()]
        )
        self.name = TextField(self.tr("Their name"), characters=30, optional=True)
        self.stop_button = DangerButton(self.tr("Stop sharing"))
        self.back_button = SecondaryButton("")
        self.outcome = Banner("", manner=Manner.DONE)
        self.receipt = ReceiptPart(context, paper)
        self._shared_part, self._shared = stack(8)
        self._what_part, self._what = stack(8)
        self._form, self._form_column = stack(BETWEEN_FIELDS)
        self._after_part, self._after = stack(8)
        self._read: _Read | None = None
        self._choices: dict[str, StopChoice] = {}
        self._job: Job[Any] | None = None
        self._is_over = False
        self._event_id: ConsentEventId | None = None
        self._build()

    @property
    def person_id(self) -> PersonId:
        """Who says stop."""
        return person_of(self.subject)

    @override
    def open(self, subject: object | None = None) -> None:
        """Show what is shared about a person."""
        self._is_over = False
        self._read = None
        clear(self._what)
        self.what = None
        self.offer.hide()
        self.by.set_value(GivenBy.SELF)
        self.by.hide()
        self.name.set_text("")
        self.name.hide()
        self.method.set_value(None)
        super().open(subject)

    @override
    def load(self) -> None:
        """Read what is shared; after a stop, what was removed since."""
        context, person = self.context, self.person_id

        def read() -> _Read:
            return _Read(
                view=person_page.open_person(context.vault, actor=context.actor, now=context.now, person_id=person),
                shared=stops.what_is_shared(context.vault, now=context.now, person_id=person),
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what went wrong; what was chosen stays."""
        super().show_failure(error)
        self.stop_button.setEnabled(True)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused field of the stop is answered in."""
        fields: dict[str, Field | None] = {"consent.given_by": self.by, "consent.given_by_name": self.name}
        return fields.get(key)

    def _build(self) -> None:
        self.offer.choices.add(self.stop_all_button)
        self.offer.choices.show()
        parts: tuple[QWidget, ...] = (self._what_part, self.offer, self.method, self.said_by, self.change_button)
        for part in (*parts, self.by, self.name):
            self._form_column.addWidget(part)
        for part in (self.outcome, self._shared_part, self._form, self._after_part, self.receipt):
            self.add(part)
            part.hide()
        self.offer.hide()
        self.set_actions(self.stop_button, self.back_button)
        self._actions.hide()
        self.stop_button.clicked.connect(self._on_stop)
        self.stop_all_button.clicked.connect(self._on_stop_all)
        self.back_button.clicked.connect(self._on_back)
        self.change_button.clicked.connect(self._on_change)
        self.by.chosen.connect(self._on_by)
        self.receipt.failed.connect(self.show_failure)

    def _on_read(self, read: _Read) -> None:
        self._read = read
        called = read.view.called
        self.set_header(person_header(read.view, self.context.on))
        self.back_button.set_words(filled(self.tr("Back to {called}"), called=called))
        self._actions.show()
        if self._is_over:
            self._show_removals(read)
            return
        purpose = filled(self.tr("{called} can stop at any time and need not say why."), called=called)
        self.set_heading(self.tr("Stop sharing"), purpose)
        self.said_by.set_words(filled(self.tr("{called} said so."), called=called))
        self.said_by.setVisible(self.by.isHidden())
        self.change_button.setVisible(self.by.isHidden())
        self._show_shared(read)
        self._show_choices(read)
        self._form.show()
        self.stop_button.show()
        self.stop_button.setEnabled(True)
        for part in (self.outcome, self._after_part, self.receipt):
            part.hide()

    def _show_shared(self, read: _Read) -> None:
        clear(self._shared)
        for each in shared_words(read.shared, called=read.view.called, on=self.context.on):
            card = Card(each.name)
            for line in each.lines:
                card.add(SafeLabel(line))
            self._shared.addWidget(card)
        if not read.shared:
            words = filled(self.tr("Nothing is shared about {called}."), called=read.view.called)
            self._shared.addWidget(SafeLabel(words))
        self._shared_part.show()

    def _show_choices(self, read: _Read) -> None:
        chosen = self.what.value if self.what is not None else None
        choices = stop_choices(read.shared, called=read.view.called)
        self._choices = {choice.key: choice for choice in choices}
        clear(self._what)
        options = [Option(key=choice.key, words=choice.words, hint=choice.hint) for choice in choices]
        self.what = ChoiceGroup(self.tr("What should stop?"), options)
        self.what.chosen.connect(self._on_what)
        self._what.addWidget(self.what)
        if chosen in self._choices:
            self.what.set_value(chosen)

    @property
    def _chosen(self) -> StopChoice | None:
        return self._choices.get(self.what.value or "") if self.what is not None else None

    def _on_what(self, key: str) -> None:
        assert self._read is not None, "something is chosen after it was read"
        choice = self._choices[key]
        words = goes_on(choice, self._read.shared, called=self._read.view.called)
        whole = self._choices.get(str(choice.org))
        self.stop_all_button.set_words(whole.words if whole else "", full_name=self._named(whole))
        self.offer.set_words(words, self.tr("Should that stop too?"))
        self.offer.setVisible(bool(words))

    def _named(self, whole: StopChoice | None) -> str:
        return filled(self.tr("{words}, instead"), words=whole.words) if whole else ""

    def _on_stop_all(self) -> None:
        choice = self._chosen
        if choice is not None and self.what is not None:
            self.what.set_value(str(choice.org))
            self.what.focus_control()
            self.offer.hide()

    def _on_change(self) -> None:
        self.by.set_value(GivenBy.SELF)
        for part, is_shown in ((self.by, True), (self.said_by, False), (self.change_button, False)):
            part.setVisible(is_shown)
        self.by.focus_control()

    def _on_by(self, key: str) -> None:
        self.name.setVisible(key != GivenBy.SELF)

    def _on_stop(self) -> None:
        self.clear_failure()
        choice = self._chosen
        if choice is None:
            self.show_errors([(self.tr("Choose what should stop."), self.what)])
            return
        # A second press while the first is written would record the stop twice.
        self.stop_button.setEnabled(False)
        stop = self._stop(choice)
        context, person = self.context, self.person_id

        def record() -> _Done:
            stopped = stops.stop_sharing(
                context.vault, actor=context.actor, now=context.now, person_id=person, stop=stop
            )
            facts = receipt_facts(context.vault, person_id=person, event_id=stopped.event_id)
            return _Done(
                stopped=stopped, facts=facts, enrolled=sync_status.status(context.vault, actor=context.actor).enrolled
            )

        self.ask(record, self._on_stopped)

    def _stop(self, choice: StopChoice) -> Stop:
        stop = stop_of(choice, ConsentMethod(self.method.value) if self.method.value else None)
        return replace(stop, given_by=GivenBy(self.by.value or GivenBy.SELF), given_by_name=self.name.text.strip())

    def _on_stopped(self, done: _Done) -> None:
        choice = self._chosen
        assert choice is not None, "a stop was recorded that was chosen"
        assert self._read is not None, "a stop was recorded on what was read"
        self._is_over, self._event_id = True, done.stopped.event_id
        self.set_heading(self.tr("Recorded on this laptop"))
        sentences = stopped_words(
            done.stopped, choice, self._read.shared, called=self._read.view.called, enrolled=done.enrolled
        )
        self.outcome.set_words(filled(self.tr("Stopped: {what}."), what=choice.words), " ".join(sentences))
        self.receipt.show_facts(done.facts)
        for part in (self.outcome, self.receipt):
            part.show()
        for hidden in (self._shared_part, self._form, self.stop_button):
            hidden.hide()
        self.set_scroll_position(0)
        self.back_button.setFocus()
        announce(self, self.tr("Recorded on this laptop."))
        self.context.changes.tell(CHANGED)
        self.context.sync_now()

    def _show_removals(self, read: _Read) -> None:
        clear(self._after)
        # What was proved after an earlier stop proves nothing of this one.
        receipts = [receipt for receipt in read.view.removals if receipt.withdrawal == self._event_id]
        for receipt in receipts:
            words = removal_words(receipt, self.context.on)
            manner = Manner.DONE if words.is_whole else Manner.ATTENTION
            self._after.addWidget(Banner(words.statement, words.detail, manner=manner))
        self._after_part.setVisible(bool(receipts))

    def _on_back(self) -> None:
        self.context.navigate("person", self.person_id)
