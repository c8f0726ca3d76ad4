"""Who is whom: of the pairs that were weighed, those that stand, each with its probability."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.lists.candidates import candidates
from app.domain.lists.entry import Entry, Written
from app.domain.lists.estimating import Pairs, estimate
from app.domain.lists.housemates import is_like_housemates
from app.domain.lists.likeness import Comparing, Pattern
from app.domain.lists.model import Model
from app.domain.names import NameTables

SHOWN_FROM = 0.5
"""Probability from which a pair is given: more likely one person than not."""

TWICE_FROM = 0.9
"""Probability, with no regard to rivals, from which a row may have a second partner: some stand twice in a list."""

MOST_A_NUMBER = 2
"""Rows of one list that may have one health number: a person stands twice in it; what stands there more often was put
in for "not known"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rows that are likely of one person.

    Attributes:
        one: the row of the first list, as written.
        other: that of the second.
        probability: that they are of one person, 0 to 1.
        pattern: how alike they are, field by field.
    """

    one: Written
    other: Written
    probability: float
    pattern: Pattern


def compare_lists(one: Sequence[Written], other: Sequence[Written], *, names: NameTables | None = None) -> list[Pair]:
    """Return the pairs of rows that are likely of one person, in the order of the first list.

    A row has one partner at most, but for rows that stand twice in one list.
    """
    mine, theirs = _entries(one), _entries(other)
    comparing = Comparing(names or NameTables())
    pairs = candidates(mine, theirs)
    patterns = [comparing.pattern(mine[place], theirs[there]) for place, there in pairs]
    model = estimate(mine, theirs, pairs, patterns, comparing)
    odds = [model.odds(mine[place], pattern) for (place, _), pattern in zip(pairs, patterns, strict=True)]
    found = _one_to_one(pairs, patterns, odds, model)
    found |= _Twice(mine, theirs, comparing, model).partners(pairs, patterns, odds, found)
    return [
        Pair(one=one[pairs[at][0]], other=other[pairs[at][1]], probability=sure, pattern=patterns[at])
        for at, sure in sorted(found.items())
    ]


def _entries(written: Sequence[Written]) -> list[Entry]:
    """Return the rows of a list as they are compared; a number that stands for several people is none of theirs."""
    entries = [Entry.of(each) for each in written]
    counted = Counter(each.number for each in entries)
    shared = {number for number, count in counted.items() if number and count > MOST_A_NUMBER}
    return [replace(each, number="") if each.number in shared else each for each in entries]


def _one_to_one(pairs: Pairs, patterns: Sequence[Pattern], odds: Sequence[float], model: Model) -> dict[int, float]:
    """Give each row its partner, the surest pair first; what is sure takes its rows from the rivals of the rest."""
    rivals: dict[tuple[int, int], set[int]] = defaultdict(set)
    for at, (mine, theirs) in enumerate(pairs):
        rivals[0, mine].add(at)
        rivals[1, theirs].add(at)
    found: dict[int, float] = {}
    gone: set[int] = set()
    for at in sorted(range(len(pairs)), key=odds.__getitem__, reverse=True):
        if at in gone:
            continue
        sides = rivals[0, pairs[at][0]] | rivals[1, pairs[at][1]]
        likely = model.prior * sum(odds[rival] for rival in sides - gone)
        sure = model.prior * odds[at] / (1 - model.matched + likely)
        if is_like_housemates(patterns[at]):
            sure = min(sure, model.surest_apart)
        if sure >= SHOWN_FROM:
            found[at] = sure
            gone |= sides
    return found


class _Twice:
    """Finds second partners: a row of a person whose other row, in the same list, has the partner already."""

    def __init__(self, one: Sequence[Entry], other: Sequence[Entry], comparing: Comparing, model: Model) -> None:
        self._lists = (one, other)
        self._comparing = comparing
        self._model = model

    def partners(
        self, pairs: Pairs, patterns: Sequence[Pattern], odds: Sequence[float], found: dict[int, float]
    ) -> dict[int, float]:
        """Return further pairs with their probabilities."""
        partner = ({pairs[at][0]: pairs[at][1] for at in found}, {pairs[at][1]: pairs[at][0] for at in found})
        further = {}
        for at, each in enumerate(odds):
            mine, theirs = pairs[at]
            sure = self._sure(each, patterns[at])
            if at in found or sure < TWICE_FROM:
                continue
            rival, rival_there = partner[1].get(theirs), partner[0].get(mine)
            if self._is_twice(0, mine, rival) and self._is_twice(1, theirs, rival_there):
                further[at] = sure
        return further

    def _sure(self, odds: float, pattern: Pattern) -> float:
        """Before anything is compared, a pair is one of as many as there are rows."""
        prior = 1 / max(2, len(self._lists[0]), len(self._lists[1]))
        sure = prior * odds / (1 - prior + prior * odds)
        return min(sure, self._model.surest_apart) if is_like_housemates(pattern) else sure

    def _is_twice(self, side: int, one: int, other: int | None) -> bool:
        if other is None or one == other:
            return True
        mine, theirs = self._lists[side][one], self._lists[side][other]
        pattern = self._comparing.pattern(mine, theirs)
        return self._sure(self._model.odds(mine, pattern), pattern) >= TWICE_FROM
