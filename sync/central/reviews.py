"""Reminders of agreements: a task for everybody who has to look at a paper before its review or its last day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from app.domain.agreement import Review, reviews_due
from app.domain.clocks import london_day
from app.domain.codes import TaskKind
from app.domain.ids import OrganisationId
from app.domain.task import Task
from sync.central.alliance import AllianceReader
from sync.central.database import Context, Database
from sync.central.service_records import derived_id, service_header
from sync.central.writing import Writer


class Reviewer:
    """Makes each reminder once; may be called as often as one likes, by several services at once."""

    def __init__(self, database: Database, alliance: AllianceReader, writer: Writer) -> None:
        """Take the database, the directory's reader and the writer."""
        self._database = database
        self._alliance = alliance
        self._writer = writer
        self._looked: tuple[str, date] | None = None

    def run(self, *, now: datetime) -> int:
        """Make the reminders that are due by `now` and not made yet; returns how many it asked for.

        Nothing is asked again before the directory or the day is another one.
        """
        on = london_day(now)
        with self._database.reading(Context()) as connection:
            alliance = self._alliance.read(connection)
        if self._looked == (alliance.stamp, on):
            return 0
        titles = {each.id: each.title for each in alliance.directory.agreements}
        tasks: dict[OrganisationId, list[Task]] = defaultdict(list)
        for review in reviews_due(alliance.directory.agreements, on):
            if review.org in alliance.directory.organisations:
                tasks[review.org].append(_task(review, titles[review.agreement], now=now))
        for org, listed in tasks.items():
            self._writer.remind(org, listed, now=now)
        self._looked = (alliance.stamp, on)
        return sum(len(listed) for listed in tasks.values())


def _task(review: Review, title: str, *, now: datetime) -> Task:
    # A paper that gets another day is another reminder.
    made = derived_id(review.agreement, "review", review.org, review.role.value, str(review.due_on))
    return Task(
        **service_header(made, org=review.org, now=now),
        kind=TaskKind.AGREEMENT_REVIEW,
        subject=review.agreement,
        for_role=review.role,
        due_on=review.due_on,
        note=title,
    )
