"""The signals by which an operator ends the service: heard by the thread that waits for it, and by nothing else."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sync.central.serving import RunningService

STOPS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
LOOK_SECONDS: Final = 0.5
"""How long the end of the service by itself may stay unnoticed."""


@contextmanager
def held_back() -> Iterator[None]:
    """Let stop signals wait until somebody asks for them; begins before the first thread starts.

    A handler would run in the main thread, between two of its instructions. It sleeps in a lock while the service
    runs, and a signal that the system gives to another thread does not wake it: the service was seen to go on for half
    a minute, until the next signal came.
    """
    if sys.platform != "linux":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def wait(running: RunningService) -> None:
    """Wait until the service has ended; each stop signal asks it to."""
    if sys.platform != "linux":
        for number in STOPS:
            signal.signal(number, lambda *_: running.ask_to_stop())
        while not running.wait(LOOK_SECONDS):
            continue
        return
    while not running.wait(0):
        if signal.sigtimedwait(STOPS, LOOK_SECONDS) is not None:
            running.ask_to_stop()
