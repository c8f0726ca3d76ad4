"""Requests for access through the window: written down, read one by one, three files, closed; all by keyboard."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import NoteLevel, Role, TaskState
from app.domain.ids import PersonId
from app.domain.task import Task
from app.use_cases import access_requests, people
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.access_requests import AccessRequestPage, AccessRequestsPage
from ui.places import entry_keys
from ui.theme import Theme, ThemeName
from ui.widgets import DateParts

SISTER = "Her sister Magdalen says she has not slept since the fall."


@pytest.fixture
def leading(context: PageContext, laptop: Laptop) -> PageContext:
    actor = replace(make_actor("aspire", Role.DATA_PROTECTION_LEAD, "Amina"), device=laptop.actor.device)
    return replace(context, actor=actor)


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    person, _ = kit.sent(laptop)
    people.add_note(laptop.vault, **laptop.act, person_id=person, text=SISTER, level=NoteLevel.ORGANISATION)
    return person


def asked(laptop: Laptop, person: PersonId) -> Task:
    on = laptop.clock().date() - timedelta(days=40)
    return access_requests.ask_for_access(laptop.vault, **laptop.act, person_id=person, received_on=on)


def test_a_request_is_written_down_and_every_fault_is_said_at_its_field(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, settled: Any, went: Any
) -> None:
    page = shown(AccessRequestsPage(leading))
    assert page.list.isVisible()
    page.form.open_button.click()
    page.form.save_button.click()
    settled()
    assert page.person.error
    page.who.set_text("Sam")
    settled()
    assert page.person.value == str(sam), "the only one of that name is chosen"
    page.form.save_button.click()
    settled()
    assert page.received_on.error
    page.received_on.set_parts(DateParts(day="20", month="11", year="2026"))
    page.form.save_button.click()
    settled()
    assert went.places[-1][0] == "access_request"
    assert went.sends == 1
    page.form.save_button.click()
    settled()
    assert "already" in page.person.error
    assert page.who.text == "Sam", "what was typed stays"


def test_words_are_read_one_by_one_and_three_files_are_made(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, settled: Any, went: Any, tmp_path: Path
) -> None:
    task = asked(laptop, sam)
    listed = shown(AccessRequestsPage(leading), width=BESIDE_NAVIGATION)
    assert cut_words(listed.table) == []
    assert listed.table.rows.cell(0, 3).words == "Late"
    page = shown(AccessRequestPage(leading, choose=lambda _parent: str(tmp_path)), task.id)
    assert page.view is not None
    assert not page.make_button.isVisible()
    seen = []
    while page.reading.isVisible():
        seen.append(page.words.words)
        (page.leave_button if page.words.words == SISTER else page.give_button).click()
        settled()
    assert SISTER in seen
    # A page that is opened again goes on where it was.
    again = shown(AccessRequestPage(leading, choose=lambda _parent: str(tmp_path)), task.id)
    assert again.make_button.isVisible()
    again.again_button.click()
    assert again.words.words == seen[0]
    again.back_button.click() if again.back_button.isVisible() else None
    for words in seen:
        (again.leave_button if words == SISTER else again.give_button).click()
        settled()
    again.make_button.click()
    settled()
    assert again.outcome.isVisible()
    files = sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("access-pack"))
    ending = str(task.id)[-8:]
    assert files == [f"access-pack-{ending}{each}" for each in (".fhir.json", ".json", ".pdf")]
    data = json.loads((tmp_path / f"access-pack-{ending}.json").read_bytes())
    assert "Magdalen" not in json.dumps(data)
    assert (tmp_path / f"access-pack-{ending}.pdf").read_bytes().startswith(b"%PDF")
    again.close_button.click()
    settled()
    assert went.places[-1] == ("access_requests", None)
    with laptop.vault.reading() as read:
        assert read.get(Task, task.id).state is TaskState.DONE


def test_a_folder_that_takes_nothing_is_said_and_the_request_stays_open(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, settled: Any, tmp_path: Path
) -> None:
    task = asked(laptop, sam)
    page = shown(AccessRequestPage(leading, choose=lambda _parent: str(tmp_path / "not there")), task.id)
    while page.reading.isVisible():
        page.give_button.click()
        settled()
    page.make_button.click()
    settled()
    assert page.outcome.statement.words == "It could not be saved there. Choose another place."
    assert not page.close_button.isVisible()


def test_only_a_lead_is_led_there(context: PageContext, sam: PersonId, shown: Any) -> None:
    assert "access_requests" in entry_keys({Role.DATA_PROTECTION_LEAD})
    assert "access_requests" not in entry_keys({Role.COORDINATOR, Role.OUTREACH_WORKER})
    assert shown(AccessRequestsPage(context)).failure.isVisible()


@pytest.mark.parametrize("scale", [100, 200])
def test_both_pages_are_without_faults(
    leading: PageContext, sam: PersonId, laptop: Laptop, shown: Any, qapp: QApplication, scale: int
) -> None:
    task = asked(laptop, sam)
    Theme.load(ThemeName.LIGHT, scale).apply(qapp)
    page = shown(AccessRequestsPage(leading))
    page.form.open_button.click()
    assert faults(page) == []
    assert faults(shown(AccessRequestPage(leading), task.id)) == []
