"""Seeded histories hold every promise; a part of the range each, so that two workers share them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.__main__ import play, play_twice
from tests.simulator.world import World, running_world

SEEDS = 500
PARTS = 20


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_holds_in_these_histories_and_again(world: World, part: int) -> None:
    size = SEEDS // PARTS
    broken = {}
    for seed in range(part * size, (part + 1) * size):
        # Two equal traces of every tenth; `nox -s simulate` compares them all.
        outcome = play_twice(world, seed) if seed % 10 == 0 else play(world, seed)
        if outcome.broken:
            broken[seed] = outcome.broken
    assert broken == {}
