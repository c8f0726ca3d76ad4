"""How mentoring goes, in words: the question, the five faces, what was said last, and the score of a programme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.calls import TARGET_QUALITY
from app.domain.codes import PulseSubject
from app.domain.match import PulseAnswer
from app.use_cases.pulses import PulseView, Quality
from ui.messages import day_words, near_day
from ui.widgets.text import filled

_FACES: Final[Mapping[int, str]] = MappingProxyType(
    {1: "Not good at all", 2: "Not so good", 3: "All right", 4: "Good", 5: "Very good"}
)


def face_words() -> dict[int, str]:
    """Return the word under each face."""
    return {score: QCoreApplication.translate("pulse", words) for score, words in _FACES.items()}


def score_words(score: int) -> str:
    """Return one face in words."""
    return QCoreApplication.translate("pulse", _FACES[score])


def question_words(about: PulseSubject) -> str:
    """Return the one question, as it is read aloud."""
    if about is PulseSubject.MENTOR:
        return QCoreApplication.translate("pulse", "How is the mentoring going for you?")
    return QCoreApplication.translate("pulse", "How is it going with your mentor?")


def last_words(answer: PulseAnswer | None, on: date) -> str:
    """Return what was said last and when, or that nothing was."""
    if answer is None:
        return QCoreApplication.translate("pulse", "Not asked yet.")
    said = (
        QCoreApplication.translate("pulse", "Would rather not say")
        if answer.score is None
        else filled(
            QCoreApplication.translate("pulse", "{words}, {score} of 5"),
            words=score_words(answer.score),
            score=answer.score,
        )
    )
    text = QCoreApplication.translate("pulse", "{said}, {day}.")
    return filled(text, said=said, day=near_day(answer.answered_on, on))


def due_words(view: PulseView, on: date) -> str:
    """Return that an answer is due, since when; or why nobody is asked; or nothing."""
    if not view.may_ask:
        return QCoreApplication.translate("pulse", "Nobody is asked any more.")
    if view.due_on is None:
        return ""
    text = QCoreApplication.translate("pulse", "Due since {day}.")
    return filled(text, day=day_words(view.due_on)) if view.due_on < on else _today()


def _today() -> str:
    return QCoreApplication.translate("pulse", "Due today.")


def quality_words(found: Quality) -> str:
    """Return the score of a programme against its target, or that nobody answered."""
    if found.both is None:
        return QCoreApplication.translate("pulse", "Nobody has been asked yet, so there is no score.")
    is_reached = found.both >= TARGET_QUALITY
    reached = QCoreApplication.translate("pulse", "{score} of 5 from {count} answers: the target of {target} is met.")
    below = QCoreApplication.translate("pulse", "{score} of 5 from {count} answers: below the target of {target}.")
    return filled(
        reached if is_reached else below, score=str(found.both), count=found.answers, target=str(TARGET_QUALITY)
    )


def month_words(month: date) -> str:
    """Return a month, such as "March 2027"."""
    return day_words(month).partition(" ")[2]
