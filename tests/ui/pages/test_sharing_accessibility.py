"""Every page of consent and referral in light, dark and high contrast, at 100 % and at 200 % text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.domain.codes import Purpose, ReferralState
from app.domain.user import User
from app.use_cases import covering, reaching, referrals
from tests.helpers.accessibility import faults_in_every_look
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.consent import ConsentPage
from ui.pages.consent_check import ConsentCheckPage
from ui.pages.consent_done import ConsentDonePage
from ui.pages.from_outside import FromOutsidePage
from ui.pages.refer import ReferPage
from ui.pages.referral import ReferralPage
from ui.pages.stop_sharing import StopSharingPage
from ui.pages.team_inbox import TeamInboxPage
from ui.view_models.subjects import ReferTo, WasRecorded
from ui.widgets import Answer, Page

Opened = Callable[[Page, object], Page]


@pytest.fixture
def opened(settled: Callable[[], None]) -> Opened:
    def open_page(page: Page, subject: object = None) -> Page:
        page.resize(1024, 700)
        page.open(subject)  # type: ignore[attr-defined]
        settled()
        return page

    return open_page


def test_the_bedside_page_before_the_first_answer(context: PageContext, laptop: Laptop, opened: Opened) -> None:
    person = kit.register(laptop)
    assert faults_in_every_look(lambda: opened(ConsentPage(context), person)) == []


def test_the_bedside_page_with_every_question_open(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    person = kit.register(laptop, dob=("", "", ""))

    def make() -> Page:
        page = ConsentPage(context)
        opened(page, person)
        for answer in (Answer.AGREED, Answer.REFUSED, Answer.DECIDE_LATER, Answer.NOT_ABLE_NOW, Answer.AGREED):
            page.asking.bar.buttons[answer].click()
        page.how.scope.choices["contact_injury_needs"].click()
        page.how.less_button.click()
        page.how.method.choices["eye_gaze"].click()
        page.how.ask_again.choices["on_date"].click()
        page.how.own_button.click()
        page.giver.age.choices["under_16"].click()
        page.giver.change_button.click()
        page.giver.gillick.choices["competent"].click()
        page.giver.by.choices["other"].click()
        page.giver.capacity.choices["assessed_lacks_now"].click()
        page.giver.format.choices["interpreter"].click()
        settled()
        return page

    assert faults_in_every_look(make) == []


def test_the_page_that_checks_and_the_page_after(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None], went: Any
) -> None:
    person = kit.register(laptop)
    page = ConsentPage(context)
    opened(page, person)
    for answer in (Answer.AGREED, Answer.REFUSED, Answer.DECIDE_LATER, Answer.AGREED, Answer.NOT_ABLE_NOW):
        page.asking.bar.buttons[answer].click()
    page.how.scope.choices["contact"].click()
    page.how.method.choices["spoken_in_person"].click()
    page.how.agreed_to_script.ticks["yes"].click()
    page.how.read_back.ticks["yes"].click()
    page.check_button.click()
    settled()
    key, to_check = went.places[-1]
    assert key == "consent_check"
    assert faults_in_every_look(lambda: opened(ConsentCheckPage(context), to_check)) == []
    recorded = kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT))
    done = WasRecorded(person_id=person, event_id=recorded.event_id, introductions=recorded.introductions, withdrawn=2)
    assert faults_in_every_look(lambda: opened(ConsentDonePage(context), done)) == []
    page.deleteLater()


def test_the_page_that_stops(context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]) -> None:
    person, _referral = kit.sent(laptop)

    def make() -> Page:
        page = StopSharingPage(context)
        opened(page, person)
        key = next(key for key in page._choices if key.endswith(Purpose.MENTORING))
        page.what.choices[key].click()
        page.change_button.click()
        page.by.choices["parent_or_pr"].click()
        return page

    assert faults_in_every_look(make) == []


def test_the_page_after_a_stop(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    person, _referral = kit.sent(laptop)

    def make() -> Page:
        page = StopSharingPage(context)
        opened(page, person)
        page.what.choices["all"].click()
        page.stop_button.click()
        settled()
        return page

    assert faults_in_every_look(make) == []


def test_the_page_that_refers(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    person, _referral = kit.sent(laptop)
    recorded = kit.agree(laptop, person, ("aspire", Purpose.REFERRAL_CONTACT))
    front_door = laptop.services["back_up_outreach"]

    def make() -> Page:
        page = ReferPage(context)
        opened(page, ReferTo(person_id=person, introductions=(front_door, *recorded.introductions)))
        for service in ("back_up_mentoring", "aspire_housing"):
            page.rows[laptop.services[service]].tick.click()
            settled()
        page.rows[front_door].tick.click()
        page.more_needs_button.click()
        settled()
        return page

    assert faults_in_every_look(make) == []


@pytest.mark.parametrize(
    "to",
    [
        ReferralState.ACCEPTED,
        ReferralState.INFO_NEEDED,
        ReferralState.DECLINED_BY_SERVICE,
        ReferralState.COULD_NOT_CONTACT,
        ReferralState.DECLINED_BY_PERSON,
    ],
)
def test_the_page_of_a_referral_with_each_form(
    to: ReferralState, context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    _person, referral = kit.sent(laptop)
    receiver = replace(context, actor=kit.INTAKE)
    first = ReferralPage(receiver)
    opened(first, referral)
    first.move_buttons[ReferralState.RECEIVED].click()
    settled()

    def make() -> Page:
        page = ReferralPage(receiver)
        opened(page, referral)
        page.move_buttons[to].click()
        for choice in ("reason", "next_step"):
            group = page.form.named_fields().get(choice)
            if group is not None:
                list(group.choices.values())[-1].click()
        settled()
        return page

    assert faults_in_every_look(make) == []
    first.deleteLater()


def test_the_inbox_full_and_empty(context: PageContext, laptop: Laptop, opened: Opened) -> None:
    receiver = replace(context, actor=kit.INTAKE)
    assert faults_in_every_look(lambda: opened(TeamInboxPage(receiver), None)) == []
    kit.sent(laptop)
    assert faults_in_every_look(lambda: opened(TeamInboxPage(receiver), None)) == []


def test_the_page_for_who_asks_from_outside(context: PageContext, laptop: Laptop, opened: Opened) -> None:
    kit.register(laptop)
    assert faults_in_every_look(lambda: opened(FromOutsidePage(context))) == []


def test_a_referral_with_everything_a_team_writes_beside_it(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    _person, referral = kit.sent(laptop)
    other = kit.register(laptop, full_name="Samira Osie", known_as="")
    kit.agree(laptop, other, ("back_up", Purpose.MENTORING))
    kit.deliver(laptop, kit.queue(laptop, other))
    act = {"actor": kit.INTAKE, "now": laptop.clock(), "referral_id": referral}
    referrals.open_as_receiver(laptop.vault, **act)
    reaching.record_try(laptop.vault, **act, on=laptop.clock().date(), way="call")

    def make() -> Page:
        page = ReferralPage(replace(context, actor=kit.INTAKE))
        opened(page, referral)
        page.beside.try_button.click()
        settled()
        return page

    assert faults_in_every_look(make) == []


def test_an_inbox_with_somebody_away(
    context: PageContext, laptop: Laptop, opened: Opened, settled: Callable[[], None]
) -> None:
    kit.sent(laptop)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(User, kit.INTAKE.user, fields={"teams": frozenset({"mentoring"})})
    covering.say_away(
        laptop.vault,
        actor=kit.INTAKE,
        now=laptop.clock(),
        team="mentoring",
        user=kit.INTAKE.user,
        cover=None,
        from_on=None,
        until=laptop.clock().date(),
    )

    def make() -> Page:
        page = TeamInboxPage(replace(context, actor=kit.INTAKE))
        opened(page)
        page.cover.form.open_button.click()
        settled()
        return page

    assert faults_in_every_look(make) == []
