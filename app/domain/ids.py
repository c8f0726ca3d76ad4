"""Identifiers: each kind of record has its own type, and all are UUIDv7 made on the laptop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType
from uuid import UUID

RecordId = NewType("RecordId", UUID)
PersonId = NewType("PersonId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
SiteId = NewType("SiteId", UUID)
ServiceId = NewType("ServiceId", UUID)
AgreementId = NewType("AgreementId", UUID)
UserId = NewType("UserId", UUID)
DeviceId = NewType("DeviceId", UUID)
StayId = NewType("StayId", UUID)
ContactPointId = NewType("ContactPointId", UUID)
WordingId = NewType("WordingId", UUID)
ConsentEventId = NewType("ConsentEventId", UUID)
LineId = NewType("LineId", UUID)
ReferralId = NewType("ReferralId", UUID)
TaskId = NewType("TaskId", UUID)
OpId = NewType("OpId", UUID)
TxnId = NewType("TxnId", UUID)
AggregateId = NewType("AggregateId", UUID)
ScopeId = NewType("ScopeId", UUID)

SYSTEM = UserId(UUID(int=0))
"""The actor that signs automatic events; never a login (domain.md 2.1)."""

_VERSION_7 = 0x7000


class IdSource:
    """Make UUIDv7s from a clock and a source of random bytes that are handed in.

    Ids of one source never go backwards, even when the clock does: within one millisecond, and after a
    clock that was set back, the 12 bits of `rand_a` count on (RFC 9562, section 6.2, method 1).
    """

    def __init__(self, now: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> None:
        """Take the clock (aware UTC) and the random source (`n` -> `n` bytes)."""
        self._now = now
        self._random_bytes = random_bytes
        self._last = (0, 0)

    def now(self) -> datetime:
        """Return what its clock says (aware UTC)."""
        return self._now()

    def __call__(self) -> UUID:
        """Return the next id."""
        milliseconds = int(self._now().timestamp() * 1000)
        seen, count = self._last
        if milliseconds > seen:
            self._last = (milliseconds, int.from_bytes(self._random_bytes(2), "big") & 0x7FF)
        elif count < 0xFFF:
            self._last = (seen, count + 1)
        else:
            self._last = (seen + 1, 0)
        milliseconds, count = self._last
        tail = int.from_bytes(self._random_bytes(8), "big") & ((1 << 62) - 1)
        return UUID(int=(milliseconds << 80) | ((_VERSION_7 | count) << 64) | (0b10 << 62) | tail)


def made_at(identifier: UUID) -> datetime:
    """Return the moment a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)
