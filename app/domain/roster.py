"""Every mentor of a programme laid out in columns, so that a mentee is ranked against thousands at once.

What rules a pair out and what it scores are the rules of `app.domain.matching`, to the last point; a test compares
them on generated programmes. The five that are shown are scored by those rules themselves, with their sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import lcm
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.codes import CareItem, Criterion, Exclusion, Gender, LifeFact, Nation, Topic
from app.domain.matching import (
    AGES,
    LEAST_SHOWN,
    MOST_SHOWN,
    Candidate,
    Proposal,
    Side,
    Weights,
    band_of,
    channels_of,
    is_complete,
    score,
)
from app.domain.mentor_checks import CheckRules, is_child, is_under_18, may_mentor_young
from app.domain.mentoring import MenteeProfile

Flags = NDArray[np.bool_]
"""One yes or no for each mentor, in the order of the roster."""

Numbers = NDArray[np.int64]
"""One number for each mentor, in the order of the roster."""

RULED_OUT: Final = -1
"""The score of a pair that a rule takes out."""

_WALKED: Final = 3
"""Questions to a column after which writing down who has what is cheaper than walking all sets again (measured)."""

_UNKNOWN: Final = -99
"""A number that is not known; no band and no year is as low."""

_Policy = Mapping[str, int | bool | str]
_Share = tuple[Flags, Numbers, int]
"""For whom a criterion is known, and how far it holds, as parts of so many; none for whom it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One mentee beside every mentor of the roster.

    Attributes:
        scores: 0 to 100, or `RULED_OUT`.
        left_out: for each reason whom it takes out.
    """

    scores: Numbers
    left_out: Mapping[Exclusion, Flags]


class Roster:
    """Mentors in columns, whoever has waited longest without a match first.

    Attributes:
        candidates: the mentors, in this order; every column keeps it.
    """

    def __init__(self, candidates: Iterable[Candidate], *, on: date, policy: _Policy) -> None:
        """Lay the mentors out, with their checks as they are on a London day."""
        self.candidates = sorted(candidates, key=lambda each: (each.free_since, each.side.person.int))
        sides = [each.side for each in self.candidates]
        profiles = [each.profile for each in self.candidates]
        rules = CheckRules(on=on, policy=policy)
        self._size = len(sides)
        self._persons = _Ones(side.person for side in sides)
        self._kinds = _Tags([profile.role_kinds for profile in profiles])
        self._is_active = _flags(profile.status == "active" for profile in profiles)
        self._has_lapsed = _flags(next(rules.lapsed(profile), None) is not None for profile in profiles)
        self._is_full = _flags(each.free_places < 1 for each in self.candidates)
        self._channels = _Tags([side.channels for side in sides])
        self._times = _Tags([side.times for side in sides])
        self._languages = _Tags([side.languages for side in sides])
        self._knows = _Tags([side.known_people for side in sides])
        self._households = _Ones(side.household for side in sides)
        self._genders = _Ones(side.gender for side in sides)
        self._unwilling = _Tags([profile.unwilling_topics for profile in profiles])
        self._ended_badly = _Tags([each.ended_badly_with for each in self.candidates])
        self._see_lead = _flags(side.see_lead for side in sides)
        self._may_mentor_young = _flags(map(may_mentor_young, profiles))
        self._topics = _Tags([side.topics for side in sides], counted=Topic)
        self._life_facts = _Tags([side.life_facts for side in sides], counted=LifeFact)
        self._care = _Tags([side.care for side in sides], counted=CareItem)
        self._interests = _Tags([side.interests for side in sides])
        self._nations = _Ones(side.nation for side in sides)
        bands = {level: _or_unknown(band_of(level)) for level in {side.level for side in sides}}
        self._bands = _numbers(bands[side.level] for side in sides)
        self._complete = _numbers(_or_unknown(is_complete(side.ais)) for side in sides)
        self._injured = _numbers(_or_unknown(side.injured_in) for side in sides)
        self._ages = _numbers(_place_of(side.age_band, AGES) for side in sides)

    def look(self, wish: MenteeProfile, mentee: Side, *, weights: Weights, consent: bool) -> Look:
        """Return what every pair with one mentee scores, and why the others are ruled out."""
        left_out = self._left_out(wish, mentee, consent=consent)
        out = np.zeros(self._size, dtype=np.bool_)
        for flags in left_out.values():
            out |= flags
        scores = self._scores(wish, mentee, weights)
        scores[out] = RULED_OUT
        return Look(scores=scores, left_out=left_out)

    def rank(self, wish: MenteeProfile, mentee: Side, *, weights: Weights, consent: bool) -> Proposal:
        """Return the five best mentors for a mentee, and why the others are not among them."""
        look = self.look(wish, mentee, weights=weights, consent=consent)
        best = np.argsort(-look.scores, kind="stable")[:MOST_SHOWN]
        counts = {reason: int(np.count_nonzero(flags)) for reason, flags in look.left_out.items()}
        return Proposal(
            best=tuple(
                score(wish, mentee, self.candidates[at], weights=weights)
                for at in best
                if look.scores[at] >= LEAST_SHOWN
            ),
            left_out={reason: count for reason, count in counts.items() if count},
            too_low=int(np.count_nonzero((look.scores >= 0) & (look.scores < LEAST_SHOWN))),
        )

    def _left_out(self, wish: MenteeProfile, mentee: Side, *, consent: bool) -> dict[Exclusion, Flags]:
        """Return whom each rule takes out, in the order of the list."""
        nobody, everybody = np.zeros(self._size, dtype=np.bool_), np.ones(self._size, dtype=np.bool_)
        must_not = self._persons.any_of(wish.must_not) if wish.must_not else nobody.copy()
        if wish.gender_must and wish.gender_wish is not None:
            must_not |= ~self._genders.any_of({wish.gender_wish})
        young = nobody
        if is_under_18(mentee.age_band):
            young = everybody if is_child(mentee.age_band) else ~self._may_mentor_young
        known = {mentee.person, *mentee.known_people}
        return {
            Exclusion.ROLE_KIND_MISMATCH: ~self._kinds.any_of({wish.wanted_kind}),
            Exclusion.MENTOR_NOT_ACTIVE: ~self._is_active,
            Exclusion.CHECKS_LAPSED: self._has_lapsed,
            Exclusion.AT_CAPACITY: self._is_full,
            Exclusion.NO_SHARED_CHANNEL_OR_TIME: ~self._channels.meet(channels_of(mentee))
            | ~self._times.meet(mentee.times),
            Exclusion.NO_SHARED_LANGUAGE: ~self._languages.meet(mentee.languages),
            Exclusion.KNOWN_TO_EACH_OTHER: self._persons.any_of(known) | self._knows.any_of({mentee.person}),
            Exclusion.SAME_HOUSEHOLD: self._households.any_of({mentee.household} - {""}),
            Exclusion.MENTEE_MUST_NOT: must_not,
            Exclusion.TOPIC_UNWILLING: self._unwilling.any_of(mentee.goal_areas),
            Exclusion.ENDED_BADLY_BEFORE: self._ended_badly.any_of({mentee.person}),
            Exclusion.LEAD_BAR: everybody if mentee.see_lead else self._see_lead,
            Exclusion.YOUNG_PERSON_NOT_CLEARED: young,
            Exclusion.CONSENT_MISSING: nobody if consent else everybody,
        }

    def _scores(self, wish: MenteeProfile, mentee: Side, weights: Weights) -> Numbers:
        """Return the weighted mean of what is known on both sides, in whole numbers, rounded half up."""
        shares = self._shares(wish, mentee)
        parts = lcm(*(of for _, _, of in shares.values()))
        reached, total = np.zeros(self._size, dtype=np.int64), np.zeros(self._size, dtype=np.int64)
        for criterion, (known, part, of) in shares.items():
            weight = weights.of[criterion]
            reached += part * (weight * (parts // of))
            total += known * weight
        total[total == 0] = 1  # Nothing is known: nothing is reached either.
        scores: Numbers = (200 * reached + total * parts) // (2 * total * parts)
        return scores

    def _shares(self, wish: MenteeProfile, mentee: Side) -> dict[Criterion, _Share]:
        """Return the criteria that the mentee's side is known of; the others count for nobody."""
        shares: dict[Criterion, _Share] = {}
        overlaps = (
            (Criterion.TOPICS, self._topics, mentee.topics),
            (Criterion.LIFE_FACTS, self._life_facts, mentee.life_facts),
            (Criterion.CARE_EQUIPMENT, self._care, mentee.care),
        )
        for criterion, column, wanted in overlaps:
            if wanted:
                shares[criterion] = (column.is_said, column.shared(wanted), len(wanted))
        if mentee.interests:
            both_like = np.minimum(self._interests.shared(mentee.interests), 2)
            shares[Criterion.INTERESTS] = (self._interests.is_said, both_like, 2)
        if (band := band_of(mentee.level)) is not None:
            shares[Criterion.LEVEL_BAND] = _nearness(self._bands, band)
        if (complete := is_complete(mentee.ais)) is not None:
            shares[Criterion.COMPLETENESS] = (self._complete != _UNKNOWN, (self._complete == complete).astype(int), 1)
        if mentee.injured_in is not None:
            known = self._injured != _UNKNOWN
            shares[Criterion.YEARS_AHEAD] = (known, np.clip(mentee.injured_in - self._injured, 0, 2) * known, 2)
        if mentee.age_band in AGES:
            shares[Criterion.AGE_BAND] = _nearness(self._ages, AGES.index(mentee.age_band))
        if wish.gender_wish is not None:
            known = ~self._genders.any_of({Gender.NOT_SAID})
            met = self._genders.any_of({wish.gender_wish}) & known
            shares[Criterion.GENDER_PREFER] = (known, met.astype(int), 1)
        if mentee.nation is not Nation.UNKNOWN:
            same = self._nations.any_of({mentee.nation}).astype(int)
            shares[Criterion.AREA] = (~self._nations.any_of({Nation.UNKNOWN}), same, 1)
        return shares


class _Tags:
    """A column of sets: who has which tag, and who said anything at all.

    For one mentee the sets are walked; for a list of them it is written down once who has each tag.
    """

    def __init__(self, sets: Sequence[frozenset[Any]], *, counted: Iterable[Any] | None = None) -> None:
        """Take the sets; of a code list that may grow, only the `counted` codes are ever shared."""
        self._sets = sets
        self._counted = None if counted is None else frozenset(counted)
        self._walked = 0
        self._listed: defaultdict[Any, list[int]] | None = None
        self._places: dict[Any, Numbers] = {}
        self.is_said = _flags(map(bool, sets))

    def any_of(self, wanted: Iterable[Any]) -> Flags:
        """Return who has one of these."""
        asked = frozenset(wanted)
        if not asked:
            return np.zeros(len(self._sets), dtype=np.bool_)
        if self._is_walked():
            return ~_flags(map(asked.isdisjoint, self._sets))
        found = np.zeros(len(self._sets), dtype=np.bool_)
        for places in map(self._places_of, asked):
            found[places] = True
        return found

    def meet(self, wanted: frozenset[Any]) -> Flags:
        """Return who has one of these; who said nothing, on either side, is open to everything."""
        if not wanted:
            return np.ones(len(self._sets), dtype=np.bool_)
        return self.any_of(wanted) | ~self.is_said

    def shared(self, wanted: frozenset[Any]) -> Numbers:
        """Return how many of these each has."""
        asked = wanted if self._counted is None else wanted & self._counted
        if self._is_walked():
            return _numbers(len(asked & each) for each in self._sets)
        found = np.zeros(len(self._sets), dtype=np.int64)
        for tag in asked:
            found[self._places_of(tag)] += 1
        return found

    def _is_walked(self) -> bool:
        self._walked += 1
        return self._walked <= _WALKED

    def _places_of(self, tag: Any) -> Numbers:
        if self._listed is None:
            self._listed = defaultdict(list)
            for at, tags in enumerate(self._sets):
                for each in tags:
                    self._listed[each].append(at)
        if tag not in self._places:
            self._places[tag] = np.array(self._listed.get(tag, ()), dtype=np.int64)
        return self._places[tag]


class _Ones:
    """A column in which each has one value; walked for one mentee, written down for a list of them."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = list(values)
        self._walked = 0
        self._at: defaultdict[Any, list[int]] | None = None

    def any_of(self, wanted: Iterable[Any]) -> Flags:
        """Return who has one of these."""
        asked = frozenset(wanted)
        self._walked += 1
        if self._walked <= _WALKED:
            return _flags(map(asked.__contains__, self._values))
        if self._at is None:
            self._at = defaultdict(list)
            for at, value in enumerate(self._values):
                self._at[value].append(at)
        found = np.zeros(len(self._values), dtype=np.bool_)
        for value in asked & self._at.keys():
            found[self._at[value]] = True
        return found


def _nearness(column: Numbers, mine: int) -> _Share:
    """The same counts whole, a neighbour half."""
    return column != _UNKNOWN, np.maximum(2 - np.abs(column - mine), 0), 2


def _or_unknown(number: int | None) -> int:
    return _UNKNOWN if number is None else int(number)


def _place_of(value: Any, order: Sequence[Any]) -> int:
    return order.index(value) if value in order else _UNKNOWN


def _flags(values: Iterable[bool]) -> Flags:
    return np.fromiter(values, dtype=np.bool_)


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, dtype=np.int64)
