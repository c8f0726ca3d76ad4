"""A person's page: what is due, honest stations, answers, ways to reach them, notes that keep themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from app.domain.card import RemovalReceipt, WaitingLaptop
from app.domain.codes import (
    Ais,
    Cause,
    ContactKind,
    InjuryLevel,
    MayUse,
    NonTraumaticKind,
    NoteLevel,
    Purpose,
    RecordType,
    ReferralState,
    Role,
    TaskKind,
    ToldBy,
)
from app.domain.ids import DeviceId, PersonId
from app.domain.note import CaseNote
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.referral_states import Actor as Side
from app.domain.task import Task
from app.errors import BadInputError
from app.use_cases import injuries, people, person_page, stops
from app.use_cases.stops import Stop
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import story
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.person import PersonPage
from ui.pages.person_contact import ContactPart, NumberLine
from ui.pages.person_history import HistoryPart
from ui.pages.person_notes import NotesPart
from ui.pages.referral_cards import ReferralCardView
from ui.view_models.person_facts import header_facts
from ui.view_models.removal_words import removal_words
from ui.widgets import AttentionCard, Banner, Button, DateParts, Manner, PersonHeader, SafeLabel
from ui.widgets.error_summary import ErrorLink

Show = Callable[..., Any]
Settle = Callable[[], None]


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return story.tell_sams_story(laptop)


@pytest.fixture
def page(context: PageContext) -> PersonPage:
    return PersonPage(context)


def words_on(page: Any) -> list[str]:
    return [label.words for label in page.findChildren(SafeLabel) if label.isVisible()]


def contact_part(page: PersonPage) -> ContactPart:
    page.show_part("contact")
    part = page.parts["contact"]
    assert isinstance(part, ContactPart)
    return part


def notes_part(page: PersonPage) -> NotesPart:
    page.show_part("notes")
    part = page.parts["notes"]
    assert isinstance(part, NotesPart)
    return part


def test_the_header_says_who_where_and_how_to_talk_with_them(page: PersonPage, sam: PersonId, shown: Show) -> None:
    shown(page, sam)
    header = page.findChild(PersonHeader)
    assert header is not None
    assert header.name.words == "Samira Osei"
    assert header.address.words == "known as Sam · she/her"
    assert header.place.words == "Stoke Mandeville · St David ward, bed 4 · expected to leave 12 December"
    assert {"Eye gaze", "Needs time"} <= set(words_on(page))


def test_what_is_due_stands_first_and_goes_to_the_bedside_page(
    page: PersonPage, sam: PersonId, shown: Show, went: Went
) -> None:
    shown(page, sam)
    (card,) = [card for card in page.findChildren(AttentionCard) if card.isVisible()]
    assert card.statement.words == "Ask Sam again about a mentor with Back Up."
    assert card.detail.words == "On 12 November Sam was not able to answer. Leaves in 20 days."
    next(button for button in card.findChildren(Button) if button.words == "Ask now").click()
    assert went.places == [("consent", sam)]


def test_somebody_never_asked_is_shown_as_helped_by_nobody(page: PersonPage, laptop: Laptop, shown: Show) -> None:
    person = story.register_sam(laptop)
    shown(page, person)
    assert "Nobody may help Sam yet" in words_on(page)


def test_referrals_show_only_what_is_proved(page: PersonPage, sam: PersonId, shown: Show, went: Went) -> None:
    shown(page, sam)
    cards = list(page.parts["overview"].findChildren(ReferralCardView))
    names = [card.accessibleName() for card in cards]
    assert names == ["Back Up: wheelchair skills", "Aspire: adapted temporary housing"]
    said = words_on(page)
    assert "Opened by Back Up on 16 November." in said
    assert "Accepted by Aspire on 14 November." in said
    cards[0].open_button.click()
    assert went.places[0][0] == "referral"


def test_every_answer_is_listed_with_its_end(page: PersonPage, sam: PersonId, shown: Show) -> None:
    shown(page, sam)
    page.show_part("consent")
    said = words_on(page)
    assert "Contact details, the injury and needs, until 10 February 2028" in said
    assert {"Agreed", "Refused", "Not able now"} <= set(said)
    assert "Not asked: find a mentor, count in totals, invite to research and news and appeals." in said


def test_the_buttons_go_where_their_words_say(page: PersonPage, sam: PersonId, shown: Show, went: Went) -> None:
    shown(page, sam)
    assert [page.ask_button.words, page.refer_button.words, page.stop_button.words] == [
        "Ask Sam",
        "Refer Sam",
        "Sam says stop",
    ]
    page.refer_button.click()
    page.stop_button.click()
    assert went.places == [("refer", sam), ("stop_sharing", sam)]


def test_news_of_a_referral_appears_on_the_open_page(
    page: PersonPage, sam: PersonId, laptop: Laptop, context: PageContext, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    view = person_page.open_person(laptop.vault, **laptop.act, person_id=sam)
    skills = next(each for each in view.referrals if each.to_org_name == "Back Up")
    story.step(laptop, skills.referral_id, ReferralState.ACCEPTED, Side.RECEIVER, first_step_on="2026-12-01",
               accepted_needs=["wheelchair_skills"])  # fmt: skip
    context.changes.tell({RecordType.REFERRAL})
    settled()
    assert "Accepted by Back Up on 22 November." in words_on(page)


def test_a_person_who_is_not_here_is_said_in_words(page: PersonPage, laptop: Laptop, shown: Show) -> None:
    shown(page, laptop.vault.ids())
    assert page.failure.isVisible()
    assert page.failure.banner.statement.words == "This is not here."


# Contact


def test_a_move_to_another_ward_is_recorded(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).place_form
    form.open_button.click()
    settled()
    assert form.site.box.currentText() == "Stoke Mandeville"
    assert form.ward.text == "St David"
    form.ward.set_text("St Andrew")
    form.bed.set_text("9")
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        (stay,) = read.of_person(Stay, sam)
    assert (stay.ward, stay.bed) == ("St Andrew", "9")
    assert not form.is_open
    assert any("St Andrew ward, bed 9" in words for words in words_on(page))


def test_a_day_that_does_not_exist_is_marked_and_kept(
    page: PersonPage, sam: PersonId, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).place_form
    form.open_button.click()
    settled()
    form.leaves.boxes["month"].setText("13")  # type: ignore[index]
    form.save_button.click()
    settled()
    assert form.is_open
    assert form.leaves.error.startswith("This day is not in the calendar.")
    assert form.leaves.parts().month == "13"


def test_a_new_way_to_reach_them_offers_only_what_it_can_do(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).contact_form
    form.open_button.click()
    assert not form.uses.isVisible()
    form.kind.choices["email"].click()
    assert [key for key, tick in form.uses.ticks.items() if tick.isVisible()] == ["email"]
    form.value.set_text("sam@example.org")
    form.uses.set_values(["email"])
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        contacts = read.of_person(ContactPoint, sam)
    assert [(each.kind, each.may_use) for each in contacts if each.kind is ContactKind.EMAIL] == [
        (ContactKind.EMAIL, {MayUse.EMAIL})
    ]


def test_a_number_that_is_none_is_refused_at_its_field(
    page: PersonPage, sam: PersonId, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).contact_form
    form.open_button.click()
    form.kind.choices["mobile"].click()
    form.value.set_text("her sister’s")
    form.save_button.click()
    settled()
    assert form.value.error.startswith("This phone number is not whole.")
    assert form.value.text == "her sister’s"


def test_everything_that_is_wrong_with_a_contact_is_said_at_once(
    page: PersonPage, sam: PersonId, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).contact_form
    form.open_button.click()
    form.save_button.click()
    settled()
    assert all(field.error for field in (form.kind, form.value))
    said = [link.words for link in page.errors.findChildren(ErrorLink)]
    assert said == [form.kind.error, form.value.error]
    form.kind.choices["mobile"].click()
    form.value.set_text("her sister’s")
    form.save_button.click()
    settled()
    assert (bool(form.kind.error), bool(form.value.error)) == (False, True)


def test_everything_that_is_wrong_with_an_injury_is_said_at_once(
    page: PersonPage, sam: PersonId, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).injury_form
    form.open_button.click()
    form.day.set_parts(DateParts(day="40", month="13", year="2026"))
    form.save_button.click()
    settled()
    assert form.day.error
    assert form.told_by.error == "Choose who told you."
    assert form.day.parts() == DateParts(day="40", month="13", year="2026")


def test_permissions_can_be_taken_away(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    (form,) = contact_part(page)._uses_forms
    form.open_button.click()
    assert set(form.uses.values) == {"call", "text"}
    form.uses.set_values(["call"])
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        (contact,) = read.of_person(ContactPoint, sam)
    assert contact.may_use == {MayUse.CALL}
    assert "May be used to: call." in words_on(page)


def test_what_is_known_of_them_can_be_changed(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).about_form
    form.open_button.click()
    form.pronouns.set_text("they/them")
    form.comm_needs.set_values(["eye_gaze", "letter_board"])
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        person = read.get(Person, sam)
    assert person.pronouns == "they/them"
    assert {need.value for need in person.comm_needs} == {"eye_gaze", "letter_board"}


def test_an_nhs_number_is_masked_until_it_is_asked_for(page: PersonPage, sam: PersonId, shown: Show) -> None:
    shown(page, sam)
    contact_part(page)
    line = page.findChild(NumberLine)
    assert line is not None
    assert line.label.words == "NHS number ••• ••• ••••"
    line.button.click()
    assert line.label.words == "NHS number 943 476 5919"
    line.button.click()
    assert "943" not in line.label.words


# The injury


def injury_of(laptop: Laptop, person: PersonId) -> list[Injury]:
    with laptop.vault.reading() as read:
        return list(read.of_person(Injury, person))


def test_what_is_told_of_an_injury_is_recorded_and_read_in_words(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).injury_form
    assert "Nothing is recorded of their injury." in words_on(page)
    assert form.open_button.words == "Record the injury"
    form.open_button.click()
    form.level.set_value("C5")
    form.completeness.choices["incomplete"].click()
    assert not form.kind.isVisible()
    form.cause.choices["non_traumatic"].click()
    assert form.kind.isVisible()
    form.kind.choices["tumour"].click()
    form.ventilation.choices["part_time"].click()
    form.day.set_parts(DateParts(month="5", year="2026"))
    form.told_by.choices["family"].click()
    form.save_button.click()
    settled()
    (injury,) = injury_of(laptop, sam)
    assert (injury.level, injury.injury_date, injury.non_traumatic_kind) == ("C5", "2026-05", "tumour")
    said = words_on(page)
    assert {"C5 (neck)", "Incomplete", "Illness or other cause, not an accident: tumour", "May 2026", "Family"} <= set(
        said
    )
    assert "Uses a breathing machine part of the day" in said
    assert not form.is_open
    assert form.open_button.words == "Change the injury"


def test_not_knowing_is_an_answer_to_every_question_but_who_said_it(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).injury_form
    form.open_button.click()
    form.save_button.click()
    settled()
    assert form.told_by.error == "Choose who told you."
    assert injury_of(laptop, sam) == []
    form.told_by.choices["self"].click()
    form.save_button.click()
    settled()
    (injury,) = injury_of(laptop, sam)
    assert (injury.level, injury.cause, injury.injury_date) == ("X99", "unknown", None)
    assert words_on(page).count("Not known") == 6


def test_a_change_of_the_injury_begins_with_what_is_recorded(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    told = injuries.InjuryForm(
        level=InjuryLevel.T4,
        ais=Ais.B,
        cause=Cause.NON_TRAUMATIC,
        non_traumatic_kind=NonTraumaticKind.INFECTION,
        told_by=ToldBy.CLINICIAN,
        injury_date=("3", "5", "2026"),
    )
    injuries.record_injury(laptop.vault, **laptop.act, person_id=sam, form=told)
    shown(page, sam)
    form = contact_part(page).injury_form
    form.open_button.click()
    assert (form.level.value, form.ais.value, form.kind.value) == ("T4", "B", "infection")
    assert form.day.parts() == DateParts(day="3", month="5", year="2026")
    form.cause.choices["fall"].click()
    form.day.set_parts(DateParts())
    form.save_button.click()
    settled()
    (injury,) = injury_of(laptop, sam)
    assert (injury.level, injury.ais, injury.cause) == ("T4", "B", "fall")
    assert (injury.non_traumatic_kind, injury.injury_date) == (None, None)


def test_a_day_of_injury_after_today_is_marked_and_kept(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    form = contact_part(page).injury_form
    form.open_button.click()
    form.told_by.choices["self"].click()
    form.day.set_parts(DateParts(year="2031"))
    form.save_button.click()
    settled()
    assert form.day.error == "The day of the injury is after today."
    assert form.day.parts().year == "2031"
    assert injury_of(laptop, sam) == []


# What is held


def test_somebody_who_asks_what_is_held_is_passed_on_to_the_data_protection_lead(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle, went: Went
) -> None:
    shown(page, sam)
    page.show_part("history")
    part = page.parts["history"]
    assert isinstance(part, HistoryPart)
    part.form.open_button.click()
    part.form.save_button.click()
    settled()
    assert part.received_on.error
    part.received_on.set_parts(DateParts(day="20", month="11", year="2026"))
    part.form.save_button.click()
    settled()
    assert part.told.isVisible()
    assert went.sends == 1
    with laptop.vault.reading() as read:
        (task,) = [each for each in read.of_person(Task, sam) if each.kind is TaskKind.ACCESS_REQUEST]
    assert (task.for_role, task.due_on) == (Role.DATA_PROTECTION_LEAD, date(2026, 12, 20))
    part.form.open_button.click()
    part.form.save_button.click()
    settled()
    assert "already" in part.received_on.error


# Notes


def test_a_note_needs_words_and_readers(page: PersonPage, sam: PersonId, shown: Show, settled: Settle) -> None:
    shown(page, sam)
    part = notes_part(page)
    part.save_button.click()
    settled()
    assert part.text.error == "Write the note first."
    part.text.set_text("Called her sister.")
    part.save_button.click()
    settled()
    assert part.level.error == "Enter who may read the note."
    assert part.text.text == "Called her sister."


def test_a_note_is_saved_and_stands_first(
    page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    part = notes_part(page)
    part.text.set_text("Called her sister.")
    part.level.choices["organisation"].click()
    part.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        notes = read.of_person(CaseNote, sam)
    assert notes[-1].text == "Called her sister."
    said = words_on(page)
    assert said.index("Called her sister.") < said.index(
        "Would like to see the kitchen of the new flat.\nHer sister visits on Sundays."
    )
    assert part.text.text == ""


def test_what_the_person_says_about_a_note_stands_below_it_and_the_note_stays(
    context: PageContext, page: PersonPage, sam: PersonId, laptop: Laptop, shown: Show, settled: Settle, qtbot: Any
) -> None:
    shown(page, sam)
    part = notes_part(page)
    (original, button), *_ = part.amend_buttons.items()
    button.click()
    assert part.about.isVisible()
    assert part.level.value == "organisation", "as the note it is about"
    with qtbot.waitSignal(part.drafts.kept, timeout=5_000):
        part.text.set_text("She visits on Saturdays.")
    # Kept over a lock, with what it is about.
    again = PersonPage(context)
    shown(again, sam)
    part = notes_part(again)
    settled()
    assert part.text.text == "She visits on Saturdays."
    assert part.about.isVisible()
    part.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        notes = read.of_person(CaseNote, sam)
    assert notes[-1].amends == original
    said = words_on(again)
    old = "Would like to see the kitchen of the new flat.\nHer sister visits on Sundays."
    assert said.index(old) < said.index("She visits on Saturdays."), "below it, though it is newer"
    assert not part.about.isVisible()
    assert list(part.amend_buttons) == [original], "what is said about a note is corrected by another"


def test_what_is_said_about_a_note_is_read_by_no_more_people_than_the_note(laptop: Laptop, sam: PersonId) -> None:
    wide = people.add_note(laptop.vault, **laptop.act, person_id=sam, text="For all.", level=NoteLevel.PARTNERS_AGREED)
    note = people.add_note(laptop.vault, **laptop.act, person_id=sam, text="For us.", level=NoteLevel.ORGANISATION)
    say = partial(people.add_note, laptop.vault, **laptop.act, person_id=sam, text="No.")
    assert say(level=NoteLevel.ORGANISATION, amends=wide.id).amends == wide.id
    with pytest.raises(BadInputError, match=r"case_note\.level\.not_permitted"):
        say(level=NoteLevel.PARTNERS_AGREED, amends=note.id)
    with pytest.raises(BadInputError, match=r"case_note\.amends\.not_permitted"):
        say(level=NoteLevel.ORGANISATION, amends=sam)


def test_a_note_being_written_comes_back(
    context: PageContext, sam: PersonId, shown: Show, settled: Settle, qtbot: Any
) -> None:
    first = PersonPage(context)
    shown(first, sam)
    part = notes_part(first)
    with qtbot.waitSignal(part.drafts.kept, timeout=5_000):
        part.text.set_text("Half a thought")
    first.hide()
    second = PersonPage(context)
    shown(second, sam)
    again = notes_part(second)
    assert again.text.text == "Half a thought"


def test_news_leaves_what_is_being_written_alone(
    page: PersonPage, sam: PersonId, context: PageContext, shown: Show, settled: Settle
) -> None:
    shown(page, sam)
    part = notes_part(page)
    part.text.set_text("Half a thought")
    context.changes.tell({RecordType.CASE_NOTE})
    settled()
    assert part.text.text == "Half a thought"
    assert page.tabs.current == "notes"


# What a role or a partner sees


def test_a_role_that_may_not_ask_sees_no_button_for_it(
    laptop: Laptop, context: PageContext, sam: PersonId, shown: Show
) -> None:
    lead = make_actor(role=Role.DATA_PROTECTION_LEAD)
    page = PersonPage(replace(context, actor=lead))
    shown(page, sam)
    assert not page.ask_button.isVisible()
    assert not page.refer_button.isVisible()
    assert page.stop_button.isVisible()
    assert not notes_part(page).text.isVisible()


def test_a_fault_shows_a_report_that_can_be_read_first(
    page: PersonPage, sam: PersonId, shown: Show, settled: Settle, caplog: pytest.LogCaptureFixture
) -> None:
    shown(page, sam)
    page.ask(lambda: {}["Samira"], page.show_failure)  # type: ignore[index, arg-type]
    settled()
    assert page.failure.banner.statement.words == "Something went wrong inside Alongside."
    assert page.failure.report.isVisible()
    assert "KeyError" in page.failure.report.text
    assert "Samira" not in page.failure.report.text
    assert "fault: KeyError" in caplog.text


def waiting_laptop(seen: date | None, locks: date | None) -> WaitingLaptop:
    return WaitingLaptop(device=DeviceId(uuid4()), last_seen_on=seen, locks_on=locks)


IN_MAY = waiting_laptop(date(2027, 5, 3), date(2027, 5, 17))
IN_JUNE = waiting_laptop(date(2027, 6, 1), date(2027, 6, 15))


def prove(laptop: Laptop, person: PersonId, *, laptops: int, removed: int, waiting: tuple[WaitingLaptop, ...]) -> None:
    laptop.clock.now = datetime(2027, 5, 10, 9, 0, tzinfo=UTC)
    with laptop.vault.transaction(**laptop.act) as work:
        work.append(
            RemovalReceipt(
                **work.header(),
                person=person,
                partner=laptop.orgs["back_up"],
                partner_name="Back Up",
                ordered_at=laptop.clock(),
                laptops=laptops,
                removed=removed,
                waiting=waiting,
            )
        )


@pytest.mark.parametrize(
    ("laptops", "removed", "waiting", "statement", "detail", "manner"),
    [
        (
            2,
            0,
            (IN_MAY, IN_JUNE),
            "Back Up: 0 of 2 laptops have removed this.",
            "The first was last seen on 3 May and locks itself on 17 May. "
            "The second was last seen on 1 June and locks itself on 15 June.",
            Manner.ATTENTION,
        ),
        (
            4,
            3,
            (IN_MAY,),
            "Back Up: 3 of 4 laptops have removed this.",
            "The fourth was last seen on 3 May and locks itself on 17 May.",
            Manner.ATTENTION,
        ),
        (4, 4, (), "Back Up: 4 of 4 laptops have removed this.", "", Manner.DONE),
    ],
)
def test_proof_that_a_partner_removed_a_person_is_said_under_consent_and_history(
    page: PersonPage,
    sam: PersonId,
    laptop: Laptop,
    shown: Show,
    laptops: int,
    removed: int,
    waiting: tuple[WaitingLaptop, ...],
    statement: str,
    detail: str,
    manner: Manner,
) -> None:
    prove(laptop, sam, laptops=laptops, removed=removed, waiting=waiting)
    shown(page, sam)
    page.show_part("consent")
    (banner,) = [banner for banner in page.parts["consent"].findChildren(Banner) if banner.isVisible()]
    assert (banner.statement.words, banner.detail.words, banner.manner) == (statement, detail, manner)
    page.show_part("history")
    said = words_on(page)
    assert statement in said
    assert said[said.index(statement) + 1] == " · ".join(part for part in ("10 May, 10:00", detail) if part)


@pytest.mark.parametrize(
    ("laptops", "removed", "waiting", "words"),
    [
        (0, 0, (), "Back Up: no laptop held this."),
        (1, 1, (), "Back Up: the only laptop has removed this."),
        (
            1,
            0,
            (waiting_laptop(date(2027, 4, 3), date(2027, 4, 17)),),
            "Back Up: the only laptop has not removed this yet. "
            "It was last seen on 3 April and locked itself on 17 April.",
        ),
        (
            2,
            1,
            (waiting_laptop(None, None),),
            "Back Up: 1 of 2 laptops have removed this. The second was never seen.",
        ),
        (
            9,
            4,
            (IN_MAY, IN_MAY, IN_MAY, IN_MAY, IN_JUNE),
            "Back Up: 4 of 9 laptops have removed this. The other 5 lock themselves by 15 June at the latest.",
        ),
        (
            12,
            11,
            (IN_MAY,),
            "Back Up: 11 of 12 laptops have removed this. Laptop 12 was last seen on 3 May and locks itself on 17 May.",
        ),
    ],
)
def test_few_and_many_laptops_are_told_so_that_it_reads_well(
    laptop: Laptop, laptops: int, removed: int, waiting: tuple[WaitingLaptop, ...], words: str
) -> None:
    person = story.register_sam(laptop)
    prove(laptop, person, laptops=laptops, removed=removed, waiting=waiting)
    with laptop.vault.reading() as read:
        (receipt,) = read.of_person(RemovalReceipt, person)
    said = removal_words(receipt, date(2027, 5, 10))
    assert f"{said.statement} {said.detail}".strip() == words
    assert said.is_whole is (laptops == removed)


@pytest.mark.parametrize(
    ("known_as", "address"), [("", ""), ("Mary Jane", ""), ("Jane", ""), ("MJ", "known as MJ"), ("Mar", "known as Mar")]
)
def test_known_as_is_said_only_when_it_is_another_name(
    laptop: Laptop, context: PageContext, known_as: str, address: str
) -> None:
    person = story.register_sam(laptop, full_name="Mary Jane Watson", known_as=known_as, pronouns="")
    view = person_page.open_person(laptop.vault, actor=laptop.actor, now=laptop.clock(), person_id=person)

    assert header_facts(view, context.on).address == address


def test_a_saved_note_leaves_neither_its_error_nor_the_words_about_its_draft(
    laptop: Laptop, context: PageContext, shown: Show, settled: Settle
) -> None:
    page = shown(PersonPage(context), story.register_sam(laptop))
    notes = notes_part(page)
    notes.save_button.click()
    settled()
    assert notes.text.error == "Write the note first."
    assert notes.level.error, "both are said at once"

    notes.text.set_text("Called her sister.")
    notes.level.set_value("organisation")
    notes.save_button.click()
    settled()

    assert notes.kept.words == "Saved on this laptop."
    assert (notes.text.error, notes.level.error) == ("", "")
    assert not page.errors.isVisible()


def test_the_characters_left_are_counted_only_near_the_end(laptop: Laptop, context: PageContext, shown: Show) -> None:
    page = shown(PersonPage(context), story.register_sam(laptop))
    notes = notes_part(page)
    notes.text.set_text("x" * 7_199)
    assert not notes.text.left_label.isVisible()
    notes.text.set_text("x" * 7_200)
    assert notes.text.left_label.words == "800 characters are left."
    notes.text.set_text("x" * 8_001)
    assert notes.text.left_label.words == "1 characters too many."


def test_overview_says_that_nobody_may_help_any_more(laptop: Laptop, context: PageContext, shown: Show) -> None:
    sam = story.register_sam(laptop)
    story.ask(laptop, sam, story.cell(laptop, "aspire", Purpose.REFERRAL_CONTACT))
    words = "Nobody may help Sam any more"
    before = shown(PersonPage(context), sam)
    assert words not in [banner.statement.words for banner in before.findChildren(Banner)]

    everything = Stop(org=laptop.orgs["aspire"], purpose=None)
    stops.stop_sharing(laptop.vault, **laptop.act, person_id=sam, stop=everything)

    after = shown(PersonPage(context), sam)
    assert words in [banner.statement.words for banner in after.findChildren(Banner)]
