"""A mentor for one of a waiting list among 5 000, and for all of 500 among 2 000, held against the exact optimum."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

from app.domain.assigning import best_assignment
from app.domain.matching import propose
from app.domain.roster import Roster
from tests.benchmarks.figures import Figure, percentile
from tests.domain.mentoring_kit import TODAY, WEIGHTS
from tests.helpers.programmes import exact_total, looks_of, mentees, mentors

MANY, MENTORS, MENTEES = 5_000, 2_000, 500
ASKED = 40


def measure() -> list[Figure]:
    """Return how fast and how well mentors are proposed; goals are those of issue 5."""
    return [*_ranking(), *_assignment()]


def _ranking() -> list[Figure]:
    offered, asking = mentors(MANY), mentees(ASKED)
    said: dict[str, Any] = {"weights": WEIGHTS, "consent": True}
    first = [
        _timed(lambda each=each: Roster(offered, on=TODAY, policy={}).rank(each.wish, each.side, **said))
        for each in asking[:11]
    ]
    roster = Roster(offered, on=TODAY, policy={})
    taken = [_timed(lambda each=each: roster.rank(each.wish, each.side, **said)) for each in asking]
    one = asking[0]
    plain = _timed(lambda: propose(one.wish, one.side, offered, on=TODAY, policy={}, **said))
    return [
        Figure(
            name=f"one mentee ranked against {MANY:,} mentors, p95 of {ASKED}, processor's time",
            value=percentile(taken, 95),
            unit="ms",
            goal=50,
        ),
        Figure(
            name="the same with the mentors laid out in columns first, median of 11",
            value=percentile(first, 50),
            unit="ms",
            goal=50,
        ),
        Figure(name="the same by the rules one by one", value=plain, unit="ms"),
    ]


def _assignment() -> list[Figure]:
    roster = Roster(mentors(MENTORS, seed=3), on=TODAY, policy={})
    waiting = mentees(MENTEES, seed=4)
    took, found = [], ()
    for _ in range(3):
        began = process_time()
        found = best_assignment(waiting, roster, weights=WEIGHTS)
        took.append(process_time() - began)
    total = sum(each.scored.score for each in found if each.scored is not None)
    best = exact_total(looks_of(waiting, roster), roster)
    return [
        Figure(
            name=f"{MENTEES} mentees to {MENTORS:,} mentors, best assignment, median of 3, processor's",
            value=percentile(took, 50),
            unit="s",
            goal=2,
        ),
        Figure(name="its total as a share of the optimum", value=total / best, unit="", least=0.999),
        Figure(name="mentees with a mentor", value=float(sum(each.scored is not None for each in found)), unit=""),
    ]


def _timed(work: Callable[[], object]) -> float:
    # The processor's time: one thread that waits for nothing takes as long on a machine that is not shared.
    began = process_time()
    work()
    return (process_time() - began) * 1000
