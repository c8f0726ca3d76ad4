"""Questionnaires of one person: what was answered and what changed, and one more to ask, read aloud or on screen."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.clocks import parse_day
from app.domain.codes import Instrument, MeasureMode, MeasureOccasion, RecordType
from app.domain.ids import PersonId
from app.domain.measures import QUESTIONS, OutcomeMeasure
from app.errors import BadInputError
from app.storage.lists import KeptDraft
from app.use_cases import measures
from app.use_cases.measures import MeasureForm, MeasuresView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import label
from ui.pages.move_form import codes_choice, set_day, show_value, today_words, value_of
from ui.pages.parts import FactList, stack
from ui.pages.vault_page import VaultPage
from ui.view_models.measure_words import answer_words, item_words, measure_words, pair_words
from ui.widgets import (
    Card,
    ChoiceGroup,
    DateField,
    EmptyState,
    Field,
    Option,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS

_LONG_SCALE = 7
"""From so many answers on they stand in rows, as numbers do."""


class MeasuresPage(VaultPage):
    """One questionnaire at a time; a question may be left out, and no answer is chosen beforehand."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.OUTCOME_MEASURE})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: MeasuresView | None = None
        self.instrument: ChoiceGroup | None = None
        self.questions: dict[str, ChoiceGroup] = {}
        self.occasion = codes_choice(self.tr("When in the journey"), "measure_occasion")
        self.mode = codes_choice(self.tr("How it was answered"), "measure_mode")
        self.day = DateField(self.tr("The day they answered"), hint=today_words())
        self.save_button = PrimaryButton(self.tr("Save the answers"))
        self.leave_button = SecondaryButton(self.tr("Not now"))
        self._chooser, self._chooser_column = stack(BETWEEN_FIELDS)
        self._form, self._form_column = stack(BETWEEN_FIELDS)
        self._asked, self._asked_column = stack(BETWEEN_FIELDS)
        self._earlier, self._earlier_column = stack(16)
        self.drafts = DraftKeeper(context, "measures", self._values, self)
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _person(self) -> PersonId:
        assert self.subject is not None
        return PersonId(self.subject)  # type: ignore[arg-type]

    @override
    def load(self) -> None:
        """Read what was answered; what stands in the form stays."""
        context, person = self.context, self._person

        def read() -> MeasuresView:
            return measures.measures_view(context.vault, actor=context.actor, person_id=person)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of a refused answer; of missing answers the first question."""
        named: dict[str, Field | None] = {
            "outcome_measure.instrument": self.instrument,
            "outcome_measure.occasion": self.occasion,
            "outcome_measure.mode": self.mode,
            "outcome_measure.answered_on": self.day,
            "outcome_measure.items": next(iter(self.questions.values()), None),
        }
        return named.get(key)

    def _build(self) -> None:
        purpose = self.tr("The same few questions at the start and at the end show what changed.")
        self.set_heading(self.tr("Questionnaires"), purpose)
        for part in (self._chooser, self._form, self._earlier):
            self.add(part)
        for part in (self.occasion, self.mode, self._asked, self.day):
            self._form_column.addWidget(part)
        self._form.hide()
        self.set_actions(self.save_button, self.leave_button)
        for button in (self.save_button, self.leave_button):
            button.hide()
        self.save_button.clicked.connect(self._on_save)
        self.leave_button.clicked.connect(self._on_leave)
        self.drafts.watch(self.occasion, self.mode, self.day)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)

    def _on_read(self, view: MeasuresView) -> None:
        is_new = self.view is None or self.view.person_id != view.person_id
        self.view = view
        self.set_header(PersonHeader(view.name))
        if is_new or self.instrument is None:
            clear(self._chooser_column)
            options = [Option(key=each.value, words=label("instrument", each)) for each in view.may_ask]
            self.instrument = ChoiceGroup(self.tr("Which one will you ask?"), options)
            self.instrument.chosen.connect(self._on_instrument)
            self._chooser_column.addWidget(self.instrument)
            self._fold()
            self.drafts.keep_now()
            self.drafts.begin(view.person_id)
        self._show_earlier(view)

    def _show_earlier(self, view: MeasuresView) -> None:
        clear(self._earlier_column)
        facts = [line for pair in view.pairs for line in pair_words(pair)]
        if facts:
            self._earlier_column.addWidget(SafeLabel(self.tr("What changed"), TextRole.SECTION))
            self._earlier_column.addWidget(FactList(facts))
        self._earlier_column.addWidget(SafeLabel(self.tr("Answered so far"), TextRole.SECTION))
        if not view.answered:
            words = self.tr("Nothing was asked yet.")
            next_step = self.tr("Choose a questionnaire above; two minutes are enough.")
            self._earlier_column.addWidget(EmptyState(words, next_step))
        for measure in reversed(view.answered):
            heading, detail = measure_words(measure)
            card = Card(heading)
            card.add(SafeLabel(detail, tone=Tone.SOFT))
            self._earlier_column.addWidget(card)

    def _on_instrument(self, key: str) -> None:
        instrument = Instrument(key)
        clear(self._asked_column)
        self.questions = {}
        answers = answer_words(instrument)
        options = [Option(key=str(answer), words=words) for answer, words in answers]
        for item in QUESTIONS[instrument].items:
            group = ChoiceGroup(item_words(item), options, in_a_row=len(options) >= _LONG_SCALE)
            self.questions[item] = group
            self._asked_column.addWidget(group)
        self.drafts.watch(*self.questions.values())
        set_day(self.day, self.context.on)
        self._form.show()
        for button in (self.save_button, self.leave_button):
            button.show()

    def _fold(self) -> None:
        self._form.hide()
        for button in (self.save_button, self.leave_button):
            button.hide()
        for choice in (self.instrument, self.occasion, self.mode):
            if choice is not None:
                choice.set_value(None)
        clear(self._asked_column)
        self.questions = {}
        self.clear_failure()

    def _values(self) -> dict[str, Any]:
        fields = {"occasion": self.occasion, "mode": self.mode, "day": self.day}
        instrument = None if self.instrument is None else self.instrument.value
        return {
            "instrument": instrument,
            "form": {name: value_of(field) for name, field in fields.items()},
            "items": {item: group.value for item, group in self.questions.items()},
        }

    def _on_draft(self, draft: KeptDraft) -> None:
        """Show what was answered before a lock; a questionnaire that may not be asked any more stays away."""
        key = draft.values.get("instrument")
        if self.instrument is None or key not in self.instrument.choices:
            return
        self.instrument.set_value(key)
        self._on_instrument(key)
        for name, field in (("occasion", self.occasion), ("mode", self.mode), ("day", self.day)):
            show_value(field, draft.values.get("form", {}).get(name))
        for item, group in self.questions.items():
            show_value(group, draft.values.get("items", {}).get(item))

    def _on_leave(self) -> None:
        self._fold()
        self.drafts.drop()

    def _on_save(self) -> None:
        context, person = self.context, self._person
        instrument = None if self.instrument is None else self.instrument.value
        occasion, mode, parts = self.occasion.value, self.mode.value, self.day.parts()
        items = {item: int(group.value) for item, group in self.questions.items() if group.value is not None}
        self.clear_failure()

        def write() -> OutcomeMeasure:
            for name, value in (("instrument", instrument), ("occasion", occasion), ("mode", mode)):
                if value is None:
                    raise BadInputError.at("outcome_measure", name, "required")
            day = parse_day((parts.day, parts.month, parts.year), record="outcome_measure", field="answered_on")
            form = MeasureForm(
                instrument=Instrument(instrument or ""),
                occasion=MeasureOccasion(occasion or ""),
                mode=MeasureMode(mode or ""),
                answered_on=day or context.on,
                items=items,
            )
            return measures.record_measure(
                context.vault, actor=context.actor, now=context.now, person_id=person, form=form
            )

        self.ask(write, self._on_saved)

    def _on_saved(self, _measure: OutcomeMeasure) -> None:
        self._fold()
        self.drafts.drop()
        announce(self, self.tr("The answers are kept on this laptop."))
        self.context.changes.tell({RecordType.OUTCOME_MEASURE})
        self.load()
