"""Days and moments: the London day, days known in part, ages, working days and the clocks of a referral.

No clock is read here: the moment or the day is always handed in.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.codes import Nation
from app.domain.record import PartialDate
from app.errors import BadInputError

ACK_WORKING_DAYS = 2
"""Two business days to open a referral, as asked by GetHelpOC (knowledge base, article 414)."""

DECIDE_DAYS = 14
"""Fourteen days to decide on a referral, from the same source."""

OLDEST_AGE = 120
"""Years: nobody on record has lived to 123."""

_SATURDAY = 5
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SEPARATORS = re.compile(r"[\s/.,-]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _london() -> ZoneInfo:
    return ZoneInfo("Europe/London")


def london_day(moment: datetime) -> date:
    """Return the London calendar day of an aware moment."""
    return moment.astimezone(_london()).date()


def london_moment(moment: datetime) -> datetime:
    """Return an aware moment as London clocks show it."""
    return moment.astimezone(_london())


def london_time(day: date, hour: int, minute: int) -> datetime:
    """Return an hour and minute of a London day, as UTC."""
    return datetime.combine(day, time(hour, minute), tzinfo=_london()).astimezone(UTC)


def end_of_london_day(day: date) -> datetime:
    """Return 23:59:59 London time of a day, as UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=_london()).astimezone(UTC)


def start_of_london_day(day: date) -> datetime:
    """Return midnight London time with which a day begins, as UTC."""
    return datetime.combine(day, time(), tzinfo=_london()).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the same day some months on, or the last of that month: 29 February and 12 months is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def birthday(born: date, years: int) -> date:
    """Return the day somebody reaches an age; who was born on 29 February reaches it on 1 March of a common year.

    Source: Family Law Reform Act 1969, s. 9: an age is reached as the anniversary begins.
    """
    year = born.year + years
    if (born.month, born.day) == (2, 29) and monthrange(year, 2)[1] == 28:
        return date(year, 3, 1)
    return born.replace(year=year)


def earliest(partial: PartialDate) -> date:
    """Return the first day that a day known in part may be."""
    year, month, day = _numbers(partial)
    return date(year, month or 1, day or 1)


def latest(partial: PartialDate) -> date:
    """Return the last day that a day known in part may be."""
    year, month, day = _numbers(partial)
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


def is_full(partial: PartialDate) -> bool:
    """Answer whether day, month and year are all known."""
    return _numbers(partial)[2] is not None


def is_partial_date(text: str) -> bool:
    """Answer whether a text is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` and a day that exists."""
    match = _PARTIAL.fullmatch(text)
    return match is not None and text.isascii() and _exists(*(int(part) if part else None for part in match.groups()))


def ages_on(dob: PartialDate, on: date) -> tuple[int, int]:
    """Return the least and the greatest age in whole years that somebody may have on a day."""
    return _age(latest(dob), on), _age(earliest(dob), on)


def parse_partial(
    text: str | tuple[str, str, str], *, record: str, field: str, on: date | None = None
) -> PartialDate | None:
    """Return what was typed as a day known in part, None when nothing was.

    Args:
        text: one text (`1987`, `3 2026`, `3/5/2026`, `3 May 2026`, `2026-05-03`), or day, month and year as typed
            in three boxes, of which the first ones may be empty. Never month first.
        record: the record the field is of, for the error.
        field: the field, for the error.
        on: today; a day that lies wholly after it is refused.

    Raises:
        BadInputError: `bad_format` for what is no day at all, such as 31 2 2026, or `in_future`.
    """
    parts = _parts(text)
    if not any(parts):
        return None
    day, month, year = _digits(parts[0], 2), _month(parts[1]), _digits(parts[2], 4)
    typed_but_unread = any(part and number is None for part, number in zip(parts, (day, month, year), strict=True))
    if typed_but_unread or year is None or not _exists(year, month, day):
        raise BadInputError.at(record, field, "bad_format", kind=_what_is_missing(parts, year))
    partial = PartialDate("-".join([f"{year:04}", *(f"{part:02}" for part in (month, day) if part is not None)]))
    if on is not None and earliest(partial) > on:
        raise BadInputError.at(record, field, "in_future")
    return partial


def _what_is_missing(parts: Sequence[str], year: int | None) -> str | None:
    """Return `year` or `month` where a day is only not written out, None where it is in no calendar."""
    day_typed, month_typed, year_typed = parts
    if year is None and (not year_typed or (year_typed.isdigit() and len(year_typed) != 4)):
        return "year"
    return "month" if day_typed and not month_typed else None


def parse_day(text: str | tuple[str, str, str], *, record: str, field: str, on: date | None = None) -> date | None:
    """Return what was typed as one whole day, None when nothing was; raises as `parse_partial` does."""
    partial = parse_partial(text, record=record, field=field, on=on)
    if partial is None:
        return None
    if not is_full(partial):
        raise BadInputError.at(record, field, "bad_format")
    return earliest(partial)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankHolidays:
    """The bank holidays of each nation, and the last day for which they are known (gov.uk/bank-holidays)."""

    days: Mapping[Nation, frozenset[date]] = field(default_factory=dict)
    last_day: date = date.min

    def of(self, nation: Nation) -> frozenset[date]:
        """Return a nation's bank holidays, none for a nation without a table."""
        return self.days.get(nation, frozenset())

    def covers(self, nation: Nation, day: date) -> bool:
        """Answer whether the table knows a nation's day; if not, what is counted by it is "estimated"."""
        return nation in self.days and day <= self.last_day


def bank_holidays(table: Mapping[str, Any]) -> BankHolidays:
    """Return the bank holidays of a shipped table: a list of ISO days by nation, and `last_day`."""
    days = {
        Nation(nation): frozenset(date.fromisoformat(day) for day in listed)
        for nation, listed in table.items()
        if isinstance(listed, list) and Nation(nation).is_known
    }
    return BankHolidays(days=days, last_day=date.fromisoformat(table["last_day"]))


def is_working_day(day: date, nation: Nation, holidays: BankHolidays) -> bool:
    """Answer whether a day is Monday to Friday and no bank holiday of the nation."""
    return day.weekday() < _SATURDAY and day not in holidays.of(nation)


def add_working_days(day: date, count: int, nation: Nation, holidays: BankHolidays) -> date:
    """Return the `count`-th working day after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, nation, holidays)
    return day


def on_working_day(day: date, nation: Nation, holidays: BankHolidays) -> date:
    """Return the day itself when it is a working day, else the next one that is."""
    return day if is_working_day(day, nation, holidays) else add_working_days(day, 1, nation, holidays)


def ack_due(
    sent_at: datetime, *, nation: Nation, holidays: BankHolidays, ack_working_days: int = ACK_WORKING_DAYS
) -> datetime:
    """Return until when a sent referral must be opened.

    Args:
        sent_at: when it was sent, by the server's clock if the laptop's is in doubt.
        nation: of the receiving organisation.
        holidays: the bank holidays.
        ack_working_days: the service's own number, 1 to 5.
    """
    return end_of_london_day(add_working_days(london_day(sent_at), ack_working_days, nation, holidays))


def decide_due(
    sent_at: datetime,
    *,
    nation: Nation,
    holidays: BankHolidays,
    decide_days: int = DECIDE_DAYS,
    paused_days: int = 0,
) -> datetime:
    """Return until when a sent referral must be decided, a working day always.

    Args:
        sent_at: when it was sent, by the server's clock if the laptop's is in doubt.
        nation: of the receiving organisation.
        holidays: the bank holidays.
        decide_days: the service's own number, 1 to 28.
        paused_days: whole days the referral spent waiting for an answer (`info_needed`).
    """
    day = london_day(sent_at) + timedelta(days=decide_days + paused_days)
    return end_of_london_day(on_working_day(day, nation, holidays))


def whole_days(since: datetime, until: datetime) -> int:
    """Return the whole days between two moments, none when `until` comes first."""
    return max(0, (until - since).days)


def _numbers(partial: PartialDate) -> tuple[int, int | None, int | None]:
    year, *rest = (int(part) for part in partial.split("-"))
    month, day = (*rest, None, None)[:2]
    return year, month, day


def _exists(year: int | None, month: int | None = None, day: int | None = None) -> bool:
    if year is None or not date.min.year <= year <= date.max.year or (day is not None and month is None):
        return False
    if month is not None and not 1 <= month <= 12:
        return False
    return day is None or month is None or 1 <= day <= monthrange(year, month)[1]


def _age(born: date, on: date) -> int:
    reached = on.year - born.year
    return reached if birthday(born, reached) <= on else reached - 1


def _parts(text: str | tuple[str, str, str]) -> tuple[str, str, str]:
    if not isinstance(text, str):
        day, month, year = (part.strip() for part in text)
        return day, month, year
    parts = [part for part in _SEPARATORS.split(text.strip()) if part]
    if len(parts) > 3:
        return "?", "?", "?"
    if parts and len(parts[0]) == 4:
        parts.reverse()
    day, month, year = [""] * (3 - len(parts)) + parts
    return day, month, year


def _digits(part: str, most: int) -> int | None:
    # A year has four digits: 87 may be of a child or of a great-grandmother.
    least = most if most == 4 else 1
    return int(part) if part.isascii() and part.isdigit() and least <= len(part) <= most else None


def _month(part: str) -> int | None:
    word = part.casefold()
    if word in _MONTH_NAMES or word in _MONTHS or word == "sept":
        return _MONTHS.index(word[:3]) + 1
    return _digits(part, 2)
