"""Records of the domain made from the shipped demonstration, so that its rules can judge the data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid5

import resources
from app.domain.codes import (
    AbleToMeet,
    AgeCheck,
    Ais,
    AllianceRole,
    AskAgain,
    Capacity,
    Cause,
    CommunicationNeed,
    Completeness,
    ConsentKind,
    ConsentMethod,
    ContactKind,
    Decision,
    DischargeTo,
    Gillick,
    GivenBy,
    InjuryLevel,
    MayUse,
    Nation,
    Need,
    NonTraumaticKind,
    PersonRole,
    Purpose,
    Role,
    SafeTime,
    Scope,
    ToldBy,
    Ventilation,
    WordingFormat,
    YesNo,
)
from app.domain.consent_check import Cell, give_consent, withdraw_consent
from app.domain.consent_event import ConsentEvent, ConsentLine, GillickCheck
from app.domain.formats import contact_value
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, PersonId, RecordId, SiteId
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.record import PartialDate
from app.domain.record_rules import wording_hash

START = date(2026, 11, 22)
"""The day the demonstration starts, in these tests."""

_SPACE = UUID(int=0x5EED)
_IDS = count(1)


def an_id(name: str = "") -> UUID:
    """Return the id of something named, or the next id."""
    return uuid5(_SPACE, name or str(next(_IDS)))


def org_id(slug: str) -> OrganisationId:
    return OrganisationId(an_id(f"organisation {slug}"))


def header(name: str = "") -> dict[str, Any]:
    """Return what every record has in common."""
    return {
        "id": RecordId(an_id(name)),
        "org": org_id("aspire"),
        "created_at": datetime(2026, 1, 1, 9, tzinfo=UTC),
        "created_by": SYSTEM,
        "created_role": Role.OUTREACH_WORKER,
        "device": DeviceId(an_id("device")),
    }


def ago(days: int) -> date:
    return START - timedelta(days=days)


def ahead(days: int) -> date:
    return START + timedelta(days=days)


def organisation_of(entry: dict[str, Any]) -> Organisation:
    return Organisation(
        **header(f"organisation {entry['slug']}"),
        name=entry["name"],
        legal_name=entry["legal_name"],
        charity_number=entry["charity_number"],
        nation=Nation(entry["nation"]),
        alliance_role=AllianceRole(entry["alliance_role"]),
        joined_on=date.fromisoformat(entry["joined_on"]),
        withdraw_phone=entry["withdraw_phone"],
        data_protection_contact=entry["data_protection_contact"],
        safeguarding_contact=entry["safeguarding_contact"],
        does=entry["does"],
    )


@cache
def alliance() -> dict[OrganisationId, Organisation]:
    return {org_id(entry["slug"]): organisation_of(entry) for entry in resources.organisations()}


def dob_of(entry: dict[str, Any]) -> PartialDate | None:
    born = ago(entry["born_days_ago"])
    return {"day": PartialDate(str(born)), "year": PartialDate(str(born.year)), "none": None}[entry["born_known"]]


def person_of(entry: dict[str, Any]) -> Person:
    return Person(
        **header(entry["key"]),
        given_name=entry["given_name"],
        family_name=entry["family_name"],
        known_as=entry.get("known_as", ""),
        dob=dob_of(entry),
        nhs_number=entry.get("nhs_number"),
        pronouns=entry["pronouns"],
        language=entry["language"],
        nation=Nation(entry["nation"]),
        home_situation=entry.get("home_situation", ""),
        roles=frozenset(map(PersonRole, entry["roles"])),
        comm_needs=frozenset(map(CommunicationNeed, entry.get("comm_needs", ()))),
        needs=frozenset(map(Need, entry["needs"])),
        see_lead=entry.get("see_lead", False),
    )


def injury_of(entry: dict[str, Any]) -> Injury:
    told = entry["injury"]
    kind = told.get("non_traumatic_kind")
    return Injury(
        **header(),
        person=PersonId(an_id(entry["key"])),
        level=InjuryLevel(told["level"]),
        ais=Ais(told["ais"]),
        injury_date=PartialDate(str(ago(told["injured_days_ago"]))),
        completeness=Completeness(told["completeness"]),
        cause=Cause(told["cause"]),
        non_traumatic_kind=None if kind is None else NonTraumaticKind(kind),
        ventilation=Ventilation(told["ventilation"]),
        told_by=ToldBy(told["told_by"]),
    )


def stay_of(entry: dict[str, Any]) -> Stay:
    stay = entry["stay"]
    expected, left = stay.get("expected_discharge_in_days"), stay.get("discharged_days_ago")
    return Stay(
        **header(),
        person=PersonId(an_id(entry["key"])),
        site=SiteId(an_id(stay["site"])),
        ward=stay["ward"],
        bed=stay.get("bed", ""),
        admitted_on=PartialDate(str(ago(stay["admitted_days_ago"]))),
        expected_discharge_on=None if expected is None else ahead(expected),
        discharged_on=None if left is None else ago(left),
        discharge_to=DischargeTo(stay.get("discharge_to", "unknown")),
        able_to_meet=AbleToMeet(stay.get("able_to_meet", "unknown")),
    )


def contacts_of(entry: dict[str, Any]) -> list[ContactPoint]:
    return [
        ContactPoint(
            **header(),
            person=PersonId(an_id(entry["key"])),
            kind=ContactKind(contact["kind"]),
            value=contact_value(ContactKind(contact["kind"]), contact["value"]),
            label=contact.get("label", ""),
            who_may_answer=contact.get("who_may_answer", ""),
            safe_word=contact.get("safe_word", ""),
            preferred=contact.get("preferred", False),
            may_use=frozenset(map(MayUse, contact["may_use"])),
            safe_times=frozenset(map(SafeTime, contact.get("safe_times", ()))),
            never_use=contact.get("never_use", False),
            may_say_charity_name=contact.get("may_say_charity_name", False),
        )
        for contact in entry["contacts"]
    ]


def events_of(entry: dict[str, Any], told: list[dict[str, Any]] | None = None) -> Iterator[ConsentEvent]:
    """Yield the consent events of one person, each checked by the domain when it is made."""
    held: list[ConsentLine] = []
    for answer in entry["consent"] if told is None else told:
        event = _event(entry, answer, held)
        held.extend(event.lines)
        yield event


def _event(entry: dict[str, Any], answer: dict[str, Any], held: list[ConsentLine]) -> ConsentEvent:
    wording = resources.read_json("wordings", "en-GB-standard-1.json")
    made = wording_hash(wording["texts"])
    asked = ConsentEvent(
        **header(),
        person=PersonId(an_id(entry["key"])),
        kind=ConsentKind(answer["kind"]),
        asked_by=SYSTEM,
        asked_by_name="Dan",
        asked_by_org=org_id("aspire"),
        at=datetime.combine(ago(answer.get("days_ago", 0)), datetime.min.time(), tzinfo=UTC) + timedelta(hours=11),
        site=SiteId(an_id("stoke_mandeville")),
        wording=wording["version"],
        wording_hash=made,
        language=wording["language"],
        format=WordingFormat(answer.get("format", "standard")),
        interpreter_name=answer.get("interpreter_name", ""),
        given_by=GivenBy(answer["given_by"]),
        given_by_name=answer.get("given_by_name", ""),
        evidence_seen=answer.get("evidence_seen", ""),
        capacity=Capacity(answer["capacity"]) if "capacity" in answer else None,
        age_check=AgeCheck(answer["age_check"]) if "age_check" in answer else None,
        gillick=_gillick(answer.get("gillick")),
        method=ConsentMethod(answer["method"]),
        statement=answer.get("statement", ""),
        read_back=answer.get("read_back", False),
        witness_name=answer.get("witness_name", ""),
        witness_role=answer.get("witness_role", ""),
    )
    if asked.kind is ConsentKind.WITHDRAWAL:
        targets = [
            (org_id(line["org"]) if line["org"] else None, Purpose(line["purpose"]) if line["purpose"] else None)
            for line in answer["lines"]
        ]
        return withdraw_consent(asked, targets, held=held, organisations=alliance(), new_id=an_id)
    return give_consent(
        asked,
        map(_cell, answer["lines"]),
        held=held,
        organisations=alliance(),
        wording_hashes={made},
        dob=dob_of(entry),
        new_id=an_id,
    )


def _cell(line: dict[str, Any]) -> Cell:
    later = line.get("ask_again_in_days")
    return Cell(
        org=org_id(line["org"]),
        purpose=Purpose(line["purpose"]),
        decision=Decision(line["decision"]),
        scope=Scope(line["scope"]) if "scope" in line else None,
        ask_again=AskAgain(line["ask_again"]) if "ask_again" in line else None,
        ask_again_on=None if later is None else ahead(later),
    )


def _gillick(told: dict[str, str] | None) -> GillickCheck | None:
    if told is None:
        return None
    return GillickCheck(
        result=Gillick(told["result"]),
        understood=told["understood"],
        could_go_wrong=told["could_go_wrong"],
        parent_told=YesNo(told["parent_told"]),
        parent_told_why=told["parent_told_why"],
    )
