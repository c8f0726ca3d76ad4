"""What needs a human eye: one card each, in human words, with two or three named choices, none destructive."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import RecordType
from app.domain.ids import RecordId, ReferralId
from app.use_cases import refer, today
from app.use_cases.resend import resend
from app.use_cases.today import AttentionCard as Item
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.vault_page import VaultPage
from ui.view_models.attention_words import card_words
from ui.widgets import AttentionCard, Button, EmptyState, PrimaryButton, SecondaryButton, announce, clear


class AttentionPage(VaultPage):
    """Everything that was parked, refused, held or changed twice."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Attention"), self.tr("What needs you. Nothing else is held up by it."))
        self._cards = QVBoxLayout()
        self._cards.setSpacing(16)
        self._job: Job[Any] | None = None
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
        items = (self._cards.itemAt(at) for at in range(self._cards.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, ItemCard)]

    def load(self) -> None:
        """Read the items again."""
        vault = self.context.vault
        self._job = self.ask(lambda: today.attention(vault), self._on_read, instead_of=self._job)

    def _on_read(self, items: tuple[Item, ...]) -> None:
        clear(self._cards)
        for item in items:
            card = ItemCard(self.context, item, is_first=item is items[0])
            card.chosen.connect(self._on_chosen)
            self._cards.addWidget(card)
        self.nothing.setVisible(not items)

    def _on_chosen(self, item: Item, choice: str) -> None:
        self.clear_failure()
        match choice:
            case "open":
                self._open(item)
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

    def _send_again(self, item: Item) -> None:
        context, record = self.context, item.record
        assert record is not None, "only a record that is still here is offered again"

        def send() -> None:
            if item.code == "parked":
                resend(context.vault, actor=context.actor, now=context.now, item=item.id)
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
