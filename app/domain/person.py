"""A person, their injury, how to reach them, who they are close to and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.domain.codes import (
    AbleToMeet,
    AgeBand,
    Ais,
    Cause,
    CommunicationNeed,
    Completeness,
    ContactKind,
    DischargeTo,
    InjuryLevel,
    MayBeTold,
    MayUse,
    Nation,
    Need,
    NonTraumaticKind,
    PersonRole,
    PersonStatus,
    RecordType,
    RelationshipKind,
    SafeTime,
    ToldBy,
    Ventilation,
    YesNo,
)
from app.domain.ids import AggregateId, PersonId, SiteId, UserId
from app.domain.record import (
    Cls,
    Fixed,
    Flag,
    Identity,
    Line,
    Lww,
    PartialDate,
    Record,
    SetAdd,
    SetRemove,
    State,
    Text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Record):
    """Anyone helped or helping: with a spinal cord injury, relative, carer, mentor (FHIR Patient)."""

    TYPE = RecordType.PERSON
    CLS = Cls.CORE

    given_name: Identity[Annotated[str, Line(80)]] = ""
    family_name: Identity[Annotated[str, Line(80)]] = ""
    known_as: Lww[Annotated[str, Line(80)]] = ""
    dob: Annotated[Identity[PartialDate | None], Cls.INJURY] = None
    died_on: Identity[date | None] = None
    nhs_number: Annotated[Identity[str | None], Cls.OWN] = None
    chi_number: Annotated[Identity[str | None], Cls.OWN] = None
    hsc_number: Annotated[Identity[str | None], Cls.OWN] = None
    age_band: Lww[AgeBand] = AgeBand.UNKNOWN
    pronouns: Lww[Annotated[str, Line(20)]] = ""
    language: Lww[Annotated[str, Line(35)]] = "en-GB"
    nation: Lww[Nation] = Nation.UNKNOWN
    key_worker: Lww[UserId | None] = None
    status: State[PersonStatus] = PersonStatus.ACTIVE
    postcode: Annotated[Lww[str | None], Cls.NEEDS, Line(10)] = None
    home_situation: Annotated[Lww[str], Cls.NEEDS, Text(300)] = ""
    roles: SetAdd[frozenset[PersonRole]] = frozenset()
    comm_needs: SetAdd[frozenset[CommunicationNeed]] = frozenset()
    needs: Annotated[SetAdd[frozenset[Need]], Cls.NEEDS] = frozenset()
    see_lead: Flag[bool] = False
    restricted: Flag[bool] = False

    @property
    def person_id(self) -> PersonId:
        """The record's id, typed as what it names."""
        return PersonId(self.id)

    @property
    def full_name(self) -> str:
        """Given and family name, or the known-as name when neither was told."""
        return " ".join(part for part in (self.given_name, self.family_name) if part) or self.known_as

    @property
    def called(self) -> str:
        """What to call the person: known-as, else given, else family name."""
        return self.known_as or self.given_name or self.family_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPerson(Record):
    """A record that hangs on a person."""

    person: Fixed[PersonId]

    @property
    def aggregate(self) -> AggregateId:
        """The person's."""
        return AggregateId(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injury(OfPerson):
    """What is told of the injury; subset of the International SCI Core Data Set 3.0 (Spinal Cord 2023;61:65-68)."""

    TYPE = RecordType.INJURY
    CLS = Cls.INJURY

    level: Identity[InjuryLevel] = InjuryLevel.X99
    ais: Identity[Ais] = Ais.UNKNOWN
    injury_date: Identity[PartialDate | None] = None
    completeness: Lww[Completeness] = Completeness.NOT_TOLD
    cause: Lww[Cause] = Cause.UNKNOWN
    non_traumatic_kind: Lww[NonTraumaticKind | None] = None
    ventilation: Lww[Ventilation] = Ventilation.UNKNOWN
    told_by: Lww[ToldBy] = ToldBy.SELF
    other_condition_affects: Lww[YesNo] = YesNo.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint(OfPerson):
    """One way to reach a person, and what it may be used for."""

    TYPE = RecordType.CONTACT_POINT
    CLS = Cls.CORE

    kind: Lww[ContactKind]
    value: Lww[Annotated[str, Text(254)]]
    label: Lww[Annotated[str, Line(40)]] = ""
    valid_until: Lww[date | None] = None
    who_may_answer: Lww[Annotated[str, Line(80)]] = ""
    safe_word: Lww[Annotated[str, Line(40)]] = ""
    preferred: Lww[bool] = False
    may_use: SetRemove[frozenset[MayUse]] = frozenset()
    safe_times: SetRemove[frozenset[SafeTime]] = frozenset()
    never_use: Flag[bool] = False
    may_say_charity_name: Lww[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship(OfPerson):
    """Who somebody is to the person; the other person has a record and consent of their own."""

    TYPE = RecordType.RELATIONSHIP
    CLS = Cls.NEEDS

    other_person: Fixed[PersonId]
    kind: Lww[RelationshipKind]
    parental_responsibility: Lww[YesNo] = YesNo.UNKNOWN
    evidence_seen: Lww[Annotated[str, Line(80)]] = ""
    ended_on: Lww[date | None] = None
    may_be_told: SetRemove[frozenset[MayBeTold]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(OfPerson):
    """One stay at a site; a person has at most one open stay (FHIR Encounter, class IMP)."""

    TYPE = RecordType.STAY
    CLS = Cls.INJURY

    site: Lww[SiteId]
    ward: Lww[Annotated[str, Line(40)]] = ""
    bed: Lww[Annotated[str, Line(10)]] = ""
    admitted_on: Lww[PartialDate | None] = None
    expected_discharge_on: Lww[date | None] = None
    discharged_on: Lww[date | None] = None
    discharge_to: Lww[DischargeTo] = DischargeTo.UNKNOWN
    able_to_meet: Lww[AbleToMeet] = AbleToMeet.UNKNOWN

    @property
    def is_open(self) -> bool:
        """Whether the person is still there, as far as is known."""
        return self.discharged_on is None
