"""The directory that ships: every fact says where it comes from and whether somebody checked it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import pytest

import resources
from app.domain.checks import check
from app.domain.codes import (
    EligibleWhere,
    EligibleWho,
    Nation,
    Need,
    PackageField,
    SeedStatus,
    ServiceStatus,
    SiteKind,
)
from app.domain.directory import Eligibility, EligibilityException, Service, Site
from app.domain.ids import OrganisationId
from app.domain.record import Record
from tests.resources.kit import header, organisation_of

ORGANISATIONS = {entry["slug"]: entry for entry in resources.organisations()}
SERVICES = {entry["slug"]: entry for entry in resources.services()}
SITES = {entry["slug"]: entry for entry in resources.sites()}
TODAY = max(date.fromisoformat(entry["checked_on"]) for entry in SERVICES.values())

# Literal copies of the design (domain.md 4.5).
SEED_STATUS = {
    "stoke_mandeville": "verified",
    "salisbury": "verified",
    "pinderfields": "verified",
    "stanmore": "place_only",
    "sheffield": "place_only",
    "southport": "place_only",
    "cardiff": "place_only",
    "oswestry": "unverified",
    "middlesbrough": "unverified",
    "glasgow": "unverified",
    "belfast": "unverified",
}
OUTSIDE_ENGLAND = {"cardiff": "wales", "glasgow": "scotland", "belfast": "northern_ireland"}
NEEDS = {
    "aspire": {"independent_living", "assistive_technology", "equipment_grant", "housing", "benefits_money", "legal"},
    "back_up": {
        "peer_mentoring",
        "family_mentoring",
        "parent_mentoring",
        "young_person",
        "wheelchair_skills",
        "telephone_support",
        "course",
        "education",
        "work",
        "family_support",
    },
    "sia": {"advocacy", "counselling", "clinical_advice", "emergency_care_plan", "telephone_support"},
}


def checked(record: Record) -> None:
    check(record, on=TODAY)


def service_of(entry: dict[str, Any]) -> Service:
    rule = entry["eligibility"]
    return Service(
        **header(),
        name=entry["name"],
        provider=OrganisationId(UUID(int=4)),
        description=entry["description"],
        needs=frozenset(map(Need, entry["needs"])),
        status=ServiceStatus(entry["status"]),
        capacity_places=entry["capacity_places"],
        typical_wait_days=entry["typical_wait_days"],
        intake_team=entry["intake_team"],
        intake_default=entry["intake_default"],
        needed_fields=frozenset(map(PackageField, entry["needed_fields"])),
        ack_working_days=entry["ack_working_days"],
        decide_days=entry["decide_days"],
        eligibility=Eligibility(
            min_age=rule["min_age"],
            max_age=rule["max_age"],
            nations=frozenset(map(Nation, rule["nations"])),
            who=EligibleWho(rule["who"]),
            where=EligibleWhere(rule["where"]),
            exceptions=tuple(EligibilityException(**exception) for exception in rule["exceptions"]),
        ),
        checked_on=date.fromisoformat(entry["checked_on"]),
        checked_by=entry["checked_by"],
        verified=entry["verified"],
        source=entry["source"],
    )


def site_of(entry: dict[str, Any]) -> Site:
    return Site(
        **header(),
        name=entry["name"],
        slug=entry["slug"],
        nation=Nation(entry["nation"]),
        kind=SiteKind(entry["kind"]),
        seed_status=SeedStatus(entry["seed_status"]),
        checked_on=date.fromisoformat(entry["checked_on"]) if entry["checked_on"] else None,
    )


@pytest.mark.parametrize("file", ["organisations.json", "services.json", "sites.json"])
def test_every_entry_has_a_source_and_says_whether_it_was_checked(file: str) -> None:
    table = resources.read_json("directory", file)
    assert table["version"] == 1
    assert table["source"]
    for entry in table["entries"]:
        assert isinstance(entry["verified"], bool)
        assert entry["source"].strip(), entry["slug"]
        if entry["verified"]:
            assert entry["source"].startswith(("https://", "http://")), entry["slug"]


@pytest.mark.parametrize("slug", sorted(ORGANISATIONS))
def test_an_organisation_becomes_a_record_the_domain_accepts(slug: str) -> None:
    checked(organisation_of(ORGANISATIONS[slug]))


@pytest.mark.parametrize("slug", sorted(SERVICES))
def test_a_service_becomes_a_record_the_domain_accepts(slug: str) -> None:
    service = service_of(SERVICES[slug])
    checked(service)
    assert all(need.is_known for need in service.needs)
    assert all(nation.is_known for nation in service.eligibility.nations)
    assert service.status.is_known
    assert service.eligibility.who.is_known
    assert service.eligibility.where.is_known


@pytest.mark.parametrize("slug", sorted(SITES))
def test_a_site_becomes_a_record_the_domain_accepts(slug: str) -> None:
    site = site_of(SITES[slug])
    checked(site)
    assert site.kind is SiteKind.SCI_CENTRE
    assert site.seed_status.is_known


def test_the_centres_are_those_of_the_design_with_the_same_certainty() -> None:
    assert {slug: site["seed_status"] for slug, site in SITES.items()} == SEED_STATUS
    for slug, site in SITES.items():
        assert site["nation"] == OUTSIDE_ENGLAND.get(slug, "england")
        assert site["verified"] is (site["seed_status"] == "verified")
        assert (site["checked_on"] is None) is (site["seed_status"] == "unverified")
        assert (site["formal_name"] is None) is (site["formal_name_source"] is None)


def test_aspire_and_back_up_are_members_and_the_spinal_injuries_association_observes() -> None:
    roles = {slug: entry["alliance_role"] for slug, entry in ORGANISATIONS.items()}
    assert roles == {"aspire": "member", "back_up": "member", "sia": "observer"}


def test_each_organisation_has_exactly_one_front_door() -> None:
    doors = Counter(entry["provider"] for entry in SERVICES.values() if entry["intake_default"])
    assert doors == dict.fromkeys(ORGANISATIONS, 1)


def test_each_charity_meets_the_needs_the_design_gives_it() -> None:
    offered: dict[str, set[str]] = {slug: set() for slug in ORGANISATIONS}
    for entry in SERVICES.values():
        offered[entry["provider"]] |= set(entry["needs"])
    assert offered == NEEDS


def test_legal_help_is_not_verified() -> None:
    assert [slug for slug, entry in SERVICES.items() if not entry["verified"]] == ["aspire_legal"]


def test_needed_fields_are_package_fields_and_hold_a_way_to_reach_the_person() -> None:
    for slug, entry in SERVICES.items():
        fields = entry["needed_fields"]
        assert set(fields) <= {field.value for field in PackageField}, slug
        assert len(set(fields)) == len(fields)
        assert {"name", "contact_points", "contact_permissions"} <= set(fields)
        assert not {"shared_notes", "attachments"} & set(fields)


def test_every_fact_of_an_organisation_says_where_it_comes_from() -> None:
    for slug, entry in ORGANISATIONS.items():
        for field, fact in entry["facts"].items():
            assert field in entry, (slug, field)
            assert isinstance(fact["verified"], bool)
            assert fact["source"].strip()
            if fact["verified"]:
                assert fact["source"].startswith("http"), (slug, field)
        for contact in entry["public_contacts"]:
            assert contact["verified"]
            assert contact["source"].startswith("http")


def test_what_no_charity_has_said_is_a_drama_number_and_marked() -> None:
    for entry in ORGANISATIONS.values():
        assert entry["withdraw_phone"].startswith("01632 960")
        for field in ("withdraw_phone", "data_protection_contact", "safeguarding_contact", "joined_on"):
            assert entry["facts"][field]["verified"] is False
            assert "demonstration only" in entry["facts"][field]["source"]
        assert entry["verified"] is False


def test_a_second_grant_within_five_years_names_its_exception() -> None:
    exceptions = SERVICES["aspire_grants"]["eligibility"]["exceptions"]
    assert any("five years" in exception["when"] and "under 18" in exception["says"] for exception in exceptions)


def test_words_for_people_are_short_enough_for_the_screen() -> None:
    for entry in ORGANISATIONS.values():
        assert len(entry["does"]) <= 160
    for entry in SERVICES.values():
        assert len(entry["name"]) <= 40
        assert len(entry["description"]) <= 300
