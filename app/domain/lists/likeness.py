"""How alike two rows are, field by field, on a short ladder of levels."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from app.domain.lists.entry import FULL_DAY, Entry
from app.domain.names import NameTables, sound_alike, sounds_of


class Field(StrEnum):
    """What is compared. Fixed order: a likeness stands at the place of its field."""

    GIVEN = "given_name"
    FAMILY = "family_name"
    ORDER = "order_of_names"
    BORN = "date_of_birth"
    POSTCODE = "postcode"
    HOUSE = "house_number"
    STREET = "address_line"
    LOCALITY = "locality"
    NUMBER = "nhs_number"


FIELDS = tuple(Field)


class Likeness(IntEnum):
    """How alike two values are; a later one says more."""

    UNKNOWN = 0
    DIFFERENT = 1
    FAINT = 2
    CLOSE = 3
    ALIKE = 4
    RELATED = 5
    EQUAL = 6


_L = Likeness
Pattern = tuple[Likeness, ...]
"""A likeness for each of `FIELDS`."""

_CLOSE_NAME = 0.80
_ALIKE_STREET, _CLOSE_STREET, _FAINT_STREET = 0.85, 0.65, 0.45
"""Shares of letter pairs in common. One slip of the pen in a line of twenty letters leaves nine tenths."""


class Comparing:
    """Compares rows; remembers names it has compared, as the same ones come again and again."""

    def __init__(self, names: NameTables) -> None:
        """Take what is known of names."""
        self._nicknames = names.nicknames
        self._name: Callable[[str, str], Likeness] = lru_cache(maxsize=None)(self._compare_names)
        self._sounds: Callable[[str], frozenset[str]] = lru_cache(maxsize=None)(sounds_of)
        self._place: Callable[[str, str], Likeness] = lru_cache(maxsize=None)(_spelling)

    def pattern(self, one: Entry, other: Entry) -> Pattern:
        """Return how alike two rows are in each field."""
        given, family, order = self._names(one, other)
        return (
            given,
            family,
            order,
            _born(one.born, other.born),
            _short(one.postcode, other.postcode),
            _short(one.house, other.house),
            _street(one, other),
            self._place(one.locality, other.locality),
            _short(one.number, other.number),
        )

    def _names(self, one: Entry, other: Entry) -> tuple[Likeness, Likeness, Likeness]:
        given, family = self._name(one.given, other.given), self._name(one.family, other.family)
        if given >= _L.ALIKE or family >= _L.ALIKE:
            return given, family, _L.EQUAL
        crossed_given, crossed_family = self._name(one.given, other.family), self._name(one.family, other.given)
        if crossed_given + crossed_family > max(given + family, _L.ALIKE):
            return crossed_given, crossed_family, _L.RELATED
        return given, family, _L.EQUAL

    def _compare_names(self, one: str, other: str) -> Likeness:
        if not one or not other:
            return _L.UNKNOWN
        if one == other:
            return _L.EQUAL
        if other in self._nicknames.get(one, ()):
            return _L.RELATED
        if 1 in (len(one), len(other)):
            return _L.CLOSE if one[0] == other[0] else _L.DIFFERENT
        if sound_alike(one, other, sounds=self._sounds) or OSA.distance(one, other, score_cutoff=1) <= 1:
            return _L.ALIKE
        return _spelling(one, other)


def _spelling(one: str, other: str) -> Likeness:
    if not one or not other:
        return _L.UNKNOWN
    if one == other:
        return _L.EQUAL
    slips = OSA.distance(one, other, score_cutoff=3)
    if slips <= 1 or (slips == 2 and min(len(one), len(other)) > 7):
        return _L.ALIKE
    likeness = JaroWinkler.similarity(one, other)
    if (slips <= 2 and min(len(one), len(other)) > 4) or likeness >= 0.88:
        return _L.CLOSE
    return _L.FAINT if likeness >= _CLOSE_NAME or one in other or other in one else _L.DIFFERENT


def _short(one: str, other: str) -> Likeness:
    """A number, or a code: one slip makes it close."""
    if not one or not other:
        return _L.UNKNOWN
    if one == other:
        return _L.EQUAL
    slips = OSA.distance(one, other, score_cutoff=2)
    if slips <= 1:
        return _L.ALIKE
    return _L.CLOSE if slips == 2 else _L.DIFFERENT


def _born(one: str, other: str) -> Likeness:
    if not one or not other:
        return _L.UNKNOWN
    if one == other:
        return _L.EQUAL if len(one) >= FULL_DAY else _L.CLOSE
    if len(one) == len(other) == FULL_DAY:
        if one[:4] + one[6:] + one[4:6] == other:
            return _L.RELATED
        slips = OSA.distance(one, other, score_cutoff=2)
        return _L.ALIKE if slips <= 1 else _L.FAINT if slips == 2 else _L.DIFFERENT
    shared = min(len(one), len(other))
    return _L.CLOSE if one[:shared] == other[:shared] else _L.DIFFERENT


def _street(one: Entry, other: Entry) -> Likeness:
    mine, theirs = one.pairs, other.pairs
    if not mine or not theirs:
        return _L.UNKNOWN
    if mine == theirs:
        return _L.EQUAL
    shared = len(mine & theirs)
    share = max(2 * shared / (len(mine) + len(theirs)), 0.75 * shared / min(len(mine), len(theirs)))
    if share >= _ALIKE_STREET:
        return _L.ALIKE
    if share >= _CLOSE_STREET:
        return _L.CLOSE
    return _L.FAINT if share >= _FAINT_STREET else _L.DIFFERENT
