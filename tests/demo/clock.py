"""A clock for the demonstration: it can be set back by days to live through the past weeks, and then runs on time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class DemoClock:
    """Real time less some days; handed to laptops and service alike."""

    def __init__(self) -> None:
        """Begin on time."""
        self._behind = timedelta()

    def __call__(self) -> datetime:
        """Return the moment of the demonstration, aware UTC."""
        return datetime.now(UTC) - self._behind

    def set_back(self, days: float) -> None:
        """Stand so many days before now."""
        self._behind = timedelta(days=days)
