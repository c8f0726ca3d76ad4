"""The impact page in words: filters, the few numbers set large, and what each chart says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.domain.impact_facts import Step
from app.domain.impact_tables import TOTAL, Cell, Column, Figure, Row, Table
from app.domain.periods import Period
from app.domain.suppression import Kept
from app.domain.told_figures import Whose
from app.use_cases.impact import Impact
from app.use_cases.impact_words import FigureWords, month_words, short_month
from ui.messages import day_words
from ui.widgets.charts import Bar, Mark
from ui.widgets.text import filled


class Part(StrEnum):
    """The parts of the page, a tab each."""

    WAY = "way"
    REACH = "reach"
    MENTORING = "mentoring"
    TIMES = "times"


FIGURES_OF: Final[Mapping[Part, tuple[Figure, ...]]] = MappingProxyType(
    {
        Part.WAY: (Figure.WAY, Figure.LOST),
        Part.REACH: (
            Figure.BY_CHARITY,
            Figure.BY_PROGRAMME,
            Figure.BY_WARD,
            Figure.BY_NATION,
            Figure.BY_AGE,
            Figure.BY_SUPPORT,
            Figure.BY_ETHNIC_GROUP,
            Figure.BY_SEX,
            Figure.BY_SEXUAL_ORIENTATION,
            Figure.BY_RELIGION,
        ),
        Part.MENTORING: (
            Figure.QUALITY,
            Figure.STAGES,
            Figure.MATCHING,
            Figure.CALLS,
            Figure.COPING,
            Figure.SCORES,
            Figure.GOALS,
            Figure.ENDED,
        ),
        Part.TIMES: (Figure.TIMES,),
    }
)
"""What stands in each part, in its order."""

_PART_WORDS: Final[Mapping[Part, str]] = {
    Part.WAY: "The way to help",
    Part.REACH: "Who is reached",
    Part.MENTORING: "Mentoring",
    Part.TIMES: "Waiting times",
}
_PERIOD_WORDS: Final[Mapping[Period, str]] = {
    Period.THIS_YEAR: "This year so far",
    Period.LAST_QUARTER: "The last whole quarter",
    Period.TWELVE_MONTHS: "The last 12 whole months",
    Period.LAST_YEAR: "Last year",
    Period.ALL: "Since the beginning",
}
_LONGEST_BAR: Final[Mapping[Figure, Column]] = MappingProxyType(
    {
        Figure.WAY: Column.REACHED,
        Figure.STAGES: Column.ALL,
        Figure.ENDED: Column.MATCHES,
        Figure.TIMES: Column.MEDIAN,
        Figure.BY_PROGRAMME: Column.SHARE_REACHED,
        Figure.BY_WARD: Column.SHARE_REACHED,
        Figure.BY_NATION: Column.SHARE_REACHED,
        Figure.BY_AGE: Column.SHARE_REACHED,
        Figure.BY_SUPPORT: Column.SHARE_REACHED,
        Figure.BY_CHARITY: Column.SHARE_REACHED,
        Figure.BY_ETHNIC_GROUP: Column.SHARE_REACHED,
        Figure.BY_SEX: Column.SHARE_REACHED,
        Figure.BY_SEXUAL_ORIENTATION: Column.SHARE_REACHED,
        Figure.BY_RELIGION: Column.SHARE_REACHED,
    }
)
_LINES: Final[Mapping[Figure, Column]] = MappingProxyType(
    {Figure.QUALITY: Column.BOTH_SCORE, Figure.CALLS: Column.HELD}
)
_HUNDRED: Final = 100
_LEAST_BARS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNumber:
    """One number set large, and what it counts."""

    number: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPicture:
    """Bars, the length of a full one (None: the longest), and the sentence that says it all."""

    bars: tuple[Bar, ...]
    most: float | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePicture:
    """A line of months: its marks, its scale, the words at the last mark, and the sentence that says it all."""

    marks: tuple[Mark, ...]
    span: tuple[float, float]
    newest: str
    sentence: str


def parts() -> list[tuple[str, str]]:
    """Return the parts of the page with their words."""
    return [(part, QCoreApplication.translate("impact", words)) for part, words in _PART_WORDS.items()]


def periods() -> list[tuple[str, str]]:
    """Return the periods with their words."""
    return [(period, QCoreApplication.translate("impact", words)) for period, words in _PERIOD_WORDS.items()]


def key_numbers(tables: Mapping[Figure, Table], words: FigureWords) -> tuple[KeyNumber, ...]:
    """Return the few numbers that a trustee asks for first."""
    reached = tables[Figure.BY_NATION].cell(TOTAL, Column.SHARE_REACHED)
    translate = QCoreApplication.translate
    found = (
        (tables[Figure.WAY].cell(Step.MET, Column.REACHED), Column.REACHED, translate("impact", "people met")),
        (reached, Column.SHARE_REACHED, translate("impact", "taken on by a service")),
        (
            tables[Figure.MATCHING].cell(TOTAL, Column.MATCH_RATE),
            Column.MATCH_RATE,
            translate("impact", "matched with a mentor (target 70 %)"),
        ),
        (
            tables[Figure.QUALITY].cell(TOTAL, Column.BOTH_SCORE),
            Column.BOTH_SCORE,
            translate("impact", "of 5 for how mentoring feels (target 4.00)"),
        ),
        (
            tables[Figure.CALLS].cell(TOTAL, Column.HOURS),
            Column.HOURS,
            translate("impact", "hours given by volunteers"),
        ),
    )
    return tuple(KeyNumber(number=words.cell(cell, column), words=said) for cell, column, said in found)


def bars_of(table: Table, words: FigureWords) -> BarPicture | None:
    """Return a table as bars; None where it is not one of bars, or too short to need a picture."""
    column = _LONGEST_BAR.get(table.figure)
    if column is None or column not in table.columns:
        return None
    at = table.columns.index(column)
    is_share = column is Column.SHARE_REACHED
    # A share that is not shown says nothing as an empty bar; of counts, which are few, each keeps its place.
    rows = [row for row in table.rows if row.key != TOTAL and not (is_share and _is_kept(row.cells[at]))]
    if len(rows) < _LEAST_BARS:
        return None
    bars = tuple(_bar(table.figure, row, row.cells[at], column, words) for row in rows)
    return BarPicture(bars=bars, most=_HUNDRED if is_share else None, sentence=_sentence(table, words, bars))


def line_of(table: Table, words: FigureWords) -> LinePicture | None:
    """Return a table of months as a line; None where it is not one, or too short to need a picture."""
    column = _LINES.get(table.figure)
    months = [row for row in table.rows if row.key != TOTAL]
    if column is None or column not in table.columns or len(months) < _LEAST_BARS:
        return None
    at = table.columns.index(column)
    scale = _HUNDRED if column is Column.BOTH_SCORE else 1
    marks = tuple(
        Mark(name=short_month(row.key), height=None if _is_kept(row.cells[at]) else _number(row.cells[at]) / scale)
        for row in months
    )
    told = [(mark, row) for mark, row in zip(marks, months, strict=True) if mark.height is not None]
    most = 5.0 if column is Column.BOTH_SCORE else max((mark.height or 0 for mark in marks), default=0) or 1.0
    total = words.cell(table.cell(TOTAL, column), column)
    if column is Column.BOTH_SCORE:
        template = QCoreApplication.translate(
            "impact", "Chart: over the period the score is {total} of 5; the target is 4.00."
        )
    else:
        template = QCoreApplication.translate("impact", "Chart: {total} calls held over the period.")
    return LinePicture(
        marks=marks,
        span=(1.0 if column is Column.BOTH_SCORE else 0.0, most),
        newest=words.cell(told[-1][1].cells[at], column) if told else "",
        sentence=filled(template, total=total),
    )


LAPTOP: Final = "laptop"
"""What stands for the records on this laptop in the list of who is counted."""


def counted_choices(may: Sequence[Whose], *, has_laptop: bool) -> list[tuple[str, str]]:
    """Return who may be counted, with the words for it; this laptop stands first, where it holds people to count."""
    words = {
        Whose.ORGANISATION: QCoreApplication.translate("impact", "The whole charity"),
        Whose.ALLIANCE: QCoreApplication.translate("impact", "The alliance"),
    }
    here = [(LAPTOP, QCoreApplication.translate("impact", "The people on this laptop"))] if has_laptop else []
    return [*here, *((whose.value, words[whose]) for whose in may)]


def period_words(shown: Impact, on: date) -> str:
    """Return "January 2026 to December 2026", by whom it was counted, and of the service the days."""
    since, until = month_words(shown.selection.since), month_words(shown.selection.until)
    translate = QCoreApplication.translate
    if shown.whose is None or shown.fetched_at is None:
        template = translate("impact", "{since} to {until}, counted from the records on this laptop.")
        return filled(template, since=since, until=until)
    template = translate("impact", "{since} to {until}, counted by the central service on {day}, fetched on {fetched}.")
    if shown.whose is Whose.ALLIANCE:
        template = translate(
            "impact",
            "{since} to {until}, everybody in the alliance who said yes to being counted. "
            "Counted by the central service on {day}, fetched on {fetched}.",
        )
    fetched = day_words(london_day(shown.fetched_at), on)
    return filled(template, since=since, until=until, day=day_words(shown.on, on), fetched=fetched)


def _bar(figure: Figure, row: Row, cell: Cell, column: Column, words: FigureWords) -> Bar:
    return Bar(
        name=words.row(figure, row.key),
        length=None if _is_kept(cell) else _number(cell),
        words=words.cell(cell, column),
    )


def _is_kept(cell: Cell) -> bool:
    return cell is None or isinstance(cell, Kept)


def _number(cell: Cell) -> float:
    return 0.0 if cell is None or isinstance(cell, Kept) else float(cell)


def _sentence(table: Table, words: FigureWords, bars: tuple[Bar, ...]) -> str:
    """Return the main sentence of bars: the title, and the first and the last of them."""
    first, last = bars[0], bars[-1]
    template = QCoreApplication.translate("impact", "Chart: {title}. {first}: {words}; {last}: {more}.")
    title = words.table(table).title
    return filled(template, title=title, first=first.name, words=first.words, last=last.name, more=last.words)
