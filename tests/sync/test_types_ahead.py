"""The first crowd of laptops finds every message known: looking one up in two threads at once ends the process."""

from __future__ import annotations

import inspect
import subprocess
import sys
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


def test_every_kind_of_record_is_looked_up() -> None:
    # In a process of its own: whatever a test before this one read is known already.
    known = "[kind for kind in KINDS.values() if '__msgspec_cache__' in vars(kind)]"
    script = f"""
from app.domain.bodies import KINDS
from sync.protocol.types_ahead import look_up_types
before = len({known})
look_up_types()
print(before, len({known}) == len(KINDS))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0", "True"]


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
