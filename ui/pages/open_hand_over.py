"""Open a file from a colleague: what it brought, and where its changes are since."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.storage.handed import OpenedFile
from app.use_cases import handing_over
from app.use_cases.handing_over import Taken
from sync.client.handing_over import take_file
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FactList
from ui.pages.vault_page import VaultPage
from ui.view_models.hand_over_words import opened_words, own_digits_words, switched_off_words, taken_words
from ui.widgets import (
    Banner,
    EmptyState,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
    clear,
)
from ui.widgets.text import filled


def choose_file(parent: QWidget) -> str:
    """Let a person choose a file in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent, "", "", "Alongside (*.handover)")
    return chosen


class OpenHandOverPage(VaultPage):
    """All of a file comes in, or nothing; why one is refused is said in a sentence."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(
        self,
        context: PageContext,
        parent: QWidget | None = None,
        *,
        choose: Callable[[QWidget], str] = choose_file,
    ) -> None:
        super().__init__(context, parent=parent)
        self._choose = choose
        self.set_heading(
            self.tr("Open a file from a colleague"),
            self.tr("Only you can open it, on this laptop, within 14 days. What you hold already is kept."),
        )
        self.done = Banner("", manner=Manner.DONE)
        self._people = QVBoxLayout()
        self.earlier_heading = SafeLabel(self.tr("Opened on this laptop"), TextRole.SECTION)
        self.earlier = FactList()
        self.nothing = EmptyState(
            self.tr("No file was opened here yet."),
            self.tr("Put in the stick that your colleague gave you, and choose the file."),
        )
        self.own = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.choose_button = PrimaryButton(self.tr("Choose the file"))
        self.give_button = SecondaryButton(self.tr("Give work to a colleague"))
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read which files were opened here, and where their changes are."""
        vault, actor, now = self.context.vault, self.context.actor, self.context.now

        def read() -> tuple[tuple[tuple[str, OpenedFile], ...], str]:
            choices = handing_over.choices(vault, actor=actor, now=now)
            return handing_over.opened_files(vault, actor=actor), choices.own_check

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self._people.setSpacing(8)
        self._people.setContentsMargins(0, 0, 0, 0)
        self.add(self.done)
        self.add(self._people)
        self.add(self.earlier_heading, group=True)
        self.add(self.earlier)
        self.add(self.nothing)
        self.add(self.own)
        hidden: tuple[QWidget, ...] = (self.done, self.earlier_heading, self.earlier, self.nothing, self.own)
        for part in hidden:
            part.hide()
        self.set_actions(self.choose_button, self.give_button)
        self.choose_button.clicked.connect(self._on_choose)
        self.give_button.clicked.connect(self._on_give)
        keys = self.context.hand_keys
        # No dead button: who may not is told why.
        self._can_open = keys is not None and keys.is_allowed and bool(keys.exchange)
        self.choose_button.setVisible(self._can_open)
        if not self._can_open:
            sentence, why = switched_off_words()
            self.nothing.statement.set_words(sentence)
            self.nothing.next_step.set_words(why)

    def _on_read(self, read: tuple[tuple[tuple[str, OpenedFile], ...], str]) -> None:
        files, own = read
        now = self.context.now
        self.earlier.show_facts([opened_words(name, file, now) for name, file in files])
        self.earlier.setVisible(bool(files))
        self.earlier_heading.setVisible(bool(files))
        self.nothing.setVisible(not files or not self._can_open)
        self.own.set_words(own_digits_words(own))
        self.own.setVisible(bool(own))

    def _on_choose(self) -> None:
        self.clear_failure()
        chosen, context, keys = self._choose(self), self.context, self.context.hand_keys
        if not chosen or keys is None:
            return
        self.done.hide()
        clear(self._people)

        def take() -> Taken:
            return take_file(context.vault, keys, Path(chosen), actor=context.actor, now=context.now)

        self.ask(take, self._on_taken)

    def _on_taken(self, taken: Taken) -> None:
        sentence, step = taken_words(taken, self.context.now)
        self.done.set_words(sentence, step)
        self.done.show()
        for person, name in taken.people:
            button = SecondaryButton(filled(self.tr("Open {name}"), name=name))
            button.clicked.connect(partial(self._on_person, person))
            self._people.addWidget(button)
        announce(self, f"{sentence} {step}")
        # The other pages read again, and the exchange passes it on as soon as there is a network.
        self.context.changes.tell(taken.kinds)
        self.load()

    def _on_person(self, person: PersonId) -> None:
        self.context.navigate("person", person)

    def _on_give(self) -> None:
        self.context.navigate("hand_over", None)
