"""Where everything on this laptop stands towards the central service; each statement rests on a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.domain.actor import Actor
from app.storage import lists
from app.storage.exchange import HeldScope, SyncDevice, Waiting
from app.storage.held import Held
from app.storage.lists import Standing, WaitingOp
from app.storage.outbox import Outbox
from app.storage.vault import Vault
from app.use_cases import conflicts
from app.use_cases.names import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    """What the status line and the sync page say.

    Attributes:
        enrolled: a central service is set up.
        org_name: the organisation of the enrolment.
        waiting: what is only on this laptop, and since when.
        needs_you: how many things this person has to look at.
        device: last contact, lease, last trouble.
        at_head: everything the service had for this laptop has arrived.
        scopes: how far each audience was read.
    """

    enrolled: bool
    org_name: str
    waiting: Waiting
    needs_you: int
    device: SyncDevice
    at_head: bool
    scopes: tuple[HeldScope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItem:
    """One change that is only on this laptop, in terms a person recognises."""

    record_type: str
    kind: str
    person_name: str
    made_at: datetime
    standing: Standing


def status(vault: Vault, *, actor: Actor) -> SyncStatus:
    """Return how this laptop stands, for whoever works on it."""
    held = Held(vault)
    device, scopes = held.device(), held.scopes()
    with vault.reading() as read:
        needs_you = len(lists.attention_items(read.connection)) + conflicts.waiting_for(read, actor)
    return SyncStatus(
        enrolled=device.device_id is not None,
        org_name=device.org_name,
        waiting=Outbox(vault).waiting(),
        needs_you=needs_you,
        device=device,
        at_head=bool(scopes) and all(scope.at_head for scope in scopes),
        scopes=scopes,
    )


def waiting_items(vault: Vault) -> tuple[WaitingItem, ...]:
    """Return the changes that are only on this laptop, oldest first; audit entries are counted, not listed."""
    with vault.reading() as read:
        ops = lists.waiting_ops(read.connection)
        names = names_of(read, {op.person for op in ops})
    return tuple(_item(op, names) for op in ops)


def _item(op: WaitingOp, names: dict[UUID, str]) -> WaitingItem:
    return WaitingItem(
        record_type=op.record_type,
        kind=op.kind,
        person_name=names.get(op.person, ""),
        made_at=datetime.fromtimestamp(op.made_at / 1000, tz=UTC),
        standing=Standing.SENT if op.state == "sent" else Standing.ONLY_HERE,
    )
