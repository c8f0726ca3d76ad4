"""Organisations of the alliance; no rule about people lives here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from app.domain.codes import AllianceRole, Nation, RecordType
from app.domain.ids import OrganisationId
from app.domain.record import Cls, Identity, Line, Lww, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Record):
    """A charity of the alliance, a controller of its own (UK GDPR Art. 4(7)).

    A new legal controller is a new record, to which old consents do not carry.
    """

    TYPE = RecordType.ORGANISATION
    CLS = Cls.REFERENCE

    name: Identity[Annotated[str, Line(120)]]
    legal_name: Identity[Annotated[str, Line(160)]]
    charity_number: Identity[Annotated[str | None, Line(9)]] = None
    nation: Lww[Nation]
    alliance_role: Lww[AllianceRole]
    joined_on: Lww[date]
    left_on: Lww[date | None] = None
    withdraw_phone: Lww[Annotated[str, Line(40)]]
    data_protection_contact: Lww[Annotated[str, Line(120)]]
    safeguarding_contact: Lww[Annotated[str, Line(120)]]
    does: Lww[Annotated[str, Line(160)]] = ""
    policy: Lww[dict[str, int | bool | str]] = field(default_factory=dict)

    @property
    def organisation_id(self) -> OrganisationId:
        """The record's id, typed as what it names."""
        return OrganisationId(self.id)

    def has_joined_on(self, day: date) -> bool:
        """Answer whether it is of the alliance on a London day."""
        return self.joined_on <= day and (self.left_on is None or day <= self.left_on)

    def takes_part_on(self, day: date) -> bool:
        """Answer whether anything may flow to or from it on a London day."""
        return self.alliance_role is not AllianceRole.OBSERVER and self.has_joined_on(day)
