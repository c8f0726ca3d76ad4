"""How much to send or ask for at once: grown while it goes quickly, halved when it does not (sync.md 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

QUICK_SECONDS: Final = 3.0
_GROWTH: Final = 1.5
_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A number of ops or rows within its limits.

    Attributes:
        count: how many now.
        least, most: the limits.
        failures: failures in a row at this size.
    """

    count: int
    least: int
    most: int
    failures: int = 0

    def after_success(self, took_s: float) -> Size:
        """Return the next size: half as much again when it was quick."""
        # One more at least: half of one is none, and a laptop that was down to one op would stay there.
        grown = max(int(self.count * _GROWTH), self.count + 1) if took_s < QUICK_SECONDS else self.count
        return replace(self, count=min(grown, self.most), failures=0)

    def halved(self) -> Size:
        """Return half the size: too much for the service, or for the time."""
        return replace(self, count=max(self.count // 2, self.least), failures=0)

    def after_failure(self) -> Size:
        """Return the same size for the first tries, then half: the fault may lie in one of what is sent."""
        return self.halved() if self.failures + 1 >= _TRIES else replace(self, failures=self.failures + 1)
