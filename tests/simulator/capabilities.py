"""What the program under test can do: an act that needs more is not played, rather than called broken."""

from __future__ import annotations

import importlib.util

from app.storage.outbox import Outbox

FORKS = "forks"
"""A laptop whose disk went back finds that its lane was used, and goes on under a new one."""
RESTORES = "restores"
"""A service whose database was put back replays its withdrawals, and laptops offer again what it lost."""


def capabilities() -> frozenset[str]:
    """Return what this program can do."""
    found = set()
    if hasattr(Outbox, "begin_again"):
        found.add(FORKS)
    if importlib.util.find_spec("sync.central.restoring") is not None:
        found.add(RESTORES)
    return frozenset(found)
