"""Which service, and when: what speaks for each, what against it now, and from when it can begin (all ours).

From needs, injury, stage, place and age. Nothing is ever hidden: a rule that does not hold is said with its exception,
and people decide. What somebody at this stage often asks about is offered as a question, never as a need they have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.clocks import ages_on, birthday, earliest, latest
from app.domain.codes import (
    Ais,
    EligibleWhere,
    EligibleWho,
    InjuryLevel,
    Nation,
    Need,
    PersonRole,
    ServiceStatus,
    Ventilation,
)
from app.domain.directory import Service
from app.domain.mentor_checks import is_under_18
from app.domain.package_values import PersonFacts

LEAVING_DAYS = 60
"""Days before and after leaving hospital in which somebody's home is what most ask about."""

NEW_INJURY_DAYS = 730
"""Days after an injury in which much is asked for the first time."""

SOON_OLD_ENOUGH_DAYS = 365
"""A birthday that opens a service is worth saying within this many days."""

MOST_LIKELY = 4
"""More questions than anybody asks in one talk."""

_ADULT = 18
_NECK = frozenset({*(f"C{number}" for number in range(1, 9)), "C99"})
_T6_AND_ABOVE = _NECK | frozenset(f"T{number}" for number in range(1, 7))
_WALKS_LITTLE = frozenset({Ais.A, Ais.B, Ais.C})


class For(StrEnum):
    """What speaks for a service, beside the needs it meets. Fixed for ever."""

    AGE = "age"
    NATION = "nation"
    IN_HOSPITAL = "in_hospital"
    AT_HOME = "at_home"
    WHO = "who"


class When(StrEnum):
    """When a service can begin. Fixed for ever."""

    NOW = "now"
    AFTER_DISCHARGE = "after_discharge"
    AFTER_PAUSE = "after_pause"
    FROM_AGE = "from_age"
    NOT_AS_THINGS_STAND = "not_as_things_stand"


class Stage(StrEnum):
    """Why somebody often asks about a need. Fixed for ever."""

    LEAVING = "leaving"
    NEW_INJURY = "new_injury"
    HANDS = "hands"
    T6_OR_ABOVE = "t6_or_above"
    WHEELCHAIR = "wheelchair"
    UNDER_18 = "under_18"
    FAMILY = "family"
    PARENT = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One service for one person.

    Attributes:
        fits: what speaks for it.
        cautions: codes of what is doubtful: `too_young`, `too_old`, `age_unknown`, `other_nation`,
            `not_in_hospital`, `only_in_hospital`, `family_only`, `sci_only`, `paused`.
        when: when it can begin.
        when_on: from which day, when that is known.
    """

    fits: tuple[For, ...]
    cautions: tuple[str, ...]
    when: When
    when_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A need that people at this stage often ask about, and why: a question to ask, no need of the person."""

    need: Need
    why: Stage


def propose(service: Service, facts: PersonFacts, *, nation: Nation, on: date) -> Proposal:
    """Return what speaks for a service and against it, and when it can begin.

    Args:
        service: the service.
        facts: the person.
        nation: where the person is, unknown when nobody said.
        on: the London day.
    """
    cautions = tuple(_cautions(service, facts, nation, on))
    when, when_on = _when(service, facts, cautions, on)
    return Proposal(
        fits=tuple(_fits(service, facts, nation, cautions)),
        cautions=cautions,
        when=when,
        when_on=when_on,
    )


def nation_of(facts: PersonFacts, of_site: Nation) -> Nation:
    """Return where a person is: as recorded, else where their hospital is."""
    return facts.person.nation if facts.person.nation is not Nation.UNKNOWN else of_site


def likely_needs(facts: PersonFacts, *, on: date) -> tuple[Likely, ...]:
    """Return what people at this stage often ask about and nobody has said yet, the most telling first."""
    found: dict[Need, Likely] = {}
    for each in _likely(facts, on):
        if each.need not in facts.person.needs:
            found.setdefault(each.need, each)
    return tuple(found.values())[:MOST_LIKELY]


def _cautions(service: Service, facts: PersonFacts, nation: Nation, on: date) -> Iterator[str]:
    rule, person, stay = service.eligibility, facts.person, facts.current_stay
    youngest, oldest = _ages(facts, on)
    limits_age = rule.min_age is not None or rule.max_age is not None
    found = {
        "too_young": rule.min_age is not None and oldest < rule.min_age,
        "too_old": rule.max_age is not None and youngest > rule.max_age,
        "age_unknown": limits_age and _is_age_open(service, youngest, oldest),
        "other_nation": bool(rule.nations) and nation is not Nation.UNKNOWN and nation not in rule.nations,
        "not_in_hospital": rule.where is EligibleWhere.COMMUNITY and stay is not None,
        "only_in_hospital": rule.where is EligibleWhere.IN_HOSPITAL and stay is None,
        "family_only": rule.who is EligibleWho.FAMILY and person.roles == {PersonRole.HAS_SCI},
        "sci_only": rule.who is EligibleWho.HAS_SCI and PersonRole.HAS_SCI not in person.roles,
        "paused": service.status_on(on) is ServiceStatus.PAUSED,
    }
    yield from (code for code, holds in found.items() if holds)


def _is_age_open(service: Service, youngest: int, oldest: int) -> bool:
    """Answer whether what is known of an age leaves open on which side of a limit it lies."""
    low, high = service.eligibility.min_age, service.eligibility.max_age
    below = low is not None and youngest < low <= oldest
    above = high is not None and youngest <= high < oldest
    return below or above


def _fits(service: Service, facts: PersonFacts, nation: Nation, cautions: tuple[str, ...]) -> Iterator[For]:
    rule, stay = service.eligibility, facts.current_stay
    limits_age = rule.min_age is not None or rule.max_age is not None
    if limits_age and not {"too_young", "too_old", "age_unknown"} & set(cautions):
        yield For.AGE
    if rule.nations and nation in rule.nations:
        yield For.NATION
    if rule.where is EligibleWhere.IN_HOSPITAL and stay is not None:
        yield For.IN_HOSPITAL
    if rule.where is EligibleWhere.COMMUNITY and stay is None:
        yield For.AT_HOME
    if rule.who is not EligibleWho.ANY and not {"family_only", "sci_only"} & set(cautions):
        yield For.WHO


def _when(service: Service, facts: PersonFacts, cautions: tuple[str, ...], on: date) -> tuple[When, date | None]:
    old_enough = _old_enough_on(service, facts, on) if "too_young" in cautions else None
    if old_enough is not None:
        return When.FROM_AGE, old_enough
    if {"too_young", "too_old", "other_nation", "only_in_hospital", "family_only", "sci_only"} & set(cautions):
        return When.NOT_AS_THINGS_STAND, None
    if "not_in_hospital" in cautions:
        stay = facts.current_stay
        return When.AFTER_DISCHARGE, None if stay is None else stay.expected_discharge_on
    if "paused" in cautions:
        until = service.paused_until
        return When.AFTER_PAUSE, None if until is None else until + timedelta(days=1)
    return When.NOW, None


def _old_enough_on(service: Service, facts: PersonFacts, on: date) -> date | None:
    """Return the birthday that opens a service, when it is known and near."""
    low, born = service.eligibility.min_age, facts.person.dob
    if low is None or born is None or earliest(born) != latest(born):
        return None
    day = birthday(earliest(born), low)
    return day if day - on <= timedelta(days=SOON_OLD_ENOUGH_DAYS) else None


def _ages(facts: PersonFacts, on: date) -> tuple[int, int]:
    return (0, 200) if facts.person.dob is None else ages_on(facts.person.dob, on)


def _likely(facts: PersonFacts, on: date) -> Iterator[Likely]:
    person, injury = facts.person, facts.injury
    if _is_leaving(facts, on):
        yield Likely(need=Need.HOUSING, why=Stage.LEAVING)
    if PersonRole.HAS_SCI in person.roles:
        if _is_child(facts, on):
            yield Likely(need=Need.YOUNG_PERSON, why=Stage.UNDER_18)
        elif injury is not None and _is_new(facts, on):
            yield Likely(need=Need.PEER_MENTORING, why=Stage.NEW_INJURY)
        if injury is not None:
            yield from _by_injury(facts, on)
    if PersonRole.FAMILY_MEMBER in person.roles:
        yield Likely(need=Need.FAMILY_SUPPORT, why=Stage.FAMILY)
    if PersonRole.PARENT_OF_CHILD in person.roles:
        yield Likely(need=Need.PARENT_MENTORING, why=Stage.PARENT)


def _by_injury(facts: PersonFacts, on: date) -> Iterator[Likely]:
    injury = facts.injury
    assert injury is not None, "asked only where an injury is recorded"
    if injury.level in _T6_AND_ABOVE or injury.ventilation is Ventilation.FULL_TIME:
        yield Likely(need=Need.EMERGENCY_CARE_PLAN, why=Stage.T6_OR_ABOVE)
    if injury.level in _NECK:
        yield Likely(need=Need.ASSISTIVE_TECHNOLOGY, why=Stage.HANDS)
    if injury.level is not InjuryLevel.X99 and injury.ais in _WALKS_LITTLE and _is_new(facts, on):
        yield Likely(need=Need.WHEELCHAIR_SKILLS, why=Stage.WHEELCHAIR)


def _is_leaving(facts: PersonFacts, on: date) -> bool:
    stay = facts.current_stay
    if stay is not None:
        leaves = stay.expected_discharge_on
        return leaves is not None and leaves - on <= timedelta(days=LEAVING_DAYS)
    left = [each.discharged_on for each in facts.stays if each.discharged_on is not None and not each.archived]
    return bool(left) and on - max(left) <= timedelta(days=LEAVING_DAYS)


def _is_new(facts: PersonFacts, on: date) -> bool:
    injured = None if facts.injury is None else facts.injury.injury_date
    return injured is not None and on - latest(injured) <= timedelta(days=NEW_INJURY_DAYS)


def _is_child(facts: PersonFacts, on: date) -> bool:
    if facts.person.dob is None:
        return is_under_18(facts.person.age_band)
    return _ages(facts, on)[1] < _ADULT
