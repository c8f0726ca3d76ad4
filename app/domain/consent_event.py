"""Consent as it is recorded: wordings, events and their lines. What they amount to is `app.domain.consent`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from app.domain.codes import (
    AgeCheck,
    AskAgain,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    HowTold,
    OverrideBasis,
    PackageField,
    Purpose,
    ReceiptHow,
    RecordType,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.ids import ConsentEventId, LineId, OrganisationId, RecordId, SiteId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, Record, State, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWording(Record):
    """The exact text put to people, versioned and hashed; approved text is frozen (UK GDPR Art. 13).

    `texts` maps `<purpose>` to the sentence and `scope.<scope>` to the words for how much.
    """

    TYPE = RecordType.CONSENT_WORDING
    CLS = Cls.REFERENCE

    version: Fixed[Annotated[str, Line(40)]]
    language: Fixed[Annotated[str, Line(35)]]
    format: Fixed[WordingFormat]
    texts: Fixed[dict[str, str]]
    hash: Fixed[str]
    material_change: Fixed[bool] = False
    state: State[str] = "draft"
    approved_by: State[Annotated[str, Line(120)]] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """One answer for one organisation and purpose; empty organisation or purpose means every one.

    Attributes:
        line_id: its own id.
        org: the organisation named, None in a withdrawal from every one.
        org_name_shown: the name as it stood on the screen or was read aloud.
        purpose: what for, None in a withdrawal for every purpose.
        decision: the answer.
        scope: how much, when agreed.
        withheld: package fields the person struck out.
        valid_from: London day from which a yes counts.
        review_on: London day on which to ask again.
        ends_on: last London day of the yes, included.
        ask_again: when to ask again after a no.
        ask_again_on: the day, when `ask_again` is a day.
        cites: every earlier line for the same organisation and purpose that the laptop held.
    """

    line_id: LineId
    org: OrganisationId | None = None
    org_name_shown: str = ""
    purpose: Purpose | None = None
    decision: Decision
    scope: Scope | None = None
    withheld: frozenset[PackageField] = frozenset()
    valid_from: date
    review_on: date | None = None
    ends_on: date | None = None
    ask_again: AskAgain | None = None
    ask_again_on: date | None = None
    cites: frozenset[LineId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityCheck:
    """Who judged capacity for this decision, when, and with what support (Mental Capacity Act 2005, s. 1-3)."""

    who: str
    on: date
    support_given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GillickCheck:
    """Whether a child under 16 understands this decision, and what was asked to find out."""

    result: Gillick
    understood: str = ""
    could_go_wrong: str = ""
    parent_told: YesNo = YesNo.UNKNOWN
    parent_told_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent(OfPerson):
    """One act of asking or stopping; never edited. Fields and rules: domain.md 5.1."""

    TYPE = RecordType.CONSENT_EVENT
    CLS = Cls.CONSENT

    kind: Fixed[ConsentKind]
    asked_by: Fixed[UserId]
    asked_by_name: Fixed[Annotated[str, Line(40)]] = ""
    asked_by_org: Fixed[OrganisationId]
    at: Fixed[datetime]
    site: Fixed[SiteId | None] = None
    ward: Fixed[Annotated[str, Line(40)]] = ""
    by_phone: Fixed[bool] = False
    wording: Fixed[str] = ""
    wording_hash: Fixed[str] = ""
    language: Fixed[Annotated[str, Line(35)]] = ""
    format: Fixed[WordingFormat | None] = None
    interpreter_name: Fixed[Annotated[str, Line(80)]] = ""
    given_by: Fixed[GivenBy | None] = None
    given_by_name: Fixed[Annotated[str, Line(80)]] = ""
    evidence_seen: Fixed[Annotated[str, Line(80)]] = ""
    capacity: Fixed[Capacity | None] = None
    capacity_check: Fixed[CapacityCheck | None] = None
    age_check: Fixed[AgeCheck | None] = None
    gillick: Fixed[GillickCheck | None] = None
    method: Fixed[ConsentMethod | None] = None
    statement: Fixed[Annotated[str, Text(1000)]] = ""
    read_back: Fixed[bool] = False
    witness_name: Fixed[Annotated[str, Line(80)]] = ""
    witness_role: Fixed[Annotated[str, Line(80)]] = ""
    lines: Fixed[tuple[ConsentLine, ...]] = ()
    told_org: Fixed[OrganisationId | None] = None
    told_lines: Fixed[frozenset[LineId]] = frozenset()
    how: Fixed[HowTold | None] = None
    receipt_format: Fixed[WordingFormat | None] = None
    receipt_how: Fixed[ReceiptHow | None] = None
    voids: Fixed[frozenset[LineId]] = frozenset()
    reason: Fixed[Annotated[str, Text(500)]] = ""
    basis: Fixed[OverrideBasis | None] = None
    override_for: Fixed[RecordId | None] = None
    second_person_told: Fixed[Annotated[str, Line(80)]] = ""

    @property
    def event_id(self) -> ConsentEventId:
        """The record's id, typed as what it names."""
        return ConsentEventId(self.id)
