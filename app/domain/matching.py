"""Which mentor fits which mentee: what rules a pair out, and a score of which every point can be said (7.2, 7.3).

Both sides are compared as `Side`: what is known of one person for mentoring. Equality answers never are among it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    Criterion,
    Exclusion,
    Gender,
    InjuryLevel,
    LifeFact,
    Nation,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.match import Point
from app.domain.mentor_checks import is_child, is_ready_to_mentor, is_under_18, lapsed_checks, may_mentor_young
from app.domain.mentoring import MenteeProfile, MentoringProfile, MentorProfile
from app.errors import BadInputError

LEAST_SHOWN = 30
"""Points under which a pair is not proposed."""

MOST_SHOWN = 5
"""Proposals at a time."""

HUNDRED = 100
"""What the weights make together."""

NOT_WITH_THE_YOUNG = frozenset({SessionChannel.TEXT, SessionChannel.IN_PERSON_OTHER})
"""Ways in which nobody under 18 is met."""

NO_WAY = frozenset({SessionChannel("none")})
"""A way to meet that nobody offers."""

_NONE, _HALF, _WHOLE = (0, 1), (1, 2), (1, 1)
_YEARS_AHEAD = 2
_BANDS = (("C1", "C4"), ("C5", "C8"), ("T1", "T6"), ("T7", "T12"))
AGES = tuple(AgeBand)[:-1]
"""Age bands that are known, youngest first."""

_INCOMPLETE = frozenset({Ais.B, Ais.C, Ais.D})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each criterion counts; they sum to 100."""

    version: str
    of: Mapping[Criterion, int]


def checked_weights(of: Mapping[Criterion, int]) -> None:
    """Look at whether weights name every criterion, each from 0 to 100, and make a hundred together (7.3).

    Raises:
        BadInputError: `match_weights.<criterion>.out_of_range`, or `match_weights.sum.out_of_range`.
    """
    for criterion in Criterion:
        if not 0 <= of.get(criterion, -1) <= HUNDRED:
            raise BadInputError.at("match_weights", criterion.value, "out_of_range")
    total = sum(of[criterion] for criterion in Criterion)
    if total != HUNDRED:
        raise BadInputError.at("match_weights", "sum", "out_of_range", total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a pair is compared by, of one of the two.

    Attributes:
        person: who.
        level, ais, injured_in: the injury; the relative's for family members and parents. None or unknown is left out.
        topics: what a mentee wants to talk about, or a mentor is willing to.
        goal_areas: of a mentee.
        languages, gender, age_band, care, life_facts, interests, nation, channels, times: as in the profile.
        household: what people who live together share: a postcode, folded; empty when not known.
        known_people: persons with whom either has a relationship.
        see_lead: the safeguarding lead knows more.
    """

    person: PersonId
    level: InjuryLevel = InjuryLevel.X99
    ais: Ais = Ais.UNKNOWN
    injured_in: int | None = None
    topics: frozenset[Topic] = frozenset()
    goal_areas: frozenset[Topic] = frozenset()
    languages: frozenset[str] = frozenset()
    gender: Gender = Gender.NOT_SAID
    age_band: AgeBand = AgeBand.UNKNOWN
    care: frozenset[CareItem] = frozenset()
    life_facts: frozenset[LifeFact] = frozenset()
    interests: frozenset[str] = frozenset()
    nation: Nation = Nation.UNKNOWN
    channels: frozenset[SessionChannel] = frozenset()
    times: frozenset[SafeTime] = frozenset()
    household: str = ""
    known_people: frozenset[PersonId] = frozenset()
    see_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mentor who might be proposed.

    Attributes:
        profile: the mentor's.
        side: what is compared.
        free_places: how many matches there is room for.
        free_since: when the last match ended, or the profile was made: who waits longest comes first of equals.
        ended_badly_with: mentees with whom a match ended as no good fit, or for safeguarding.
    """

    profile: MentorProfile
    side: Side
    free_places: int
    free_since: date
    ended_badly_with: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A pair with its score.

    Attributes:
        candidate: the mentor.
        score: 0 to 100.
        known: of how many of the ten criteria both sides are known.
        points: every criterion that counts for the pair, most first.
    """

    candidate: Candidate
    score: int
    known: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The best mentors for one mentee.

    Attributes:
        best: at most five, best first.
        left_out: for each reason how many mentors it rules out; one may be ruled out for several.
        too_low: how many score too low to be shown.
    """

    best: tuple[Scored, ...]
    left_out: Mapping[Exclusion, int]
    too_low: int


def side_of(profile: MentoringProfile, **known: object) -> Side:
    """Return what is compared, from a profile and what else is known (`goal_areas`, `household` …)."""
    taken: dict[str, object] = {
        name: getattr(profile, name)
        for name in ("level", "ais", "topics", "languages", "gender", "age_band", "care", "life_facts", "nation",
                     "channels", "times")
    }  # fmt: skip
    taken["interests"] = frozenset(interest.casefold() for interest in profile.interests)
    taken["injured_in"] = None if profile.injured_on is None else int(profile.injured_on[:4])
    return Side(person=profile.person, **{**taken, **known})  # type: ignore[arg-type]


def propose(
    wish: MenteeProfile,
    mentee: Side,
    candidates: Iterable[Candidate],
    *,
    weights: Weights,
    consent: bool,
    on: date,
    policy: Mapping[str, int | bool | str],
) -> Proposal:
    """Return the five best mentors for a mentee, and why the others are not among them."""
    left_out: dict[Exclusion, int] = {}
    scored = []
    for candidate in candidates:
        reasons = exclusions(wish, mentee, candidate, consent=consent, on=on, policy=policy)
        for reason in reasons:
            left_out[reason] = left_out.get(reason, 0) + 1
        if not reasons:
            scored.append(score(wish, mentee, candidate, weights=weights))
    shown = [each for each in scored if each.score >= LEAST_SHOWN]
    shown.sort(key=lambda each: (-each.score, each.candidate.free_since, each.candidate.side.person))
    in_order = {reason: left_out[reason] for reason in Exclusion if reason in left_out}
    return Proposal(best=tuple(shown[:MOST_SHOWN]), left_out=in_order, too_low=len(scored) - len(shown))


def exclusions(
    wish: MenteeProfile,
    mentee: Side,
    candidate: Candidate,
    *,
    consent: bool,
    on: date,
    policy: Mapping[str, int | bool | str],
) -> tuple[Exclusion, ...]:
    """Return everything that rules a pair out, in the order of the list; a coordinator alone is told why."""
    profile, mentor = candidate.profile, candidate.side
    rules = {
        Exclusion.ROLE_KIND_MISMATCH: wish.wanted_kind not in profile.role_kinds,
        Exclusion.MENTOR_NOT_ACTIVE: not _is_active(profile, on, policy),
        Exclusion.CHECKS_LAPSED: bool(lapsed_checks(profile, on=on, policy=policy)),
        Exclusion.AT_CAPACITY: candidate.free_places < 1,
        Exclusion.NO_SHARED_CHANNEL_OR_TIME: not _meet(channels_of(mentee), mentor.channels)
        or not _meet(mentee.times, mentor.times),
        Exclusion.NO_SHARED_LANGUAGE: not _meet(mentee.languages, mentor.languages),
        Exclusion.KNOWN_TO_EACH_OTHER: mentor.person == mentee.person
        or mentor.person in mentee.known_people
        or mentee.person in mentor.known_people,
        Exclusion.SAME_HOUSEHOLD: bool(mentee.household) and mentee.household == mentor.household,
        Exclusion.MENTEE_MUST_NOT: mentor.person in wish.must_not
        or (wish.gender_must and wish.gender_wish not in (None, mentor.gender)),
        Exclusion.TOPIC_UNWILLING: bool(mentee.goal_areas & profile.unwilling_topics),
        Exclusion.ENDED_BADLY_BEFORE: mentee.person in candidate.ended_badly_with,
        Exclusion.LEAD_BAR: mentee.see_lead or mentor.see_lead,
        Exclusion.YOUNG_PERSON_NOT_CLEARED: is_under_18(mentee.age_band)
        and (is_child(mentee.age_band) or not may_mentor_young(profile)),
        Exclusion.CONSENT_MISSING: not consent,
    }
    return tuple(reason for reason, holds in rules.items() if holds)


def channels_of(mentee: Side) -> frozenset[SessionChannel]:
    """Return how a mentee can be met; under 18 never by text or elsewhere, whoever said nothing included (7.6)."""
    if not is_under_18(mentee.age_band):
        return mentee.channels
    # What is left of a wish for these alone is a way that no mentor offers.
    return ((mentee.channels or frozenset(SessionChannel)) - NOT_WITH_THE_YOUNG) or NO_WAY


def score(wish: MenteeProfile, mentee: Side, candidate: Candidate, *, weights: Weights) -> Scored:
    """Return a pair's score: the weighted mean of the criteria that are known on both sides, rounded half up."""
    shares = _shares(wish, mentee, candidate.side)
    known = {criterion: share for criterion, (share, _) in shares.items() if share is not None}
    total = sum(weights.of[criterion] for criterion in known)
    reached, parts = 0, 1
    for criterion, (part, of) in known.items():
        reached, parts = reached * of + weights.of[criterion] * part * parts, parts * of
    points = [
        Point(criterion=criterion, share=HUNDRED * part // of, facts=shares[criterion][1])
        for criterion, (part, of) in known.items()
        if part
    ]
    points.sort(key=lambda point: -weights.of[point.criterion] * point.share)
    return Scored(
        candidate=candidate,
        # Whole numbers only: rounded half up, and the same wherever it is computed.
        score=(2 * HUNDRED * reached + total * parts) // (2 * total * parts) if total else 0,
        known=len(known),
        points=tuple(points),
    )


_Share = tuple[tuple[int, int] | None, tuple[str, ...]]
"""How far a criterion holds, as a fraction, and the facts its sentence names; None when a side is not known."""


def _shares(wish: MenteeProfile, mentee: Side, mentor: Side) -> dict[Criterion, _Share]:
    return {
        Criterion.TOPICS: _overlap(mentee.topics, mentor.topics, order=tuple(Topic)),
        Criterion.LEVEL_BAND: _level(mentee.level, mentor.level),
        Criterion.COMPLETENESS: _completeness(mentee.ais, mentor.ais),
        Criterion.YEARS_AHEAD: _years(mentee.injured_in, mentor.injured_in),
        Criterion.AGE_BAND: _age(mentee.age_band, mentor.age_band),
        Criterion.LIFE_FACTS: _overlap(mentee.life_facts, mentor.life_facts, order=tuple(LifeFact)),
        Criterion.CARE_EQUIPMENT: _overlap(mentee.care, mentor.care, order=tuple(CareItem)),
        Criterion.INTERESTS: _interests(mentee.interests, mentor.interests),
        Criterion.GENDER_PREFER: _gender(wish, mentor.gender),
        Criterion.AREA: _nation(mentee.nation, mentor.nation),
    }


def _is_active(profile: MentorProfile, on: date, policy: Mapping[str, int | bool | str]) -> bool:
    # Lapsed checks are a reason of their own: who is active but for them is not called inactive too.
    return is_ready_to_mentor(profile, on=on, policy=policy) or profile.status == "active"


def _meet(mentee: frozenset[object], mentor: frozenset[object]) -> bool:
    """Answer whether two wishes meet; who said nothing is open to everything."""
    return not mentee or not mentor or bool(mentee & mentor)


def _overlap(wanted: Iterable[str], offered: Iterable[str], *, order: tuple[str, ...]) -> _Share:
    mine, theirs = frozenset(wanted), frozenset(offered)
    if not mine or not theirs:
        return None, ()
    shared = [each for each in order if each in mine & theirs]
    return (len(shared), len(mine)), tuple(map(str, shared))


def _level(mentee: InjuryLevel, mentor: InjuryLevel) -> _Share:
    mine, theirs = band_of(mentee), band_of(mentor)
    if mine is None or theirs is None:
        return None, ()
    return {0: _WHOLE, 1: _HALF}.get(abs(mine - theirs), _NONE), ()


def band_of(level: InjuryLevel) -> int | None:
    """Return which of the five bands a level lies in; a region alone, or nothing known, lies in none."""
    if not level.is_known or level.value.endswith("99"):
        return None
    letter, number = level.value[0], level.value[1:]
    for place, (first, last) in enumerate(_BANDS):
        if letter == first[0] and int(first[1:]) <= int(number) <= int(last[1:]):
            return place
    return len(_BANDS)


def _completeness(mentee: Ais, mentor: Ais) -> _Share:
    mine, theirs = is_complete(mentee), is_complete(mentor)
    if mine is None or theirs is None:
        return None, ()
    return (_WHOLE, ("complete" if mine else "incomplete",)) if mine == theirs else (_NONE, ())


def is_complete(ais: Ais) -> bool | None:
    """Return whether an injury is complete; None when it is not known, or there is none."""
    if ais is Ais.A:
        return True
    return False if ais in _INCOMPLETE else None


def _years(mentee: int | None, mentor: int | None) -> _Share:
    if mentee is None or mentor is None:
        return None, ()
    further = mentee - mentor
    if further < 1:
        return _NONE, ()
    return (_WHOLE if further >= _YEARS_AHEAD else _HALF), (str(further),)


def _age(mentee: AgeBand, mentor: AgeBand) -> _Share:
    if mentee not in AGES or mentor not in AGES:
        return None, ()
    apart = abs(AGES.index(mentee) - AGES.index(mentor))
    return {0: _WHOLE, 1: _HALF}.get(apart, _NONE), ()


def _interests(mentee: frozenset[str], mentor: frozenset[str]) -> _Share:
    if not mentee or not mentor:
        return None, ()
    shared = sorted(mentee & mentor)
    return (min(2, len(shared)), 2), tuple(shared)


def _gender(wish: MenteeProfile, mentor: Gender) -> _Share:
    if wish.gender_wish is None or mentor is Gender.NOT_SAID:
        return None, ()
    return (_WHOLE if wish.gender_wish is mentor else _NONE), ()


def _nation(mentee: Nation, mentor: Nation) -> _Share:
    if Nation.UNKNOWN in (mentee, mentor):
        return None, ()
    return (_WHOLE, (str(mentee),)) if mentee is mentor else (_NONE, ())
