"""Questions on the attention page: both values, who and when, one field at a time, to be undone until sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.clocks import london_time
from app.domain.codes import RecordType, Role
from app.domain.directory import Service
from app.domain.ids import PersonId, RecordId
from app.domain.person import Injury
from app.storage.outbox import Outbox
from app.use_cases import sync_status, today
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import questions, story
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_accessibility import LOOKS
from ui.context import PageContext
from ui.pages.attention import AttentionPage
from ui.pages.question_card import QuestionCard
from ui.theme import Theme
from ui.view_models.conflict_words import Entry
from ui.view_models.difference import Mark, changed, compared
from ui.view_models.today_words import today_line
from ui.widgets import DateField, SafeLabel, SelectField, TextArea, TextField

Show = Callable[..., Any]
Settle = Callable[[], None]


@pytest.fixture
def page(context: PageContext) -> AttentionPage:
    return AttentionPage(context)


def test_a_question_says_who_wrote_what_when_and_what_stands(page: AttentionPage, laptop: Laptop, shown: Show) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    (card,) = page.questions
    assert card.said.statement.words == (
        "Jo wrote Osei on Friday at 08:20. You wrote Ossei today at 08:45. Which is right?"
    )
    assert card.said.detail.words == (
        "It is about the family name of Samira Osei. Until somebody answers, Osei stands."
    )
    assert [card.buttons[key].words for key in ("first", "second", "left", "open")] == [
        "Osei",
        "Ossei",
        "Not sure: leave it for a colleague",
        "Open Samira Osei",
    ]
    assert card.buttons["first"].accessibleName() == "Osei, Jo, the family name"
    assert card.form is not None
    assert card.form.open_button.words == "Something else"


def test_choosing_a_value_shows_it_at_once_and_it_can_be_undone_until_it_is_sent(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    sam = questions.ask_about_sam(laptop)
    shown(page)
    page.questions[0].buttons["second"].click()
    settled()

    (card,) = page.questions
    assert (questions.family_name(laptop, sam), questions.kept_answers(laptop)) == ("Ossei", ["Ossei"])
    assert card.said.statement.words == "You chose Ossei. It is only on this laptop: you can still undo it."
    assert set(card.buttons) == {"undo", "open"}
    card.buttons["undo"].click()
    settled()

    assert (questions.family_name(laptop, sam), questions.kept_answers(laptop)) == ("Osei", [])
    assert "first" in page.questions[0].buttons


def test_an_answer_that_left_the_laptop_offers_no_undo(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    page.questions[0].buttons["first"].click()
    settled()
    Outbox(laptop.vault).freeze(1, most_ops=50, most_bytes=10**6)
    page.questions[0].buttons["undo"].click()
    settled()

    assert page.failure.banner.statement.words == "This answer was sent already, so it cannot be undone here."
    page.open(None)
    settled()
    assert "undo" not in page.questions[0].buttons
    assert page.questions[0].said.statement.words == "You chose Osei. It was sent and is not yet confirmed."


def test_something_else_is_typed_into_a_field_of_its_own(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    sam = questions.ask_about_sam(laptop)
    shown(page)
    card = page.questions[0]
    assert card.form is not None
    card.form.open_button.click()
    assert isinstance(card.field, TextField)
    card.field.set_text("  Osay ")
    card.form.save_button.click()
    settled()

    assert questions.family_name(laptop, sam) == "Osay"
    assert page.questions[0].said.statement.words.startswith("You chose Osay.")


def test_a_third_value_that_the_field_refuses_is_marked_where_it_was_typed(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    card = page.questions[0]
    assert card.form is not None
    card.form.open_button.click()
    assert isinstance(card.field, TextField)
    card.field.set_text("O" * 81)
    card.form.save_button.click()
    settled()

    assert card.field.error == "The family name is too long. Use at most 80 letters."
    assert card.field.text == "O" * 81
    assert questions.kept_answers(laptop) == []


def test_what_is_being_typed_stays_when_the_list_changes_under_it(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, settled: Settle
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    card = page.questions[0]
    assert card.form is not None
    card.form.open_button.click()
    assert isinstance(card.field, TextField)
    card.field.set_text("Osa")
    context.changes.tell({RecordType.PERSON})
    settled()

    assert page.questions == [card]
    assert card.field.text == "Osa"


def test_a_question_left_for_a_colleague_waits_no_longer_for_me(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    assert sync_status.status(laptop.vault, actor=laptop.actor).needs_you == 1
    page.questions[0].buttons["left"].click()
    settled()

    (card,) = page.questions
    assert card.said.statement.words == "You left this for later or for a colleague. It stays open for everybody else."
    assert sync_status.status(laptop.vault, actor=laptop.actor).needs_you == 0
    assert sync_status.status(laptop.vault, actor=make_actor(name="Ana")).needs_you == 1
    card.buttons["taken_up"].click()
    settled()
    assert "first" in page.questions[0].buttons


def test_asking_the_person_first_keeps_the_question_open_and_stands_under_today_until_it_is_answered(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    page.questions[0].buttons["ask_first"].click()
    settled()

    on = laptop.clock().date()
    (item,) = [
        item
        for item in today.today(laptop.vault, actor=laptop.actor, now=london_time(on, 12, 0))
        if item.code == "next_step"
    ]
    assert today_line(item, on).what.endswith("ask which is right: the family name")
    for value in ("Osei", "Ossei"):
        assert value not in item.words["note"]
    page.questions[0].buttons["taken_up"].click()
    settled()
    page.questions[0].buttons["first"].click()
    settled()
    assert [item.code for item in today.today(laptop.vault, actor=laptop.actor, now=london_time(on, 12, 0))].count(
        "next_step"
    ) == 0


def test_every_field_is_asked_by_itself_and_no_card_answers_two(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    sam = questions.ask_about_sam(laptop)
    questions.arrive(
        laptop,
        sam,
        given_name=questions.said(laptop, theirs="Samira", mine="Sameera"),
        dob=questions.said(laptop, theirs="1988-03-15", mine="1988"),
    )
    shown(page)
    assert [card.question.field for card in page.questions] == ["family_name", "dob", "given_name"]
    page.questions[1].buttons["second"].click()
    settled()
    assert questions.kept_answers(laptop) == ["1988"]
    assert sum(card.question.waits_for_me for card in page.questions) == 2


def test_days_and_codes_are_said_in_words_and_entered_as_elsewhere(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    sam = questions.ask_about_sam(laptop)
    injury = injury_of(laptop, sam)
    questions.arrive(laptop, sam, dob=questions.said(laptop, theirs="1988-03-15", mine=None))
    questions.arrive(
        laptop, sam, record=injury, kind=RecordType.INJURY, level=questions.said(laptop, theirs="T12", mine="L01")
    )
    shown(page)
    _name, day, level = page.questions
    assert day.said.statement.words.startswith("Jo wrote 15 March 1988 on Friday at 08:21. You left it empty today")
    assert day.buttons["second"].words == "Leave it empty"
    assert (day.words.entry, level.words.entry) == (Entry.DAY, Entry.CODE)
    assert isinstance(day.field, DateField)
    assert isinstance(level.field, SelectField)
    assert level.buttons["first"].words not in ("", "T12", "Other")
    assert day.form is not None
    day.form.open_button.click()
    for box, text in zip(day.field.boxes.values(), ("5", "3", "1988"), strict=True):
        box.setText(text)
    day.form.save_button.click()
    settled()
    assert questions.kept_answers(laptop) == ["1988-03-05"]


LONG = "Practical help with wheelchairs. We come to the ward. Ask for Tuesdays."
LONGER = "Practical help with wheelchairs. We come to the ward and to your home. Ask for Tuesdays. Lunch is free."


def test_two_long_texts_stand_side_by_side_with_what_differs_said_in_words(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle, context: PageContext
) -> None:
    card = two_texts(page, laptop, context, shown)

    assert card.said.statement.words == (
        "Jo and you changed the description of the service differently. Which text is right?"
    )
    words = [label.words for label in card.findChildren(SafeLabel)]
    assert words.count("Only in this text:") == 3
    assert words.count("Practical help with wheelchairs.") == 2
    assert "We come to the ward and to your home." in words
    assert [card.buttons[key].words for key in ("first", "second")] == ["Keep Jo’s", "Keep mine"]
    assert isinstance(card.field, TextArea)
    card.buttons["second"].click()
    settled()
    assert questions.kept_answers(laptop) == [LONGER]


def test_what_differs_is_found_sentence_by_sentence() -> None:
    left, right = compared("One. Two! Three", "One. Three")
    assert [(piece.words, piece.mark) for piece in left] == [
        ("One.", Mark.COMMON),
        ("Two!", Mark.ONLY_HERE),
        ("Three", Mark.COMMON),
    ]
    assert [(piece.words, piece.mark) for piece in right] == [("One.", Mark.COMMON), ("Three", Mark.COMMON)]
    assert compared("", "") == ((), ())


def test_a_card_is_answered_with_the_keyboard_alone_and_the_keyboard_goes_on_there(
    page: AttentionPage, laptop: Laptop, shown: Show, settled: Settle, qtbot: Any
) -> None:
    questions.ask_about_sam(laptop)
    shown(page)
    page.questions[0].buttons["second"].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    settled()

    assert questions.kept_answers(laptop) == ["Ossei"]
    assert QApplication.focusWidget() is page.questions[0].buttons["undo"]


def test_whose_role_may_not_change_the_field_is_told_and_not_asked(
    page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show
) -> None:
    questions.ask_about_sam(laptop)
    lead = make_actor(role=Role.SAFEGUARDING_LEAD)
    page.context = PageContext(**{**{name: getattr(context, name) for name in context.__slots__}, "actor": lead})
    shown(page)

    (card,) = page.questions
    assert set(card.buttons) == {"open"}
    assert card.form is None


def test_the_person_is_opened_from_the_question(page: AttentionPage, laptop: Laptop, shown: Show, went: Went) -> None:
    sam = questions.ask_about_sam(laptop)
    shown(page)
    page.questions[0].buttons["open"].click()
    assert went.places == [("person", sam)]


@pytest.mark.parametrize(
    ("clash", "sentence"),
    [
        ({"theirs_by": None}, "Somebody wrote Osei on Friday at 08:20."),
        ({"theirs_at": story.TODAY - timedelta(days=10)}, "Jo wrote Osei on 12 November at 09:00."),
        ({"theirs": None}, "Jo left it empty on Friday at 08:20."),
        ({"theirs_at": None}, "Jo wrote Osei."),
    ],
)
def test_what_is_not_known_leaves_no_hole_in_the_sentence(
    page: AttentionPage, laptop: Laptop, shown: Show, clash: dict[str, Any], sentence: str
) -> None:
    sam = story.tell_sams_story(laptop)
    questions.arrive(laptop, sam, family_name=questions.said(laptop, **{"theirs": "Osei", "mine": "Ossei", **clash}))
    shown(page)
    assert page.questions[0].said.statement.words.startswith(sentence)


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
def test_questions_have_no_fault_in_any_look(
    look: tuple[Any, int], page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show, qapp: QApplication
) -> None:
    Theme.load(*look).apply(qapp)
    two_texts(page, laptop, context, shown)
    page.questions[0].buttons["second"].click()
    for card in page.questions:
        if card.form is not None:
            card.form.open_button.click()
    assert faults(page) == []


def two_texts(page: AttentionPage, laptop: Laptop, context: PageContext, shown: Show) -> QuestionCard:
    """Show the page to a coordinator whose description of a service clashed with Jo's."""
    questions.ask_about_sam(laptop)
    with laptop.vault.reading() as read:
        service = next(each for each in read.all(Service) if each.org == laptop.actor.org)
    questions.arrive(
        laptop,
        PersonId(service.id),
        record=RecordId(service.id),
        kind=RecordType.SERVICE,
        description=questions.said(laptop, theirs=LONG, mine=LONGER),
    )
    coordinator = make_actor(role=Role.COORDINATOR)
    page.context = PageContext(**{**{name: getattr(context, name) for name in context.__slots__}, "actor": coordinator})
    shown(page)
    return next(card for card in page.questions if card.question.record == service.id)


def injury_of(laptop: Laptop, person: PersonId) -> RecordId:
    with laptop.vault.transaction(**laptop.act) as work:
        return work.create(Injury(**work.header(), person=person)).id


def test_what_each_writer_did_to_the_text_both_began_with_is_said_in_words() -> None:
    pieces = changed(
        "She prefers mornings. Her GP is Dr Hill.", "She prefers afternoons. Her GP is Dr Hill. Likes rugby."
    )
    assert [(piece.words, piece.mark) for piece in pieces] == [
        ("She prefers mornings.", Mark.REMOVED),
        ("She prefers afternoons.", Mark.ADDED),
        ("Her GP is Dr Hill.", Mark.COMMON),
        ("Likes rugby.", Mark.ADDED),
    ]


def test_a_question_about_a_text_marks_what_was_added_and_removed(
    page: AttentionPage, laptop: Laptop, shown: Show
) -> None:
    sam = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {})
    before = "She prefers mornings, and a quiet room to talk in, with the door shut."
    mine = "She prefers afternoons, and a quiet room to talk in, with the door shut."
    clash = questions.said(laptop, theirs=f"{before} Likes rugby.", mine=mine, before=before)
    questions.arrive(laptop, sam, pronouns=clash)
    shown(page)
    (card,) = page.questions
    said = [label.words for label in card.findChildren(SafeLabel)]
    assert said.count("Added:") == 2
    assert said.count("Removed:") == 1
    assert "Only in this text:" not in said
