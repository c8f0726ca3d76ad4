"""Registering somebody: few steps, what is known already beside the form, nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.codes import CommunicationNeed
from app.domain.person import ContactPoint, Person, Stay
from app.use_cases import drafts
from tests.helpers.vaults import Laptop
from tests.ui.pages import story
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.drafting import PAUSE_MS
from ui.pages.register_person import RegisterPersonPage
from ui.widgets import DateParts
from ui.widgets.error_summary import ErrorLink

Show = Callable[..., Any]
Settle = Callable[[], None]


@pytest.fixture
def page(context: PageContext) -> RegisterPersonPage:
    return RegisterPersonPage(context)


def people_in(laptop: Laptop) -> list[Person]:
    with laptop.vault.reading() as read:
        return list(read.all(Person))


def test_somebody_is_registered_in_four_steps(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle, went: Went, qtbot: Any
) -> None:
    shown(page)
    form = page.form
    qtbot.keyClicks(form.full_name.line, "Samira Osei")  # 1
    form.site.set_value(str(laptop.sites["stoke_mandeville"]))  # 2
    qtbot.keyClicks(form.ward.line, "St David")  # 3
    page.save_button.click()  # 4
    settled()
    (person,) = people_in(laptop)
    assert (person.given_name, person.family_name) == ("Samira", "Osei")
    with laptop.vault.reading() as read:
        (stay,) = read.of_person(Stay, person.person_id)
    assert stay.ward == "St David"
    assert went.places == [("person", person.person_id)]


def test_everything_else_is_kept_too(page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle) -> None:
    shown(page)
    form = page.form
    form.full_name.set_text("Maria van der Berg")
    form.contact_kind.choices["mobile"].click()
    form.contact_value.set_text("07700 900123")
    form.may_use.set_values(["call"])
    form.more_button.click()
    form.more.dob.boxes["year"].setText("1984")  # type: ignore[index]
    form.more.comm_needs.set_values(["eye_gaze"])
    form.more.nhs_number.set_text("943 476 5919")
    page.save_button.click()
    settled()
    (person,) = people_in(laptop)
    assert person.family_name == "van der Berg"
    assert person.dob == "1984"
    assert person.nhs_number == "9434765919"
    assert person.comm_needs == {CommunicationNeed.EYE_GAZE}
    with laptop.vault.reading() as read:
        (contact,) = read.of_person(ContactPoint, person.person_id)
    assert contact.value == "+447700900123"


def test_the_division_of_a_name_is_shown_and_can_be_changed(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    form = page.form
    form.full_name.set_text("Nguyen Van Anh")
    assert form.sorted_label.words == "Sorted under Van Anh."
    form.divide_button.click()
    form.given_name.set_text("Van Anh")
    form.family_name.set_text("Nguyen")
    form.site.set_value(str(laptop.sites["cardiff"]))
    page.save_button.click()
    settled()
    (person,) = people_in(laptop)
    assert person.family_name == "Nguyen"


def test_a_name_alone_is_refused_in_words_at_the_hospital_and_stays(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    page.form.full_name.set_text("Samira Osei")
    page.save_button.click()
    settled()
    assert people_in(laptop) == []
    assert page.form.site.error.startswith("A name is needed, and where the person is")
    assert page.errors.isVisible()
    assert page.errors.hasFocus()
    assert page.form.full_name.text == "Samira Osei"
    assert page.save_button.isEnabled()


def test_four_faults_are_all_said_each_at_its_field_in_the_order_of_the_form(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    form = page.form
    form.full_name.set_text("x" * 90)
    form.contact_kind.choices["mobile"].click()
    form.contact_value.set_text("07700 9001")
    form.more_button.click()
    form.more.leaves.set_parts(DateParts(day="1", month="1", year="2020"))
    form.more.nhs_number.set_text("abc")
    page.save_button.click()
    settled()

    fields = (form.full_name, form.contact_value, form.more.leaves, form.more.nhs_number)
    assert [link.words for link in page.errors.findChildren(ErrorLink)] == [field.error for field in fields]
    assert form.full_name.error.startswith("The full name is too long.")
    assert all(field.error for field in fields)
    assert people_in(laptop) == []


def test_a_discarded_form_begins_with_the_hospital_it_began_with(
    context: PageContext, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    site = laptop.sites["cardiff"]
    page = RegisterPersonPage(replace(context, actor=replace(context.actor, sites=frozenset({site}))))
    shown(page)
    page.form.full_name.set_text("Samira Osei")
    page.form.site.set_value(None)
    page.drafts.keep_now()
    settled()
    page.open()
    settled()

    page.draft_banner.discard_button.click()
    settled()

    assert page.form.site.value == str(site)
    assert page.form.full_name.text == ""


def test_a_refused_field_that_was_folded_is_unfolded_and_marked(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    form = page.form
    form.full_name.set_text("Samira Osei")
    form.site.set_value(str(laptop.sites["cardiff"]))
    form.more_button.click()
    form.more.nhs_number.set_text("943 476 5918")
    page.save_button.click()
    settled()
    assert form.more.nhs_number.isVisible()
    assert form.more.nhs_number.error.startswith("This is not an NHS number")


def test_somebody_known_is_shown_beside_the_form_with_the_reasons(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle, went: Went, qtbot: Any
) -> None:
    sam = story.register_sam(laptop)
    shown(page)
    qtbot.keyClicks(page.form.full_name.line, "Sameera Osei")
    page.form.contact_kind.choices["mobile"].click()
    qtbot.keyClicks(page.form.contact_value.line, "07700 900 123")
    qtbot.waitUntil(lambda: len(page.same.cards) == 1, timeout=5_000)
    (card,) = page.same.cards
    assert card.words.heading == "Probably Samira Osei"
    assert "the phone number is the same" in card.words.why.lower()
    assert "the family name is the same" in card.words.why.lower()
    card.open_button.click()
    assert went.places == [("person", sam)]


def test_a_stranger_is_said_to_be_unknown(page: RegisterPersonPage, shown: Show, qtbot: Any) -> None:
    shown(page)
    assert page.same.quiet.words.startswith("While you type")
    qtbot.keyClicks(page.form.full_name.line, "Tomasz Nowak")
    qtbot.waitUntil(lambda: "Nobody like this" in page.same.quiet.words, timeout=5_000)


def test_what_was_typed_survives_a_crash(
    context: PageContext, laptop: Laptop, shown: Show, settled: Settle, qtbot: Any
) -> None:
    first = RegisterPersonPage(context)
    shown(first)
    with qtbot.waitSignal(first.drafts.kept, timeout=5_000):
        qtbot.keyClicks(first.form.full_name.line, "Samira Osei")
    settled()
    first.hide()
    laptop.clock.forward(hours=3)
    second = RegisterPersonPage(context)
    shown(second)
    assert second.form.full_name.text == "Samira Osei"
    assert second.draft_banner.isVisible()
    assert second.draft_banner.statement.words == "Begun 3 hours ago and not saved yet."


def test_a_draft_is_kept_within_a_second_of_a_pause() -> None:
    assert PAUSE_MS < 1_000


def test_leaving_a_field_keeps_it_at_once(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    page.form.full_name.focus_control()
    QTest.keyClicks(page.form.full_name.line, "Samira")
    QTest.keyClick(page.form.full_name.line, Qt.Key.Key_Tab)
    settled()
    draft = drafts.load_draft(laptop.vault, actor=laptop.actor, page="register_person", subject=None)
    assert draft is not None
    assert draft.values["full_name"] == "Samira"


def test_a_draft_can_be_discarded_and_that_taken_back(
    page: RegisterPersonPage, context: PageContext, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    values = page.form.values() | {"full_name": "Samira Osei", "pronouns": "she/her"}
    drafts.save_draft(laptop.vault, **laptop.act, page="register_person", subject=None, values=values)
    shown(page)
    page.draft_banner.discard_button.click()
    settled()
    assert page.form.full_name.text == ""
    assert drafts.load_draft(laptop.vault, actor=laptop.actor, page="register_person", subject=None) is None
    page.draft_banner.undo_button.click()
    settled()
    assert page.form.full_name.text == "Samira Osei"
    assert page.form.more.pronouns.text == "she/her"
    kept = drafts.load_draft(laptop.vault, actor=laptop.actor, page="register_person", subject=None)
    assert kept is not None
    assert kept.values["full_name"] == "Samira Osei"


def test_saving_leaves_no_draft_behind(page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle) -> None:
    shown(page)
    page.form.full_name.set_text("Samira Osei")
    page.form.site.set_value(str(laptop.sites["cardiff"]))
    page.save_button.click()
    settled()
    assert drafts.drafts(laptop.vault, actor=laptop.actor) == ()


def test_a_hospital_that_is_not_in_the_list_is_added_and_chosen(
    page: RegisterPersonPage, laptop: Laptop, shown: Show, settled: Settle
) -> None:
    shown(page)
    page.form.no_site_button.click()
    page.form.new_site.set_text("Example General Hospital")
    page.form.add_site_button.click()
    settled()
    assert page.form.site.box.currentText() == "Example General Hospital"
    assert not page.form.new_site.isVisible()


def test_a_hospital_without_a_name_is_refused_at_its_field(
    page: RegisterPersonPage, shown: Show, settled: Settle
) -> None:
    shown(page)
    page.form.no_site_button.click()
    page.form.add_site_button.click()
    settled()
    assert page.form.new_site.error == "Enter the name of the hospital."


def test_the_example_of_a_day_to_come_lies_ahead_of_today(page: RegisterPersonPage, laptop: Laptop) -> None:
    assert page.form.more.leaves.hint.words == "For example, 13 12 2026"
    laptop.clock.forward(days=400)
    assert RegisterPersonPage(page.context).form.more.leaves.hint.words == "For example, 17 1 2028"
