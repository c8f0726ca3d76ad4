"""What each scope adds up to here: moved in the transaction that moves a record, and counted anew from the bodies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.canonical import body_hash
from app.domain.digest import NOTHING, SHORT_BYTES, Sums, bucket_of, record_digest
from app.domain.ids import RecordId
from app.storage.tables import RECORD_TABLES

_SOME: Final = """
SELECT s.sno, m.type, m.id, m.rev, m.chash FROM json_each(?) CROSS JOIN rec_meta m ON m.id = unhex(value)
  CROSS JOIN rec_scope s ON s.rid = m.rid WHERE m.rev IS NOT NULL AND m.chash IS NOT NULL
"""
_ALL: Final = """
SELECT s.sno, m.type, m.id, m.rev, m.chash FROM rec_scope s CROSS JOIN rec_meta m ON m.rid = s.rid
 WHERE m.rev IS NOT NULL AND m.chash IS NOT NULL
"""
_STORED: Final = "SELECT n, s0, s1, s2, s3 FROM sync_scope WHERE sno = ?"
_STORE: Final = "UPDATE sync_scope SET n = ?, s0 = ?, s1 = ?, s2 = ?, s3 = ? WHERE sno = ?"
# A record whose body is gone counts as not held: its hash is taken away, and the service gives it again.
_WITHOUT_BODY: Final = """
UPDATE rec_meta SET chash = NULL WHERE chash IS NOT NULL AND type = ? AND rid NOT IN (SELECT rid FROM "{table}")
"""
# The service's body is the base, once something was changed here.
_BODIES: Final = """
SELECT m.rid, m.chash, coalesce(b.body, t.body) FROM "{table}" t CROSS JOIN rec_meta m ON m.rid = t.rid
  LEFT JOIN rec_base b ON b.rid = t.rid WHERE m.rev IS NOT NULL
"""
_UNKNOWN: Final = """
SELECT m.rid, m.chash, u.body FROM unknown_record u CROSS JOIN rec_meta m ON m.id = u.id WHERE m.rev IS NOT NULL
"""


@contextmanager
def counted(connection: Connection, record_ids: Collection[bytes]) -> Iterator[None]:
    """Move the sums of every scope by what a block does to some records.

    Args:
        connection: the transaction that the block writes in.
        record_ids: every record whose revision, hash or scopes the block may change.
    """
    if not record_ids:
        yield
        return
    wanted = msgspec.json.encode([record_id.hex() for record_id in record_ids]).decode()
    before = _sums(connection.exec_driver_sql(_SOME, (wanted,)))
    yield
    after = _sums(connection.exec_driver_sql(_SOME, (wanted,)))
    for sno in before.keys() | after.keys():
        move(connection, sno, before.get(sno, NOTHING), after.get(sno, NOTHING))


def move(connection: Connection, sno: int, before: Sums, after: Sums) -> None:
    """Move the sums of one scope, of which a part that was `before` has become `after`."""
    stored = connection.exec_driver_sql(_STORED, (sno,)).first()
    if stored is not None and before != after:
        connection.exec_driver_sql(_STORE, (*Sums(*stored).moved(before, after), sno))


def by_bucket(connection: Connection, sno: int) -> dict[int, Sums]:
    """Return the sums of one scope bucket by bucket; empty buckets are absent."""
    found: dict[int, list[bytes]] = defaultdict(list)
    for _, kind, key, rev, chash in connection.exec_driver_sql(f"{_ALL} AND s.sno = ?", (sno,)):
        record_id = UUID(bytes=key)
        found[bucket_of(record_id)].append(record_digest(kind, record_id, rev, chash))
    return {bucket: NOTHING.plus(digests) for bucket, digests in found.items()}


def in_buckets(connection: Connection, sno: int, buckets: Collection[int]) -> dict[RecordId, tuple[int, str]]:
    """Return revision and short digest of each record of one scope that lies in some buckets."""
    found: dict[RecordId, tuple[int, str]] = {}
    for _, kind, key, rev, chash in connection.exec_driver_sql(f"{_ALL} AND s.sno = ?", (sno,)):
        record_id = RecordId(UUID(bytes=key))
        if bucket_of(record_id) in buckets:
            found[record_id] = (rev, record_digest(kind, record_id, rev, chash)[:SHORT_BYTES].hex())
    return found


def recount(connection: Connection) -> None:
    """Hash every body that is held and add every scope up anew: what the disk holds counts, not what was noted."""
    for kind, table in RECORD_TABLES.items():
        connection.exec_driver_sql(_WITHOUT_BODY.format(table=table.__tablename__), (kind.value,))
        _hash_again(connection, _BODIES.format(table=table.__tablename__))
    _hash_again(connection, _UNKNOWN)
    sums = _sums(connection.exec_driver_sql(_ALL))
    for sno in connection.exec_driver_sql("SELECT sno FROM sync_scope").scalars().all():
        connection.exec_driver_sql(_STORE, (*sums.get(sno, NOTHING), sno))


def _hash_again(connection: Connection, statement: str) -> None:
    changed = []
    for rid, noted, text in connection.exec_driver_sql(statement):
        found = hash_of(text)
        if found != noted:
            changed.append((found, rid))
    if changed:
        connection.exec_driver_sql("UPDATE rec_meta SET chash = ? WHERE rid = ?", changed)


def hash_of(text: str | bytes) -> bytes | None:
    """Return the hash of a body as text; None for what is no body, which no record of the service's has."""
    try:
        return body_hash(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _sums(rows: Iterable[Any]) -> Mapping[int, Sums]:
    found: dict[int, list[bytes]] = defaultdict(list)
    for sno, kind, key, rev, chash in rows:
        found[sno].append(record_digest(kind, UUID(bytes=key), rev, chash))
    return {sno: NOTHING.plus(digests) for sno, digests in found.items()}
