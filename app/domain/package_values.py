"""What each field of a package holds, from what is recorded of a person.

Values are JSON. Nothing in them depends on the day, so a package recomputed later differs only when what is
recorded differs. What each field holds:

    name                 {"given_name", "family_name"}, an unknown part left out
    known_as, language, best_time, why, home_situation, ward      text
    age_band, level, ais, completeness, cause, ventilation, discharge_to      code
    dob, injury_date     day known in part: YYYY, YYYY-MM or YYYY-MM-DD;  expected_discharge_on  day
    comm_needs, needs    list of codes;  goals  list of text
    contact_points       list of {"id", "kind", "value", "label", "valid_until", "preferred"}
    contact_permissions  list of {"id", "may_use", "safe_times", "may_say_charity_name", "who_may_answer", "safe_word"}
    site                 {"id", "name"} of the current stay
    relationships        list of {"kind", "parental_responsibility", "may_be_told"}: never the other person's name,
                         who has a record and a consent of their own
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.bodies import is_empty, plain
from app.domain.codes import (
    AgeBand,
    Ais,
    Cause,
    Completeness,
    DischargeTo,
    InjuryLevel,
    PackageField,
    Ventilation,
    YesNo,
)
from app.domain.ids import SiteId
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay

_UNKNOWN = frozenset(
    {
        AgeBand.UNKNOWN,
        InjuryLevel.X99,
        Ais.UNKNOWN,
        Completeness.NOT_TOLD,
        Cause.UNKNOWN,
        Ventilation.UNKNOWN,
        DischargeTo.UNKNOWN,
        YesNo.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is recorded of a person that a package may draw from."""

    person: Person
    injury: Injury | None = None
    contacts: tuple[ContactPoint, ...] = ()
    stays: tuple[Stay, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    site_names: Mapping[SiteId, str] = field(default_factory=dict)
    goals: tuple[str, ...] = ()

    @property
    def current_stay(self) -> Stay | None:
        """The open stay; the newest if two laptops opened one each."""
        open_stays = [stay for stay in self.stays if stay.is_open and not stay.archived]
        return max(open_stays, key=lambda stay: (stay.created_at, stay.id), default=None)


def recorded_values(facts: PersonFacts, said: Mapping[PackageField, Any]) -> dict[PackageField, Any]:
    """Return the JSON value of every field that is known: of the person, and `said` in the referral itself."""
    values = {
        **_of_person(facts.person),
        **_of_injury(facts.injury),
        **_of_stay(facts),
        **_of_contacts(facts.contacts),
        PackageField.GOALS: facts.goals,
        PackageField.RELATIONSHIPS: _of_relationships(facts.relationships),
        **said,
    }
    return {name: plain(value) for name, value in values.items() if not is_empty(value) and not _is_unknown(value)}


def _of_relationships(relationships: Iterable[Relationship]) -> list[dict[str, Any]]:
    return [
        _filled(
            kind=relationship.kind,
            parental_responsibility=relationship.parental_responsibility,
            may_be_told=relationship.may_be_told,
        )
        for relationship in sorted(relationships, key=lambda each: each.id)
        if relationship.ended_on is None and not relationship.archived
    ]


def _of_person(person: Person) -> dict[PackageField, Any]:
    return {
        PackageField.NAME: _filled(given_name=person.given_name, family_name=person.family_name),
        PackageField.KNOWN_AS: person.known_as,
        PackageField.AGE_BAND: person.age_band,
        PackageField.LANGUAGE: person.language,
        PackageField.COMM_NEEDS: person.comm_needs,
        PackageField.DOB: person.dob,
        PackageField.HOME_SITUATION: person.home_situation,
    }


def _of_injury(injury: Injury | None) -> dict[PackageField, Any]:
    if injury is None:
        return {}
    return {
        PackageField.LEVEL: injury.level,
        PackageField.AIS: injury.ais,
        PackageField.COMPLETENESS: injury.completeness,
        PackageField.CAUSE: injury.cause,
        PackageField.INJURY_DATE: injury.injury_date,
        PackageField.VENTILATION: injury.ventilation,
    }


def _of_stay(facts: PersonFacts) -> dict[PackageField, Any]:
    stay = facts.current_stay
    if stay is None:
        return {}
    return {
        PackageField.SITE: _filled(id=stay.site, name=facts.site_names.get(stay.site, "")),
        PackageField.WARD: stay.ward,
        PackageField.DISCHARGE_TO: stay.discharge_to,
    }


def _of_contacts(contacts: Iterable[ContactPoint]) -> dict[PackageField, Any]:
    usable = sorted((each for each in contacts if not each.never_use and not each.archived), key=lambda each: each.id)
    return {
        PackageField.CONTACT_POINTS: [
            _filled(
                id=each.id,
                kind=each.kind,
                value=each.value,
                label=each.label,
                valid_until=each.valid_until,
                preferred=each.preferred,
            )
            for each in usable
        ],
        PackageField.CONTACT_PERMISSIONS: [
            _filled(
                id=each.id,
                may_use=each.may_use,
                safe_times=each.safe_times,
                may_say_charity_name=each.may_say_charity_name,
                who_may_answer=each.who_may_answer,
                safe_word=each.safe_word,
            )
            for each in usable
        ],
    }


def _filled(**values: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items() if not is_empty(value) and not _is_unknown(value)}


def _is_unknown(value: object) -> bool:
    return isinstance(value, StrEnum) and value in _UNKNOWN
