"""Step 9 of the write transaction, the last: each scope's entries get the next numbers of its feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.codes import DropReason
from app.domain.digest import DIGEST_BYTES, record_digest
from sync.central.consequences import Outcome
from sync.central.database import PgConnection
from sync.central.overlay import Row
from sync.central.scopes import scope_org
from sync.central.storing import as_json
from sync.central.tables import TYPE_NUMBERS

_APPEND = "SELECT feed_append(%s, %s, %s, %s, %s, %s::json)"
_EMPTY = bytes(DIGEST_BYTES).hex()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to be: P or D of one record in one scope."""

    scope_id: UUID
    row: Row
    op: str
    dev: UUID | None
    why: str | None
    home_org: UUID


def entries_of(outcomes: Iterable[Outcome], *, device: UUID) -> list[Entry]:
    """Return every entry of a transaction, parents before children."""
    entries: list[Entry] = []
    for outcome in outcomes:
        home = outcome.aggregate.home_org
        for scope, row in [*outcome.entered, *outcome.changed]:
            entries.append(Entry(scope, row, "P", device if row.as_pushed else None, None, home))
        for scope, row, why in outcome.left:
            entries.append(Entry(scope, row, "D", None, DropReason(why).value, home))
    # A record that moved from one person to another leaves and enters at once: a feed says only that it is there.
    present = {(entry.scope_id, entry.row.id) for entry in entries if entry.op == "P"}
    entries = [entry for entry in entries if entry.op == "P" or (entry.scope_id, entry.row.id) not in present]
    return sorted(entries, key=lambda entry: (entry.scope_id, TYPE_NUMBERS[entry.row.type], entry.row.id))


def number(
    connection: PgConnection, entries: Sequence[Entry], keys: Mapping[UUID, str], *, cause: UUID, now: datetime
) -> None:
    """Take the next numbers of each scope, in ascending order of scopes, and write the entries.

    From here to the commit nothing may wait: the heads are locked.

    Args:
        connection: the write transaction.
        entries: in the order they get their numbers.
        keys: the scopes concerned with their keys; one that has no feed yet gets one.
        cause: the op that is named in notices of drops.
        now: the service's clock.
    """
    if not keys:
        return
    scopes = sorted(keys)
    orgs = [scope_org(keys[scope]) for scope in scopes]
    # A record stands in several feeds, and is hashed once.
    present = {entry.row.id: entry.row for entry in entries if entry.op == "P"}
    digests = {record_id: digest(row).hex() for record_id, row in present.items()}
    rows = [_row(entry, place, digests) for place, entry in enumerate(entries)]
    connection.execute(_APPEND, (cause, now, scopes, [keys[scope] for scope in scopes], orgs, as_json(rows)))


def _row(entry: Entry, place: int, digests: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "scope_id": entry.scope_id,
        "id": entry.row.id,
        "agg_id": entry.row.agg_id,
        "op": entry.op,
        "rev": entry.row.rev,
        "dev": entry.dev,
        "h": digests[entry.row.id] if entry.op == "P" else _EMPTY,
        "why": entry.why,
        "home": entry.home_org,
        "place": place,
    }


def digest(row: Row) -> bytes:
    """Return what a row adds to the sums of each feed that lists it."""
    return record_digest(str(row.type), row.id, row.rev, row.chash)
