"""The sync page and the status line: never calm by guess, plain about what is only here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.ids import DeviceId, OrganisationId
from app.storage.exchange import SyncDevice, Waiting
from app.storage.held import Held
from app.use_cases.sync_status import SyncStatus
from tests.helpers.vaults import START, Laptop, stable_id
from tests.ui.pages import story
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.sync import SyncPage
from ui.view_models.sync_words import Said, bar_words
from ui.widgets import Manner

Show = Callable[..., Any]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ENROLLED = SyncStatus(
    enrolled=True,
    org_name="Aspire",
    waiting=Waiting(),
    needs_you=0,
    device=SyncDevice(device_id=DeviceId(stable_id("device", "one")), last_success_at=START - 5 * DAY + 5 * HOUR),
    at_head=True,
    scopes=(),
)


def waiting(count: int, age: timedelta, **device: Any) -> SyncStatus:
    return replace(
        ENROLLED,
        waiting=Waiting(new=count, oldest_at=START - age),
        device=replace(ENROLLED.device, **device),
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (ENROLLED, Said(words="Everything sent. Last sent Tue 14:00.", manner="done")),
        (replace(ENROLLED, enrolled=False), Said(words="Everything is kept on this laptop.")),
        (
            waiting(3, 3 * DAY),
            Said(words="3 things only on this laptop, oldest 3 days; last sent Tue 14:00.", manner="attention"),
        ),
        (
            waiting(3, DAY),
            Said(words="3 things only on this laptop, oldest 1 day; last sent Tue 14:00.", manner="info"),
        ),
        (waiting(1, HOUR), Said(words="1 thing only on this laptop, oldest 1 hour; last sent Tue 14:00.")),
        (waiting(1, timedelta(), last_success_at=None), Said(words="1 thing only on this laptop.")),
        (replace(ENROLLED, needs_you=1), Said(words="1 thing needs you. Nothing else is held up.", manner="info")),
        (
            replace(ENROLLED, needs_you=2, waiting=Waiting(new=9, oldest_at=START)),
            Said(words="2 things need you. Nothing else is held up.", manner="info"),
        ),
        (replace(ENROLLED, at_head=False), Said(words="Still fetching. Not complete yet.", manner="info")),
        (
            waiting(3, 3 * DAY, lease_until=START + 4 * DAY),
            Said(
                words="Connect by 26 November, or this laptop locks. "
                "3 things only on this laptop, oldest 3 days; last sent Tue 14:00.",
                manner="attention",
            ),
        ),
        (
            waiting(1, HOUR, last_trouble="network.offline"),
            Said(
                words="No network. You can keep working. "
                "1 thing only on this laptop, oldest 1 hour; last sent Tue 14:00.",
                manner="attention",
            ),
        ),
    ],
)
def test_the_bar_says_the_first_thing_that_applies(status: SyncStatus, said: Said) -> None:
    assert bar_words(status, START) == said


@pytest.fixture
def page(context: PageContext) -> SyncPage:
    return SyncPage(context)


def enrol(laptop: Laptop, **more: Any) -> None:
    Held(laptop.vault).remember(
        device_id=laptop.actor.device, org=OrganisationId(laptop.actor.org), org_name="Aspire", **more
    )


def test_a_laptop_alone_says_so_and_offers_nothing_that_cannot_work(
    page: SyncPage, laptop: Laptop, shown: Show
) -> None:
    story.register_sam(laptop)
    shown(page)
    assert page.state.statement.words == "Everything is kept on this laptop."
    assert page.nothing.statement.words == "This laptop works alone."
    assert not page.send_button.isVisible()


def test_what_is_only_here_is_listed_one_by_one(page: SyncPage, laptop: Laptop, shown: Show, went: Went) -> None:
    enrol(laptop)
    story.register_sam(laptop)
    shown(page)
    rows = page.table.rows
    listed = [[rows.data(rows.index(place, at)) for at in (0, 1, 3)] for place in range(rows.rowCount())]
    assert listed == [
        ["Person", "Samira Osei", "only on this laptop"],
        ["Hospital stay", "Samira Osei", "only on this laptop"],
        ["Contact details", "Samira Osei", "only on this laptop"],
    ]
    assert page.beside.words == "3 in this list."
    page.send_button.click()
    assert went.sends == 1
    assert page.asked.words.startswith("Asked to send now.")


def test_everything_confirmed_is_said_only_when_it_is(page: SyncPage, laptop: Laptop, shown: Show) -> None:
    enrol(laptop)
    story.register_sam(laptop)
    story.answer_from_service(laptop, {})
    shown(page)
    assert page.nothing.statement.words == "Nothing is only on this laptop."
    assert page.state.manner is not Manner.DONE  # no cycle has ever run to its end


def test_network_trouble_says_what_to_do(page: SyncPage, laptop: Laptop, shown: Show) -> None:
    enrol(laptop, last_trouble="network.portal", last_trouble_at=laptop.clock())
    shown(page)
    assert page.trouble.isVisible()
    assert page.trouble.statement.words == "This wifi wants you to sign in first."
    assert "sign in to the wifi" in page.trouble.detail.words


def test_what_needs_somebody_is_one_press_away(page: SyncPage, laptop: Laptop, shown: Show, went: Went) -> None:
    enrol(laptop)
    story.tell_sams_story(laptop)
    story.answer_from_service(laptop, {story.RecordType.CASE_NOTE: story.refused("not_permitted")})
    shown(page)
    assert page.needs_you.statement.words == "1 thing needs you. Nothing else is held up."
    page.attention_button.click()
    assert went.places == [("attention", None)]
