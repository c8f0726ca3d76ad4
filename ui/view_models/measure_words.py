"""Questionnaires in words: the question of every item and its answers, and what changed from start to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Instrument, MeasureMode
from app.domain.measures import QUESTIONS, TOTAL, OutcomeMeasure, Pair, band_of, coping_rose, score_of
from ui.messages import day_words, label
from ui.widgets.text import filled

# UCLA-3 and the direct question as the Office for National Statistics asks them, "Measuring loneliness: guidance for
# use of the national indicators on surveys" (2018); ONS4 as in "Personal well-being: user guidance", both under the
# Open Government Licence: a changed word would be another measure. The coping strategies are Back Up's, the sentences
# about them ours.
_ITEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "companionship": "How often do you feel that you lack companionship?",
        "left_out": "How often do you feel left out?",
        "isolated": "How often do you feel isolated from others?",
        "lonely": "How often do you feel lonely?",
        "satisfied": "Overall, how satisfied are you with your life nowadays?",
        "worthwhile": "Overall, to what extent do you feel that the things you do in your life are worthwhile?",
        "happy": "Overall, how happy did you feel yesterday?",
        "anxious": "Overall, how anxious did you feel yesterday?",
        "using_support": "I can turn to others for support.",
        "keeping_busy": "I keep busy with things that matter to me.",
        "acceptance": "I can live with how things are now.",
        "problem_solving": "I find ways round problems.",
        "hope": "I look ahead with hope.",
    }
)
_SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lonely": "Loneliness",
        "satisfied": "Satisfied",
        "worthwhile": "Worthwhile",
        "happy": "Happy",
        "anxious": "Anxious",
        "using_support": "Using support",
        "keeping_busy": "Keeping busy",
        "acceptance": "Acceptance",
        "problem_solving": "Solving problems",
        "hope": "Hope",
    }
)
_OFTEN: Final = ("Hardly ever or never", "Some of the time", "Often")
_HOW_OFTEN: Final = ("Often or always", "Some of the time", "Occasionally", "Hardly ever", "Never")
_AGREE: Final = ("Not at all", "A little", "Somewhat", "Mostly", "Fully")


def item_words(item: str) -> str:
    """Return the question of one item; of a licensed questionnaire its number, for the words come with the licence."""
    if item.startswith("statement_"):
        text = QCoreApplication.translate("measure", "Statement {number} on your licensed sheet")
        return filled(text, number=item.removeprefix("statement_"))
    return QCoreApplication.translate("measure", _ITEMS[item])


def answer_words(instrument: Instrument) -> Sequence[tuple[int, str]]:
    """Return every answer to an item of a questionnaire, with its words."""
    asked = QUESTIONS[instrument]
    named = {
        Instrument.UCLA3: _OFTEN,
        Instrument.ONS_LONELY: _HOW_OFTEN,
        Instrument.COPING5: _AGREE,
    }.get(instrument)
    if named is None:
        return [(answer, _scale_words(instrument, answer)) for answer in range(asked.least, asked.most + 1)]
    return [(asked.least + at, QCoreApplication.translate("measure", words)) for at, words in enumerate(named)]


def _scale_words(instrument: Instrument, answer: int) -> str:
    if instrument is Instrument.ONS4 and answer in (0, 10):
        ends = {0: "0, not at all", 10: "10, completely"}
        return QCoreApplication.translate("measure", ends[answer])
    return str(answer)


def short_words(item: str) -> str:
    """Return what an item is about, in a word or two."""
    if item == TOTAL:
        return QCoreApplication.translate("measure", "Score")
    if item in _SHORT:
        return QCoreApplication.translate("measure", _SHORT[item])
    return item_words(item)


def measure_words(measure: OutcomeMeasure) -> tuple[str, str]:
    """Return one questionnaire: what it was and when, and its scores or why there is none."""
    text = QCoreApplication.translate("measure", "{instrument}, {occasion}, {day}")
    heading = filled(
        text,
        instrument=label("instrument", measure.instrument),
        occasion=label("measure_occasion", measure.occasion).lower(),
        day=day_words(measure.answered_on),
    )
    scores = score_of(measure)
    if scores:
        said = [_score(measure.instrument, item, score) for item, score in scores.items()]
        words = "; ".join(said) + "."
        return heading, words[:1].upper() + words[1:]
    if measure.mode is MeasureMode.PROXY:
        return heading, QCoreApplication.translate("measure", "Answered for them, so it makes no score.")
    return heading, QCoreApplication.translate("measure", "Not every question was answered, so there is no score.")


def _score(instrument: Instrument, item: str, score: int) -> str:
    if item == TOTAL:
        asked = QUESTIONS[instrument]
        least, most = len(asked.items) * asked.least, len(asked.items) * asked.most
        better = asked.higher_is_better[TOTAL]
        text = QCoreApplication.translate("measure", "{score} on a scale of {least} to {most}, {which}")
        which = "higher is better" if better else "lower is better"
        return filled(text, score=score, least=least, most=most, which=QCoreApplication.translate("measure", which))
    if instrument is Instrument.ONS4:
        text = QCoreApplication.translate("measure", "{item} {score} of 10 ({band})")
        band = QCoreApplication.translate("measure", _BANDS[band_of(item, score)])
        return filled(text, item=short_words(item).lower(), score=score, band=band)
    text = QCoreApplication.translate("measure", "{item} {score} of 5")
    return filled(text, item=short_words(item).lower(), score=score)


_BANDS: Final[Mapping[str, str]] = MappingProxyType(
    {"very_low": "very low", "low": "low", "medium": "medium", "high": "high", "very_high": "very high"}
)


def pair_words(pair: Pair) -> list[tuple[str, str]]:
    """Return what changed from start to end, item by item; or that the end is still to be asked."""
    if pair.start is None:
        return []
    name = label("instrument", pair.instrument)
    if pair.end is None:
        return [
            (name, QCoreApplication.translate("measure", "Asked at the start; ask again within 30 days of the end."))
        ]
    before, after = score_of(pair.start), score_of(pair.end)
    lines = []
    for item, change in pair.change.items():
        text = QCoreApplication.translate("measure", "{before} at the start, {after} at the end: {change}")
        said = filled(text, before=before[item], after=after[item], change=_change(pair.instrument, item, change))
        lines.append((name if item == TOTAL else short_words(item), said))
    rose = coping_rose(pair.start, pair.end)
    if rose is not None:
        yes = QCoreApplication.translate("measure", "Three or more of the five rose.")
        no = QCoreApplication.translate("measure", "Fewer than three of the five rose.")
        lines.append((name, yes if rose else no))
    return lines


def _change(instrument: Instrument, item: str, change: int) -> str:
    if change == 0:
        return QCoreApplication.translate("measure", "the same")
    is_better = (change > 0) is QUESTIONS[instrument].higher_is_better[item]
    better = QCoreApplication.translate("measure", "{change}, better")
    worse = QCoreApplication.translate("measure", "{change}, worse")
    return filled(better if is_better else worse, change=f"{change:+d}".replace("-", "−"))
