"""Which charity, and when: the reason in words, by presses on a real vault without any network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from app.domain.codes import (
    Ais,
    EligibleWhere,
    EligibleWho,
    InjuryLevel,
    Need,
    Purpose,
    ReferralState,
    ServiceStatus,
)
from app.domain.directory import Eligibility, EligibilityException, Service
from app.domain.ids import PersonId
from app.domain.person import Injury
from app.domain.referral import Referral
from app.use_cases import refer
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.refer import ReferPage
from ui.view_models.refer import ServiceWords, service_words
from ui.view_models.subjects import ReferTo

Settled = Callable[[], None]


def put(laptop: Laptop, service: str, **fields: Any) -> None:
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Service, laptop.services[service], fields=fields)


def said(laptop: Laptop, person: PersonId, service: str, need: Need) -> ServiceWords:
    choices = refer.services_for(laptop.vault, **laptop.act, person_id=person, needs=frozenset({need}))
    choice = next(each for each in choices if each.service_id == laptop.services[service])
    return service_words(choice, frozenset({need}), laptop.clock().date())


def test_the_reason_the_wait_and_the_day_are_said(laptop: Laptop) -> None:
    person = kit.register(laptop)
    rule = Eligibility(min_age=18, who=EligibleWho.HAS_SCI, where=EligibleWhere.IN_HOSPITAL)
    put(laptop, "aspire_housing", eligibility=rule, typical_wait_days=21)
    words = said(laptop, person, "aspire_housing", Need.HOUSING)
    assert words.facts.startswith("For: somewhere to live. Usual wait: 21 days.")
    assert words.facts.endswith("Fits: aged 18 or older, in hospital now and for people in their situation.")
    assert words.when == "When: refer now, begins about 13 December."
    assert words.cautions == ()


def test_a_pause_a_discharge_and_an_exception_are_explained(laptop: Laptop) -> None:
    person = kit.register(laptop)
    at_home = Eligibility(where=EligibleWhere.COMMUNITY)
    put(laptop, "aspire_housing", eligibility=at_home)
    words = said(laptop, person, "aspire_housing", Need.HOUSING)
    assert words.when == "When: from 28 February 2027, when they leave hospital."
    assert words.cautions == ("Begins after they leave hospital.",)
    put(
        laptop,
        "aspire_housing",
        eligibility=Eligibility(
            min_age=60, exceptions=(EligibilityException(when="Younger, after a fall", says="Ask us first"),)
        ),
        status=ServiceStatus.PAUSED,
        paused_until=laptop.clock().date() + timedelta(days=9),
    )
    words = said(laptop, person, "aspire_housing", Need.HOUSING)
    assert words.when == "When: not as things stand, unless an exception holds."
    assert words.exceptions == ("Younger, after a fall: ask us first",)
    assert any(caution.startswith("Paused until 1 December") for caution in words.cautions)


def test_what_can_begin_sooner_stands_first(laptop: Laptop) -> None:
    person = kit.register(laptop)
    kit.agree(laptop, person, ("aspire", Purpose.REFERRAL_CONTACT))
    housing = {"needs": frozenset({Need.HOUSING}), "eligibility": Eligibility()}
    waits = {"aspire_housing": 60, "aspire_grants": 7, "aspire_independent_living": None}
    for service, days in waits.items():
        put(laptop, service, **housing, typical_wait_days=days)
    put(laptop, "aspire_assistive_technology", **{**housing, "eligibility": Eligibility(min_age=60)})
    choices = refer.services_for(laptop.vault, **laptop.act, person_id=person, needs=frozenset({Need.HOUSING}))
    order = [each.service_id for each in choices if each.needs_met and each.org_name == "Aspire"]
    known = {str(key): slug for slug, key in laptop.services.items()}
    assert [known[str(service)] for service in order] == [
        "aspire_grants",
        "aspire_housing",
        "aspire_independent_living",
        "aspire_assistive_technology",
    ]


def test_what_is_often_asked_is_offered_as_a_question_and_one_press_adds_it(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop, needs=frozenset({Need.PEER_MENTORING}), expected_discharge=("12", "12", "2026"))
    with laptop.vault.transaction(**laptop.act) as work:
        work.create(Injury(**work.header(), person=person, level=InjuryLevel.C6, ais=Ais.B, injury_date="2026-09"))
    page = shown(ReferPage(context), person)
    assert page.likely.isVisible()
    assert page.likely.heading.words == "Ask Sam about"
    assert Need.HOUSING in page.likely.buttons
    assert page.visit.needs == {Need.PEER_MENTORING}
    page.likely.buttons[Need.HOUSING].click()
    settled()
    assert page.visit.needs == {Need.PEER_MENTORING, Need.HOUSING}
    assert Need.HOUSING not in page.likely.buttons
    assert any(Need.HOUSING in row.choice.needs_met for row in page.rows.values())


def test_one_talk_leads_to_several_referrals_at_once(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    recorded = kit.agree(
        laptop,
        person,
        ("aspire", Purpose.REFERRAL_CONTACT),
        ("back_up", Purpose.REFERRAL_CONTACT),
        ("back_up", Purpose.MENTORING),
    )
    page = shown(ReferPage(context), ReferTo(person_id=person, introductions=recorded.introductions))
    for service in ("aspire_housing", "back_up_mentoring"):
        page.rows[laptop.services[service]].tick.click()
        settled()
    page.send_button.click()
    settled()
    with laptop.vault.reading() as read:
        sent = read.of_person(Referral, person)
    assert {each.state for each in sent} == {ReferralState.QUEUED}
    assert len(sent) == len(recorded.introductions) + 2
    assert len({each.visit_id for each in sent}) == 1
    assert len({each.to_org for each in sent}) == 2
