"""Leaving the ward through the window: what is open, where it is put right, and what a reason does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.domain.audit import AuditEntry
from app.domain.codes import Decision, Purpose, ReceiptHow, RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.storage import todays_work
from app.use_cases import consents, drafts, stops
from app.use_cases.consents import Cell, ConsentForm
from app.use_cases.leaving_ward import LeavingKind
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages import story
from ui.context import PageContext
from ui.pages.leaving_ward import LeavingWardPage
from ui.pages.today import TodayPage
from ui.view_models.subjects import WasRecorded

WHY = "No network on this ward until Monday"


def is_open(page: LeavingWardPage, kind: LeavingKind) -> bool:
    return page.cards[kind].isVisible()


def said(page: LeavingWardPage, kind: LeavingKind) -> str:
    return page.cards[kind].statement.label.words


def send_everything(laptop: Laptop) -> None:
    story.answer_from_service(laptop, {})


def could_not_answer(laptop: Laptop) -> PersonId:
    person = kit.register(laptop)
    cell = Cell(org=laptop.orgs["back_up"], purpose=Purpose.REFERRAL_CONTACT, decision=Decision.NOT_ABLE_NOW)
    consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=ConsentForm(answers=(cell,)))
    return person


def talk_of(laptop: Laptop, person: PersonId) -> ConsentEvent:
    with laptop.vault.reading() as read:
        return read.of_person(ConsentEvent, person)[0]


def reasons_kept(laptop: Laptop) -> list[tuple[str, str]]:
    with laptop.vault.reading() as read:
        entries = [each for each in read.all(AuditEntry) if each.reason.startswith("leaving_")]
        words = todays_work.audited_words(read.connection, [each.seq for each in entries])
    return [(each.reason, words[each.seq]) for each in entries]


def answer(page: LeavingWardPage, kind: LeavingKind, words: str, settled: Any) -> None:
    card = page.cards[kind]
    card.form.open_button.click()
    card.reason.set_text(words)
    card.form.save_button.click()
    settled()


def test_a_laptop_on_which_nothing_is_open_is_safe_to_hand_back(context: PageContext, shown: Any) -> None:
    page = shown(LeavingWardPage(context))
    assert page.state.statement.words == "Safe to hand back: nothing is only on this laptop."
    assert not any(is_open(page, kind) for kind in LeavingKind)


def test_what_is_not_confirmed_stands_there_with_its_count_until_the_service_has_it(
    context: PageContext, laptop: Laptop, shown: Any, went: Any, settled: Any
) -> None:
    kit.register(laptop)
    page = shown(LeavingWardPage(context))
    assert said(page, LeavingKind.UNCONFIRMED).endswith("changes are not confirmed by the central service.")
    assert page.cards[LeavingKind.UNCONFIRMED].detail.words.startswith("The oldest is from")
    page.cards[LeavingKind.UNCONFIRMED].fix_button.click()
    assert went.places[-1] == ("sync", None)
    send_everything(laptop)
    context.changes.tell({RecordType.PERSON})
    settled()
    assert page.state.statement.words.startswith("Safe to hand back")


def test_a_draft_opens_where_it_was_begun(context: PageContext, laptop: Laptop, shown: Any, went: Any) -> None:
    person = kit.register(laptop)
    send_everything(laptop)
    drafts.save_draft(laptop.vault, **laptop.act, page="note", subject=person, values={"text": "Began"})
    page = shown(LeavingWardPage(context))
    assert said(page, LeavingKind.DRAFTS) == "1 form is begun and not recorded."
    assert page.cards[LeavingKind.DRAFTS].detail.words == "Samira Osei."
    page.cards[LeavingKind.DRAFTS].fix_button.click()
    assert went.places[-1] == ("person", person)


def test_a_colleagues_draft_is_not_mine_to_finish(context: PageContext, laptop: Laptop, shown: Any) -> None:
    other = make_actor("aspire", name="Dan")
    drafts.save_draft(laptop.vault, actor=other, now=laptop.clock(), page="people", subject=None, values={})
    assert not is_open(shown(LeavingWardPage(context)), LeavingKind.DRAFTS)


@pytest.mark.parametrize("how", [ReceiptHow.PRINTED, ReceiptHow.DECLINED])
def test_a_talk_wants_its_receipt_until_it_is_given_or_refused(
    context: PageContext, laptop: Laptop, shown: Any, went: Any, settled: Any, how: ReceiptHow
) -> None:
    person = could_not_answer(laptop)
    talk = talk_of(laptop, person)
    page = shown(LeavingWardPage(context))
    page.cards[LeavingKind.RECEIPTS].fix_button.click()
    assert went.places[-1] == ("consent_done", WasRecorded(person_id=person, event_id=talk.event_id))
    stops.receipt_given(laptop.vault, **laptop.act, person_id=person, about=talk.event_id, how=how)
    context.changes.tell({RecordType.CONSENT_EVENT})
    settled()
    assert not is_open(page, LeavingKind.RECEIPTS)


def test_a_day_to_ask_again_is_a_promise_of_today_and_no_day_is_missing(
    context: PageContext, laptop: Laptop, shown: Any
) -> None:
    could_not_answer(laptop)
    page = shown(LeavingWardPage(context))
    assert said(page, LeavingKind.PROMISES) == "1 promise of today is due within 7 days."
    assert not is_open(page, LeavingKind.NO_DAY)


def test_who_could_not_answer_and_has_no_day_is_asked_for(
    context: PageContext, laptop: Laptop, shown: Any, went: Any
) -> None:
    person = could_not_answer(laptop)
    # As another program might have written it: this one always sets a day.
    talk = talk_of(laptop, person)
    lines = tuple(replace(line, ask_again=None, ask_again_on=None) for line in talk.lines)
    with laptop.vault.transaction(**laptop.act) as work:
        work.record_consent(replace(talk, **work.header(), lines=lines))
    page = shown(LeavingWardPage(context))
    page.cards[LeavingKind.NO_DAY].fix_button.click()
    assert went.places[-1] == ("consent", person)


def test_a_referral_that_failed_the_gate_opens(context: PageContext, laptop: Laptop, shown: Any, went: Any) -> None:
    referral = kit.queue(laptop, kit.register(laptop))
    page = shown(LeavingWardPage(context))
    assert said(page, LeavingKind.HELD_BACK) == "1 referral was held back."
    page.cards[LeavingKind.HELD_BACK].fix_button.click()
    assert went.places[-1] == ("referral", UUID(str(referral)))


def test_what_the_service_refused_is_counted(context: PageContext, laptop: Laptop, shown: Any, went: Any) -> None:
    kit.register(laptop)
    story.answer_from_service(laptop, {RecordType.STAY: story.refused("not_permitted")})
    page = shown(LeavingWardPage(context))
    assert said(page, LeavingKind.ATTENTION) == "1 record needs you."
    page.cards[LeavingKind.ATTENTION].fix_button.click()
    assert went.places[-1] == ("attention", None)


def test_a_short_reason_is_refused_at_its_field_and_stays_typed(
    context: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    kit.register(laptop)
    page = shown(LeavingWardPage(context))
    answer(page, LeavingKind.UNCONFIRMED, " no   net ", settled)
    reason = page.cards[LeavingKind.UNCONFIRMED].reason
    assert reason.error
    assert reason.text == " no   net "
    assert reasons_kept(laptop) == []


def test_a_reason_answers_a_line_for_today_and_is_kept_in_the_audit(
    context: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    kit.register(laptop)
    page = shown(LeavingWardPage(context))
    answer(page, LeavingKind.UNCONFIRMED, WHY, settled)
    assert page.cards[LeavingKind.UNCONFIRMED].given.words == f"Your reason: {WHY}"
    assert page.state.statement.words == "Everything is looked at. What stays open has its reason."
    assert reasons_kept(laptop) == [("leaving_unconfirmed", WHY)]
    laptop.clock.forward(days=1)
    assert shown(LeavingWardPage(context)).state.statement.words == "1 line to look at before you go."


def test_what_comes_up_after_a_reason_asks_again(
    context: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    kit.register(laptop)
    page = shown(LeavingWardPage(context))
    answer(page, LeavingKind.UNCONFIRMED, WHY, settled)
    laptop.clock.forward(minutes=5)
    kit.register(laptop, full_name="Robin Hale", contact_value="07700 900456")
    context.changes.tell({RecordType.PERSON})
    settled()
    assert page.state.statement.words == "1 line to look at before you go."


def test_a_reason_that_is_being_typed_outlasts_what_arrives(
    context: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    kit.register(laptop)
    page = shown(LeavingWardPage(context))
    card = page.cards[LeavingKind.UNCONFIRMED]
    card.form.open_button.click()
    card.reason.set_text("No net")
    context.changes.tell({RecordType.PERSON})
    settled()
    assert card.form.is_open
    assert card.reason.text == "No net"


def test_the_lock_is_never_held_up(context: PageContext, laptop: Laptop, shown: Any) -> None:
    kit.register(laptop)
    locked: list[bool] = []
    page = shown(LeavingWardPage(replace(context, lock=lambda: locked.append(True))))
    assert is_open(page, LeavingKind.UNCONFIRMED)
    page.lock_button.click()
    assert locked == [True]


def test_today_leads_there(context: PageContext, shown: Any, went: Any) -> None:
    shown(TodayPage(context)).leave_button.click()
    assert went.places[-1] == ("leaving_ward", None)
