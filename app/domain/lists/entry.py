"""One row of a list of people, as written and as it is compared."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from app.domain.names import fold_name, sounds_of

_WORDS = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+[a-z]?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[/.\-](\d{1,2})(?:[/.\-](\d{1,2}))?)?")

FULL_DAY = len("20260301")
"""Digits of a day of birth that is written in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A row as it stands in the list; empty is not known."""

    id: str
    given_name: str = ""
    family_name: str = ""
    date_of_birth: str = ""
    postcode: str = ""
    address_line: str = ""
    locality: str = ""
    nhs_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row as it is compared: everything folded; empty is not known.

    Attributes:
        written: the row as it stands.
        given, family: folded.
        born: digits, year first: four, six or eight of them; whatever digits there are if it is no date.
        postcode: letters and digits.
        house: the number of the house, with its letter.
        words: the other words of the address, in order.
        pairs: each two letters that stand beside each other in them, counted: neither a swap of lines nor a stray
            space changes them much.
        locality: letters only, so that a stray space is no difference.
        number: digits of the health number; ten noughts and the like stand for none.
    """

    written: Written
    given: str
    family: str
    born: str
    postcode: str
    house: str
    words: tuple[str, ...]
    pairs: frozenset[str]
    locality: str
    number: str

    @classmethod
    def of(cls, written: Written) -> Self:
        """Return a row as it is compared."""
        house, words = _address(written.address_line)
        return cls(
            written=written,
            given=fold_name(written.given_name),
            family=fold_name(written.family_name),
            born=_born(written.date_of_birth),
            postcode="".join(_WORDS.findall(_plain(written.postcode))),
            house=house,
            words=words,
            pairs=_letter_pairs("".join(words)),
            locality="".join(_WORDS.findall(_plain(written.locality))),
            number=_number(written.nhs_number),
        )

    @property
    def sounds(self) -> frozenset[str]:
        """How the names sound, whichever is which."""
        return frozenset(code for name in (self.given, self.family) if name for code in sounds_of(name))


def _number(text: str) -> str:
    digits = "".join(filter(str.isdecimal, text))
    return digits if len(set(digits)) > 1 else ""


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    spelled = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spelled if not unicodedata.combining(letter))


def _address(line: str) -> tuple[str, tuple[str, ...]]:
    words = _WORDS.findall(_plain(line))
    at = next((at for at, word in enumerate(words) if _NUMBER.fullmatch(word)), None)
    if at is None:
        return "", tuple(words)
    return words[at], tuple(words[:at] + words[at + 1 :])


def _letter_pairs(letters: str) -> frozenset[str]:
    """Number the repetitions, so that a set counts them."""
    pairs = [one + next_one for one, next_one in pairwise(letters)]
    once = frozenset(pairs)
    if len(once) == len(pairs):
        return once
    seen: Counter[str] = Counter()
    numbered = []
    for pair in pairs:
        numbered.append(f"{pair}{seen[pair]}")
        seen[pair] += 1
    return once.union(numbered)


def _born(text: str) -> str:
    text = text.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        return f"{year}{month:0>2}{day:0>2}"
    if found := _YEAR_FIRST.fullmatch(text):
        return "".join(f"{part:0>2}" for part in found.groups() if part)
    return "".join(filter(str.isdecimal, text))[:FULL_DAY]
