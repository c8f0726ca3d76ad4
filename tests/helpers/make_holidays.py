"""Make `resources/holidays.json`: the bank holidays of the four nations, by rule; run it to write the file again.

gov.uk lists the days for a year or two ahead only, so the days beyond are derived: Banking and Financial
Dealings Act 1971, schedule 1, and the proclamations that have become custom. A royal occasion or a change of
law alters them, therefore the table is data and is made again when gov.uk/bank-holidays changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

FIRST_YEAR, LAST_YEAR = 2024, 2030

ONE_OFF = {"scotland": (date(2026, 6, 15),)}
"""Proclaimed for one year only: the football World Cup (Independent, 5 February 2026)."""


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def first_monday(year: int, month: int) -> date:
    """Return the first Monday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7)


def last_monday(year: int, month: int) -> date:
    """Return the last Monday of a month with 31 days."""
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def in_lieu(*days: date) -> Iterator[date]:
    """Yield each day, or the next working day that no earlier one has taken, for days on a weekend."""
    taken = {day for day in days if day.weekday() < 5}
    for day in days:
        moved = day
        while day.weekday() >= 5 and (moved.weekday() >= 5 or moved in taken):
            moved += timedelta(days=1)
        taken.add(moved)
        yield moved


def holidays_of(nation: str, year: int) -> set[date]:
    """Return the bank holidays of one nation in one year."""
    easter = easter_sunday(year)
    days = {easter - timedelta(days=2), first_monday(year, 5), last_monday(year, 5)}
    days |= set(in_lieu(date(year, 12, 25), date(year, 12, 26)))
    if nation == "scotland":
        days |= {first_monday(year, 8), *in_lieu(date(year, 1, 1), date(year, 1, 2)), *in_lieu(date(year, 11, 30))}
    else:
        days |= {easter + timedelta(days=1), last_monday(year, 8), *in_lieu(date(year, 1, 1))}
    if nation == "northern_ireland":
        days |= {*in_lieu(date(year, 3, 17)), *in_lieu(date(year, 7, 12))}
    return days | {day for day in ONE_OFF.get(nation, ()) if day.year == year}


def table() -> dict[str, list[str] | str]:
    """Return the whole table as it is written to the file."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    nations: dict[str, list[str] | str] = {
        nation: sorted(str(day) for year in years for day in holidays_of(nation, year))
        for nation in ("england", "wales", "scotland", "northern_ireland")
    }
    return {**nations, "last_day": str(date(LAST_YEAR, 12, 31))}


if __name__ == "__main__":
    target = Path(__file__).resolve().parents[2] / "resources" / "holidays.json"
    target.write_text(json.dumps(table(), indent=2) + "\n", encoding="utf-8")
