"""Which service, and when: from needs, injury, stage, place and age, with what speaks for it and against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.codes import (
    Ais,
    EligibleWhere,
    EligibleWho,
    InjuryLevel,
    Nation,
    Need,
    PersonRole,
    ServiceStatus,
)
from app.domain.directory import Eligibility, Service
from app.domain.package_values import PersonFacts
from app.domain.person import Injury
from app.domain.proposing import MOST_LIKELY, For, Proposal, Stage, When, likely_needs, nation_of, propose
from tests.domain.record_kit import injury, person, service, stay

ON = date(2026, 11, 22)
SAM = replace(
    person(), dob="1988-03-15", nation=Nation.UNKNOWN, needs=frozenset(), roles=frozenset({PersonRole.HAS_SCI})
)
IN_HOSPITAL = replace(stay(), expected_discharge_on=date(2026, 12, 12), discharged_on=None, archived=False)


def facts(**changes: Any) -> PersonFacts:
    stays = changes.pop("stays", (IN_HOSPITAL,))
    hurt = changes.pop("injury", None)
    return PersonFacts(person=replace(SAM, **changes), injury=hurt, stays=stays)


def of(eligibility: Eligibility, **changes: Any) -> Service:
    plain: dict[str, Any] = {"status": ServiceStatus.ACTIVE, "paused_until": None, "eligibility": eligibility}
    return replace(service(), **{**plain, **changes})


def proposed(eligibility: Eligibility, known: PersonFacts | None = None, **changes: Any) -> Proposal:
    return propose(of(eligibility, **changes), known or facts(), nation=Nation.ENGLAND, on=ON)


@pytest.mark.parametrize(
    ("eligibility", "fits"),
    [
        (Eligibility(), ()),
        (Eligibility(min_age=18), (For.AGE,)),
        (Eligibility(min_age=18, max_age=60), (For.AGE,)),
        (Eligibility(nations=frozenset({Nation.ENGLAND})), (For.NATION,)),
        (Eligibility(where=EligibleWhere.IN_HOSPITAL), (For.IN_HOSPITAL,)),
        (Eligibility(who=EligibleWho.HAS_SCI), (For.WHO,)),
    ],
)
def test_what_speaks_for_a_service_is_said_and_it_can_begin_now(
    eligibility: Eligibility, fits: tuple[For, ...]
) -> None:
    found = proposed(eligibility)
    assert (found.fits, found.cautions, found.when) == (fits, (), When.NOW)


@pytest.mark.parametrize(
    ("eligibility", "caution"),
    [
        (Eligibility(min_age=40), "too_young"),
        (Eligibility(max_age=30), "too_old"),
        (Eligibility(nations=frozenset({Nation.SCOTLAND})), "other_nation"),
        (Eligibility(who=EligibleWho.FAMILY), "family_only"),
    ],
)
def test_what_speaks_against_it_is_said_and_nothing_is_hidden(eligibility: Eligibility, caution: str) -> None:
    found = proposed(eligibility)
    assert (found.cautions, found.when, found.fits) == ((caution,), When.NOT_AS_THINGS_STAND, ())


def test_an_age_known_in_part_decides_nothing_it_does_not_say() -> None:
    assert proposed(Eligibility(min_age=38), facts(dob="1988")).cautions == ("age_unknown",)
    assert proposed(Eligibility(min_age=38), facts(dob=None)).cautions == ("age_unknown",)
    assert proposed(Eligibility(min_age=37), facts(dob="1988")).cautions == ()
    assert proposed(Eligibility(min_age=39), facts(dob="1988")).cautions == ("too_young",)


def test_a_service_for_people_at_home_begins_on_the_day_they_leave() -> None:
    at_home = Eligibility(where=EligibleWhere.COMMUNITY)
    assert (proposed(at_home).when, proposed(at_home).when_on) == (When.AFTER_DISCHARGE, date(2026, 12, 12))
    unknown = facts(stays=(replace(IN_HOSPITAL, expected_discharge_on=None),))
    assert (proposed(at_home, unknown).when, proposed(at_home, unknown).when_on) == (When.AFTER_DISCHARGE, None)
    assert proposed(at_home, facts(stays=())).when is When.NOW


def test_a_pause_ends_the_day_after_its_last() -> None:
    paused = proposed(Eligibility(), status=ServiceStatus.PAUSED, paused_until=date(2026, 11, 30))
    assert (paused.when, paused.when_on) == (When.AFTER_PAUSE, date(2026, 12, 1))
    assert proposed(Eligibility(), status=ServiceStatus.PAUSED, paused_until=date(2026, 11, 21)).when is When.NOW


@pytest.mark.parametrize(
    ("dob", "when", "when_on"),
    [
        ("2009-01-10", When.FROM_AGE, date(2027, 1, 10)),
        ("2009-02", When.NOT_AS_THINGS_STAND, None),
        ("2012-01-10", When.NOT_AS_THINGS_STAND, None),
    ],
)
def test_a_birthday_that_opens_a_service_soon_is_said(dob: str, when: When, when_on: date | None) -> None:
    found = proposed(Eligibility(min_age=18), facts(dob=dob))
    assert (found.when, found.when_on) == (when, when_on)


def test_somebody_born_on_a_leap_day_is_old_enough_on_the_first_of_march() -> None:
    found = propose(of(Eligibility(min_age=18)), facts(dob="2008-02-29"), nation=Nation.ENGLAND, on=date(2026, 1, 5))
    assert (found.when, found.when_on) == (When.FROM_AGE, date(2026, 3, 1))


def test_where_a_person_is_counts_when_nobody_said_where_they_live() -> None:
    assert nation_of(facts(), Nation.WALES) is Nation.WALES
    assert nation_of(facts(nation=Nation.SCOTLAND), Nation.WALES) is Nation.SCOTLAND


def hurt(level: InjuryLevel = InjuryLevel.C5, ais: Ais = Ais.A, on: str | None = "2026-09") -> Injury:
    return replace(injury(), level=level, ais=ais, injury_date=on)


def why(known: PersonFacts) -> dict[Need, Stage]:
    return {each.need: each.why for each in likely_needs(known, on=ON)}


def test_what_is_often_asked_follows_from_stage_and_injury() -> None:
    assert why(facts(injury=hurt())) == {
        Need.HOUSING: Stage.LEAVING,
        Need.PEER_MENTORING: Stage.NEW_INJURY,
        Need.EMERGENCY_CARE_PLAN: Stage.T6_OR_ABOVE,
        Need.ASSISTIVE_TECHNOLOGY: Stage.HANDS,
    }
    assert why(facts(injury=hurt(InjuryLevel.T10), stays=())) == {
        Need.PEER_MENTORING: Stage.NEW_INJURY,
        Need.WHEELCHAIR_SKILLS: Stage.WHEELCHAIR,
    }


def test_nothing_is_asked_of_whom_nothing_is_known_and_nothing_twice() -> None:
    assert likely_needs(facts(stays=(), injury=None), on=ON) == ()
    known = facts(injury=hurt(), needs=frozenset({Need.HOUSING, Need.PEER_MENTORING}))
    assert not {Need.HOUSING, Need.PEER_MENTORING} & set(why(known))
    assert len(likely_needs(facts(injury=hurt()), on=ON)) <= MOST_LIKELY


def test_a_child_is_offered_what_is_for_children_and_a_relative_what_is_for_relatives() -> None:
    child = why(facts(injury=hurt(on=None), dob="2011-03-15", stays=()))
    assert child[Need.YOUNG_PERSON] is Stage.UNDER_18
    assert Need.PEER_MENTORING not in child
    family = facts(roles=frozenset({PersonRole.FAMILY_MEMBER}), stays=(), injury=hurt())
    assert why(family) == {Need.FAMILY_SUPPORT: Stage.FAMILY}
