"""The password of every laptop that is measured, and a key derivation that takes no time."""

from __future__ import annotations

from app.security.passwords import Cost

PASSWORD = "harbour lantern meadow cricket"
NO_STRETCH = Cost(memory_kib=64, iterations=1, lanes=1)
"""A tenth of a millisecond: what is measured is what comes beyond it."""
