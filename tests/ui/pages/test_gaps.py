"""Gap watch through the window: who stands there and why, and what each press does about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.codes import Decision, Need, Purpose, ReferralState, TaskKind, TaskState
from app.domain.directory import Service
from app.domain.ids import PersonId, ServiceId
from app.domain.task import Task
from app.use_cases import consents, refer
from app.use_cases.consents import Cell, ConsentForm
from app.use_cases.refer import Request
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.gap import GapPage
from ui.pages.gaps import ASK_AGAIN, UNHELD, GapsPage
from ui.view_models.subjects import AskAbout, ReferTo


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    """Somebody who agreed, and 20 days later is with no charity and about to leave."""
    needs = frozenset({Need.PEER_MENTORING})
    person = kit.register(laptop, expected_discharge=("15", "12", "2026"), needs=needs)
    kit.agree(laptop, person, ("back_up", Purpose.MENTORING))
    laptop.clock.forward(days=20)
    return person


def texts(table: Any, row: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def gap_tasks(laptop: Laptop, person: PersonId) -> list[Task]:
    with laptop.vault.reading() as read:
        return [task for task in read.of_person(Task, person) if task.kind is TaskKind.GAP]


def test_an_empty_list_says_what_would_stand_there(context: PageContext, shown: Any) -> None:
    page = shown(GapsPage(context))
    assert page.nothing.isVisible()
    assert page.nothing.statement.words == "Everybody is held."
    page.tabs.button(ASK_AGAIN).click()
    assert page.nothing.statement.words == "Nobody is to be asked again today."


def test_whoever_falls_stands_there_with_the_reason_and_opens_with_one_press(
    context: PageContext, sam: PersonId, shown: Any, went: Any
) -> None:
    page = shown(GapsPage(context))
    assert page.tabs.button(UNHELD).text() == "Nobody holds them (1)"
    assert texts(page.unheld, 0)[:2] == ["Samira Osei", "Leaving, held by nobody, and 1 more"]
    page.open_button.click()
    assert went.places[-1] == ("gap", sam)


def test_the_person_s_page_says_each_reason_since_when(context: PageContext, sam: PersonId, shown: Any) -> None:
    page = shown(GapPage(context), sam)
    causes = page._causes
    *said, last = [causes.itemAt(at).widget() for at in range(causes.count())]
    assert last.words == "Last contact: 22 November."
    assert [label.label.words for label in said] == [
        "They leave the ward on 15 December, and no charity is doing anything for them.",
        "They said yes, and no charity has ever accepted a referral. Since 6 December.",
    ]


def test_taking_it_on_is_seen_by_everybody_and_stands_under_today(
    context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Any
) -> None:
    page = shown(GapPage(context), sam)
    page.take_button.click()
    settled()
    (task,) = gap_tasks(laptop, sam)
    assert (task.state, task.for_user) == (TaskState.OPEN, laptop.actor.user)
    assert page.taken.isVisible()


def test_taking_off_the_list_wants_a_reason_and_keeps_what_was_typed(
    context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Any, went: Any
) -> None:
    page = shown(GapPage(context), sam)
    page.drop_button.click()
    page.reason.set_text("no")
    page.drop_now_button.click()
    settled()
    assert page.reason.error
    assert page.reason.text == "no"
    assert gap_tasks(laptop, sam) == []
    page.reason.set_text("Her sister looks after everything")
    page.drop_now_button.click()
    settled()
    assert [task.state for task in gap_tasks(laptop, sam)] == [TaskState.DROPPED]
    assert went.places[-1] == ("gaps", None)
    assert shown(GapsPage(context)).tabs.button(UNHELD).text() == "Nobody holds them"


def test_refer_and_ask_again_open_on_the_person(context: PageContext, sam: PersonId, shown: Any, went: Any) -> None:
    page = shown(GapPage(context), sam)
    page.refer_button.click()
    page.ask_button.click()
    assert went.places[-2:] == [
        ("refer", ReferTo(person_id=sam)),
        ("consent", AskAbout(person_id=sam)),
    ]


def test_whoever_could_not_answer_stands_on_the_re_ask_list_when_the_day_has_come(
    context: PageContext, laptop: Laptop, shown: Any, went: Any
) -> None:
    person = kit.register(laptop)
    form = ConsentForm(
        answers=(Cell(org=laptop.orgs["back_up"], purpose=Purpose.REFERRAL_CONTACT, decision=Decision.NOT_ABLE_NOW),)
    )
    consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=form)
    laptop.clock.forward(days=8)
    page = shown(GapsPage(context))
    page.tabs.button(ASK_AGAIN).click()
    row = texts(page.asks, 0)
    assert row[1:4] == ["Samira Osei", "Back Up", "Was not able to answer: get in touch"]
    page.open_button.click()
    place = (laptop.orgs["back_up"], Purpose.REFERRAL_CONTACT)
    assert went.places[-1] == ("consent", AskAbout(person_id=person, place=place))


def add_housing_charity(laptop: Laptop) -> ServiceId:
    """Let a charity join today that helps with housing."""
    org = kit.add_member(laptop, "roof", "Roof Example", joined=laptop.clock().date())
    with laptop.vault.transaction(**laptop.act) as work:
        like = work.get(Service, laptop.services["back_up_mentoring"])
        header = {**work.header(), "org": org}
        made = replace(like, **header, provider=org, name="A way home", needs=frozenset({Need.HOUSING}), listing={})
        return ServiceId(work.create(made).id)


def test_a_new_member_lists_exactly_whom_it_could_help_ward_by_ward_and_no_old_yes_covers_it(
    context: PageContext, laptop: Laptop, shown: Any
) -> None:
    housing, mentor = frozenset({Need.HOUSING}), frozenset({Need.PEER_MENTORING})
    sam = kit.register(laptop, needs=housing, ward="St Francis")
    robin = kit.register(laptop, full_name="Robin Vale", known_as="Robin", needs=housing, ward="St David")
    other = kit.register(laptop, full_name="Ash Grove", known_as="Ash", needs=mentor)
    for person in (sam, robin, other):
        kit.agree(laptop, person, *(("back_up", purpose) for purpose in (Purpose.REFERRAL_CONTACT, Purpose.MENTORING)))
    page = shown(GapsPage(context))
    assert not [line for line in page._watch.asks if line.org_name == "Roof Example"]

    home = add_housing_charity(laptop)

    page = shown(GapsPage(context))
    page.tabs.button(ASK_AGAIN).click()
    rows = [texts(page.asks, row) for row in range(page.asks.model().rowCount())]
    asked = [row for row in rows if row[2] == "Roof Example"]
    assert [(row[1], row[3]) for row in asked] == [
        ("Robin Vale", "New charity that can help"),
        ("Samira Osei", "New charity that can help"),
    ]
    assert ["St David" in asked[0][0], "St Francis" in asked[1][0]] == [True, True]
    request = Request(service_id=home, needs=housing, why="Sam is looking for a flat with a level entrance.")
    (referred,) = refer.refer(laptop.vault, **laptop.act, person_id=sam, requests=(request,))
    assert (referred.state, referred.gate) == (ReferralState.DRAFT, "gate_consent")


def test_whoever_was_asked_about_a_new_member_leaves_the_list(context: PageContext, laptop: Laptop, shown: Any) -> None:
    sam = kit.register(laptop, needs=frozenset({Need.HOUSING}))
    add_housing_charity(laptop)
    assert [line.person_id for line in shown(GapsPage(context))._watch.asks if line.org_name == "Roof Example"] == [sam]
    kit.agree(laptop, sam, ("roof", Purpose.REFERRAL_CONTACT))
    assert not [line for line in shown(GapsPage(context))._watch.asks if line.org_name == "Roof Example"]
