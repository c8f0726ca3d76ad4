"""Small numbers kept out of a report, and out of reach of anybody who subtracts (`domain.md` 10).

Counts that add up are one network: every count is a line from one crossing to another, and at every crossing as much
goes in as comes out. A list with its total, a table with both margins and a funnel with what was lost between its steps
all are such networks. What is left to somebody who knows all that is shown is then exact: a hidden count can be worked
out if, and only if, no ring of hidden counts runs through it along which one person could be moved round.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from operator import itemgetter
from typing import Generic, TypeAlias, TypeVar

from app.domain.policy import POLICY, PolicyKey

SMALL = POLICY[PolicyKey.SMALL_NUMBER].default
"""Counts below this, zero left out, are never shown."""

Place: TypeAlias = Hashable
"""A crossing of a network, or the name of one count; any value that can be a key."""


class Kept(StrEnum):
    """What stands where a count is not shown."""

    UNDER = "under"
    HIDDEN = "hidden"


G = TypeVar("G", bound=Hashable)
R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)

Shown: TypeAlias = int | Kept
"""A count as it may be shown."""


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a network: so many go from one crossing to another."""

    value: int
    source: Place
    target: Place


def suppress(counts: Mapping[Place, Count], *, small: int = SMALL) -> dict[Place, Shown]:
    """Return every count as it may be shown: 1 to `small` - 1 as UNDER, and as few others HIDDEN as keep it so.

    What is hidden for another's sake is the smallest that does it: 12, 3, 7 with the total 22 becomes 12, UNDER,
    HIDDEN, 22. Nothing that is not shown follows from what is, even if one knows this rule. Zero is always shown.

    Args:
        counts: the network, by the name of each count. At every crossing as much must go in as comes out.
        small: counts below it are small, at least 3.

    Raises:
        ValueError: the counts do not add up, or one is negative.
    """
    return suppress_and_size(counts, small=small)[0]


def suppress_and_size(
    counts: Mapping[Place, Count], *, small: int = SMALL
) -> tuple[dict[Place, Shown], frozenset[Place]]:
    """Return every count as `suppress` does, and those of which it may be told that they are not small.

    That is more than the counts that are shown: a companion is taken to be known not to be small. It is less than all
    that are not small: of a ring on which nothing says "under", nothing may tell which of it is.

    Raises:
        ValueError: as `suppress`.
    """
    _check(counts, small)
    network = _Network(counts, small)
    for name in sorted(network.kept, key=lambda each: (counts[each].value, repr(each))):
        if not network.is_safe(name):
            network.protect(name)
    shown = {name: network.kept.get(name, count.value) for name, count in counts.items()}
    return shown, frozenset(name for name, count in counts.items() if count.value >= small and not network.is_any(name))


def suppress_list(values: Mapping[G, int], *, small: int = SMALL) -> tuple[dict[G, Shown], Shown]:
    """Return a list of counts and its total, as they may be shown."""
    counts: dict[Place, Count] = {("part", name): Count(value, "from", "to") for name, value in values.items()}
    counts["total"] = Count(sum(values.values()), "to", "from")
    shown = suppress(counts, small=small)
    return {name: shown["part", name] for name in values}, shown["total"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable(Generic[R, C]):
    """A table as it may be shown.

    Attributes:
        cells: by row and column.
        rows: the total of each row.
        columns: the total of each column.
        total: of all.
    """

    cells: Mapping[tuple[R, C], Shown]
    rows: Mapping[R, Shown]
    columns: Mapping[C, Shown]
    total: Shown


def suppress_table(
    values: Mapping[tuple[R, C], int], *, rows: Sequence[R], columns: Sequence[C], small: int = SMALL
) -> ShownTable[R, C]:
    """Return a table of counts with the totals of its rows and columns, as they may be shown.

    Args:
        values: by row and column; what is missing is zero.
        rows: the names of the rows.
        columns: the names of the columns.
        small: counts below it are small.
    """
    across = {row: sum(values.get((row, column), 0) for column in columns) for row in rows}
    down = {column: sum(values.get((row, column), 0) for row in rows) for column in columns}
    counts: dict[Place, Count] = {
        ("cell", row, column): Count(values.get((row, column), 0), ("row", row), ("column", column))
        for row in rows
        for column in columns
    }
    counts |= {("row", row): Count(value, "start", ("row", row)) for row, value in across.items()}
    counts |= {("column", column): Count(value, ("column", column), "end") for column, value in down.items()}
    counts["total"] = Count(sum(across.values()), "end", "start")
    shown = suppress(counts, small=small)
    return ShownTable(
        cells={(row, column): shown["cell", row, column] for row in rows for column in columns},
        rows={row: shown["row", row] for row in rows},
        columns={column: shown["column", column] for column in columns},
        total=shown["total"],
    )


def per_cent(part: Shown, rest: Shown, *, small: int = SMALL) -> int | None:
    """Return a part of a whole in whole per cent, half up; None when the whole is small or any of it is not shown.

    Args:
        part: who is counted.
        rest: who is not: a rate beside a shown whole would give a hidden rest away.
        small: wholes below it have no rate.
    """
    if isinstance(part, Kept) or isinstance(rest, Kept) or part + rest < small:
        return None
    return (200 * part + part + rest) // (2 * (part + rest))


# --- the network ----------------------------------------------------------------------------------------------


class _Network:
    """The counts as lines between crossings, and which of them are kept back so far."""

    def __init__(self, counts: Mapping[Place, Count], small: int) -> None:
        self.kept: dict[Place, Kept] = {name: Kept.UNDER for name, count in counts.items() if 0 < count.value < small}
        self._counts = counts
        self._small = small
        self._is_any: set[Place] = set()
        self._at: dict[Place, list[Place]] = {}
        for name, count in counts.items():
            if count.value:
                self._at.setdefault(count.source, []).append(name)
                self._at.setdefault(count.target, []).append(name)

    def is_any(self, name: Place) -> bool:
        """Answer whether one is on a ring of which nothing tells what is small."""
        return name in self._is_any

    def is_safe(self, name: Place) -> bool:
        """Answer whether a ring of kept counts runs through one, so that it could be one more or one less."""
        return self._ring(name, self.kept) is not None

    def protect(self, name: Place) -> None:
        """Keep back the smallest counts that close a ring through one."""
        ring = self._ring(name, self._counts)
        if ring is None:
            # One more round a ring of whatever people went is always possible, if nothing says "under" on it.
            ring = self._plain_ring(name)
            self._is_any.update([name, *ring])
            self.kept.update(dict.fromkeys([name, *ring], Kept.HIDDEN))
        for each in ring:
            self.kept.setdefault(each, Kept.HIDDEN)

    def _bounds(self, name: Place) -> tuple[int, int | None]:
        """Return what anybody may know of a kept count: least and most, None without end."""
        if name in self._is_any:
            return 1, None
        is_small = self._counts[name].value < self._small
        return (1, self._small - 1) if is_small else (self._small, None)

    def _can_grow(self, name: Place) -> bool:
        most = self._bounds(name)[1]
        return most is None or self._counts[name].value < most

    def _can_shrink(self, name: Place) -> bool:
        return self._counts[name].value > self._bounds(name)[0]

    def _ring(self, name: Place, usable: Container[Place]) -> list[Place] | None:
        """Return the cheapest counts that close a ring through one, either way round; None when there is none."""
        count = self._counts[name]
        ways = []
        if self._can_grow(name):
            ways.append(self._path(count.target, count.source, name, usable))
        if self._can_shrink(name):
            ways.append(self._path(count.source, count.target, name, usable))
        found = [way for way in ways if way is not None]
        return min(found, key=itemgetter(0))[1] if found else None

    def _path(
        self, start: Place, goal: Place, without: Place, usable: Container[Place]
    ) -> tuple[int, list[Place]] | None:
        """Return cost and counts of the cheapest way between two crossings; what is kept already costs nothing."""
        waiting: list[tuple[int, int, Place, tuple[Place, ...]]] = [(0, 0, start, ())]
        seen: set[Place] = set()
        turn = 0
        while waiting:
            cost, _, here, way = heappop(waiting)
            if here == goal:
                return cost, list(way)
            if here in seen:
                continue
            seen.add(here)
            for name in self._at.get(here, ()):
                if name == without or name not in usable:
                    continue
                count = self._counts[name]
                price = cost + (0 if name in self.kept else count.value)
                if count.source == here and self._can_grow(name):
                    turn += 1
                    heappush(waiting, (price, turn, count.target, (*way, name)))
                if count.target == here and self._can_shrink(name):
                    turn += 1
                    heappush(waiting, (price, turn, count.source, (*way, name)))
        return None

    def _plain_ring(self, name: Place) -> list[Place]:
        """Return counts that people went along from the end of one back to its beginning; it always exists."""
        count = self._counts[name]
        came_by: dict[Place, Place] = {}
        waiting = [count.target]
        while count.source not in came_by and count.source != count.target:
            here = waiting.pop(0)
            for each in self._at[here]:
                line = self._counts[each]
                if line.source == here and line.target not in came_by and each != name:
                    came_by[line.target] = each
                    waiting.append(line.target)
        ring, here = [], count.source
        while here != count.target:
            ring.append(came_by[here])
            here = self._counts[came_by[here]].source
        return ring


def _check(counts: Mapping[Place, Count], small: int) -> None:
    if small < 3:
        raise ValueError("below 3 a hidden count would be known")
    balance: dict[Place, int] = {}
    for count in counts.values():
        if count.value < 0:
            raise ValueError("a count is not negative")
        balance[count.source] = balance.get(count.source, 0) - count.value
        balance[count.target] = balance.get(count.target, 0) + count.value
    if any(balance.values()):
        raise ValueError("the counts do not add up")
