"""What the seed decides: moments at which a laptop dies, and what the network does to one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class CrashError(BaseException):
    """The laptop's process dies here; no handler of the program may see it, so it is no `Exception`."""


class Fault(StrEnum):
    """What the network does to one request."""

    NONE = "none"
    LOST = "lost"
    REPLY_LOST = "reply_lost"
    RESET = "reset"
    LATE = "late"
    DOUBLED = "doubled"
    CUT = "cut"
    CUT_REQUEST = "cut_request"
    FLIPPED = "flipped"
    STALE = "stale"
    PORTAL = "portal"
    REDIRECT = "redirect"
    PROXY = "proxy"
    BLOCKED = "blocked"
    BUSY = "busy"
    TOO_MANY = "too_many"
    GATEWAY = "gateway"


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


@dataclass
class SimClock:
    """True time; only the history moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)

    def seconds(self) -> float:
        """A monotonic clock that never stops, as seen by every laptop."""
        return (self.now - START).total_seconds()


@dataclass
class Trace:
    """What happened, in order; two runs of one seed write the same."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, *words: object) -> None:
        self.lines.append(" ".join(map(str, words)))


@dataclass
class Weather:
    """Faults and crashes of one history, drawn from its seed.

    Attributes:
        fault_rate: share of requests that meet a fault.
        crash_rate: share of commits and sends at which a laptop dies.
        dies_of: the path whose answer a laptop dies of, between it and its next request; of anything when empty.
        stale_rate: share of requests that a cache on the way answers with an old reply.
    """

    rng: Random
    trace: Trace
    fault_rate: float = 0.0
    crash_rate: float = 0.0
    dies_of: str = ""
    stale_rate: float = 0.0
    crashes: int = 0
    _last: dict[str, str] = field(default_factory=dict)
    faults: int = 0

    def clear_up(self) -> None:
        """From now on the network is healthy and nobody crashes."""
        self.fault_rate = self.crash_rate = self.stale_rate = 0.0

    def moment(self, who: str, what: str) -> None:
        """Pass a moment at which the laptop may die.

        Raises:
            CrashError: it does.
        """
        if "/" in what:
            self._last[who] = what
        if self.dies_of and self._last.get(who) != f"after {self.dies_of}":
            return
        if self.crash_rate and self.rng.random() < self.crash_rate:
            self.crashes += 1
            self.trace(who, "dies", what)
            raise CrashError

    def fault(self, path: str) -> Fault:
        """Return what happens to the next request."""
        if self.stale_rate and self.rng.random() < self.stale_rate:
            self.faults += 1
            return Fault.STALE
        if not self.fault_rate or self.rng.random() >= self.fault_rate:
            return Fault.NONE
        self.faults += 1
        return self.rng.choice(FAULTS)
