"""What a benchmark reports: a value, its floor in the same run, and the goal it is held against."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement.

    Attributes:
        name: what was measured.
        value: the value, in `unit`.
        unit: its unit.
        floor: what the same run needs for the bare minimum, in the same unit; None where the goal is absolute.
        goal: the most that is asked, of `ratio` where there is a floor, else of `value`.
        least: the least that is asked of `value`, where more is better.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    least: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its floor."""
        return None if not self.floor else self.value / self.floor

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where none is set."""
        if self.least is not None:
            return self.value >= self.least
        measured = self.value if self.ratio is None else self.ratio
        return None if self.goal is None else measured <= self.goal


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * percent) // 100) - 1))]


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as lines to read."""
    lines = []
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:8.2f} × floor {figure.floor:.3f}"
        asked = f"≥ {figure.least:g}" if figure.least is not None else f"≤ {figure.goal:g}" if figure.goal else ""
        goal = f"  goal {asked}  {'met' if figure.is_met else 'NOT met'}" if asked else ""
        figures = 3 if figure.unit else 4
        lines.append(f"{figure.name:<58} {figure.value:10.{figures}f} {figure.unit:<4} {ratio}{goal}")
    return "\n".join(lines)


def write_json(figures: Iterable[Figure], path: Path) -> None:
    """Write the figures for a machine: name, value, unit, floor, ratio."""
    rows = [{**asdict(figure), "ratio": figure.ratio, "met": figure.is_met} for figure in figures]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
