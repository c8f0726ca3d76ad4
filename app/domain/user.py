"""People who sign in, and the roles they were granted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.domain.codes import RecordType, Role
from app.domain.ids import PersonId, SiteId, UserId
from app.domain.record import Cls, Identity, Line, Lww, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Record):
    """An account in one organisation; partners see `shown_name` and nothing else."""

    TYPE = RecordType.USER
    CLS = Cls.OWN

    name: Identity[Annotated[str, Line(80)]]
    email: Identity[Annotated[str, Line(254)]]
    shown_name: Lww[Annotated[str, Line(40)]]
    roles: Lww[frozenset[Role]]
    sites: Lww[frozenset[SiteId]] = frozenset()
    teams: Lww[frozenset[str]] = frozenset()
    person: Lww[PersonId | None] = None
    active_from: Lww[date]
    active_to: Lww[date | None] = None

    @property
    def user_id(self) -> UserId:
        """The record's id, typed as what it names."""
        return UserId(self.id)

    def is_active(self, day: date) -> bool:
        """Answer whether the account is open on a London day."""
        return self.active_from <= day and (self.active_to is None or day <= self.active_to)

    def is_closed(self, day: date) -> bool:
        """Answer whether the account ends on a London day or has ended: nobody may be let in anew."""
        return self.active_to is not None and self.active_to <= day
