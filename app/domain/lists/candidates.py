"""Which rows are worth comparing: those that share something few others have."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log2

from app.domain.lists.entry import FULL_DAY, Entry

MOST_A_KEY = 200
"""Rows under one key of the other list; a key of more tells next to nothing, and would be half of the work."""

MOST_A_ROW = 5
"""Rows of the other list that one row is compared with: those with which it shares most."""


NUMBER_TELLS = 4
"""How many rare names an equal health number is worth: whoever shares one is compared, whatever others share."""

_NUMBER = "h"


def candidates(one: Sequence[Entry], other: Sequence[Entry]) -> list[tuple[int, int]]:
    """Return pairs of places in the two lists that are worth comparing, by the first."""
    posted: dict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(other):
        for key in keys_of(entry):
            posted[key].append(at)
    told = {
        key: (log2(1 + len(other) / len(places)) * (NUMBER_TELLS if key[0] == _NUMBER else 1), places)
        for key, places in posted.items()
        if len(places) <= MOST_A_KEY
    }
    found = []
    for at, entry in enumerate(one):
        shared: dict[int, float] = defaultdict(float)
        for key in keys_of(entry):
            if key in told:
                weight, places = told[key]
                for place in places:
                    shared[place] += weight
        best = shared if len(shared) <= MOST_A_ROW else heapq.nlargest(MOST_A_ROW, shared, key=shared.__getitem__)
        found += [(at, place) for place in best]
    return found


def keys_of(entry: Entry) -> list[str]:
    """Return the keys of a row, whatever may be rare about it; in one order, as what is shared is added up in it."""
    return list(dict.fromkeys(_keys(entry)))


def _keys(entry: Entry) -> Iterator[str]:
    for name in (entry.given, entry.family):
        if name:
            yield f"n{name}"
    for sound in sorted(entry.sounds):
        yield f"s{sound}"
    if entry.number:
        yield f"{_NUMBER}{entry.number}"
    if entry.born:
        yield f"b{entry.born}"
        if len(entry.born) == FULL_DAY:
            yield f"b{entry.born[:4]}{entry.born[6:]}{entry.born[4:6]}"
            yield f"m{entry.born[:6]}"
            yield f"d{entry.born[4:]}"
    if entry.postcode:
        yield f"p{entry.postcode}"
    if entry.locality:
        yield f"l{entry.locality}"
    for word in entry.words:
        yield f"w{word}"
    if entry.house and entry.words:
        yield f"a{entry.house} {entry.words[0]}"
