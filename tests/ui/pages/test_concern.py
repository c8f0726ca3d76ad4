"""Raising a concern on its page, without network; and the lead's list and file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.card import ShareCard
from app.domain.codes import AgreedToShare, ConcernState, RecordType, Role
from app.domain.concern import Concern
from app.domain.ids import PersonId
from app.errors import NotPermittedError
from app.use_cases import drafts, safeguarding, today
from app.use_cases.safeguarding import ConcernForm
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor, stable_id
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_mentoring import RUTH, register
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.concern import ConcernPage
from ui.pages.concerns import ConcernFilePage, ConcernsPage
from ui.shell.window import Window
from ui.theme import Theme

LEAD = make_actor("aspire", Role.SAFEGUARDING_LEAD, "Maya")
SAID = "He takes my chair away at night."
Settled = Callable[[], None]


@pytest.fixture
def office(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


@pytest.fixture
def lead(context: PageContext) -> PageContext:
    return replace(context, actor=LEAD)


def raised(laptop: Laptop, *, danger: bool = False) -> Concern:
    person = register(laptop, "Samira Osei")
    form = ConcernForm(
        words=SAID, noticed_at=laptop.clock(), danger_now=danger, told="The ward sister", consent=AgreedToShare.NO
    )
    return safeguarding.raise_concern(laptop.vault, actor=RUTH, now=laptop.clock(), person_id=person, form=form)


def held(laptop: Laptop) -> tuple[Concern, ...]:
    with laptop.vault.reading() as read:
        return read.all(Concern)


def test_a_concern_is_raised_about_whoever_was_in_front_and_keeps_its_words(
    office: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = register(laptop, "Samira Osei")
    page = shown(ConcernPage(office), person)
    page.danger.choices["no"].click()
    page.words.set_text(SAID)
    page.agreed.choices["not_asked"].click()
    page.send_button.click()
    settled()
    (concern,) = held(laptop)
    assert (concern.person, concern.in_their_words, concern.state) == (person, SAID, ConcernState.SENT)
    assert page.words.text == ""
    assert SAID not in words_on(page)
    assert "only on this laptop; it goes first when there is network" in words_on(page)


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(
    office: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = register(laptop, "Samira Osei")
    page = shown(ConcernPage(office), person)
    page.words.set_text(SAID)
    page.send_button.click()
    settled()
    assert page.danger.error == "Say whether somebody is in danger now."
    assert page.agreed.error
    assert page.words.text == SAID
    assert held(laptop) == ()


def test_the_second_concern_on_one_page_is_kept_as_a_draft_too(
    office: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = register(laptop, "Samira Osei")
    page = shown(ConcernPage(office), person)
    for words in (SAID, "And at noon."):
        page.danger.choices["no"].click()
        page.words.set_text(words)
        page.agreed.choices["not_asked"].click()
        if words == SAID:
            page.send_button.click()
            settled()
    page.leave_button.click()
    settled()
    kept = drafts.load_draft(laptop.vault, actor=RUTH, page="concern", subject=None)
    assert kept is not None
    assert "And at noon." in kept.values["fields"]


def test_a_draft_about_somebody_else_says_so_first_and_can_be_discarded(
    office: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    samira, tomasz = register(laptop, "Samira Osei"), register(laptop, "Tomasz Nowak")
    begun = shown(ConcernPage(office), samira)
    begun.words.set_text(SAID)
    begun.leave_button.click()
    settled()
    page = shown(ConcernPage(office), tomasz)
    settled()
    assert "about Samira Osei" in page.draft_banner.statement.words
    page.draft_banner.discard_button.click()
    settled()
    assert (page.words.text, page.person.value) == ("", str(tomasz))
    page.draft_banner.undo_button.click()
    assert (page.words.text, page.person.value) == (SAID, str(samira))


def test_whoever_types_what_was_done_goes_on_when_something_arrives(
    lead: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    concern = raised(laptop)
    page = shown(ConcernFilePage(lead), concern.id)
    page.move_buttons[ConcernState.READ].click()
    settled()
    page.activateWindow()
    assert QTest.qWaitForWindowActive(page)
    page.did.focus_control()
    typing = QApplication.focusWidget()
    assert typing is not None
    assert page.did.isAncestorOf(typing)
    page.load()
    settled()
    assert QApplication.focusWidget() is typing


def test_danger_shows_999_and_the_lead_at_once(office: PageContext, laptop: Laptop, shown: Any) -> None:
    page = shown(ConcernPage(office), register(laptop, "Samira Osei"))
    assert not page.call.isVisible()
    page.danger.choices["yes"].click()
    assert page.call.isVisible()
    own = safeguarding.raised_view(laptop.vault, actor=RUTH)
    assert "Ring 999 now." in words_on(page)
    assert own.lead
    assert own.lead in words_on(page)


def test_nobody_but_the_lead_reads_one_not_even_who_raised_it(laptop: Laptop) -> None:
    concern = raised(laptop)
    for role in Role:
        if role in (Role.SAFEGUARDING_LEAD, Role.SYSTEM):
            continue
        actor = make_actor("aspire", role)
        for ask in (
            lambda actor=actor: safeguarding.concerns(laptop.vault, actor=actor, now=laptop.clock()),
            lambda actor=actor: safeguarding.open_concern(
                laptop.vault, actor=actor, now=laptop.clock(), concern_id=concern.id
            ),
            lambda actor=actor: safeguarding.work_concern(
                laptop.vault, actor=actor, now=laptop.clock(), concern_id=concern.id, to=ConcernState.READ
            ),
        ):
            with pytest.raises(NotPermittedError):
                ask()
        assert not [
            item for item in today.today(laptop.vault, actor=actor, now=laptop.clock()) if item.code == "read_concern"
        ]


def test_a_concern_can_be_about_somebody_of_whom_the_card_alone_is_held(laptop: Laptop) -> None:
    jo = make_actor("back_up", Role.INTAKE_WORKER, "Jo")
    with laptop.vault.transaction(actor=RUTH, now=laptop.clock()) as work:
        header = {**work.header(), "person": PersonId(stable_id("person", "nova"))}
        card = ShareCard(
            **header,
            receiver=laptop.orgs["back_up"],
            fields={"name": {"given_name": "Nova", "family_name": "Quill"}},
        )
        work.create(card)
    found = safeguarding.raised_view(laptop.vault, actor=jo).people
    assert [(each.person_id, each.name) for each in found] == [(card.person, "Nova Quill")]


def test_the_lead_who_raised_one_hears_that_it_arrived_though_it_is_kept_here(laptop: Laptop) -> None:
    person = register(laptop, "Samira Osei")
    form = ConcernForm(
        words=SAID, noticed_at=laptop.clock(), danger_now=False, told="", consent=AgreedToShare.NOT_ASKED
    )
    concern = safeguarding.raise_concern(laptop.vault, actor=LEAD, now=laptop.clock(), person_id=person, form=form)
    assert safeguarding.raised_view(laptop.vault, actor=LEAD).raised == ((concern.created_at, True),)
    with laptop.vault.writing() as connection:
        # As the answer to the push leaves it.
        connection.exec_driver_sql("UPDATE rec_meta SET rev = 1 WHERE id = ?", (concern.id.bytes,))
        connection.exec_driver_sql("DELETE FROM outbox WHERE id = ?", (concern.id.bytes,))
    assert safeguarding.raised_view(laptop.vault, actor=LEAD).raised == ((concern.created_at, False),)


def test_unread_for_a_day_is_overdue_to_the_hour(laptop: Laptop) -> None:
    laptop.clock.forward(hours=4)
    raised(laptop)
    for hours, overdue in ((23, False), (2, True)):
        laptop.clock.forward(hours=hours)
        (item,) = [
            item for item in today.today(laptop.vault, actor=LEAD, now=laptop.clock()) if item.code == "read_concern"
        ]
        assert item.overdue is overdue


def test_another_charitys_lead_finds_nothing(laptop: Laptop) -> None:
    concern = raised(laptop)
    other = make_actor("back_up", Role.SAFEGUARDING_LEAD)
    assert safeguarding.concerns(laptop.vault, actor=other, now=laptop.clock()) == ()
    with pytest.raises(Exception, match=r"concern\.not_found"):
        safeguarding.open_concern(laptop.vault, actor=other, now=laptop.clock(), concern_id=concern.id)


def test_a_refused_concern_shows_no_word_of_it_on_attention(laptop: Laptop) -> None:
    concern = raised(laptop)
    patch = {"set": {"in_their_words": SAID}}
    assert today._meant(RecordType.CONCERN.value, patch) == []
    assert today._meant(RecordType.CASE_NOTE.value, patch) != []
    assert concern.in_their_words == SAID


def test_the_lead_reads_acts_and_closes_and_today_says_only_that_one_waits(
    lead: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    concern = raised(laptop, danger=True)
    items = [item for item in today.today(laptop.vault, actor=LEAD, now=laptop.clock()) if item.code == "read_concern"]
    assert [(item.person_name, item.subject, item.overdue) for item in items] == [("", concern.id, True)]
    listed = shown(ConcernsPage(lead))
    assert listed.table.rows.cell(0, 1).words == "Danger, Not read yet"
    listed.first_button.click()
    assert went.places[-1] == ("concern_file", concern.id)
    page = shown(ConcernFilePage(lead), concern.id)
    assert SAID in words_on(page)
    page.move_buttons[ConcernState.READ].click()
    settled()
    page.move_buttons[ConcernState.PASSED_ON].click()
    settled()
    assert page.passed_to.error == "Write down to whom you passed it on."
    page.passed_to.set_text("The council's adult social care")
    page.did.set_text("Rang them at noon.")
    page.move_buttons[ConcernState.PASSED_ON].click()
    settled()
    assert [each.state for each in held(laptop)] == [ConcernState.PASSED_ON]
    assert list(page.move_buttons) == [ConcernState.CLOSED]
    assert "Passed on to The council's adult social care" in words_on(page)


def test_unread_for_a_day_is_said(lead: PageContext, laptop: Laptop, shown: Any) -> None:
    raised(laptop)
    laptop.clock.forward(days=1)
    assert shown(ConcernsPage(lead)).table.rows.cell(0, 1).words == "Not read yet, for more than a day"


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["raise", "list", "file"])
def test_the_pages_hold_the_rules_of_accessibility(
    which: str, look: Any, office: PageContext, lead: PageContext, laptop: Laptop, shown: Any, qapp: QApplication,
    qtbot: Any, settled: Settled,
) -> None:  # fmt: skip
    Theme.load(*look).apply(qapp)
    concern = raised(laptop)
    page: Any
    if which == "raise":
        page = shown(ConcernPage(office), concern.person)
        page.danger.choices["yes"].click()
        page.agreed.choices["no"].click()
    elif which == "list":
        page = shown(ConcernsPage(lead))
    else:
        page = shown(ConcernFilePage(lead), concern.id)
        page.move_buttons[ConcernState.READ].click()
        settled()
        assert ConcernState.ACTING in page.move_buttons
    window = Window()
    qtbot.addWidget(window)
    window.setCentralWidget(page)
    window.resize(1024, 700)
    window.show()
    settled()
    qapp.processEvents()
    found = faults(page)
    window.takeCentralWidget()
    page.setParent(None)
    assert found == []


def test_what_the_lead_was_writing_down_is_there_again_after_a_lock_and_for_the_lead_alone(
    lead: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    concern = raised(laptop)
    safeguarding.work_concern(laptop.vault, actor=LEAD, now=laptop.clock(), concern_id=concern.id, to=ConcernState.READ)
    page = shown(ConcernFilePage(lead), concern.id)
    settled()
    page.did.set_text("Rang the ward.")
    page.drafts.keep_now()
    settled()
    again = shown(ConcernFilePage(lead), concern.id)
    settled()
    assert again.did.text == "Rang the ward."
    assert drafts.drafts(laptop.vault, actor=RUTH) == ()
    again.note_button.click()
    settled()
    assert again.did.text == ""
    assert drafts.drafts(laptop.vault, actor=LEAD) == ()
