"""Who is reached, by what people say of themselves: as it may be shown beside the other tables of a year.

The lists are shown of whole calendar years and of everybody, each by itself (ADR 0091, 0103). Whoever reads them knows
the other tables of that year, so how many were met and reached is taken as known, and hides nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from app.domain.equality import EQUALITY_LISTS, NOT_ANSWERED
from app.domain.impact import Selection, was_reached
from app.domain.impact_facts import PersonFacts
from app.domain.impact_tables import TOTAL, Column, Figure, Row, Table
from app.domain.periods import Period
from app.domain.suppression import Kept, Shown, per_cent, suppress_table

EQUALITY_PERIOD = Period.LAST_YEAR
"""The only period: of two that overlap, one could be taken off the other."""

FIGURE_OF_LIST: Mapping[str, Figure] = MappingProxyType(
    {
        "ethnic_group": Figure.BY_ETHNIC_GROUP,
        "sex": Figure.BY_SEX,
        "sexual_orientation": Figure.BY_SEXUAL_ORIENTATION,
        "religion": Figure.BY_RELIGION,
    }
)

_SIDES = ("not", "yes")


class Answered(NamedTuple):
    """What one person adds: to which list and answer, met in which month, and whether a service took them on."""

    list: str
    answer: str
    month: str
    is_reached: bool


def answered_of(facts: PersonFacts, answers: Mapping[str, str]) -> tuple[Answered, ...]:
    """Return what somebody adds whom the charity registered, with their newest answer to each list."""
    if not facts.met:
        return ()
    is_reached = was_reached(facts.step)
    return tuple(Answered(name, answers.get(name, NOT_ANSWERED), facts.met, is_reached) for name in EQUALITY_LISTS)


def equality_tables(
    counts: Mapping[Answered, int], selection: Selection, beside: Sequence[Table], *, small: int
) -> tuple[Table, ...]:
    """Return a table for each list that somebody answered.

    Args:
        counts: how many people add each thing.
        selection: the year.
        beside: the other tables of the year; their totals stand here too.
        small: counts below it are small.
    """
    nation = next(table for table in beside if table.figure is Figure.BY_NATION)
    totals = next(row for row in nation.rows if row.key == TOTAL)
    is_known = not any(isinstance(cell, Kept) for cell in totals.cells)
    found = []
    for name, codes in EQUALITY_LISTS.items():
        of = {each: count for each, count in counts.items() if each.list == name and selection.holds(each.month)}
        if {each.answer for each in of} <= {NOT_ANSWERED}:
            continue
        # An answer of a newer version of the lists stands after those that are known here.
        newer = sorted({each.answer for each in of} - {*map(str, codes), NOT_ANSWERED})
        answers = (*map(str, codes), *newer, NOT_ANSWERED)
        rows = _rows(of, answers, small=small, is_known=is_known)
        columns = (Column.MET, Column.TAKEN_ON, Column.NOT_REACHED, Column.SHARE_REACHED)
        found.append(Table(figure=FIGURE_OF_LIST[name], columns=columns, rows=(*rows, totals)))
    return tuple(found)


def _rows(counts: Mapping[Answered, int], answers: Sequence[str], *, small: int, is_known: bool) -> list[Row]:
    values: dict[tuple[str, str], int] = {}
    for each, count in counts.items():
        cell = (each.answer, _SIDES[each.is_reached])
        values[cell] = values.get(cell, 0) + count
    shown = suppress_table(values, rows=answers, columns=_SIDES, small=small)
    # Totals that would have to be hidden stand in another table: then no answer is told, not even that nobody gave it.
    is_told = is_known and not any(isinstance(total, Kept) for total in (*shown.columns.values(), shown.total))
    hidden: tuple[Shown, ...] = (Kept.HIDDEN,) * 3
    rows = []
    for answer in answers:
        met, yes, no = (
            (shown.rows[answer], shown.cells[answer, "yes"], shown.cells[answer, "not"]) if is_told else hidden
        )
        rows.append(Row(key=answer, cells=(met, yes, no, per_cent(yes, no, small=small))))
    return rows
