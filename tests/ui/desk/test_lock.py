"""Locking: hidden at once, everything kept, the vault closed, and nothing that hangs holds it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction
from app.security.device_secret import FolderlessStore
from app.security.mark import read_mark
from app.use_cases import drafts
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.desk.conftest import Steady
from tests.ui.pages.story import register_sam
from ui.desk import Desk
from ui.front_door import FrontDoor
from ui.pages.register_person import RegisterPersonPage

Build = Callable[..., Desk]
Settled = Callable[[Desk], None]


def begin_form(desk: Desk, settled: Settled, ward: str) -> RegisterPersonPage:
    desk.open("register_person")
    settled(desk)
    page = desk.page
    assert isinstance(page, RegisterPersonPage)
    page.form.ward.set_text(ward)
    page.form.ward.focus_control()
    return page


def locked_of(laptop: Laptop) -> list[str]:
    """Return the reasons of the locks entered into the audit chain of the reopened vault."""
    with laptop.reopen().reading() as read:
        return [entry.reason for entry in read.all(AuditEntry) if entry.action is AuditAction.LOCK]


@pytest.mark.parametrize("press", ["button", "F8", "Ctrl+L", "F8 under the cover"])
def test_one_press_locks_and_keeps_what_was_typed(
    desk_for: Build, settled: Settled, laptop: Laptop, door: FrontDoor, qtbot: Any, press: str
) -> None:
    store = FolderlessStore(door.paths.mark)
    desk = desk_for(store=store)
    begin_form(desk, settled, "St David")
    if "cover" in press:
        desk.shell.cover()

    with qtbot.waitSignal(desk.locked, timeout=5_000) as locked:
        match press:
            case "button":
                desk.shell.header.lock_button.click()
            case "Ctrl+L":
                QTest.keyClick(desk.shell, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
            case _:
                QTest.keyClick(desk.shell, Qt.Key.Key_F8)
        assert desk.shell.isHidden(), "hidden in the press itself, before anything is written"

    assert locked.args == ["asked"]
    assert locked_of(laptop) == ["asked"]
    kept = drafts.load_draft(laptop.vault, actor=laptop.actor, page="register_person", subject=None)
    assert kept is not None
    assert kept.values["ward"] == "St David"
    mark = read_mark(store)
    assert mark is not None
    assert mark.audit_seq > 0


def test_after_a_lock_the_next_desk_of_the_same_person_returns_to_page_field_and_draft(
    desk_for: Build, settled: Settled, laptop: Laptop, qtbot: Any
) -> None:
    desk = desk_for()
    begin_form(desk, settled, "St David")
    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()
    desk.close()
    laptop.reopen()

    again = desk_for()
    again.begin()
    settled(again)

    page = again.page
    assert isinstance(page, RegisterPersonPage)
    assert page.form.ward.text == "St David"
    assert page.form.ward.line.hasFocus()
    again.shell.go_back()
    assert again.page_key == "today"


def test_after_a_lock_on_a_person_the_same_person_is_open_again(
    desk_for: Build, settled: Settled, laptop: Laptop, qtbot: Any
) -> None:
    sam = register_sam(laptop)
    desk = desk_for()
    desk.open("person", sam)
    settled(desk)
    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()
    laptop.reopen()

    again = desk_for()
    again.begin()
    settled(again)

    assert again.page is not None
    assert (again.page_key, again.page.subject) == ("person", sam)


@pytest.mark.parametrize("change", ["a colleague", "another day"])
def test_a_colleague_or_another_day_begins_at_the_beginning(
    desk_for: Build, settled: Settled, laptop: Laptop, qtbot: Any, change: str
) -> None:
    desk = desk_for()
    begin_form(desk, settled, "St David")
    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()
    laptop.reopen()
    if change == "another day":
        laptop.clock.forward(days=1)

    again = desk_for(make_actor(name="Ben") if change == "a colleague" else None)
    again.begin()
    settled(again)

    assert again.page_key == "today"


def test_nothing_that_hangs_holds_a_lock_up_for_longer_than_a_second(
    desk_for: Build, settled: Settled, qtbot: Any
) -> None:
    desk = desk_for()
    desk.open("help")
    settled(desk)
    release = threading.Event()
    desk.context.jobs.run(lambda: release.wait(20), desk._on_kept, desk._on_trouble)
    began = time.monotonic()

    try:
        with qtbot.waitSignal(desk.locked, timeout=5_000):
            desk.lock()
        took_s = time.monotonic() - began
    finally:
        release.set()

    assert 0.9 < took_s < 2.0


def test_a_lock_clears_the_clipboard(desk_for: Build, settled: Settled, qtbot: Any) -> None:
    desk = desk_for()
    desk.open("help")
    settled(desk)
    QApplication.clipboard().setText("943 476 5919")

    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk.lock()

    assert QApplication.clipboard().text() == ""


def test_closing_the_window_keeps_everything_as_a_lock_does(
    desk_for: Build, settled: Settled, laptop: Laptop, qtbot: Any
) -> None:
    desk = desk_for()
    begin_form(desk, settled, "St David")

    with qtbot.waitSignal(desk.locked, timeout=5_000) as locked:
        desk.shell.close()

    assert locked.args == ["closed"]
    laptop.reopen()
    kept = drafts.load_draft(laptop.vault, actor=laptop.actor, page="register_person", subject=None)
    assert kept is not None


def test_nobody_at_the_window_is_warned_and_then_the_laptop_locks(
    desk_for: Build, settled: Settled, steady: Steady, laptop: Laptop, qtbot: Any
) -> None:
    desk = desk_for()
    desk.open("help")
    settled(desk)

    steady.seconds += 241
    laptop.clock.forward(seconds=241)
    desk._idle.look()
    assert desk.shell.idle_warning.isVisible()
    assert "59 seconds" in desk.shell.idle_warning.statement.words
    QTest.keyClick(desk.shell, Qt.Key.Key_Tab)
    assert not desk.shell.idle_warning.isVisible()

    steady.seconds += 300
    laptop.clock.forward(seconds=300)
    with qtbot.waitSignal(desk.locked, timeout=5_000) as locked:
        desk._idle.look()
    assert locked.args == ["idle"]


def test_the_idle_clock_runs_on_under_the_cover(
    desk_for: Build, settled: Settled, steady: Steady, laptop: Laptop, qtbot: Any
) -> None:
    desk = desk_for()
    desk.open("help")
    settled(desk)
    desk.shell.cover()
    steady.seconds += 300
    laptop.clock.forward(seconds=300)

    with qtbot.waitSignal(desk.locked, timeout=5_000):
        desk._idle.look()
