"""Ending by a signal: it asks nobody, drains once, and the second one waits no longer."""

from __future__ import annotations

from types import SimpleNamespace

from sync.central.health import Health
from sync.central.serving import RunningService


def test_the_first_signal_drains_and_the_second_ends_and_neither_asks_the_database() -> None:
    health = object.__new__(Health)
    # Nothing else of it is there: whatever would ask journal or database fails.
    health._is_draining = False
    begun: list[str] = []
    running = object.__new__(RunningService)
    running._health = health
    running._service = SimpleNamespace(settings=SimpleNamespace(drain_seconds=5))  # type: ignore[assignment]
    running._server = SimpleNamespace(should_exit=False)  # type: ignore[assignment]
    running._begin = lambda name, _work: begun.append(name)  # type: ignore[method-assign]
    running.ask_to_stop()
    assert (begun, running._server.should_exit) == (["drains"], False)
    running.ask_to_stop()
    assert (begun, running._server.should_exit) == (["drains"], True)
