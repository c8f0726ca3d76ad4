"""A volunteer's first page: their matches, one card each, and one press to write down a call."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import MatchState, MentorStatus, RecordType
from app.domain.ids import RecordId
from app.domain.mentoring import MentorProfile
from app.errors import KnownError
from app.use_cases import my_matches
from app.use_cases.my_matches import MatchView, MyMatches
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import words_of
from ui.pages.vault_page import VaultPage
from ui.view_models.match_words import name_of, next_call_words, since_words
from ui.view_models.subjects import LogCall
from ui.widgets import (
    Banner,
    Button,
    Card,
    EmptyState,
    FlowRow,
    Manner,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

OF_A_MATCH = frozenset(
    {RecordType.MATCH_CARD, RecordType.SESSION, RecordType.GOAL, RecordType.MENTOR_PROFILE, RecordType.MATCH_EVENT}
)
"""Kinds of record that change what a volunteer sees."""


class MyMatchesPage(VaultPage):
    """Whom the volunteer mentors; nothing of anybody else is on this laptop."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_A_MATCH

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Mentoring"), self.tr("The people you mentor. Nobody else is on this laptop."))
        self.cards: dict[RecordId, Card] = {}
        self.log_buttons: dict[RecordId, Button] = {}
        self.open_buttons: dict[RecordId, Button] = {}
        self.pause_button = QuietButton(self.tr("Take a break from new matches"))
        self.resume_button = SecondaryButton(self.tr("Go on mentoring"))
        self.pause_button.clicked.connect(partial(self._on_pause, pause=True))
        self.resume_button.clicked.connect(partial(self._on_pause, pause=False))
        self._job: Job[Any] | None = None

    @override
    def load(self) -> None:
        """Read the matches again."""
        vault = self.context.vault

        def read() -> MyMatches:
            return my_matches.my_matches(vault)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what is missing for a mentor; it stands where only a coordinator writes."""
        if error.code.startswith("mentor_profile."):
            sentence, then = words_of(error).sentence, self.tr("Ask your coordinator to look at it with you.")
            self.failure.show_words(sentence, then, "")
            self.set_scroll_position(0)
            announce(self, f"{sentence} {then}")
        else:
            super().show_failure(error)

    def _on_read(self, read: MyMatches) -> None:
        for kept in (self.pause_button, self.resume_button):
            kept.setParent(None)
        self.clear_body()
        self.cards, self.log_buttons, self.open_buttons = {}, {}, {}
        if read.is_paused:
            words = self.tr("You are taking a break. No new match is proposed to you; those you have go on.")
            self.add(Banner(words, manner=Manner.INFO))
            self.add(FlowRow(self.resume_button))
            self.resume_button.show()
        if not read.matches:
            self.add(self._nothing())
        for view in read.matches:
            self.add(self._card(view))
        if read.may_pause:
            self.add(FlowRow(self.pause_button))
            self.pause_button.show()

    def _on_pause(self, *, pause: bool) -> None:
        context = self.context

        def write() -> MentorProfile:
            return my_matches.pause_mentoring(context.vault, actor=context.actor, now=context.now, pause=pause)

        self.ask(write, self._on_paused)

    def _on_paused(self, profile: MentorProfile) -> None:
        self.clear_failure()
        is_paused = profile.status is MentorStatus.PAUSED
        announce(self, self.tr("Your break has begun.") if is_paused else self.tr("You are mentoring again."))
        self.context.changes.tell({RecordType.MENTOR_PROFILE})

    def _nothing(self) -> EmptyState:
        return EmptyState(
            self.tr("No match yet."),
            self.tr("Your coordinator proposes one. It appears here as soon as the person has agreed to it."),
        )

    def _card(self, view: MatchView) -> Card:
        match_id, name = view.card.match, name_of(view.card)
        card = Card(name)
        card.column.setSpacing(8)
        card.add(SafeLabel(next_call_words(view)))
        since = since_words(view, self.context.on)
        if since:
            card.add(SafeLabel(since, TextRole.HINT, tone=Tone.SOFT))
        if view.card.waits_for_room:
            words = self.tr("You said yes. Your coordinator makes room first; you need do nothing.")
            card.add(SafeLabel(words, tone=Tone.ATTENTION))
        if view.is_only_here:
            card.add(SafeLabel(self.tr("Something of this is only on this laptop."), TextRole.HINT, tone=Tone.SOFT))
        card.add(FlowRow(*self._buttons(view, match_id, name), gap=12))
        self.cards[match_id] = card
        return card

    def _buttons(self, view: MatchView, match_id: RecordId, name: str) -> list[Button]:
        if view.card.state is MatchState.MENTEE_AGREED:
            words = self.tr("Read and answer")
            answer = PrimaryButton(words, full_name=filled(self.tr("{words}, {name}"), words=words, name=name))
            answer.clicked.connect(partial(self.context.navigate, "match", match_id))
            self.open_buttons[match_id] = answer
            return [answer]
        log, look = self.tr("Write down a call"), self.tr("Open")
        first = PrimaryButton(
            log, shape=Shape.PENCIL, full_name=filled(self.tr("{words}, {name}"), words=log, name=name)
        )
        first.clicked.connect(partial(self.context.navigate, "session_log", LogCall(match_id=match_id)))
        second = SecondaryButton(look, full_name=filled(self.tr("{words}, {name}"), words=look, name=name))
        second.clicked.connect(partial(self.context.navigate, "match", match_id))
        self.log_buttons[match_id], self.open_buttons[match_id] = first, second
        return [first, second]
