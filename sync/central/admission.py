"""Admission: how many are answered at once, and when the others may come back.

After an outage every laptop of the alliance calls within a minute. Whoever is let in is answered at once; the others
are told a moment of their own, one after the other at the pace the service has just shown (an idea of Kinto's
`Backoff` and `Retry-After`), instead of waiting in a line until their calls time out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from sync.protocol.messages import HEADS, TOKEN

BEGINNINGS: Final = frozenset({TOKEN, HEADS})
"""What a cycle begins with: who is turned away here has sent nothing yet and loses nothing."""

REQUESTS_A_CYCLE: Final = 6
"""Token, heads, push, pull, receipt, and one more of any of them."""

AHEAD: Final = 3
"""Whoever is in the midst of a cycle is let in until so many times the places are taken."""

WINDOW_S: Final = 1.0
"""After so long with every place taken, or with a free one while others wait, it is known better how fast it goes."""

FIRST_PACE: Final = 5.0
LEAST_PACE: Final = 2.0
"""Cycles a second that are assumed before any pace was seen, and at the very least."""

GROWTH: Final = 1.5
"""With places free although laptops wait for their turn, the turns were too far apart: by so much at a time."""

LONGEST_WAIT_S: Final = 300
"""After an outage the first calls of all devices spread over five minutes (sync.md 5)."""


class Admission:
    """Counts the calls under way; used on the server's one loop."""

    def __init__(self, places: int, monotonic: Callable[[], float]) -> None:
        """Take how many calls may be under way before new cycles have to wait, and a clock in seconds."""
        self._places = places
        self._monotonic = monotonic
        self._under_way = 0
        self._pace = FIRST_PACE
        self._next_turn = 0.0
        self._looked_at = monotonic()
        # Seconds with every place taken, calls answered in them, and seconds with a free place while others wait.
        self._full_s = 0.0
        self._answered = 0
        self._idle_s = 0.0

    @property
    def under_way(self) -> int:
        """How many calls are being answered."""
        return self._under_way

    @property
    def pace(self) -> float:
        """How many cycles a second it is thought to manage."""
        return self._pace

    def ask(self, path: str) -> int | None:
        """Return None for a call that is let in, and must be ended by `done`; else the seconds to stay away."""
        now = self._look()
        room = self._places if path in BEGINNINGS else self._places * AHEAD
        if self._under_way < room:
            self._under_way += 1
            return None
        return self._turn(now)

    def done(self) -> None:
        """Note that a call was answered."""
        self._look()
        self._answered += self._is_full
        self._under_way -= 1

    @property
    def _is_full(self) -> bool:
        return self._under_way >= self._places

    def _look(self) -> float:
        """Learn from the time since the last look; return the moment.

        Only what is answered while every place is taken shows what the service can do: at any other time it shows how
        many were told to come, and who goes by that alone never gets faster.
        """
        now = self._monotonic()
        since, self._looked_at = now - self._looked_at, now
        if self._is_full:
            self._full_s += since
        elif self._next_turn > now:
            self._idle_s += since
        if self._full_s >= WINDOW_S:
            shown = self._answered / self._full_s / REQUESTS_A_CYCLE
            self._pace = max(LEAST_PACE, (self._pace + shown) / 2)
            self._full_s, self._answered = 0.0, 0
        if self._idle_s >= WINDOW_S:
            self._pace *= GROWTH
            self._idle_s = 0.0
        return now

    def _turn(self, now: float) -> int:
        """Give the next turn away: each laptop one of its own.

        When all of five minutes are given away it begins again in front, so that nobody waits longer and nobody comes
        in a crowd; who finds no place then is told a turn by a pace that is known better.
        """
        self._next_turn = max(self._next_turn, now) + 1 / self._pace
        if self._next_turn > now + LONGEST_WAIT_S:
            self._next_turn = now + 1 / self._pace
        return max(1, math.ceil(self._next_turn - now))
