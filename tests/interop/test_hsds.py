"""The directory out and in again: valid to the published schemas, nothing lost, and a broken file named by its path."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.domain.bodies import body_of, record_of
from app.domain.codes import Need, ServiceStatus
from app.domain.directory import Service
from app.domain.hsds import Profile, is_newer, listing_of, read_listings
from app.errors import BadInputError
from tests.domain.consent_kit import BU, organisation
from tests.domain.record_kit import service

PUBLISHED = Path(os.environ.get("ALONGSIDE_HSDS") or Path(__file__).parents[3] / "shared" / "data" / "hsds")
needs_schemas = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published schemas are not here; name their folder in ALONGSIDE_HSDS"
)
FOLDERS = {Profile.HSDS: "hsds-3.0", Profile.OPEN_REFERRAL_UK: "open-referral-uk"}
BACK_UP = organisation(BU, "Back Up")


def published(profile: Profile, name: str) -> Any:
    return json.loads((PUBLISHED / FOLDERS[profile] / name).read_text(encoding="utf-8"))


def check(listing: dict[str, Any], profile: Profile) -> None:
    schema = published(profile, "compiled_service.json")
    jsonschema_rs.Draft202012Validator(schema).validate(listing)


def imported(listing: dict[str, Any]) -> Service:
    (read,) = read_listings(listing)
    held = service(**{**read.fields, "listing": read.listing, "needs": read.fields["needs"] or frozenset({Need.OTHER})})
    # Through the vault's own form, as it would come back from there.
    return record_of(Service, held.id, body_of(held))


@needs_schemas
@pytest.mark.parametrize("profile", list(Profile))
def test_our_services_are_valid_listings_in_both_profiles(profile: Profile) -> None:
    for status in ServiceStatus:
        check(listing_of(service(status=status), BACK_UP, profile=profile), profile)


@needs_schemas
@pytest.mark.parametrize("profile", list(Profile))
def test_the_published_example_goes_in_and_comes_back_the_same(profile: Profile) -> None:
    listing = published(profile, "examples_service_full.json")
    held = imported(listing)
    back = listing_of(held, BACK_UP, profile=profile)
    provider = {"organization", "attributes"}
    assert {name: back[name] for name in listing if name not in provider} == {
        name: value for name, value in listing.items() if name not in provider
    }
    assert [each for each in listing["attributes"] if each not in back["attributes"]] == []
    kept = {name: value for name, value in listing["organization"].items() if name not in ("name", "description")}
    assert {name: back["organization"][name] for name in kept} == kept


@needs_schemas
def test_the_uk_profile_holds_only_its_own_fields() -> None:
    held = imported(published(Profile.HSDS, "examples_service_full.json"))
    schema = published(Profile.OPEN_REFERRAL_UK, "compiled_service.json")
    assert set(listing_of(held, BACK_UP, profile=Profile.OPEN_REFERRAL_UK)) <= set(schema["properties"])


def test_needs_ages_and_days_survive_the_way_out_and_in() -> None:
    held = service(needs=frozenset({Need.COURSE, Need.HOUSING}), checked_on=date(2026, 3, 1))
    (read,) = read_listings([listing_of(held, BACK_UP)])
    assert read.fields["needs"] == held.needs
    assert read.fields["checked_on"] == held.checked_on
    assert read.fields["status"] is held.status
    assert read.organisation == "Back Up"


def test_an_inactive_listing_stays_inactive_and_does_not_become_defunct() -> None:
    held = imported({"id": "x", "name": "Old", "status": "inactive"})
    assert held.status is ServiceStatus.CLOSED
    assert listing_of(held, BACK_UP)["status"] == "inactive"
    assert listing_of(service(status=ServiceStatus.CLOSED), BACK_UP)["status"] == "defunct"


def test_a_long_description_comes_back_whole() -> None:
    listing = {"id": "x", "name": "Long", "status": "active", "description": "word " * 600}
    held = imported(listing)
    assert len(held.description) == 1000
    assert listing_of(held, BACK_UP)["description"] == listing["description"]


def test_an_older_check_never_replaces_a_newer_one() -> None:
    (older,) = read_listings({"id": "x", "name": "A", "status": "active", "assured_date": "2024-01-01"})
    (undated,) = read_listings({"id": "x", "name": "A", "status": "active"})
    held = service(checked_on=date(2026, 3, 1))
    assert not is_newer(older, held)
    assert not is_newer(undated, held)
    assert is_newer(older, None)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([{"id": "x", "name": "A", "status": "open"}], "$[0].status"),
        ({"contents": [{"id": "x", "name": "A", "status": "active"}, {"id": "y"}]}, "$.contents[1].name"),
        ({"contents": {}}, "$.contents"),
        ({"id": "x", "name": "A", "status": "active", "minimum_age": "twelve"}, "$.minimum_age"),
        ({"id": "x", "name": "A", "status": "active", "maximum_age": True}, "$.maximum_age"),
        ({"id": "x", "name": "A", "status": "active", "assured_date": "last May"}, "$.assured_date"),
        ({"id": "x", "name": "A", "status": "active", "attributes": [3]}, "$.attributes[0]"),
        ({"id": "x", "name": "A", "status": "active", "organization": "Back Up"}, "$.organization"),
        ({"id": "x", "name": "A" * 500, "status": "active"}, "$.name"),
        ("<html>", "$"),
    ],
)
def test_a_broken_file_is_refused_with_the_path_of_the_fault(content: Any, path: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_listings(content)
    assert refused.value.code == "directory.file.bad_format"
    assert refused.value.detail["path"] == path
