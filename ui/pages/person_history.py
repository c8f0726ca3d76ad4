"""The history part of a person's page: everything that happened, newest first."""

from __future__ import annotations

from app.use_cases.person_page import PersonView
from ui.pages.parts import events_of
from ui.pages.person_part import PersonPart
from ui.pages.recent_part import RecentChanges
from ui.view_models.person_story import story
from ui.widgets import EmptyState, Timeline


class HistoryPart(PersonPart):
    """The whole timeline."""

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
