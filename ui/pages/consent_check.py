"""Checking before recording: every answer as a sentence, each with its way back to change it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import Decision, RecordType
from app.errors import KnownError
from app.use_cases import consents, person_page
from app.use_cases.consents import CheckedLine, ConsentForm, Recorded
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.person_top import person_header
from ui.pages.vault_page import VaultPage
from ui.view_models.consent_talk import Place
from ui.view_models.consent_words import AnswerSentence, answer_sentence, giver_words
from ui.view_models.subjects import AskAbout, ToCheck, WasRecorded
from ui.widgets import (
    IconLabel,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    SideBySide,
    Surface,
    TextRole,
    Tone,
    announce,
    clear,
)
from ui.widgets.answers import LOOKS, Answer
from ui.widgets.one_stop import OneStop
from ui.widgets.text import filled

CHANGED = frozenset({RecordType.CONSENT_EVENT, RecordType.REFERRAL, RecordType.REFERRAL_EVENT, RecordType.TASK})
"""What recording an answer can change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    view: PersonView
    lines: tuple[CheckedLine, ...]


class ConsentCheckPage(VaultPage):
    """The last look: nothing was written yet, and one press records all of it or nothing."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(
            self.tr("Check the answers"),
            self.tr("Nothing is recorded yet. The arrows up and down go from one answer to the next."),
        )
        self.record_button = PrimaryButton(self.tr("Record consent"))
        self.back_button = SecondaryButton(self.tr("Go back to the answers"))
        self.change_how_button = QuietButton(self.tr("Change"), full_name=self.tr("Change, how it was answered"))
        self.change_buttons: dict[Place, QuietButton] = {}
        # Six charities and all purposes are 36 answers: a Tab for each stood between the person and recording them.
        self._one_stop = OneStop(self)
        self._answers = QVBoxLayout()
        self._answers.setSpacing(8)
        self._how = QVBoxLayout()
        self._how_card = Surface()
        self._job: Job[Any] | None = None
        self._build()

    @property
    def checked(self) -> ToCheck:
        """What is being checked."""
        assert isinstance(self.subject, ToCheck), "answers are checked that were just given"
        return self.subject

    @override
    def load(self) -> None:
        """Read the answers as they would be recorded; nothing is written."""
        context, checked = self.context, self.checked
        self.record_button.setEnabled(False)

        def read() -> _Read:
            view = person_page.open_person(
                context.vault, actor=context.actor, now=context.now, person_id=checked.person_id
            )
            lines = consents.check_consent(
                context.vault, actor=context.actor, now=context.now, person_id=checked.person_id, form=self._form()
            )
            return _Read(view=view, lines=lines)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what stands against it; what was answered is still there to be put right."""
        super().show_failure(error)
        self.record_button.setEnabled(bool(self.change_buttons))

    def _build(self) -> None:
        self.add(self._answers)
        words = SafeLabel(self.tr("How it was answered"), TextRole.SECTION)
        self._how_card.add(SideBySide(words, self.change_how_button, least_width=420, stretches=(1, 0)))
        self._how_card.add(self._how)
        self.add(self._how_card, group=True)
        self.set_actions(self.record_button, self.back_button)
        self.record_button.clicked.connect(self._on_record)
        self.back_button.clicked.connect(self._on_back)
        self.change_how_button.clicked.connect(self._on_change_how)

    def _form(self) -> ConsentForm:
        checked = self.checked
        return checked.talk.form(
            on=self.context.on, under_16=checked.under_16, script=checked.script, language=checked.language
        )

    def _on_read(self, read: _Read) -> None:
        called, on = read.view.called, self.context.on
        self.set_header(person_header(read.view, on))
        clear(self._answers)
        clear(self._how)
        self.change_buttons = {}
        for line in read.lines:
            self._answers.addWidget(self._row(answer_sentence(line, called=called, on=on)))
        self._one_stop.hold(list(self.change_buttons.values()))
        talk = self.checked.talk
        if talk.asks_method:
            for words in giver_words(talk, called=called, asker=self.context.actor.shown_name):
                self._how.addWidget(SafeLabel(words))
            statement = self._form().statement
            if statement:
                self._how.addWidget(SafeLabel(filled(self.tr("Agreed to: “{words}”"), words=statement)))
        self._how_card.setVisible(talk.asks_method)
        self.record_button.setEnabled(True)

    def _row(self, answer: AnswerSentence) -> Surface:
        look = LOOKS[Answer(answer.decision)]
        button = QuietButton(self.tr("Change"), full_name=filled(self.tr("Change, {cell}"), cell=answer.change))
        button.clicked.connect(partial(self._change, answer.place))
        self.change_buttons[answer.place] = button
        tone = look.tone if answer.decision is not Decision.NOT_ASKED else Tone.SOFT
        said = QWidget()
        column = QVBoxLayout(said)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(2)
        column.addWidget(IconLabel(look.shape or Shape.DASHED, answer.sentence, TextRole.LABEL, tone=tone))
        if answer.detail:
            column.addWidget(SafeLabel(answer.detail, tone=Tone.SOFT))
        return Surface(SideBySide(said, button, least_width=420, stretches=(1, 0), gap=16))

    def _change(self, place: Place, _checked: bool = False) -> None:
        self.context.navigate("consent", AskAbout(person_id=self.checked.person_id, place=place))

    def _on_change_how(self) -> None:
        self.context.navigate("consent", AskAbout(person_id=self.checked.person_id, part="how"))

    def _on_back(self) -> None:
        self.context.navigate("consent", AskAbout(person_id=self.checked.person_id))

    def _on_record(self) -> None:
        context, person = self.context, self.checked.person_id

        def record() -> Recorded:
            return consents.record_consent(
                context.vault, actor=context.actor, now=context.now, person_id=person, form=self._form()
            )

        self.ask(record, self._on_recorded)
        # A second press while the first is written would record the talk twice.
        self.record_button.setEnabled(False)

    def _on_recorded(self, recorded: Recorded) -> None:
        announce(self, self.tr("Recorded on this laptop."))
        done = WasRecorded(
            person_id=self.checked.person_id,
            event_id=recorded.event_id,
            introductions=recorded.introductions,
            withdrawn=recorded.withdrawn,
        )
        self.context.changes.tell(CHANGED)
        self.context.sync_now()
        self.context.navigate("consent_done", done)
