"""What time alone brings about: consent that ends, records whose days are over (sync.md 4, "Time")."""

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


class Timekeeper:
    """Looks again at what is due; may be called as often as one likes, by several services at once."""

    def __init__(self, database: Database, writer: Writer, new_id: Callable[[], UUID]) -> None:
        """Take the database, the writer and the source of ids."""
        self._database = database
        self._writer = writer
        self._new_id = new_id

    def run(self, *, now: datetime) -> int:
        """Look again at what is due by `now`; returns how many aggregates that were."""
        with self._database.reading(Context()) as connection:
            due = connection.execute("SELECT agg_id, home_org FROM due_aggregates(%s, %s)", (now, BATCH)).fetchall()
        by_home: dict[UUID, list[UUID]] = defaultdict(list)
        for agg_id, home_org in due:
            by_home[home_org].append(agg_id)
        for home_org, agg_ids in by_home.items():
            self._writer.look_again(OrganisationId(home_org), agg_ids, now=now, cause=self._new_id())
        return len(due)
