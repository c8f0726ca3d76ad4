"""After the database was put back: withdrawals hold again before anybody is answered, and every feed has a new life.

A backup knows nothing of the withdrawals that came after it; without the journal a partner would be handed somebody
who asked to stop (sync.md 8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.errors import ServiceError
from sync.central.database import Context, Database
from sync.central.due import Timekeeper
from sync.central.journal import WithdrawalJournal
from sync.central.policy import Caller
from sync.central.tables import FEED_ROLE, OWNER_ROLE
from sync.central.writing import Writer
from sync.protocol.messages import OpLine, ResultState

# Random, and never the one it was: two restores never meet, and a laptop that saw the last life sees that it ended.
_NEW_EPOCHS = """
UPDATE feed_head SET epoch = 1 + (epoch::bigint + floor(random() * 2147483645)::bigint) % 2147483646
"""
_TOOK_EFFECT = frozenset({ResultState.APPLIED, ResultState.MERGED, ResultState.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of the withdrawals that the journal knew and the database did not.

    Attributes:
        in_force: how many hold again.
        refused: ops that the rules of today refuse; somebody has to look at them at once.
    """

    in_force: int = 0
    refused: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did: withdrawals that were replayed, and feeds that began a new life."""

    replayed: Replayed
    feeds: int


def replay_withdrawals(database: Database, writer: Writer, journal: WithdrawalJournal, *, now: datetime) -> Replayed:
    """Put every withdrawal of the journal that the database does not know into force.

    May run at every start, and again after it was interrupted: what is known is passed over.
    """
    entries = [entry for entry in journal.entries() if ResultState(entry["state"]) in _TOOK_EFFECT]
    known = _known(database, entries)
    missing = [entry for entry in entries if UUID(entry["op"]["op"]) not in known]
    refused = tuple(UUID(entry["op"]["op"]) for entry in missing if _replayed(writer, entry, now) not in _TOOK_EFFECT)
    return Replayed(in_force=len(missing) - len(refused), refused=refused)


def restore(
    database: Database,
    writer: Writer,
    journal: WithdrawalJournal,
    timekeeper: Timekeeper,
    *,
    owner_url: str,
    clock: Callable[[], datetime],
) -> Restored:
    """Make a database that was put back safe to serve from; the service does not run meanwhile.

    Raises:
        ServiceError: `service.no_database`, when the owner cannot sign in; nothing was opened for pulling.
    """
    replayed = replay_withdrawals(database, writer, journal, now=clock())
    timekeeper.run_all(clock)
    # Last: from here on laptops compare what they hold with what is here.
    try:
        with psycopg.connect(owner_url) as connection:
            connection.execute(f"SET ROLE {OWNER_ROLE}")
            connection.execute(f"SET ROLE {FEED_ROLE}")
            feeds = connection.execute(_NEW_EPOCHS).rowcount
    except psycopg.OperationalError as error:
        raise ServiceError("service.no_database") from error
    return Restored(replayed=replayed, feeds=feeds)


def _known(database: Database, entries: Iterable[dict[str, Any]]) -> set[UUID]:
    """Return the ops of entries that the op log holds; each device's log is open to itself alone."""
    by_device: dict[UUID, list[UUID]] = defaultdict(list)
    for entry in entries:
        by_device[UUID(entry["device"])].append(UUID(entry["op"]["op"]))
    known: set[UUID] = set()
    for device, ops in by_device.items():
        with database.reading(Context(device=device)) as connection:
            known |= {op for (op,) in connection.execute("SELECT op_id FROM op_log WHERE op_id = ANY(%s)", (ops,))}
    return known


def _replayed(writer: Writer, entry: dict[str, Any], now: datetime) -> ResultState:
    # Entries of earlier versions do not say whose person it is.
    home = OrganisationId(UUID(entry.get("home", entry["org"])))
    return writer.replay(_caller(entry), msgspec.convert(entry["op"], OpLine), home=home, now=now)


def _caller(entry: dict[str, Any]) -> Caller:
    """Return the device of an entry as it was let in then; it was judged once, and its roles are not asked again."""
    return Caller(
        device=DeviceId(UUID(entry["device"])),
        org=OrganisationId(UUID(entry["org"])),
        scopes={UUID(scope): key for scope, key in entry.get("scopes", {}).items()},
        roles={UserId(UUID(entry["op"]["by"])): frozenset(Role)},
    )
