"""What time alone brings about, and what a changed directory does: who is due is looked at again (sync.md 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from app.domain.ids import OrganisationId
from sync.central.database import Context, Database
from sync.central.writing import Writer

BATCH = 100
"""Aggregates that are looked at again in one go."""

SPREAD = 5000
"""Aggregates that are looked through in one go for those a change of the directory concerns."""


_DUE = """
SELECT d.agg_id, d.home_org, w.waits FROM (SELECT directory_changes_wait() AS waits) w
LEFT JOIN due_aggregates(%s, %s) d ON true
"""


class Timekeeper:
    """Looks again at what is due; may be called as often as one likes, by several services at once."""

    def __init__(self, database: Database, writer: Writer, new_id: Callable[[], UUID]) -> None:
        """Take the database, the writer and the source of ids."""
        self._database = database
        self._writer = writer
        self._new_id = new_id

    def run(self, *, now: datetime) -> int:
        """Look again at what is due by `now`; returns how many aggregates that were: fewer than `BATCH`, and it is all.

        Raises:
            RefusedError: `busy`, when somebody else had one of them for too long.
        """
        due, is_more_waiting = self._due(now)
        while len(due) < BATCH and is_more_waiting and self._spread(now):
            due, is_more_waiting = self._due(now)
        by_home: dict[UUID, list[UUID]] = defaultdict(list)
        for agg_id, home_org in due:
            by_home[home_org].append(agg_id)
        for home_org, agg_ids in by_home.items():
            self._writer.look_again(OrganisationId(home_org), agg_ids, now=now, cause=self._new_id())
        return len(due)

    def run_all(self, clock: Callable[[], datetime], *, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Look again at everything that is due, batch after batch, for as long as it goes on.

        Raises:
            RefusedError: `busy`.
        """
        while self.run(now=clock()) == BATCH and goes_on():
            continue

    def _due(self, now: datetime) -> tuple[list[tuple[UUID, UUID]], bool]:
        """Return what is due with who registered it, and whether a change of the directory waits to be spread."""
        with self._database.reading(Context()) as connection:
            found = connection.execute(_DUE, (now, BATCH)).fetchall()
        return [(agg_id, home_org) for agg_id, home_org, _ in found if agg_id is not None], found[0][2]

    def _spread(self, now: datetime) -> bool:
        """Make some of those due whom a change of the directory concerns; False when another service is at it."""
        with self._database.settling(Context()) as connection:
            found = connection.execute("SELECT spread_directory_change(%s, %s)", (now, SPREAD)).fetchone()
        return found == (True,)
