"""Every change that the central service has not confirmed, as it would travel: read for sealing, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.domain.audit import OF_THE_AUDIT
from app.storage.exchange import FrozenOp
from app.storage.outbox import frozen_op
from app.storage.tables import OutboxOp, SyncDevice
from app.storage.vault import Vault

NOT_NUMBERED = 0
"""Stands for the number of a change that was never frozen; lanes count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentOps:
    """What is only on this laptop.

    Attributes:
        device_id: the laptop as the service knows it, None before it is enrolled.
        lane_epoch: the life of its lanes, to which the numbers belong.
        lanes: the changes of each lane, in the order in which they were made; parked ones too.
        worth: how many of them a person made; entries of the audit chain travel with them and are not counted.
    """

    device_id: UUID | None
    lane_epoch: UUID
    lanes: dict[int, tuple[FrozenOp, ...]]
    worth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsentMark:
    """By which two moments of an outbox are told apart without reading it: rows, newest row, rows with a number."""

    count: int
    newest: int
    numbered: int


def unsent_mark(vault: Vault) -> UnsentMark:
    """Return where the outbox stands: rows are added, numbered and taken away, and otherwise never changed."""
    with vault.reading() as read:
        row = read.connection.execute(
            select(func.count(), func.coalesce(func.max(OutboxOp.seq), 0), func.count(OutboxOp.lane_seq))
        ).one()
    return UnsentMark(count=row[0], newest=row[1], numbered=row[2])


def unsent_ops(vault: Vault) -> UnsentOps:
    """Return everything unsent from one consistent view of the vault."""
    with vault.reading() as read:
        device = read.connection.execute(select(SyncDevice.device_id, SyncDevice.lane_epoch)).one()
        rows = read.connection.execute(select(OutboxOp.__table__).order_by(OutboxOp.lane, OutboxOp.seq)).all()
    lanes: dict[int, list[FrozenOp]] = {}
    for row in rows:
        lanes.setdefault(row.lane, []).append(frozen_op(row, row.lane_seq or NOT_NUMBERED))
    return UnsentOps(
        device_id=None if device.device_id is None else UUID(bytes=device.device_id),
        lane_epoch=UUID(bytes=device.lane_epoch),
        lanes={lane: tuple(ops) for lane, ops in lanes.items()},
        worth=sum(row.type not in OF_THE_AUDIT for row in rows),
    )
