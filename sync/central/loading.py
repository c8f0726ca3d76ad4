"""Step 4 of the write transaction: lock the aggregates in ascending order, then load what hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain.codes import OpKind, RecordType
from app.domain.ids import OrganisationId
from sync.central.database import PgConnection
from sync.central.mentors import leaving, mentees_of, mentors_of, places_of
from sync.central.overlay import Locked, Overlay, Row
from sync.central.tables import TYPE_NAMES
from sync.protocol.messages import OpLine

ALONE_TYPES = frozenset(
    {
        RecordType.AUDIT_ENTRY,
        RecordType.AUDIT_SUBJECT,
        RecordType.USER,
        RecordType.ORGANISATION,
        RecordType.SITE,
        RecordType.SERVICE,
        RecordType.AGREEMENT,
        RecordType.CONSENT_WORDING,
        RecordType.NOTICE,
    }
)
"""Kinds that no rule of their aggregate's other records concerns: only the rows that ops name are loaded."""

MAKING = frozenset({OpKind.CREATE, OpKind.APPEND, OpKind.CONSENT})
"""Kinds of op that may be the first of their aggregate."""

JOINING = frozenset({OpKind.MERGE_PERSON, OpKind.UNMERGE_PERSON})
"""Kinds of op on two people: the other one is cited, by its own name."""

_ROWS = """
SELECT agg_id, id, type, owner, cls, rev, body, fstamp, last_op, chash FROM record
WHERE agg_id = ANY(%b) OR (agg_id = ANY(%b) AND id = ANY(%b))
"""


def lock_and_load(connection: PgConnection, ops: Iterable[OpLine]) -> Overlay:
    """Lock every aggregate that ops name and load it; aggregates nobody knows yet are made."""
    listed = list(ops)
    aliases = _aliases(connection, {op.agg_id for op in listed})
    wanted = {aliases.get(op.agg_id, op.agg_id) for op in listed}
    fresh = {aliases.get(op.agg_id, op.agg_id) for op in listed if op.kind in MAKING}
    whole = {aliases.get(op.agg_id, op.agg_id) for op in listed if op.record_type not in ALONE_TYPES}
    joined = {cited for op in listed if op.kind in JOINING for cited in op.cites}
    beside = joined | mentors_of(listed)
    aggregates = _lock(connection, wanted | beside, fresh, whole | beside)
    places = places_of(connection, aggregates.keys() & mentors_of(listed))
    # Who leaves takes the matches along: their mentees are locked as well, which is known only under the mentor's lock.
    mentees = {agg_id for mentor in leaving(listed) for agg_id in mentees_of(connection, mentor)} - aggregates.keys()
    if mentees:
        aggregates |= _lock(connection, mentees, set(), mentees)
    # Of the others every row is loaded; what a new aggregate would hold is in none.
    alone = {agg_id for agg_id, each in aggregates.items() if not (each.is_whole or each.made)}
    named = {op.record_id for op in listed if aliases.get(op.agg_id, op.agg_id) in alone}
    named |= {item for op in listed if op.kind == OpKind.RESOLVE for item in op.cites}
    load_rows(connection, aggregates.values(), named)
    return Overlay(aggregates.values(), aliases, places)


def lock_aggregates(connection: PgConnection, wanted: Collection[UUID]) -> Overlay:
    """Lock aggregates that the service itself changes, and load them."""
    aggregates = _lock(connection, set(wanted), set(), set(wanted))
    load_rows(connection, aggregates.values(), ())
    return Overlay(aggregates.values())


def join(connection: PgConnection, overlay: Overlay, agg_ids: Collection[UUID]) -> None:
    """Take in further aggregates of reference records, to add a record of the service's own to them.

    They are not locked: adding a record touches none of their other records.
    """
    wanted = [agg_id for agg_id in agg_ids if agg_id not in overlay.aggregates]
    if not wanted:
        return
    connection.execute("SELECT use_aggregates(%b)", (wanted,))
    found = connection.execute("SELECT agg_id, home_org, state FROM aggregate WHERE agg_id = ANY(%s)", (wanted,))
    for agg_id, home_org, state in found.fetchall():
        overlay.aggregates[agg_id] = Locked(
            agg_id=agg_id, home_org=home_org, state=state, opened=True, had=False, made=False, is_whole=False
        )


def load_rows(connection: PgConnection, aggregates: Iterable[Locked], record_ids: Collection[UUID]) -> None:
    """Load rows and access lists of opened aggregates, each with one query."""
    opened = {aggregate.agg_id: aggregate for aggregate in aggregates if aggregate.is_open}
    if not opened:
        return
    connection.execute("SELECT use_aggregates(%b)", (list(opened),))
    old = [agg_id for agg_id, aggregate in opened.items() if not aggregate.made]
    if not old:
        return
    whole = [agg_id for agg_id in old if opened[agg_id].is_whole]
    for found in connection.execute(_ROWS, (whole, old, list(record_ids))):
        row = _row(found)
        opened[row.agg_id].before[row.id] = row
        opened[row.agg_id].rows[row.id] = row
    access = connection.execute(
        "SELECT agg_id, scope_id, owner, cls, until FROM visibility WHERE agg_id = ANY(%b)", (old,)
    )
    for agg_id, scope_id, owner, cls, until in access:
        opened[agg_id].access[(scope_id, owner, cls)] = until


def _lock(connection: PgConnection, wanted: set[UUID], fresh: set[UUID], whole: set[UUID]) -> dict[UUID, Locked]:
    found = connection.execute("SELECT * FROM open_aggregates(%b, %b)", (sorted(wanted), sorted(fresh)))
    return {
        agg_id: Locked(
            agg_id=agg_id,
            home_org=OrganisationId(home_org),
            state=state,
            opened=opened,
            had=had,
            made=made,
            is_whole=agg_id in whole,
            stood=(OrganisationId(home_org), state),
        )
        for agg_id, home_org, state, opened, had, made in found
    }


def _aliases(connection: PgConnection, agg_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    return dict(connection.execute("SELECT old, new FROM agg_alias WHERE old = ANY(%b)", (list(agg_ids),)).fetchall())


def _row(found: tuple[Any, ...]) -> Row:
    agg_id, row_id, number, owner, cls, rev, body, stamps, last_op, chash = found
    return Row(agg_id, row_id, TYPE_NAMES[number], owner, cls, rev, body, stamps, last_op, chash)
