"""Steps 2 and 3 of the write transaction: where a lane stands, and which ops of a push were answered before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sync.central.database import PgConnection
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.tables import CONSOLE
from sync.protocol.limits import FORKS_MOST
from sync.protocol.messages import ErrorCode, OpLine, PushHeader

LANES = frozenset({0, 1})
"""0 for withdrawals and erasure requests, 1 for everything else."""

_FIRST_ROW = """
INSERT INTO device_lane(device, lane, lane_epoch, last_seq) VALUES (%s, %s, %s, 0) ON CONFLICT DO NOTHING
"""
_LANE = "SELECT lane_epoch, last_seq FROM device_lane WHERE device = %s AND lane = %s FOR UPDATE"
_NEW_EPOCH = "UPDATE device_lane SET lane_epoch = %s, last_seq = 0 WHERE device = %s"
_STATUS = "SELECT status FROM device WHERE id = %s FOR SHARE"
# By the ops' own ids alone: with `=` the index of all that a device ever sent was read as well.
_KNOWN = "SELECT op_id, result FROM op_log WHERE op_id = ANY(%b) AND device IS NOT DISTINCT FROM %s"
_AT_SEQ = """
SELECT seq, op_id FROM op_log WHERE device = %s AND lane_epoch = %s AND lane = %s AND seq = ANY(%s)
"""


# Each life of a device's lanes, by when its first op came in; the console's writing is none.
_LIVES = """
SELECT lane_epoch, min(received_at) FROM op_log WHERE device = %s AND lane_epoch <> %s GROUP BY lane_epoch
"""
_FORKS_WITHIN = timedelta(days=1)


class ForkedTooOftenError(RefusedError):
    """Two machines use one identity: the device has to be suspended, and each of them enrolled anew."""


@dataclass(frozen=True, slots=True)
class LaneCheck:
    """What a push brings that is new, and the stored answers to what is not."""

    fresh: list[OpLine]
    stored: dict[UUID, Any]
    last_seq: int


def check_lane(
    connection: PgConnection,
    caller: Caller,
    header: PushHeader,
    ops: Sequence[OpLine],
    *,
    now: datetime,
    with_refusals: bool = False,
) -> LaneCheck:
    """Lock the lane and tell new ops from repeated ones.

    Args:
        connection: the write transaction.
        caller: the device.
        header: lane and number.
        ops: in their order.
        now: the service's clock.
        with_refusals: look for ops that were refused because their ids are other devices' also among new numbers.

    Raises:
        RefusedError: `lane_forked`, `lane_ahead`, `bad_request` for a gap, or `token` when the device was revoked.
        ForkedTooOftenError: this is one new life too many.
    """
    last_seq = _lock_lane(connection, caller, header, ops, now)
    _lock_device(connection, caller)
    if header.prev > last_seq:
        # The laptop was answered for ops that are not here: the service was restored from a backup.
        raise RefusedError(ErrorCode.LANE_AHEAD)
    if [op.seq for op in ops] != list(range(header.prev + 1, header.prev + 1 + len(ops))):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    repeated = [op for op in ops if op.seq <= last_seq]
    refusals = {id_of_refusal(caller.device, op.op_id): op.op_id for op in (ops if with_refusals else repeated)}
    asked = [op.op_id for op in ops] + list(refusals)
    known = connection.execute(_KNOWN, (asked, caller.device)).fetchall()
    found: dict[UUID, Any] = dict(known)
    stored = {refusals.get(log_id, log_id): result for log_id, result in found.items()}
    _refuse_fork(connection, caller, header, repeated, logged=refusals, known=set(stored))
    fresh = [op for op in ops if op.op_id not in stored] if stored else list(ops)
    return LaneCheck(fresh=fresh, stored=stored, last_seq=max(last_seq, ops[-1].seq if ops else 0))


def id_of_refusal(device: UUID, op_id: UUID) -> UUID:
    """Return under which id the log keeps that an op was refused because its own id is another device's op.

    It begins with the same moment, so that it lies in the same month of the log.
    """
    rest = hashlib.sha256(b"alongside-taken-v1" + device.bytes + op_id.bytes).digest()
    return UUID(bytes=op_id.bytes[:6] + rest[:10])


def check_rescued(connection: PgConnection, caller: Caller, _header: PushHeader, ops: Sequence[OpLine]) -> LaneCheck:
    """Tell rescued ops that are new from those the laptop sent itself; no lane moves, and no number counts."""
    stored: dict[UUID, Any] = dict(connection.execute(_KNOWN, ([op.op_id for op in ops], caller.device)).fetchall())
    return LaneCheck(fresh=[op for op in ops if op.op_id not in stored], stored=stored, last_seq=0)


def advance_lane(connection: PgConnection, caller: Caller, lane: int, last_seq: int) -> None:
    """Note up to where a lane is answered."""
    connection.execute(
        "UPDATE device_lane SET last_seq = %s WHERE device = %s AND lane = %s", (last_seq, caller.device, lane)
    )


def suspend(connection: PgConnection, caller: Caller) -> None:
    """Suspend a device: nothing is given up, but nothing of it is taken until it is enrolled anew."""
    connection.execute("UPDATE device SET status = 'suspended' WHERE id = %s AND status = 'active'", (caller.device,))
    connection.execute("DELETE FROM access_token WHERE device = %s", (caller.device,))


def _lock_lane(
    connection: PgConnection, caller: Caller, header: PushHeader, ops: Sequence[OpLine], now: datetime
) -> int:
    if header.lane not in LANES:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    found = connection.execute(_LANE, (caller.device, header.lane)).fetchone()
    if found is None:
        for lane in sorted(LANES):
            connection.execute(_FIRST_ROW, (caller.device, lane, header.lane_epoch))
        found = connection.execute(_LANE, (caller.device, header.lane)).fetchone()
        assert found is not None
    epoch, last_seq = found
    if epoch == header.lane_epoch:
        return int(last_seq)
    if not header.fork or header.prev != 0 or (ops and ops[0].seq != 1):
        raise RefusedError(ErrorCode.LANE_FORKED)
    _check_fork(connection, caller, header.lane_epoch, now)
    # Both lanes begin a new life: a restored or copied disk image renumbers everything that is not acknowledged.
    connection.execute(_NEW_EPOCH, (header.lane_epoch, caller.device))
    return 0


def _check_fork(connection: PgConnection, caller: Caller, lane_epoch: UUID, now: datetime) -> None:
    """Refuse a life that was lived before, and one too many in a day."""
    lives: dict[UUID, datetime] = dict(connection.execute(_LIVES, (caller.device, CONSOLE)).fetchall())
    if lane_epoch in lives:
        raise RefusedError(ErrorCode.LANE_FORKED)
    first = min(lives, key=lives.__getitem__, default=None)
    forks = [life for life, began in lives.items() if life != first and began > now - _FORKS_WITHIN]
    if len(forks) + 1 >= FORKS_MOST:
        raise ForkedTooOftenError(ErrorCode.SUSPENDED)


def _lock_device(connection: PgConnection, caller: Caller) -> None:
    if caller.is_service:
        return
    if connection.execute(_STATUS, (caller.device,)).fetchone() != ("active",):
        raise RefusedError(ErrorCode.TOKEN)


def _refuse_fork(
    connection: PgConnection,
    caller: Caller,
    header: PushHeader,
    repeated: Sequence[OpLine],
    *,
    logged: Mapping[UUID, UUID],
    known: set[UUID],
) -> None:
    """Refuse a repeated number that carries another op: two machines share one identity."""
    if not repeated:
        return
    seqs = [op.seq for op in repeated]
    lane = (caller.device, header.lane_epoch, header.lane)
    found = connection.execute(_AT_SEQ, (*lane, seqs)).fetchall()
    at_seq: dict[int, UUID] = {seq: logged.get(op_id, op_id) for seq, op_id in found}
    if any(at_seq.get(op.seq, op.op_id) != op.op_id or op.op_id not in known for op in repeated):
        raise RefusedError(ErrorCode.LANE_FORKED)
