"""The dashboard in a vault of 50 000 people and 200 000 calls: reading the figures, and counting who changed."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from app.domain.codes import MentorKind, Role
from app.domain.impact import Selection, of_programme
from app.domain.impact_tables import tables_of
from app.storage.figures import BATCH, take_facts, tally
from tests.benchmarks.figures import Figure, percentile, seconds
from tests.helpers.programme import Histories, fill
from tests.helpers.vaults import Laptop, make_actor, make_laptop

PEOPLE = 50_000
TRIES = 21
ON = date(2026, 12, 1)


def measure(folder: Path, people: int = PEOPLE) -> list[Figure]:
    """Return how long the figures take; the goal is that of issue 5."""
    print(f"Making a vault with {people:,} people …", file=sys.stderr, flush=True)
    laptop = make_laptop(folder / "office", actor=make_actor("back_up", Role.COORDINATOR, "Cai"))
    fill(laptop.vault, Histories(laptop.actor.org), people)
    with laptop.vault.reading() as read:
        calls = read.connection.exec_driver_sql("SELECT count(*) FROM session").scalar_one()
    counting = seconds(lambda: _count(laptop))
    size = f"{people:,} people, {calls:,} calls"
    whole = Selection(since="2025-01", until="2026-12")
    family = Selection(since="2025-01", until="2026-12", scope=of_programme(MentorKind.FAMILY))
    first = 1000 * seconds(lambda: _look(laptop, whole))
    figures = [
        Figure(name=f"figures in the vault, the first look, {size}", value=first, unit="ms", goal=300),
        Figure(name=f"figures in the vault, p95 of {TRIES}, {size}", value=_p95(laptop, whole), unit="ms", goal=300),
        Figure(name="the same of one kind of mentoring, p95", value=_p95(laptop, family), unit="ms", goal=300),
        Figure(name="counting one person anew, mean of all", value=1000 * counting / people, unit="ms"),
    ]
    laptop.vault.close()
    return figures


def _count(laptop: Laptop) -> None:
    left = 1
    while left:
        with laptop.vault.writing() as connection:
            left = take_facts(connection, laptop.actor.org, BATCH)


def _look(laptop: Laptop, selection: Selection) -> None:
    with laptop.vault.reading() as read:
        found = tally(read.connection, selection, on=ON, stuck_days=21)
    assert tables_of(found)


def _p95(laptop: Laptop, selection: Selection) -> float:
    return 1000 * percentile([seconds(lambda: _look(laptop, selection)) for _ in range(TRIES)], 95)
