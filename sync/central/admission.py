"""Admission: how many are answered at once, and when the others may come back.

After an outage every laptop of the alliance calls within a minute. Whoever is let in is answered at once; the others
are told a moment of their own, one after the other at the pace the service has just shown (an idea of Kinto's
`Backoff` and `Retry-After`), instead of waiting in a line until their calls time out.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from sync.protocol.messages import HEADS, TOKEN

BEGINNINGS: Final = frozenset({TOKEN, HEADS})
"""What a cycle begins with: who is turned away here has sent nothing yet and loses nothing."""

REQUESTS_A_CYCLE: Final = 6
"""Token, heads, push, pull, receipt, and one more of any of them."""

AHEAD: Final = 4
"""Whoever is in the midst of a cycle is let in until so many times the places are taken."""

WINDOW_S: Final = 10.0
LEAST_PACE: Final = 2.0
"""Cycles a second that are assumed before any pace was seen."""

LONGEST_WAIT_S: Final = 300
"""After an outage the first calls of all devices spread over five minutes (sync.md 5)."""


class Admission:
    """Counts the calls under way; used on the server's one loop."""

    def __init__(self, places: int, monotonic: Callable[[], float]) -> None:
        """Take how many calls may be under way before new cycles have to wait, and a clock in seconds."""
        self._places = places
        self._monotonic = monotonic
        self._under_way = 0
        self._ended: deque[float] = deque()
        self._next_turn = 0.0

    @property
    def under_way(self) -> int:
        """How many calls are being answered."""
        return self._under_way

    def ask(self, path: str) -> int | None:
        """Return None for a call that is let in, and must be ended by `done`; else the seconds to stay away."""
        room = self._places if path in BEGINNINGS else self._places * AHEAD
        if self._under_way < room:
            self._under_way += 1
            return None
        return self._turn()

    def done(self) -> None:
        """Note that a call was answered."""
        self._under_way -= 1
        now = self._monotonic()
        self._ended.append(now)
        self._forget_before(now - WINDOW_S)

    def _turn(self) -> int:
        """Give the next turn away: each laptop one of its own."""
        now = self._monotonic()
        self._forget_before(now - WINDOW_S)
        pace = max(LEAST_PACE, len(self._ended) / WINDOW_S / REQUESTS_A_CYCLE)
        self._next_turn = min(max(self._next_turn, now) + 1 / pace, now + LONGEST_WAIT_S)
        return max(1, math.ceil(self._next_turn - now))

    def _forget_before(self, moment: float) -> None:
        while self._ended and self._ended[0] < moment:
            self._ended.popleft()
