"""Unsent work on its way out of a laptop: kept sealed beside the vault while there is any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from app.custody.erasing import RandomBytes
from app.custody.sealing import Receiver, seal
from app.security.sealed_outbox import remove_sealed, write_sealed
from app.storage.unsent import UnsentOps, unsent_ops
from app.storage.vault import Vault
from sync.client.apply import op_line
from sync.protocol.messages import PushHeader
from sync.protocol.rescue import UnmadePush, pack_pushes

SEAL_EVERY_S: Final = 600
"""How old the sealed outbox may be while somebody works (security.md 2.4)."""


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
