"""Matching in words: every point of a score as a sentence, who was left out and why, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Criterion, MatchState
from app.domain.match import Match, Point
from app.use_cases.matching import Suggestion, Suggestions
from app.use_cases.programme import MenteeRow
from ui.match_sentences import CODE_LISTS, SENTENCES
from ui.messages import days_words, joined, label
from ui.widgets.text import filled


def score_words(suggestion: Suggestion) -> str:
    """Return "73, from 8 of 10 facts"."""
    text = QCoreApplication.translate("matching", "{score} of 100, from {known} of 10 facts")
    return filled(text, score=suggestion.scored.score, known=suggestion.scored.known)


def point_words(point: Point) -> str:
    """Return the sentence of one point of a score."""
    text = QCoreApplication.translate("matching", SENTENCES[point.criterion])
    if point.criterion is Criterion.YEARS_AHEAD:
        years = int(point.facts[0])
        one = QCoreApplication.translate("matching", "1 year")
        many = filled(QCoreApplication.translate("matching", "{count} years"), count=years)
        return filled(text, facts=one if years == 1 else many)
    code_list = CODE_LISTS.get(point.criterion)
    said = [label(code_list, fact).lower() if code_list else fact for fact in point.facts]
    if point.criterion is Criterion.AREA:
        said = [label("nation", fact) for fact in point.facts]
    return filled(text, facts=joined(said))


def left_out_words(found: Suggestions) -> list[str]:
    """Return how many mentors are not shown, and for what; each reason with its count."""
    lines = [f"{label('exclusion', reason)}: {count}" for reason, count in found.left_out.items()]
    if found.too_low:
        text = QCoreApplication.translate("matching", "Too little in common: {count}")
        lines.append(filled(text, count=found.too_low))
    return lines


def next_words(match: Match, mentor: str, called: str) -> str:
    """Return what waits for the coordinator now."""
    text = QCoreApplication.translate("matching", _NEXT.get(match.state, "{mentor} mentors {called}."))
    return filled(text, mentor=mentor, called=called)


def stage_words(row: MenteeRow, now: datetime) -> str:
    """Return the stage, and for how long: "Finding a mentor, 12 days"."""
    words = label("journey_stage", row.stage)
    if row.since is None:
        return words
    days = (now - row.since).days
    since_today = QCoreApplication.translate("matching", "since today")
    return f"{words}, {days_words(days) if days > 0 else since_today}"


_NEXT: Final[Mapping[MatchState, str]] = MappingProxyType(
    {
        MatchState.SUGGESTED: "{mentor} is chosen for {called}. Approve it when you are sure.",
        MatchState.APPROVED: "Approved. Ask {called} whether they want {mentor}, and what {mentor} may be told.",
        MatchState.MENTEE_AGREED: "{called} said yes. {mentor} answers on their own laptop.",
        MatchState.PAUSED: "{mentor} and {called} are taking a break.",
    }
)
