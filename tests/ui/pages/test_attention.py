"""Attention: what happened, to whom, what is safe, and named choices that destroy nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from app.domain.codes import CommunicationNeed, OpKind, RecordType
from app.domain.ids import PersonId
from app.domain.person import Person
from app.storage.exchange import OpResult, OpStatus
from app.storage.outbox import Outbox
from app.use_cases import today
from app.use_cases.today import AttentionCard, Meant, Other
from sync.protocol.messages import HoldCode, RejectCode
from tests.helpers.vaults import START, Laptop
from tests.ui.pages import story
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.attention import AttentionPage
from ui.pages.person import PersonPage
from ui.pages.person_contact import ContactPart
from ui.view_models.attention_words import _CARDS, card_words

Show = Callable[..., Any]
Settle = Callable[[], None]


@pytest.fixture
def page(context: PageContext) -> AttentionPage:
    return AttentionPage(context)


def refuse(laptop: Laptop, refusals: Mapping[RecordType, OpResult]) -> PersonId:
    sam = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, dict(refusals))
    return sam


def test_nothing_to_look_at_says_what_would_stand_here(page: AttentionPage, shown: Show) -> None:
    shown(page)
    assert page.nothing.isVisible()
    assert page.cards == []


def test_a_refusal_says_what_happened_and_what_is_safe(page: AttentionPage, laptop: Laptop, shown: Show) -> None:
    refuse(laptop, {RecordType.CASE_NOTE: story.refused("not_permitted")})
    shown(page)
    (card,) = page.cards
    assert card.statement.words == "A note about Samira Osei was not taken: your role did not allow it any more."
    assert card.detail.words.startswith("It is safe here.")


def test_a_referral_somebody_else_moved_first_opens_with_one_press(
    page: AttentionPage, laptop: Laptop, shown: Show, went: Went
) -> None:
    refuse(laptop, {RecordType.REFERRAL: story.refused("bad_transition", state="accepted")})
    shown(page)
    (card,) = page.cards
    assert card.statement.words == "Somebody was quicker with a referral of Samira Osei: it is accepted by now."
    card.buttons["open"].click()
    assert went.places[0][0] == "referral"


def test_what_was_read_leaves_the_list_for_good(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, settled: Settle
) -> None:
    refuse(laptop, {RecordType.CASE_NOTE: story.refused("not_permitted")})
    shown(page)
    page.cards[0].buttons["understood"].click()
    settled()
    assert page.cards == []
    assert page.nothing.isVisible()
    assert today.attention(laptop.vault) == ()


def test_a_person_is_opened_from_their_card(page: AttentionPage, laptop: Laptop, shown: Show, went: Went) -> None:
    sam = refuse(laptop, {RecordType.STAY: story.refused("constraint")})
    shown(page)
    page.cards[0].buttons["open"].click()
    assert went.places == [("person", sam)]


def test_what_was_set_aside_says_what_was_written_and_is_opened_or_sent_again(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, settled: Settle, went: Went
) -> None:
    sam = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {})
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, sam, fields={"family_name": "Ossei", "dob": "1988-03-05"})
    outbox = Outbox(laptop.vault)
    ops = outbox.freeze(1, most_ops=50, most_bytes=10**6)
    outbox.park(ops)
    skipped = [OpResult(op_id=op.op_id, status=OpStatus.SKIPPED) for op in ops]
    outbox.settle(1, skipped, acked=ops[-1].seq, at=laptop.clock())
    shown(page)

    (card,) = page.cards
    assert card.statement.words == "A change in the record of Samira Osei could not be sent."
    assert "Nothing else is held up." in card.detail.words
    assert "You wrote: the day of birth: 5 March 1988; the family name: Ossei." in card.detail.words
    assert list(card.buttons) == ["open", "send_again"]
    card.buttons["open"].click()
    assert went.places == [("person", sam)]
    card.buttons["send_again"].click()
    settled()
    assert page.cards == []
    with laptop.vault.reading() as read:
        assert read.get(Person, sam).family_name == "Ossei"


def refuse_a_change(laptop: Laptop, code: str = "constraint", gate: str = "") -> PersonId:
    """Let the service refuse a change of what Sam is called and how she talks best."""
    sam = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {})
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, sam, fields={"known_as": "Sammy"}, add={"comm_needs": {CommunicationNeed.LARGE_PRINT}})
    outbox = Outbox(laptop.vault)
    ops = outbox.freeze(1, most_ops=50, most_bytes=10**6)
    results = [OpResult(op_id=op.op_id, status=OpStatus.REJECTED, code=code, gate=gate) for op in ops]
    outbox.settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    return sam


def test_a_refused_change_says_which_field_is_wrong_and_what_was_written(
    page: AttentionPage, laptop: Laptop, shown: Show
) -> None:
    refuse_a_change(laptop, gate="person.dob.in_future")
    shown(page)
    (card,) = page.cards
    assert card.statement.words == (
        "A change in the record of Samira Osei could not be taken. The day of birth is after today."
    )
    assert "You wrote: the name they go by: Sammy" in card.detail.words
    assert list(card.buttons) == ["correct", "open", "understood"]


def test_a_refused_change_is_put_right_in_the_form_with_what_was_typed(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, settled: Settle, went: Went
) -> None:
    sam = refuse_a_change(laptop)
    shown(page)
    refused = {op.op_id for op in Outbox(laptop.vault).freeze(1, most_ops=50, most_bytes=10**6)}
    page.cards[0].buttons["correct"].click()
    settled()
    assert went.places == [("person", sam)]

    person = PersonPage(context)
    shown(person, sam)
    contact = person.parts["contact"]
    assert isinstance(contact, ContactPart)
    assert person.tabs.current == "contact"
    form = contact.about_form
    assert form.is_open
    assert form.known_as.text == "Sammy"
    assert "large_print" in form.comm_needs.values
    assert len(today.attention(laptop.vault)) == 1, "whoever leaves the form finds the item again"

    form.known_as.set_text("Sam O")
    form.save_button.click()
    settled()

    assert not form.is_open
    assert today.attention(laptop.vault) == ()
    with laptop.vault.reading() as read:
        assert read.get(Person, sam).known_as == "Sam O"
    (again,) = [op for op in Outbox(laptop.vault).freeze(1, most_ops=50, most_bytes=10**6) if op.kind is OpKind.PATCH]
    assert again.op_id not in refused
    page.load()
    settled()
    assert page.nothing.isVisible()


def test_whoever_leaves_the_form_finds_the_refused_change_on_the_list_again(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, settled: Settle
) -> None:
    sam = refuse_a_change(laptop)
    shown(page)
    page.cards[0].buttons["correct"].click()
    settled()
    person = PersonPage(context)
    shown(person, sam)
    contact = person.parts["contact"]
    assert isinstance(contact, ContactPart)
    contact.about_form.leave_button.click()
    settled()
    assert not contact.about_form.is_open
    assert [card.code for card in today.attention(laptop.vault)] == ["rejected.constraint"]
    again = PersonPage(context)
    shown(again, sam)
    assert again.tabs.current == "overview"


@pytest.mark.parametrize(
    ("both_kept", "by", "sentence"),
    [
        (True, "Jo", "Jo changed what they need on Friday at 08:20; both changes are kept."),
        (False, "Jo", "Jo changed what they need on Friday at 08:20, after you: that one stands."),
        (False, "", "Somebody changed what they need on Friday at 08:20, after you: that one stands."),
    ],
)
def test_a_merged_change_says_who_else_changed_it_and_what_stands(both_kept: bool, by: str, sentence: str) -> None:
    card = AttentionCard(
        id=story.refused("x").op_id,  # type: ignore[arg-type]
        code="merged",
        person_id=None,
        person_name="Samira Osei",
        words={"type": "person", "kind": "patch", "gate": "", "state": ""},
        record=None,
        at=START,
        choices=("understood",),
        meant=(Meant(record_type="person", field="needs", value=["housing"]),),
        others=(Other(field="needs", by=by, at=START - timedelta(days=2, minutes=40), both_kept=both_kept),),
    )
    words = card_words(card, START)
    assert words.statement == sentence
    assert words.detail.startswith("It is about Samira Osei.")
    assert ("You wrote:" in words.detail) is not both_kept


CODES = [
    "rejected.bad_transition", "rejected.gate", "rejected.not_passed_on",
    "rejected.not_permitted", "rejected.gone", "rejected.too_big",
    "rejected.constraint", "rejected.of_tomorrow", "held.out_of_scope", "held", "conflict", "merged", "dropped",
    "parked", "not_confirmed", "of_tomorrow",
]  # fmt: skip


ALL_CODES = [f"rejected.{code.value}" for code in RejectCode] + [f"held.{code.value}" for code in HoldCode]


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_code_of_the_service_has_words_and_a_next_step_of_its_own(code: str) -> None:
    statement, next_step = _CARDS[code]
    assert statement != _CARDS[code.partition(".")[0]][0]
    assert next_step


@pytest.mark.parametrize("code", sorted({*CODES, *ALL_CODES}))
@pytest.mark.parametrize("name", ["Samira Osei", ""])
def test_every_card_is_a_sentence_without_jargon(code: str, name: str) -> None:
    card = AttentionCard(
        id=story.refused("x").op_id,  # type: ignore[arg-type]
        code=code,
        person_id=None,
        person_name=name,
        words={"type": "referral", "kind": "transition", "gate": "gate_consent", "state": "accepted"},
        record=None,
        at=START,
        choices=("open", "send_again", "understood"),
    )
    words = card_words(card, START)
    assert words.statement[0].isupper() or words.statement[0].isdigit()
    assert words.statement.endswith(".")
    assert not re.search(
        r"[{}]|json|version|server|upload|download|\bid\b", words.statement + words.detail, re.IGNORECASE
    )
    assert all(choice for _key, choice in words.choices)
