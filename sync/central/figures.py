"""Figures of each charity and of the alliance, counted from what each charity's own programme may see, once a day."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from app.domain.aggregate import Directory, PersonAggregate, aggregate_of
from app.domain.alliance_figures import ALLIANCE_PERIOD, alliance_figures_for, counts_jointly
from app.domain.bodies import KINDS, record_of
from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.domain.equality import counting_scope, newest_answers
from app.domain.equality_figures import EQUALITY_PERIOD, Answered, answered_of, equality_tables
from app.domain.ids import OrganisationId, PersonId
from app.domain.impact import EVERYBODY, Addend, Scope, Selection, What, addends_of, first_month, scopes_of, tally_of
from app.domain.impact_facts import COUNTED, PersonFacts, facts_of, heard_in
from app.domain.impact_tables import figures_of, tables_of
from app.domain.periods import Period, months_of
from app.domain.policy import PolicyKey, policy_value
from app.domain.suppression import SMALL
from app.domain.told_figures import ToldFigures, Whose
from sync.central.alliance import AllianceReader
from sync.central.database import Context, Database
from sync.central.outcomes import RefusedError
from sync.central.scopes import scope_id
from sync.central.tables import TYPE_NAMES, TYPE_NUMBERS
from sync.protocol.messages import ErrorCode

_ROWS = "SELECT agg_id, id, type, body FROM record WHERE type = ANY(%s) AND NOT deleted ORDER BY agg_id"
_READ = (*(kind.TYPE for kind in COUNTED), RecordType.EQUALITY_ANSWERS)
_AT_ONCE = 2000
"""Rows that are held in memory together while people are counted."""

_PATIENCE_S = 5.0
"""How long a request waits for another one that counts, before it is told to come again."""

_COME_AGAIN_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """One charity's people, added up.

    Attributes:
        day: when.
        own: everybody, by whose figures they are.
        joint: those who count in the figures of the alliance.
        equality: what everybody answered about themselves.
    """

    day: date
    own: dict[Scope, tuple[Addend, ...]]
    joint: tuple[Addend, ...]
    equality: Mapping[Answered, int]


class Figurer:
    """Counts each charity once a London day; safe to share between threads."""

    def __init__(self, database: Database, alliance: AllianceReader) -> None:
        """Take the database and the directory's reader."""
        self._database = database
        self._alliance = alliance
        self._lock = threading.Lock()
        self._counted: dict[OrganisationId, _Counted] = {}
        self._told: dict[tuple[OrganisationId, Whose], tuple[ToldFigures, ...]] = {}

    def told(self, org: OrganisationId, whose: Whose, *, now: datetime) -> tuple[ToldFigures, ...]:
        """Return the figures of a charity's own people, or of the alliance as they may be told to it.

        Raises:
            RefusedError: `busy`: somebody else's figures are being counted.
        """
        on = london_day(now)
        if not self._lock.acquire(timeout=_PATIENCE_S):
            raise RefusedError(ErrorCode.BUSY, retry_after_s=_COME_AGAIN_S)
        try:
            held = self._told.get((org, whose))
            if held is None or held[0].day != on:
                tell = self._of_charity if whose is Whose.ORGANISATION else self._of_alliance
                held = self._told[org, whose] = tell(org, self._directory(), on)
            return held
        finally:
            self._lock.release()

    def _directory(self) -> Directory:
        with self._database.reading(Context()) as connection:
            return self._alliance.read(connection).directory

    def _of_charity(self, org: OrganisationId, directory: Directory, on: date) -> tuple[ToldFigures, ...]:
        member = directory.organisations.get(org)
        policy = {} if member is None else member.policy
        small, stuck_days = policy_value(policy, PolicyKey.SMALL_NUMBER), policy_value(policy, PolicyKey.STUCK_DAYS)
        counted = self._count(org, directory, on)
        own = counted.own
        found = []
        for scope in (EVERYBODY, *sorted(own.keys() - {EVERYBODY})):
            first = first_month(own.get(scope, ()))
            for period in Period:
                since, until = months_of(period, on)
                selection = Selection(since=since, until=until, scope=scope)
                tally = tally_of(own.get(scope, ()), selection, on=on, stuck_days=stuck_days)
                if tally.is_empty and scope != EVERYBODY:
                    continue
                tables = tables_of(tally, small=small)
                if period is EQUALITY_PERIOD and scope == EVERYBODY:
                    tables += equality_tables(counted.equality, selection, tables, small=small)
                figures = figures_of(tally, selection, tables, first=first)
                found.append(ToldFigures(whose=Whose.ORGANISATION, day=on, period=period, small=small, figures=figures))
        return tuple(found)

    def _of_alliance(self, viewer: OrganisationId, directory: Directory, on: date) -> tuple[ToldFigures, ...]:
        members = sorted(org for org, each in directory.organisations.items() if each.takes_part_on(on))
        sums = {org: self._count(org, directory, on).joint for org in members}
        figures = alliance_figures_for(viewer, sums, on=on)
        return (ToldFigures(whose=Whose.ALLIANCE, day=on, period=ALLIANCE_PERIOD, small=SMALL, figures=figures),)

    def _count(self, org: OrganisationId, directory: Directory, on: date) -> _Counted:
        """Count one charity's people, through the wall that its own coordinators read through."""
        held = self._counted.get(org)
        if held is not None and held.day == on:
            return held
        own: dict[Scope, _Sums] = {}
        joint = _Sums()
        equality: Counter[Answered] = Counter()
        context = Context(org=org, scopes=(scope_id(f"programme:{org}"), scope_id(counting_scope(org))))
        with (
            self._database.reading(context) as connection,
            connection.cursor(name="figures") as cursor,
        ):
            cursor.itersize = _AT_ONCE
            cursor.execute(_ROWS, ([TYPE_NUMBERS[kind] for kind in _READ],))
            for agg_id, rows in groupby(cursor, key=itemgetter(0)):
                person, facts = _person(agg_id, list(rows), org)
                if facts is None:
                    continue
                addends = addends_of(facts)
                for scope in scopes_of(facts) if addends else ():
                    own.setdefault(scope, _Sums()).add(addends)
                equality.update(answered_of(facts, newest_answers(person.equality, org)))
                if counts_jointly(person, facts, org=org, directory=directory, on=on):
                    joint.add(addends)
        counted = _Counted(
            day=on, own={scope: sums.read() for scope, sums in own.items()}, joint=joint.read(), equality=equality
        )
        self._counted[org] = counted
        return counted


class _Sums:
    """What people add, name by name and month by month."""

    def __init__(self) -> None:
        self._sums: Counter[tuple[What, str, str]] = Counter()

    def add(self, addends: Iterable[Addend]) -> None:
        for each in addends:
            self._sums[each.what, each.key, each.month] += each.amount

    def read(self) -> tuple[Addend, ...]:
        return tuple(Addend(*name, count) for name, count in self._sums.items())


def _person(
    agg_id: UUID, rows: Sequence[tuple[UUID, UUID, int, dict[str, Any]]], org: OrganisationId
) -> tuple[PersonAggregate, PersonFacts | None]:
    records = [record_of(KINDS[TYPE_NAMES[number]], key, body) for _, key, number, body in rows]
    person = aggregate_of(PersonId(agg_id), records)
    return person, facts_of(person, org=org, heard=heard_in(records))
