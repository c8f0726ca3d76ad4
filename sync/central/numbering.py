"""Step 9 of the write transaction, the last: each scope's entries get the next numbers of its feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.codes import DropReason
from app.domain.digest import DIGEST_BYTES, record_digest
from sync.central.consequences import Outcome
from sync.central.database import PgConnection
from sync.central.overlay import Row
from sync.central.scopes import scope_org
from sync.central.storing import as_array
from sync.central.tables import TYPE_NUMBERS

_ADD = """
SELECT feed_add(%s, %s, %s, %s, %s, %s, %b, %b, %b, %s, %s, %s, %b, %s, %s, %s)
"""
_EMPTY = bytes(DIGEST_BYTES)

_PRESENT, _HAS_BODY, _IS_NEW = 1, 2, 4
"""What is said of a record in one number (migration 0006)."""


class Entry(NamedTuple):
    """One entry to be: P or D of one record in one scope."""

    scope_id: UUID
    row: Row
    op: str
    why: str | None
    home_org: UUID


def entries_of(outcomes: Sequence[Outcome]) -> list[Entry]:
    """Return every entry of a transaction, parents before children."""
    entries: list[Entry] = []
    for outcome in outcomes:
        home = outcome.aggregate.home_org
        for scope, row in [*outcome.entered, *outcome.changed]:
            entries.append(Entry(scope, row, "P", None, home))
        for scope, row, why in outcome.left:
            entries.append(Entry(scope, row, "D", DropReason(why).value, home))
    if any(outcome.left for outcome in outcomes):
        # A record that moved from one person to another leaves and enters at once: a feed says only that it is there.
        present = {(entry.scope_id, entry.row.id) for entry in entries if entry.op == "P"}
        entries = [entry for entry in entries if entry.op == "P" or (entry.scope_id, entry.row.id) not in present]
    return sorted(entries, key=lambda entry: (TYPE_NUMBERS[entry.row.type], entry.row.id.int, entry.op))


def number(
    connection: PgConnection,
    entries: Sequence[Entry],
    keys: Mapping[UUID, str],
    *,
    cause: UUID,
    device: UUID,
    now: datetime,
) -> None:
    """Take the next numbers of each scope, in ascending order of scopes, and write the entries.

    From here to the commit nothing may wait: the heads are locked.

    Args:
        connection: the write transaction.
        entries: in the order in which each scope's get their numbers.
        keys: the scopes concerned with their keys; one that has no feed yet gets one.
        cause: the op that is named in notices of drops.
        device: which device pushes.
        now: the service's clock.
    """
    if not keys:
        return
    scopes = sorted(keys)
    orgs = [scope_org(keys[scope]) for scope in scopes]
    heads = (cause, now, device, scopes, [keys[scope] for scope in scopes], orgs)
    connection.execute(_ADD, (*heads, *_records_and_entries(entries, scopes)))


def _records_and_entries(entries: Iterable[Entry], scopes: Sequence[UUID]) -> tuple[Any, ...]:
    """Return the arguments of `feed_add` from `ids` on; a record in several feeds travels and is hashed once."""
    number_of = {scope.int: number for number, scope in enumerate(scopes, start=1)}
    reached = [0] * (len(scopes) + 1)
    records: list[Entry] = []
    in_scope, of_record, at_place = [], [], []
    last = None
    for entry in entries:
        this = (entry.row.id.int, entry.op, entry.why)
        if this != last:
            records.append(entry)
            last = this
        scope = number_of[entry.scope_id.int]
        reached[scope] += 1
        in_scope.append(scope)
        of_record.append(len(records))
        at_place.append(reached[scope])
    return (
        [entry.row.id for entry in records],
        [entry.row.agg_id for entry in records],
        [entry.home_org for entry in records],
        as_array(entry.row.rev for entry in records),
        as_array(map(_flags, records)),
        [entry.why for entry in records],
        b"".join(digest(entry.row) if entry.op == "P" else _EMPTY for entry in records),
        as_array(in_scope),
        as_array(of_record),
        as_array(at_place),
    )


def _flags(entry: Entry) -> int:
    if entry.op != "P":
        return 0
    return _PRESENT | (_HAS_BODY if entry.row.as_pushed else 0) | (_IS_NEW if entry.row.is_new else 0)


def digest(row: Row) -> bytes:
    """Return what a row adds to the sums of each feed that lists it."""
    return record_digest(str(row.type), row.id, row.rev, row.chash)
