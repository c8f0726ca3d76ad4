"""Stopping by presses on a real vault: never harder than agreeing, and honest about what follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.card import RemovalReceipt, WaitingLaptop
from app.domain.codes import ConsentKind, ConsentMethod, GivenBy, Purpose, RecordType, ReferralState
from app.domain.consent import Answer, AnswerKind
from app.domain.consent_event import ConsentEvent
from app.domain.ids import ConsentEventId, DeviceId, OrganisationId, PersonId, RecordId
from app.domain.referral import Referral
from app.use_cases import stops
from app.use_cases.stops import Shared, Stopped
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.stop_sharing import StopSharingPage
from ui.view_models.stop_sharing import goes_on, stop_choices, stopped_words
from ui.widgets import Banner, Manner

Settled = Callable[[], None]
BACK_UP = OrganisationId(UUID(int=2))


def shared(*purposes: Purpose, received: bool = True) -> Shared:
    answer = Answer(kind=AnswerKind.YES, ends_on=date(2028, 2, 20))
    return Shared(
        org_id=BACK_UP,
        org_name="Back Up",
        purposes=dict.fromkeys(purposes, answer),
        open_referrals=0,
        ever_received=received,
    )


def test_everything_with_a_charity_is_offered_before_its_single_purposes() -> None:
    choices = stop_choices([shared(Purpose.REFERRAL_CONTACT, Purpose.MENTORING)], called="Sam")
    assert [choice.words for choice in choices] == [
        "Everything with Back Up",
        "Only this: Back Up may get in touch with Sam",
        "Only this: Back Up may find a mentor for Sam",
        "Everything, with every charity",
    ]


def test_a_single_purpose_is_not_offered_twice() -> None:
    assert len(stop_choices([shared(Purpose.MENTORING)], called="Sam")) == 2


def test_what_goes_on_is_said_when_only_one_purpose_stops() -> None:
    each = [shared(Purpose.REFERRAL_CONTACT, Purpose.MENTORING)]
    everything, contact, _mentor, _all = stop_choices(each, called="Sam")
    assert goes_on(contact, each, called="Sam") == "This goes on: Back Up may find a mentor for Sam."
    assert goes_on(everything, each, called="Sam") == ""


@pytest.mark.parametrize("received", [True, False])
def test_only_who_received_something_is_said_to_remove_it(received: bool) -> None:
    each = [shared(Purpose.MENTORING, received=received)]
    stopped = Stopped(event_id=ConsentEventId(UUID(int=9)), organisations=("Back Up",), referrals_withdrawn=0)
    words = stopped_words(stopped, stop_choices(each, called="Sam")[0], each, called="Sam", enrolled=True)
    assert any("laptops of Back Up then remove Sam" in sentence for sentence in words) is received


@pytest.fixture
def page(context: PageContext) -> StopSharingPage:
    return StopSharingPage(context)


def withdrawals(laptop: Laptop, person: PersonId) -> list[ConsentEvent]:
    with laptop.vault.reading() as read:
        return [event for event in read.of_person(ConsentEvent, person) if event.kind is ConsentKind.WITHDRAWAL]


def test_it_shows_what_is_shared_with_whom(page: StopSharingPage, laptop: Laptop, shown: Any) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    words = [part.words for part in page._shared_part.findChildren(type(page.heading))]
    assert "Back Up" in words
    assert "Back Up may find a mentor for Sam, until 20 February 2028." in words
    assert "1 referral is open." in words


def test_three_presses_stop_one_charity_and_take_back_its_referral(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled, went: Any
) -> None:
    person, referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices[str(laptop.orgs["back_up"])].click()
    page.method.choices[ConsentMethod.SPOKEN_BY_PHONE].click()
    page.stop_button.click()
    settled()
    stopped = withdrawals(laptop, person)
    assert [(line.org, line.purpose) for line in stopped[0].lines] == [(laptop.orgs["back_up"], None)]
    assert stopped[0].by_phone
    assert stopped[0].given_by is GivenBy.SELF
    with laptop.vault.reading() as read:
        assert read.get(Referral, referral).state is ReferralState.WITHDRAWN
    assert page.heading.words == "Recorded on this laptop"
    assert "1 referral was taken back." in page.outcome.detail.words
    assert "What is kept, and why" in page.receipt.text
    assert not page._form.isVisible()
    assert went.sends == 1


def test_one_purpose_can_stop_alone_and_stopping_all_is_one_press_away(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    back_up = str(laptop.orgs["back_up"])
    page.what.choices[f"{back_up}/{Purpose.REFERRAL_CONTACT}"].click()
    assert page.offer.isVisible()
    assert page.offer.statement.words == "This goes on: Back Up may find a mentor for Sam."
    page.stop_all_button.click()
    assert page.what.value == back_up
    assert not page.offer.isVisible()


def test_one_purpose_stops_and_the_other_stands(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices[f"{laptop.orgs['back_up']}/{Purpose.REFERRAL_CONTACT}"].click()
    page.stop_button.click()
    settled()
    left = stops.what_is_shared(laptop.vault, now=laptop.clock(), person_id=person)
    assert {each.org_name: set(each.purposes) for each in left} == {"Back Up": {Purpose.MENTORING}}


def test_how_and_by_whom_it_was_said_is_never_in_the_way(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices["all"].click()
    page.stop_button.click()
    settled()
    assert withdrawals(laptop, person)[0].method is None
    assert stops.what_is_shared(laptop.vault, now=laptop.clock(), person_id=person)[0].purposes == {}


def test_somebody_else_may_bring_the_stop(page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices["all"].click()
    page.change_button.click()
    page.by.choices[GivenBy.OTHER].click()
    page.name.set_text("Ruth Osei")
    page.stop_button.click()
    settled()
    stopped = withdrawals(laptop, person)[0]
    assert (stopped.given_by, stopped.given_by_name) == (GivenBy.OTHER, "Ruth Osei")


def test_pressing_without_a_choice_asks_what_should_stop(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    page.stop_button.click()
    settled()
    assert page.what is not None
    assert page.what.error == "Choose what should stop."
    assert withdrawals(laptop, person) == []


def test_a_person_about_whom_nothing_is_shared_can_still_say_stop(
    page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    shown(page, person)
    words = [part.words for part in page._shared_part.findChildren(type(page.heading))]
    assert words == ["Nothing is shared about Sam."]
    assert page.what is not None
    page.what.choices["all"].click()
    page.stop_button.click()
    settled()
    assert len(withdrawals(laptop, person)) == 1


def test_the_proof_of_this_stop_appears_and_that_of_an_earlier_one_does_not(
    page: StopSharingPage, laptop: Laptop, context: PageContext, shown: Any, settled: Settled
) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices["all"].click()
    page.stop_button.click()
    settled()
    (event,) = withdrawals(laptop, person)
    today = laptop.clock().date()
    lagging = WaitingLaptop(device=DeviceId(UUID(int=4)), last_seen_on=today, locks_on=today + timedelta(days=1))
    for withdrawal, removed, waiting in ((RecordId(UUID(int=7)), 4, ()), (event.id, 3, (lagging,))):
        with laptop.vault.transaction(**laptop.act) as work:
            work.append(
                RemovalReceipt(
                    **work.header(),
                    person=person,
                    partner=laptop.orgs["back_up"],
                    partner_name="Back Up",
                    withdrawal=withdrawal,
                    ordered_at=laptop.clock(),
                    laptops=4,
                    removed=removed,
                    waiting=waiting,
                )
            )
        context.changes.tell({RecordType.REMOVAL_RECEIPT})
        settled()
    (proof,) = page._after_part.findChildren(Banner)
    assert proof.isVisible()
    assert proof.statement.words == "Back Up: 3 of 4 laptops have removed this."
    assert proof.detail.words.startswith("The fourth was last seen on ")
    assert proof.manner is Manner.ATTENTION


def test_opening_it_again_begins_anew(page: StopSharingPage, laptop: Laptop, shown: Any, settled: Settled) -> None:
    person, _referral = kit.sent(laptop)
    shown(page, person)
    assert page.what is not None
    page.what.choices["all"].click()
    page.stop_button.click()
    settled()
    shown(page, person)
    assert page.heading.words == "Stop sharing"
    assert page.stop_button.isVisible()
    assert page.what.value is None
