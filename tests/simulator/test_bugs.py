"""Each known bug, put back, is caught: a simulator that finds nothing might be one that cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.__main__ import play
from tests.simulator.bugs import BUGS, bug
from tests.simulator.world import World, running_world

CATCHING = {
    "feed number from a bare sequence": 128,
    "lane numbers from what is left in the outbox": 22,
    "cursor committed before its rows": 301,
    "feed ordered as text": 2,
    "consent by the last writer": 49,
    "no guard, and visibility that only grows": 1,
    "a drop that ignores other scopes": 7,
    "a scope that is entered with what changed only": 36,
    "a sent op that is edited": 0,
    "a reply that is taken without its nonce": 17,
    "a receipt before the clean-up": 1,
    "a full-text index without secure delete": 6,
    "a repeat known by its number alone": 49,
    "a service restored without its journal": 191,
    "a base taken from what is shown": 33,
}
"""A history in which each bug shows. Histories change with the program: `nox -s simulate -- --bugs` finds new ones."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


def test_every_bug_has_a_history_that_catches_it() -> None:
    assert {each.name for each in BUGS} == CATCHING.keys()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CATCHING, ids=lambda name: name.replace(" ", "-"))
def test_a_bug_that_is_put_back_is_caught_and_its_history_is_sound_without_it(world: World, name: str) -> None:
    assert play(world, CATCHING[name], bug(name)).broken, "not caught any more: look for a new history"
    assert play(world, CATCHING[name]).broken == ""
