"""Measure everything, or what is named: `python -m tests.benchmarks [names …] [--json FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.benchmarks import (
    consent,
    dashboard,
    idle,
    linkage,
    mentoring,
    partner,
    prints,
    pull,
    scale,
    search,
    soak,
    spreadsheet,
    start,
    storm,
)
from tests.benchmarks.figures import Figure, table, write_json
from tests.benchmarks.place import make_place
from tests.benchmarks.service import service_process, service_processes
from ui.pyside_guard import keep_singletons

PEOPLE = 100_000


class Ground:
    """The folder everything happens in, and what several measurements share."""

    def __init__(self, folder: Path, people: int) -> None:
        """Take an empty folder."""
        self.folder = folder
        self.people = people

    @cached_property
    def place(self) -> Path:
        """A laptop with a crowd, made at the first call."""
        say(f"Making a laptop with {self.people:,} people …")
        make_place(self.folder / "place", self.people)
        return self.folder / "place"


def _pull(ground: Ground) -> list[Figure]:
    with service_process(ground.folder / "service") as service:
        return pull.measure(service, ground.folder)


def _idle(ground: Ground) -> list[Figure]:
    with service_process(ground.folder / "while idle") as service:
        return idle.measure(service, ground.folder)


def _sync(ground: Ground) -> list[Figure]:
    with service_process(ground.folder / "at scale") as service:
        return scale.measure(service, ground.folder)


def _storm(ground: Ground) -> list[Figure]:
    with service_processes(ground.folder / "in a storm", storm.SERVICES) as services:
        return storm.measure(services, ground.folder)


def _soak(ground: Ground) -> list[Figure]:
    with service_process(ground.folder / "soaked") as service:
        return soak.measure(service, ground.folder)


MEASUREMENTS: dict[str, Callable[[Ground], list[Figure]]] = {
    "search": lambda ground: search.measure(ground.place),
    "consent": lambda ground: consent.measure(ground.place, ground.folder),
    "sign_in": lambda ground: start.measure_sign_in(ground.place, ground.folder),
    "start": lambda ground: start.measure_start(ground.place, ground.folder),
    "pull": _pull,
    "partner": lambda _: partner.measure(),
    "idle": _idle,
    "linkage": lambda ground: linkage.measure(ground.place),
    "mentoring": lambda ground: [*mentoring.measure(), *dashboard.measure(ground.folder)],
    "prints": lambda _: prints.measure(),
    "spreadsheet": lambda ground: spreadsheet.measure(ground.folder),
}
AT_SCALE: dict[str, Callable[[Ground], list[Figure]]] = {"sync": _sync, "storm": _storm, "soak": _soak}
"""Measured only when they are named: they take many minutes."""


def say(words: str) -> None:
    """Say what is being done."""
    print(words, file=sys.stderr, flush=True)


def main() -> int:
    """Run what was asked for and print the figures as they come."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(MEASUREMENTS | AT_SCALE)}")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    told = parser.parse_args()
    unknown = set(told.names) - (MEASUREMENTS | AT_SCALE).keys()
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    keep_singletons()
    application = QApplication(["alongside"])
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as folder:
        ground = Ground(Path(folder), PEOPLE)
        for name in told.names or MEASUREMENTS:
            say(f"Measuring {name} …")
            measured = (MEASUREMENTS | AT_SCALE)[name](ground)
            print(table(measured), flush=True)
            figures += measured
    if told.json:
        write_json(figures, told.json)
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
