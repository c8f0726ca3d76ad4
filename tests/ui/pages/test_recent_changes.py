"""Recent changes on a person's page: what a later write replaced, in words, and put back by one press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.domain.codes import RecordType
from app.domain.ids import PersonId, RecordId
from app.domain.person import Person
from app.use_cases.recent_changes import RecentChange, Written
from tests.helpers.vaults import START, Laptop, stable_id
from tests.ui.pages import questions, story
from ui.context import PageContext
from ui.pages.person import PersonPage
from ui.pages.recent_part import RecentChanges
from ui.view_models.recent_words import recent_words

Show = Callable[..., Any]
Settle = Callable[[], None]
MONDAY = START - timedelta(days=6)


def change(
    stands: Any, lost: Any, *, field: str = "postcode", mine: str = "lost", can_put_back: bool = True, by: str = "Jo"
) -> RecentChange:
    return RecentChange(
        conflict=RecordId(stable_id("conflict", "one")),
        record_type=RecordType.PERSON,
        field=field,
        stands=Written(value=stands, by=by, is_mine=mine in ("stands", "both"), at=MONDAY),
        lost=Written(value=lost, by=by, is_mine=mine in ("lost", "both"), at=MONDAY - timedelta(hours=1)),
        can_put_back=can_put_back,
    )


@pytest.mark.parametrize(
    ("told", "statement", "button"),
    [
        (
            change("OX3 9DU", "HP21 8AL"),
            "Jo changed the postcode on Monday at 09:00 to OX3 9DU; you had written HP21 8AL.",
            "Put HP21 8AL back",
        ),
        (
            change("OX3 9DU", "HP21 8AL", mine="stands"),
            "You changed the postcode on Monday at 09:00 to OX3 9DU; Jo had written HP21 8AL.",
            "Put HP21 8AL back",
        ),
        (
            change("OX3 9DU", "HP21 8AL", mine="both"),
            "You changed the postcode on Monday at 09:00 to OX3 9DU; on another laptop you had written HP21 8AL.",
            "Put HP21 8AL back",
        ),
        (
            change(None, "HP21 8AL", mine="", by=""),
            "Somebody emptied the postcode on Monday at 09:00; somebody had written HP21 8AL.",
            "Put HP21 8AL back",
        ),
        (
            change("OX3 9DU", None, can_put_back=False),
            "Jo changed the postcode on Monday at 09:00 to OX3 9DU; you had left it empty.",
            "",
        ),
        (
            change("OX3 9DU", None),
            "Jo changed the postcode on Monday at 09:00 to OX3 9DU; you had left it empty.",
            "Make it empty again",
        ),
    ],
)
def test_a_replaced_value_is_told_in_one_sentence(told: RecentChange, statement: str, button: str) -> None:
    words = recent_words(told, START)
    assert (words.statement, words.put_back) == (statement, button)


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    """Somebody whose postcode was written twice: first by the reader, later by Jo."""
    person = story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {})
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"postcode": "OX3 9DU"})
    at = laptop.clock()
    clash = questions.said(
        laptop,
        theirs="OX3 9DU",
        theirs_at=at - timedelta(hours=1),
        mine="HP21 8AL",
        mine_at=at - timedelta(hours=2),
        chosen="OX3 9DU",
        chosen_by=questions.JO,
        chosen_at=at - timedelta(hours=1),
        replaced=True,
    )
    questions.arrive(laptop, person, postcode=clash)
    return person


def recent_of(page: PersonPage) -> list[RecentChanges]:
    return page.findChildren(RecentChanges)


def test_the_page_tells_what_was_replaced_and_puts_it_back_by_one_press(
    laptop: Laptop, context: PageContext, sam: PersonId, shown: Show, settled: Settle
) -> None:
    page = PersonPage(context)
    shown(page, sam)
    (recent, _in_history) = recent_of(page)
    assert recent.isVisible()
    statement = recent.banners[0].statement.words
    assert statement.startswith("Jo changed the postcode today at ")
    assert statement.endswith("to OX3 9DU; you had written HP21 8AL.")
    (button,) = recent.buttons.values()
    assert button.text() == "Put HP21 8AL back"

    button.click()
    settled()

    with laptop.vault.reading() as read:
        assert read.get(Person, sam).postcode == "HP21 8AL"
    assert [each for each in recent_of(page) if each.isVisible()] == []


def test_nothing_is_told_where_nothing_was_replaced(laptop: Laptop, context: PageContext, shown: Show) -> None:
    person = story.tell_sams_story(laptop)
    page = PersonPage(context)
    shown(page, person)
    assert recent_of(page) == []


def test_what_was_replaced_a_month_ago_is_told_no_more(
    laptop: Laptop, context: PageContext, sam: PersonId, shown: Show
) -> None:
    laptop.clock.forward(days=30)
    page = PersonPage(context)
    shown(page, sam)
    assert recent_of(page) == []
