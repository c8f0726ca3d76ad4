"""Invented people, charities and lines for the tests of consent; lines are named as domain.md 5.4 names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.domain.codes import (
    AgeCheck,
    AllianceRole,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    Nation,
    Purpose,
    Role,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.consent_event import ConsentEvent, ConsentLine, GillickCheck
from app.domain.ids import DeviceId, LineId, OrganisationId, PersonId, RecordId, UserId
from app.domain.organisation import Organisation

AS = OrganisationId(UUID(int=0xA5))
BU = OrganisationId(UUID(int=0xB0))
X = OrganisationId(UUID(int=0xC0))
NOVA = PersonId(UUID(int=0x90))
ASKER = UserId(UUID(int=0x77))
HASH = "a1" * 32
ASKED_AT = datetime(2026, 5, 3, 10, 0, tzinfo=UTC)
ASKED_ON = date(2026, 5, 3)

HEADER: dict[str, Any] = {
    "created_at": ASKED_AT,
    "created_by": ASKER,
    "created_role": Role.OUTREACH_WORKER,
    "device": DeviceId(UUID(int=1)),
}


def ids(first: int = 1000) -> Callable[[], UUID]:
    """Return a source of ids that counts."""
    numbers = iter(range(first, first + 10_000))
    return lambda: UUID(int=next(numbers))


def line_id(name: str) -> LineId:
    """Return the id of a line by the name the examples give it."""
    return LineId(UUID(bytes=name.encode().rjust(16, b"\0")))


def line(name: str, decision: Decision, *, cites: Iterable[str] = (), **fields: Any) -> ConsentLine:
    """Return one line; a yes is for contact_injury from 3 May 2026 to 1 August 2027 unless told."""
    known: dict[str, Any] = {"org": BU, "purpose": Purpose.REFERRAL_CONTACT, "valid_from": ASKED_ON}
    if decision is Decision.AGREED:
        known |= {"scope": Scope.CONTACT_INJURY, "review_on": date(2027, 5, 3), "ends_on": date(2027, 8, 1)}
    known |= {"org_name_shown": "A charity", **fields}
    cited = frozenset(line_id(cite) for cite in cites)
    return ConsentLine(line_id=line_id(name), decision=decision, cites=cited, **known)


def agreed(name: str, *, cites: Iterable[str] = (), **fields: Any) -> ConsentLine:
    """Return a yes."""
    return line(name, Decision.AGREED, cites=cites, **fields)


def refused(name: str, *, cites: Iterable[str] = (), **fields: Any) -> ConsentLine:
    """Return a no."""
    return line(name, Decision.REFUSED, cites=cites, **fields)


def withdrawn(name: str, *, cites: Iterable[str] = (), **fields: Any) -> ConsentLine:
    """Return a stop."""
    return line(name, Decision.WITHDRAWAL, cites=cites, **fields)


def organisation(org: OrganisationId, name: str, **fields: Any) -> Organisation:
    """Return a charity of the alliance that joined in 2024."""
    known: dict[str, Any] = {
        "name": name,
        "legal_name": name,
        "nation": Nation.ENGLAND,
        "alliance_role": AllianceRole.MEMBER,
        "joined_on": date(2024, 1, 1),
        "withdraw_phone": "01632 960123",
        "data_protection_contact": "lead@example.org",
        "safeguarding_contact": "safe@example.org",
    }
    return Organisation(id=RecordId(org), org=org, **{**HEADER, **known, **fields})


ALLIANCE = {AS: organisation(AS, "Aspire"), BU: organisation(BU, "Back Up")}


def asked(**fields: Any) -> ConsentEvent:
    """Return an event without lines, complete for a spoken answer of an adult at the bedside."""
    known: dict[str, Any] = {
        "id": RecordId(UUID(int=5000)),
        "org": AS,
        "person": NOVA,
        "kind": ConsentKind.ANSWER,
        "asked_by": ASKER,
        "asked_by_name": "Priya",
        "asked_by_org": AS,
        "at": ASKED_AT,
        "ward": "St Andrew",
        "wording": "en-GB-standard-1",
        "wording_hash": HASH,
        "language": "en-GB",
        "format": WordingFormat.STANDARD,
        "given_by": GivenBy.SELF,
        "capacity": Capacity.PRESUMED,
        "age_check": AgeCheck.AGE_16_OR_OVER,
        "method": ConsentMethod.SPOKEN_IN_PERSON,
        "statement": "Yes, they may ring me.",
        "read_back": True,
    }
    return ConsentEvent(**{**HEADER, **known, **fields})


def said(*lines: ConsentLine, **fields: Any) -> ConsentEvent:
    """Return an answer event that carries these lines."""
    return replace(asked(**fields), lines=lines)


COMPETENT = GillickCheck(
    result=Gillick.COMPETENT,
    understood="That a mentor may ring.",
    could_go_wrong="Somebody at home may pick up the phone.",
    parent_told=YesNo.YES,
    parent_told_why="She wanted her mother to know.",
)
"""A child of 14 who understood this decision."""
