"""Figures as they travel: tables of what may be shown, each number as text (protocol.md 6)."""

from __future__ import annotations

from datetime import date

from app.domain.impact import Selection
from app.domain.impact_tables import Cell, Column, Figure, Figures, Row, Table
from app.domain.periods import Period
from app.domain.suppression import Kept
from app.domain.told_figures import ToldFigures, Whose
from sync.protocol.messages import FigureRow, FiguresLine, FigureTable


def figures_line(told: ToldFigures) -> FiguresLine:
    """Return figures as they travel."""
    selection = told.figures.selection
    return FiguresLine(
        whose=told.whose,
        day=told.day.isoformat(),
        period=told.period,
        since=selection.since,
        until=selection.until,
        scope=selection.scope,
        small=told.small,
        empty=told.figures.is_empty,
        tables=[] if told.figures.is_empty else [_table_line(table) for table in told.figures.tables],
    )


def told_figures(line: FiguresLine) -> ToldFigures | None:
    """Return the figures of a line; None where it tells of somebody or of a span that this version does not know.

    Tables and columns of a newer version are left out.

    Raises:
        ValueError: the line is not one of figures.
    """
    if line.whose not in set(Whose) or line.period not in set(Period):
        return None
    tables = tuple(_table(each) for each in line.tables if each.figure in set(Figure))
    selection = Selection(since=line.since, until=line.until, scope=line.scope)
    return ToldFigures(
        whose=Whose(line.whose),
        day=date.fromisoformat(line.day),
        period=Period(line.period),
        small=line.small,
        figures=Figures(selection=selection, tables=tables, is_empty=line.empty),
    )


def _table_line(table: Table) -> FigureTable:
    rows = [FigureRow(key=row.key, cells=[_text(cell) for cell in row.cells]) for row in table.rows]
    return FigureTable(figure=table.figure, columns=[str(column) for column in table.columns], rows=rows)


def _table(line: FigureTable) -> Table:
    known = [at for at, column in enumerate(line.columns) if column in set(Column)]
    if any(len(row.cells) != len(line.columns) for row in line.rows):
        raise ValueError("a row is not as long as its table is wide")
    rows = tuple(Row(key=row.key, cells=tuple(_cell(row.cells[at]) for at in known)) for row in line.rows)
    return Table(figure=Figure(line.figure), columns=tuple(Column(line.columns[at]) for at in known), rows=rows)


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _cell(text: str) -> Cell:
    if not text:
        return None
    return Kept(text) if text in set(Kept) else int(text)
