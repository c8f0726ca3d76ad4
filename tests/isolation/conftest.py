"""A running service and three members, each able to register, refer and receive; a fresh alliance for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.central.conftest import Clock, alliance, clock, postgres, seeded, ward
from tests.helpers.central import AllianceService
from tests.isolation.members import World, admit_members
from tests.isolation.walls import Wall, without_the_api, without_the_database

__all__ = ["Clock", "alliance", "clock", "postgres", "seeded", "ward"]


@pytest.fixture
def world(alliance: AllianceService) -> Iterator[World]:
    """Three members with a laptop each, before anything happened."""
    made = World(alliance, admit_members(alliance))
    yield made
    made.close()


@pytest.fixture
def leave_only(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[frozenset[Wall]], None]:
    """Take down every wall but the given ones."""

    def leave(standing: frozenset[Wall]) -> None:
        if Wall.API not in standing:
            without_the_api(monkeypatch)
        if Wall.DATABASE not in standing:
            without_the_database(world.owner)

    return leave
