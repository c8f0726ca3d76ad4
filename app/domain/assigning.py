"""The best mentors for a whole waiting list at once: no mentor beyond capacity, the total of the scores the highest.

Best for everybody together is not best for each alone: who stays without is told why. A person approves each pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import lap
import numpy as np

from app.domain.codes import Exclusion
from app.domain.matching import LEAST_SHOWN, Scored, Side, Weights, score
from app.domain.mentoring import MenteeProfile
from app.domain.roster import Look, Numbers, Roster
from app.errors import KnownError

MOST_PLACES: Final = 10_000
"""Places of mentors, or mentees, in one assignment: the solver's square table of them takes 800 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody on the waiting list.

    Attributes:
        wish, side: as for one ranking.
        consent: whether they agreed to mentoring.
        since: since when they wait: of equals, who waits longest comes first.
    """

    wish: MenteeProfile
    side: Side
    consent: bool
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """What one mentee of a waiting list gets.

    Attributes:
        who: the mentee.
        scored: the mentor, with the score and every point of it; None for whoever stays without.
        left_out: for each reason how many mentors it rules out; one may be ruled out for several.
        too_low: how many score too low to be proposed.
        taken: how many would fit, and are proposed to others, or have no more place in this assignment.
    """

    who: Waiting
    scored: Scored | None
    left_out: Mapping[Exclusion, int]
    too_low: int
    taken: int


class TooManyPlacesError(KnownError):
    """There are more places or mentees than one assignment takes."""

    default_code = "assignment.too_many"


def best_assignment(waiting: Sequence[Waiting], roster: Roster, *, weights: Weights) -> tuple[Placing, ...]:
    """Return who would mentor whom, in the order of the waiting list; the same lists give the same answer.

    The total of the scores is the highest there is. Of assignments with the same total, one is taken in which who
    waits longest has a mentor, then one with the mentors who are longest without a match.

    Raises:
        TooManyPlacesError: more than `MOST_PLACES` mentees or places of mentors.
    """
    places = _places(roster, len(waiting))
    if max(len(waiting), len(places)) > MOST_PLACES:
        raise TooManyPlacesError(most=MOST_PLACES)
    looks = [roster.look(each.wish, each.side, weights=weights, consent=each.consent) for each in waiting]
    chosen = _solved(waiting, looks, places) if waiting and len(places) else {}
    return tuple(
        _placing(each, look, roster, chosen.get(at), weights=weights)
        for at, (each, look) in enumerate(zip(waiting, looks, strict=True))
    )


def _places(roster: Roster, mentees: int) -> Numbers:
    """Return the mentor of each place; nobody needs more places than there are mentees."""
    free = [max(0, min(each.free_places, mentees)) for each in roster.candidates]
    return np.repeat(np.arange(len(free), dtype=np.int64), free)


def _solved(waiting: Sequence[Waiting], looks: Sequence[Look], places: Numbers) -> dict[int, int]:
    """Return the mentor, by place in the roster, of each mentee who gets one, by place in the list."""
    scores = np.stack([look.scores for look in looks])[:, places]
    useful = (scores >= LEAST_SHOWN).any(axis=0)
    scores, places = scores[:, useful], places[useful]
    if not len(places):
        return {}
    rows, columns = scores.shape
    order = sorted(range(rows), key=lambda at: (waiting[at].since, waiting[at].side.person.int))
    longest = np.empty(rows, dtype=np.int64)
    longest[order] = np.arange(rows, 0, -1)
    # A point more is worth more than all the ties of everybody together, and the sums are whole and exact in a double.
    point = min(rows, columns) * (rows + 1) * (columns + 1) + 1
    worth = scores * point + longest[:, None] * (columns + 1) + np.arange(columns, 0, -1)[None, :]
    worth[scores < LEAST_SHOWN] = 0
    cost = (worth.max() - worth).astype(np.float64)
    # The zeros that make the table square stand for nobody; a pair of no worth is none.
    mentees, taken = lap.lapjvx(cost, extend_cost=True, return_cost=False)
    return {int(row): int(places[column]) for row, column in zip(mentees, taken, strict=True) if worth[row, column] > 0}


def _placing(who: Waiting, look: Look, roster: Roster, mentor: int | None, *, weights: Weights) -> Placing:
    counts = {reason: int(np.count_nonzero(flags)) for reason, flags in look.left_out.items()}
    fits = int(np.count_nonzero(look.scores >= LEAST_SHOWN))
    return Placing(
        who=who,
        scored=None if mentor is None else score(who.wish, who.side, roster.candidates[mentor], weights=weights),
        left_out={reason: count for reason, count in counts.items() if count},
        too_low=int(np.count_nonzero(look.scores >= 0)) - fits,
        taken=fits - (mentor is not None),
    )
