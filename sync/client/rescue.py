"""Unsent work on its way out of a laptop: kept sealed beside the vault, and handed over when the vault is given up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from app.custody.erasing import RandomBytes
from app.custody.sealing import Receiver, header_of_sealed, seal
from app.errors import VaultError
from app.paths import LaptopPaths
from app.security.sealed_outbox import read_sealed, remove_sealed, write_sealed
from app.storage.unsent import UnsentOps, unsent_ops
from app.storage.vault import Vault
from app.use_cases.giving_up import GivingUp, Unsent, keep_note
from sync.client.apply import op_line
from sync.client.signer import Signer
from sync.client.transport import RefusedError, Transport
from sync.protocol.framing import FrameError
from sync.protocol.messages import RESCUE, WIPED, ErrorCode, PushHeader, RescueReply, UnsentFate, WipeDone, WipeNoted
from sync.protocol.proof import WIPE_DONE_PURPOSE, encode_bytes, wipe_done_data
from sync.protocol.rescue import UnmadePush, pack_pushes

SEAL_EVERY_S: Final = 600
"""How old the sealed outbox may be while somebody works (security.md 5.1)."""

_PASSING: Final = frozenset({ErrorCode.BUSY, ErrorCode.FAILED, ErrorCode.PROOF, ErrorCode.BAD_FRAME})
"""Refusals that may be gone at the next try; after any other the work stays here and can be carried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What sealing a laptop's unsent work stands on; nothing in it is a secret.

    Attributes:
        path: `outbox.sealed`.
        vault_id: of the vault.
        receivers: who can open it.
        random_bytes: of the operating system.
    """

    path: Path
    vault_id: UUID
    receivers: tuple[Receiver, ...]
    random_bytes: RandomBytes


def keep_sealed(vault: Vault, sealing: Sealing, *, now: datetime) -> int:
    """Seal what is unsent into its file, or remove the file where nothing is; returns how many changes a person made.

    Raises:
        VaultError: the vault cannot be read or the file not be written; the older file is whole.
    """
    unsent = unsent_ops(vault)
    if not unsent.worth or unsent.device_id is None:
        # A laptop that was never enrolled has nobody to send anything to: its vault is the place for it.
        remove_sealed(sealing.path)
        return 0
    sealed = seal(
        content_of(unsent),
        sealing.receivers,
        device=unsent.device_id,
        vault_id=sealing.vault_id,
        made_at=now,
        count=unsent.worth,
        random_bytes=sealing.random_bytes,
    )
    write_sealed(sealing.path, sealed)
    return unsent.worth


def content_of(unsent: UnsentOps) -> bytes:
    """Return unsent changes as the pushes that were not made yet."""
    return pack_pushes(
        UnmadePush(header=PushHeader(lane=lane, lane_epoch=unsent.lane_epoch, prev=0), ops=[op_line(op) for op in ops])
        for lane, ops in sorted(unsent.lanes.items())
    )


def carry_sealed(path: Path, folder: Path) -> Path:
    """Copy the sealed file to a stick and return the copy; the service takes it when somebody carries it there.

    Raises:
        VaultError: the stick refuses it, or nothing is sealed (`sealed.nothing`).
    """
    sealed = read_sealed(path)
    if sealed is None:
        raise VaultError("sealed.nothing")
    header = header_of_sealed(sealed)
    # Which laptop and when, so that two sticks are told apart; nobody's name.
    target = folder / f"alongside-{header.device.hex[-8:]}-{header.made_at:%Y%m%d-%H%M}.sealed"
    write_sealed(target, sealed)
    return target


def hand_over(paths: LaptopPaths, note: GivingUp, *, net: Transport, signer: Signer) -> GivingUp:
    """Send the sealed work, then this laptop's signed word that it obeyed; returns the note as it is written then.

    A service that will not take the work is told that it lies here. May run any number of times: the same bytes and
    the same word change nothing at the service.

    Raises:
        NetworkError: the service was not reached; what was not sent stays.
        ServiceError: it does not take this laptop's word.
        VaultError: the note cannot be written.
    """
    note = _sent(paths, note, net)
    said = WipeDone(device=note.device, serial=note.serial, wiped=note.wipe, unsent=UnsentFate(note.unsent.value))
    signature = signer.sign(WIPE_DONE_PURPOSE, wipe_done_data(msgspec.to_builtins(said)))
    net.post(WIPED, msgspec.structs.replace(said, sig=encode_bytes(signature))).one(WipeNoted)
    note = msgspec.structs.replace(note, is_told=True)
    keep_note(paths, note)
    return note


def _sent(paths: LaptopPaths, note: GivingUp, net: Transport) -> GivingUp:
    sealed = read_sealed(paths.sealed_outbox) if note.rescue else None
    if sealed is None:
        return note
    try:
        reply = net.put(RESCUE, sealed).one(RescueReply)
    except RefusedError as error:
        if error.refusal.error in _PASSING:
            raise
        return note
    if reply.sha256 != hashlib.sha256(sealed).hexdigest():
        raise FrameError(None, rule="rescue")
    note = msgspec.structs.replace(note, unsent=Unsent.SENT)
    # Noted before it is taken away: after a crash in between it is sent again, and the service knows it already.
    keep_note(paths, note)
    remove_sealed(paths.sealed_outbox)
    return note
