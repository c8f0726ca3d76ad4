"""The directory through the window: for a need, side by side, out of date, and files in and out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.codes import Need, Role, ServiceStatus
from app.domain.directory import Service
from app.domain.note import Signpost
from tests.helpers.vaults import Laptop, make_actor
from ui.context import PageContext
from ui.pages.directory import MOST_COMPARED, DirectoryPage
from ui.pages.parts import ListTable
from ui.pages.service import ServicePage
from ui.paper import Paper
from ui.widgets import DateParts

COORDINATOR = make_actor("aspire", Role.COORDINATOR, "Kit")


@pytest.fixture
def coordinating(context: PageContext) -> PageContext:
    return replace(context, actor=COORDINATOR)


def own_service(laptop: Laptop) -> Service:
    with laptop.vault.reading() as read:
        found = [each for each in read.all(Service) if each.provider == laptop.orgs["aspire"]]
    return min(found, key=lambda each: each.name)


def held(laptop: Laptop, service: Service) -> Service:
    with laptop.vault.reading() as read:
        return read.get(Service, service.id)


def test_a_need_shows_the_services_for_it_alone(context: PageContext, shown: Any) -> None:
    page = shown(DirectoryPage(context))
    everything = len(page.shown)
    page.need.set_value(Need.PEER_MENTORING)
    assert 0 < len(page.shown) < everything
    assert all(Need.PEER_MENTORING in row.needs for row in page.shown)


def test_a_need_nobody_meets_says_so_and_what_to_do(context: PageContext, shown: Any) -> None:
    page = shown(DirectoryPage(context))
    page.need.set_value(Need.OTHER)
    assert page.nothing.isVisible()
    assert not page.open_button.isVisible()


def test_side_by_side_shows_the_same_facts_of_each(context: PageContext, shown: Any) -> None:
    page = shown(DirectoryPage(context))
    page.compare_button.click()
    assert page.preview.isVisible()
    facts = page.preview.findChild(ListTable).model()
    named = [str(facts.index(row, 0).data()) for row in range(facts.rowCount())]
    assert named == ["Charity", "For", "For whom", "Now", "Wait", "Places", "Checked"]
    charities = [str(facts.index(0, column).data()) for column in range(1, facts.columnCount())]
    assert charities == [row.org_name for row in page.shown[:MOST_COMPARED]]
    page.compare_button.click()
    assert not page.preview.isVisible()


def test_a_listing_nobody_checked_for_half_a_year_is_amber(context: PageContext, laptop: Laptop, shown: Any) -> None:
    laptop.clock.forward(days=400)
    page = shown(DirectoryPage(context))
    assert all(row.is_stale for row in page.shown)
    service = shown(ServicePage(context), page.shown[0].service_id)
    assert service.stale.isVisible()


def test_telling_somebody_of_a_service_is_one_press_and_no_referral(
    context: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    page = shown(ServicePage(context), own_service(laptop).id)
    page.signpost_button.click()
    settled()
    with laptop.vault.reading() as read:
        (told,) = read.all(Signpost)
    assert told.service == own_service(laptop).id
    assert page.told.isVisible()


def test_a_pause_wants_its_last_day_and_keeps_what_was_typed(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    service = own_service(laptop)
    page = shown(ServicePage(coordinating), service.id)
    page.form.open_button.click()
    page.status.choices[ServiceStatus.PAUSED].click()
    page.places.set_text("3")
    page.form.save_button.click()
    settled()
    assert page.paused_until.error
    assert page.places.text == "3"
    page.paused_until.set_parts(DateParts(day="1", month="3", year="2027"))
    page.form.save_button.click()
    settled()
    kept = held(laptop, service)
    assert (kept.status, kept.capacity_places) == (ServiceStatus.PAUSED, 3)
    assert kept.checked_by == "Kit"


@pytest.mark.parametrize("typed", ["three", "-1", "3.5", "٣"])
def test_a_number_that_is_none_is_refused_at_its_field(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any, typed: str
) -> None:
    page = shown(ServicePage(coordinating), own_service(laptop).id)
    page.form.open_button.click()
    page.wait.set_text(typed)
    page.form.save_button.click()
    settled()
    assert page.wait.error
    assert page.wait.text == typed


def test_another_charity_s_service_cannot_be_changed_here(
    coordinating: PageContext, laptop: Laptop, shown: Any
) -> None:
    with laptop.vault.reading() as read:
        other = next(each for each in read.all(Service) if each.provider != laptop.orgs["aspire"])
    assert not shown(ServicePage(coordinating), other.id).form.isVisible()


def listings(tmp_path: Path, *entries: dict[str, Any]) -> str:
    file = tmp_path / "listings.json"
    file.write_text(json.dumps({"contents": entries}), encoding="utf-8")
    return str(file)


def test_a_file_is_shown_before_anything_is_written_and_then_taken_in(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any, tmp_path: Path
) -> None:
    service = own_service(laptop)
    newer = {
        "id": str(service.id),
        "name": service.name,
        "status": "active",
        "assured_date": "2026-11-22",
        "fees": "none",
    }
    other = {"id": "x", "name": "Theirs", "status": "active", "organization": {"name": "Back Up"}}
    late = {"id": "y", "name": "Tomorrow's", "status": "active", "assured_date": "2027-01-01"}
    page = shown(DirectoryPage(coordinating))
    page.choose_listing = lambda _parent: listings(tmp_path, newer, other, late)
    page.import_button.click()
    settled()
    assert page.preview.isVisible()
    assert held(laptop, service) == service
    page.take_button.click()
    settled()
    assert not page.failure.isVisible(), page.failure.banner.statement.words
    kept = held(laptop, service)
    assert kept.listing["fees"] == "none"
    assert kept.eligibility.exceptions == service.eligibility.exceptions
    assert page.outcome.statement.words == "Recorded on this laptop. Listings taken in: 1."


def test_a_broken_file_is_refused_with_the_path_and_nothing_changes(
    coordinating: PageContext, laptop: Laptop, shown: Any, settled: Any, tmp_path: Path
) -> None:
    page = shown(DirectoryPage(coordinating))
    page.choose_listing = lambda _parent: listings(tmp_path, {"id": "x", "name": "A", "status": "open"})
    page.import_button.click()
    settled()
    assert "$.contents[0].status" in page.failure.banner.statement.words
    assert not page.preview.isVisible()


def test_the_directory_is_saved_as_listings(context: PageContext, shown: Any, settled: Any, tmp_path: Path) -> None:
    page = shown(DirectoryPage(context, paper=Paper(choose_file=lambda _parent, name: str(tmp_path / name))))
    page.export_button.click()
    settled()
    written = json.loads((tmp_path / "directory.json").read_text(encoding="utf-8"))
    assert len(written["contents"]) >= len(page.shown)
