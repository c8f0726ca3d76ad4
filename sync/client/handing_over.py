"""From the people somebody chose to a sealed file in a folder, and from a file to what is taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.custody.erasing import RandomBytes
from app.custody.exchange_key import exchange_public
from app.domain.actor import Actor
from app.domain.codes import OpKind, RecordType
from app.domain.handing import VALID_FOR
from app.domain.ids import AggregateId, OpId, PersonId, RecordId, TxnId, UserId
from app.errors import BadInputError, KnownError, NotPermittedError, VaultError
from app.security.atomic_file import delete_file, replace_file
from app.storage import handed
from app.storage.exchange import FrozenOp
from app.storage.handed import KnownKey, Origin
from app.storage.held import Held
from app.storage.vault import Vault
from app.use_cases import handing_over
from app.use_cases.handing_over import Arrived, Gathered, Taken
from sync.client.apply import op_line
from sync.client.hand_over_file import FILE_MOST_BYTES, SUFFIX, Hand, Opener, open_file, seal_file
from sync.client.signer import Signer
from sync.protocol.framing import FrameError, decode_frame, encode_frame
from sync.protocol.hand_over import (
    KEY_PURPOSE,
    PASSED_ON_MOST_BYTES,
    PASSED_ON_MOST_OPS,
    PASSED_ON_PURPOSE,
    key_data,
    lines_hash,
    passed_on_data,
    passed_on_is_signed,
)
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.messages import ColleagueKey, OpLine, PassedOn
from sync.protocol.proof import encode_bytes

_LANE_STOPS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandKeys:
    """What a laptop signs and opens with for whoever is signed in.

    Attributes:
        signer: the laptop's key.
        exchange: private X25519 key of the person in this vault; cleared by whoever holds the vault.
        random_bytes: of the operating system.
        is_allowed: the organisation's IT lets work be written on a stick.
    """

    signer: Signer
    exchange: bytearray = field(repr=False)
    random_bytes: RandomBytes
    is_allowed: bool = True

    def own_key(self, device: UUID, user: UUID) -> ColleagueKey:
        """Return what the service is told of the person's key, with this laptop's signature."""
        public = exchange_public(self.exchange)
        signature = self.signer.sign(KEY_PURPOSE, key_data(device, user, public))
        return ColleagueKey(device=device, user=user, exchange=encode_bytes(public), sig=encode_bytes(signature))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written: where, for how many people, with how many changes only this laptop has."""

    path: Path
    people: int
    records: int
    changes: int
    left_out: int
    valid_until: datetime


class _Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line of a file's content; so many lines after it are records, the others are ops as they travel."""

    people: list[UUID]
    rows: int
    passed_on: dict[str, Any]


class _HeadLine(msgspec.Struct, frozen=True, kw_only=True):
    contents: _Contents


class _RecordLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ty: str
    id: UUID
    agg: UUID
    b: dict[str, Any]


def write_file(
    vault: Vault,
    keys: HandKeys,
    *,
    actor: Actor,
    now: datetime,
    to: KnownKey,
    people: Iterable[PersonId],
    folder: Path,
) -> Written:
    """Write a file for a colleague into a folder; what is in it stays here until the service has it.

    Raises:
        NotPermittedError: IT or the role does not allow it.
        BadInputError: as `handing_over.gather`, or `hand_over.people.too_large`.
        VaultError: the folder does not take it; nothing was entered in the audit, and nothing lies there.
    """
    if not keys.is_allowed or not keys.exchange:
        raise NotPermittedError
    with ExitStack() as undo:
        with vault.transaction(actor=actor, now=now) as work:
            gathered = handing_over.gather(work, actor=actor, to=to, people=people, now=now)
            content = _content(gathered, keys.signer, actor=actor, to=to, now=now)
            sealed = seal_file(
                content,
                org=actor.org,
                giver=Hand(device=actor.device, user=actor.user),
                to=Hand(device=to.device, user=to.user),
                exchange=to.exchange,
                made_at=now,
                signer=keys.signer,
                random_bytes=keys.random_bytes,
            )
            # For which laptop and when, so that two files are told apart; nobody's name.
            path = folder / f"alongside-for-{to.device.hex[-8:]}-{now:%Y%m%d-%H%M%S}{SUFFIX}"
            if path.exists():
                raise VaultError("hand_over.exists")
            handing_over.note_given(work, gathered, to)
            replace_file(path, sealed)
            undo.callback(_take_away, path)
        # Committed: it stays.
        undo.pop_all()
    return Written(
        path=path,
        people=len(gathered.people),
        records=len(gathered.rows),
        changes=gathered.unsent,
        left_out=gathered.left_out,
        valid_until=now + VALID_FOR,
    )


def _take_away(path: Path) -> None:
    with suppress(KnownError):
        delete_file(path)


def read_file(path: Path) -> bytes:
    """Return the bytes of a file, no more than one can have.

    Raises:
        VaultError: `hand_over.unreadable`, or `hand_over.not_ours` when it is larger than any.
    """
    try:
        with path.open("rb") as opened:
            raw = opened.read(FILE_MOST_BYTES + 1)
    except OSError as error:
        raise VaultError("hand_over.unreadable", errno=error.errno) from error
    if len(raw) > FILE_MOST_BYTES:
        raise VaultError("hand_over.not_ours")
    return raw


def take_file(vault: Vault, keys: HandKeys, path: Path, *, actor: Actor, now: datetime) -> Taken:
    """Open a file a colleague gave and take it in, all of it or nothing; a refusal stands in the audit.

    Raises:
        NotPermittedError, BadInputError, VaultError: why it is refused; nothing of it was kept.
    """
    try:
        if not keys.is_allowed or not keys.exchange:
            raise NotPermittedError
        arrived = _arrived(vault, keys, read_file(path), actor=actor, now=now)
        return handing_over.take(vault, arrived, actor=actor, now=now)
    except KnownError as error:
        handing_over.note_refused(vault, actor=actor, now=now, code=error.code)
        raise


def _content(gathered: Gathered, signer: Signer, *, actor: Actor, to: KnownKey, now: datetime) -> bytes:
    encode = msgspec.json.encode
    stops = gathered.lanes.get(_LANE_STOPS, [])
    rest = [op for lane, ops in sorted(gathered.lanes.items()) if lane != _LANE_STOPS for op in ops]
    lines = [encode(op_line(op)) for op in (*stops, *rest)]
    if len(lines) > PASSED_ON_MOST_OPS or sum(map(len, lines)) > PASSED_ON_MOST_BYTES:
        raise BadInputError.at("hand_over", "people", "too_large")
    header = PassedOn(
        from_device=actor.device,
        to_device=to.device,
        to_user=to.user,
        made_at=now,
        lane_epoch=gathered.lane_epoch,
        stops=len(stops),
        sha256=lines_hash(lines),
    )
    signature = signer.sign(PASSED_ON_PURPOSE, passed_on_data(header))
    signed = msgspec.to_builtins(msgspec.structs.replace(header, sig=encode_bytes(signature)))
    rows = [
        encode(_RecordLine(ty=row.record.TYPE.value, id=row.record.id, agg=row.record.aggregate, b=row.body))
        for row in gathered.rows
    ]
    contents = _Contents(people=list(gathered.people), rows=len(rows), passed_on=signed)
    frame = encode_frame([*rows, *lines], nonce="", header=_HeadLine(contents=contents))
    if len(frame) > FRAME_LIMITS.packed_bytes or sum(map(len, (*rows, *lines))) > FRAME_LIMITS.plain_bytes // 2:
        raise BadInputError.at("hand_over", "people", "too_large")
    return frame


def _arrived(vault: Vault, keys: HandKeys, raw: bytes, *, actor: Actor, now: datetime) -> Arrived:
    with vault.reading() as read:
        known = handed.known_keys(read.connection)
        before = handed.opened_before(read.connection, hashlib.sha256(raw).digest())
    if before is not None:
        raise BadInputError("hand_over.opened_before", at=before.isoformat())

    def sender_key(device: UUID) -> tuple[str, bytes] | None:
        return next(
            (
                (key.algorithm, key.device_key)
                for key in known
                if key.device == device and key.state in (handed.KNOWN, handed.GONE)
            ),
            None,
        )

    last = Held(vault).device().server_time
    opener = Opener(org=actor.org, hand=Hand(device=actor.device, user=actor.user), private=keys.exchange)
    header, content = open_file(raw, opener, sender_key=sender_key, now=now if last is None else max(now, last))
    try:
        frame = decode_frame(content, nonce="")
        contents = frame.header(_HeadLine).contents
        passed_on = msgspec.convert(contents.passed_on, PassedOn)
        lines = frame.raw_lines()
        decode = msgspec.json.Decoder(_RecordLine).decode
        rows = tuple(
            handing_over.row_of(line.ty, line.id, line.agg, line.b) for line in map(decode, lines[: contents.rows])
        )
        ops_lines = lines[contents.rows :]
        ops = tuple(_frozen(msgspec.json.decode(line, type=OpLine)) for line in ops_lines)
    except (FrameError, msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
        raise VaultError("hand_over.damaged") from error
    algorithm, public = sender_key(header.from_device) or ("", b"")
    if (
        (passed_on.from_device, passed_on.to_device, passed_on.to_user)
        != (header.from_device, header.to_device, header.to_user)
        or passed_on.sha256 != lines_hash(ops_lines)
        or not passed_on_is_signed(passed_on, algorithm=algorithm, device_key=public)
    ):
        raise VaultError("hand_over.damaged")
    return Arrived(
        origin=Origin(
            sha=hashlib.sha256(raw).digest(),
            from_device=header.from_device,
            from_user=header.from_user,
            to_user=header.to_user,
            made_at=header.made_at,
            people=len(contents.people),
            header=msgspec.json.encode(passed_on).decode(),
            lines=b"\n".join(ops_lines),
        ),
        people=tuple(PersonId(person) for person in contents.people),
        rows=rows,
        ops=ops,
    )


def _frozen(line: OpLine) -> FrozenOp:
    change = {"set": line.changes, "base": line.base, "add": line.added, "rem": line.removed}
    return FrozenOp(
        seq=0,
        op_id=OpId(line.op_id),
        txn=TxnId(line.txn),
        record_type=RecordType(line.record_type),
        record_id=RecordId(line.record_id),
        agg_id=AggregateId(line.agg_id),
        kind=OpKind(line.kind),
        base_rev=line.base_rev,
        change={name: value for name, value in change.items() if value},
        hlc=line.hlc,
        schema=line.schema,
        actor=UserId(line.by),
        cites=tuple(str(cited) for cited in line.cites),
    )
