"""The words of what a person takes away on paper, in the language of the person, not of the program's window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import resources
from app.printing.sheet import Picture
from ui.widgets.text import filled

ENGLISH = "en-GB"
"""The language in which every print has words."""


@dataclass(frozen=True, slots=True)
class PrintWords:
    """The words of one language; made by `words_in`."""

    language: str
    name: str
    _words: Mapping[str, Any]

    def say(self, part: str, key: str, /, **values: str) -> str:
        """Return one sentence of a part, filled in."""
        words: str = self._words[part][key]
        return filled(words, **values)

    def day(self, day: date) -> str:
        """Return a day with its year: "20 February 2028"."""
        words: str = self._words["day"]
        return words.format(day=day.day, month=self._words["months"][day.month - 1], year=day.year)

    def month(self, month: str) -> str:
        """Return the month of `YYYY-MM` with its year: "February 2028"."""
        year, number = month.split("-")[:2]
        return f"{self._words['months'][int(number) - 1]} {year}"

    def joined(self, names: Iterable[str]) -> str:
        """Return names as one list in a sentence."""
        *first, last = names
        if not first:
            return last
        words: str = self._words["and"]
        return words.format(all=", ".join(first), last=last)

    def picture(self, picture: Picture) -> str:
        """Return what a drawing shows."""
        words: str = self._words["pictures"][picture.value]
        return words


def words_in(language: str) -> PrintWords:
    """Return the words of a language, or English where there are none in it."""
    found = _languages()
    return found.get(language) or found.get(language.split("-", maxsplit=1)[0]) or found[ENGLISH]


def languages() -> tuple[PrintWords, ...]:
    """Return every language there are words in, English first."""
    found = _languages()
    return (found[ENGLISH], *(words for language, words in found.items() if language != ENGLISH))


@cache
def _languages() -> dict[str, PrintWords]:
    return {name: PrintWords(name, each["name"], each) for name, each in resources.print_words().items()}
