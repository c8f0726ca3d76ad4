"""From a right password to a list one can use, beyond the key derivation."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.place import door_of, open_place
from tests.demo.player import Player
from ui.desk import Desk
from ui.pages.people import PeoplePage

TIMES = 7


def measure(place: Path) -> list[Figure]:
    """Sign in and open the list of people; the derivation costs a tenth of a millisecond here."""
    taken = [_once(place) for _ in range(TIMES)]
    name = f"sign-in to a usable list of people, beyond the derivation, median of {TIMES}"
    return [Figure(name=name, value=percentile(taken, 50) * 1000, unit="ms", goal=300)]


def _once(place: Path) -> float:
    began = perf_counter()
    laptop, actor = open_place(place)
    desk = Desk(laptop, actor, door_of(place))
    desk.shell.show()
    player = Player("ward", desk)
    desk.open("people")
    page = desk.page
    assert isinstance(page, PeoplePage)
    player.until(lambda: page.table.rows.rowCount() > 0 and page.table.isVisible())
    page.table.viewport().repaint()
    taken = perf_counter() - began
    desk.close()
    laptop.close()
    return taken
