"""The spans of whole calendar months that figures are shown of, the same on the laptop and at the central service."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from app.domain.impact_facts import month_of
from app.errors import BadInputError

FIRST_MONTH = "2000-01"
"""Before any record."""


class Period(StrEnum):
    """What figures are shown of. Fixed for ever."""

    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    LAST_QUARTER = "last_quarter"
    TWELVE_MONTHS = "twelve_months"
    ALL = "all"


def months_of(period: Period, on: date) -> tuple[str, str]:
    """Return the first and the last calendar month of a period, as they are on a day."""
    match period:
        case Period.THIS_YEAR:
            return f"{on.year}-01", month_of(on)
        case Period.LAST_YEAR:
            return f"{on.year - 1}-01", f"{on.year - 1}-12"
        case Period.LAST_QUARTER:
            last = on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
            return f"{last.year}-{last.month - 2:02}", month_of(last)
        case Period.TWELVE_MONTHS:
            last = on.replace(day=1) - timedelta(days=1)
            return month_of(on.replace(year=on.year - 1, day=1)), month_of(last)
        case Period.ALL:
            return FIRST_MONTH, month_of(on)


def whole_months_of(period: Period, on: date) -> tuple[str, str]:
    """Return the first and the last month of what goes out of the house: those of a period that are over.

    Raises:
        BadInputError: `report.no_whole_month`: in January no month of the year is over.
    """
    since, until = months_of(period, on)
    last_whole = month_of(on.replace(day=1) - timedelta(days=1))
    if last_whole < since:
        raise BadInputError("report.no_whole_month")
    return since, min(until, last_whole)
