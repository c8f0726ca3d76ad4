"""Ending by a signal: it asks nobody, drains once, and the second one waits no longer."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

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


HEARING = """
import os, signal, threading
from sync.central import stop_signals
from sync.central.serving import RunningService

running = object.__new__(RunningService)
ended = threading.Event()
asked = []

def ask():
    asked.append(1)
    if len(asked) == 2:
        ended.set()
    else:
        os.kill(os.getpid(), signal.SIGTERM)

running.ask_to_stop = ask
running.wait = lambda _seconds=None: ended.is_set()
with stop_signals.held_back():
    other = threading.Thread(target=ended.wait)
    other.start()
    os.kill(os.getpid(), signal.SIGTERM)
    stop_signals.wait(running)
other.join()
print(len(asked), signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a handler hears it")
def test_a_signal_is_heard_also_before_anybody_waits_and_beside_other_threads() -> None:
    # In a process of its own: whoever runs tests has threads from before, which a signal would end with all of it.
    done = subprocess.run([sys.executable, "-c", HEARING], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "2 False\n"
