"""Figures in words: every table with its heading, definition and rows, the same on screen, paper and in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import resources
from app.domain.equality_figures import FIGURE_OF_LIST
from app.domain.ids import SiteId
from app.domain.impact import Scope, site_and_ward
from app.domain.impact_tables import HUNDREDTHS, OTHER_GROUPS, PER_CENT, TOTAL, Cell, Column, Figure, Table
from app.domain.lists.table import written_list
from app.domain.suppression import Kept
from app.printing.sheet import Block, Sheet
from app.use_cases.impact import Impact

_CODES = {
    Figure.BY_PROGRAMME: "mentor_kind",
    Figure.BY_NATION: "nation",
    Figure.BY_AGE: "age_band",
    Figure.STAGES: "journey_stage",
    Figure.ENDED: "match_end_reason",
    Figure.BY_ETHNIC_GROUP: "ethnic_group",
    Figure.BY_SEX: "sex",
    Figure.BY_SEXUAL_ORIENTATION: "sexual_orientation",
    Figure.BY_RELIGION: "religion",
}
_ROWS = {Figure.WAY: "step", Figure.TIMES: "wait", Figure.BY_SUPPORT: "support", Figure.SCORES: "score"}
_MONTHLY = frozenset({Figure.CALLS, Figure.QUALITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One table in words.

    Attributes:
        figure: which.
        title: its heading.
        definition: what it counts.
        columns: the heads of its columns; the first names the rows.
        rows: its rows, as long as `columns`.
    """

    figure: Figure
    title: str
    definition: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class FigureWords:
    """Says figures in words; reads the shipped words once."""

    def __init__(self, sites: Mapping[SiteId, str], small: int, members: Mapping[str, str] | None = None) -> None:
        """Take the names of sites, the number below which counts are not shown, and the names of charities by id."""
        self._words: dict[str, Any] = resources.figure_words()
        self._members = members or {}
        self._sites, self._small = sites, small
        self._labels = {figure: resources.labels(name) for figure, name in _CODES.items()}

    def table(self, table: Table) -> Written:
        """Return one table in words."""
        said = self._words["figures"][table.figure]
        heads = [self._words["first_columns"][table.figure], *(self.column(each) for each in table.columns)]
        return Written(
            figure=table.figure,
            title=said["title"],
            definition=said["definition"],
            columns=tuple(heads),
            rows=tuple(
                (self.row(table.figure, row.key), *(map(self.cell, row.cells, table.columns))) for row in table.rows
            ),
        )

    def column(self, column: Column) -> str:
        """Return the head of a column."""
        return str(self._words["columns"][column])

    def cell(self, cell: Cell, column: Column) -> str:
        """Return what stands in a cell."""
        said = self._words["cells"]
        match cell:
            case None:
                return str(said["none"])
            case Kept():
                return str(said[cell]).format(small=self._small)
        if column in PER_CENT:
            return f"{cell}\N{NO-BREAK SPACE}%"
        return f"{cell / 100:.2f}" if column in HUNDREDTHS else f"{cell:,}"

    def row(self, figure: Figure, key: str) -> str:
        """Return the name of a row."""
        other: dict[str, str] = self._words["rows"]["other"]
        if key in (TOTAL, OTHER_GROUPS):
            return other[key]
        if figure in _MONTHLY:
            return month_words(key)
        if figure is Figure.LOST:
            step, why = key.split("|")
            return f"{self._words['rows']['step'][step]}: {self._words['rows']['why'][why]}"
        if figure is Figure.BY_WARD:
            return self.ward(key)
        if figure is Figure.BY_CHARITY:
            return self._members.get(key, other["unknown"])
        if not key and figure in FIGURE_OF_LIST.values():
            return other["not_answered"]
        if not key:
            return other["no_programme" if figure is Figure.BY_PROGRAMME else "no_reason"]
        named: dict[str, str] = self._labels.get(figure) or self._words["rows"][_ROWS[figure]]
        return named.get(key, other["unknown"])

    def ward(self, group: str) -> str:
        """Return "Stoke Mandeville, St David"."""
        site, ward = site_and_ward(group)
        if site is None:
            return str(self._words["rows"]["other"]["no_ward"])
        return ", ".join(part for part in (self._sites.get(site, ""), ward) if part)

    def scope(self, scope: Scope) -> str:
        """Return whose figures they are."""
        kind, _, rest = scope.partition(":")
        if kind == "programme":
            return self.row(Figure.BY_PROGRAMME, rest)
        return self.ward(rest) if kind == "ward" else str(self._words["report"]["everybody"])

    @property
    def suppression(self) -> str:
        """The sentence on what is not shown."""
        return str(self._words["suppression"]).format(small=self._small, most=self._small - 1)

    def report_word(self, name: str) -> str:
        """Return a word of the report."""
        return str(self._words["report"][name])


def month_words(month: str) -> str:
    """Return "March 2026"."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def short_month(month: str) -> str:
    """Return "Mar 26"."""
    return f"{date.fromisoformat(f'{month}-01'):%b %y}"


def report_sheet(made: Impact) -> Sheet:
    """Return the report as it is printed: every table, with what it counts and what is not shown."""
    words = FigureWords(made.sites, made.small)
    tables = [words.table(table) for table in made.tables if table.rows]
    since, until = month_words(made.selection.since), month_words(made.selection.until)
    period = words.report_word("period").format(since=since, until=until)
    day = f"{made.on.day} {made.on:%B %Y}"
    about = Block(items=((words.report_word("made").format(day=day),), (words.suppression,)), is_list=False)
    blocks = [
        Block(heading=each.title, items=((each.definition,),), is_list=False, columns=each.columns, rows=each.rows)
        for each in tables
    ]
    return Sheet(
        title=f"{words.report_word('title')}: {period}",
        language="en-GB",
        sender=made.org_name,
        blocks=(about, *blocks),
        footer=made.org_name,
    )


def report_csv(made: Impact) -> bytes:
    """Return the report as one list: a row for each number, with its definition beside it."""
    words = FigureWords(made.sites, made.small)
    period = (made.selection.since, made.selection.until)
    rows = [
        (written.title, *period, row[0], head, cell, written.definition)
        for written in (words.table(table) for table in made.tables)
        for row in written.rows
        for head, cell in zip(written.columns[1:], row[1:], strict=True)
    ]
    rows.append((words.report_word("definitions"), *period, "", "", "", words.suppression))
    return written_list(("Figure", "From", "To", "Row", "Column", "Value", "Definition"), rows)
