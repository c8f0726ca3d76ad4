"""Records the central service derives, so that a reader holds only what it may: nobody else writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.codes import RecordType
from app.domain.consent_event import ConsentLine
from app.domain.ids import DeviceId, OrganisationId, RecordId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, State


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCard(OfPerson):
    """What one organisation may know of a person now, and the consent lines that say so.

    `fields` is empty until a referral is accepted: before that the receiver reads the package as sent.
    `org` is the person's home organisation, `receiver` the reader.
    """

    TYPE = RecordType.SHARE_CARD
    CLS = Cls.CARD

    receiver: Fixed[OrganisationId]
    fields: State[dict[str, Any]] = field(default_factory=dict)
    lines: State[tuple[ConsentLine, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLaptop:
    """A laptop that has not yet proved the removal."""

    device: DeviceId
    last_seen_on: date | None = None
    locks_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalReceipt(OfPerson):
    """How many of a partner's laptops have removed a person, by their own proof (sync.md 8).

    `org` is the home organisation that reads it, `partner` the one that had to remove.
    """

    TYPE = RecordType.REMOVAL_RECEIPT
    CLS = Cls.CONSENT

    partner: Fixed[OrganisationId]
    partner_name: Fixed[str] = ""
    withdrawal: Fixed[RecordId | None] = None
    ordered_at: Fixed[datetime]
    laptops: State[int]
    removed: State[int]
    waiting: State[tuple[WaitingLaptop, ...]] = ()
    last_removed_at: State[datetime | None] = None
