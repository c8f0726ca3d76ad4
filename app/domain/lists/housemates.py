"""People who live together: they share a family name and an address, and are not one person.

Fellegi and Sunter's weights take the fields for independent, so a shared home would outweigh another given name and
another day of birth. How many such people there are is counted in each list by itself, where no two rows should be of
one person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from app.domain.lists.entry import Entry
from app.domain.lists.likeness import FIELDS, Comparing, Field, Likeness, Pattern
from app.domain.lists.model import Table

_GIVEN, _BORN, _NUMBER = (FIELDS.index(each) for each in (Field.GIVEN, Field.BORN, Field.NUMBER))
_SEEN_ELSEWHERE = (1, 100)
"""Housemates and rows that count as seen in other lists, so that short lists do not say that there are none."""

_MOST_A_HOME = 12
"""Rows of one home that are compared; a care home of hundreds would take the time of the whole list."""


def is_like_housemates(pattern: Pattern) -> bool:
    """Answer whether neither given name, birthday nor health number speaks for one person, and one speaks against."""
    given, born = pattern[_GIVEN], pattern[_BORN]
    return (
        pattern[_NUMBER] is not Likeness.EQUAL
        and max(given, born) <= Likeness.FAINT
        and max(given, born) > Likeness.UNKNOWN
    )


def share_of_housemates(lists: Sequence[Sequence[Entry]], comparing: Comparing) -> float:
    """Return the share of rows that have somebody in their own list who shares family name and address only."""
    housemates, rows = _SEEN_ELSEWHERE
    for entries in lists:
        homes: dict[tuple[str, str, tuple[str, ...]], list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.family and entry.words:
                homes[entry.family, entry.house, entry.words].append(entry)
        rows += len(entries)
        housemates += sum(_with_housemates(home[:_MOST_A_HOME], comparing) for home in homes.values() if len(home) > 1)
    return housemates / rows


def surest_of_housemates(share: float, *, same: Sequence[Table]) -> float:
    """Return the highest probability of a pair like housemates: how often one person's two rows would differ so.

    Whoever is on one list is as likely on the other as the people they live with, so that share plays no part.

    Args:
        share: what `share_of_housemates` counted.
        same: shares of each likeness among pairs of one person, in the order of `FIELDS`.
    """
    differ = (Likeness.DIFFERENT, Likeness.FAINT)
    both = sum(same[_GIVEN][each] for each in differ) * sum(same[_BORN][each] for each in differ)
    return both / (both + share)


def _with_housemates(home: Sequence[Entry], comparing: Comparing) -> int:
    return sum(
        any(one is not other and is_like_housemates(comparing.pattern(one, other)) for other in home) for one in home
    )
