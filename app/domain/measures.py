"""Questionnaires before and after: what each asks, how it is scored, and what changed from start to end.

Scoring follows what the owners publish (`domain.md` 10). Nothing here holds the wording of a licensed questionnaire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from app.domain.codes import Instrument, MeasureMode, MeasureOccasion, RecordType
from app.domain.ids import RecordId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line

LICENCE_KEY = "swemwbs_licence_ref"
"""The policy value without which SWEMWBS is not asked: the owners' registration."""

TOTAL = "total"
"""The name of a score that is one number for the whole questionnaire."""

START_WITHIN = timedelta(days=14)
"""How far from the day a match became active the answers of the start may lie (`domain.md` 10)."""

END_WITHIN = timedelta(days=30)
"""How far from the day it ended the answers of the end may lie (`domain.md` 10)."""

ENOUGH_RISES = 3
"""Of the five coping strategies, so many must rise [backuptrust.org.uk/impact-of-mentoring]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeMeasure(OfPerson):
    """One questionnaire as answered; never edited: a correction is a new one that `amends`.

    Attributes:
        instrument: which questionnaire.
        version: which version of it.
        occasion: start, middle, end or later.
        items: the answers by item; an item that was left out is absent.
        answered_on: the day it was answered, which counts, not the day it was sent.
        mode: who answered.
        match: the match it is about, if it is about one.
        amends: the answers that these correct.
    """

    TYPE = RecordType.OUTCOME_MEASURE
    CLS = Cls.NEEDS

    instrument: Fixed[Instrument]
    version: Fixed[Annotated[str, Line(20)]]
    occasion: Fixed[MeasureOccasion]
    items: Fixed[dict[str, int]]
    answered_on: Fixed[date]
    mode: Fixed[MeasureMode]
    match: Fixed[RecordId | None] = None
    amends: Fixed[RecordId | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What one questionnaire asks.

    Attributes:
        version: the version that is asked now.
        items: its items, in the order they are asked.
        least, most: the range of every answer, both included.
        is_summed: the answers are added up to one score; else each stands alone.
        higher_is_better: by item, or of the total; False where a higher number is worse.
    """

    version: str
    items: tuple[str, ...]
    least: int
    most: int
    is_summed: bool
    higher_is_better: Mapping[str, bool]


QUESTIONS: Mapping[Instrument, Questions] = MappingProxyType(
    {
        # Hughes, Waite, Hawkley and Cacioppo, "A Short Scale for Measuring Loneliness in Large Surveys", Research on
        # Aging 26 (2004), in the wording and scoring of the Office for National Statistics, "Measuring loneliness:
        # guidance for use of the national indicators on surveys" (2018): hardly ever or never 1, some of the time 2,
        # often 3; added up to 3-9, higher is lonelier.
        Instrument.UCLA3: Questions(
            version="ons-2018",
            items=("companionship", "left_out", "isolated"),
            least=1,
            most=3,
            is_summed=True,
            higher_is_better={TOTAL: False},
        ),
        # The direct question of the same ONS guidance, in the order ONS prints the answers: 1 often or always,
        # 2 some of the time, 3 occasionally, 4 hardly ever, 5 never. It stands beside the three, never in their sum.
        Instrument.ONS_LONELY: Questions(
            version="ons-2018",
            items=("lonely",),
            least=1,
            most=5,
            is_summed=False,
            higher_is_better={"lonely": True},
        ),
        # Office for National Statistics, "Personal well-being: user guidance": four questions from 0 to 10, each
        # reported by itself; there is no total.
        Instrument.ONS4: Questions(
            version="ons-2018",
            items=("satisfied", "worthwhile", "happy", "anxious"),
            least=0,
            most=10,
            is_summed=False,
            higher_is_better={"satisfied": True, "worthwhile": True, "happy": True, "anxious": False},
        ),
        # Warwick Medical School: seven statements from 1 to 5. Wording and the table that turns the raw sum into a
        # metric score come with the owners' licence, not with this program: what is kept here is the raw sum, 7-35.
        Instrument.SWEMWBS: Questions(
            version="licensed",
            items=tuple(f"statement_{number}" for number in range(1, 8)),
            least=1,
            most=5,
            is_summed=True,
            higher_is_better={TOTAL: True},
        ),
        # The five strategies are Back Up's [backuptrust.org.uk/impact-of-mentoring]; the scale of 1 to 5 is ours.
        Instrument.COPING5: Questions(
            version="ours-1",
            items=("using_support", "keeping_busy", "acceptance", "problem_solving", "hope"),
            least=1,
            most=5,
            is_summed=False,
            higher_is_better=dict.fromkeys(
                ("using_support", "keeping_busy", "acceptance", "problem_solving", "hope"), True
            ),
        ),
    }
)
"""What is asked of each questionnaire that this version knows."""


def may_ask(instrument: Instrument, policy: Mapping[str, int | bool | str]) -> bool:
    """Answer whether an organisation may use a questionnaire: SWEMWBS only with its licence written down."""
    if instrument is not Instrument.SWEMWBS:
        return instrument in QUESTIONS
    return bool(str(policy.get(LICENCE_KEY, "")).strip())


def item_fault(instrument: Instrument, items: Mapping[str, int]) -> str:
    """Return what is wrong with answers: `unknown_code`, `out_of_range`, or empty when nothing is.

    A questionnaire of a newer version is kept as it came.
    """
    asked = QUESTIONS.get(instrument)
    if asked is None:
        return ""
    if not items.keys() <= set(asked.items):
        return "unknown_code"
    return "" if all(asked.least <= answer <= asked.most for answer in items.values()) else "out_of_range"


def score_of(measure: OutcomeMeasure) -> Mapping[str, int]:
    """Return the scores of one questionnaire: `total` where answers are added up, else one by item.

    Empty where there is none: a proxy answered, or any item is missing of one that is added up. Of the others, an item
    that was left out is left out here too.

    Example: of the three loneliness questions, some of the time, often and hardly ever are 2 + 3 + 1: `{"total": 6}`.
    """
    asked = QUESTIONS.get(measure.instrument)
    if asked is None or measure.mode is MeasureMode.PROXY:
        return {}
    if not asked.is_summed:
        return {item: measure.items[item] for item in asked.items if item in measure.items}
    if any(item not in measure.items for item in asked.items):
        return {}
    return {TOTAL: sum(measure.items[item] for item in asked.items)}


def change_of(start: OutcomeMeasure, end: OutcomeMeasure) -> Mapping[str, int]:
    """Return the change from start to end, end less start, for whatever both have a score of.

    Empty where the two are not the same questionnaire in the same version.
    """
    if (start.instrument, start.version) != (end.instrument, end.version):
        return {}
    before, after = score_of(start), score_of(end)
    return {name: after[name] - before[name] for name in before if name in after}


def coping_rose(start: OutcomeMeasure, end: OutcomeMeasure) -> bool | None:
    """Answer whether at least three of the five strategies rose; None unless all five were answered both times."""
    changes = change_of(start, end)
    if start.instrument is not Instrument.COPING5 or len(changes) != len(QUESTIONS[Instrument.COPING5].items):
        return None
    return sum(change > 0 for change in changes.values()) >= ENOUGH_RISES


def band_of(item: str, score: int) -> str:
    """Return the band of one of the four ONS questions: `low` `medium` `high` `very_high`, or `very_low` for anxiety.

    Source: Office for National Statistics, thresholds of personal well-being: 0-4 low, 5-6 medium, 7-8 high, 9-10
    very high; of anxiety 0-1 very low, 2-3 low, 4-5 medium, 6-10 high.
    """
    edges = _ANXIETY if item == "anxious" else _WELLBEING
    return next(name for most, name in edges if score <= most)


_WELLBEING = ((4, "low"), (6, "medium"), (8, "high"), (10, "very_high"))
_ANXIETY = ((1, "very_low"), (3, "low"), (5, "medium"), (10, "high"))


def standing_measures(measures: Iterable[OutcomeMeasure]) -> tuple[OutcomeMeasure, ...]:
    """Return the questionnaires as they stand after corrections, by the day they were answered."""
    held = {measure.id: measure for measure in measures if not measure.archived}
    amended = {measure.amends for measure in held.values() if measure.amends is not None}
    return tuple(sorted((each for each in held.values() if each.id not in amended), key=_order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One questionnaire of one person at the start and at the end; either is None when it does not count."""

    instrument: Instrument
    start: OutcomeMeasure | None
    end: OutcomeMeasure | None

    @property
    def change(self) -> Mapping[str, int]:
        """The change of whatever both have a score of; empty when one is missing."""
        return {} if self.start is None or self.end is None else change_of(self.start, self.end)


def pair_of(
    instrument: Instrument,
    measures: Iterable[OutcomeMeasure],
    *,
    match: UUID,
    active_on: date,
    ended_on: date | None,
) -> Pair:
    """Return what counts as start and end of one journey: the first near its beginning, the last near its end.

    Args:
        instrument: which questionnaire.
        measures: one person's, in any order, corrections among them.
        match: the journey; answers given for another one count there.
        active_on: the day the match became active, or the referral was accepted.
        ended_on: the day it ended; None while it runs, and then nothing counts as an end.
    """
    own = [
        each
        for each in standing_measures(measures)
        if each.instrument is instrument and each.mode is not MeasureMode.PROXY and each.match in (None, match)
    ]
    starts = [
        each
        for each in own
        if each.occasion is MeasureOccasion.START and abs(each.answered_on - active_on) <= START_WITHIN
    ]
    ends = [
        each
        for each in own
        if each.occasion is MeasureOccasion.END
        and ended_on is not None
        and abs(each.answered_on - ended_on) <= END_WITHIN
    ]
    return Pair(instrument=instrument, start=next(iter(starts), None), end=next(reversed(ends), None))


def _order(measure: OutcomeMeasure) -> tuple[date, bytes]:
    return measure.answered_on, measure.id.bytes
