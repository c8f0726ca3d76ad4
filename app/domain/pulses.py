"""Whom to ask how mentoring goes, what they said, and what comes of it (`domain.md` 7.5).

`app.domain.calls` holds when a pulse is due; here stands who may be asked at all, and how answers are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from app.domain.calls import quality_score
from app.domain.codes import PersonStatus, PulseSubject, Purpose
from app.domain.match import Match, PulseAnswer
from app.domain.partners import Outlook

REMIND_AFTER = timedelta(days=7)
"""So long after its day a pulse that nobody answered is overdue."""


def may_be_asked(outlook: Outlook, match: Match) -> bool:
    """Answer whether anybody may be asked about a match: never after a death, nor once the yes it rests on is gone.

    The same for mentee and mentor. A yes that lapsed lets a match run on (`app.domain.consent_loss`), and so this.

    Args:
        outlook: the mentee.
        match: theirs.
    """
    person = outlook.aggregate.person
    if person is not None and (person.died_on is not None or person.status is not PersonStatus.ACTIVE):
        return False
    return outlook.answer(match.org, Purpose.MENTORING).opens_reading


def latest_answer(answers: Iterable[PulseAnswer], about: PulseSubject) -> PulseAnswer | None:
    """Return what one party said last, by the day it was given; None when nothing was."""
    own = [answer for answer in answers if answer.about is about and not answer.archived]
    return max(own, key=lambda answer: (answer.answered_on, answer.id), default=None)


def lowest_first(answers: Iterable[PulseAnswer]) -> tuple[PulseAnswer, ...]:
    """Return answers with a score, the lowest first, then the oldest: whoever is least well is met first."""
    scored = [(answer.score, answer.answered_on, answer.id, answer) for answer in answers if answer.score is not None]
    return tuple(answer for *_, answer in sorted(scored, key=lambda each: each[:3]))


def trend(answers: Iterable[PulseAnswer]) -> Mapping[date, Decimal]:
    """Return the quality score of each month in which somebody answered, by its first day, oldest first."""
    months: dict[date, list[PulseAnswer]] = {}
    for answer in answers:
        months.setdefault(answer.answered_on.replace(day=1), []).append(answer)
    scores = {month: quality_score(months[month]) for month in sorted(months)}
    return {month: score for month, score in scores.items() if score is not None}
