"""The figures of one organisation: what its people's facts add up to, before small numbers are kept back.

What a person adds is a few counts, each under a name and a month. They add up in any order and can be taken away again,
so the vault and the central service keep sums and look at no record. What may be shown is `app.domain.impact_tables`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from app.domain.codes import JourneyStage, MatchEndReason, MentorKind
from app.domain.ids import SiteId
from app.domain.impact_facts import STEPS, MonthFacts, PersonFacts, Step, Wait, Why, month_of
from app.domain.policy import POLICY, PolicyKey

OF_MENTORING = frozenset({Wait.ASKED_TO_MENTOR, Wait.APPROVED_TO_CALL})
"""Waits of people with whom mentoring was begun in the period; all others are of people met in it."""

NO_GROUP = ""
"""The group of those of whom nothing is known."""

EVERYBODY = ""
"""The scope of all people."""

TODAY = ""
"""The month of what stands as it stands, whatever the period."""


RULES = 2
"""The version of what people add. Whoever changes that raises it, and sums that are kept are taken anew."""


class Dimension(StrEnum):
    """What people are grouped by. Fixed for ever."""

    PROGRAMME = "programme"
    WARD = "ward"
    NATION = "nation"
    AGE = "age"
    SUPPORT = "support"
    CHARITY = "charity"


OF_PEOPLE = tuple(each for each in Dimension if each is not Dimension.CHARITY)
"""What the people of one charity are grouped by; by charity are those of several."""


class Motion(StrEnum):
    """How a mentee stands in a stage. Fixed for ever."""

    MOVING = "moving"
    STUCK = "stuck"
    PAUSED = "paused"


class What(StrEnum):
    """The kinds of counts that people add. Fixed for ever, or every sum that is kept must be taken anew."""

    WAY = "way"
    GROUP = "group"
    WAIT = "wait"
    SUM = "sum"
    STAGE = "stage"
    ENDED = "ended"
    MONTH = "month"
    SCORE = "score"


Group: TypeAlias = str
"""A group of people: the slug of a code list, or of a ward `<site>|<ward>`."""

Scope: TypeAlias = str
"""Whose figures: EVERYBODY, or `programme:<slug>` or `ward:<site>|<ward>`."""


class Addend(NamedTuple):
    """One count that a person adds: of what, under which name, in which month, how much."""

    what: What
    key: str
    month: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Whose figures, and of when: the first and the last calendar month, both included."""

    since: str
    until: str
    scope: Scope = EVERYBODY

    def holds(self, month: str) -> bool:
        """Answer whether a month lies in the period; an empty one does not."""
        return self.since <= month <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Numbers as they are, for nobody's eyes yet.

    Attributes:
        way: people met in the period, by how far they came and why no further.
        groups: the same people by group: how many no service accepted, and how many one did.
        waits: how many waited so many days.
        doubtful: people met in the period of whom a wait was left out, for a clock in doubt.
        ready, matched: mentees begun with in the period who became ready; those of them with an active match.
        stages: mentees as they stand today.
        ended: matches that ended in the period, by why.
        calls: the calls held in those matches.
        risen, not_risen: of those matches with the five strategies answered at start and end, in how many three rose.
        scores: of those matches, by score: how many have one at start and end, and both added up.
        goals, goals_met: of mentees begun with in the period.
        months: what happened in each month of the period.
    """

    way: Mapping[tuple[Step, Why], int] = field(default_factory=dict)
    groups: Mapping[Dimension, Mapping[Group, tuple[int, int]]] = field(default_factory=dict)
    waits: Mapping[Wait, Mapping[int, int]] = field(default_factory=dict)
    doubtful: int = 0
    ready: int = 0
    matched: int = 0
    stages: Mapping[tuple[JourneyStage, Motion], int] = field(default_factory=dict)
    ended: Mapping[MatchEndReason | None, int] = field(default_factory=dict)
    calls: int = 0
    risen: int = 0
    not_risen: int = 0
    scores: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    goals: int = 0
    goals_met: int = 0
    months: Mapping[str, MonthFacts] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody and nothing to tell of."""
        return not (self.way or self.stages or self.ended or self.months or self.ready)


# --- what one person adds ---------------------------------------------------------------------------------------


def of_programme(kind: MentorKind) -> Scope:
    """Return the scope of one kind of mentoring."""
    return f"programme:{kind}"


def of_ward(group: Group) -> Scope:
    """Return the scope of one ward."""
    return f"ward:{group}"


def scopes_of(facts: PersonFacts) -> tuple[Scope, ...]:
    """Return every scope whose figures a person is in."""
    scopes = [EVERYBODY]
    if facts.programme is not None:
        scopes.append(of_programme(facts.programme))
    if facts.site is not None:
        scopes.append(of_ward(ward_of(facts)))
    return tuple(scopes)


def addends_of(facts: PersonFacts) -> tuple[Addend, ...]:
    """Return what one person adds to each of their scopes."""
    found: list[Addend] = []
    if facts.met:
        found.append(Addend(What.WAY, f"{facts.step}|{facts.why}", facts.met, 1))
        side = "yes" if was_reached(facts.step) else "no"
        found += [
            Addend(What.GROUP, f"{dimension}|{side}|{group_of(facts, dimension)}", facts.met, 1)
            for dimension in OF_PEOPLE
        ]
        found.append(Addend(What.SUM, "doubtful", facts.met, int(facts.is_doubtful)))
    for wait, days in facts.waits.items():
        found.append(Addend(What.WAIT, f"{wait}|{days}", facts.asked if wait in OF_MENTORING else facts.met, 1))
    if facts.asked:
        found += [
            Addend(What.SUM, name, facts.asked, int(getattr(facts, attribute)))
            for name, attribute in _SUMS_OF_MENTORING.items()
        ]
    if facts.stage is not None and facts.stage_since is not None:
        standing = Motion.PAUSED if facts.is_paused else Motion.MOVING
        found.append(Addend(What.STAGE, f"{facts.stage}|{standing}|{facts.stage_since}", TODAY, 1))
    for match in facts.matches:
        if match.ended_on is not None:
            month = month_of(match.ended_on)
            found.append(Addend(What.ENDED, match.reason or "", month, 1))
            found.append(Addend(What.SUM, "calls", month, match.calls))
            if match.has_risen is not None:
                found.append(Addend(What.SUM, "risen" if match.has_risen else "not_risen", month, 1))
            for score, both in match.scores.items():
                found += [
                    Addend(What.SCORE, f"{part}|{score}", month, amount)
                    for part, amount in zip(_PARTS_OF_A_SCORE, (1, *both), strict=True)
                ]
    for month_facts in facts.months:
        found += [Addend(What.MONTH, name, month_facts.month, getattr(month_facts, name)) for name in _OF_MONTH]
    return tuple(each for each in found if each.amount)


_SUMS_OF_MENTORING = {"ready": "is_ready", "matched": "is_matched", "goals": "goals", "goals_met": "goals_met"}
_PARTS_OF_A_SCORE = ("pairs", "before", "after")
_OF_MONTH = tuple(each.name for each in fields(MonthFacts) if each.name != "month")


def ward_of(facts: PersonFacts) -> Group:
    """Return the ward of somebody's newest stay, NO_GROUP without one."""
    return NO_GROUP if facts.site is None else f"{facts.site}|{facts.ward}"


def site_and_ward(group: Group) -> tuple[SiteId | None, str]:
    """Return what a group of wards names."""
    site, _, ward = group.partition("|")
    return (SiteId(UUID(site)) if site else None), ward


def group_of(facts: PersonFacts, dimension: Dimension) -> Group:
    """Return the group somebody is in."""
    match dimension:
        case Dimension.PROGRAMME:
            return facts.programme or NO_GROUP
        case Dimension.WARD:
            return ward_of(facts)
        case Dimension.NATION:
            return facts.nation
        case Dimension.AGE:
            return facts.age_band
        case Dimension.SUPPORT:
            return "yes" if facts.is_supported else "no"
        case Dimension.CHARITY:
            return NO_GROUP


def was_reached(step: Step) -> bool:
    """Answer whether some service took somebody on."""
    return STEPS.index(step) >= STEPS.index(Step.ACCEPTED)


# --- what all of them add up to ---------------------------------------------------------------------------------


def sums_of(people: Iterable[PersonFacts], scope: Scope = EVERYBODY) -> tuple[Addend, ...]:
    """Return what people add to one scope, added up name by name and month by month."""
    sums: Counter[tuple[What, str, str]] = Counter()
    for facts in people:
        if scope in scopes_of(facts):
            for each in addends_of(facts):
                sums[each.what, each.key, each.month] += each.amount
    return tuple(Addend(*name, count) for name, count in sums.items())


def first_month(sums: Iterable[Addend]) -> str:
    """Return the first month in which anything was counted; TODAY where nothing was."""
    return min((each.month for each in sums if each.month), default=TODAY)


def tally_of(
    sums: Iterable[Addend],
    selection: Selection,
    *,
    on: date,
    stuck_days: int = POLICY[PolicyKey.STUCK_DAYS].default,
) -> Tally:
    """Return what sums of one scope amount to in a period.

    Args:
        sums: of the scope that is selected, of any months.
        selection: of when.
        on: the London day on which stages are looked at.
        stuck_days: the organisation's `stuck_days`.
    """
    adding = _Adding(on, stuck_days)
    for each in sums:
        if each.what is What.STAGE or selection.holds(each.month):
            adding.take(each)
    return adding.tally()


class _Adding:
    """Sums on their way to where they belong."""

    def __init__(self, on: date, stuck_days: int) -> None:
        self._on, self._stuck_days = on, stuck_days
        self._way: Counter[tuple[Step, Why]] = Counter()
        self._groups: dict[Dimension, dict[Group, list[int]]] = {each: {} for each in Dimension}
        self._waits: dict[Wait, Counter[int]] = {}
        self._stages: Counter[tuple[JourneyStage, Motion]] = Counter()
        self._ended: Counter[MatchEndReason | None] = Counter()
        self._months: dict[str, Counter[str]] = {}
        self._scores: dict[str, Counter[str]] = {}
        self._sums: Counter[str] = Counter()

    def take(self, each: Addend) -> None:
        match each.what:
            case What.WAY:
                step, why = each.key.split("|")
                self._way[Step(step), Why(why)] += each.amount
            case What.GROUP:
                dimension, side, group = each.key.split("|", 2)
                of = self._groups[Dimension(dimension)].setdefault(group, [0, 0])
                of[side == "yes"] += each.amount
            case What.WAIT:
                wait, days = each.key.split("|")
                self._waits.setdefault(Wait(wait), Counter())[int(days)] += each.amount
            case What.SUM:
                self._sums[each.key] += each.amount
            case What.STAGE:
                self._take_stage(each)
            case What.ENDED:
                self._ended[MatchEndReason(each.key) if each.key else None] += each.amount
            case What.MONTH:
                self._months.setdefault(each.month, Counter())[each.key] += each.amount
            case What.SCORE:
                part, score = each.key.split("|", 1)
                self._scores.setdefault(score, Counter())[part] += each.amount

    def _take_stage(self, each: Addend) -> None:
        stage, standing, since = each.key.split("|")
        is_long = (self._on - date.fromisoformat(since)).days >= self._stuck_days
        # A pause is never stuck (`domain.md` 7.4).
        motion = Motion.STUCK if is_long and standing != Motion.PAUSED else Motion(standing)
        self._stages[JourneyStage(stage), motion] += each.amount

    def tally(self) -> Tally:
        return Tally(
            way=dict(self._way),
            groups={
                dimension: {group: (missed, reached) for group, (missed, reached) in of.items()}
                for dimension, of in self._groups.items()
            },
            waits={wait: dict(days) for wait, days in self._waits.items()},
            stages=dict(self._stages),
            ended=dict(self._ended),
            scores={
                score: (sums["pairs"], sums["before"], sums["after"]) for score, sums in sorted(self._scores.items())
            },
            months={month: MonthFacts(month=month, **sums) for month, sums in sorted(self._months.items())},
            **self._sums,
        )


def added(months: Iterable[MonthFacts], name: str) -> MonthFacts:
    """Return several months added up, under one name."""
    held = tuple(months)
    return MonthFacts(month=name, **{each: sum(getattr(facts, each) for facts in held) for each in _OF_MONTH})
