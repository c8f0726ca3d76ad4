"""What likenesses tell: the weights of Fellegi and Sunter, and what rare values add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp2, log2
from types import MappingProxyType

from app.domain.lists.entry import Entry
from app.domain.lists.likeness import FIELDS, Field, Likeness, Pattern

_ORDER = FIELDS.index(Field.ORDER)
_DAMPING = 50.0
"""Usual values of which each value counts as having seen one: what stands once in a short list is not yet rare."""

_MOST_BITS = 500.0
"""Bits beyond which more certainty is no use, and no longer a number."""

FEWEST_OTHERS = 100
"""Rows that a short list counts as having: the people on it are a few of many, and two of them are not half likely to
be one person before they are compared."""

Table = Mapping[Likeness, float]

VALUES: Mapping[Field, Callable[[Entry], str]] = MappingProxyType(
    {
        Field.GIVEN: lambda entry: entry.given,
        Field.FAMILY: lambda entry: entry.family,
        Field.BORN: lambda entry: entry.born,
        Field.POSTCODE: lambda entry: entry.postcode,
        Field.HOUSE: lambda entry: entry.house,
        Field.STREET: lambda entry: " ".join(sorted(entry.words)),
        Field.LOCALITY: lambda entry: entry.locality,
        Field.NUMBER: lambda entry: entry.number,
    }
)
"""The value that two rows have in common where a field of theirs is equal."""

Rarity = Mapping[Field, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What likenesses tell in two lists.

    Attributes:
        weights: log2(m ÷ u) of each likeness, in the order of `FIELDS`; nothing for one that is not known.
        rare: what a value adds that both rows have, by field: a rare name tells more than a common one.
        matched: share of the first list's rows that have a row in the second.
        others: rows of the second list.
        surest_apart: the highest probability of a pair with another given name and another day of birth.
    """

    weights: tuple[Table, ...]
    rare: Rarity
    matched: float
    others: int
    surest_apart: float = 1.0

    @property
    def prior(self) -> float:
        """How likely two rows are of one person before they are compared."""
        return self.matched / max(FEWEST_OTHERS, self.others)

    def weight(self, pattern: Pattern) -> float:
        """Return the weight of a pattern in bits, without what rare values add."""
        return sum([table[likeness] for table, likeness in zip(self.weights, pattern, strict=True)])

    def odds(self, entry: Entry, pattern: Pattern) -> float:
        """Return how much likelier a pattern is for one person than for strangers; `entry` is either of the two."""
        return exp2(min(_MOST_BITS, self.weight(pattern) + added_by(self.rare, entry, pattern)))


def weighed(same: Sequence[Table], strangers: Sequence[Table]) -> tuple[Table, ...]:
    """Return the weights from the shares of each likeness among pairs of one person and among strangers."""
    return tuple(
        {Likeness.UNKNOWN: 0.0} | {each: log2(share / far[each]) for each, share in near.items()}
        for near, far in zip(same, strangers, strict=True)
    )


def rarities(one: Sequence[Entry], other: Sequence[Entry]) -> Rarity:
    """Return how much more than a usual value each value tells, in bits."""
    return {each: _rarity(Counter(map(value_of, (*one, *other)))) for each, value_of in VALUES.items()}


def added_by(rare: Rarity, entry: Entry, pattern: Pattern) -> float:
    """Return what the values add that a row has in common with another; nothing where the names are exchanged."""
    if pattern[_ORDER] is Likeness.RELATED:
        return 0.0
    return sum(
        [
            rare[each].get(VALUES[each](entry), 0.0)
            for each, likeness in zip(FIELDS, pattern, strict=True)
            if likeness is Likeness.EQUAL and each in rare
        ]
    )


def _rarity(counted: Counter[str]) -> dict[str, float]:
    """Return log2(usual share of strangers ÷ that of each value)."""
    del counted[""]
    known = counted.total()
    if not known:
        return {}
    usual = sum((count / known) ** 2 for count in counted.values())
    damping = _DAMPING * usual
    return {value: log2((usual * known + damping) / (count + damping)) for value, count in counted.items()}
