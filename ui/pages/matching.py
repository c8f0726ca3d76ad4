"""One mentee and who could mentor them: five proposals with every point in words, then the steps of the match."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

import resources
from app.domain.codes import Criterion, MatchState, RecordType
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match
from app.domain.matching import Weights
from app.domain.mentoring import LONGEST_STEP
from app.use_cases import matching, mentoring, mentors, my_matches, programme, pulses
from app.use_cases.match_weights import weights_in_use
from app.use_cases.matching import Suggestion
from app.use_cases.my_matches import MatchView
from app.use_cases.programme import MatchingView, MenteeRow
from app.use_cases.pulses import Course
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import labels
from ui.pages.calls_part import CallsPart
from ui.pages.compare_part import ComparePart
from ui.pages.folded_drafts import FoldedDrafts
from ui.pages.match_course import MatchCourse
from ui.pages.match_steps import MatchSteps, Wanted
from ui.pages.mentee_steps import MenteeSteps, Write
from ui.pages.mentoring import OF_THE_PROGRAMME
from ui.pages.move_form import codes_choice
from ui.pages.parts import FactList, FoldedForm
from ui.pages.profile_forms import ProfileForms, Read
from ui.pages.vault_page import VaultPage
from ui.view_models.match_words import goal_words, reach_words, told_facts
from ui.view_models.matching_words import left_out_words, next_words, point_words, score_words, stage_words
from ui.view_models.mentor_words import profile_facts
from ui.view_models.subjects import LogCall
from ui.widgets import (
    Button,
    Card,
    ChoiceGroup,
    EmptyState,
    Field,
    FlowRow,
    Option,
    PersonHeader,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextField,
    TextRole,
    TickGroup,
    Tone,
    announce,
)
from ui.widgets.text import filled


def shipped_weights() -> Weights:
    """Return the weights of the ten criteria as they ship."""
    shipped = resources.match_weights()
    return Weights(
        version=shipped["version"], of={Criterion(name): weight for name, weight in shipped["weights"].items()}
    )


class MatchingPage(VaultPage):
    """Choose, approve, and write down the mentee's yes with what the mentor may be told."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_PROGRAMME

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: MatchingView | None = None
        self.choose_buttons: dict[PersonId, Button] = {}
        self.step_button: Button | None = None
        self.course: MatchCourse | None = None
        self.calls: CallsPart | None = None
        self.log_button = SecondaryButton(self.tr("Write down a call for the mentor"), shape=Shape.PENCIL)
        self.log_button.clicked.connect(self._on_log)
        self._log: LogCall | None = None
        self._shown: PersonId | None = None
        self.goal_forms: dict[RecordId, FoldedForm] = {}
        items = [Option(key=key, words=words) for key, words in labels("told_item").items()]
        self.told = TickGroup(self.tr("What may the mentor be told?"), items, hint=self.tr("Nothing is an answer too."))
        self.steps = MenteeSteps(context)
        self.steps.step_asked.connect(self._on_mentee_step)
        self.forms = ProfileForms("mentee_profile")
        self.forms.save_asked.connect(self._on_profile)
        self.match_steps = MatchSteps()
        self.match_steps.step_asked.connect(self._on_match_step)
        self.match_steps.allowance_asked.connect(self._on_allowance)
        self.mentor_button = QuietButton(self.tr("Would they like to mentor?"), shape=Shape.PERSON)
        self.mentor_button.clicked.connect(self._on_mentor)
        self.drafts = FoldedDrafts(context, "matching", self)
        self._job: Job[Any] | None = None

    @override
    def open(self, subject: object | None = None) -> None:
        """Open a mentee's mentoring."""
        if subject != self.subject:
            self.drafts.leave()
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the mentee and what is to be decided."""
        context, person = self.context, self._person

        def read() -> tuple[MatchingView, Course | None, MatchView | None]:
            weights = weights_in_use(context.vault, shipped=shipped_weights())
            act: dict[str, Any] = {"actor": context.actor, "now": context.now, "person_id": person}
            view = programme.matching_view(context.vault, **act, weights=weights)
            course = pulses.course(context.vault, **act)
            calls = None
            if course is not None:
                calls = my_matches.match_view(context.vault, actor=context.actor, match_id=course.match.id)
            return view, course, calls

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a step before the match is typed into."""
        named = self.steps.named_fields() | self.forms.named_fields() | self.match_steps.named_fields()
        field = named.get(key)
        # A field that is folded away cannot be put right there: the page says it instead.
        return field if field is not None and field.isVisibleTo(self) else None

    @property
    def _person(self) -> PersonId:
        assert self.subject is not None
        return PersonId(self.subject)  # type: ignore[arg-type]

    def _on_read(self, read: tuple[MatchingView, Course | None, MatchView | None]) -> None:
        view, course, calls = read
        is_goal_open = any(form.is_open for form in self.goal_forms.values())
        is_correcting = self.calls is not None and self.calls.form is not None and self.calls.form.is_open
        is_typing = self.forms.is_open or self.match_steps.is_open or is_goal_open or is_correcting
        is_typing = is_typing or any(form.is_open for form in self.steps.forms)
        if self._shown == self._person and is_typing:
            return  # What somebody types stays; of another mentee nothing may stay.
        self.view, self._shown = view, self._person
        self.course, self.calls = None, None
        for kept in (self.told, self.steps, self.forms, self.match_steps, self.mentor_button, self.log_button):
            kept.setParent(None)
        self.clear_body()
        self.choose_buttons, self.step_button = {}, None
        self.set_header(PersonHeader(view.name, is_own_page=True))
        self.setAccessibleName(view.name)
        if view.row is not None:
            self.add(SafeLabel(stage_words(view.row, self.context.now), TextRole.STATEMENT))
            self._show_goals(view)
        self.add(self.steps)
        self.steps.show()
        self.steps.show_view(view)
        if view.profile is not None:
            self.add(FactList(profile_facts(view.profile)))
            self.add(self.forms)
            self.forms.show_profile(view.profile)
        if view.row is not None and view.row.match is not None:
            self._show_match(view, view.row.match, view.row)
        elif view.proposed is not None:
            self._show_proposals(view)
        if course is not None:
            self.course = MatchCourse(self.context, course)
            self.add(self.course)
        if calls is not None:
            self._show_calls(calls)
        self.add(self.mentor_button)
        self.mentor_button.show()
        self.drafts.show(self._person, self._kept_forms())

    def _kept_forms(self) -> dict[str, FoldedForm]:
        """Return the forms whose words outlive a lock, each by a name that stays."""
        steps = self.match_steps
        named = {"topics": self.steps.topics_form, "goal": self.steps.goal_form}
        named |= {f"profile {at}": form for at, form in enumerate(self.forms.forms)}
        named |= {"pause": steps.pause_form, "no": steps.no_form, "allowance": steps.allowance_form}
        named |= {f"goal {goal_id}": form for goal_id, form in self.goal_forms.items()}
        return named if steps.end_form is None else {**named, "end": steps.end_form}

    def _show_goals(self, view: MatchingView) -> None:
        self.add_section(self.tr("What they want"))
        self.goal_forms = {}
        for goal in view.goals:
            card = Card(goal.text, goal_words(goal))
            state = codes_choice(self.tr("How far it is"), "goal_state")
            step = TextField(self.tr("The next step"), longest=LONGEST_STEP, optional=True)
            form = FoldedForm(self.tr("Change this goal"), self.tr("Save"), state, step, about=goal.text)
            state.set_value(goal.state.value)
            form.save_asked.connect(partial(self._on_goal, goal.id))
            card.add(form)
            self.goal_forms[goal.id] = form
            self.add(card)
        if not view.goals:
            self.add(SafeLabel(self.tr("No goal is written down yet."), tone=Tone.SOFT))

    def _show_proposals(self, view: MatchingView) -> None:
        assert view.proposed is not None
        self.add_section(self.tr("Who fits best"))
        if not view.proposed.best:
            words = self.tr("No mentor fits at the moment.")
            self.add(EmptyState(words, self.tr("Below is why. Put it right, or ask another programme.")))
        if len(view.proposed.best) > 1:
            self.add(ComparePart(view.proposed.best))
        for suggestion in view.proposed.best:
            self.add(self._proposal(suggestion))
        lines = left_out_words(view.proposed)
        if lines:
            self.add_section(self.tr("Left out, for your eyes only"))
            for line in lines:
                self.add(SafeLabel(line, tone=Tone.SOFT))

    def _proposal(self, suggestion: Suggestion) -> Card:
        card = Card(suggestion.name, score_words(suggestion))
        card.column.setSpacing(8)
        for point in suggestion.scored.points:
            card.add(SafeLabel(point_words(point)))
        words = self.tr("Choose this mentor")
        choose = SecondaryButton(words, full_name=filled(self.tr("{words}, {name}"), words=words, name=suggestion.name))
        choose.clicked.connect(partial(self._on_choose, suggestion.mentor))
        card.add(choose)
        self.choose_buttons[suggestion.mentor] = choose
        return card

    def _show_match(self, view: MatchingView, match: Match, row: MenteeRow) -> None:
        self.add_section(self.tr("The match"))
        self.add(SafeLabel(next_words(match, row.mentor, row.called)))
        for point in match.reasons:
            self.add(SafeLabel(point_words(point), tone=Tone.SOFT))
        if match.weights:
            ranked = filled(self.tr("{score} of 100, by {version}."), score=match.score, version=match.weights)
            self.add(SafeLabel(ranked, tone=Tone.SOFT))
        step = {MatchState.SUGGESTED: self.tr("Approve this match"), MatchState.APPROVED: self.tr("They said yes")}
        if match.state is MatchState.APPROVED:
            self.told.set_values([item.value for item in match.told_to_mentor])
            self.add(self.told)
            self.told.show()
        if match.state in step:
            self.step_button = PrimaryButton(step[match.state])
            self.step_button.clicked.connect(partial(self._on_step, match))
            self.add(self.step_button)
        self.add(self.match_steps)
        self.match_steps.show_match(match, view.goals)
        self._show_told(view)

    def _show_calls(self, view: MatchView) -> None:
        """Show the calls; the coordinator writes down one that a mentor without a laptop tells of."""
        match_id = view.card.match
        self.calls = CallsPart(view, self.context.on)
        self.calls.correct_asked.connect(lambda call: self._open_log(LogCall(match_id=match_id, amends=call)))
        self.add(self.calls)
        self._log = LogCall(match_id=match_id)
        self.add(FlowRow(self.log_button))
        self.log_button.show()

    def _on_log(self) -> None:
        if self._log is not None:
            self._open_log(self._log)

    def _open_log(self, asked: LogCall) -> None:
        if self.calls is not None and self.calls.form is not None:
            self.calls.form.fold()
        self.context.navigate("session_log", asked)

    def _show_told(self, view: MatchingView) -> None:
        if view.told is None:
            return
        self.add_section(self.tr("What the mentor will be told"))
        card = view.told.card
        facts = [(self.tr("Name"), card.known_as), *told_facts(card)]
        facts += [(way.kind, way.value) for way in reach_words(card, self.context.on)]
        self.add(FactList(facts))

    def _on_choose(self, mentor: PersonId) -> None:
        context, person = self.context, self._person

        def write() -> Match:
            weights = weights_in_use(context.vault, shipped=shipped_weights())
            return matching.suggest(
                context.vault, actor=context.actor, now=context.now, person_id=person, mentor=mentor, weights=weights
            )

        self.ask(write, self._on_written)

    def _on_step(self, match: Match) -> None:
        context = self.context
        is_yes = match.state is MatchState.APPROVED
        asked = {"told_to_mentor": list(self.told.values)} if is_yes else {}

        def write() -> Match:
            return mentoring.move_match(
                context.vault,
                actor=context.actor,
                now=context.now,
                match_id=match.id,
                to=MatchState.MENTEE_AGREED if is_yes else MatchState.APPROVED,
                asked=asked,
            )

        self.ask(write, self._on_written)

    def _on_match_step(self, wanted: Wanted) -> None:
        context, match_id, on = self.context, self._match.id, self.context.on

        def write() -> Match:
            to, reason, asked = wanted(on)
            return mentoring.move_match(
                context.vault,
                actor=context.actor,
                now=context.now,
                match_id=match_id,
                to=to,
                reason=reason,
                asked=asked,
            )

        self.clear_failure()
        self.ask(write, self._on_written)

    def _on_allowance(self, calls: int, reason: str) -> None:
        context, match_id = self.context, self._match.id

        def write() -> Match:
            return mentoring.agree_on_calls(
                context.vault, actor=context.actor, now=context.now, match_id=match_id, calls=calls, reason=reason
            )

        self.clear_failure()
        self.ask(write, self._on_written)

    @property
    def _match(self) -> Match:
        assert self.view is not None
        assert self.view.row is not None
        assert self.view.row.match is not None
        return self.view.row.match

    def _on_profile(self, read: Read) -> None:
        assert self.view is not None
        assert self.view.profile is not None
        context, profile_id = self.context, self.view.profile.id

        def write() -> object:
            return mentors.save_profile(
                context.vault, actor=context.actor, now=context.now, profile_id=profile_id, wanted=read()
            )

        self.clear_failure()
        self.ask(write, self._on_written)

    def _on_mentor(self) -> None:
        self.context.navigate("mentor", self._person)

    def _on_goal(self, goal_id: RecordId) -> None:
        context = self.context
        state, step = self.goal_forms[goal_id].fields
        assert isinstance(state, ChoiceGroup)
        assert isinstance(step, TextField)
        fields, words = {"state": state.value}, step.text

        def write() -> object:
            return my_matches.change_goal(
                context.vault, actor=context.actor, now=context.now, goal_id=goal_id, fields=fields, step=words
            )

        self.ask(write, self._on_written)

    def _on_mentee_step(self, write: Write) -> None:
        vault, person = self.context.vault, self._person
        self.ask(partial(write, vault, person), self._on_written)

    def _on_written(self, _record: object) -> None:
        self.clear_failure()
        announce(self, self.tr("Saved on this laptop."))
        self.steps.goal_text.set_text("")
        forms = (*self.steps.forms, *self.forms.forms, *self.match_steps.forms, *self.goal_forms.values())
        for form in forms:
            form.fold()
        self.drafts.tell_folded()
        self.context.changes.tell(OF_THE_PROGRAMME)
        self.load()
