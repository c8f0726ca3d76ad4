"""A nurse rings: taken down in two minutes by keyboard alone, in the real window, and nothing begins before the yes.

A key counts 0.28 s and each question 1.35 s of thinking (Card, Moran and Newell, Commun ACM 1980;23:396); typing is by
the letter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.codes import CameFrom, Need, Purpose, ReferralState, Role, TaskKind
from app.domain.person import Person
from app.domain.referral import Referral
from app.domain.task import Task
from app.use_cases import from_outside, refer
from app.use_cases.from_outside import FromOutside
from app.use_cases.people import NewPerson
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.desk.test_consent_by_keys import Keyboard
from tests.ui.pages import sharing_kit as kit
from ui.desk import Desk
from ui.pages.consent import ConsentPage
from ui.pages.from_outside import FromOutsidePage
from ui.pages.referral import ReferralPage
from ui.pages.team_inbox import TeamInboxPage

LIMIT_S = 120.0
MOST_KEYS = 160
COORDINATOR = make_actor("aspire", Role.COORDINATOR, "Ada")


class Typing(Keyboard):
    """A keyboard that also types, letter by letter."""

    def write(self, control: QWidget, words: str) -> None:
        self.questions += 1
        self.tab_to(control)
        for letter in words:
            QTest.keyClick(self.focus, letter)
            self.keys += 1
        self.settle()


@pytest.fixture
def desk(desk_for: Callable[..., Desk]) -> Desk:
    return desk_for(COORDINATOR)


def test_a_service_that_somebody_chose_stays_when_more_is_asked_for(
    desk: Desk, settled: Callable[[Desk], None]
) -> None:
    desk.open("from_outside")
    settled(desk)
    page = desk.page
    assert isinstance(page, FromOutsidePage)
    page.needs.ticks[Need.HOUSING].click()
    proposed = page.service.value
    others = [page.service.box.itemData(at) for at in range(1, page.service.box.count())]
    chosen = next(other for other in others if other != proposed)
    page.service.set_value(chosen)
    page.needs.ticks[Need.HOUSING].click()
    page.needs.ticks[Need.HOUSING].click()
    assert page.service.value == chosen


def test_a_nurses_call_is_taken_down_within_two_minutes(
    desk: Desk, laptop: Laptop, settled: Callable[[Desk], None]
) -> None:
    desk.shell.activateWindow()
    desk.open("team_inbox")
    settled(desk)
    inbox = desk.page
    assert isinstance(inbox, TeamInboxPage)
    hands = Typing(lambda: settled(desk))
    hands.choose(inbox.outside_button)
    page = desk.page
    assert isinstance(page, FromOutsidePage)
    hands.choose_in(page.came_from, "nhs_staff")
    hands.write(page.contact.control, "Sister Okafor, 7B, 01632 960555")
    hands.write(page.full_name.control, "Tomasz Nowak")
    hands.tab_to(page.site.control)
    hands.questions += 1
    for letter in "stoke":
        QTest.keyClick(hands.focus, letter)
        hands.keys += 1
    hands.write(page.ward.control, "7B")
    hands.choose(page.needs.ticks[Need.HOUSING])
    hands.choose(page.save_button)
    shown = desk.page
    assert isinstance(shown, ReferralPage), page.failure.sentence.words
    pages = 3
    assert shown.beside.ask_first.isVisible()
    assert shown.beside.words is not None
    assert shown.beside.words.came_from == "NHS staff: Sister Okafor, 7B, 01632 960555"

    with laptop.vault.reading() as read:
        (person,) = read.all(Person)
        (draft,) = read.all(Referral)
        (task,) = read.all(Task)
    assert (person.full_name, draft.state, draft.came_from) == ("Tomasz Nowak", ReferralState.DRAFT, CameFrom.NHS_STAFF)
    assert draft.to_org == draft.org == laptop.orgs["aspire"]
    # Sunday 22 November and two working days.
    assert (task.kind, task.due_on) == (TaskKind.ASK_AGAIN, date(2026, 11, 24))
    assert pages == 3
    assert hands.keys <= MOST_KEYS, hands.keys
    assert hands.seconds <= LIMIT_S, hands.seconds


def test_the_referrers_word_is_no_yes_and_the_persons_is(
    desk: Desk, laptop: Laptop, settled: Callable[[Desk], None]
) -> None:
    act = {"actor": COORDINATOR, "now": laptop.clock()}
    form = FromOutside(
        person=NewPerson(
            full_name="Tomasz Nowak", site=laptop.sites["stoke_mandeville"], needs=frozenset({Need.HOUSING})
        ),
        came_from=CameFrom.FAMILY,
        contact="His sister, 01632 960777",
        service_id=laptop.services["aspire_housing"],
        why="Cannot go back to his flat.",
    )
    taken = from_outside.take_down(laptop.vault, **act, form=form)
    desk.open("referral", taken.referral_id)
    settled(desk)
    page = desk.page
    assert isinstance(page, ReferralPage)
    page.move_buttons[ReferralState.QUEUED].click()
    settled(desk)
    assert page.failure.isVisible()
    page.beside.ask_button.click()
    settled(desk)
    assert isinstance(desk.page, ConsentPage)
    assert desk.page.asking.current == (laptop.orgs["aspire"], Purpose.REFERRAL_CONTACT)

    kit.agree(laptop, taken.person_id, ("aspire", Purpose.REFERRAL_CONTACT))
    refer.send_again(laptop.vault, **act, referral_id=taken.referral_id)
    with laptop.vault.reading() as read:
        referral = read.get(Referral, taken.referral_id)
        (task,) = [each for each in read.all(Task) if each.kind is TaskKind.ASK_AGAIN]
    assert referral.state is ReferralState.QUEUED
    assert task.state == "done"
    # Who referred, and how to reach them, is no part of what the service sees.
    assert "01632" not in str(referral.package)


def test_everything_that_is_missing_is_said_at_once_and_what_was_typed_stays(
    desk: Desk, laptop: Laptop, settled: Callable[[Desk], None]
) -> None:
    desk.open("from_outside")
    settled(desk)
    page = desk.page
    assert isinstance(page, FromOutsidePage)
    page.contact.set_text("=HYPERLINK(1)")
    page.phone.set_text("12")
    page.save_button.click()
    settled(desk)
    assert page.came_from.error == "Choose who asks."
    assert page.needs.error == "Choose at least one thing the person needs."
    assert page.full_name.error
    assert page.phone.error
    assert page.contact.text == "=HYPERLINK(1)"
    with laptop.vault.reading() as read:
        assert read.all(Person) == ()


def test_somebody_known_already_is_said_before_a_second_record_is_made(
    desk: Desk, laptop: Laptop, settled: Callable[[Desk], None], qtbot: object
) -> None:
    kit.register(laptop)
    desk.open("from_outside")
    settled(desk)
    page = desk.page
    assert isinstance(page, FromOutsidePage)
    page.full_name.set_text("Samira Osie")
    page._on_compare()
    settled(desk)
    assert [card.words.heading for card in page.same.cards] == ["Perhaps Samira Osei"]
