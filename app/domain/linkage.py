"""Whether two records may be of one person (`domain.md` 8): this proposes, only people decide.

Weight = Σ log2(m ÷ u) per field (Fellegi and Sunter, "A theory for record linkage", J Am Stat Assoc 1969;64:1183).
The values are starting estimates (ours), to be retuned only on decisions that people made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.codes import AgeBand, InjuryLevel
from app.domain.linkage_facts import FULL_DAY, TO_MONTH, Facts, facts_in, facts_of, keys_of, swapped_day
from app.domain.names import NameTables, fold_name, sound_alike

__all__ = [
    "LIKELY_FROM",
    "POSSIBLE_FROM",
    "WEIGHTS",
    "Facts",
    "Level",
    "Match",
    "Reason",
    "ReasonCode",
    "compare",
    "facts_in",
    "facts_of",
    "keys_of",
]

LIKELY_FROM = 16.0
"""Weight from which two records are likely one person."""

POSSIBLE_FROM = 9.0
"""Weight from which the pair is shown at all."""


_AGES = tuple(band for band in AgeBand if band is not AgeBand.UNKNOWN)


class Level(StrEnum):
    """How sure a match is. Fixed for ever."""

    LIKELY = "likely"
    POSSIBLE = "possible"


class ReasonCode(StrEnum):
    """What two records have in common, or have not. Fixed for ever."""

    NUMBER_EQUAL = "number_equal"
    NUMBER_DIFFERENT = "number_different"
    GIVEN_EQUAL = "given_equal"
    GIVEN_COMMON = "given_common"
    GIVEN_NICKNAME = "given_nickname"
    GIVEN_SOUNDS_ALIKE = "given_sounds_alike"
    GIVEN_INITIAL = "given_initial"
    GIVEN_DIFFERENT = "given_different"
    FAMILY_EQUAL = "family_equal"
    FAMILY_COMMON = "family_common"
    FAMILY_DOUBLE = "family_double"
    FAMILY_SOUNDS_ALIKE = "family_sounds_alike"
    FAMILY_DIFFERENT = "family_different"
    NAMES_SWAPPED = "names_swapped"
    BORN_EQUAL = "born_equal"
    BORN_SWAPPED = "born_swapped"
    BORN_ONE_DIGIT = "born_one_digit"
    BORN_SAME_MONTH = "born_same_month"
    BORN_SAME_YEAR = "born_same_year"
    BORN_DIFFERENT = "born_different"
    AGE_EQUAL = "age_equal"
    AGE_APART = "age_apart"
    PHONE_EQUAL = "phone_equal"
    EMAIL_EQUAL = "email_equal"
    POSTCODE_EQUAL = "postcode_equal"
    SITE_EQUAL = "site_equal"
    WARD_EQUAL = "ward_equal"
    INJURED_SAME_MONTH = "injured_same_month"
    LEVEL_EQUAL = "level_equal"
    LEVEL_DIFFERENT = "level_different"


_C = ReasonCode

WEIGHTS: Mapping[ReasonCode, float] = MappingProxyType(
    {
        _C.NUMBER_EQUAL: 20,
        _C.NUMBER_DIFFERENT: -5.5,
        _C.GIVEN_EQUAL: 6.5,
        _C.GIVEN_COMMON: -2,
        _C.GIVEN_NICKNAME: 5,
        _C.GIVEN_SOUNDS_ALIKE: 3.5,
        _C.GIVEN_INITIAL: 1.5,
        _C.GIVEN_DIFFERENT: -3,
        _C.FAMILY_EQUAL: 8,
        _C.FAMILY_COMMON: -3,
        _C.FAMILY_DOUBLE: 5,
        _C.FAMILY_SOUNDS_ALIKE: 5,
        _C.FAMILY_DIFFERENT: -4,
        _C.NAMES_SWAPPED: 12,
        _C.BORN_EQUAL: 12,
        _C.BORN_SWAPPED: 8,
        _C.BORN_ONE_DIGIT: 5,
        _C.BORN_SAME_MONTH: 6,
        _C.BORN_SAME_YEAR: 3,
        _C.BORN_DIFFERENT: -6,
        _C.AGE_EQUAL: 1,
        _C.AGE_APART: -4,
        _C.PHONE_EQUAL: 9,
        _C.EMAIL_EQUAL: 10,
        _C.POSTCODE_EQUAL: 5,
        _C.SITE_EQUAL: 3,
        _C.WARD_EQUAL: 4,
        _C.INJURED_SAME_MONTH: 4,
        _C.LEVEL_EQUAL: 2,
        _C.LEVEL_DIFFERENT: -1,
    }
)
"""`weights_v1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks for or against; `detail` holds the two values as written, where words need them."""

    code: ReasonCode
    weight: float
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What comparing two records came to; `level` is None for a pair that is not shown."""

    weight: float
    level: Level | None
    reasons: tuple[Reason, ...]


def compare(one: Facts, other: Facts, *, names: NameTables | None = None) -> Match:
    """Return how likely two records are of one person, and why; the order of the two does not matter."""
    tables = names or NameTables()
    reasons = (*_numbers(one, other), *_names(one, other, tables), *_birth(one, other), *_whereabouts(one, other))
    weight = sum(reason.weight for reason in reasons)
    level = Level.LIKELY if weight >= LIKELY_FROM else Level.POSSIBLE if weight >= POSSIBLE_FROM else None
    return Match(weight=weight, level=level, reasons=reasons)


def _numbers(one: Facts, other: Facts) -> Iterator[Reason]:
    shared = one.numbers.keys() & other.numbers.keys()
    if any(one.numbers[kind] == other.numbers[kind] for kind in shared):
        yield _reason(_C.NUMBER_EQUAL)
    elif shared:
        yield _reason(_C.NUMBER_DIFFERENT)


def _names(one: Facts, other: Facts, tables: NameTables) -> Iterator[Reason]:
    mine, theirs = (one.given, one.family), (other.given, other.family)
    if all(mine) and mine == (theirs[1], theirs[0]) and mine != theirs:
        yield _reason(_C.NAMES_SWAPPED)
        return
    if mine[0] and theirs[0]:
        yield from _given(one, other, mine[0], theirs[0], tables)
    if mine[1] and theirs[1]:
        yield from _family(one, other, mine[1], theirs[1], tables)


def _given(one: Facts, other: Facts, mine: str, theirs: str, tables: NameTables) -> Iterator[Reason]:
    if mine == theirs:
        yield _reason(_C.GIVEN_EQUAL)
        if mine in tables.common_given:
            yield _reason(_C.GIVEN_COMMON)
    elif _stands_for(one, other, mine, theirs, tables) or _called_the_same(one, other, mine, theirs):
        yield _nickname(one, other, mine, theirs, tables)
    elif one.first_given == other.first_given:
        # A middle name, or the first of two family names that somebody took for one.
        yield _reason(_C.GIVEN_EQUAL)
    elif 1 in (len(mine), len(theirs)):
        yield _reason(_C.GIVEN_INITIAL if mine[0] == theirs[0] else _C.GIVEN_DIFFERENT)
    else:
        alike = sound_alike(mine, theirs) or sound_alike(one.first_given, other.first_given)
        yield _reason(_C.GIVEN_SOUNDS_ALIKE if alike else _C.GIVEN_DIFFERENT)


def _stands_for(one: Facts, other: Facts, mine: str, theirs: str, tables: NameTables) -> bool:
    firsts = other.first_given in tables.nicknames.get(one.first_given, ())
    return firsts or theirs in tables.nicknames.get(mine, ())


def _nickname(one: Facts, other: Facts, mine: str, theirs: str, tables: NameTables) -> Reason:
    written = (one.given_name or one.known_as, other.given_name or other.known_as)
    is_short = theirs in tables.short_for.get(mine, ()) or other.first_given in tables.short_for.get(
        one.first_given, ()
    )
    return _reason(_C.GIVEN_NICKNAME, *(written if is_short else reversed(written)))


def _called_the_same(one: Facts, other: Facts, mine: str, theirs: str) -> bool:
    """Answer whether one is called by the other's given name, or both by one name."""
    called, other_called = fold_name(one.known_as), fold_name(other.known_as)
    return bool(called and called in (theirs, other_called)) or bool(other_called and other_called == mine)


def _family(one: Facts, other: Facts, mine: str, theirs: str, tables: NameTables) -> Iterator[Reason]:
    if mine == theirs:
        yield _reason(_C.FAMILY_EQUAL)
        if mine in tables.common_family:
            yield _reason(_C.FAMILY_COMMON)
    elif not one.surnames.isdisjoint(other.surnames):
        yield _reason(_C.FAMILY_DOUBLE)
    else:
        alike = sound_alike(mine, theirs) or sound_alike(one.whole_surname, other.whole_surname)
        yield _reason(_C.FAMILY_SOUNDS_ALIKE if alike else _C.FAMILY_DIFFERENT)


def _birth(one: Facts, other: Facts) -> Iterator[Reason]:
    if one.born and other.born:
        yield _reason(_born(one.born, other.born))
        return
    bands = [AgeBand(facts.age_band) for facts in (one, other) if facts.age_band]
    known = [_AGES.index(band) for band in bands if band in _AGES]
    if len(known) == 2 and known[0] == known[1]:
        yield _reason(_C.AGE_EQUAL)
    elif len(known) == 2 and abs(known[0] - known[1]) >= 2:
        yield _reason(_C.AGE_APART)


def _born(one: str, other: str) -> ReasonCode:
    shared = min(len(one), len(other))
    if one[:shared] == other[:shared]:
        return {FULL_DAY: _C.BORN_EQUAL, TO_MONTH: _C.BORN_SAME_MONTH}.get(shared, _C.BORN_SAME_YEAR)
    if shared < FULL_DAY:
        return _C.BORN_DIFFERENT
    if swapped_day(one) == other:
        return _C.BORN_SWAPPED
    digits_out = sum(mine != theirs for mine, theirs in zip(one, other, strict=True))
    return _C.BORN_ONE_DIGIT if digits_out == 1 else _C.BORN_DIFFERENT


def _whereabouts(one: Facts, other: Facts) -> Iterator[Reason]:
    same_site = bool(one.site) and one.site == other.site
    found = {
        _C.PHONE_EQUAL: not one.phones.isdisjoint(other.phones),
        _C.EMAIL_EQUAL: not _folded(one.emails).isdisjoint(_folded(other.emails)),
        _C.POSTCODE_EQUAL: _same(one.postcode.replace(" ", ""), other.postcode.replace(" ", "")),
        _C.SITE_EQUAL: same_site,
        # Every hospital has a Ward 4.
        _C.WARD_EQUAL: same_site and _same(one.ward, other.ward),
        _C.INJURED_SAME_MONTH: _same(one.injury_month, other.injury_month),
    }
    yield from (_reason(code) for code, holds in found.items() if holds)
    levels = {facts.level for facts in (one, other) if facts.level not in ("", InjuryLevel.X99)}
    if one.level == other.level and levels:
        yield _reason(_C.LEVEL_EQUAL)
    elif len(levels) == 2 and not _within(*levels):
        yield _reason(_C.LEVEL_DIFFERENT)


def _within(one: str, other: str) -> bool:
    """Answer whether one level is the region of the other: C99 says only "cervical"."""
    return one[0] == other[0] and "99" in (one[1:], other[1:])


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()


def _folded(emails: frozenset[str]) -> frozenset[str]:
    return frozenset(email.casefold() for email in emails)


def _reason(code: ReasonCode, *detail: str) -> Reason:
    return Reason(code=code, weight=WEIGHTS[code], detail=detail)
