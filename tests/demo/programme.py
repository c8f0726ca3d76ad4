"""Back Up's mentoring programme of the demonstration: sixteen invented months on its coordinator's laptop."""

from __future__ import annotations

from datetime import timedelta

from app.domain.clocks import london_day
from tests.demo.laptops import DemoLaptop
from tests.helpers.programme import Histories, Mix, fill

PEOPLE = 420
DAYS = 480

_GOES_WELL = Mix(
    mentees=0.62,
    decisions=(86, 5, 6, 3, 0),
    after_sent=(
        ("received",),
        ("received", "declined_by_service"),
        ("received", "accepted", "waiting_list"),
        ("received", "accepted", "in_progress"),
        ("received", "accepted", "in_progress"),
        ("received", "accepted", "in_progress", "completed"),
        ("received", "accepted", "in_progress", "completed"),
        ("received", "accepted", "in_progress", "completed"),
        ("received", "accepted", "in_progress", "completed", "closed"),
    ),
    scores=(3, 4, 4, 4, 5, 5, 5),
    held=93,
    outcomes=("got_help", "got_help", "got_help", "partly", "advice_only"),
    reached=("suggested", "active", "active", "active", "active", "active", "active", "paused"),
    rise=2,
    odd=0.0,
    wards=("St David", "St Andrew", "St David", ""),
    open_days=110,
)


def live(office: DemoLaptop) -> int:
    """Bring the programme onto the laptop as the service would have; returns how many records it is.

    The laptop is off the network from then on: the service of the demonstration knows nothing of these people.
    """
    office.cable.pull()
    first = london_day(office.clock()) - timedelta(days=DAYS + 30)
    histories = Histories(office.actor.org, first=first, days=DAYS, mix=_GOES_WELL)
    return fill(office.vault, histories, PEOPLE, scope_key="programme")
