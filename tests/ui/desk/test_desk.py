"""The desk as people meet it: the places of a role, Back, Find, the status line, the look, the lease."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.codes import Need, Purpose, RecordType, ReferralState, Role
from app.domain.ids import DeviceId, OrganisationId
from app.domain.referral_states import Actor as Side
from app.storage.held import Held
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor, stable_id
from tests.ui.pages.story import ask, cell, refer_to, register_sam, step, tell_sams_story
from ui.desk import Desk
from ui.lease_day import read_lease_day
from ui.pages.lease_over import LeaseOverPage
from ui.pages.leaving_ward import LeavingWardPage
from ui.pages.people import PeoplePage
from ui.pages.register_person import RegisterPersonPage
from ui.pages.settings import SettingsPage
from ui.places import PAGES
from ui.shell.history import PageHistory
from ui.theme import ThemeName, theme_in_use
from ui.view_models.consent_talk import Talk
from ui.view_models.settings_words import Colours
from ui.view_models.subjects import AskAbout, ToCheck
from ui.widgets import Page, SecondaryButton

Build = Callable[..., Desk]
Settled = Callable[[Desk], None]


def rail(desk: Desk) -> list[str]:
    return [button.words for button in desk.shell.rail.entries.buttons.values()]


LISTS = (
    "today",
    "people",
    "register_person",
    "import_people",
    "team_inbox",
    "from_outside",
    "gaps",
    "leaving_ward",
    "impact",
    "hand_over",
    "open_hand_over",
    "directory",
    "agreements",
    "noticeboard",
    "audit",
    "attention",
    "sync",
    "settings",
    "help",
)


@pytest.mark.parametrize("key", LISTS)
def test_every_page_of_lists_opens_by_its_key(desk_for: Build, settled: Settled, key: str) -> None:
    desk = desk_for()

    desk.open(key)
    settled(desk)

    assert desk.page_key == key
    assert type(desk.page) is PAGES[key]


@pytest.mark.parametrize("key", ["person", "consent", "stop_sharing", "refer"])
def test_every_page_about_a_person_opens_by_its_key(
    desk_for: Build, settled: Settled, laptop: Laptop, key: str
) -> None:
    sam = tell_sams_story(laptop)
    desk = desk_for()

    desk.open(key, sam)
    settled(desk)

    assert desk.page_key == key
    assert desk.page is not None
    assert not desk.page.failure.isVisible()


def test_every_key_has_a_page_of_its_own(desk_for: Build) -> None:
    assert len(set(PAGES.values())) == len(PAGES)
    of_somebody = {"person", "consent", "consent_check", "consent_done", "stop_sharing", "refer", "referral"}
    of_somebody |= {
        "letter",
        "gap",
        "service",
        "agreement",
        "agreement_form",
        "notice",
        "notice_form",
        "same_person",
        "my_matches",
        "match",
        "session_log",
        "matching",
        "mentor",
        "pulse",
        "measures",
        "equality",
        "quality",
        "concern",
        "concerns",
        "concern_file",
        "access_requests",
        "access_request",
        "held_back",
    }
    assert set(LISTS) | of_somebody | {"mentoring", "mentors", "waiting_list", "match_weights"} == set(PAGES)


def test_the_first_page_is_today_and_nothing_lies_below_it(desk_for: Build, settled: Settled) -> None:
    desk = desk_for()

    desk.begin()
    settled(desk)

    assert desk.page_key == desk.shell.current_key == "today"
    assert not desk.shell.can_go_back


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (
            Role.OUTREACH_WORKER,
            ["Today", "People", "Referrals", "Gap watch", "Impact", "Directory", "Attention", "Settings"],
        ),
        (
            Role.COORDINATOR,
            ["Today", "People", "Referrals", "Mentoring", "Gap watch", "Impact", "Directory", "Attention", "Settings"],
        ),
        (Role.MENTOR, ["Mentoring", "Attention", "Settings"]),
        (Role.INTAKE_WORKER, ["Today", "People", "Referrals", "Directory", "Attention", "Settings"]),
        (Role.SAFEGUARDING_LEAD, ["Today", "Concerns", "Attention", "Settings"]),
        (Role.IT_ADMIN, ["Today", "Attention", "Settings"]),
        (Role.SECRETARIAT, ["Today", "Impact", "Directory", "Attention", "Settings"]),
    ],
)
def test_what_a_role_cannot_use_is_absent(desk_for: Build, role: Role, places: list[str]) -> None:
    assert rail(desk_for(make_actor("aspire", role))) == places


def test_leaving_the_ward_stands_beside_the_lock_and_locks(desk_for: Build, settled: Settled, qtbot: Any) -> None:
    desk = desk_for()
    desk.begin()
    settled(desk)

    assert desk.shell.header.leave_button.isVisible()
    desk.shell.header.leave_button.click()
    settled(desk)
    assert desk.page_key == "leaving_ward"
    assert isinstance(desk.page, LeavingWardPage)
    with qtbot.waitSignal(desk.locked, timeout=10_000) as locked:
        desk.page.lock_button.click()
    assert locked.args == ["asked"]


def test_a_volunteer_is_not_sent_to_a_ward(desk_for: Build, settled: Settled) -> None:
    desk = desk_for(make_actor("aspire", Role.MENTOR))
    desk.begin()
    settled(desk)
    assert desk.shell.header.lock_button.isVisible()
    assert not desk.shell.header.leave_button.isVisible()


@pytest.mark.parametrize("role", [Role.OUTREACH_WORKER, Role.MENTOR, Role.DATA_PROTECTION_LEAD])
def test_f9_raises_a_concern_on_every_page(desk_for: Build, settled: Settled, role: Role) -> None:
    desk = desk_for(make_actor("aspire", role))
    desk.begin()
    settled(desk)
    assert desk.shell.header.concern_button.isVisible()
    QTest.keyClick(desk.shell, Qt.Key.Key_F9)
    settled(desk)
    assert desk.page_key == "concern"


@pytest.mark.parametrize("role", [Role.IT_ADMIN, Role.SECRETARIAT])
def test_who_sees_no_person_has_no_button_and_no_key_for_a_concern(desk_for: Build, qtbot: Any, role: Role) -> None:
    desk = desk_for(make_actor("aspire", role))
    assert not desk.shell.header.concern_button.isVisible()

    with qtbot.assertNotEmitted(desk.shell.concern_raised):
        QTest.keyClick(desk.shell, Qt.Key.Key_F9)


def test_the_window_is_without_faults(desk_for: Build, settled: Settled) -> None:
    desk = desk_for()
    desk.open("help")
    settled(desk)
    page = desk.page
    assert page is not None

    assert faults(page) == []


def test_a_title_never_holds_a_name(desk_for: Build, settled: Settled, laptop: Laptop) -> None:
    sam = register_sam(laptop)
    desk = desk_for()
    desk.open("person", sam)
    settled(desk)

    assert desk.shell.windowTitle() == "Alongside"


# Back


def test_back_from_a_saved_person_leads_to_the_list_and_not_to_a_spent_form(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    desk = desk_for()
    desk.open("people")
    desk.open("register_person")
    settled(desk)
    page = desk.page
    assert isinstance(page, RegisterPersonPage)
    page.form.full_name.set_text("Samira Osei")
    page.form.site.set_value(str(laptop.sites["stoke_mandeville"]))
    page.save_button.click()
    settled(desk)
    assert desk.page_key == "person"

    desk.shell.go_back()

    assert desk.page_key == "people"


def test_a_page_that_is_left_takes_along_what_it_made_and_never_placed(qapp: QApplication) -> None:
    class Hoarder(Page):
        def __init__(self) -> None:
            super().__init__("Hoarder")
            self.button = SecondaryButton("Not for this role")
            self.button.clicked.connect(lambda: self.set_heading("Pressed"))

    history = PageHistory()
    history.open(Page("First"), "first", replace=False)
    before = len(QApplication.allWidgets())
    for _ in range(2):
        history.open(Hoarder(), "hoarder", replace=False)
        history.go_back()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert len(QApplication.allWidgets()) == before
    history.deleteLater()


def test_back_from_somebody_who_may_be_the_same_leads_to_the_form_as_it_was(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    sam = register_sam(laptop)
    desk = desk_for()
    desk.open("register_person")
    settled(desk)
    page = desk.page
    assert isinstance(page, RegisterPersonPage)
    page.form.full_name.set_text("Samira Osei")

    desk.open("person", sam)
    desk.shell.go_back()

    assert desk.page is page
    assert page.form.full_name.text == "Samira Osei"


def test_change_on_the_page_of_answers_returns_to_the_questions_below_it(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    sam = register_sam(laptop)
    desk = desk_for()
    desk.open("person", sam)
    desk.open("consent", sam)
    settled(desk)
    questions = desk.page
    desk.open("consent_check", ToCheck(person_id=sam, talk=Talk(), under_16=False, script="", language="en-GB"))

    desk.open("consent", AskAbout(person_id=sam))

    assert desk.page is questions
    desk.shell.go_back()
    assert desk.page_key == "person"


def test_the_same_place_pressed_again_does_not_pile_up(desk_for: Build) -> None:
    desk = desk_for()
    desk.open("people")

    desk.shell.rail.entries.buttons["people"].click()

    assert not desk.shell.can_go_back


# Find


def test_find_shows_people_while_typing_and_keeps_the_keyboard_in_the_box(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    register_sam(laptop)
    desk = desk_for()
    desk.open("today")
    settled(desk)
    line = desk.shell.header.search.line
    line.setFocus()

    QTest.keyClicks(line, "ose")
    settled(desk)

    page = desk.page
    assert isinstance(page, PeoplePage)
    assert line.text() == page.search.text == "ose"
    assert page.table.rows.rowCount() == 1
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert page.table.hasFocus()


# The status line


def test_the_status_line_says_what_is_only_on_this_laptop_after_a_change(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    enrolled(laptop)
    desk = desk_for()
    settled(desk)
    assert desk.shell.status.words == "Nothing was sent or fetched yet."

    register_sam(laptop)
    desk.context.changes.tell({RecordType.PERSON})
    settled(desk)

    assert "only on this laptop" in desk.shell.status.words


def test_details_opens_the_page_that_says_more(desk_for: Build) -> None:
    desk = desk_for()
    desk.open("today")

    desk.shell.status.details_button.click()

    assert desk.page_key == "sync"


def test_people_who_agreed_to_be_contacted_are_announced_when_they_arrive(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    desk = desk_for(make_actor("back_up", Role.COORDINATOR, "Jo"))
    said: list[str] = []
    desk._announcer._say = lambda _widget, words: said.append(words)
    settled(desk)

    tell_sams_story_until_sent(laptop)
    desk.context.changes.tell({RecordType.REFERRAL})
    settled(desk)

    assert said == ["1 new person agreed to be contacted."]
    assert desk.shell.rail.entries.buttons["team_inbox"].accessibleName() == "Referrals, 1"


def tell_sams_story_until_sent(laptop: Laptop) -> None:
    sam = register_sam(laptop)
    ask(laptop, sam, cell(laptop, "back_up", Purpose.REFERRAL_CONTACT))
    skills = refer_to(laptop, sam, "back_up_wheelchair_skills", Need.WHEELCHAIR_SKILLS)
    step(laptop, skills, ReferralState.SENT, Side.SYSTEM)


# The look


def test_a_text_size_chosen_with_the_keys_is_kept(desk_for: Build, settled: Settled) -> None:
    desk = desk_for()
    desk.begin()
    settled(desk)
    QTest.keyClick(desk.shell, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    settled(desk)
    desk.close()

    again = desk_for()
    again.begin()
    settled(again)

    assert theme_in_use().text_scale == 125
    again.shell.set_text_scale(100)
    settled(again)


def test_colours_chosen_in_settings_are_worn_at_once_and_after_the_next_sign_in(
    desk_for: Build, settled: Settled
) -> None:
    desk = desk_for()
    desk.open("settings")
    settled(desk)
    page = desk.page
    assert isinstance(page, SettingsPage)
    page.colours.choices[Colours.DARK].click()
    settled(desk)
    assert theme_in_use().name is ThemeName.DARK
    desk.close()

    again = desk_for()
    again.begin()
    settled(again)

    assert theme_in_use().name is ThemeName.DARK


# The lease


def enrolled(laptop: Laptop, **more: Any) -> None:
    Held(laptop.vault).remember(
        device_id=DeviceId(UUID(int=7)),
        org=OrganisationId(stable_id("organisation", "aspire")),
        org_name="Aspire",
        address="https://alongside.example",
        audience="alongside-test",
        **more,
    )


def test_past_its_lease_a_laptop_shows_only_that_it_has_to_connect(
    desk_for: Build, settled: Settled, laptop: Laptop
) -> None:
    register_sam(laptop)
    enrolled(laptop, lease_until=laptop.clock() - timedelta(days=1))
    desk = desk_for()
    desk.begin()
    settled(desk)

    desk.open("people")
    QTest.keyClicks(desk.shell.header.search.line, "ose")

    assert isinstance(desk.page, LeaseOverPage)
    assert rail(desk) == []
    assert faults(desk.page) == []


def test_a_lease_that_ends_while_somebody_works_locks_the_laptop(
    desk_for: Build, settled: Settled, laptop: Laptop, qtbot: Any
) -> None:
    enrolled(laptop, lease_until=laptop.clock() + timedelta(minutes=5))
    desk = desk_for()
    desk.begin()
    settled(desk)
    laptop.clock.forward(minutes=6)

    with qtbot.waitSignal(desk.locked, timeout=5_000) as locked:
        desk.context.changes.tell({RecordType.PERSON})

    assert locked.args == ["lease"]


def test_the_day_of_the_lease_is_known_at_the_next_sign_in(
    desk_for: Build, settled: Settled, laptop: Laptop, door: Any
) -> None:
    until = laptop.clock() + timedelta(days=9)
    enrolled(laptop, lease_until=until)
    settled(desk_for())

    assert read_lease_day(door.paths) == until.date()
