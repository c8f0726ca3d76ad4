"""Work that reached the service by a colleague's laptop, and the keys under which colleagues hand it to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import msgspec

from app.domain.ids import DeviceId, UserId
from sync.central.applying import LANE_REST, LANE_STOP
from sync.central.database import Context
from sync.central.grants import caller_of
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.service import Service
from sync.central.upcasting import faults_of_age
from sync.central.writing import Push
from sync.protocol.hand_over import (
    KEY_BYTES,
    OPENING_KINDS,
    PASSED_ON_MOST_BYTES,
    PASSED_ON_MOST_OPS,
    PASSED_ON_WITHIN,
    key_is_signed,
    lines_hash,
    passed_on_is_signed,
)
from sync.protocol.limits import OP_MOST_BYTES, PUSH_MOST_OPS
from sync.protocol.messages import (
    ColleagueKey,
    ErrorCode,
    KeysReply,
    KeysRequest,
    OpLine,
    PassedOn,
    PushHeader,
    ResultLine,
    SignedKeys,
)
from sync.protocol.proof import decode_bytes, encode_bytes

_KEEP = """
INSERT INTO colleague_key(device, user_id, org, exchange, sig, at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (device, user_id) DO UPDATE SET exchange = EXCLUDED.exchange, sig = EXCLUDED.sig, at = EXCLUDED.at
  WHERE colleague_key.exchange <> EXCLUDED.exchange
"""
# Only laptops in use, and only those who still work on them.
_KEYS = """
SELECT k.device, k.user_id, d.name, d.alg, d.pubkey, k.exchange, k.sig FROM colleague_key k
JOIN device d ON d.id = k.device AND d.org = k.org WHERE k.org = %s AND d.status = 'active' AND EXISTS (
  SELECT FROM device_user u WHERE u.device = k.device AND u.user_id = k.user_id AND (u.to_at IS NULL OR u.to_at > %s))
ORDER BY k.device, k.user_id
"""
_DEVICE = "SELECT pubkey, alg, status FROM device WHERE id = %s AND org = %s"
_ORDERED = "SELECT ordered_at FROM revocation WHERE device = %s"
_AHEAD = timedelta(days=1)
"""How far ahead a laptop's clock may be: what it signs says when by its own."""


def exchange_keys(service: Service, caller: Caller, asked: KeysRequest, *, now: datetime) -> KeysReply:
    """Keep the key of whoever works on this laptop, and tell it those of the colleagues.

    Raises:
        RefusedError: `bad_request`: the key is none, another laptop's, or of somebody who does not work on this one.
    """
    with service.database.settling(Context(org=caller.org, device=caller.device)) as connection:
        own = asked.own
        if own is not None:
            row = connection.execute(_DEVICE, (caller.device, caller.org)).fetchone()
            is_theirs = own.device == caller.device and UserId(own.user) in caller.roles
            if row is None or not is_theirs or not key_is_signed(own, algorithm=row[1], device_key=row[0]):
                raise RefusedError(ErrorCode.BAD_REQUEST)
            key = (caller.device, own.user, caller.org, decode_bytes(own.exchange), decode_bytes(own.sig), now)
            connection.execute(_KEEP, key)
        rows = connection.execute(_KEYS, (caller.org, now)).fetchall()
    keys = [
        ColleagueKey(
            device=device,
            user=user,
            name=name,
            alg=algorithm,
            pubkey=encode_bytes(public),
            exchange=encode_bytes(exchange),
            sig=encode_bytes(signature),
        )
        for device, user, name, algorithm, public, exchange, signature in rows
        if len(exchange) == KEY_BYTES
    ]
    told = msgspec.to_builtins(SignedKeys(keys_for=caller.device, at=now, keys=keys))
    return KeysReply(server_time=now, signed=service.keys.sign(told))


def take_passed_on(
    service: Service,
    caller: Caller,
    header: PassedOn,
    raw: Sequence[bytes],
    read: tuple[Sequence[OpLine], Mapping[UUID, str]],
    *,
    now: datetime,
) -> list[ResultLine]:
    """Write ops that a colleague handed to this laptop, as the laptop they were written on would have pushed them.

    They keep their ids: what that laptop pushed already, or pushes later, is a repeat and takes effect once. What is
    answered says no more than what became of each: this laptop may not hold all that the other one may.

    Args:
        service: the service.
        caller: who brings them.
        header: what the other laptop signed.
        raw: the ops as they came.
        read: the same ops, and what is wrong with those that cannot be read.
        now: the service's clock.

    Raises:
        RefusedError: `too_large`; or `bad_request`: they were not signed by a laptop of the same organisation for this
            one, are too old, or were signed after that laptop was given up.
    """
    if len(raw) > PASSED_ON_MOST_OPS or sum(map(len, raw)) > PASSED_ON_MOST_BYTES:
        raise RefusedError(ErrorCode.TOO_LARGE)
    device = DeviceId(header.from_device)
    with service.database.settling(Context(org=caller.org, device=device)) as connection:
        row = connection.execute(_DEVICE, (device, caller.org)).fetchone()
        ordered = connection.execute(_ORDERED, (device,)).fetchone()
        if row is None or not _is_good(header, raw, row, ordered, caller=caller, now=now):
            raise RefusedError(ErrorCode.BAD_REQUEST)
        writer = caller_of(connection, device, caller.org, now)
    ops, unread = read
    stops, rest = ops[: header.stops], ops[header.stops :]
    if header.opens_nothing:
        rest = [op for op in rest if op.kind not in OPENING_KINDS]
    too_big = frozenset(op.op_id for op, line in zip(ops, raw, strict=True) if len(line) > OP_MOST_BYTES)
    # A stop passes whatever it was written with.
    faults = {**faults_of_age(rest, service.versions), **unread}
    return [
        result
        for lane, those in ((LANE_STOP, stops), (LANE_REST, rest))
        for batch in _in_batches(those)
        for result in _written(
            service,
            Push(
                caller=writer,
                header=PushHeader(lane=lane, lane_epoch=header.lane_epoch, prev=0),
                ops=batch,
                now=now,
                too_big=too_big,
                faults=faults,
                rescued=True,
            ),
        )
    ]


def _is_good(
    header: PassedOn,
    raw: Sequence[bytes],
    row: tuple[bytes, str, str],
    ordered: tuple[datetime] | None,
    *,
    caller: Caller,
    now: datetime,
) -> bool:
    public, algorithm, status = row
    if status == "suspended" or (status != "active" and (ordered is None or header.made_at >= ordered[0])):
        return False
    is_for_this = header.to_device == caller.device and UserId(header.to_user) in caller.roles
    is_in_time = now - PASSED_ON_WITHIN <= header.made_at <= now + _AHEAD
    is_whole = 0 <= header.stops <= len(raw) and header.sha256 == lines_hash(raw)
    return (
        is_for_this
        and is_in_time
        and is_whole
        and passed_on_is_signed(header, algorithm=algorithm, device_key=bytes(public))
    )


def _in_batches(ops: Sequence[OpLine]) -> Iterator[list[OpLine]]:
    """Yield ops in batches that split no transaction."""
    batch: list[OpLine] = []
    for _, txn in groupby(ops, key=lambda op: op.txn):
        found = list(txn)
        if batch and len(batch) + len(found) > PUSH_MOST_OPS:
            yield batch
            batch = []
        batch += found
    if batch:
        yield batch


def _written(service: Service, push: Push) -> Iterator[ResultLine]:
    for raw in service.writer.push(push).results:
        line = msgspec.json.decode(raw, type=ResultLine)
        yield ResultLine(op_id=line.op_id, state=line.state, code=line.code)
