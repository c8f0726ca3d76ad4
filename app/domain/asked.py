"""Reading the data that a step requires, field by field, each refused by name when it is missing or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.bodies import is_empty, plain
from app.domain.clocks import london_day
from app.errors import BadInputError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Asked:
    """The data of one step; every method returns JSON and raises `BadInputError` `<record>.<field>.<problem>`.

    `called` is the name under which a field is refused, when it lies inside another.
    """

    record: str
    values: Mapping[str, Any]

    def text(self, name: str, *, shortest: int = 1, longest: int, called: str = "") -> str:
        """Return a text without space around it."""
        value = self._required(name, called)
        if not isinstance(value, str):
            raise self._wrong(called or name, "bad_format")
        text = value.strip()
        if not text:
            raise self._wrong(called or name, "required")
        if len(text) < shortest:
            raise self._wrong(called or name, "out_of_range")
        if len(text) > longest:
            raise self._wrong(called or name, "too_long")
        return text

    def identifier(self, name: str) -> str:
        """Return an id, hyphenated."""
        value = self._required(name)
        try:
            return str(UUID(str(value)))
        except ValueError as error:
            raise self._wrong(name, "bad_format") from error

    def code(self, name: str, codes: type[StrEnum]) -> str:
        """Return a code that this version knows."""
        value = self._required(name)
        if value not in codes.__members__.values():
            raise self._wrong(name, "unknown_code")
        return str(value)

    def codes(self, name: str, codes: type[StrEnum]) -> list[str]:
        """Return one or more codes that this version knows, sorted."""
        values = self._required(name)
        if not isinstance(values, list | tuple | set | frozenset):
            raise self._wrong(name, "bad_format")
        if any(value not in codes.__members__.values() for value in values):
            raise self._wrong(name, "unknown_code")
        return sorted({str(value) for value in values})

    def day(self, name: str, *, earliest: date | None = None, latest: date | None = None, called: str = "") -> str:
        """Return a day within bounds."""
        value = plain(self._required(name, called))
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self._wrong(called or name, "bad_format")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise self._wrong(called or name, "bad_format") from error
        if earliest is not None and day < earliest:
            raise self._wrong(called or name, "before_start")
        if latest is not None and day > latest:
            raise self._wrong(called or name, "in_future")
        return value

    def month(self, name: str, *, earliest: date | None = None) -> str:
        """Return a month, `YYYY-MM`, not before the one of a day."""
        value = self._required(name)
        if not isinstance(value, str) or not _MONTH.fullmatch(value):
            raise self._wrong(name, "bad_format")
        if earliest is not None and value < f"{earliest:%Y-%m}":
            raise self._wrong(name, "before_start")
        return value

    def moment(self, name: str, *, latest_day: date) -> str:
        """Return a moment in UTC milliseconds, on a London day that has come."""
        value = self._required(name)
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise self._wrong(name, "bad_format") from error
        if moment.tzinfo is None:
            raise self._wrong(name, "bad_format")
        if london_day(moment) > latest_day:
            raise self._wrong(name, "in_future")
        return str(plain(moment.astimezone(UTC)))

    def entries(self, name: str) -> list[Mapping[str, Any]]:
        """Return a list of entries."""
        values = self._required(name)
        if not isinstance(values, list | tuple) or not all(isinstance(value, Mapping) for value in values):
            raise self._wrong(name, "bad_format")
        return list(values)

    def _required(self, name: str, called: str = "") -> Any:
        value = self.values.get(name)
        if is_empty(value):
            raise self._wrong(called or name, "required")
        return value

    def _wrong(self, name: str, problem: str) -> BadInputError:
        return BadInputError.at(self.record, name, problem)
