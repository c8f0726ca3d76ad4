"""Rescued work: kept sealed as it came from a laptop, opened by two custodians, and written as its laptop would have.

The service never opens it by itself: the key it is sealed to lies with the custodians (security.md 2.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from uuid import UUID

import msgspec

from app.custody.erasing import clear
from app.custody.sealing import header_of_sealed, open_sealed
from app.custody.shares import Share, join
from app.domain.ids import DeviceId, OrganisationId
from app.errors import NotFoundError, ServiceError, VaultError
from sync.central.auth import Leaver, Proof
from sync.central.cleaning import all_losses
from sync.central.database import Context
from sync.central.grants import caller_of
from sync.central.orders import note_done
from sync.central.outcomes import RefusedError
from sync.central.service import Service
from sync.central.writing import Push
from sync.protocol.framing import FrameError
from sync.protocol.limits import OP_MOST_BYTES, PUSH_MOST_OPS, RESCUE_MOST_BYTES, RESCUES_MOST
from sync.protocol.messages import ErrorCode, OpLine, PushHeader, RescueReply, ResultLine, WipeDone, WipeNoted
from sync.protocol.proof import WIPE_DONE_PURPOSE, KeyAlgorithm, decode_bytes, signature_is_valid, wipe_done_data
from sync.protocol.rescue import UnmadePush, unpack_pushes

_KEEP = """
INSERT INTO rescue(device, sha256, org, sealed, received_at) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_HOW_MANY = "SELECT count(*) FROM rescue WHERE device = %s AND sha256 <> %s"
_LISTED = (
    "SELECT device, received_at, octet_length(sealed), imported_at FROM rescue WHERE org = %s ORDER BY received_at"
)
_OF_DEVICE = "SELECT sha256, sealed FROM rescue WHERE device = %s AND org = %s ORDER BY received_at"
_IMPORTED = "UPDATE rescue SET imported_at = %s WHERE device = %s AND sha256 = ANY(%s)"
_ORG_OF = "SELECT org FROM device WHERE id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRescue:
    """One sealed outbox at the service; nothing in it says what it holds."""

    device: UUID
    received_at: datetime
    size_bytes: int
    imported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of rescued ops, one result for each."""

    results: Sequence[ResultLine]


def keep_rescue(service: Service, proof: Proof, *, now: datetime) -> RescueReply:
    """Keep what a revoked laptop sends sealed; the same bytes a second time change nothing.

    Raises:
        RefusedError: it is no sealed outbox, the device that it names was not revoked or has not proved that it sends
            it, or has sent as many different ones as are kept.
    """
    try:
        device = header_of_sealed(proof.body).device
    except VaultError as error:
        raise RefusedError(ErrorCode.BAD_REQUEST) from error
    leaver = service.door.hear_out(device, proof, now=now)
    digest = hashlib.sha256(proof.body).digest()
    with service.database.settling(Context(org=leaver.org, device=device)) as connection:
        kept = connection.execute(_HOW_MANY, (device, digest)).fetchone()
        if kept is not None and kept[0] >= RESCUES_MOST:
            raise RefusedError(ErrorCode.TOO_MANY)
        connection.execute(_KEEP, (device, digest, leaver.org, proof.body, now))
    return RescueReply(server_time=now, sha256=digest.hex())


def note_wiped(service: Service, said: WipeDone, proof: Proof, *, now: datetime) -> WipeNoted:
    """Keep a laptop's signed word that it obeyed the order.

    Raises:
        RefusedError: as `keep_rescue`, or the signature or the serial is not right.
    """
    leaver = service.door.hear_out(said.device, proof, now=now)
    if not _is_signed(said, leaver):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    with service.database.settling(Context(org=leaver.org, device=said.device)) as connection:
        if not note_done(connection, said.device, said.serial, msgspec.to_builtins(said), now):
            raise RefusedError(ErrorCode.NOT_FOUND)
        if said.wiped:
            # One that is only locked still holds what a partner asked to have removed: it goes on being counted.
            connection.execute("UPDATE device SET status = 'wiped' WHERE id = %s", (said.device,))
        # Its scopes are seen by this transaction from here on: `caller_of` reads them.
        losses = (
            all_losses(connection, caller_of(connection, DeviceId(said.device), leaver.org, now)) if said.wiped else {}
        )
    for home_org, listed in losses.items():
        # What is proven gone with the whole vault is waited for no more.
        service.writer.renew_receipts(home_org, listed, now=now, cause=service.new_id())
    return WipeNoted(server_time=now)


def kept_rescues(service: Service, org: OrganisationId) -> list[KeptRescue]:
    """Return what is kept for an organisation, oldest first."""
    with service.database.reading(Context(org=org)) as connection:
        rows = connection.execute(_LISTED, (org,)).fetchall()
    return [
        KeptRescue(device=device, received_at=received_at, size_bytes=size, imported_at=imported_at)
        for device, received_at, size, imported_at in rows
    ]


def import_kept(service: Service, org: OrganisationId, device: UUID, shares: tuple[Share, Share]) -> Imported:
    """Open what a device sent and write it.

    Raises:
        NotFoundError: nothing of such a device is kept.
        BadInputError: the two shares do not belong together.
        VaultError: `sealed.other_key`: they are another key's.
    """
    with service.database.reading(Context(org=org)) as connection:
        rows = connection.execute(_OF_DEVICE, (device, org)).fetchall()
    if not rows:
        raise NotFoundError("rescue.not_found")
    results = [result for _, sealed in rows for result in import_sealed(service, org, sealed, shares).results]
    with service.database.settling(Context(org=org, device=device)) as connection:
        connection.execute(_IMPORTED, (service.clock(), device, [digest for digest, _ in rows]))
    return Imported(results=results)


def read_rescue(file: Path) -> bytes:
    """Return a sealed outbox that was carried here.

    Raises:
        ServiceError: `service.bad_file`: it cannot be read, or is larger than one can be.
    """
    try:
        with file.open("rb") as opened:
            sealed = opened.read(RESCUE_MOST_BYTES + 1)
    except OSError as error:
        raise ServiceError("service.bad_file") from error
    if len(sealed) > RESCUE_MOST_BYTES:
        raise ServiceError("service.bad_file")
    return sealed


def import_sealed(service: Service, org: OrganisationId, sealed: bytes, shares: tuple[Share, Share]) -> Imported:
    """Open a sealed outbox with two custodians' shares, and write its ops as its laptop would have pushed them.

    They keep their ids: what the laptop pushed already, or pushes later, is a repeat and takes effect once.

    Raises:
        NotFoundError: the laptop is not one of this organisation.
        BadInputError, VaultError: as `import_kept`.
        ServiceError: `rescue.damaged`: it opens, and holds no pushes.
    """
    header = header_of_sealed(sealed)
    device = DeviceId(header.device)
    private = join(*shares)
    try:
        pushes = unpack_pushes(open_sealed(sealed, private))
    except FrameError as error:
        raise ServiceError("rescue.damaged") from error
    finally:
        clear(private)
    with service.database.settling(Context(org=org, device=device)) as connection:
        if connection.execute(_ORG_OF, (device,)).fetchone() != (org,):
            raise NotFoundError("device.not_found")
    return Imported(results=[result for push in _in_batches(pushes) for result in _written(service, org, device, push)])


def _written(service: Service, org: OrganisationId, device: DeviceId, unmade: UnmadePush) -> list[ResultLine]:
    now = service.clock()
    with service.database.settling(Context(org=org, device=device)) as connection:
        caller = caller_of(connection, device, org, now)
    push = Push(
        caller=caller,
        header=unmade.header,
        ops=unmade.ops,
        now=now,
        too_big=frozenset(op.op_id for op in unmade.ops if len(msgspec.json.encode(op)) > OP_MOST_BYTES),
        rescued=True,
    )
    return [msgspec.json.decode(raw, type=ResultLine) for raw in service.writer.push(push).results]


def _in_batches(pushes: Iterable[UnmadePush]) -> Iterator[UnmadePush]:
    """Yield ops lane by lane, withdrawals first, in batches that split no transaction."""
    for (lane, epoch), group in groupby(
        sorted(pushes, key=_lane), key=lambda push: (push.header.lane, push.header.lane_epoch)
    ):
        header = PushHeader(lane=lane, lane_epoch=epoch, prev=0)
        batch: list[OpLine] = []
        for _, txn in groupby((op for push in group for op in push.ops), key=lambda op: op.txn):
            ops = list(txn)
            if batch and len(batch) + len(ops) > PUSH_MOST_OPS:
                yield UnmadePush(header=header, ops=batch)
                batch = []
            batch += ops
        yield UnmadePush(header=header, ops=batch)


def _lane(push: UnmadePush) -> int:
    return push.header.lane


def _is_signed(said: WipeDone, leaver: Leaver) -> bool:
    try:
        signature = decode_bytes(said.sig)
    except ValueError:
        return False
    return signature_is_valid(
        algorithm=KeyAlgorithm(leaver.algorithm),
        public_key=leaver.public_key,
        purpose=WIPE_DONE_PURPOSE,
        data=wipe_done_data(msgspec.to_builtins(said)),
        signature=signature,
    )
