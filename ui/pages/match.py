"""One match as its mentor sees it: which call is next, how to reach the mentee, what was told, goals and calls."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import MatchState, PulseSubject, RecordType
from app.domain.ids import RecordId
from app.domain.match import MatchCard
from app.domain.mentoring import Goal
from app.use_cases import my_matches, pulses
from app.use_cases.my_matches import MatchView
from app.use_cases.pulses import PulseView
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import label
from ui.pages.calls_part import CallsPart
from ui.pages.move_form import codes_choice
from ui.pages.my_matches import OF_A_MATCH
from ui.pages.parts import FactList, FoldedForm
from ui.pages.vault_page import VaultPage
from ui.view_models.match_words import (
    ReachWords,
    goal_words,
    name_of,
    next_call_words,
    reach_words,
    since_words,
    told_facts,
)
from ui.view_models.subjects import AskPulse, LogCall
from ui.widgets import (
    Banner,
    Card,
    EmptyState,
    Field,
    FlowRow,
    Manner,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

_CAN_BE_LOGGED = frozenset({MatchState.ACTIVE, MatchState.PAUSED, MatchState.ENDED})


class MatchPage(VaultPage):
    """Everything this laptop holds of one mentee; the look is kept in the audit."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_A_MATCH

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: MatchView | None = None
        self.yes_button = PrimaryButton(self.tr("Yes, I will be their mentor"))
        self.no_form = FoldedForm(
            self.tr("No, not this time"),
            self.tr("Say no"),
            codes_choice(self.tr("Why not"), "match_decline_reason", ("consent_lost", "prefers_someone_else", "other")),
            shape=Shape.CROSS,
        )
        self.log_button = PrimaryButton(self.tr("Write down a call"), shape=Shape.PENCIL)
        self.correct_button = SecondaryButton(self.tr("Correct the last call"))
        self.pulse_button = SecondaryButton(self.tr("Say how it goes"))
        self.pulse: PulseView | None = None
        self.calls: CallsPart | None = None
        self.goal_forms: dict[RecordId, FoldedForm] = {}
        self._job: Job[Any] | None = None
        self.yes_button.clicked.connect(partial(self._answer, says_yes=True))
        self.no_form.save_asked.connect(partial(self._answer, says_yes=False))
        self.log_button.clicked.connect(self._on_log)
        self.correct_button.clicked.connect(self._on_correct)
        self.pulse_button.clicked.connect(self._on_pulse)

    @override
    def load(self) -> None:
        """Read the match."""
        context, match_id = self.context, self._match_id

        def read() -> tuple[MatchView, PulseView]:
            act: dict[str, Any] = {"actor": context.actor, "now": context.now, "match_id": match_id}
            view = my_matches.open_match(context.vault, **act)
            return view, pulses.pulse_view(context.vault, **act, about=PulseSubject.MENTOR)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the answer that is refused."""
        return self.no_form.fields[0] if key == "match.reason" and self.no_form.is_open else None

    @property
    def _match_id(self) -> RecordId:
        assert self.subject is not None
        return RecordId(self.subject)  # type: ignore[arg-type]

    def _on_read(self, read: tuple[MatchView, PulseView]) -> None:
        view, self.pulse = read
        self.view = view
        for kept in (self.yes_button, self.no_form, self.log_button, self.correct_button, self.pulse_button):
            kept.setParent(None)
        self.clear_body()
        self._show_top(view)
        self._show_reach(view)
        self._show_told(view)
        self._show_goals(view)
        if view.card.state is MatchState.MENTEE_AGREED:
            self._ask_for_answer(view)
        else:
            self._show_calls(view)

    def _show_top(self, view: MatchView) -> None:
        card = view.card
        chips = [label("communication_need", need) for need in sorted(card.comm_needs)]
        self.set_header(PersonHeader(name_of(card), chips=chips, is_own_page=True))
        self.setAccessibleName(name_of(card))
        self.add(SafeLabel(next_call_words(view), TextRole.STATEMENT))
        since = since_words(view, self.context.on)
        if since:
            self.add(SafeLabel(since, tone=Tone.SOFT))
        if card.waits_for_room:
            words = self.tr("You said yes, and you have as many matches as you wanted.")
            detail = self.tr("Your coordinator makes room first. You need do nothing.")
            self.add(Banner(words, detail, manner=Manner.ATTENTION))
        elif card.state is MatchState.MENTEE_AGREED:
            words = filled(self.tr("{name} would like you as their mentor."), name=name_of(card))
            detail = self.tr(
                "Read what you are told below, then answer. Only your coordinator sees a no and its reason."
            )
            self.add(Banner(words, detail, manner=Manner.INFO))
        if self.pulse is not None and self.pulse.may_ask and self.pulse.due_on is not None:
            words = self.tr("Your coordinator would like to know how it goes.")
            self.add(Banner(words, self.tr("One question, five faces; nothing need be typed."), manner=Manner.INFO))
        if self._can_be_logged(view):
            buttons = [self.log_button, *([self.correct_button] if view.sessions else [])]
            if self.pulse is not None and self.pulse.may_ask:
                buttons.append(self.pulse_button)
            self.add(FlowRow(*buttons, gap=12))
            for button in buttons:
                button.show()

    def _show_reach(self, view: MatchView) -> None:
        self.add_section(self.tr("How to reach them"))
        ways = reach_words(view.card, self.context.on)
        if not ways:
            words = self.tr("No way to reach them is agreed at the moment.")
            self.add(EmptyState(words, self.tr("Ask your coordinator.")))
        for way in ways:
            self.add(_way_card(way))

    def _show_told(self, view: MatchView) -> None:
        self.add_section(self.tr("What you were told"))
        facts = told_facts(view.card)
        if facts:
            self.add(FactList(facts))
        else:
            self.add(SafeLabel(self.tr("Nothing about the injury. Let them tell you what they wish."), tone=Tone.SOFT))

    def _show_goals(self, view: MatchView) -> None:
        self.add_section(self.tr("What they want"))
        self.goal_forms = {}
        if not view.goals:
            self.add(EmptyState(self.tr("No goal is written down yet."), self.tr("Your coordinator adds them.")))
        for goal in view.goals:
            self.add(self._goal_card(goal))

    def _goal_card(self, goal: Goal) -> Card:
        card = Card(goal.text, goal_words(goal))
        choice = codes_choice(self.tr("How far it is"), "goal_state")
        form = FoldedForm(self.tr("Say how far it is"), self.tr("Save"), choice, about=goal.text)
        form.opened.connect(partial(choice.set_value, goal.state.value))
        form.save_asked.connect(partial(self._on_goal, goal.id))
        card.add(form)
        self.goal_forms[goal.id] = form
        return card

    def _show_calls(self, view: MatchView) -> None:
        self.calls = CallsPart(view, self.context.on)
        self.calls.correct_asked.connect(self._correct)
        self.add(self.calls)

    def _ask_for_answer(self, view: MatchView) -> None:
        """Ask below everything that is told: whoever answers has read it."""
        if view.card.waits_for_room:
            return
        self.add_section(self.tr("Your answer"))
        for part in (self.yes_button, self.no_form):
            self.add(part)
            part.show()
        self.no_form.fold()

    @staticmethod
    def _can_be_logged(view: MatchView) -> bool:
        return view.card.state in _CAN_BE_LOGGED

    def _answer(self, *, says_yes: bool) -> None:
        context, match_id = self.context, self._match_id
        choice = self.no_form.fields[0]
        reason = "" if says_yes else str(getattr(choice, "value", None) or "")

        def write() -> MatchCard:
            return my_matches.answer_match(
                context.vault,
                actor=context.actor,
                now=context.now,
                match_id=match_id,
                says_yes=says_yes,
                reason=reason,
            )

        self.ask(write, self._on_answered)

    def _on_answered(self, card: MatchCard) -> None:
        self.clear_failure()
        said_yes = card.state is MatchState.ACTIVE
        announce(self, self.tr("Your yes is kept on this laptop.") if said_yes else self.tr("Your no is kept."))
        self.context.changes.tell({RecordType.MATCH_CARD, RecordType.MATCH_EVENT})
        if not said_yes:
            self.context.navigate("my_matches", None)

    def _on_goal(self, goal_id: RecordId) -> None:
        context, choice = self.context, self.goal_forms[goal_id].fields[0]
        state = getattr(choice, "value", None)

        def write() -> Goal:
            return my_matches.change_goal(
                context.vault, actor=context.actor, now=context.now, goal_id=goal_id, fields={"state": state}
            )

        self.ask(write, self._on_goal_saved)

    def _on_goal_saved(self, _goal: Goal) -> None:
        announce(self, self.tr("Saved on this laptop."))
        self.context.changes.tell({RecordType.GOAL})

    def _on_log(self) -> None:
        self.context.navigate("session_log", LogCall(match_id=self._match_id))

    def _on_pulse(self) -> None:
        self.context.navigate("pulse", AskPulse(match_id=self._match_id, about=PulseSubject.MENTOR))

    def _on_correct(self) -> None:
        if self.view is not None and self.view.sessions:
            self._correct(self.view.sessions[0].id)

    def _correct(self, call: RecordId) -> None:
        self.context.navigate("session_log", LogCall(match_id=self._match_id, amends=call))


def _way_card(way: ReachWords) -> Card:
    card = Card(way.value, way.kind)
    card.add(SafeLabel(way.mind, TextRole.HINT, tone=Tone.SOFT))
    return card
