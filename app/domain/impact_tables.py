"""What may be shown of a tally: tables in which small numbers are kept back (`domain.md` 10).

Every reader gets these tables and nothing else: the page, the report, the spreadsheet and the alliance.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias, TypeVar

from app.domain.calls import FIRST_CALL_DAYS
from app.domain.codes import AgeBand, Instrument, JourneyStage
from app.domain.impact import OF_MENTORING, OF_PEOPLE, Dimension, Group, Motion, Selection, Tally, added, was_reached
from app.domain.impact_facts import STEPS, MonthFacts, Step, Wait, Why
from app.domain.periods import FIRST_MONTH
from app.domain.suppression import (
    SMALL,
    Count,
    Kept,
    Place,
    Shown,
    ShownTable,
    per_cent,
    suppress_and_size,
    suppress_list,
    suppress_table,
)

MOST_GROUPS = 40
"""Groups of one table; the smallest beyond it are one group together."""

OTHER_GROUPS = "other_groups"
"""The name of that group."""

TOTAL = "total"
"""The name of a last row."""


class Figure(StrEnum):
    """The tables of a report, in their order. Fixed for ever."""

    WAY = "way"
    LOST = "lost"
    TIMES = "times"
    BY_PROGRAMME = "by_programme"
    BY_WARD = "by_ward"
    BY_NATION = "by_nation"
    BY_AGE = "by_age"
    BY_SUPPORT = "by_support"
    BY_CHARITY = "by_charity"
    BY_ETHNIC_GROUP = "by_ethnic_group"
    BY_SEX = "by_sex"
    BY_SEXUAL_ORIENTATION = "by_sexual_orientation"
    BY_RELIGION = "by_religion"
    MATCHING = "matching"
    STAGES = "stages"
    CALLS = "calls"
    QUALITY = "quality"
    GOALS = "goals"
    ENDED = "ended"
    COPING = "coping"
    SCORES = "scores"


OF_THE_SERVICE = frozenset(
    {
        Figure.BY_CHARITY,
        Figure.BY_ETHNIC_GROUP,
        Figure.BY_SEX,
        Figure.BY_SEXUAL_ORIENTATION,
        Figure.BY_RELIGION,
    }
)
"""Tables of what no laptop holds; the others are the same on both sides."""


class Column(StrEnum):
    """What the columns of those tables say. Fixed for ever."""

    REACHED = "reached"
    STOPPED = "stopped"
    SHARE_OF_MET = "share_of_met"
    PEOPLE = "people"
    MEDIAN = "median"
    NINETIETH = "ninetieth"
    KEPT = "kept"
    MET = "met"
    TAKEN_ON = "taken_on"
    NOT_REACHED = "not_reached"
    SHARE_REACHED = "share_reached"
    READY = "ready"
    MATCHED = "matched"
    NOT_YET = "not_yet"
    MATCH_RATE = "match_rate"
    MOVING = "moving"
    STUCK = "stuck"
    PAUSED = "paused"
    ALL = "all"
    HELD = "held"
    MISSED_BY_MENTEE = "missed_by_mentee"
    MISSED_BY_MENTOR = "missed_by_mentor"
    HOURS = "hours"
    MENTEE_ANSWERS = "mentee_answers"
    MENTEE_SCORE = "mentee_score"
    MENTOR_ANSWERS = "mentor_answers"
    MENTOR_SCORE = "mentor_score"
    BOTH_SCORE = "both_score"
    GOALS = "goals"
    GOALS_MET = "goals_met"
    GOALS_OPEN = "goals_open"
    SHARE_MET = "share_met"
    MATCHES = "matches"
    MEAN_CALLS = "mean_calls"
    PAIRS = "pairs"
    RISEN = "risen"
    NOT_RISEN = "not_risen"
    SHARE_RISEN = "share_risen"
    BEFORE = "before"
    AFTER = "after"


PER_CENT = frozenset(
    {Column.SHARE_OF_MET, Column.KEPT, Column.SHARE_REACHED, Column.MATCH_RATE, Column.SHARE_MET, Column.SHARE_RISEN}
)
"""Columns in whole per cent."""

DAYS = frozenset({Column.MEDIAN, Column.NINETIETH})
"""Columns in whole days."""

HUNDREDTHS = frozenset(
    {Column.MENTEE_SCORE, Column.MENTOR_SCORE, Column.BOTH_SCORE, Column.MEAN_CALLS, Column.BEFORE, Column.AFTER}
)
"""Columns in hundredths: 4.20 is 420."""

Cell: TypeAlias = Shown | None
"""What stands in a table: a number, what stands for one, or None where there is none to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: the slug it is named by, and its cells."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a report, as anybody may see it."""

    figure: Figure
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def cell(self, key: str, column: Column) -> Cell:
        """Return one cell; None when there is no such row or column."""
        if column not in self.columns:
            return None
        at = self.columns.index(column)
        return next((row.cells[at] for row in self.rows if row.key == key), None)


_OF_DIMENSION = {
    Dimension.PROGRAMME: Figure.BY_PROGRAMME,
    Dimension.WARD: Figure.BY_WARD,
    Dimension.NATION: Figure.BY_NATION,
    Dimension.AGE: Figure.BY_AGE,
    Dimension.SUPPORT: Figure.BY_SUPPORT,
    Dimension.CHARITY: Figure.BY_CHARITY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is shown of some people.

    Attributes:
        selection: whose figures, and of which months; what has no beginning begins with the first month that is told.
        tables: everything that may be shown.
        is_empty: nobody and nothing is there to count.
    """

    selection: Selection
    tables: tuple[Table, ...]
    is_empty: bool


def figures_of(tally: Tally, selection: Selection, tables: tuple[Table, ...], *, first: str) -> Figures:
    """Return the tables of a tally with the months that they tell of.

    Args:
        tally: what they are of.
        selection: what was asked for.
        tables: what may be shown.
        first: the first month in which anything was counted, with which a span begins that has no beginning of its own.
    """
    has_no_beginning = selection.since == FIRST_MONTH and FIRST_MONTH < first <= selection.until
    told = replace(selection, since=first) if has_no_beginning else selection
    return Figures(selection=told, tables=tables, is_empty=tally.is_empty)


def tables_of(tally: Tally, *, small: int = SMALL) -> tuple[Table, ...]:
    """Return everything that may be shown of a tally, in the order of a report.

    Args:
        tally: of one organisation.
        small: `small_number` of the policy.
    """
    return _tables(_Counted(whole=tally, parts=(tally,), small=small))


def joint_tables_of(whole: Tally, *, own: Tally, others: Tally, small: int = SMALL) -> tuple[Table, ...]:
    """Return everything that one charity may be shown of several together.

    It knows its own people and could take them off. So its own numbers and those of all others are hidden apart, and a
    number of the whole is shown where both of them are: nothing follows from it that does not follow from theirs alone.

    Args:
        whole: of the charity and all others.
        own: of the charity that is shown them.
        others: of all others together.
        small: counts below it are small.
    """
    return _tables(_Counted(whole=whole, parts=(own, others), small=small))


def _tables(counted: _Counted) -> tuple[Table, ...]:
    groups = _groups(counted.whole)
    way, matching = _shown_way(counted, groups), _shown_matching(counted)
    small = counted.small
    return (
        *_way_tables(counted.whole, way.shown, small),
        _times(counted, way, matching),
        *_group_tables(groups, way.shown, small),
        _matching(matching.shown, small),
        _stages(counted),
        _calls(counted),
        _quality(counted),
        _goals(counted),
        _ended(counted),
        _coping(counted),
        _scores(counted),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """The counts of one network as they may be shown, and those of which it may be told that they are not small.

    Of several parts, `parts` holds how they may be shown of each.
    """

    shown: Mapping[Place, Shown]
    large: frozenset[Place]
    parts: tuple[Mapping[Place, Shown], ...] = field(default=())


R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A tally, and the parts of it whose small numbers are hidden apart; of one organisation it is its own only part.

    What may be shown of the whole, a count or whatever is worked out from counts, may be shown of each part.
    """

    whole: Tally
    parts: tuple[Tally, ...]
    small: int

    def network(self, counts_of: Callable[[Tally], Mapping[Place, Count]]) -> _Told:
        """Return the counts of a network; it has the same places whatever the tally."""
        told = [suppress_and_size(counts_of(part), small=self.small) for part in self.parts]
        if len(told) == 1:
            (shown, large), *_ = told
            return _Told(shown, large, (shown,))
        parts = tuple(shown for shown, _ in told)
        places = [place for place in parts[0] if all(place in shown for shown in parts)]
        return _Told(
            {place: together([shown[place] for shown in parts]) for place in places},
            frozenset(
                place
                for place in places
                if any(place in large for _, large in told)
                and all(place in large or shown[place] == 0 for shown, large in told)
            ),
            parts,
        )

    def list(self, values_of: Callable[[Tally], Mapping[R, int]]) -> tuple[dict[R, Shown], Shown]:
        """Return a list with its total; what the whole has and a part has not is zero there."""
        names = tuple(values_of(self.whole))
        told = [
            suppress_list({name: values_of(part).get(name, 0) for name in names}, small=self.small)
            for part in self.parts
        ]
        return {name: together([part[name] for part, _ in told]) for name in names}, together(
            [total for _, total in told]
        )

    def table(
        self,
        values_of: Callable[[Tally], Mapping[tuple[R, C], int]],
        *,
        rows: Sequence[R],
        columns: Sequence[C],
    ) -> ShownTable[R, C]:
        """Return a table with its totals."""
        told = [suppress_table(values_of(part), rows=rows, columns=columns, small=self.small) for part in self.parts]
        first = told[0]
        return ShownTable(
            cells={place: together([each.cells[place] for each in told]) for place in first.cells},
            rows={row: together([each.rows[row] for each in told]) for row in first.rows},
            columns={column: together([each.columns[column] for each in told]) for column in first.columns},
            total=together([each.total for each in told]),
        )


def together(counts: Sequence[Shown]) -> Shown:
    """Return the sum of what is shown of several; it is hidden where one of them is."""
    if len(counts) == 1:
        return counts[0]
    told = [count for count in counts if not isinstance(count, Kept)]
    return sum(told) if len(told) == len(counts) else Kept.HIDDEN


# --- the way, why people were lost, who they are and how long they waited: one network --------------------------

_WAIT_UNTIL = {
    Step.REFERRED: Wait.YES_TO_SENT,
    Step.RECEIVED: Wait.SENT_TO_RECEIVED,
    Step.ACCEPTED: Wait.MET_TO_ACCEPTED,
    Step.STARTED: Wait.ACCEPTED_TO_CONTACT,
}
"""Waits of those who came to a step: all of them, but for those of whom no wait is known."""


def _shown_way(counted: _Counted, groups: Mapping[Dimension, Sequence[Group]]) -> _Told:
    """Return the way and all its groups as they may be shown together: what one table hides no other tells."""
    return counted.network(lambda tally: _way_and_groups(tally, groups))


def _way_and_groups(tally: Tally, groups: Mapping[Dimension, Sequence[Group]]) -> dict[Place, Count]:
    counts = _way_counts(tally)
    not_total = sum(count for (step, _), count in tally.way.items() if not was_reached(step))
    all_met = sum(tally.way.values())
    counts["not"] = Count(not_total, "no", ("not", 0))
    counts["yes"] = Count(all_met - not_total, "yes", ("yes", 0))
    for number, (dimension, names) in enumerate(groups.items()):
        for group, (missed, reached) in _counts_of(tally.groups.get(dimension, {}), names).items():
            here = ("group", dimension, group)
            counts["not", dimension, group] = Count(missed, ("not", number), here)
            counts["yes", dimension, group] = Count(reached, ("yes", number), here)
            counts["met", dimension, group] = Count(missed + reached, here, ("met", number))
        is_last = number == len(groups) - 1
        counts["all", dimension] = Count(all_met, ("met", number), "start" if is_last else ("next", number))
        if not is_last:
            counts["not", number] = Count(not_total, ("next", number), ("not", number + 1))
            counts["yes", number] = Count(all_met - not_total, ("next", number), ("yes", number + 1))
    return counts


def _way_counts(tally: Tally) -> dict[Place, Count]:
    counts: dict[Place, Count] = {}
    before: Place = "start"
    for number, step in enumerate(STEPS):
        here = sum(count for (furthest, _), count in tally.way.items() if STEPS.index(furthest) >= number)
        wait = _WAIT_UNTIL.get(step)
        counts["reached", step] = Count(here, before, ("at", step) if wait is None else ("came", step))
        if wait is not None:
            counts |= _waited(tally, wait, here, ("came", step), ("at", step))
        stopped = {why: tally.way.get((step, why), 0) for why in Why}
        counts["stopped", step] = Count(sum(stopped.values()), ("at", step), ("why", step))
        side = "yes" if was_reached(step) else "no"
        for why, count in stopped.items():
            counts["why", step, why] = Count(count, ("why", step), side)
        before = ("at", step)
    return counts


def _waited(tally: Tally, wait: Wait, people: int, source: Place, target: Place) -> dict[Place, Count]:
    """Return people on their way between two crossings: of whom a wait is known, and of whom none is."""
    known = sum(tally.waits.get(wait, {}).values())
    if known > people:
        # Only sums that an older version kept could say so: then the wait is not told at all.
        return {("no wait", wait): Count(people, source, target)}
    return {
        ("wait", wait): Count(known, source, target),
        ("no wait", wait): Count(people - known, source, target),
    }


def _way_tables(tally: Tally, shown: Mapping[Place, Shown], small: int) -> tuple[Table, Table]:
    met = shown["reached", Step.MET]
    rows = [
        Row(
            key=step,
            cells=(
                shown["reached", step],
                None if step is Step.HELPED else shown["stopped", step],
                _share(shown["reached", step], met, small),
            ),
        )
        for step in STEPS
    ]
    lost = [
        Row(key=f"{step}|{why}", cells=(shown["why", step, why],))
        for step in STEPS[:-1]
        for why in Why
        if tally.way.get((step, why), 0)
    ]
    return (
        Table(figure=Figure.WAY, columns=(Column.REACHED, Column.STOPPED, Column.SHARE_OF_MET), rows=tuple(rows)),
        Table(figure=Figure.LOST, columns=(Column.PEOPLE,), rows=tuple(lost)),
    )


def _share(part: Shown, whole: Shown, small: int) -> int | None:
    if isinstance(part, Kept) or isinstance(whole, Kept):
        return None
    return per_cent(part, whole - part, small=small)


def _group_tables(
    groups: Mapping[Dimension, Sequence[Group]], shown: Mapping[Place, Shown], small: int
) -> Iterable[Table]:
    columns = (Column.MET, Column.TAKEN_ON, Column.NOT_REACHED, Column.SHARE_REACHED)
    for dimension, names in groups.items():
        rows = [
            Row(
                key=group,
                cells=(
                    shown["met", dimension, group],
                    shown["yes", dimension, group],
                    shown["not", dimension, group],
                    per_cent(shown["yes", dimension, group], shown["not", dimension, group], small=small),
                ),
            )
            for group in names
        ]
        rows.append(
            Row(
                key=TOTAL,
                cells=(
                    shown["reached", Step.MET],
                    shown["yes"],
                    shown["not"],
                    per_cent(shown["yes"], shown["not"], small=small),
                ),
            )
        )
        yield Table(figure=_OF_DIMENSION[dimension], columns=columns, rows=tuple(rows))


def _groups(tally: Tally) -> dict[Dimension, tuple[Group, ...]]:
    """Return the groups of each kind by name, for their order must not tell how large they are."""
    dimensions = [each for each in Dimension if each in OF_PEOPLE or tally.groups.get(each)]
    found = {dimension: _most(tally.groups.get(dimension, {})) for dimension in dimensions}
    ages = found[Dimension.AGE]
    # The list of ages may grow: bands of a newer version come after those that are known here.
    known = [age for age in AgeBand if age in ages]
    found[Dimension.AGE] = (*known, *(age for age in ages if age not in known))
    return found


def _most(groups: Mapping[Group, tuple[int, int]]) -> tuple[Group, ...]:
    largest = sorted(groups, key=lambda group: (-sum(groups[group]), group))
    kept, rest = sorted(largest[:MOST_GROUPS]), largest[MOST_GROUPS:]
    return (*kept, OTHER_GROUPS) if rest else tuple(kept)


def _counts_of(groups: Mapping[Group, tuple[int, int]], names: Sequence[Group]) -> dict[Group, tuple[int, int]]:
    """Return the groups that are named; all that are not are counted together under the name for them."""
    found = {group: groups.get(group, (0, 0)) for group in names if group != OTHER_GROUPS}
    if OTHER_GROUPS in names:
        rest = [counts for group, counts in groups.items() if group not in found]
        found[OTHER_GROUPS] = (sum(missed for missed, _ in rest), sum(reached for _, reached in rest))
    return found


# --- times ----------------------------------------------------------------------------------------------------


def at_most(days: Mapping[int, int], per_cent_of: int) -> int | None:
    """Return the days within which so many per cent were done with waiting (nearest rank); None of nobody."""
    rank = -(-sum(days.values()) * per_cent_of // 100)
    reached = 0
    for day in sorted(days):
        reached += days[day]
        if reached >= max(1, rank):
            return day
    return None


def _times(counted: _Counted, way: _Told, matching: _Told) -> Table:
    rows = []
    for wait in Wait:
        days = counted.whole.waits.get(wait, {})
        people = sum(days.values())
        told = matching if wait in OF_MENTORING else way
        count = told.shown.get(("wait", wait), Kept.HIDDEN if people else 0)
        is_told, kept = ("wait", wait) in told.large, None
        if wait is Wait.SENT_TO_DECISION:
            count, is_told = _all_decided(counted, way)
        if wait is Wait.APPROVED_TO_CALL and not isinstance(count, Kept):
            kept = per_cent(told.shown["in time"], told.shown["late"], small=counted.small)
        rows.append(
            Row(
                key=wait,
                cells=(
                    count,
                    at_most(days, 50) if is_told else None,
                    at_most(days, 90) if is_told else None,
                    kept,
                ),
            )
        )
    columns = (Column.PEOPLE, Column.MEDIAN, Column.NINETIETH, Column.KEPT)
    return Table(figure=Figure.TIMES, columns=columns, rows=tuple(rows))


_BEFORE_DECISION = (Step.REFERRED, Step.RECEIVED)
_DECIDED_AGAINST = (Why.DECLINED_BY_SERVICE, Why.COULD_NOT_CONTACT)


def _all_decided(counted: _Counted, way: _Told) -> tuple[Shown, bool]:
    """Return how many were decided on of all parts, and whether it may be told of each that they are not few."""
    people = [sum(part.waits.get(Wait.SENT_TO_DECISION, {}).values()) for part in counted.parts]
    told = [_decided(each, shown, counted.small) for each, shown in zip(people, way.parts, strict=True)]
    is_told = any(large for _, large in told) and all(large or count == 0 for count, large in told)
    return together([count for count, _ in told]), is_told


def _decided(people: int, way: Mapping[Place, Shown], small: int) -> tuple[Shown, bool]:
    """Return how many were decided on, and whether it may be told that they are not few.

    They are those who were taken on and those of whom two rows say that they were not: no line of the network, so that
    their sum is told only where each of them is. That they are not few is told by those who were taken on, too.
    """
    taken_on = way["reached", Step.ACCEPTED]
    parts = [taken_on, *(way["why", step, why] for step in _BEFORE_DECISION for why in _DECIDED_AGAINST)]
    if not people:
        return 0, False
    if any(isinstance(part, Kept) for part in parts):
        return Kept.HIDDEN, people >= small and not isinstance(taken_on, Kept) and taken_on > 0
    return (people, True) if people >= small else (Kept.UNDER, False)


# --- mentoring ------------------------------------------------------------------------------------------------


def _shown_matching(counted: _Counted) -> _Told:
    """Return who became ready and who was matched, with how long those waited, as they may be shown together."""
    return counted.network(_matching_counts)


def _matching_counts(tally: Tally) -> dict[Place, Count]:
    counts: dict[Place, Count] = {
        "ready": Count(tally.ready, "end", "ready"),
        "not": Count(tally.ready - tally.matched, "ready", "end"),
        "matched": Count(tally.matched, "ready", "matched"),
    }
    counts |= _waited(tally, Wait.ASKED_TO_MENTOR, tally.matched, "matched", "waited")
    counts |= _waited(tally, Wait.APPROVED_TO_CALL, tally.matched, "waited", "end")
    called = counts.get(("wait", Wait.APPROVED_TO_CALL))
    if called is not None:
        days = tally.waits.get(Wait.APPROVED_TO_CALL, {})
        in_time = sum(people for day, people in days.items() if day <= FIRST_CALL_DAYS)
        counts["wait", Wait.APPROVED_TO_CALL] = Count(called.value, "waited", "called")
        counts["in time"] = Count(in_time, "called", "end")
        counts["late"] = Count(called.value - in_time, "called", "end")
    return counts


def _matching(shown: Mapping[Place, Shown], small: int) -> Table:
    rate = per_cent(shown["matched"], shown["not"], small=small)
    columns = (Column.READY, Column.MATCHED, Column.NOT_YET, Column.MATCH_RATE)
    row = Row(key=TOTAL, cells=(shown["ready"], shown["matched"], shown["not"], rate))
    return Table(figure=Figure.MATCHING, columns=columns, rows=(row,))


def _stages(counted: _Counted) -> Table:
    stages, motions = tuple(JourneyStage), tuple(Motion)
    shown = counted.table(lambda tally: tally.stages, rows=stages, columns=motions)
    rows = [
        Row(key=stage, cells=(*(shown.cells[stage, motion] for motion in motions), shown.rows[stage]))
        for stage in stages
    ]
    rows.append(Row(key=TOTAL, cells=(*(shown.columns[motion] for motion in motions), shown.total)))
    columns = (Column.MOVING, Column.STUCK, Column.PAUSED, Column.ALL)
    return Table(figure=Figure.STAGES, columns=columns, rows=tuple(rows))


_KINDS = ("held", "missed_by_mentee", "missed_by_mentor")


def _calls(counted: _Counted) -> Table:
    tally, months = counted.whole, tuple(counted.whole.months)
    shown = counted.table(
        lambda part: {(month, kind): getattr(_month(part, month), kind) for month in months for kind in _KINDS},
        rows=months,
        columns=_KINDS,
    )
    rows = [
        Row(
            key=month,
            cells=(
                *(shown.cells[month, kind] for kind in _KINDS),
                _hours(shown.cells[month, "held"], tally.months[month].minutes),
            ),
        )
        for month in months
    ]
    together = added(tally.months.values(), TOTAL)
    rows.append(
        Row(
            key=TOTAL,
            cells=(*(shown.columns[kind] for kind in _KINDS), _hours(shown.columns["held"], together.minutes)),
        )
    )
    columns = (Column.HELD, Column.MISSED_BY_MENTEE, Column.MISSED_BY_MENTOR, Column.HOURS)
    return Table(figure=Figure.CALLS, columns=columns, rows=tuple(rows))


def _hours(held: Shown, minutes: int) -> Cell:
    return None if isinstance(held, Kept) else (minutes + 30) // 60


_PARTIES = ("mentee", "mentor")


def _month(tally: Tally, month: str) -> MonthFacts:
    return tally.months.get(month, MonthFacts(month=month))


def _quality(counted: _Counted) -> Table:
    """Return answers and scores; a score stands only where its number of answers does, and is not small."""
    tally, small, months = counted.whole, counted.small, tuple(counted.whole.months)
    shown = counted.table(
        lambda part: {
            (month, who): getattr(_month(part, month), f"{who}_answers") for month in months for who in _PARTIES
        },
        rows=months,
        columns=_PARTIES,
    )
    rows = []
    for key, facts in [*tally.months.items(), (TOTAL, added(tally.months.values(), TOTAL))]:
        is_total = key == TOTAL
        counts = [shown.columns[who] if is_total else shown.cells[key, who] for who in _PARTIES]
        both = shown.total if is_total else shown.rows[key]
        mentee, mentor = (
            _mean(count, getattr(facts, f"{who}_sum"), small) for count, who in zip(counts, _PARTIES, strict=True)
        )
        rows.append(
            Row(
                key=key,
                cells=(counts[0], mentee, counts[1], mentor, _mean(both, facts.mentee_sum + facts.mentor_sum, small)),
            )
        )
    columns = (
        Column.MENTEE_ANSWERS,
        Column.MENTEE_SCORE,
        Column.MENTOR_ANSWERS,
        Column.MENTOR_SCORE,
        Column.BOTH_SCORE,
    )
    return Table(figure=Figure.QUALITY, columns=columns, rows=tuple(rows))


def _mean(count: Shown, total: int, small: int) -> Cell:
    """Return a mean in hundredths, half up."""
    if isinstance(count, Kept) or count < small:
        return None
    return (200 * total + count) // (2 * count)


def _goals(counted: _Counted) -> Table:
    parts, total = counted.list(lambda tally: {"met": tally.goals_met, "open": tally.goals - tally.goals_met})
    columns = (Column.GOALS, Column.GOALS_MET, Column.GOALS_OPEN, Column.SHARE_MET)
    share = per_cent(parts["met"], parts["open"], small=counted.small)
    row = Row(key=TOTAL, cells=(total, parts["met"], parts["open"], share))
    return Table(figure=Figure.GOALS, columns=columns, rows=(row,))


def _ended(counted: _Counted) -> Table:
    shown, total = counted.list(lambda tally: {str(reason or ""): count for reason, count in tally.ended.items()})
    rows = [Row(key=reason, cells=(shown[reason], None)) for reason in sorted(shown)]
    rows.append(Row(key=TOTAL, cells=(total, _mean(total, counted.whole.calls, counted.small))))
    return Table(figure=Figure.ENDED, columns=(Column.MATCHES, Column.MEAN_CALLS), rows=tuple(rows))


def _coping(counted: _Counted) -> Table:
    risen, not_risen, total = _risen(counted)
    columns = (Column.PAIRS, Column.RISEN, Column.NOT_RISEN, Column.SHARE_RISEN)
    row = Row(key=TOTAL, cells=(total, risen, not_risen, per_cent(risen, not_risen, small=counted.small)))
    return Table(figure=Figure.COPING, columns=columns, rows=(row,))


def _risen(counted: _Counted) -> tuple[Shown, Shown, Shown]:
    """Return in how many matches coping rose, in how many not, and both together, as they may be shown.

    No more than ended can have answered. So where both together must be hidden, such as 1 and 5, nothing is told.
    """
    parts, total = counted.list(lambda tally: {"risen": tally.risen, "not": tally.not_risen})
    if total is Kept.HIDDEN:
        return total, total, total
    return parts["risen"], parts["not"], total


def _scores(counted: _Counted) -> Table:
    """Return answers before and after; who answered on one way of coping is hardly ever more than who did on all."""
    is_hidden, small = _risen(counted)[2] is Kept.HIDDEN, counted.small
    rows = []
    for score, (pairs, before, after) in counted.whole.scores.items():
        shown = together([suppress_list({score: _pairs(part, score)}, small=small)[1] for part in counted.parts])
        if is_hidden and pairs and score.startswith(f"{Instrument.COPING5}|"):
            shown = Kept.HIDDEN
        rows.append(Row(key=score, cells=(shown, _mean(shown, before, small), _mean(shown, after, small))))
    return Table(figure=Figure.SCORES, columns=(Column.PAIRS, Column.BEFORE, Column.AFTER), rows=tuple(rows))


def _pairs(tally: Tally, score: str) -> int:
    return tally.scores.get(score, (0, 0, 0))[0]
