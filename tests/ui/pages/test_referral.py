"""One referral from both sides, by presses on a real vault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.codes import (
    DeclineReason,
    Need,
    NextStep,
    Purpose,
    RecordType,
    ReferralState,
    WithdrawalReason,
)
from app.domain.ids import ReferralId
from app.domain.referral import Referral, ReferralEvent
from app.use_cases import drafts, referrals
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.referral import ReferralPage
from ui.pages.referral_end_forms import CouldNotContactForm, DeclineForm, ways_of
from ui.pages.referral_forms import (
    AcceptForm,
    AnswerForm,
    AskForm,
    CloseForm,
    CompleteForm,
    PersonDeclineForm,
    StartForm,
    TakeBackForm,
    WaitingListForm,
)
from ui.widgets import DateParts

Settled = Callable[[], None]
S = ReferralState


@pytest.fixture
def receiver(context: PageContext) -> PageContext:
    """The same vault, worked on by Back Up's intake."""
    return replace(context, actor=kit.INTAKE)


@pytest.fixture
def referral(laptop: Laptop) -> ReferralId:
    return kit.sent(laptop)[1]


@pytest.fixture
def sender_page(context: PageContext, referral: ReferralId, shown: Any) -> ReferralPage:
    return shown(ReferralPage(context), referral)


@pytest.fixture
def page(receiver: PageContext, referral: ReferralId, shown: Any) -> ReferralPage:
    return shown(ReferralPage(receiver), referral)


def held(laptop: Laptop, referral: ReferralId) -> Referral:
    with laptop.vault.reading() as read:
        return read.get(Referral, referral)


def last_step(laptop: Laptop, referral: ReferralId) -> ReferralEvent:
    with laptop.vault.reading() as read:
        steps = read.of_person(ReferralEvent, read.get(Referral, referral).person)
    return max(steps, key=lambda step: (step.at, step.id))


def open_and(page: ReferralPage, settled: Settled, to: ReferralState) -> None:
    """Say that it was opened, then press another move."""
    page.move_buttons[S.RECEIVED].click()
    settled()
    page.move_buttons[to].click()


def fill(field: Any, day: date) -> None:
    field.set_parts(DateParts(day=str(day.day), month=str(day.month), year=str(day.year)))


def test_the_sender_sees_where_it_stands_both_clocks_and_what_was_sent(sender_page: ReferralPage) -> None:
    assert sender_page.heading.words == "Back Up: mentoring"
    assert sender_page.state.words == "With Back Up, not opened yet. To be opened by 24 November."
    assert sender_page.holder.words.startswith("The next step is for Back Up.")
    assert sender_page.words is not None
    assert [clock.words for clock in sender_page.words.clocks] == ["by 24 November", "by 7 December"]
    sent = {line.name: line.words for line in sender_page.words.package}
    assert sent["Name"] == "Samira Osei"
    assert sent["What they need"] == "Talk with someone who has been there"
    assert sender_page.package_card.heading.words == "What Back Up sees"


def test_only_the_sender_reads_that_it_began_on_this_laptop(sender_page: ReferralPage, page: ReferralPage) -> None:
    assert sender_page.progress.accessibleName().startswith("On this laptop: ")
    assert page.progress.accessibleName().startswith("Written by Aspire: ")


def test_looking_at_it_does_not_tell_the_sender_that_it_was_opened(
    page: ReferralPage, laptop: Laptop, referral: ReferralId
) -> None:
    assert page.state.words == "New. Your team has not opened it yet."
    assert held(laptop, referral).state is S.SENT


def test_one_press_says_that_it_was_opened(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled, went: Any
) -> None:
    page.move_buttons[S.RECEIVED].click()
    settled()
    assert held(laptop, referral).state is S.RECEIVED
    assert page.state.words == "Your team opened it. It waits for your answer."
    assert page.words is not None
    assert page.words.clocks[0].words == "by 24 November; done on 22 November"
    assert went.sends == 1


def test_the_next_move_comes_first_and_alone_is_primary(page: ReferralPage, settled: Settled) -> None:
    assert page.words is not None
    assert [move.to for move in page.words.moves if move.is_next] == [S.RECEIVED]
    page.move_buttons[S.RECEIVED].click()
    settled()
    assert [move.to for move in page.words.moves if move.is_next] == [S.ACCEPTED]
    assert next(iter(page.move_buttons)) is S.ACCEPTED


def test_accepting_takes_three_steps(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    page.move_buttons[S.RECEIVED].click()
    settled()
    page.move_buttons[S.ACCEPTED].click()
    assert isinstance(page.form, AcceptForm)
    assert not page._moves.isVisible()
    fill(page.form.first_step_on, date(2026, 11, 25))
    page.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.ACCEPTED
    assert last_step(laptop, referral).asked["first_step_on"] == "2026-11-25"
    assert page.form is None
    assert page.words is not None
    assert page.words.story[0].words == "Accepted by Back Up"


def test_a_missing_day_is_named_at_its_field_and_the_form_stays(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    open_and(page, settled, S.ACCEPTED)
    assert isinstance(page.form, AcceptForm)
    page.form.save_button.click()
    settled()
    assert page.form.first_step_on.error
    page.form.first_step_on.set_parts(DateParts(day="31", month="2", year="2027"))
    page.form.save_button.click()
    settled()
    assert page.form.first_step_on.error
    assert held(laptop, referral).state is S.RECEIVED
    assert page.form.save_button.isEnabled()


def test_only_a_part_of_the_needs_may_be_taken_on(
    receiver: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT))
    needs = frozenset({Need.TELEPHONE_SUPPORT, Need.WHEELCHAIR_SKILLS})
    referral = kit.queue(laptop, person, "back_up_outreach", needs)
    kit.deliver(laptop, referral)
    page = shown(ReferralPage(receiver), referral)
    open_and(page, settled, S.ACCEPTED)
    page.form.needs.ticks[Need.WHEELCHAIR_SKILLS].click()
    fill(page.form.first_step_on, date(2026, 11, 25))
    page.form.save_button.click()
    settled()
    assert last_step(laptop, referral).asked["accepted_needs"] == [Need.TELEPHONE_SUPPORT]
    assert "only for: someone to phone" in page.words.story[0].detail


def test_declining_takes_four_steps_and_needs_a_reason_and_a_next_step(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    page.move_buttons[S.DECLINED_BY_SERVICE].click()
    form = page.form
    assert isinstance(form, DeclineForm)
    form.save_button.click()
    settled()
    assert form.reason.error == "Choose the reason."
    form.reason.choices[DeclineReason.NO_CAPACITY].click()
    form.save_button.click()
    settled()
    assert form.next_step.choice.error == "Choose what happens next for the person."
    form.next_step.choice.choices[NextStep.SENDER_CONTACTS_PERSON].click()
    form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.DECLINED_BY_SERVICE
    step = last_step(laptop, referral)
    assert (step.reason, step.next_step) == (DeclineReason.NO_CAPACITY, NextStep.SENDER_CONTACTS_PERSON)


@pytest.mark.parametrize("next_step", [NextStep.REFER_ELSEWHERE, NextStep.ASK_AGAIN_ON, NextStep.NOTHING_NEEDED])
def test_each_next_step_asks_for_what_it_needs(
    next_step: NextStep, page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    page.move_buttons[S.DECLINED_BY_SERVICE].click()
    form = page.form
    assert isinstance(form, DeclineForm)
    form.reason.choices[DeclineReason.OTHER].click()
    assert form.text.isVisible()
    form.text.set_text("No lift here")
    fields = {
        NextStep.REFER_ELSEWHERE: form.next_step.service,
        NextStep.ASK_AGAIN_ON: form.next_step.ask_again_on,
        NextStep.NOTHING_NEEDED: form.next_step.why,
    }
    form.next_step.choice.choices[next_step].click()
    assert [field.isVisible() for field in fields.values()] == [known is next_step for known in fields]
    form.save_button.click()
    settled()
    assert fields[next_step].error
    form.next_step.service.set_value(str(laptop.services["aspire_housing"]))
    fill(form.next_step.ask_again_on, date(2027, 3, 1))
    form.next_step.why.set_text("Sam moved away")
    form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.DECLINED_BY_SERVICE
    assert last_step(laptop, referral).asked["reason_text"] == "No lift here"


def test_a_question_goes_to_the_sender_who_answers_it(
    page: ReferralPage, context: PageContext, laptop: Laptop, referral: ReferralId, shown: Any, settled: Settled
) -> None:
    page.move_buttons[S.INFO_NEEDED].click()
    assert isinstance(page.form, AskForm)
    page.form.question.set_text("Which days is Sam at home?")
    page.form.asked_of.choices["sender"].click()
    page.form.save_button.click()
    settled()
    assert page.question.statement.words == "Question: “Which days is Sam at home?”"
    assert S.RECEIVED not in page.move_buttons
    laptop.clock.forward(minutes=5)
    sender = shown(ReferralPage(context), referral)
    assert sender.holder.words.startswith("The next step is yours.")
    sender.move_buttons[S.RECEIVED].click()
    assert isinstance(sender.form, AnswerForm)
    sender.form.answer.set_text("Every day from March on.")
    sender.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.RECEIVED
    assert not sender.question.isVisible()
    assert sender.words.story[0].words == "The question was answered"


def test_what_the_person_is_asked_the_receiver_may_answer(page: ReferralPage, settled: Settled) -> None:
    page.move_buttons[S.INFO_NEEDED].click()
    assert isinstance(page.form, AskForm)
    page.form.question.set_text("Would you like a call or a visit?")
    page.form.asked_of.choices["person"].click()
    page.form.save_button.click()
    settled()
    assert S.RECEIVED in page.move_buttons


def accept(page: ReferralPage, settled: Settled) -> None:
    open_and(page, settled, S.ACCEPTED)
    assert isinstance(page.form, AcceptForm)
    fill(page.form.first_step_on, date(2026, 11, 25))
    page.form.save_button.click()
    settled()


def test_waiting_then_first_contact_then_the_end(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    accept(page, settled)
    page.move_buttons[S.WAITING_LIST].click()
    assert isinstance(page.form, WaitingListForm)
    page.form.month.set_value("2027-01")
    page.form.save_button.click()
    settled()
    assert last_step(laptop, referral).asked == {"expected_start": "2027-01"}
    laptop.clock.forward(days=3)
    page.move_buttons[S.IN_PROGRESS].click()
    assert isinstance(page.form, StartForm)
    assert page.form.spoke_on.parts() == DateParts(day="25", month="11", year="2026")
    page.form.channel.choices["video"].click()
    page.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.IN_PROGRESS
    laptop.clock.forward(days=3)
    page.move_buttons[S.COMPLETED].click()
    assert isinstance(page.form, CompleteForm)
    page.form.outcome.choices["got_help"].click()
    page.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.COMPLETED
    assert last_step(laptop, referral).asked == {"outcome": "got_help", "ended_on": "2026-11-28"}


def test_an_earlier_first_contact_keeps_its_day(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    accept(page, settled)
    laptop.clock.forward(days=5)
    page.move_buttons[S.IN_PROGRESS].click()
    assert isinstance(page.form, StartForm)
    fill(page.form.spoke_on, date(2026, 11, 24))
    page.form.channel.choices["phone"].click()
    page.form.save_button.click()
    settled()
    assert last_step(laptop, referral).asked["first_contact_at"].startswith("2026-11-24T12:00")


def test_three_tries_over_a_week_say_that_somebody_could_not_be_reached(
    page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    page.move_buttons[S.RECEIVED].click()
    settled()
    laptop.clock.forward(days=12)
    page.move_buttons[S.COULD_NOT_CONTACT].click()
    form = page.form
    assert isinstance(form, CouldNotContactForm)
    for field, day in zip(form.days, (23, 24, 25), strict=True):
        fill(field, date(2026, 11, day))
    for way in form.ways:
        way.choices["call"].click()
    form.next_step.choice.choices[NextStep.SENDER_CONTACTS_PERSON].click()
    form.save_button.click()
    settled()
    assert form.days[0].error
    fill(form.days[2], date(2026, 11, 30))
    form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.COULD_NOT_CONTACT


def test_only_permitted_ways_to_try_are_offered() -> None:
    assert set(ways_of({"contact_permissions": [{"may_use": ["text"]}]})) == {"text", "visit"}
    assert "call" in ways_of({})


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_either_side_records_that_the_person_does_not_want_it(
    side: str,
    context: PageContext,
    receiver: PageContext,
    laptop: Laptop,
    referral: ReferralId,
    shown: Any,
    settled: Settled,
) -> None:
    page = shown(ReferralPage(context if side == "sender" else receiver), referral)
    page.move_buttons[S.DECLINED_BY_PERSON].click()
    assert isinstance(page.form, PersonDeclineForm)
    assert page.form.heard_by.text == ("Priya" if side == "sender" else "Jo")
    page.form.reason.choices["not_now"].click()
    page.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.DECLINED_BY_PERSON


def test_the_sender_takes_it_back_with_a_reason(
    sender_page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    sender_page.move_buttons[S.WITHDRAWN].click()
    assert isinstance(sender_page.form, TakeBackForm)
    sender_page.form.save_button.click()
    settled()
    assert sender_page.form.reason.error == "Choose the reason."
    sender_page.form.reason.choices[WithdrawalReason.SENT_BY_MISTAKE].click()
    sender_page.form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.WITHDRAWN
    assert sender_page.words is not None
    assert "sent by mistake" in sender_page.words.story[0].detail


def test_what_was_taken_back_is_closed_when_nothing_more_is_needed(
    sender_page: ReferralPage, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    referrals.take_back(laptop.vault, **laptop.act, referral_id=referral, reason=WithdrawalReason.SENT_BY_MISTAKE)
    laptop.clock.forward(minutes=1)
    sender_page.load()
    settled()
    sender_page.move_buttons[S.CLOSED].click()
    form = sender_page.form
    assert isinstance(form, CloseForm)
    form.save_button.click()
    settled()
    assert form.next_step.error
    form.next_step.choices[NextStep.NOTHING_NEEDED].click()
    form.save_button.click()
    settled()
    assert form.why.error
    form.why.set_text("Sam is not in our area")
    form.save_button.click()
    settled()
    assert held(laptop, referral).state is S.CLOSED
    assert sender_page.holder.words.startswith("Nobody has to do anything more.")
    assert not sender_page._moves.isVisible()


def test_a_draft_that_the_gate_held_names_the_rule_and_goes_once_it_is_met(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop)
    referral = kit.queue(laptop, person)
    page = shown(ReferralPage(context), referral)
    assert page.package_card.heading.words == "What Back Up will see"
    page.move_buttons[S.QUEUED].click()
    settled()
    assert page.failure.banner.statement.words == "The person has not said yes to this charity for this."
    assert page.move_buttons[S.QUEUED].isEnabled()
    kit.agree(laptop, person, ("back_up", Purpose.MENTORING))
    page.move_buttons[S.QUEUED].click()
    settled()
    assert held(laptop, referral).state is S.QUEUED


def test_somebody_who_was_quicker_closes_the_form_and_the_new_state_is_shown(
    page: ReferralPage, receiver: PageContext, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    open_and(page, settled, S.ACCEPTED)
    act = {"actor": kit.INTAKE, "now": laptop.clock.forward(minutes=1), "referral_id": referral}
    referrals.accept(laptop.vault, **act, first_step_on=date(2026, 11, 30))
    assert isinstance(page.form, AcceptForm)
    fill(page.form.first_step_on, date(2026, 11, 25))
    page.form.save_button.click()
    settled()
    assert page.failure.banner.statement.words == "This referral is at another point by now: accepted."
    receiver.changes.tell({RecordType.REFERRAL})
    settled()
    assert page.form is None
    assert S.IN_PROGRESS in page.move_buttons


def test_news_leaves_the_keyboard_on_the_move_it_is_on(
    page: ReferralPage, receiver: PageContext, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    button = page.move_buttons[S.DECLINED_BY_SERVICE]
    button.setFocus()
    receiver.changes.tell({RecordType.REFERRAL})
    settled()
    assert page.move_buttons[S.DECLINED_BY_SERVICE] is button
    assert button.hasFocus()
    referrals.open_as_receiver(laptop.vault, actor=kit.INTAKE, now=laptop.clock(), referral_id=referral)
    receiver.changes.tell({RecordType.REFERRAL})
    settled()
    assert S.RECEIVED not in page.move_buttons
    assert page.move_buttons[S.DECLINED_BY_SERVICE].hasFocus()


def test_a_form_stays_open_while_its_move_is_possible(
    page: ReferralPage, receiver: PageContext, laptop: Laptop, referral: ReferralId, settled: Settled
) -> None:
    page.move_buttons[S.INFO_NEEDED].click()
    assert isinstance(page.form, AskForm)
    page.form.question.set_text("Is the flat on the ground floor?")
    page.form.question.focus_control()
    writing, keyboard = page.form, QApplication.focusWidget()
    assert keyboard is not None
    referrals.open_as_receiver(laptop.vault, actor=kit.INTAKE, now=laptop.clock(), referral_id=referral)
    receiver.changes.tell({RecordType.REFERRAL})
    settled()
    assert S.ACCEPTED in page.move_buttons
    assert page.form is writing
    assert writing.question.text == "Is the flat on the ground floor?"
    assert QApplication.focusWidget() is keyboard
    assert not page._moves.isVisible()


def test_after_a_step_the_keyboard_is_on_the_next_one(page: ReferralPage, settled: Settled) -> None:
    page.move_buttons[S.RECEIVED].setFocus()
    page.move_buttons[S.RECEIVED].click()
    settled()
    assert page.move_buttons[S.ACCEPTED].hasFocus()


def test_leaving_a_form_brings_the_keyboard_back_to_its_button(page: ReferralPage) -> None:
    page.move_buttons[S.INFO_NEEDED].click()
    assert page.form is not None
    page.form.leave_button.click()
    assert page.move_buttons[S.INFO_NEEDED].hasFocus()


def test_a_late_answer_is_marked_by_shape_and_word(
    receiver: PageContext, laptop: Laptop, referral: ReferralId, shown: Any
) -> None:
    laptop.clock.forward(days=20)
    page = shown(ReferralPage(receiver), referral)
    assert [(clock.words, clock.is_late) for clock in page.words.clocks] == [
        ("by 24 November; that is past", True),
        ("by 7 December; that is past", True),
    ]


def test_what_is_filled_in_survives_a_crash(
    page: ReferralPage,
    receiver: PageContext,
    laptop: Laptop,
    referral: ReferralId,
    shown: Any,
    settled: Settled,
    qtbot: Any,
) -> None:
    page.move_buttons[S.DECLINED_BY_SERVICE].click()
    assert isinstance(page.form, DeclineForm)
    page.form.reason.choices[DeclineReason.OTHER].click()
    page.form.text.set_text("No lift here")
    with qtbot.waitSignal(page.drafts.kept, timeout=3_000):
        pass
    settled()
    again = shown(ReferralPage(receiver), referral)
    assert isinstance(again.form, DeclineForm)
    assert again.form.text.text == "No lift here"
    assert again.form.text.isVisible()
    again.form.leave_button.click()
    settled()
    assert again.form is None
    assert drafts.load_draft(laptop.vault, actor=kit.INTAKE, page="referral", subject=referral) is None


def test_another_team_does_not_see_it(context: PageContext, laptop: Laptop, referral: ReferralId, shown: Any) -> None:
    stranger = replace(kit.INTAKE, teams=frozenset({"courses"}))
    page = shown(ReferralPage(replace(context, actor=stranger)), referral)
    assert page.failure.banner.statement.words == "This is not here."
    assert not page.package_card.isVisible()


def test_the_person_is_one_press_away(
    sender_page: ReferralPage, laptop: Laptop, referral: ReferralId, went: Any
) -> None:
    sender_page.person_button.click()
    assert went.places == [("person", held(laptop, referral).person)]
