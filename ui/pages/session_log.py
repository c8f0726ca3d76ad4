"""Writing down a call in under a minute: buttons, no typing, what stands there beforehand is the last call's."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType, Role
from app.domain.ids import PersonId, RecordId
from app.domain.match import Session
from app.storage.lists import KeptDraft
from app.use_cases import my_matches
from app.use_cases.my_matches import MatchView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.pages.call_form import CallForm, form_of, no_goal
from ui.pages.move_form import show_value, value_of
from ui.view_models.match_words import correction_words, name_of, next_call_words
from ui.view_models.subjects import LogCall
from ui.widgets import (
    ChoiceGroup,
    Option,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
)


class SessionLogPage(CallForm):
    """One call: how it was, when, how long, by what way, about what; one press saves it."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: MatchView | None = None
        self.number = SafeLabel("", TextRole.STATEMENT)
        self.defaults = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.kept = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.save_button = PrimaryButton(self.tr("Save call"))
        self.leave_button = SecondaryButton(self.tr("Not now"))
        self.drafts = DraftKeeper(context, "session_log", self._values, self)
        self._goals_of: tuple[RecordId, ...] = ()
        self._person: PersonId | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read the match the call is of; what was chosen already stays."""
        context, subject = self.context, self.subject

        def read() -> tuple[LogCall, MatchView]:
            asked = subject
            if not isinstance(asked, LogCall):
                match_id, amends = my_matches.which_call(context.vault, RecordId(subject))  # type: ignore[arg-type]
                asked = LogCall(match_id=match_id, amends=amends)
            act: dict[str, Any] = {"actor": context.actor, "now": context.now, "match_id": asked.match_id}
            return asked, my_matches.open_match(context.vault, **act)

        self.ask(read, self._on_read)

    def _build(self) -> None:
        self.set_heading(self.tr("Write down a call"), self.tr("A minute is enough; nothing need be typed."))
        for part in (self.number, self.defaults):
            self.add(part)
        for field in self.fields:
            self.add(field)
            if field is self.other_minutes:
                self.add(self.long_call)
            if field is self.channel:
                self.add(self.young)
            if field is self.goal:
                self.add(self.more_button)
        self.add(self.kept)
        self.kept.hide()
        self.set_actions(self.save_button, self.leave_button)
        self.show_more(wanted=False)
        for choice in (self.status, self.when, self.minutes, self.channel):
            choice.chosen.connect(self._on_chosen)
        self.other_minutes.edited.connect(self.refresh)
        self.more_button.clicked.connect(self._on_more)
        self.save_button.clicked.connect(self._on_save)
        self.leave_button.clicked.connect(self._on_leave)
        self.drafts.watch(*self.fields)
        self.drafts.found.connect(self._on_draft)
        self.drafts.kept.connect(self._on_kept)
        self.drafts.failed.connect(self.show_failure)

    def _on_read(self, read: tuple[LogCall, MatchView]) -> None:
        before = self._asked
        self._asked, view = read
        is_new = self.view is None or before != self._asked
        self.view = view
        self.is_young = view.is_young
        self._person = PersonId(view.card.person) if Role.COORDINATOR in self.context.actor.roles else None
        self.set_header(PersonHeader(name_of(view.card)))
        amended = next((each for each in view.sessions if each.id == self.asked.amends), None)
        self._show_goals(view)
        if is_new:
            form = my_matches.defaults_for(view, self.context.now)
            self.show_form(form if amended is None else form_of(amended), is_correction=amended is not None)
            self.show_more(wanted=False)
            self.kept.hide()
            # By a record that this laptop holds: with it the draft goes.
            self.drafts.begin(self._asked.amends or view.card.id)
        if amended is not None:
            self.number.set_words(correction_words(view, amended, self.context.on))
        else:
            self.number.set_words(next_call_words(view))
        first = not view.sessions or amended is not None
        said = self.tr("How you talked and how long are filled in from your last call.")
        self.defaults.set_words("" if first else said)
        self.defaults.setVisible(not first)
        self.refresh()

    def _show_goals(self, view: MatchView) -> None:
        goals = tuple(goal.id for goal in view.goals)
        if goals == self._goals_of:
            return
        self._goals_of = goals
        options = [*(Option(key=str(goal.id), words=goal.text) for goal in view.goals), no_goal(self)]
        fresh = ChoiceGroup(self.goal.label.words.removesuffix(self.tr(" (optional)")), options, optional=True)
        self._body.replaceWidget(self.goal, fresh)
        self.fields = tuple(fresh if field is self.goal else field for field in self.fields)
        self.goal.hide()
        self.goal.deleteLater()
        self.goal = fresh
        self.drafts.watch(fresh)

    def _on_more(self) -> None:
        self.show_more(wanted=True)
        self.wishes.focus_control()

    def _values(self) -> dict[str, Any]:
        return {"fields": [value_of(field) for field in self.fields]}

    def _on_draft(self, draft: KeptDraft) -> None:
        for field, value in zip(self.fields, draft.values.get("fields", []), strict=False):
            show_value(field, value)
        self.show_more(wanted=bool(self.wishes.values or self.before.value or self.after.value))
        self._say_kept(self.tr("This was begun earlier and is not saved yet."))
        self.refresh()

    def _on_kept(self) -> None:
        self._say_kept(self.tr("Kept as a draft on this laptop."))

    def _say_kept(self, words: str) -> None:
        self.kept.set_words(words)
        self.kept.show()

    def _on_leave(self) -> None:
        self.drafts.keep_now()
        self._go_back()

    def _on_save(self) -> None:
        context, asked = self.context, self.asked
        chosen = self.chosen_form()
        self.clear_failure()

        def write() -> Session:
            return my_matches.log_session(
                context.vault, actor=context.actor, now=context.now, match_id=asked.match_id, form=chosen()
            )

        self.ask(write, self._on_saved)

    def _on_saved(self, _session: Session) -> None:
        self.drafts.end()
        self.view = None
        announce(self, self.tr("The call is kept on this laptop."))
        self.context.changes.tell({RecordType.SESSION})
        self._go_back()

    def _go_back(self) -> None:
        """Return to the match: a coordinator's page of it is the mentee's."""
        if self._person is None:
            self.context.navigate("match", self.asked.match_id)
        else:
            self.context.navigate("matching", self._person)
