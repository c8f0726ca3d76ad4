"""How much each likeness tells, taken from the two lists themselves.

u, the share of a likeness among strangers, is counted in pairs drawn by chance; m, its share among pairs of one
person, comes from expectation and maximisation, in which a row of the first list belongs to at most one of the second
(Fellegi and Sunter, J Am Stat Assoc 1969;64:1183; Winkler, Proc Surv Res Methods Sect ASA 1988:667). No answer that
is known beforehand is used, and nothing was fitted to lists whose answer is known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import exp2
from random import Random

from app.domain.lists.entry import Entry
from app.domain.lists.housemates import share_of_housemates, surest_of_housemates
from app.domain.lists.likeness import FIELDS, Comparing, Field, Likeness, Pattern
from app.domain.lists.model import Model, Rarity, Table, added_by, rarities, weighed

STRANGERS = 15_000
"""Pairs drawn to count what strangers have in common: a likeness of one in a thousand is then known to a quarter."""

MOST_MATCHED = 0.995
"""Even of two copies of one list, a row in two hundred counts as being of somebody else: without that, the last two
rows that are left over would be one person whatever they say."""

_L = Likeness
_ROUNDS = 6
_DRAWN_WITH = 42
"""The draw is the same each time, so that the same lists give the same answer."""

_USUAL_M = {_L.DIFFERENT: 0.06, _L.FAINT: 0.02, _L.CLOSE: 0.03, _L.ALIKE: 0.06, _L.RELATED: 0.03, _L.EQUAL: 0.80}
_USUAL_U = {_L.DIFFERENT: 0.94, _L.FAINT: 0.03, _L.CLOSE: 0.015, _L.ALIKE: 0.008, _L.RELATED: 0.002, _L.EQUAL: 0.005}
_ORDER_M = {_L.RELATED: 0.03, _L.EQUAL: 0.97}
_ORDER_U = {_L.RELATED: 0.01, _L.EQUAL: 0.99}
# A health number is given to one person; what strangers have in common of it is a slip of the pen.
_NUMBER_M = {_L.DIFFERENT: 0.02, _L.FAINT: 0.001, _L.CLOSE: 0.009, _L.ALIKE: 0.04, _L.RELATED: 0.001, _L.EQUAL: 0.929}
_NUMBER_U = {_L.DIFFERENT: 0.999299, _L.FAINT: 1e-4, _L.CLOSE: 3e-4, _L.ALIKE: 2e-4, _L.RELATED: 1e-4, _L.EQUAL: 1e-6}
_OWN_M, _OWN_U = {Field.ORDER: _ORDER_M, Field.NUMBER: _NUMBER_M}, {Field.ORDER: _ORDER_U, Field.NUMBER: _NUMBER_U}
EXPECTED_M = tuple(_OWN_M.get(each, _USUAL_M) for each in FIELDS)
EXPECTED_U = tuple(_OWN_U.get(each, _USUAL_U) for each in FIELDS)
"""What is expected before the lists are read (ours); lists of three rows have nothing better to go by."""

_M_COUNTS_AS, _U_COUNTS_AS = 20.0, 100.0
"""Pairs that what is expected counts as: lists of thousands hardly notice."""

Pairs = Sequence[tuple[int, int]]


def estimate(
    one: Sequence[Entry], other: Sequence[Entry], pairs: Pairs, patterns: Sequence[Pattern], comparing: Comparing
) -> Model:
    """Return the model on which expectation and maximisation settle.

    Args:
        one: the first list.
        other: the second.
        pairs: places in the two lists that were compared.
        patterns: how alike each pair is.
        comparing: what compared them.
    """
    rare = rarities(one, other)
    model = Model(weights=weighed(EXPECTED_M, EXPECTED_U), rare=rare, matched=0.5, others=len(other))
    strangers = _among_strangers(_drawn(one, other), comparing, model)
    model = replace(model, weights=weighed(EXPECTED_M, strangers))
    added = _added(one, pairs, patterns, rare)
    same: Sequence[Table] = EXPECTED_M
    for _ in range(_ROUNDS):
        sure = _expectation(model, pairs, patterns, added)
        matched = min(MOST_MATCHED, (1 + sum(sure)) / (2 + len(one)))
        same = _maximised(patterns, sure)
        model = replace(model, weights=weighed(same, strangers), matched=matched)
    share = share_of_housemates((one, other), comparing)
    return replace(model, surest_apart=surest_of_housemates(share, same=same))


def _drawn(one: Sequence[Entry], other: Sequence[Entry]) -> Iterable[tuple[Entry, Entry]]:
    if len(one) * len(other) <= STRANGERS:
        return product(one, other)
    chance = Random(_DRAWN_WITH)  # noqa: S311
    return zip(chance.choices(one, k=STRANGERS), chance.choices(other, k=STRANGERS), strict=True)


def _among_strangers(drawn: Iterable[tuple[Entry, Entry]], comparing: Comparing, model: Model) -> tuple[Table, ...]:
    """Count what strangers have in common; a pair that is rather one person is left out, as short lists have many."""
    counted: list[Counter[Likeness]] = [Counter() for _ in FIELDS]
    for mine, theirs in drawn:
        pattern = comparing.pattern(mine, theirs)
        if exp2(model.weight(pattern)) * model.prior < 1:
            for table, likeness in zip(counted, pattern, strict=True):
                table[likeness] += 1
    return tuple(_blended(table, expected, _U_COUNTS_AS) for table, expected in zip(counted, EXPECTED_U, strict=True))


def _added(one: Sequence[Entry], pairs: Pairs, patterns: Sequence[Pattern], rare: Rarity) -> list[float]:
    return [exp2(added_by(rare, one[mine], pattern)) for (mine, _), pattern in zip(pairs, patterns, strict=True)]


def _expectation(model: Model, pairs: Pairs, patterns: Sequence[Pattern], added: Sequence[float]) -> list[float]:
    """Return how likely each pair is of one person, where a row of the first list has at most one in the second."""
    prior = {pattern: model.prior * exp2(model.weight(pattern)) for pattern in set(patterns)}
    odds = [prior[pattern] * more for pattern, more in zip(patterns, added, strict=True)]
    total: dict[int, float] = defaultdict(lambda: 1 - model.matched)
    for (mine, _), each in zip(pairs, odds, strict=True):
        total[mine] += each
    return [each / total[mine] for (mine, _), each in zip(pairs, odds, strict=True)]


def _maximised(patterns: Sequence[Pattern], sure: Sequence[float]) -> tuple[Table, ...]:
    by_pattern: dict[Pattern, float] = defaultdict(float)
    for pattern, share in zip(patterns, sure, strict=True):
        by_pattern[pattern] += share
    counted: list[dict[Likeness, float]] = [defaultdict(float) for _ in FIELDS]
    for pattern, share in by_pattern.items():
        for table, likeness in zip(counted, pattern, strict=True):
            table[likeness] += share
    return tuple(_blended(table, expected, _M_COUNTS_AS) for table, expected in zip(counted, EXPECTED_M, strict=True))


def _blended(counted: Mapping[Likeness, float], expected: Table, counts_as: float) -> Table:
    """Return shares of the known likenesses, where what is expected counts as so many pairs."""
    known = sum(counted.get(each, 0.0) for each in expected)
    return {
        each: (counted.get(each, 0.0) + counts_as * share) / (known + counts_as) for each, share in expected.items()
    }
