"""The steps before a mentee can be matched: begin, what they want to talk about, a goal, the talk, ready."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal

from app.domain.codes import MenteeStatus, MentorKind, Topic
from app.domain.ids import PersonId
from app.domain.mentoring import MenteeProfile
from app.errors import BadInputError
from app.storage.vault import Vault
from app.use_cases import mentoring
from app.use_cases.programme import MatchingView
from ui.context import PageContext
from ui.messages import labels
from ui.pages.move_form import codes_choice
from ui.pages.parts import FoldedForm
from ui.widgets import Field, FlowRow, Option, PrimaryButton, SafeLabel, SecondaryButton, Surface, TextField, TickGroup
from ui.widgets.layouts import BETWEEN_FIELDS

Write = Callable[[Vault, PersonId], object]
"""One step, done on the vault thread."""


class MenteeSteps(Surface):
    """What is still to do before somebody can be matched.

    Signals:
        step_asked: A `Write` that shall be done.
    """

    step_asked = Signal(object)

    def __init__(self, context: PageContext) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self._context = context
        self._view: MatchingView | None = None
        self.words = SafeLabel("")
        self.kind = codes_choice(self.tr("Who should the mentor be like?"), "mentor_kind")
        self.begin_button = PrimaryButton(self.tr("Begin mentoring"))
        topics = [Option(key=key, words=words) for key, words in labels("topic").items()]
        self.topics = TickGroup(self.tr("What they want to talk about"), topics, in_a_row=True)
        self.topics_form = FoldedForm(
            self.tr("Change what they want to talk about"), self.tr("Save topics"), self.topics
        )
        self.goal_text = TextField(self.tr("The goal, in their words"), longest=200)
        self.goal_area = codes_choice(self.tr("What it is about"), "topic")
        self.goal_form = FoldedForm(self.tr("Add a goal"), self.tr("Save goal"), self.goal_text, self.goal_area)
        self.talked_button = SecondaryButton(self.tr("The matching talk is done"))
        self.ready_button = PrimaryButton(self.tr("Ready for a mentor"))
        for part in (self.words, self.kind, self.begin_button, self.topics_form, self.goal_form):
            self.add(part)
        self.add(FlowRow(self.talked_button, self.ready_button, gap=12))
        self.begin_button.clicked.connect(self._on_begin)
        self.topics_form.opened.connect(self._on_topics_opened)
        self.topics_form.save_asked.connect(self._on_topics)
        self.goal_form.save_asked.connect(self._on_goal)
        self.talked_button.clicked.connect(partial(self._on_status, MenteeStatus.TALK_DONE))
        self.ready_button.clicked.connect(partial(self._on_status, MenteeStatus.READY))

    @property
    def forms(self) -> tuple[FoldedForm, ...]:
        """Every form there is."""
        return (self.topics_form, self.goal_form)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        return {
            "mentee_profile.wanted_kind": self.kind,
            "goal.text": self.goal_text,
            "goal.area": self.goal_area,
        }

    def show_view(self, view: MatchingView) -> None:
        """Show what is still to do for this person."""
        self._view = view
        status = None if view.row is None else view.row.status
        self.words.set_words(self._words(status, has_goal=bool(view.goals)))
        for part in (self.kind, self.begin_button):
            part.setVisible(status is None)
        for form in (self.topics_form, self.goal_form):
            form.fold()
            form.setVisible(status is not None)
        self.talked_button.setVisible(status is MenteeStatus.ENQUIRY)
        self.ready_button.setVisible(status is MenteeStatus.TALK_DONE and bool(view.goals))

    def _words(self, status: MenteeStatus | None, *, has_goal: bool) -> str:
        if status is None:
            return self.tr("Mentoring has not begun with them.")
        if status is MenteeStatus.ENQUIRY:
            return self.tr("Next: the matching talk, about getting about, bladder, bowels, pain and what they like.")
        if status is MenteeStatus.TALK_DONE and not has_goal:
            return self.tr("Next: write down at least one goal.")
        if status is MenteeStatus.TALK_DONE:
            return self.tr("Everything is there. Say when they are ready.")
        return self.tr("You can add goals and topics at any time.")

    def _act(self) -> dict[str, Any]:
        return {"actor": self._context.actor, "now": self._context.now}

    @property
    def _profile(self) -> MenteeProfile:
        assert self._view is not None
        assert self._view.profile is not None
        return self._view.profile

    def _on_begin(self) -> None:
        kind, act = self.kind.value, self._act()

        def write(vault: Vault, person_id: PersonId) -> object:
            if kind is None:
                raise BadInputError.at("mentee_profile", "wanted_kind", "required")
            return mentoring.start_mentee(vault, **act, person_id=person_id, wanted=MentorKind(kind))

        self.step_asked.emit(write)

    def _on_topics_opened(self) -> None:
        self.topics.set_values([topic.value for topic in self._profile.topics])

    def _on_topics(self) -> None:
        before = frozenset(self._profile.topics)
        now, act, profile_id = frozenset(Topic(topic) for topic in self.topics.values), self._act(), self._profile.id

        def write(vault: Vault, _person_id: PersonId) -> object:
            return mentoring.change_profile(
                vault, **act, profile_id=profile_id, add={"topics": now - before}, remove={"topics": before - now}
            )

        self.step_asked.emit(write)

    def _on_goal(self) -> None:
        text, area, act = self.goal_text.text, self.goal_area.value, self._act()

        def write(vault: Vault, person_id: PersonId) -> object:
            if area is None:
                raise BadInputError.at("goal", "area" if text.strip() else "text", "required")
            return mentoring.add_goal(vault, **act, person_id=person_id, text=text, area=Topic(area))

        self.step_asked.emit(write)

    def _on_status(self, to: MenteeStatus) -> None:
        act, profile_id = self._act(), self._profile.id

        def write(vault: Vault, _person_id: PersonId) -> object:
            return mentoring.move_profile(vault, **act, profile_id=profile_id, to=to)

        self.step_asked.emit(write)
