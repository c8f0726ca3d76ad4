"""Small numbers stay unknown: another table, found by trying them out, shows the very same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.suppression import (
    Count,
    Kept,
    Shown,
    per_cent,
    suppress,
    suppress_list,
    suppress_table,
)

SMALL = 5
FEW = st.integers(0, 9)


@dataclass(frozen=True)
class Reader:
    """Somebody who knows the rule, and is told by what is hidden whether all of it is at least five."""

    hidden_least: int

    def fits(self, value: int, shown: Shown) -> bool:
        """Answer whether a count may stand behind what is shown."""
        match shown:
            case Kept.UNDER:
                return 1 <= value < SMALL
            case Kept.HIDDEN:
                return value >= self.hidden_least
        return value == shown

    def all_fit(self, values: Sequence[int], shown: Sequence[Shown]) -> bool:
        return all(map(self.fits, values, shown))

    def near(self, values: Sequence[int], shown: Sequence[Shown], total: Shown) -> Iterator[tuple[int, ...]]:
        """Yield the rows that show the same as one, tried out by one person more or less in each cell."""
        for row in product(*([each - 1, each, each + 1] for each in values)):
            if self.all_fit(row, shown) and self.fits(sum(row), total):
                yield row


def reader_of(values: Sequence[int], shown: Sequence[Shown]) -> Reader:
    """Return the reader who knows most: that nothing below five is hidden as another's companion, where it is so."""
    hidden = [value for value, each in zip(values, shown, strict=True) if each is Kept.HIDDEN]
    return Reader(SMALL if all(value >= SMALL for value in hidden) else 1)


def never_small(values: Sequence[int], shown: Sequence[Shown]) -> bool:
    """Answer whether every shown count is the true one, and no small one is among them."""
    return all(
        each == value and not 0 < value < SMALL
        for value, each in zip(values, shown, strict=True)
        if not isinstance(each, Kept)
    )


def test_the_example_of_the_rule() -> None:
    shown, total = suppress_list({"a": 12, "b": 3, "c": 7})
    assert (shown, total) == ({"a": 12, "b": Kept.UNDER, "c": Kept.HIDDEN}, 22)


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert suppress_list({"a": 5, "b": 0, "c": 70}) == ({"a": 5, "b": 0, "c": 70}, 75)


def test_one_and_five_would_follow_from_six() -> None:
    """Whoever knows that what is hidden is five at least reads 1 + 5 out of 6; so the six is hidden."""
    shown, total = suppress_list({"a": 1, "b": 5})
    assert shown["a"] is Kept.UNDER
    assert total is Kept.HIDDEN


def test_two_ones_would_follow_from_two_and_four_with_four_from_eight() -> None:
    assert suppress_list({"a": 1, "b": 1}) == ({"a": Kept.UNDER, "b": Kept.UNDER}, Kept.UNDER)
    shown, total = suppress_list({"a": 4, "b": 4})
    assert (shown, total) == ({"a": Kept.UNDER, "b": Kept.UNDER}, Kept.HIDDEN)


@given(st.lists(FEW, min_size=1, max_size=5))
@example([1, 5])
@example([4, 5])
@example([4, 4, 4])
def test_no_cell_of_a_list_can_be_worked_out(values: list[int]) -> None:
    shown, total = suppress_list(dict(enumerate(values)))
    row = [shown[place] for place in range(len(values))]
    assert never_small([*values, sum(values)], [*row, total])
    found = list(reader_of([*values, sum(values)], [*row, total]).near(values, row, total))
    for place, each in enumerate(row):
        assert not isinstance(each, Kept) or len({other[place] for other in found}) > 1, (values, row, total)
    assert not isinstance(total, Kept) or len({sum(other) for other in found}) > 1, (values, row, total)


@settings(max_examples=300)
@given(st.integers(1, 3), st.integers(2, 3), st.data())
def test_no_cell_of_a_table_can_be_worked_out(height: int, width: int, data: st.DataObject) -> None:
    values = [data.draw(st.lists(FEW, min_size=width, max_size=width)) for _ in range(height)]
    cells = {(y, x): values[y][x] for y in range(height) for x in range(width)}
    shown = suppress_table(cells, rows=range(height), columns=range(width))
    flat = [shown.cells[y, x] for y in range(height) for x in range(width)]
    margins = [*shown.rows.values(), *shown.columns.values(), shown.total]
    truth = [*map(sum, values), *map(sum, zip(*values, strict=True)), sum(map(sum, values))]
    assert never_small([each for row in values for each in row] + truth, flat + margins)
    reader = reader_of([each for row in values for each in row] + truth, flat + margins)
    rows = [
        list(reader.near(values[y], [shown.cells[y, x] for x in range(width)], shown.rows[y])) for y in range(height)
    ]
    known: list[set[int]] = [set() for _ in [*flat, *margins]]
    for table in product(*rows):
        down, across = list(map(sum, zip(*table, strict=True))), list(map(sum, table))
        if reader.all_fit(down, list(shown.columns.values())) and reader.fits(sum(across), shown.total):
            every = [*(each for row in table for each in row), *across, *down, sum(across)]
            for seen, value in zip(known, every, strict=True):
                seen.add(value)
    for seen, each in zip(known, [*flat, *margins], strict=True):
        assert not isinstance(each, Kept) or len(seen) > 1, (values, shown)


def test_a_rate_needs_a_whole_that_is_not_small_and_both_its_parts_in_sight() -> None:
    assert per_cent(7, 3) == 70
    assert per_cent(5, 395) == 1
    assert per_cent(0, 4) is None
    assert per_cent(Kept.UNDER, 30) is None
    assert per_cent(30, Kept.UNDER) is None


def test_a_higher_threshold_hides_more() -> None:
    assert suppress_list({"a": 9, "b": 40, "c": 50}, small=10)[0]["a"] is Kept.UNDER


def test_counts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        suppress({"a": Count(3, "x", "y"), "b": Count(4, "y", "x")})
