"""Words for codes: what an error means and what to do, the labels of code lists, days and hours as people say them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QDate, QLocale

import resources
from app.domain.clocks import london_day
from app.errors import BadInputError, KnownError
from ui.error_words import ERROR_WORDS
from ui.input_words import FIELD_NAMES, INPUT_WORDS, PROBLEM_WORDS
from ui.widgets.text import filled, in_sentence

MINUTES_A_DAY: Final = 24 * 60
_HALF_A_YEAR: Final = 183

FAMILIES: Final[Mapping[str, str]] = MappingProxyType({"service": "service.refused", "network": "network.offline"})
"""First part of a code to the code whose words hold for all of that kind without words of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an error means, and what to do next; the next step may be empty."""

    sentence: str
    next_step: str = ""

    @property
    def whole(self) -> str:
        """Both, as one line for a field or a summary."""
        return f"{self.sentence} {self.next_step}".strip()


def words_of(error: KnownError) -> Words:
    """Return sentence and next step for a known error; a code without words gets the general ones."""
    sentence, next_step = _found(error.code, str(error.detail.get("kind", ""))) or ERROR_WORDS["known"]
    filled: dict[str, object] = defaultdict(str, {key: _detail(value) for key, value in error.detail.items()})
    name = field_name(error.code)
    filled |= {"field": name, "Field": name[:1].upper() + name[1:]}
    filled["state_words"] = label("referral_state", str(error.detail.get("state", ""))).lower()
    return Words(
        sentence=_translated("errors", sentence).format_map(filled),
        next_step=_translated("errors", next_step).format_map(filled) if _fills(next_step, filled) else "",
    )


def has_words(code: str) -> bool:
    """Answer whether a code has words that are made for it, or for its problem."""
    return _found(code) is not None


def field_name(code: str) -> str:
    """Return what the field of `<record>.<field>.<problem>` is called inside a sentence."""
    record, _, rest = code.partition(".")
    field = rest.partition(".")[0]
    known = FIELD_NAMES.get(f"{record}.{field}")
    # A field that nobody types into has no name that would mean anything to a reader.
    return _translated("fields", known) if known else QCoreApplication.translate("fields", "this")


def field_key(error: KnownError) -> str:
    """Return `<record>.<field>` of a refused field, or the whole code: by it a form finds what to mark."""
    if isinstance(error, BadInputError) and error.field:
        return error.code.rpartition(".")[0]
    return error.code


def label(code_list: str, slug: str) -> str:
    """Return the words on screen for a slug; one that this version does not know reads as "Other"."""
    if not slug:
        return ""
    words = _labels(code_list).get(slug)
    return _translated("codes", words) if words else QCoreApplication.translate("codes", "Other")


def labels(code_list: str) -> dict[str, str]:
    """Return slug and words of a whole list, in the order to show them."""
    return {slug: _translated("codes", words) for slug, words in _labels(code_list).items()}


def joined(parts: list[str] | tuple[str, ...]) -> str:
    """Return "Aspire, Back Up and SIA"."""
    if len(parts) < 2:
        return "".join(parts)
    *first, last = (in_sentence(part) for part in parts)
    start = ", ".join(first)
    return filled(QCoreApplication.translate("words", "{start} and {last}"), start=start, last=last)


class _Form(StrEnum):
    DAY = "d MMMM"
    DAY_OF_YEAR = "d MMMM yyyy"
    SHORT = "d MMM"
    SHORT_OF_YEAR = "d MMM yyyy"
    WEEKDAY = "dddd"
    SHORT_WEEKDAY = "ddd"
    MONTH = "MMMM yyyy"


def day_words(day: date, on: date | None = None) -> str:
    """Return "12 December", with the year when it is not the year of `on`."""
    same = on is None or on.year == day.year
    return _said(day, _Form.DAY if same else _Form.DAY_OF_YEAR)


def weekday_words(day: date) -> str:
    """Return "Monday"."""
    return _said(day, _Form.WEEKDAY)


def short_day(day: date, on: date | None = None) -> str:
    """Return "12 Dec", with the year when it is not the year of `on`."""
    same = on is None or on.year == day.year
    return _said(day, _Form.SHORT if same else _Form.SHORT_OF_YEAR)


def month_words(day: date) -> str:
    """Return "December 2026"."""
    return _said(day, _Form.MONTH)


def near_day(day: date, on: date) -> str:
    """Return "today", "tomorrow", "yesterday", a weekday within the week ahead, or the day itself."""
    match (day - on).days:
        case 0:
            return QCoreApplication.translate("days", "today")
        case 1:
            return QCoreApplication.translate("days", "tomorrow")
        case -1:
            return QCoreApplication.translate("days", "yesterday")
        case ahead if 1 < ahead < 7:
            return _said(day, _Form.WEEKDAY)
        case _:
            return day_words(day, on)


def column_day(day: date, on: date) -> str:
    """Return a day as a column has room for it: "today", "Wed" within the week ahead, "2 Dec", far off "2 Dec 2027"."""
    ahead = (day - on).days
    if -1 <= ahead <= 1:
        return near_day(day, on)
    if 1 < ahead < 7:
        return _said(day, _Form.SHORT_WEEKDAY)
    # Within half a year a day and a month name one day only.
    return short_day(day, None if abs(ahead) <= _HALF_A_YEAR else on)


def hour_words(moment: datetime) -> str:
    """Return "14:05", London time."""
    return _london(moment).strftime("%H:%M")


def moment_words(moment: datetime, now: datetime) -> str:
    """Return "14:05" today, "Tue 14:05" within a week, else "14 November, 10:42"; London time."""
    day, on = london_day(moment), london_day(now)
    if day == on:
        return hour_words(moment)
    if timedelta() < on - day < timedelta(days=7):
        return f"{_said(day, _Form.SHORT_WEEKDAY)} {hour_words(moment)}"
    return day_and_hour(moment, on)


def day_and_hour(moment: datetime, on: date | None = None) -> str:
    """Return "14 November, 10:42", London time."""
    return f"{day_words(london_day(moment), on)}, {hour_words(moment)}"


def age_words(since: datetime, now: datetime) -> str:
    """Return how long ago: "just now", "20 minutes", "5 hours", "3 days"."""
    minutes = int((now - since.astimezone(UTC)).total_seconds() // 60)
    if minutes < 1:
        return QCoreApplication.translate("days", "just now")
    if minutes < 60:
        return _counted(minutes, "1 minute", "{count} minutes")
    if minutes < MINUTES_A_DAY:
        return _counted(minutes // 60, "1 hour", "{count} hours")
    return days_words(minutes // MINUTES_A_DAY)


def ago_words(since: datetime, now: datetime) -> str:
    """Return "just now" or "3 days ago"."""
    if (now - since).total_seconds() < 60:
        return age_words(since, now)
    return filled(QCoreApplication.translate("days", "{age} ago"), age=age_words(since, now))


def days_words(count: int) -> str:
    """Return "1 day" or "3 days"."""
    return _counted(count, "1 day", "{count} days")


def _counted(count: int, one: str, many: str) -> str:
    return filled(_translated("days", one if count == 1 else many), count=count)


def _found(code: str, kind: str = "") -> tuple[str, str] | None:
    known = INPUT_WORDS.get(f"{code}.{kind}") or ERROR_WORDS.get(code) or INPUT_WORDS.get(code)
    if known is not None:
        return known
    parts = code.split(".")
    if parts[-1] == "not_found":
        return ERROR_WORDS["record.not_found"]
    if parts[0] in FAMILIES:
        # The service names its refusals itself; all of them mean the same to a person.
        return ERROR_WORDS[FAMILIES[parts[0]]]
    return PROBLEM_WORDS.get(parts[-1]) if len(parts) == 3 else None


def _fills(text: str, filled: Mapping[str, object]) -> bool:
    """Answer whether every place in braces has something to stand in it; if not, the step is left out."""
    return bool(text) and all(str(filled.get(place.partition("}")[0], "")) for place in text.split("{")[1:])


def _detail(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _translated(context: str, text: str) -> str:
    return QCoreApplication.translate(context, text)


@cache
def _labels(code_list: str) -> Mapping[str, str]:
    return resources.labels(code_list)


def _london(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("Europe/London"))


def _said(day: date, form: _Form) -> str:
    # The program speaks one language at a time; the computer's own may be another.
    locale = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return locale.toString(QDate(day.year, day.month, day.day), str(form))
