"""A service with far more records than laptops could push in an hour: copied into its tables, row for row as pushed.

One person is pushed the usual way, and every other one has the rows that this one got, under ids, words, hashes and
digests of their own. Left out are the op log, which no laptop reads, and the feeds of other scopes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from app.domain.canonical import body_hash, canonical
from app.domain.codes import RecordType
from app.domain.digest import NOTHING, record_digest
from sync.central.tables import TYPE_NUMBERS
from sync.protocol.messages import OpLine
from tests.benchmarks.notes import NOTES_EACH, everyday_words, person_ops
from tests.central.device import Device
from tests.helpers.central import AllianceService

RECORDS_A_PERSON = NOTES_EACH + 2
PEOPLE_A_COMMIT = 500

Rows = dict[str, list[tuple[Any, ...]]]

_COPY: dict[str, LiteralString] = {
    "aggregate": "COPY aggregate(agg_id, home_org, state) FROM STDIN",
    "record": "COPY record(agg_id, id, type, cls, owner, rev, body, fstamp, chash, last_op) FROM STDIN",
    "visibility": "COPY visibility(agg_id, scope_id, owner, cls) FROM STDIN",
    "feed": "COPY feed(scope_id, id, agg_id, seq, op, rev, dev, h) FROM STDIN",
}


class Pattern:
    """The rows that the writer made of one person who was pushed."""

    def __init__(self, connection: psycopg.Connection[Any], agg_id: UUID) -> None:
        """Read them."""
        asked = (agg_id,)
        self.aggregate = connection.execute("SELECT home_org, state FROM aggregate WHERE agg_id = %s", asked).fetchone()
        self.access = connection.execute(
            "SELECT scope_id, owner, cls FROM visibility WHERE agg_id = %s", asked
        ).fetchall()
        self.records = {
            kind: rest
            for kind, *rest in connection.execute(
                "SELECT DISTINCT ON (type) type, cls, owner, fstamp::text FROM record WHERE agg_id = %s", asked
            )
        }


def fill_by_copy(alliance: AllianceService, count: int) -> None:
    """Bring so many records into the scope of one ward."""
    device = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    dice, words = random.Random(20261122), everyday_words()
    first = list(person_ops(alliance, device, dice, words))
    device.push(*first)
    scope = alliance.scope("site:stoke_mandeville", "aspire")
    with psycopg.connect(alliance.database.owner_url, autocommit=True) as connection:
        connection.execute("SET sync.writer = '1'")
        pattern = Pattern(connection, first[0].agg_id)
        left = count // RECORDS_A_PERSON - 1
        while left > 0:
            people = [list(person_ops(alliance, device, dice, words)) for _ in range(min(left, PEOPLE_A_COMMIT))]
            with connection.transaction():
                _copy(connection, pattern, scope, device.device_id, people)
            left -= len(people)


def _copy(
    connection: psycopg.Connection[Any], pattern: Pattern, scope: UUID, device: UUID, people: Sequence[Sequence[OpLine]]
) -> None:
    """Write some people as the last step of the writer does: numbers without a gap, sums moved by what came."""
    found = connection.execute("SELECT head FROM feed_head WHERE scope_id = %s FOR UPDATE", (scope,)).fetchone()
    assert found is not None
    rows: Rows = {table: [] for table in _COPY}
    digests: list[bytes] = []
    for ops in people:
        agg_id = ops[0].agg_id
        rows["aggregate"].append((agg_id, *(pattern.aggregate or ())))
        rows["visibility"] += [(agg_id, *place) for place in pattern.access]
        for op, record, digest in _records(pattern, ops):
            rows["record"].append(record)
            digests.append(digest)
            place = (scope, op.record_id, agg_id, found[0] + len(digests), "P", 1, device, digest)
            rows["feed"].append(place)
    for table, statement in _COPY.items():
        with connection.cursor().copy(statement) as copy:
            for row in rows[table]:
                copy.write_row(row)
    connection.execute(
        "UPDATE feed_head SET head = head + %s, n = n + %s, s0 = s0 + %s, s1 = s1 + %s, s2 = s2 + %s, s3 = s3 + %s"
        " WHERE scope_id = %s",
        (len(digests), *NOTHING.plus(digests), scope),
    )


def _records(pattern: Pattern, ops: Sequence[OpLine]) -> Iterator[tuple[OpLine, tuple[Any, ...], bytes]]:
    for op in ops:
        number = TYPE_NUMBERS[RecordType(op.record_type)]
        cls, owner, stamps = pattern.records[number]
        body: dict[str, Any] = msgspec.to_builtins(op.changes)
        chash = body_hash(body)
        record = (op.agg_id, op.record_id, number, cls, owner, 1, canonical(body).decode(), stamps, chash, op.op_id)
        yield op, record, record_digest(op.record_type, op.record_id, 1, chash)
