"""Several referrals in one act, by presses on a real vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.domain.codes import (
    DuplicateReason,
    Need,
    PackageField,
    Purpose,
    ReferralKind,
    ReferralState,
    Scope,
)
from app.domain.ids import PersonId
from app.domain.note import CaseNote
from app.domain.person import Person
from app.domain.referral import Referral
from app.use_cases import drafts, stops
from app.use_cases.stops import Stop
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.refer import ReferPage
from ui.view_models.subjects import AskAbout, ReferTo

Settled = Callable[[], None]


@pytest.fixture
def page(context: PageContext) -> ReferPage:
    return ReferPage(context)


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    person = kit.register(laptop)
    kit.agree(
        laptop,
        person,
        ("aspire", Purpose.REFERRAL_CONTACT),
        ("back_up", Purpose.REFERRAL_CONTACT),
        ("back_up", Purpose.MENTORING),
    )
    return person


def referrals(laptop: Laptop, person: PersonId) -> tuple[Referral, ...]:
    with laptop.vault.reading() as read:
        return read.of_person(Referral, person)


def tick(page: ReferPage, laptop: Laptop, settled: Settled, *services: str) -> None:
    for service in services:
        page.rows[laptop.services[service]].tick.click()
        settled()


def test_what_is_known_is_ticked_and_the_services_that_fit_stand_below(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    shown(page, sam)
    assert page.needs is not None
    assert set(page.needs.values) == {Need.PEER_MENTORING, Need.HOUSING}
    assert laptop.services["back_up_mentoring"] in page.rows
    assert laptop.services["aspire_housing"] in page.rows
    assert laptop.services["back_up_courses"] not in page.rows
    assert not page.send_button.isVisible()


def test_who_takes_no_details_is_named_and_cannot_be_ticked(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    shown(page, sam)
    assert laptop.services["sia_support_line"] not in page.rows
    assert page._told.words.startswith("Spinal Injuries Association can only be told about")


def test_another_need_brings_its_services(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    page.more_needs_button.click()
    assert page.needs is not None
    page.needs.ticks[Need.COURSE].click()
    settled()
    assert laptop.services["back_up_courses"] in page.rows


def test_each_receiver_has_a_section_with_exactly_what_it_will_see(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring", "aspire_housing")
    section = page.sections[laptop.services["back_up_mentoring"]]
    assert section.heading.words == "This is exactly what Back Up will see"
    words = [part.words for part in section.findChildren(type(page.heading))]
    assert "Samira Osei" in words
    assert "Mobile phone: 07700 900123" in words
    assert section.why.text == "Sam is looking for: talk with someone who has been there."
    assert page.send_button.words == "Send 2 referrals"


def test_one_press_saves_all_and_each_package_is_what_was_shown(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring", "aspire_housing")
    section = page.sections[laptop.services["back_up_mentoring"]]
    section.strike_buttons[PackageField.SITE].click()
    settled()
    assert "struck out, not sent" in [part.words for part in section.findChildren(type(page.heading))]
    page.send_button.click()
    settled()
    sent = {referral.to_service: referral for referral in referrals(laptop, sam)}
    assert {referral.state for referral in sent.values()} == {ReferralState.QUEUED}
    assert len({referral.visit_id for referral in sent.values()}) == 1
    package = sent[laptop.services["back_up_mentoring"]].package
    assert "site" not in package
    assert package["name"] == {"given_name": "Samira", "family_name": "Osei"}
    assert page.heading.words == "Recorded on this laptop"
    assert went.sends == 1


def test_a_struck_line_can_be_put_back(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    section = page.sections[laptop.services["back_up_mentoring"]]
    section.strike_buttons[PackageField.SITE].click()
    settled()
    assert section.strike_buttons[PackageField.SITE].words == "Put back"
    section.strike_buttons[PackageField.SITE].click()
    settled()
    assert section.strike_buttons[PackageField.SITE].words == "Strike out"
    assert PackageField.NAME not in section.strike_buttons


def test_what_is_typed_right_before_sending_is_sent(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    page.sections[laptop.services["back_up_mentoring"]].why.set_text("Sam asked for somebody who also has a baby.")
    page.best_time.set_text("after 2 pm")
    page.send_button.click()
    settled()
    referral = referrals(laptop, sam)[0]
    assert referral.state is ReferralState.QUEUED
    assert referral.why == "Sam asked for somebody who also has a baby."
    assert referral.best_time == "after 2 pm"


def test_what_the_gate_holds_stays_a_draft_and_does_not_stop_the_others(
    page: ReferPage, laptop: Laptop, shown: Any, settled: Settled, went: Any
) -> None:
    person = kit.register(laptop)
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), scope=Scope.CONTACT)
    shown(page, person)
    tick(page, laptop, settled, "back_up_mentoring", "back_up_outreach")
    section = page.sections[laptop.services["back_up_mentoring"]]
    assert section.gate.isVisible()
    assert section.gate.statement.words == "The person has not said yes to this."
    assert page.send_button.words == "Send 1 referral, keep 1 as a draft"
    section.ask_button.click()
    assert went.places[-1] == (
        "consent",
        AskAbout(person_id=person, place=(laptop.orgs["back_up"], Purpose.MENTORING)),
    )
    page.send_button.click()
    settled()
    states = {referral.to_service: referral.state for referral in referrals(laptop, person)}
    assert states == {
        laptop.services["back_up_mentoring"]: ReferralState.DRAFT,
        laptop.services["back_up_outreach"]: ReferralState.QUEUED,
    }


def test_what_consent_holds_back_is_said(page: ReferPage, laptop: Laptop, shown: Any, settled: Settled) -> None:
    person = kit.register(laptop)
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), scope=Scope.CONTACT)
    shown(page, person)
    tick(page, laptop, settled, "back_up_outreach")
    section = page.sections[laptop.services["back_up_outreach"]]
    words = " ".join(part.words for part in section.findChildren(type(page.heading)))
    assert "Sam did not agree to tell: ward." in words


def test_an_introduction_is_ticked_and_leaving_it_out_asks_why(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    front_door = laptop.services["back_up_outreach"]
    shown(page, ReferTo(person_id=sam, introductions=(front_door,)))
    row = page.rows[front_door]
    assert row.tick.isChecked()
    assert front_door in page.sections
    tick(page, laptop, settled, "back_up_outreach", "back_up_mentoring")
    assert not row.tick.isChecked()
    page.send_button.click()
    settled()
    assert row.reason.error == "Choose why there is no introduction."
    assert referrals(laptop, sam) == ()
    row.reason.choices["not_now"].click()
    settled()
    page.send_button.click()
    settled()
    assert len(referrals(laptop, sam)) == 1
    with laptop.vault.reading() as read:
        assert [note.text for note in read.of_person(CaseNote, sam)] == ["No introduction to Back Up: not now."]


def test_an_introduction_is_sent_as_one(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, ReferTo(person_id=sam, introductions=(laptop.services["back_up_outreach"],)))
    page.send_button.click()
    settled()
    referral = referrals(laptop, sam)[0]
    assert (referral.kind, referral.state) == (ReferralKind.INTRODUCTION, ReferralState.QUEUED)


def test_a_second_referral_to_a_service_asks_why(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    kit.queue(laptop, sam)
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    section = page.sections[laptop.services["back_up_mentoring"]]
    page.send_button.click()
    settled()
    assert section.duplicate.error
    section.duplicate.choices[DuplicateReason.NEW_NEED].click()
    settled()
    page.send_button.click()
    settled()
    assert [referral.duplicate_reason for referral in referrals(laptop, sam)] == [None, DuplicateReason.NEW_NEED]


def test_a_refused_field_is_marked_and_nothing_is_sent(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    page.sections[laptop.services["back_up_mentoring"]].why.set_text("x" * 301)
    page.send_button.click()
    settled()
    assert page.sections[laptop.services["back_up_mentoring"]].why.error
    assert referrals(laptop, sam) == ()
    assert page.send_button.isEnabled()


def test_everything_that_is_wrong_with_a_referral_is_said_at_once(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    section = page.sections[laptop.services["back_up_mentoring"]]
    section.why.set_text("")
    page.best_time.set_text("x" * 81)
    page.send_button.click()
    settled()
    assert section.why.error
    assert page.best_time.error
    assert referrals(laptop, sam) == ()


def test_a_visit_survives_a_crash_and_can_be_discarded_and_brought_back(
    page: ReferPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, qtbot: Any
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    page.sections[laptop.services["back_up_mentoring"]].why.set_text("Sam asked.")
    with qtbot.waitSignal(page.drafts.kept, timeout=3_000):
        pass
    settled()
    again = shown(ReferPage(context), sam)
    assert again.draft_banner.isVisible()
    assert again.sections[laptop.services["back_up_mentoring"]].why.text == "Sam asked."
    again.draft_banner.discard_button.click()
    settled()
    assert again.sections == {}
    assert drafts.load_draft(laptop.vault, actor=laptop.actor, page="refer", subject=sam) is None
    again.draft_banner.undo_button.click()
    settled()
    assert again.sections[laptop.services["back_up_mentoring"]].why.text == "Sam asked."


def test_sending_ends_the_draft_and_each_referral_can_be_opened(
    page: ReferPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    page.send_button.click()
    settled()
    referral = referrals(laptop, sam)[0]
    page.done.buttons[referral.referral_id].click()
    assert went.places[-1] == ("referral", referral.referral_id)
    assert drafts.load_draft(laptop.vault, actor=laptop.actor, page="refer", subject=sam) is None


def test_what_is_unknown_of_the_person_is_asked_from_the_whole_list(
    page: ReferPage, laptop: Laptop, shown: Any
) -> None:
    person = kit.register(laptop, needs=frozenset())
    shown(page, person)
    assert page.needs is not None
    assert set(page.needs.ticks) == set(Need)
    assert page.needs.values == ()


def test_a_change_from_elsewhere_is_shown_before_it_is_sent(
    page: ReferPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    tick(page, laptop, settled, "back_up_mentoring")
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, sam, fields={"known_as": "Sammie"})
    context.changes.tell({Person.TYPE})
    settled()
    section = page.sections[laptop.services["back_up_mentoring"]]
    assert "Sammie" in [part.words for part in section.findChildren(type(page.heading))]


def test_three_services_are_referred_to_within_twelve_steps(
    context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    page = shown(ReferPage(context), ReferTo(person_id=sam, introductions=(laptop.services["back_up_outreach"],)))
    steps = 1
    for service in ("back_up_mentoring", "aspire_housing"):
        page.rows[laptop.services[service]].tick.click()
        settled()
        steps += 1
    page.send_button.click()
    settled()
    steps += 1
    assert [referral.state for referral in referrals(laptop, sam)] == [ReferralState.QUEUED] * 3
    assert steps <= 12


def test_without_the_right_to_refer_nothing_is_written(
    context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    reader = replace(context.actor, roles=frozenset())
    page = shown(ReferPage(replace(context, actor=reader)), sam)
    tick(page, laptop, settled, "back_up_mentoring")
    page.send_button.click()
    settled()
    assert page.failure.banner.statement.words == "Your role does not allow this."
    assert referrals(laptop, sam) == ()


def test_the_first_tick_takes_no_other_need_away(page: ReferPage, laptop: Laptop, shown: Any, settled: Settled) -> None:
    shown(page, kit.register(laptop, needs=frozenset()))
    assert page.needs is not None
    boxes = page.needs
    assert len(boxes.ticks) == len(Need)

    boxes.ticks[Need.HOUSING].click()
    settled()

    assert page.needs is boxes
    assert all(tick.isVisible() for tick in boxes.ticks.values())
    assert not page.more_needs_button.isVisible()


def test_what_stays_a_draft_is_said_truthfully(page: ReferPage, laptop: Laptop, shown: Any, settled: Settled) -> None:
    person = kit.register(laptop)
    shown(page, person)
    tick(page, laptop, settled, "back_up_mentoring")
    section = page.sections[laptop.services["back_up_mentoring"]]
    assert section.gate.detail.words == "It stays a draft on this laptop. Nothing is sent now."

    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), scope=Scope.CONTACT)
    tick(page, laptop, settled, "back_up_outreach")
    assert section.gate.detail.words == "This one stays a draft; what nothing stands against is sent."


def test_kept_drafts_are_sent_from_here_once_consent_is_there(
    page: ReferPage, laptop: Laptop, context: PageContext, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    shown(page, person)
    tick(page, laptop, settled, "back_up_mentoring")
    page.send_button.click()
    settled()
    waiting = shown(ReferPage(context), person)
    assert waiting.kept.waiting.statement.words == "A draft for Sam is kept: Back Up, mentoring."
    assert not waiting.kept.send_button.isVisible()

    kit.agree(laptop, person, ("back_up", Purpose.MENTORING))
    ready = shown(ReferPage(context), person)
    assert ready.kept.ready.detail.words == "Send them now?"
    ready.kept.send_button.click()
    settled()

    assert [referral.state for referral in referrals(laptop, person)] == [ReferralState.QUEUED]
    assert ready.done.isVisible()


def test_referring_anew_to_a_service_takes_up_its_draft(
    page: ReferPage, laptop: Laptop, context: PageContext, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    shown(page, person)
    tick(page, laptop, settled, "back_up_mentoring")
    page.send_button.click()
    settled()
    kit.agree(laptop, person, ("back_up", Purpose.MENTORING))

    again = shown(ReferPage(context), person)
    tick(again, laptop, settled, "back_up_mentoring")
    again.send_button.click()
    settled()

    states = sorted(referral.state for referral in referrals(laptop, person))
    assert states == [ReferralState.QUEUED, ReferralState.WITHDRAWN]


def test_drafts_that_a_stop_has_ended_are_said_so_and_taken_back(
    page: ReferPage, laptop: Laptop, context: PageContext, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT))
    shown(page, person)
    tick(page, laptop, settled, "back_up_mentoring")
    page.send_button.click()
    settled()
    stops.stop_sharing(laptop.vault, **laptop.act, person_id=person, stop=Stop())

    after = shown(ReferPage(context), person)
    assert after.kept.ended.detail.words == "No longer to be sent: the answer is no by now."
    after.kept.take_back_button.click()
    settled()

    assert not after.kept.isVisible()
    assert [referral.state for referral in referrals(laptop, person)] == [ReferralState.WITHDRAWN]
