"""Invented mentoring programmes of any size, and an exact method of our own to hold an assignment against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import numpy as np

from app.domain.assigning import Waiting
from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    DbsLevel,
    Gender,
    InjuryLevel,
    LifeFact,
    MentorKind,
    MentorStatus,
    Nation,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.matching import LEAST_SHOWN, Candidate, side_of
from app.domain.roster import Look, Roster
from tests.domain.mentoring_kit import TODAY, WEIGHTS, mentee, mentor

INTERESTS = ("chess", "rugby", "opera", "gardening", "dogs", "cooking", "films", "quizzes", "birds", "trains")
_KINDS = (MentorKind.SCI,) * 6 + (MentorKind.FAMILY, MentorKind.PARENT)


def mentors(count: int, *, seed: int = 1) -> list[Candidate]:
    """Return mentors as a charity might have them: most active and checked, none or a few places free."""
    draw = Random(seed)
    return [_mentor(draw, number) for number in range(count)]


def mentees(count: int, *, seed: int = 2) -> list[Waiting]:
    """Return a waiting list of adults who agreed, some of them relatives and parents."""
    draw = Random(seed)
    return [_mentee(draw, number) for number in range(count)]


def exact_total(looks: Sequence[Look], roster: Roster) -> int:
    """Return the highest total of scores there is (Kuhn 1955, with potentials): the solver is not asked."""
    places = np.repeat(np.arange(len(roster.candidates)), [max(0, each.free_places) for each in roster.candidates])
    scores = np.stack([look.scores for look in looks])[:, places]
    worth = np.where(scores >= LEAST_SHOWN, scores, 0).astype(np.int64)
    rows = len(worth)
    # A place of no worth for each mentee: whoever stays without stands on one.
    worth = np.concatenate([worth, np.zeros((rows, rows), dtype=np.int64)], axis=1)
    cost = worth.max() - worth
    columns = cost.shape[1]
    of_row, of_column = np.zeros(rows + 1, dtype=np.int64), np.zeros(columns + 1, dtype=np.int64)
    held = np.zeros(columns + 1, dtype=np.int64)
    for row in range(1, rows + 1):
        held[0] = row
        at = 0
        least = np.full(columns + 1, np.iinfo(np.int64).max // 4)
        came = np.zeros(columns + 1, dtype=np.int64)
        used = np.zeros(columns + 1, dtype=np.bool_)
        while True:
            used[at] = True
            slack = cost[held[at] - 1] - of_row[held[at]] - of_column[1:]
            better = ~used[1:] & (slack < least[1:])
            least[1:][better] = slack[better]
            came[1:][better] = at
            free = np.where(used[1:], np.iinfo(np.int64).max // 2, least[1:])
            following = int(free.argmin()) + 1
            step = int(free[following - 1])
            of_row[held[used]] += step
            of_column[used] -= step
            least[~used] -= step
            at = following
            if held[at] == 0:
                break
        while at:
            held[at] = held[came[at]]
            at = int(came[at])
    return int(sum(worth[held[column] - 1, column - 1] for column in range(1, columns + 1) if held[column]))


def _mentor(draw: Random, number: int) -> Candidate:
    lapses = draw.random() < 0.1
    profile = mentor(
        person=PersonId(UUID(int=0x10_0000 + number)),
        role_kinds=frozenset({draw.choice(_KINDS)}),
        status=MentorStatus.ACTIVE if draw.random() < 0.9 else MentorStatus.PAUSED,
        unwilling_topics=_some(draw, Topic, 0, 3),
        training_on=_before(draw, 1500),
        conduct_on=_before(draw, 1500),
        dbs_level=draw.choice([DbsLevel.ENHANCED, DbsLevel.BASIC]),
        dbs_on=_before(draw, 1000) if not lapses else TODAY - timedelta(days=1200),
        supervised_on=_before(draw, 80),
        **_facts(draw),
    )
    return Candidate(
        profile=profile,
        side=side_of(profile, household=f"{draw.randrange(3000)}"),
        free_places=draw.choice([0, 1, 1, 2, 2, 3]),
        free_since=_before(draw, 400),
    )


def _mentee(draw: Random, number: int) -> Waiting:
    wish = mentee(
        person=PersonId(UUID(int=0x20_0000 + number)),
        wanted_kind=draw.choice(_KINDS),
        gender_wish=draw.choice([None, None, Gender.WOMAN, Gender.MAN]),
        gender_must=draw.random() < 0.1,
        **_facts(draw),
    )
    side = side_of(wish, goal_areas=_some(draw, Topic, 1, 3), household=f"{draw.randrange(3000)}")
    return Waiting(wish=wish, side=side, consent=True, since=_before(draw, 120))


def _facts(draw: Random) -> dict[str, Any]:
    return {
        "level": draw.choice(list(InjuryLevel)),
        "ais": draw.choice(list(Ais)),
        "injured_on": draw.choice([None, *map(str, range(1985, 2026))]),
        "care": _some(draw, CareItem, 0, 4),
        "topics": _some(draw, Topic, 2, 9),
        "languages": frozenset({"en-GB", *(["cy"] if draw.random() < 0.1 else [])}),
        "gender": draw.choice(list(Gender)),
        "age_band": draw.choice(list(AgeBand)[3:]),
        "life_facts": _some(draw, LifeFact, 0, 3),
        "interests": frozenset(draw.sample(INTERESTS, draw.randint(0, 4))),
        "nation": draw.choice(list(Nation)[:4]),
        "channels": _some(draw, list(SessionChannel)[:3], 1, 3),
        "times": _some(draw, SafeTime, 3, 12),
    }


def _some(draw: Random, values: Any, least: int, most: int) -> frozenset[Any]:
    return frozenset(draw.sample(list(values), draw.randint(least, most)))


def _before(draw: Random, days: int) -> date:
    return TODAY - timedelta(days=draw.randint(0, days))


def looks_of(waiting: Sequence[Waiting], roster: Roster) -> list[Look]:
    """Return every mentee beside every mentor."""
    return [roster.look(each.wish, each.side, weights=WEIGHTS, consent=each.consent) for each in waiting]
