"""What people add to the figures, kept beside their records and added up where it lies.

The rules are `app.domain.impact_facts` and `app.domain.impact`. Triggers mark whose records changed, and keep the sums
by what each person adds; here facts are taken anew, and the sums are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.aggregate import aggregate_of
from app.domain.bodies import record_of
from app.domain.ids import OrganisationId, PersonId
from app.domain.impact import RULES, Addend, Scope, Selection, Tally, What, addends_of, scopes_of, tally_of
from app.domain.impact_facts import COUNTED, PersonFacts, facts_of, heard_in
from app.domain.mentoring import MenteeProfile
from app.domain.person import Person
from app.domain.record import Record
from app.storage.reader import TABLES

BATCH = 500
"""People whose facts are taken in one transaction: about a third of a second."""


_RULES = "figure_rules"
"""The setting that says by which version of the rules the sums were taken."""


def is_behind(connection: Connection) -> bool:
    """Answer whether the sums were taken by another version of the rules, or by one that did not say."""
    kept = connection.exec_driver_sql("SELECT value FROM setting WHERE name = ?", (_RULES,)).scalar()
    return kept != str(RULES)


def take_all_anew(connection: Connection) -> None:
    """Mark everybody whom the rules may count; their sums stay until theirs are taken."""
    # Whom the older rules left out is in no sum: they are found by their records.
    for table in ("figure_person", *(TABLES[kind.TYPE] for kind in (Person, MenteeProfile))):
        connection.exec_driver_sql(f'INSERT OR IGNORE INTO figure_stale(agg_id) SELECT agg_id FROM "{table}"')  # noqa: S608
    connection.exec_driver_sql("INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)", (_RULES, str(RULES)))


def stale_people(connection: Connection) -> int:
    """Return how many people's facts have to be taken anew."""
    return int(connection.exec_driver_sql("SELECT count(*) FROM figure_stale").scalar_one())


def take_facts(connection: Connection, org: OrganisationId, most: int = BATCH) -> int:
    """Take the facts of some of the people whose records changed; returns how many are still to be taken."""
    found = connection.exec_driver_sql("SELECT agg_id FROM figure_stale LIMIT ?", (most,)).scalars().all()
    if found:
        marks = ",".join("?" * len(found))
        for table in ("figure_person", "figure_stale"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE agg_id IN ({marks})", tuple(found))  # noqa: S608
        _keep(connection, _facts(connection, org, found))
    return stale_people(connection)


def _facts(connection: Connection, org: OrganisationId, people: Sequence[bytes]) -> Iterable[PersonFacts]:
    """Read the records of some people and return what they add to the figures."""
    wanted = msgspec.json.encode([key.hex() for key in people]).decode()
    held: dict[bytes, list[Record]] = {key: [] for key in people}
    for kind in COUNTED:
        rows = connection.exec_driver_sql(
            f'SELECT t.agg_id, m.id, t.body FROM json_each(?) CROSS JOIN "{TABLES[kind.TYPE]}" t'  # noqa: S608
            " ON t.agg_id = unhex(value) CROSS JOIN rec_meta m ON m.rid = t.rid",
            (wanted,),
        )
        for key, record_id, text in rows:
            held[key].append(record_of(kind, UUID(bytes=record_id), msgspec.json.decode(text)))
    for key, records in held.items():
        facts = facts_of(aggregate_of(PersonId(UUID(bytes=key)), records), org=org, heard=heard_in(records))
        if facts is not None:
            yield facts


def _keep(connection: Connection, people: Iterable[PersonFacts]) -> None:
    rows = [
        (facts.person.bytes, _json(scopes_of(facts)), _json(addends))
        for facts in people
        if (addends := addends_of(facts))
    ]
    if rows:
        connection.exec_driver_sql("INSERT INTO figure_person(agg_id, scopes, addends) VALUES (?, ?, ?)", rows)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_SUMS = """
SELECT what, key, CASE what WHEN 'month' THEN month ELSE ? END, sum(count) FROM figure_sum
 WHERE scope = ? AND (month BETWEEN ? AND ? OR what = 'stage') GROUP BY 1, 2, 3
"""
_SCOPES = "SELECT DISTINCT scope FROM figure_sum WHERE scope > '' ORDER BY scope"


def tally(connection: Connection, selection: Selection, *, on: date, stuck_days: int) -> Tally:
    """Return the figures of one selection, from the sums that are kept."""
    asked = (selection.since, selection.scope, selection.since, selection.until)
    found = connection.exec_driver_sql(_SUMS, asked)
    # But for what is told month by month, one month of the period stands for all.
    sums = [Addend(What(what), key, month, count) for what, key, month, count in found]
    return tally_of(sums, selection, on=on, stuck_days=stuck_days)


def first_month(connection: Connection, scope: Scope) -> str:
    """Return the first month in which anything of a scope was counted; empty where nothing was."""
    found = connection.exec_driver_sql("SELECT min(month) FROM figure_sum WHERE scope = ? AND month > ''", (scope,))
    return found.scalar() or ""


def scopes(connection: Connection) -> tuple[Scope, ...]:
    """Return every programme and ward that there are figures of."""
    return tuple(connection.exec_driver_sql(_SCOPES).scalars())
