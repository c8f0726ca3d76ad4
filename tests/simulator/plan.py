"""How rough a history is, drawn from its seed before anything happens."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from sync.protocol.messages import PULL, PUSH
from tests.simulator.capabilities import FORKS, RESTORES, capabilities

FRETFUL = 0.4
"""Share of requests that meet a fault where people see that it did not get through, and put something right."""
OFTEN = 0.15
"""Share of moments at which a laptop dies that dies of one thing only."""
CACHED = 0.15
"""Share of requests that a bad cache answers by itself."""


@dataclass
class Plan:
    """How rough a history is; drawn from its seed.

    Attributes:
        fault_rate, crash_rate: as in `Weather`.
        dies_of: as in `Weather`.
        skewed: clocks of laptops are off.
        overlaps: pushes stand open while others exchange.
        cached: a cache stands on the way of every laptop.
        leaver: somebody's account is closed, and they go on working on their laptop.
        misfortune: `forks` when a laptop's disk goes back, `restores` when the service's database does.
    """

    fault_rate: float
    crash_rate: float
    skewed: bool
    overlaps: bool
    dies_of: str = ""
    cached: bool = False
    leaver: bool = False
    misfortune: str = ""


CALM = Plan(fault_rate=0.0, crash_rate=0.0, skewed=False, overlaps=False)
"""Nothing happens but what is asked for."""


def plan_of(rng: Random) -> Plan:
    fault_rate, crash_rate = rng.choice((0.0, 0.1, 0.25, FRETFUL)), rng.choice((0.0, 0.0, 0.02, OFTEN))
    skewed, overlaps = rng.random() < 0.3, rng.random() < 0.5
    return Plan(
        fault_rate=fault_rate,
        crash_rate=crash_rate,
        skewed=skewed,
        overlaps=overlaps,
        # A laptop that dies of everything never gets as far as a page.
        dies_of="" if crash_rate < OFTEN else PUSH if overlaps else PULL,
        cached=rng.random() < 0.15,
        leaver=rng.random() < 0.15,
        misfortune=_possible(rng.choice(("", "", FORKS, RESTORES))),
    )


def _possible(misfortune: str) -> str:
    return misfortune if misfortune in capabilities() else ""
