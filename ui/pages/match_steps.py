"""What a coordinator does with a match beyond the usual step: a no, a break, going on, one call more, the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Signal

from app.domain.clocks import parse_day
from app.domain.codes import MatchDeclineReason, MatchState
from app.domain.match import DEFAULT_ALLOWANCE, MOST_ALLOWANCE, Match
from app.domain.mentoring import Goal
from app.errors import BadInputError
from ui.messages import labels
from ui.pages.move_form import codes_choice, example_words
from ui.pages.parts import FoldedForm
from ui.widgets import ChoiceGroup, DateField, Field, Option, PrimaryButton, SelectField, Shape, Surface, TextField
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled

Wanted = Callable[[date], tuple[MatchState, str, Mapping[str, Any]]]
"""On a day: where the match shall go, for what reason, with what it asks for; raises what is refused."""


class MatchSteps(Surface):
    """The steps of a match that need a reason, each folded until it is wanted.

    Signals:
        step_asked: A `Wanted` that shall be done.
        allowance_asked: How many calls there shall be, and why.
    """

    step_asked = Signal(object)
    allowance_asked = Signal(int, str)

    def __init__(self) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self._goals: dict[str, SelectField] = {}
        self.yes_button = PrimaryButton(self.tr("The mentor said yes"))
        self.resume_button = PrimaryButton(self.tr("They go on"))
        self.pause_reason = TextField(self.tr("Why do they take a break?"), longest=60)
        self.resume_on = DateField(self.tr("When do they go on?"), hint=example_words(), optional=True)
        self.pause_form = FoldedForm(
            self.tr("They take a break"),
            self.tr("Pause the match"),
            self.pause_reason,
            self.resume_on,
            shape=Shape.PAUSE,
        )
        self.by_whom = codes_choice(self.tr("Who said no?"), "match_party", ("system",))
        self.no_reason = codes_choice(self.tr("Why not?"), "match_decline_reason", ("consent_lost",))
        self.no_text = TextField(self.tr("The reason in your words"), longest=200, optional=True)
        self.no_form = FoldedForm(
            self.tr("Somebody said no"),
            self.tr("Write down the no"),
            self.by_whom,
            self.no_reason,
            self.no_text,
            shape=Shape.CROSS,
        )
        self.allowance = ChoiceGroup(
            self.tr("How many calls shall there be?"),
            [Option(key=str(count), words=str(count)) for count in range(DEFAULT_ALLOWANCE + 1, MOST_ALLOWANCE + 1)],
            in_a_row=True,
        )
        self.allowance_reason = TextField(self.tr("Why more calls?"), longest=60)
        self.allowance_form = FoldedForm(
            self.tr("Agree on more calls"),
            self.tr("Save the number of calls"),
            self.allowance,
            self.allowance_reason,
            shape=Shape.PLUS,
        )
        self.end_reason = SelectField(self.tr("Why does it end?"), list(labels("match_end_reason").items()))
        self._reason_asked: Field = self.end_reason
        self.end_form: FoldedForm | None = None
        for part in (self.yes_button, self.resume_button, self.pause_form, self.no_form, self.allowance_form):
            self.add(part)
        self.yes_button.clicked.connect(partial(self._on_plain, MatchState.ACTIVE))
        self.resume_button.clicked.connect(partial(self._on_plain, MatchState.ACTIVE))
        self.pause_form.save_asked.connect(self._on_pause)
        self.no_form.save_asked.connect(self._on_no)
        self.allowance_form.save_asked.connect(self._on_allowance)

    @property
    def forms(self) -> tuple[FoldedForm, ...]:
        """Every form there is."""
        ends = (self.end_form,) if self.end_form is not None else ()
        return (self.pause_form, self.no_form, self.allowance_form, *ends)

    @property
    def is_open(self) -> bool:
        """Whether a form is unfolded: what is typed in it must not go."""
        return any(form.is_open for form in self.forms)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        named: dict[str, Field] = {
            "match.resume_on": self.resume_on,
            "match.by_whom": self.by_whom,
            "match.reason_text": self.no_text,
            "match.allowance": self.allowance,
            "match.allowance_reason": self.allowance_reason,
        }
        # Several forms may be open: the reason that is missing is that of the one that was sent.
        named["match.reason"] = self._reason_asked
        if self._goals:
            named["match.goals"] = next(iter(self._goals.values()))
        return named

    def show_match(self, match: Match, goals: Sequence[Goal]) -> None:
        """Show what can be done with a match in its state."""
        state = match.state
        self._build_end(goals)
        self.yes_button.setVisible(state is MatchState.MENTEE_AGREED)
        self.resume_button.setVisible(state is MatchState.PAUSED)
        self.pause_form.setVisible(state is MatchState.ACTIVE)
        before = (MatchState.SUGGESTED, MatchState.APPROVED, MatchState.MENTEE_AGREED)
        self.no_form.setVisible(state in before)
        running = state in (MatchState.ACTIVE, MatchState.PAUSED)
        self.allowance_form.setVisible(running and match.allowance < MOST_ALLOWANCE)
        for form in self.forms:
            form.fold()
        assert self.end_form is not None
        self.end_form.setVisible(running)
        self.show()

    def _build_end(self, goals: Sequence[Goal]) -> None:
        """Make the form of the end anew: it asks how far each goal is."""
        if self.end_form is not None:
            self.end_reason.setParent(None)
            self.end_form.setParent(None)
            self.end_form.deleteLater()
        states = list(labels("goal_state").items())
        self._goals = {
            str(goal.id): SelectField(filled(self.tr("How far is the goal “{goal}”?"), goal=goal.text), states)
            for goal in goals
        }
        self.end_reason.set_value(None)
        self.end_form = FoldedForm(
            self.tr("End the match"),
            self.tr("End this match"),
            self.end_reason,
            *self._goals.values(),
            shape=Shape.STOP,
        )
        self.end_form.save_asked.connect(self._on_end)
        self.add(self.end_form)

    def _on_plain(self, to: MatchState) -> None:
        self.step_asked.emit(lambda _on: (to, "", {}))

    def _on_pause(self) -> None:
        reason, parts = self.pause_reason.text.strip(), self.resume_on.parts()
        self._reason_asked = self.pause_reason

        def wanted(on: date) -> tuple[MatchState, str, Mapping[str, Any]]:
            if not reason:
                raise BadInputError.at("match", "reason", "required")
            day = parse_day((parts.day, parts.month, parts.year), record="match", field="resume_on")
            if day is not None and day < on:
                raise BadInputError.at("match", "resume_on", "before_start")
            return MatchState.PAUSED, reason, {} if day is None else {"resume_on": day}

        self.step_asked.emit(wanted)

    def _on_no(self) -> None:
        self._reason_asked = self.no_reason
        reason, asked = self.no_reason.value or "", {"by_whom": self.by_whom.value}
        if reason == MatchDeclineReason.OTHER:
            asked["reason_text"] = self.no_text.text
        self.step_asked.emit(lambda _on: (MatchState.DECLINED, reason, asked))

    def _on_end(self) -> None:
        self._reason_asked = self.end_reason
        reason = self.end_reason.value or ""
        goals = {key: field.value for key, field in self._goals.items() if field.value}
        self.step_asked.emit(lambda _on: (MatchState.ENDED, reason, {"goals": goals}))

    def _on_allowance(self) -> None:
        self.allowance_asked.emit(int(self.allowance.value or 0), self.allowance_reason.text)
