"""The audit through the window: read by a data protection lead, filtered, taken away; others read their own."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction, Role
from app.domain.ids import PersonId
from app.errors import NotPermittedError
from app.security.device_key import DeviceKey
from app.use_cases import auditing, people, person_page
from app.use_cases.auditing import AuditQuery
from sync.client.handing_over import HandKeys
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.audit import AuditPage
from ui.pages.settings import SettingsPage
from ui.paper import Paper
from ui.places import entry_keys
from ui.theme import Theme, ThemeName

LEAD = make_actor("aspire", Role.DATA_PROTECTION_LEAD, "Amina")


@pytest.fixture
def leading(context: PageContext, laptop: Laptop) -> PageContext:
    """A data protection lead at the laptop on which Priya worked."""
    keys = HandKeys(signer=DeviceKey(bytearray(32)), exchange=bytearray(32), random_bytes=os.urandom)
    return replace(context, actor=replace(LEAD, device=laptop.actor.device), hand_keys=keys)


def register(laptop: Laptop, name: str) -> PersonId:
    form = people.NewPerson(full_name=name, dob=("4", "7", "1988"), site=laptop.sites["stoke_mandeville"])
    return people.register_person(laptop.vault, **laptop.act, form=form)


@pytest.fixture
def worked(laptop: Laptop) -> PersonId:
    """Two people registered, one of them looked at an hour later."""
    register(laptop, "Bill Ferguson")
    sam = register(laptop, "Samira Quillfeather")
    laptop.clock.forward(hours=1)
    person_page.open_person(laptop.vault, **laptop.act, person_id=sam)
    return sam


def words_in(page: AuditPage) -> list[list[str]]:
    rows, columns = page.table.rows.rowCount(), page.table.rows.columnCount()
    cells = [[page.table.rows.cell(at, column) for column in range(columns)] for at in range(rows)]
    return [[cell.words if cell else "" for cell in row] for row in cells]


def test_a_lead_reads_who_looked_at_whom_and_finds_one_persons(
    leading: PageContext, worked: PersonId, laptop: Laptop, shown: Any, settled: Any, qtbot: Any
) -> None:
    page = shown(AuditPage(leading), width=BESIDE_NAVIGATION)
    rows = words_in(page)
    assert rows[0][2:] == ["Opened a list", "", "The audit"], "that the audit was read stands in it"
    assert rows[1][1:4] == ["Priya Example", "Opened a person", "Samira Quillfeather"]
    assert {row[3] for row in rows[2:]} >= {"Samira Quillfeather", "Bill Ferguson"}
    assert cut_words(page.table) == []
    page.kind.set_value("looked")
    settled()
    assert [row[2] for row in words_in(page)] == ["Opened a list", "Opened a person"]
    page.kind.set_value(None)
    page.name.set_text("quillf")
    qtbot.waitUntil(lambda: {row[3] for row in words_in(page)} == {"Samira Quillfeather"}, timeout=3000)
    page.by.set_value(str(laptop.actor.user))
    settled()
    assert len(words_in(page)) >= 2
    page.name.set_text("nobody of that name")
    qtbot.waitUntil(page.nothing.isVisible, timeout=3000)
    assert not page.csv_button.isEnabled()


def test_it_is_taken_away_as_a_spreadsheet_and_for_an_outsider_and_that_stands_in_it(
    leading: PageContext, worked: PersonId, laptop: Laptop, shown: Any, settled: Any, tmp_path: Path
) -> None:
    register(laptop, "=HYPERLINK(1)")
    page = shown(AuditPage(leading, paper=Paper(choose_file=lambda _parent, name: str(tmp_path / name))))
    page.csv_button.click()
    settled()
    assert page.outcome.isVisible()
    with (tmp_path / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["about"] for row in rows} >= {"'=HYPERLINK(1)", "Samira Quillfeather"}
    page.extract_button.click()
    settled()
    content = (tmp_path / "audit-extract.jsonl").read_bytes()
    assert b"Quillfeather" not in content
    assert str(worked).encode() not in content, "nor the person's id"
    with laptop.vault.reading() as read:
        last = [(each.action, each.reason) for each in sorted(read.all(AuditEntry), key=lambda each: each.seq)[-2:]]
    assert last == [(AuditAction.EXPORT, "audit")] * 2


def test_others_read_their_own_and_nobody_elses(
    context: PageContext, leading: PageContext, worked: PersonId, laptop: Laptop, shown: Any, went: Any
) -> None:
    auditing.audit_view(laptop.vault, actor=leading.actor, now=laptop.clock(), query=AuditQuery())
    shown(SettingsPage(context)).audit_button.click()
    assert went.places[-1] == ("audit", None)
    page = shown(AuditPage(context))
    assert page.view is not None
    assert {row.by for row in page.view.rows} == {laptop.actor.user}
    assert not page.by.isVisible()
    assert not page.extract_button.isVisible()
    secretary = make_actor("aspire", Role.SECRETARIAT)
    with pytest.raises(NotPermittedError):
        auditing.audit_view(laptop.vault, actor=secretary, now=laptop.clock(), query=AuditQuery())
    assert "audit" in entry_keys({Role.DATA_PROTECTION_LEAD})
    assert "audit" not in entry_keys({Role.OUTREACH_WORKER, Role.COORDINATOR})


def test_a_handle_that_stands_for_nobody_is_said_to(
    leading: PageContext, worked: PersonId, laptop: Laptop, shown: Any
) -> None:
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM audit_subject")
        connection.exec_driver_sql("DELETE FROM subject_handle")
    page = shown(AuditPage(leading))
    assert {row[3] for row in words_in(page)} == {"", "Erased or not known here"}


@pytest.mark.parametrize("scale", [100, 200])
def test_the_page_is_without_faults(
    leading: PageContext, worked: PersonId, shown: Any, qapp: QApplication, scale: int
) -> None:
    Theme.load(ThemeName.LIGHT, scale).apply(qapp)
    assert faults(shown(AuditPage(leading))) == []
