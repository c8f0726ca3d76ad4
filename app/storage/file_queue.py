"""The queue of files whose bytes are on their way to the service or from it, and of those just taken away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from app.domain.ids import RecordId


class Way(StrEnum):
    """Which way the bytes of a file go. Fixed for ever: it stands in vaults."""

    UP = "up"
    DOWN = "down"


class QueueState(StrEnum):
    """Where a file in the queue stands. Fixed for ever: it stands in vaults."""

    WAITING = "waiting"
    SENDING = "sending"
    REFUSED = "refused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A file on its way.

    Attributes:
        sha: of the sealed bytes.
        record_id: its attachment.
        size: of the file as it was given.
        key: of its bytes.
        sent: sealed bytes that the service has confirmed.
    """

    sha: bytes
    record_id: RecordId
    size: int
    key: bytes
    sent: int = 0


# While the record of a file waits itself, that one change stands for both.
_UNSENT = """
SELECT q.id, m.agg_id, q.state FROM blob_queue q JOIN rec_meta m ON m.id = q.id
 WHERE q.dir = 'up' AND q.state IN ('waiting', 'sending') AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = q.id)
 ORDER BY q.id
"""
_KEPT = """
SELECT hex(sha) FROM attachment WHERE json_extract(body, '$.archived') IS NULL
UNION SELECT hex(sha) FROM blob_queue WHERE state = 'removed'
"""
_ENQUEUE = """
INSERT INTO blob_queue(sha, id, size, sent, dir, state) VALUES (?, ?, ?, 0, ?, ?)
ON CONFLICT (sha) DO UPDATE SET id = excluded.id, sent = 0, dir = excluded.dir, state = excluded.state
"""
# What the service has confirmed is not offered before it knows the record that gives the right to it.
_TO_SEND = """
SELECT q.sha, q.id, q.size, unhex(json_extract(a.body, '$.key')), q.sent
  FROM blob_queue q JOIN rec_meta m ON m.id = q.id JOIN attachment a ON a.rid = m.rid
 WHERE q.dir = 'up' AND q.state IN ('waiting', 'sending') AND m.rev IS NOT NULL
   AND json_extract(a.body, '$.archived') IS NULL
 ORDER BY q.id DESC
"""
_WANTED = """
SELECT q.sha, q.id, q.size, unhex(json_extract(a.body, '$.key')), 0
  FROM blob_queue q JOIN rec_meta m ON m.id = q.id JOIN attachment a ON a.rid = m.rid
 WHERE q.dir = 'down' AND q.state = 'waiting' AND json_extract(a.body, '$.archived') IS NULL ORDER BY q.id DESC
"""
# The caseload is what a ward's laptop holds; anybody else fetches what they open.
_AHEAD = """
SELECT a.sha, m.id, json_extract(a.body, '$.size'), unhex(json_extract(a.body, '$.key')), 0
  FROM attachment a JOIN rec_meta m ON m.rid = a.rid
 WHERE m.rev IS NOT NULL AND json_extract(a.body, '$.archived') IS NULL
   AND NOT EXISTS (SELECT 1 FROM blob_queue q WHERE q.sha = a.sha)
   AND EXISTS (SELECT 1 FROM rec_scope s JOIN sync_scope c ON c.sno = s.sno WHERE s.rid = a.rid
               AND (c.key LIKE 'site:%' OR c.key LIKE 'mentor:%'))
 ORDER BY m.id DESC
"""
_OWN = """
SELECT a.sha, m.id, json_extract(a.body, '$.size'), unhex(json_extract(a.body, '$.key')), 0
  FROM attachment a JOIN rec_meta m ON m.rid = a.rid CROSS JOIN sync_device d
 WHERE a.org = d.org_id AND json_extract(a.body, '$.archived') IS NULL
"""


def kept_files(connection: Connection) -> set[str]:
    """Return the hashes, in hexadecimal, of every file that a record speaks of, or that may still be put back."""
    return {row.lower() for row in connection.exec_driver_sql(_KEPT).scalars()}


def unsent_files(connection: Connection) -> int:
    """Return how many files have bytes that are only here although their records were confirmed."""
    return len(connection.exec_driver_sql(_UNSENT).all())


def waiting_files(connection: Connection) -> tuple[tuple[RecordId, UUID, bool], ...]:
    """Return the files `unsent_files` counts, oldest first: record, person, and whether it is being sent."""
    return tuple(
        (RecordId(UUID(bytes=record_id)), UUID(bytes=person), state == QueueState.SENDING)
        for record_id, person, state in connection.exec_driver_sql(_UNSENT)
    )


def enqueue(connection: Connection, *, sha: bytes, record_id: UUID, size: int, way: Way) -> None:
    """Put a file on its way, from its beginning."""
    connection.exec_driver_sql(_ENQUEUE, (sha, record_id.bytes, size, way.value, QueueState.WAITING.value))


def set_aside(connection: Connection, sha: bytes, state: QueueState) -> None:
    """Note that a file goes no further: the service refuses it, or somebody took it away."""
    connection.exec_driver_sql("UPDATE blob_queue SET state = ?, sent = 0 WHERE sha = ?", (state.value, sha))


def note_sent(connection: Connection, sha: bytes, sent: int) -> None:
    """Note how many sealed bytes the service has confirmed."""
    connection.exec_driver_sql(
        "UPDATE blob_queue SET state = 'sending', sent = ? WHERE sha = ? AND dir = 'up'"
        " AND state IN ('waiting', 'sending')",
        (sent, sha),
    )


def arrived(connection: Connection, sha: bytes, way: Way) -> None:
    """Take a file off the queue: its bytes are where they were to go."""
    connection.exec_driver_sql(
        "DELETE FROM blob_queue WHERE sha = ? AND dir = ? AND state IN ('waiting', 'sending')", (sha, way.value)
    )


def to_send(connection: Connection) -> tuple[Queued, ...]:
    """Return the files whose records the service has confirmed and whose bytes it has not, newest first."""
    return _queued(connection, _TO_SEND)


def wanted(connection: Connection) -> tuple[Queued, ...]:
    """Return the files that somebody asked for and that are not here, newest first."""
    return _queued(connection, _WANTED)


def of_caseload(connection: Connection) -> tuple[Queued, ...]:
    """Return the files of the people a ward's laptop holds, newest first; some may be here already."""
    return _queued(connection, _AHEAD)


def own_files(connection: Connection) -> tuple[Queued, ...]:
    """Return every file of the own organisation: what a service that was put back may have lost."""
    return _queued(connection, _OWN)


def forget_removed(connection: Connection) -> None:
    """Let go of what somebody took away: it cannot be put back any more."""
    connection.exec_driver_sql("DELETE FROM blob_queue WHERE state = 'removed'")


def _queued(connection: Connection, statement: str) -> tuple[Queued, ...]:
    return tuple(
        Queued(sha=sha, record_id=RecordId(UUID(bytes=record_id)), size=size, key=key, sent=sent)
        for sha, record_id, size, key, sent in connection.exec_driver_sql(statement)
        if key
    )
