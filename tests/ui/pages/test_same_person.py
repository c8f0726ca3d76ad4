"""One person or two: both records in words, why, what has to be chosen, and three answers that can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.domain.audit import AuditEntry
from app.domain.card import ShareCard
from app.domain.codes import AuditAction, ContactKind, NoteLevel, Purpose, Role, SameDecision, TaskKind
from app.domain.ids import SYSTEM, PersonId
from app.domain.person_merge import PersonMerge, SamePerson
from app.domain.task import Task
from app.use_cases import joining, today
from app.use_cases.people import add_note
from tests.helpers.accessibility import faults
from tests.helpers.acts import register
from tests.helpers.vaults import Laptop, stable_id
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import Went
from tests.ui.pages.story import answer_from_service
from ui.context import PageContext
from ui.pages.person import PersonPage
from ui.pages.referral import ReferralPage
from ui.pages.same_person import SamePersonPage
from ui.theme import Theme, ThemeName
from ui.view_models.pair_words import ONE, OTHER
from ui.view_models.registration import shipped_name_tables
from ui.view_models.subjects import ComparePair
from ui.widgets import TickGroup

Show = Callable[..., Any]
Settle = Callable[[], None]


def page_text(page: QWidget) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


@pytest.fixture
def office(context: PageContext, laptop: Laptop) -> PageContext:
    """The page as a coordinator has it."""
    actor = replace(laptop.actor, role=Role.COORDINATOR, roles=frozenset({Role.COORDINATOR}))
    laptop.actor = actor
    return replace(context, actor=actor)


@pytest.fixture
def pair(laptop: Laptop) -> ComparePair:
    one = register(laptop, "William Fergusson", dob=("4", "7", "1988"), nhs_number="943 476 5919")
    laptop.clock.forward(seconds=2)
    other = register(
        laptop,
        "Bill Ferguson",
        ward="Heron",
        contact_kind=ContactKind.MOBILE,
        contact_value="07700 900123",
    )
    return ComparePair(one=other, other=one)


def in_vault(laptop: Laptop, kind: type, person: PersonId) -> list[Any]:
    with laptop.vault.reading() as read:
        return list(read.of_person(kind, person))


def test_both_records_and_the_reasons_are_said_in_words(office: PageContext, shown: Show, pair: ComparePair) -> None:
    page = shown(SamePersonPage(office), pair)
    text = page_text(page)
    assert "The records of William Fergusson and Bill Ferguson may be about one person." in text
    assert "Bill is short for William" in text
    assert "the family names sound alike" in text.lower()
    assert "943 476 5919" in text
    assert "Stoke Mandeville" in text
    assert not any(word in text for word in ("given_equal", "person_merge", str(pair.one)))
    assert list(page.choices) == ["person.given_name", "person.family_name", "stay.stay"]
    assert all(choice.value is None for choice in page.choices.values())


def test_what_was_not_chosen_is_said_at_its_field_and_nothing_is_kept(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair
) -> None:
    page = shown(SamePersonPage(office), pair)
    page.choices["person.given_name"].set_value(ONE)
    page.same_button.click()
    settled()
    assert page.choices["person.family_name"].error
    assert page.choices["stay.stay"].error
    assert page.choices["person.given_name"].value == ONE
    assert in_vault(laptop, PersonMerge, pair.other) == []


def test_making_one_record_waits_for_the_exchange_and_says_so(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair, went: Went
) -> None:
    joining.look_for_pairs(laptop.vault, **laptop.act, names=shipped_name_tables())
    page = shown(SamePersonPage(office), pair)
    for choice, which in zip(page.choices.values(), (ONE, OTHER, ONE), strict=True):
        choice.set_value(which)
    page.same_button.click()
    settled()

    (merge,) = in_vault(laptop, PersonMerge, pair.other)
    assert (merge.chosen["given_name"], merge.chosen["family_name"]) == ("William", "Ferguson")
    assert went.places[-1] == ("person", pair.other)
    assert [task.state for task in in_vault(laptop, Task, pair.other)] == ["done"]
    again = shown(SamePersonPage(office), pair)
    assert "Without a network both stay as they are" in page_text(again)
    assert not again.same_button.isVisible()


def test_two_people_are_kept_with_who_and_why(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair, went: Went
) -> None:
    page = shown(SamePersonPage(office), pair)
    page.not_same.open_button.click()
    page.why.set_text("Father and son.")
    page.not_same.save_button.click()
    settled()
    (decided,) = in_vault(laptop, SamePerson, pair.other)
    assert (decided.decision, decided.why, decided.created_by) == ("not_same", "Father and son.", laptop.actor.user)
    assert went.places[-1] == ("today", None)
    assert joining.look_for_pairs(laptop.vault, **laptop.act, names=shipped_name_tables()) == 0


def test_later_brings_the_question_back_in_a_week(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair
) -> None:
    page = shown(SamePersonPage(office), pair)
    page.later_button.click()
    settled()
    (task,) = in_vault(laptop, Task, pair.other)
    assert (task.due_on - laptop.clock().date()).days == 7


def test_the_question_waits_on_the_coordinators_list_and_on_both_pages(
    office: PageContext, laptop: Laptop, shown: Show, pair: ComparePair, went: Went
) -> None:
    assert joining.look_for_pairs(laptop.vault, **laptop.act, names=shipped_name_tables()) == 1
    (item,) = (
        item for item in today.today(laptop.vault, actor=laptop.actor, now=laptop.clock()) if item.page == "same_person"
    )
    page = shown(SamePersonPage(office), item.subject)
    assert page.pair is not None
    for person in (pair.one, pair.other):
        person_page = shown(PersonPage(office), person)
        (button,) = person_page.joined.compare_buttons
        button.click()
        assert went.places[-1][0] == "same_person"


def test_an_outreach_worker_asks_a_coordinator(
    context: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair
) -> None:
    page = shown(SamePersonPage(context), pair)
    assert "A coordinator decides this." in page_text(page)
    assert not page.same_button.isVisible()
    assert not page.not_same.isVisible()
    page.ask_button.click()
    settled()
    (task,) = in_vault(laptop, Task, pair.other)
    assert task.for_role is Role.COORDINATOR


def test_what_speaks_against_it_is_said_too(office: PageContext, laptop: Laptop, shown: Show) -> None:
    one = register(laptop, "William Fergusson", dob=("4", "7", "1988"))
    other = register(laptop, "William Fergusson", dob=("12", "11", "1951"))
    page = shown(SamePersonPage(office), ComparePair(one=one, other=other))
    assert "Against it: the days of birth differ" in page_text(page)


def test_hostile_names_stay_plain_text(office: PageContext, laptop: Laptop, shown: Show) -> None:
    one = register(laptop, "<b>Ann</b> {name} %1", nhs_number="943 476 5919")
    other = register(laptop, "{} <img src=x> %s")
    page = shown(SamePersonPage(office), ComparePair(one=one, other=other))
    assert "<b>Ann</b> {name} %1" in page_text(page)


@pytest.mark.parametrize(
    ("name", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
)
def test_the_page_is_named_reachable_and_readable_in_every_look(
    office: PageContext, qapp: QApplication, shown: Show, pair: ComparePair, name: ThemeName, scale: int
) -> None:
    Theme.load(name, scale).apply(qapp)
    page = shown(SamePersonPage(office), pair)
    page.not_same.unfold()
    assert faults(page) == []


def test_what_was_written_since_is_dealt_out_before_two_records_are_made_again(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, pair: ComparePair
) -> None:
    one, other = pair.other, pair.one
    view = joining.open_pair(laptop.vault, **laptop.act, one=one, other=other, names=shipped_name_tables())
    stay = view.one.stay
    assert stay is not None
    chosen = {name: view.one.person[name] for name in view.person_fields}
    merge = joining.decide_same(laptop.vault, **laptop.act, pair=view, chosen=chosen, stay=stay.id)
    laptop.clock.forward(hours=1)
    add_note(laptop.vault, **laptop.act, person_id=one, text="About Bill.", level=NoteLevel.ORGANISATION)
    answer_from_service(laptop, {})

    page = shown(PersonPage(office), one)
    form = page.joined.dealing[merge.id]
    form.open_button.click()
    ticks = form.fields[0]
    assert isinstance(ticks, TickGroup)
    (tick,) = ticks.ticks.values()
    assert tick.text() == "Note, 22 November: About Bill."
    tick.click()
    form.save_button.click()
    settled()
    patch = laptop_outbox(laptop)
    assert patch["kind"] == "unmerge_person"
    assert patch["set"]["to_other"] == list(ticks.ticks)
    assert "Waiting to be sent." in page_text(page)


def laptop_outbox(laptop: Laptop) -> dict[str, Any]:
    with laptop.vault.reading() as read:
        kind, patch = read.connection.exec_driver_sql(
            "SELECT kind, patch FROM outbox WHERE type = 'person_merge' ORDER BY seq DESC LIMIT 1"
        ).one()
    return {"kind": kind, **msgspec.json.decode(patch)}


@pytest.fixture
def of_two(laptop: Laptop) -> ComparePair:
    """An own record, and another charity's as its card shows it, about which the service has asked."""
    own = register(laptop, "William Fergusson", dob=("4", "7", "1988"), nhs_number="943 476 5919")
    theirs = PersonId(stable_id("person", "bill"))
    with laptop.vault.transaction(actor=laptop.actor, now=laptop.clock()) as work:
        fields = {
            "name": {"given_name": "Bill", "family_name": "Ferguson"},
            "dob": "1988-07-04",
            "contact_points": [{"id": "1", "kind": "mobile", "value": "+447700900123"}],
            "site": {"id": str(laptop.sites["stoke_mandeville"]), "name": "Stoke Mandeville"},
        }
        header = {**work.header(), "org": laptop.orgs["back_up"], "person": theirs}
        work.create(ShareCard(**header, receiver=laptop.actor.org, fields=fields))
        due_on = work.today + timedelta(days=7)
        header = work.header() | {"created_by": SYSTEM}
        asked = {"person": own, "subject": theirs, "for_role": Role.COORDINATOR, "due_on": due_on}
        work.create(Task(**header, kind=TaskKind.POSSIBLE_SAME_PERSON, **asked))
    return ComparePair(one=theirs, other=own)


def test_another_charitys_record_stands_beside_the_own_one_as_its_card_shows_it(
    office: PageContext, shown: Show, of_two: ComparePair
) -> None:
    page = shown(SamePersonPage(office), of_two)
    text = page_text(page)
    assert "The second record is Back Up’s. They are asked the same question." in text
    assert "nothing is copied from one to the other" in text
    assert "Bill is short for William" in text
    assert "07700 900123" in text
    assert page.pair is not None
    assert [page.pair.one.name, page.pair.other.name] == ["William Fergusson", "Bill Ferguson"]
    assert page.choices == {}
    assert page.agree_button.isVisible()
    assert not page.same_button.isVisible()
    assert faults(page) == []


def test_saying_that_it_is_one_person_waits_for_the_other_charity_and_can_be_taken_back(
    office: PageContext, laptop: Laptop, shown: Show, settled: Settle, of_two: ComparePair, went: Went
) -> None:
    page = shown(SamePersonPage(office), of_two)
    page.agree_button.click()
    settled()
    own, theirs = of_two.other, of_two.one
    (said,) = in_vault(laptop, SamePerson, own)
    assert (said.decision, said.other_person) == ("same_person", theirs)
    assert [task.state for task in in_vault(laptop, Task, own)] == ["done"]
    assert went.places[-1] == ("person", own)

    again = shown(SamePersonPage(office), of_two)
    assert "You said that this is one person. Back Up has not said so yet." in page_text(again)
    assert not again.agree_button.isVisible()
    laptop.clock.forward(seconds=2)
    again.not_same.open_button.click()
    again.not_same.save_button.click()
    settled()
    last = shown(SamePersonPage(office), of_two)
    assert "You said that these are two people." in page_text(last)
    assert last.agree_button.isVisible()


def test_what_both_said_stands_on_both_pages_while_the_other_record_may_be_seen(
    office: PageContext, laptop: Laptop, shown: Show, of_two: ComparePair, went: Went
) -> None:
    own, theirs = of_two.other, of_two.one
    with laptop.vault.transaction(actor=laptop.actor, now=laptop.clock()) as work:
        header = work.header() | {"created_by": SYSTEM, "person": own}
        work.append(SamePerson(**header, other_person=theirs, decision=SameDecision.SAME))
    page = shown(PersonPage(office), own)
    assert "Back Up has a record of this person too." in page_text(page)
    page.joined.elsewhere_buttons[0].click()
    assert went.places[-1] == ("same_person", ComparePair(one=own, other=theirs))
    other_page = shown(PersonPage(office), theirs)
    assert "You have a record of this person too." in page_text(other_page)
    assert "Back Up and you both say that this is one person." in page_text(shown(SamePersonPage(office), of_two))

    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("UPDATE share_card SET body = json_remove(body, '$.fields')")
    assert "Back Up has a record" not in page_text(shown(PersonPage(office), own))


def test_open_referrals_of_both_to_one_service_are_said_before_they_are_linked(
    office: PageContext, laptop: Laptop, shown: Show, pair: ComparePair, went: Went
) -> None:
    asked = []
    for person in (pair.other, pair.one):
        kit.agree(laptop, person, ("back_up", Purpose.MENTORING))
        asked.append(kit.queue(laptop, person))
        kit.deliver(laptop, asked[-1])
        laptop.clock.forward(days=1)
    text = page_text(shown(SamePersonPage(office), pair))
    assert "Both records ask" in text
    assert "referred them here on 22 November" in text
    assert "referred them here on 23 November" in text
    assert "the later is linked to the earlier" in text

    first, later = asked
    with laptop.vault.writing() as connection:
        # As the service answers the merge.
        connection.exec_driver_sql(
            "UPDATE referral SET body = json_set(body, '$.duplicate_of', ?)"
            " WHERE rid = (SELECT rid FROM rec_meta WHERE id = ?)",
            (str(first), later.bytes),
        )
    page = shown(ReferralPage(office), later)
    assert "referred them here on 22 November" in page.beside.words.duplicate
    page.beside.linked_button.click()
    assert went.places[-1] == ("referral", first)


def test_a_look_at_both_is_kept_in_the_audit_once(
    office: PageContext, laptop: Laptop, shown: Show, pair: ComparePair
) -> None:
    def looks() -> int:
        with laptop.vault.reading() as read:
            return sum(entry.action is AuditAction.OPEN_PERSON for entry in read.all(AuditEntry))

    laptop.clock.forward(hours=1)
    before = looks()
    page = shown(SamePersonPage(office), pair)
    assert looks() == before + 2
    page.load()
    shown(SamePersonPage(office), pair)
    assert looks() == before + 2
