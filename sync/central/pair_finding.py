"""Which two charities' records may be of one person: looked for beside the exchange, and told to both or to neither.

What a card says is read in the name of the organisation that may see it, behind the same wall as its laptops' pages:
whoever may not see the other record now hears of no pair (`domain.md` 8, sync.md 7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.aggregate import PersonAggregate, aggregate_of
from app.domain.bodies import KINDS, Body, record_of
from app.domain.codes import PersonStatus, RecordType, TaskKind, TaskState
from app.domain.ids import SYSTEM, OrganisationId, PersonId, RecordId
from app.domain.linkage_facts import facts_in, facts_of
from app.domain.making_one import known_of
from app.domain.names import NameTables
from app.domain.package_values import PersonFacts
from app.domain.person_merge import SamePerson
from app.domain.task import Task
from app.domain.two_homes import Said, is_agreed, is_told, may_be_one, said
from sync.central.database import Context, Database
from sync.central.pairs import Asking
from sync.central.scopes import scope_id
from sync.central.tables import TYPE_NAMES, TYPE_NUMBERS
from sync.central.writing import Writer

BATCH = 50
"""People whose pairs are looked at in one go."""

_CARDS = """
SELECT agg_id, body -> 'fields' FROM record
WHERE agg_id = ANY(%b) AND type = %s AND owner = %s AND body ->> 'receiver' = %s AND body ->> 'org' = %s
"""
_RECORDS = "SELECT id, type, body FROM record WHERE agg_id = %s AND type = ANY(%s)"
_LOOKED_AT = (
    RecordType.PERSON,
    RecordType.STAY,
    RecordType.CONTACT_POINT,
    RecordType.INJURY,
    RecordType.TASK,
    RecordType.SAME_PERSON,
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One of the two records, as the other charity sees it: who registered it, and the card's fields."""

    org: OrganisationId
    person: PersonId
    card: Body


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two records, as its own coordinators hold it.

    Attributes:
        held: the record.
        decisions: what they said.
        asked: whom open questions are about.
        questions: the same of those that the service asked.
    """

    held: PersonAggregate
    decisions: tuple[SamePerson, ...]
    asked: frozenset[RecordId]
    questions: frozenset[RecordId]

    def stands(self, other: PersonId) -> tuple[bool, bool]:
        """Return whether they are being asked about another record, and whether it is noted that both agree."""
        return other in self.asked, is_agreed(self.decisions, other)

    def says(self, other: PersonId, card: Mapping[str, Any]) -> Said:
        """Return what the organisation says of this record and another, of which it sees `card`."""
        held = self.held
        assert held.person is not None, "a side is made of a person"
        facts = PersonFacts(person=held.person, injury=held.injury, contacts=held.contacts, stays=held.stays)
        return said(self.decisions, other, known_of(facts_of(facts), facts_in(card)))


class PairFinder:
    """Looks at pairs whose cards changed; may be called as often as one likes, by several services at once."""

    def __init__(self, database: Database, writer: Writer, names: NameTables) -> None:
        """Take the database, the writer and the tables of names."""
        self._database = database
        self._writer = writer
        self._names = names

    def run(self, *, now: datetime) -> int:
        """Look at the pairs of people who changed; returns of how many: fewer than `BATCH`, and it is all.

        Raises:
            RefusedError: `busy`, when somebody else had one of them for too long.
        """
        with self._database.reading(Context()) as connection:
            due = connection.execute("SELECT agg_id, home_org, noted FROM pairs_due(%s)", (BATCH,)).fetchall()
        for person, org, noted in due:
            self._look_at(OrganisationId(org), PersonId(person), now=now)
            with self._database.settling(Context()) as connection:
                connection.execute("SELECT pair_looked_at(%s, %s)", (person, noted))
        return len(due)

    def run_all(self, clock: Callable[[], datetime], *, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Look at all of them, batch after batch, for as long as it goes on.

        Raises:
            RefusedError: `busy`.
        """
        while self.run(now=clock()) == BATCH and goes_on():
            continue

    def _look_at(self, org: OrganisationId, person: PersonId, *, now: datetime) -> None:
        side = self._side(org, person)
        if side is not None:
            self._keep_questions(side, person)
        with self._database.reading(Context()) as connection:
            found = connection.execute("SELECT agg_id, home_org FROM pairs_with(%s)", (person,)).fetchall()
        by_home: dict[OrganisationId, list[PersonId]] = {}
        for other, home in found:
            if home != org:
                by_home.setdefault(OrganisationId(home), []).append(PersonId(other))
        for home, others in by_home.items():
            theirs = self._cards(others, of=home, to=org)
            mine = self._cards([person], of=org, to=home).get(person, {})
            for other in others:
                self._settle(side, _Seen(org, person, mine), _Seen(home, other, theirs.get(other, {})), now=now)

    def _keep_questions(self, side: _Side, person: PersonId) -> None:
        """Remember whom open questions are about: they may have come with a record that became part of this one."""
        with self._database.settling(Context()) as connection:
            for other in sorted(side.questions):
                connection.execute("SELECT tell_pair(%s, %s, true)", (person, other))

    def _settle(self, side: _Side | None, one: _Seen, other: _Seen, *, now: datetime) -> None:
        """Ask both about a pair, or neither; `one` and `other` are the two records as the other charity sees them."""
        may_be = side is not None and may_be_one(one.card, other.card, names=self._names)
        with self._database.settling(Context()) as connection:
            told = connection.execute("SELECT tell_pair(%s, %s, %s)", (one.person, other.person, may_be)).fetchone()
        if told != (True,):
            return
        others_side = self._side(other.org, other.person)
        says = (_says(side, other), _says(others_side, one))
        is_seen = is_told(one.card) and is_told(other.card) and None not in (side, others_side)
        agreed = is_seen and says == (Said.SAME, Said.SAME)
        is_open = is_seen and may_be and Said.NOT_SAME not in says and not agreed
        for held, mine, theirs, has_said in ((side, one, other, says[0]), (others_side, other, one, says[1])):
            ask = is_open and has_said is Said.NOTHING
            if held is None or held.stands(theirs.person) != (ask, agreed):
                asking = Asking(person=mine.person, other=theirs.person, ask=ask, agreed=agreed)
                self._writer.settle_pair(mine.org, asking, now=now)

    def _cards(self, people: list[PersonId], *, of: OrganisationId, to: OrganisationId) -> dict[PersonId, Body]:
        """Return what the cards of people whom `of` registered tell `to` now; whoever it may not see is left out."""
        with self._database.reading(_programme(to)) as connection:
            found = connection.execute(_CARDS, (people, TYPE_NUMBERS[RecordType.SHARE_CARD], to, str(to), str(of)))
            return {PersonId(agg_id): fields or {} for agg_id, fields in found.fetchall()}

    def _side(self, org: OrganisationId, person: PersonId) -> _Side | None:
        """Return a record as its own organisation's coordinators hold it; None when they hold it no more."""
        types = [TYPE_NUMBERS[kind] for kind in _LOOKED_AT]
        with self._database.reading(_programme(org)) as connection:
            found = connection.execute(_RECORDS, (person, types)).fetchall()
        records = [record_of(KINDS[TYPE_NAMES[number]], row_id, body) for row_id, number, body in found]
        own = [record for record in records if record.org == org]
        held = aggregate_of(person, own)
        if held.person is None or held.person.status is PersonStatus.ERASED:
            return None
        asked = [each for each in own if isinstance(each, Task) and _asks_about_pair(each)]
        return _Side(
            held=held,
            decisions=tuple(each for each in own if isinstance(each, SamePerson)),
            asked=frozenset(each.subject for each in asked if each.subject is not None),
            questions=frozenset(
                each.subject for each in asked if each.subject is not None and each.created_by == SYSTEM
            ),
        )


def _programme(org: OrganisationId) -> Context:
    """Return the context of an organisation's coordinators: they decide, so what they may see is what counts."""
    return Context(org=org, scopes=(scope_id(f"programme:{org}"),))


def _asks_about_pair(task: Task) -> bool:
    return task.kind is TaskKind.POSSIBLE_SAME_PERSON and task.state is TaskState.OPEN


def _says(side: _Side | None, other: _Seen) -> Said:
    return Said.NOTHING if side is None else side.says(other.person, other.card)
