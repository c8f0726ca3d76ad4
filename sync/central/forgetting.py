"""Values that a later write replaced stay in the op log for thirty days, and are emptied then (sync.md 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.domain.conflict import TOLD_FOR
from sync.central.database import Context, Database

BATCH = 1000
"""Ops whose values are emptied in one transaction."""


class Forgetter:
    """Empties what had its time; may be called as often as one likes, by several services at once."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def run(self, *, now: datetime) -> int:
        """Empty the values of ops received `TOLD_FOR` ago or earlier; returns of how many ops.

        Fewer than `BATCH`, and it is all.

        Raises:
            RefusedError: `busy`.
        """
        with self._database.settling(Context()) as connection:
            row = connection.execute("SELECT forget_overwritten(%s, %s)", (now - TOLD_FOR, BATCH)).fetchone()
        assert row is not None
        return int(row[0])

    def run_all(self, clock: Callable[[], datetime], *, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Empty all that had its time, batch after batch, for as long as it goes on.

        Raises:
            RefusedError: `busy`.
        """
        while self.run(now=clock()) == BATCH and goes_on():
            continue
