"""The first crowd of laptops finds every message known: looking one up in two threads at once ends the process."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import msgspec
import pytest

from sync.central import serving
from sync.central.serving import RunningService
from sync.protocol import messages
from sync.protocol.types_ahead import look_up_types


def test_every_message_is_looked_up() -> None:
    ours = {each for _, each in inspect.getmembers(messages, inspect.isclass) if issubclass(each, msgspec.Struct)}
    assert len(ours - {msgspec.Struct}) > 20
    assert ours - {msgspec.Struct} <= look_up_types()


def test_a_service_looks_them_up_before_it_opens_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(serving, "look_up_types", lambda: done.append("types"))

    def end() -> None:
        done.append("open")
        raise KeyboardInterrupt

    running = object.__new__(RunningService)
    running._service = SimpleNamespace(open=end)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        running.start()
    assert done == ["types", "open"]
