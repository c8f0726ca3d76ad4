"""How a match goes, on the mentee's page: what each of the two said last, who is to be asked, and questionnaires."""

from __future__ import annotations

from functools import partial

from app.domain.codes import PulseSubject
from app.use_cases.pulses import Course, PulseView
from ui.context import PageContext
from ui.view_models.pulse_words import due_words, last_words
from ui.view_models.subjects import AskPulse
from ui.widgets import Card, FlowRow, PrimaryButton, SafeLabel, SecondaryButton, Surface, TextRole, Tone
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled


class MatchCourse(Surface):
    """Made anew for every view of a match; an ended one still waits for its last answer."""

    def __init__(self, context: PageContext, course: Course) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self._context = context
        self._match = course.match
        self.ask_buttons: dict[PulseSubject, SecondaryButton | PrimaryButton] = {}
        self.measures_button = SecondaryButton(self.tr("Questionnaires"))
        self.add(SafeLabel(self.tr("How it goes"), TextRole.SECTION))
        for name, view in ((self.tr("The mentee"), course.mentee), (self.tr("The mentor"), course.mentor)):
            self.add(self._voice(name, view))
        self.add(FlowRow(self.measures_button))
        self.measures_button.clicked.connect(self._on_measures)

    def _voice(self, name: str, view: PulseView) -> Card:
        on = self._context.on
        card = Card(name, last_words(view.last, on))
        due = due_words(view, on)
        if due:
            card.add(SafeLabel(due, tone=Tone.ATTENTION if view.due_on is not None else Tone.SOFT))
        if view.may_ask:
            words = self.tr("Ask how it goes")
            full = filled(self.tr("{words}, {name}"), words=words, name=name.lower())
            made = PrimaryButton if view.due_on is not None else SecondaryButton
            button = made(words, full_name=full)
            button.clicked.connect(partial(self._on_ask, view.about))
            card.add(FlowRow(button))
            self.ask_buttons[view.about] = button
        return card

    def _on_ask(self, about: PulseSubject) -> None:
        self._context.navigate("pulse", AskPulse(match_id=self._match.id, about=about))

    def _on_measures(self) -> None:
        self._context.navigate("measures", self._match.person)
