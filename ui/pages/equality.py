"""Equality answers of one person: four lists, each of which may be left out; what was answered is never shown again."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.equality import EQUALITY_LISTS, EqualityAnswers
from app.domain.ids import PersonId
from app.use_cases import equality
from app.use_cases.equality import EqualityView
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_words
from ui.pages.move_form import codes_choice
from ui.pages.vault_page import VaultPage
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Field,
    Manner,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Tone,
    announce,
)
from ui.widgets.text import filled


class EqualityPage(VaultPage):
    """Every list stands open at once, none is answered beforehand, and all of them may be left out."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.EQUALITY_ANSWERS})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: EqualityView | None = None
        self.before = SafeLabel("", tone=Tone.SOFT)
        words = {
            "ethnic_group": self.tr("Which group do you belong to?"),
            "sex": self.tr("What is your sex?"),
            "sexual_orientation": self.tr("Which of these describes you best?"),
            "religion": self.tr("What is your religion?"),
        }
        self.questions: dict[str, ChoiceGroup] = {name: codes_choice(words[name], name) for name in EQUALITY_LISTS}
        self.outcome = Banner("", manner=Manner.DONE)
        self.save_button = PrimaryButton(self.tr("Send the answers"))
        self.clear_button = SecondaryButton(self.tr("Clear all answers"))
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _person(self) -> PersonId:
        assert self.subject is not None
        return PersonId(self.subject)  # type: ignore[arg-type]

    @override
    def load(self) -> None:
        """Read who is asked; what was chosen stays."""
        context, person = self.context, self._person

        def read() -> EqualityView:
            return equality.equality_view(context.vault, actor=context.actor, person_id=person)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the first list where no list has an answer."""
        return self.questions["ethnic_group"] if key == "equality_answers.answers" else None

    def _build(self) -> None:
        purpose = self.tr(
            "Only if they want to, and only what they want to say. The answers are not shown again: they go to the "
            "central service, leave this laptop, and are only counted. No other charity gets them."
        )
        self.set_heading(self.tr("Equality answers"), purpose)
        for part in (self.outcome, self.before, *self.questions.values()):
            self.add(part)
        for hidden in (self.outcome, self.before):
            hidden.hide()
        self.set_actions(self.save_button, self.clear_button)
        self.save_button.clicked.connect(self._on_save)
        self.clear_button.clicked.connect(self._on_clear)

    def _on_read(self, view: EqualityView) -> None:
        if self.view is not None and self.view.person_id != view.person_id:
            self._on_clear()
            self.outcome.hide()
        self.view = view
        self.set_header(PersonHeader(view.name))
        self.before.setVisible(view.last_on is not None)
        if view.last_on is not None:
            words = self.tr("They last answered on this laptop on {day}. New answers take the place of those.")
            if view.waits:
                words = self.tr("They last answered on this laptop on {day}. The answers wait for the next exchange.")
            self.before.set_words(filled(words, day=day_words(view.last_on, self.context.on)))

    def _on_clear(self) -> None:
        self.clear_failure()
        for question in self.questions.values():
            question.set_value(None)

    def _on_save(self) -> None:
        self.clear_failure()
        self.outcome.hide()
        context, person = self.context, self._person
        answers = {name: question.value for name, question in self.questions.items() if question.value is not None}

        def write() -> EqualityAnswers:
            return equality.record_equality(
                context.vault, actor=context.actor, now=context.now, person_id=person, answers=answers
            )

        self.ask(write, self._on_saved)

    def _on_saved(self, _answers: EqualityAnswers) -> None:
        self._on_clear()
        words = self.tr("Recorded. The answers leave this laptop with the next exchange.")
        self.outcome.set_words(words)
        self.outcome.show()
        self.set_scroll_position(0)
        announce(self, words)
        self.context.changes.tell({RecordType.EQUALITY_ANSWERS})
        self.load()
