"""Why two rows are likely of one person, as codes with the values that words need."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.lists.entry import FULL_DAY, Entry
from app.domain.lists.likeness import FIELDS, Field, Likeness
from app.domain.lists.pairing import Pair

_ORDER = FIELDS.index(Field.ORDER)
_NAMES = frozenset({Field.GIVEN, Field.FAMILY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReason:
    """What two rows have in common in one field, or have not.

    Attributes:
        field: which.
        likeness: how alike.
        values: both as written, the first list's first.
        is_partial: a day of birth of which only a part is known.
    """

    field: Field
    likeness: Likeness
    values: tuple[str, str]
    is_partial: bool = False


def reasons_of(pair: Pair) -> tuple[ListReason, ...]:
    """Return what speaks for a pair and what against it, in the order of the columns; what is not known is left out.

    Where given and family name are exchanged, each is held against the other of the second list.
    """
    crossed = pair.pattern[_ORDER] is Likeness.RELATED
    reasons = []
    for field, likeness in zip(FIELDS, pair.pattern, strict=True):
        if likeness is Likeness.UNKNOWN or (field is Field.ORDER and not crossed):
            continue
        reasons.append(
            ListReason(
                field=field,
                likeness=likeness,
                values=_values(pair, field, crossed=crossed),
                is_partial=field is Field.BORN and likeness is Likeness.CLOSE and _is_partial(pair),
            )
        )
    return tuple(reasons)


def _values(pair: Pair, field: Field, *, crossed: bool) -> tuple[str, str]:
    if field is Field.ORDER:
        return "", ""
    if field is Field.HOUSE:
        return Entry.of(pair.one).house, Entry.of(pair.other).house
    theirs = field
    if crossed and field in _NAMES:
        theirs = Field.FAMILY if field is Field.GIVEN else Field.GIVEN
    return str(getattr(pair.one, field)), str(getattr(pair.other, theirs))


def _is_partial(pair: Pair) -> bool:
    return min(len(Entry.of(row).born) for row in (pair.one, pair.other)) < FULL_DAY
