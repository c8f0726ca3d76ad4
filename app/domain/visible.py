"""One entry of the access list: a scope, a compartment and an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.record import Cls


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """One scope may hold one compartment, until a moment or for as long as nothing changes.

    Attributes:
        scope_key: the scope.
        owner: whose records: an organisation, or what stands for one (see `app.domain.aggregate`).
        cls: their class.
        until: moment from which they must be gone; None when no moment is set.
    """

    scope_key: str
    owner: UUID
    cls: Cls
    until: datetime | None = None


def earliest_end(*ends: datetime | None) -> datetime | None:
    """Return the first of several ends, where None is never."""
    return min((end for end in ends if end is not None), default=None)


def longest(entries: Iterable[Visible], now: datetime) -> frozenset[Visible]:
    """Return each scope and compartment once, with its latest end, leaving out what ended before `now`."""
    kept: dict[tuple[str, UUID, Cls], Visible] = {}
    for entry in entries:
        place = (entry.scope_key, entry.owner, entry.cls)
        other = kept.get(place)
        if other is None or (other.until is not None and (entry.until is None or entry.until > other.until)):
            kept[place] = entry
    return frozenset(entry for entry in kept.values() if entry.until is None or entry.until > now)
