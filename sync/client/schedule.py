"""When to sync next: pure arithmetic on a monotonic clock that is handed in (sync.md 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

IN_USE_SECONDS: Final = 5.0
"""From the beginning of one cycle to the next, so that a withdrawal is never later by what a cycle took."""

IN_USE_LEAST_SECONDS: Final = 2.5
"""The least pause between them: a service that answers slowly is not asked without rest."""

IN_USE_WITHIN_SECONDS: Final = 120.0
"""Somebody is using the window when the last key or click is less than this ago."""

IDLE_SECONDS: Final = (30.0, 60.0)
BACKOFF_SECONDS: Final = 2.0
BACKOFF_MOST_SECONDS: Final = 900.0
HOLD_MOST_SECONDS: Final = 3600.0
"""A service, or somebody in between, cannot keep a withdrawal waiting longer than this by a `Retry-After`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where the laptop stands between two cycles.

    Attributes:
        ended_at: monotonic second at which the last cycle ended.
        failures: failed cycles in a row.
        took_s: how long that cycle took, when it was whole.
        hold_until: monotonic second before which the service asked not to be called.
        fraction: random number from 0 to 1, drawn once a cycle, so that asking twice gives one answer.
    """

    ended_at: float
    failures: int = 0
    took_s: float = 0.0
    hold_until: float = 0.0
    fraction: float = 0.5


def is_in_use(since_input_s: float) -> bool:
    """Answer whether somebody is using the window."""
    return since_input_s < IN_USE_WITHIN_SECONDS


def after_success(*, at: float, took_s: float, backoff_s: float, fraction: float) -> Pace:
    """Return the pace after a whole cycle; `backoff_s` is obeyed on success too."""
    return Pace(ended_at=at, took_s=took_s, hold_until=at + _bounded(backoff_s), fraction=fraction)


def after_failure(pace: Pace, *, at: float, retry_after_s: float, fraction: float) -> Pace:
    """Return the pace after a cycle that failed; a `Retry-After` asked for earlier still holds."""
    return Pace(
        ended_at=at,
        failures=pace.failures + 1,
        hold_until=max(pace.hold_until, at + _bounded(retry_after_s)),
        fraction=fraction,
    )


def try_again(pace: Pace) -> Pace:
    """Return the pace after the network changed or somebody asked for it: no backoff, but the service's own wish."""
    return replace(pace, failures=0)


def next_at(pace: Pace, *, in_use: bool, wanted: bool) -> float:
    """Return the monotonic second at which the next cycle begins.

    Args:
        pace: as the last cycle left it.
        in_use: somebody is using the window.
        wanted: something was committed here since, or somebody asked.
    """
    return max(pace.ended_at + _pause(pace, in_use=in_use, wanted=wanted), pace.hold_until)


def _pause(pace: Pace, *, in_use: bool, wanted: bool) -> float:
    if pace.failures:
        # Full jitter: laptops that failed together do not come back together. 2^9 is past the bound already.
        longest = min(BACKOFF_MOST_SECONDS, BACKOFF_SECONDS * 2.0 ** min(pace.failures - 1, 9))
        return pace.fraction * longest
    if wanted:
        return 0.0
    if in_use:
        return max(IN_USE_SECONDS - pace.took_s, IN_USE_LEAST_SECONDS)
    least, most = IDLE_SECONDS
    return least + pace.fraction * (most - least)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), HOLD_MOST_SECONDS)
