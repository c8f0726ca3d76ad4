"""The calls of a match, newest first; any one of them can be corrected, and what stood there before is kept."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal

from app.domain.ids import RecordId
from app.use_cases.my_matches import MatchView
from ui.pages.parts import FoldedForm
from ui.view_models.match_words import call_lines, since_words
from ui.widgets import ChoiceGroup, EmptyState, Event, Option, SafeLabel, Surface, TextRole, Timeline, Tone
from ui.widgets.layouts import BETWEEN_FIELDS


class CallsPart(Surface):
    """Made anew for every view of a match.

    Signals:
        correct_asked: The id of the call to correct.
    """

    correct_asked = Signal(object)

    def __init__(self, view: MatchView, on: date) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self.choice: ChoiceGroup | None = None
        self.form: FoldedForm | None = None
        self.add(SafeLabel(self.tr("Calls so far"), TextRole.SECTION))
        lines = call_lines(view, on)
        if not lines:
            self.add(EmptyState(self.tr("No calls yet."), since_words(view, on) or self.tr("The first one starts it.")))
            return
        events = [
            Event(words=line.words, detail=line.detail, tone=Tone.DONE if line.is_held else None) for line in lines
        ]
        self.add(Timeline(events, name=self.tr("Calls so far")))
        options = [
            Option(key=str(session.id), words=line.words, hint=line.short)
            for session, line in zip(view.sessions, lines, strict=True)
        ]
        self._calls = {str(session.id): session.id for session in view.sessions}
        self.choice = ChoiceGroup(self.tr("Which call?"), options)
        self.choice.set_value(options[0].key)
        self.form = FoldedForm(self.tr("Correct a call"), self.tr("Correct this call"), self.choice)
        self.form.save_asked.connect(self._on_correct)
        self.add(self.form)

    def _on_correct(self) -> None:
        assert self.choice is not None
        chosen: RecordId | None = self._calls.get(self.choice.value or "")
        if chosen is not None:
            self.correct_asked.emit(chosen)
