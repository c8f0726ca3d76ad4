"""What a feed adds up to, bucket by bucket and record by record, so that a laptop finds the few that differ."""

from __future__ import annotations

from typing import Any

from app.domain.digest import BUCKETS, SHORT_BYTES
from sync.central.database import PgConnection
from sync.central.feed import heads_of
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.protocol.limits import DIGEST_MOST_BUCKETS
from sync.protocol.messages import BucketLine, Compared, DigestLine, DigestRequest, ErrorCode

_BY_BUCKET = """
SELECT get_byte(sha256(uuid_send(f.id)), 0) AS bucket, count(*), sum(word(f.h, 0)), sum(word(f.h, 4)),
  sum(word(f.h, 8)), sum(word(f.h, 12))
FROM feed f WHERE f.scope_id = %s AND f.op = 'P' GROUP BY bucket ORDER BY bucket
"""
_IN_BUCKETS = """
SELECT f.id, f.rev, f.h FROM feed f
WHERE f.scope_id = %s AND f.op = 'P' AND get_byte(sha256(uuid_send(f.id)), 0) = ANY(%s) ORDER BY f.id
"""


def read_digests(connection: PgConnection, caller: Caller, request: DigestRequest) -> list[BucketLine | DigestLine]:
    """Return what a scope adds up to at the head the laptop stands at.

    Raises:
        RefusedError: the scope is not this device's, or its cursor is not the head of this feed.
    """
    if request.scope not in caller.scopes:
        raise RefusedError(ErrorCode.SCOPE_DENIED)
    head = heads_of(connection, [request.scope])[request.scope]
    if request.epoch != head.epoch:
        raise RefusedError(ErrorCode.EPOCH_CHANGED)
    if request.seq > head.head:
        raise RefusedError(ErrorCode.CURSOR_AHEAD)
    if request.seq < head.head:
        raise RefusedError(ErrorCode.MOVED)
    if request.want is Compared.BUCKETS:
        return [_bucket(row) for row in connection.execute(_BY_BUCKET, (request.scope,))]
    buckets = set(request.buckets)
    if not 0 < len(buckets) <= DIGEST_MOST_BUCKETS or not buckets <= set(range(BUCKETS)):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    rows = connection.execute(_IN_BUCKETS, (request.scope, list(buckets)))
    return [DigestLine(id=record_id, rev=rev, h=bytes(h)[:SHORT_BYTES].hex()) for record_id, rev, h in rows]


def _bucket(row: tuple[Any, ...]) -> BucketLine:
    bucket, n, *sums = row
    return BucketLine(bucket=bucket, n=n, d=[str(int(part)) for part in sums])
