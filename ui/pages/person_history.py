"""The history part of a person's page: everything that happened, newest first, and asking for all that is held."""

from __future__ import annotations

from app.domain.access import Action, permitted
from app.domain.clocks import parse_day
from app.domain.codes import RecordType
from app.domain.task import Task
from app.use_cases import access_requests
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.pages.parts import FoldedForm, events_of
from ui.pages.person_part import PersonPart
from ui.pages.recent_part import RecentChanges
from ui.view_models.person_story import story
from ui.widgets import DateField, EmptyState, Field, SafeLabel, Shape, TextRole, Timeline, Tone, announce


class HistoryPart(PersonPart):
    """The whole timeline; below it a request for access is written down for the data protection lead."""

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self.received_on = DateField(self.tr("Day on which they asked"))
        self.form = FoldedForm(
            self.tr("They ask what we hold about them"),
            self.tr("Tell the data protection lead"),
            self.received_on,
            shape=Shape.PENCIL,
        )
        self.told = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.whole.addWidget(self.form)
        self.whole.addWidget(self.told)
        self.form.save_asked.connect(self._on_ask)
        self.told.hide()

    def show_person(self, view: PersonView) -> None:
        """Show the timeline; the form only where the record is the own charity's."""
        if self.view is None or self.view.person_id != view.person_id:
            self.told.hide()
        super().show_person(view)
        actor = self.context.actor
        is_own = view.person is not None and view.person.org == actor.org
        self.form.setVisible(is_own and permitted(actor.roles, Action.ASK_FOR_RIGHTS) is not None)

    def build(self, view: PersonView) -> None:
        """Show every entry."""
        if view.recent:
            self.add_heading(self.tr("Recent changes"))
            self.add(RecentChanges(view.recent, self.context.now, self._on_put_back))
            self.add_heading(self.tr("What happened"))
        items = story(view, self.context.on)
        if items:
            self.add(Timeline(events_of(items), name=self.tr("Everything that happened")))
        else:
            self.add(EmptyState(self.tr("Nothing has happened yet.")))

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into."""
        return self.received_on if key.startswith("access_request.") else None

    def _on_ask(self) -> None:
        context, person, typed = self.context, self.person_id, self.received_on.parts()

        def write() -> Task:
            day = parse_day((typed.day, typed.month, typed.year), record="access_request", field="received_on")
            return access_requests.ask_for_access(
                context.vault, actor=context.actor, now=context.now, person_id=person, received_on=day
            )

        self.ask(write, self._on_asked)

    def _on_asked(self, _task: Task) -> None:
        words = self.tr("Your data protection lead answers them within one month. It is sent with the next exchange.")
        self.form.fold()
        self.told.set_words(words)
        self.told.show()
        announce(self, words)
        self.context.changes.tell({RecordType.TASK})
        self.context.sync_now()
