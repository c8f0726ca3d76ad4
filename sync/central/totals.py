"""Totals of the alliance, counted from what each charity's own programme may see, and kept for a day."""

from __future__ import annotations

import threading
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from app.domain.aggregate import Directory, aggregate_of
from app.domain.alliance_totals import NOBODY, Totals, Way, counted_step, totals_for
from app.domain.bodies import KINDS, record_of
from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.domain.ids import OrganisationId, PersonId
from app.domain.impact_facts import STEPS, Step
from sync.central.alliance import AllianceReader
from sync.central.database import Context, Database
from sync.central.scopes import scope_id
from sync.central.tables import TYPE_NAMES, TYPE_NUMBERS

_COUNTED = (RecordType.PERSON, RecordType.CONSENT_EVENT, RecordType.REFERRAL, RecordType.REFERRAL_EVENT)
_ROWS = "SELECT agg_id, id, type, body FROM record WHERE type = ANY(%s) AND NOT deleted ORDER BY agg_id"
_AT_ONCE = 2000
"""Rows that are held in memory together while people are counted."""


class Totaller:
    """Counts once a London day; safe to share between threads."""

    def __init__(self, database: Database, alliance: AllianceReader) -> None:
        """Take the database and the directory's reader."""
        self._database = database
        self._alliance = alliance
        self._lock = threading.Lock()
        self._held: tuple[date, dict[OrganisationId, Way]] | None = None

    def totals(self, viewer: OrganisationId, *, now: datetime) -> tuple[date, Totals]:
        """Return the day on which was counted, and what one charity is told."""
        on = london_day(now)
        with self._lock:
            if self._held is None or self._held[0] != on:
                self._held = on, self._count(on)
            day, ways = self._held
        return day, totals_for(viewer, ways)

    def _count(self, on: date) -> dict[OrganisationId, Way]:
        with self._database.reading(Context()) as connection:
            directory = self._alliance.read(connection).directory
        members = sorted(org for org, each in directory.organisations.items() if each.takes_part_on(on))
        return {org: self._way_of(org, directory, on) for org in members}

    def _way_of(self, org: OrganisationId, directory: Directory, on: date) -> Way:
        """Count one charity's people, through the wall that its own coordinators read through."""
        stayed = dict.fromkeys(STEPS, 0)
        context = Context(org=org, scopes=(scope_id(f"programme:{org}"),))
        with (
            self._database.reading(context) as connection,
            connection.cursor(name="totals") as cursor,
        ):
            cursor.itersize = _AT_ONCE
            cursor.execute(_ROWS, ([TYPE_NUMBERS[kind] for kind in _COUNTED],))
            for agg_id, rows in groupby(cursor, key=itemgetter(0)):
                step = _step_of(agg_id, list(rows), org, directory, on)
                if step is not None:
                    stayed[step] += 1
        return tuple(stayed.values()) or NOBODY


def _step_of(
    person: UUID,
    rows: list[tuple[UUID, UUID, int, dict[str, object]]],
    org: OrganisationId,
    directory: Directory,
    on: date,
) -> Step | None:
    records = [record_of(KINDS[TYPE_NAMES[number]], key, body) for _, key, number, body in rows]
    return counted_step(aggregate_of(PersonId(person), records), org=org, directory=directory, on=on)
