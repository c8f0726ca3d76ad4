"""Give work to a colleague: a sealed file for days without a network, for one person on one laptop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.ids import PersonId
from app.use_cases import handing_over
from app.use_cases.handing_over import Candidate, Choices, Colleague
from sync.client.handing_over import HandKeys, Written, write_file
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.recovery_parts import choose_folder
from ui.pages.vault_page import VaultPage
from ui.view_models.hand_over_words import (
    chosen_words,
    colleague_option,
    key_of,
    own_digits_words,
    person_option,
    switched_off_words,
    written_words,
)
from ui.widgets import (
    Banner,
    ChoiceGroup,
    EmptyState,
    Field,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    TickGroup,
    Tone,
    announce,
    clear,
)


class HandOverPage(VaultPage):
    """Who gets it, whose work, what is in it, and where it lies: nothing is written before all of it is seen."""

    def __init__(
        self,
        context: PageContext,
        parent: QWidget | None = None,
        *,
        choose: Callable[[QWidget], str] = choose_folder,
    ) -> None:
        super().__init__(context, parent=parent)
        self._choose = choose
        self.set_heading(
            self.tr("Give work to a colleague"),
            self.tr("For days without a network: a sealed file that one colleague can open, on one laptop."),
        )
        self.done = Banner("", manner=Manner.DONE)
        self.nothing = EmptyState("")
        self.colleagues: ChoiceGroup | None = None
        self.people: TickGroup | None = None
        self._form = QVBoxLayout()
        self.summary = SafeLabel("", TextRole.LABEL)
        self.inside = SafeLabel(
            self.tr(
                "In it: what your colleague may see of these people, what is not sent yet, and open tasks. Not in it: "
                "files, mentoring, and notes that are only for you and the coordinator."
            ),
            TextRole.HINT,
            tone=Tone.SOFT,
        )
        self.own = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.write_button = PrimaryButton(self.tr("Write the file"))
        self.open_button = SecondaryButton(self.tr("Open a file from a colleague"))
        self._choices = Choices(people=(), colleagues=(), own_check="")
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read whose work can be given, and to whom; a choice that is being made stays."""
        context, first = self.context, self.subject
        chosen = PersonId(first) if isinstance(first, UUID) else None
        self.done.hide()

        def read() -> Choices:
            return handing_over.choices(context.vault, actor=context.actor, now=context.now, first=chosen)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that was refused."""
        return {"hand_over.people": self.people, "hand_over.colleague": self.colleagues}.get(key)

    def _build(self) -> None:
        self._form.setSpacing(24)
        self._form.setContentsMargins(0, 0, 0, 0)
        for part in (self.done, self.nothing):
            self.add(part)
            part.hide()
        self.add(self._form)
        for label in (self.summary, self.inside, self.own):
            self.add(label)
            label.hide()
        self.set_actions(self.write_button, self.open_button)
        self.write_button.clicked.connect(self._on_write)
        self.open_button.clicked.connect(self._on_open)

    @property
    def _keys(self) -> HandKeys | None:
        keys = self.context.hand_keys
        return keys if keys is not None and keys.exchange else None

    def _on_read(self, choices: Choices) -> None:
        before = (self.colleagues.value if self.colleagues else None, self.people.values if self.people else ())
        self._choices = choices
        clear(self._form)
        self.colleagues = self.people = None
        why = self._why_not(choices)
        self.nothing.setVisible(why is not None)
        can_give = why is None
        for part in (self.summary, self.inside, self.write_button):
            part.setVisible(can_give)
        self.own.set_words(own_digits_words(choices.own_check))
        self.own.setVisible(bool(choices.own_check))
        if why is not None:
            self.nothing.statement.set_words(why[0])
            self.nothing.next_step.set_words(why[1])
            self.nothing.next_step.show()
            return
        self._make_form(choices, before)
        self._on_chosen()

    def _make_form(self, choices: Choices, before: tuple[str | None, tuple[str, ...]]) -> None:
        self.colleagues = ChoiceGroup(
            self.tr("Who gets it?"),
            [colleague_option(each) for each in choices.colleagues],
            hint=self.tr("Read the digits to each other once: they must be the same on both laptops."),
        )
        for colleague in choices.colleagues:
            if colleague.is_changed:
                self.colleagues.choices[key_of(colleague)].setEnabled(False)
        self.people = TickGroup(
            self.tr("Whose work?"),
            [person_option(each) for each in choices.people],
            hint=self.tr("People with something that is only on this laptop, or with a task of yours."),
        )
        if before[0] in self.colleagues.choices:
            self.colleagues.set_value(before[0])
        first = (str(self.subject),) if isinstance(self.subject, UUID) and not before[1] else ()
        self.people.set_values([key for key in (*before[1], *first) if key in self.people.ticks])
        self.people.edited.connect(self._on_chosen)
        self._form.addWidget(self.colleagues)
        self._form.addWidget(self.people)

    def _why_not(self, choices: Choices) -> tuple[str, str] | None:
        keys = self._keys
        if keys is None or not keys.is_allowed:
            return switched_off_words()
        if not choices.colleagues:
            return (
                self.tr("No colleague's laptop is known here yet."),
                self.tr("Each laptop tells the others its key when it is online. Send now, and look again."),
            )
        if not choices.people:
            return (
                self.tr("There is nothing to give away."),
                self.tr("Nothing is only on this laptop, and no task of yours is open."),
            )
        return None

    def _on_chosen(self) -> None:
        self.summary.set_words(chosen_words(self._people_chosen()))

    def _people_chosen(self) -> list[Candidate]:
        ticked = self.people.values if self.people is not None else ()
        return [each for each in self._choices.people if str(each.person_id) in ticked]

    def _colleague_chosen(self) -> Colleague | None:
        key = self.colleagues.value if self.colleagues is not None else None
        return next((each for each in self._choices.colleagues if key_of(each) == key), None)

    def _on_write(self) -> None:
        self.clear_failure()
        colleague, people, keys = self._colleague_chosen(), self._people_chosen(), self._keys
        missing: list[tuple[str, Field | None]] = []
        if colleague is None:
            missing.append((self.tr("Choose who gets it."), self.colleagues))
        if not people:
            missing.append((self.tr("Choose at least one person."), self.people))
        if missing or colleague is None or keys is None:
            self.show_errors(missing)
            return
        folder = self._choose(self)
        if not folder:
            return
        context, persons = self.context, [each.person_id for each in people]

        def write() -> Written:
            return write_file(
                context.vault,
                keys,
                actor=context.actor,
                now=context.now,
                to=colleague.key,
                people=persons,
                folder=Path(folder),
            )

        self.ask(write, self._on_written)

    def _on_written(self, written: Written) -> None:
        sentence, step = written_words(written)
        self.done.set_words(sentence, step)
        self.done.show()
        self.set_scroll_position(0)
        announce(self, f"{sentence} {step}")

    def _on_open(self) -> None:
        self.context.navigate("open_hand_over", None)
