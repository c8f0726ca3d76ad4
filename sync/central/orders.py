"""Orders to give up a vault: what was ordered, whether the laptop was told, and its signed word that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sync.central.database import PgConnection

_GIVE = """
INSERT INTO revocation AS r (device, org, serial, wipe, rescue, ordered_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (device) DO UPDATE SET serial = excluded.serial, wipe = excluded.wipe, rescue = excluded.rescue,
  ordered_at = excluded.ordered_at, told_at = NULL, done_at = NULL, done = NULL
"""
_TELL = "UPDATE revocation SET told_at = COALESCE(told_at, %s) WHERE device = %s RETURNING serial, wipe, rescue"
_DONE = (
    "UPDATE revocation SET done_at = COALESCE(done_at, %s), done = COALESCE(done, %s) WHERE device = %s AND serial = %s"
)
_GIVEN = "SELECT serial, wipe, rescue FROM revocation WHERE device = %s"
_OF_ORG = """
SELECT device, COALESCE((done ->> 'wiped')::boolean, wipe), ordered_at, told_at, done_at, done ->> 'unsent'
  FROM revocation WHERE org = %s
"""


class OrderState(StrEnum):
    """How far an order has come; a wipe is believed by the laptop's signature alone. Fixed for ever."""

    NEVER_CONTACTED = "never_contacted"
    ORDERED = "ordered"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a device is told to do."""

    serial: int
    wipe: bool
    rescue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatus:
    """How one order stands.

    Attributes:
        state: the service's word for it.
        wipe: the vault is to be destroyed, not only locked; once acknowledged, what the laptop said of it.
        since: when the laptop acknowledged, was told, or when it was ordered, by `state`.
        unsent: what the laptop said became of unsent work, empty before it has.
    """

    state: OrderState
    wipe: bool
    since: datetime
    unsent: str = ""


def give_order(connection: PgConnection, device: UUID, org: UUID, order: Order, now: datetime) -> None:
    """Note an order; a newer one takes the place of the older."""
    connection.execute(_GIVE, (device, org, order.serial, order.wipe, order.rescue, now))


def order_given(connection: PgConnection, device: UUID) -> Order | None:
    """Return the order that a device was given last, None where there is none."""
    row = connection.execute(_GIVEN, (device,)).fetchone()
    return None if row is None else Order(serial=row[0], wipe=row[1], rescue=row[2])


def tell_order(connection: PgConnection, device: UUID, now: datetime) -> Order | None:
    """Return the order of a device that is being told it now, None where none was given."""
    row = connection.execute(_TELL, (now, device)).fetchone()
    return None if row is None else Order(serial=row[0], wipe=row[1], rescue=row[2])


def note_done(connection: PgConnection, device: UUID, serial: int, said: dict[str, Any], now: datetime) -> bool:
    """Keep a laptop's signed word that it obeyed; answer whether there is such an order. A repeat changes nothing."""
    return connection.execute(_DONE, (now, Jsonb(said), device, serial)).rowcount == 1


def orders_of(connection: PgConnection, org: UUID) -> dict[UUID, OrderStatus]:
    """Return how the orders of an organisation stand, by device."""
    return {
        device: _status(wipe, ordered_at, told_at, done_at, unsent)
        for device, wipe, ordered_at, told_at, done_at, unsent in connection.execute(_OF_ORG, (org,))
    }


def _status(
    wipe: bool, ordered_at: datetime, told_at: datetime | None, done_at: datetime | None, unsent: str | None
) -> OrderStatus:
    if done_at is not None:
        return OrderStatus(state=OrderState.ACKNOWLEDGED, wipe=wipe, since=done_at, unsent=unsent or "")
    if told_at is not None:
        return OrderStatus(state=OrderState.ORDERED, wipe=wipe, since=told_at)
    return OrderStatus(state=OrderState.NEVER_CONTACTED, wipe=wipe, since=ordered_at)
