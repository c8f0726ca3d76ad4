"""What needs a human eye: one card each, in human words, with two or three named choices, none destructive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId, RecordId, ReferralId
from app.errors import KnownError
from app.use_cases import conflicts, correcting, refer, today
from app.use_cases.conflicts import Question
from app.use_cases.resend import MAKING, resend, resend_refused
from app.use_cases.today import AttentionCard as Item
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.question_card import QuestionCard
from ui.pages.vault_page import VaultPage
from ui.view_models.attention_words import card_words
from ui.view_models.conflict_words import field_words
from ui.widgets import AttentionCard, Button, EmptyState, Field, PrimaryButton, SecondaryButton, announce, clear
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True)
class _Read:
    questions: tuple[Question, ...]
    items: tuple[Item, ...]


class AttentionPage(VaultPage):
    """Everything that was parked, refused, held or changed twice."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Attention"), self.tr("What needs you. Nothing else is held up by it."))
        self._cards = QVBoxLayout()
        self._cards.setSpacing(16)
        self._job: Job[Any] | None = None
        self._typed_into: QuestionCard | None = None
        self._goes_on_at: tuple[RecordId, str] | None = None
        self.nothing = EmptyState(
            self.tr("Nothing needs you."),
            self.tr("What could not be sent, or was changed by two people at once, would stand here."),
        )
        self.nothing.hide()
        self.add(self.nothing)
        self.add(self._cards)

    @property
    def cards(self) -> list[ItemCard]:
        """The cards that are shown."""
        return [widget for widget in self._shown() if isinstance(widget, ItemCard)]

    @property
    def questions(self) -> list[QuestionCard]:
        """The questions that are shown."""
        return [widget for widget in self._shown() if isinstance(widget, QuestionCard)]

    @override
    def load(self) -> None:
        """Read the questions and items again."""
        vault, actor = self.context.vault, self.context.actor

        def read() -> _Read:
            return _Read(questions=conflicts.questions_for(vault, actor=actor), items=today.attention(vault))

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return where the third value was typed that is refused."""
        card = self._typed_into
        if card is None or key.partition(".")[2] != card.question.field:
            return None
        return card.field

    def _shown(self) -> list[QWidget]:
        items = (self._cards.itemAt(at) for at in range(self._cards.count()))
        return [widget for item in items if item is not None and (widget := item.widget()) is not None]

    def _on_read(self, read: _Read) -> None:
        if self._is_typing(read):
            # What somebody is typing stays under their hands; the list is read again once it is saved or folded.
            return
        self._typed_into = None
        clear(self._cards)
        for question in read.questions:
            self._cards.addWidget(self._question_card(question))
        for item in read.items:
            card = ItemCard(self.context, item, is_first=item is read.items[0] and not read.questions)
            card.chosen.connect(self._on_chosen)
            self._cards.addWidget(card)
        self.nothing.setVisible(not (read.items or read.questions))
        self._go_on()

    def _go_on(self) -> None:
        """Bring the keyboard back to the card whose button was pressed: the page was built anew around it."""
        place, self._goes_on_at = self._goes_on_at, None
        card = next((card for card in self.questions if card.place == place), None)
        if card is not None and card.buttons:
            next(iter(card.buttons.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_typing(self, read: _Read) -> bool:
        asked = {(question.conflict, question.field) for question in read.questions if question.waits_for_me}
        return any(card.form is not None and card.form.is_open and card.place in asked for card in self.questions)

    def _question_card(self, question: Question) -> QuestionCard:
        card = QuestionCard(self.context, question)
        card.chosen.connect(self._on_answered)
        card.typed.connect(self._on_typed)
        card.ask_first.connect(self._on_ask_first)
        card.left.connect(self._on_left)
        card.taken_up.connect(self._on_taken_up)
        card.undone.connect(self._on_undone)
        card.opened.connect(self._on_opened)
        return card

    def _on_answered(self, question: Question, value: Any) -> None:
        self.clear_failure()
        self._goes_on_at = (question.conflict, question.field)
        context = self.context

        def answer() -> RecordType:
            conflicts.answer(
                context.vault,
                actor=context.actor,
                now=context.now,
                conflict_id=question.conflict,
                field=question.field,
                chosen=value,
            )
            return question.record_type

        self.ask(answer, self._on_kept)

    def _on_typed(self, question: Question, typed: str | tuple[str, str, str]) -> None:
        self._typed_into = next(card for card in self.questions if card.question is question)
        try:
            value = conflicts.read_typed(question, typed, on=self.context.on)
        except KnownError as error:
            self.clear_failure()
            self.show_failure(error)
            return
        self._on_answered(question, value)

    def _on_kept(self, changed: RecordType) -> None:
        if self._typed_into is not None and self._typed_into.form is not None:
            self._typed_into.form.fold()
        announce(self, self.tr("Your answer is kept. You can undo it until it is sent."))
        self.context.changes.tell({RecordType.CONFLICT, changed})

    def _on_ask_first(self, question: Question) -> None:
        note = filled(self.tr("ask which is right: {field}"), field=field_words(question))
        act = partial(conflicts.ask_first, note=note)
        self._about(act, question, self.tr("To be asked tomorrow: it stands under Today."))

    def _on_left(self, question: Question) -> None:
        self._about(conflicts.leave, question, self.tr("Left for a colleague."))

    def _on_taken_up(self, question: Question) -> None:
        self._about(conflicts.take_up, question, self.tr("Asked again."))

    def _on_undone(self, question: Question) -> None:
        self._about(conflicts.take_back, question, self.tr("Undone. The question is open again."))

    def _about(self, act: Callable[..., None], question: Question, said: str) -> None:
        self.clear_failure()
        self._goes_on_at = (question.conflict, question.field)
        context = self.context

        def do() -> tuple[RecordType, str]:
            place = {"conflict_id": question.conflict, "field": question.field}
            act(context.vault, actor=context.actor, now=context.now, **place)
            return question.record_type, said

        self.ask(do, self._on_told)

    def _on_told(self, done: tuple[RecordType, str]) -> None:
        changed, said = done
        announce(self, said)
        self.context.changes.tell({RecordType.CONFLICT, changed})

    def _on_opened(self, question: Question) -> None:
        self.context.navigate("person", question.person_id)

    def _on_chosen(self, item: Item, choice: str) -> None:
        self.clear_failure()
        match choice:
            case "open":
                self._open(item)
            case "correct":
                self._correct(item)
            case "send_again":
                self._send_again(item)
            case _:
                self._put_aside(item.id)

    def _open(self, item: Item) -> None:
        is_referral = item.words.get("type") in {RecordType.REFERRAL, RecordType.REFERRAL_EVENT}
        if is_referral and item.record is not None:
            self.context.navigate("referral", item.record)
        elif item.person_id is not None:
            self.context.navigate("person", item.person_id)

    def _correct(self, item: Item) -> None:
        context = self.context

        def begin() -> PersonId:
            return correcting.begin(context.vault, actor=context.actor, now=context.now, item_id=item.id)

        self.ask(begin, self._on_to_correct)

    def _on_to_correct(self, person: PersonId) -> None:
        self.context.navigate("person", person)

    def _send_again(self, item: Item) -> None:
        context, record = self.context, item.record
        assert record is not None, "only a record that is still here is offered again"

        def send() -> None:
            if item.code == "parked":
                resend(context.vault, actor=context.actor, now=context.now, item=item.id)
                return
            if item.words["kind"] in MAKING:
                resend_refused(context.vault, actor=context.actor, now=context.now, record_id=RecordId(record))
                return
            refer.send_again(context.vault, actor=context.actor, now=context.now, referral_id=ReferralId(record))
            today.put_aside(context.vault, actor=context.actor, now=context.now, item=item.id)

        self.ask(send, self._on_sent)

    def _put_aside(self, item: RecordId) -> None:
        context = self.context

        def aside() -> None:
            today.put_aside(context.vault, actor=context.actor, now=context.now, item=item)

        self.ask(aside, self._on_done)

    def _on_sent(self, _nothing: None) -> None:
        announce(self, self.tr("Kept to be sent again."))
        self.context.changes.tell({RecordType.REFERRAL})

    def _on_done(self, _nothing: None) -> None:
        announce(self, self.tr("Taken off the list."))
        self.context.changes.tell({RecordType.CONFLICT})


class ItemCard(AttentionCard):
    """One item with its choices.

    Signals:
        chosen: The item and the code of the choice.
    """

    chosen = Signal(object, str)

    def __init__(self, context: PageContext, item: Item, *, is_first: bool) -> None:
        words = card_words(item, context.now)
        self.item = item
        self.buttons: dict[str, Button] = {}
        for at, (choice, text) in enumerate(words.choices):
            kind = PrimaryButton if at == 0 and is_first else SecondaryButton
            self.buttons[choice] = kind(text, full_name=f"{text}, {words.statement}")
        super().__init__(words.statement, words.detail, *self.buttons.values())
        for button in self.buttons.values():
            button.clicked.connect(self._on_pressed)

    def _on_pressed(self) -> None:
        sender = self.sender()
        choice = next(key for key, button in self.buttons.items() if button is sender)
        self.chosen.emit(self.item, choice)
