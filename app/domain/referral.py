"""Referrals and their events as they are recorded. The state machine is `app.domain.referral_states`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Annotated, Any

from app.domain.codes import (
    CameFrom,
    DuplicateReason,
    Need,
    PackageField,
    Priority,
    RecordType,
    ReferralKind,
    ReferralState,
)
from app.domain.ids import LineId, OrganisationId, RecordId, ReferralId, ServiceId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, Lww, State, Text

Package = dict[str, Any]
"""Package field slug to its value, as JSON: exactly what the receiver sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(OfPerson):
    """A request to a service, or an introduction to a partner's front door (FHIR ServiceRequest and Task).

    Everything but priority, best time, assignee and state is fixed once it is queued.
    """

    TYPE = RecordType.REFERRAL
    CLS = Cls.REFERRAL

    state: State[ReferralState]
    kind: Fixed[ReferralKind]
    to_service: Fixed[ServiceId]
    to_org: Fixed[OrganisationId]
    to_team: Fixed[Annotated[str, Line(60)]]
    needs: Fixed[frozenset[Need]]
    why: Fixed[Annotated[str, Text(300)]] = ""
    package: Fixed[Package] = field(default_factory=dict)
    package_hash: Fixed[str] = ""
    struck: Fixed[frozenset[PackageField]] = frozenset()
    consent_lines: Fixed[frozenset[LineId]] = frozenset()
    visit_id: Fixed[RecordId | None] = None
    parent: Fixed[ReferralId | None] = None
    continues: Fixed[ReferralId | None] = None
    came_from: Fixed[CameFrom | None] = None
    came_from_contact: Fixed[Annotated[str, Line(120)]] = ""
    duplicate_of: Fixed[ReferralId | None] = None
    duplicate_reason: Fixed[DuplicateReason | None] = None
    sender_name: Fixed[Annotated[str, Line(40)]] = ""
    priority: Lww[Priority] = Priority.ROUTINE
    best_time: Lww[Annotated[str, Line(80)]] = ""
    assignee: Lww[UserId | None] = None
    expected_discharge_on: Lww[date | None] = None
    sent_at: State[datetime | None] = None
    ack_due: State[datetime | None] = None
    decide_due: State[datetime | None] = None

    @property
    def referral_id(self) -> ReferralId:
        """The record's id, typed as what it names."""
        return ReferralId(self.id)


_HEADER = frozenset(each.name for each in fields(OfPerson))


def is_free(name: str, state: str | None) -> bool:
    """Answer whether a fixed field may still change: what a referral asks for is fixed once it is queued."""
    return state == ReferralState.DRAFT and name not in _HEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralEvent(OfPerson):
    """One step of a referral; `org` is the actor's organisation.

    Attributes:
        referral: which one.
        from_state: the state it left.
        to_state: the state it reached.
        at: when.
        by: who; SYSTEM for automatic steps.
        by_name: the name partners see.
        reason: coded reason, by the list of the transition (domain.md 6.3).
        next_step: what happens next after a decline.
        asked: the rest that the transition requires, by field name (domain.md 6.2).
    """

    TYPE = RecordType.REFERRAL_EVENT
    CLS = Cls.REFERRAL

    referral: Fixed[ReferralId]
    from_state: Fixed[ReferralState | None] = None
    to_state: Fixed[ReferralState]
    at: Fixed[datetime]
    by: Fixed[UserId]
    by_name: Fixed[Annotated[str, Line(40)]] = ""
    reason: Fixed[Annotated[str, Line(60)]] = ""
    next_step: Fixed[Annotated[str, Line(60)]] = ""
    asked: Fixed[dict[str, Any]] = field(default_factory=dict)
