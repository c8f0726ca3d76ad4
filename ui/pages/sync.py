"""The sync page: what is only on this laptop, what was proved received, and what the network is like, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from app.domain.codes import RecordType
from app.storage.lists import Standing
from app.use_cases import handing_over, sync_status
from app.use_cases.sync_status import SyncStatus, WaitingItem
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FactList, ListOrNothing, ListTable
from ui.pages.recovery_parts import choose_folder
from ui.pages.vault_page import VaultPage
from ui.view_models.sync_words import (
    Said,
    bar_words,
    facts,
    list_words,
    needs_you_words,
    trouble_words,
    waiting_words,
)
from ui.widgets import (
    Banner,
    Cell,
    Column,
    EmptyState,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    status: SyncStatus
    items: tuple[WaitingItem, ...]


class SyncPage(VaultPage):
    """Nothing here is calm by guess: every line rests on a receipt of the central service."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(
        self,
        context: PageContext,
        parent: QWidget | None = None,
        *,
        choose: Callable[[QWidget], str] = choose_folder,
    ) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self._choose = choose
        self.set_heading(
            self.tr("Sent and waiting"), self.tr("What is only on this laptop, and what the central service has.")
        )
        self.state = Banner("")
        self.trouble = Banner("", manner=Manner.ATTENTION)
        self.attention_button = SecondaryButton(self.tr("Look at it"), full_name=self.tr("Look at it, what needs you"))
        self.needs_you = Banner("", manner=Manner.INFO, actions=(self.attention_button,))
        self.facts = FactList()
        self.waiting_heading = SafeLabel(self.tr("Only on this laptop"), TextRole.SECTION)
        self.table = ListTable(self._columns(), name=self.tr("Only on this laptop"), least_width=620)
        self.nothing = EmptyState("")
        self.list = ListOrNothing(self.table, self.nothing)
        self.send_button = PrimaryButton(self.tr("Send now"))
        self.usb_button = SecondaryButton(
            self.tr("Write to USB"), full_name=self.tr("Write unsent work to USB, sealed")
        )
        self.file_button = SecondaryButton(self.tr("Open a file from a colleague"))
        self.asked = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.beside = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self._job: Job[Any] | None = None
        self._build()

    def load(self) -> None:
        """Read how the laptop stands."""
        vault, actor = self.context.vault, self.context.actor

        def read() -> _Read:
            return _Read(status=sync_status.status(vault, actor=actor), items=sync_status.waiting_items(vault))

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        for part in (self.state, self.trouble, self.needs_you, self.facts, self.asked):
            self.add(part)
            part.hide()
        self.add(self.waiting_heading, group=True)
        self.add(self.beside)
        self.add(self.list, fills=True)
        self.set_actions(self.send_button, self.usb_button, self.file_button)
        self.file_button.setVisible(handing_over.is_permitted(self.context.actor))
        self.file_button.clicked.connect(self._on_file)
        self.usb_button.clicked.connect(self._on_usb)
        self.send_button.clicked.connect(self._on_send)
        self.attention_button.clicked.connect(self._on_attention)

    def _columns(self) -> list[Column]:
        return [
            Column(words=self.tr("What"), share=3),
            Column(words=self.tr("About"), share=4),
            Column(words=self.tr("Since"), share=3),
            Column(words=self.tr("State"), share=3),
        ]

    def _on_read(self, read: _Read) -> None:
        status, now = read.status, self.context.now
        self._show_state(bar_words(status, now))
        sentence, next_step = trouble_words(status)
        self.trouble.set_words(sentence, next_step)
        self.trouble.setVisible(bool(sentence) and status.enrolled)
        self.needs_you.set_words(needs_you_words(status.needs_you))
        self.needs_you.setVisible(bool(status.needs_you))
        told = facts(status, now)
        self.facts.show_facts(told)
        self.facts.setVisible(bool(told))
        self._actions.setVisible(status.enrolled)
        self.usb_button.setVisible(bool(status.waiting.unsent))
        self._show_items(read)

    def _show_state(self, said: Said) -> None:
        self.state.set_words(said.words)
        self.state.set_manner(Manner(said.manner))
        self.state.show()

    def _show_items(self, read: _Read) -> None:
        items = read.items if read.status.enrolled else ()
        rows: dict[object, list[str | Cell]] = {at: self._row(item) for at, item in enumerate(items)}
        self.table.set_ids(list(rows), rows)
        self.list.show_rows(are_there=bool(rows))
        self.beside.set_words(list_words(len(rows)))
        self.beside.setVisible(bool(rows))
        if read.status.enrolled:
            words = self.tr("Nothing is only on this laptop.")
            step = self.tr("The central service has confirmed everything recorded here.")
        else:
            words = self.tr("This laptop works alone.")
            step = self.tr("Everything is kept here, encrypted. Nothing leaves it until a central service is set up.")
        self.nothing.statement.set_words(words)
        self.nothing.next_step.set_words(step)
        self.nothing.next_step.show()
        self.waiting_heading.setVisible(bool(rows))

    def _row(self, item: WaitingItem) -> list[str | Cell]:
        words = waiting_words(item, self.context.now)
        is_sent = item.standing is Standing.SENT
        state = Cell(words=words.state, tone=Tone.SOFT, shape=Shape.SEND if is_sent else Shape.DOT)
        return [Cell(words=words.what, strong=True), words.about, words.since, state]

    def _on_send(self) -> None:
        self.context.sync_now()
        self._say(self.tr("Asked to send now. What is confirmed leaves the list."))

    def _on_usb(self) -> None:
        """Carry sealed what no network takes; it stays here, and is sent as soon as it can be."""
        chosen, carry = self._choose(self), self.context.carry_unsent
        if chosen:
            self.ask(lambda: carry(Path(chosen)), self._on_written)

    def _on_written(self, file: Path) -> None:
        words = self.tr(
            "Written as {name}. Give it to the people who keep your charity's recovery key: nobody else can open it. "
            "It stays on this laptop too, and is sent as soon as there is a network."
        )
        self._say(words.format(name=file.name))

    def _say(self, words: str) -> None:
        self.asked.set_words(words)
        self.asked.show()
        announce(self, words)

    def _on_file(self) -> None:
        self.context.navigate("open_hand_over", None)

    def _on_attention(self) -> None:
        self.context.navigate("attention", None)
