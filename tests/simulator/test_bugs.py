"""Each known bug, put back, is caught: a simulator that finds nothing might be one that cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.__main__ import play
from tests.simulator.bugs import BUGS, Bug
from tests.simulator.world import World, running_world

CATCHING = {
    "feed number from a bare sequence": 10,
    "a drop that ignores other scopes": 22,
    "a scope that is entered with what changed only": 14,
}
"""Where the search for a bug begins, 0 for the others; histories change with the program, so it goes on from there."""

MOST = 60
"""Seeds that are tried; the long run allows 500."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_bug_that_is_put_back_is_caught_and_its_history_is_sound_without_it(world: World, bug: Bug) -> None:
    first = CATCHING.get(bug.name, 0)
    caught = next((seed for seed in range(first, first + MOST) if play(world, seed, bug).broken), None)
    assert caught is not None, f"{bug.name} is not caught"
    assert play(world, caught).broken == ""
