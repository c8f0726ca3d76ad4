"""Safeguarding in words: how to reach the lead, what became of what was raised, and what the lead did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day, london_moment
from app.domain.codes import ConcernState
from app.domain.concern import Concern, ConcernStep
from app.use_cases.safeguarding import ConcernRow, RaisedView
from ui.messages import day_words, label, near_day
from ui.widgets.text import filled

_MOVES: Final[Mapping[ConcernState, str]] = MappingProxyType(
    {
        ConcernState.READ: "I have read it",
        ConcernState.ACTING: "I am acting on it",
        ConcernState.PASSED_ON: "Passed on",
        ConcernState.CLOSED: "Close it",
    }
)


def lead_words(view: RaisedView) -> str:
    """Return how to reach the lead, as the charity wrote it down."""
    if not view.lead:
        return QCoreApplication.translate("concern", "Ask your charity for the number of its safeguarding lead.")
    return filled(QCoreApplication.translate("concern", "Your safeguarding lead: {lead}"), lead=view.lead)


def raised_words(view: RaisedView) -> list[tuple[str, str]]:
    """Return when this account raised a concern here, and what became of each: nothing of what it said."""
    waits = QCoreApplication.translate("concern", "only on this laptop; it goes first when there is network")
    arrived = QCoreApplication.translate("concern", "received; only the lead can read it now")
    return [(_moment(at), waits if is_waiting else arrived) for at, is_waiting in view.raised]


def move_words(state: ConcernState) -> str:
    """Return what the lead presses to bring a concern to a state."""
    return QCoreApplication.translate("concern", _MOVES[state])


def state_words(row: ConcernRow) -> str:
    """Return where one stands in the list, with danger and lateness in words."""
    parts = [label("concern_state", row.state)]
    if row.danger_now:
        parts.insert(0, QCoreApplication.translate("concern", "Danger"))
    if row.is_late:
        parts.append(QCoreApplication.translate("concern", "for more than a day"))
    return ", ".join(parts)


def moment_words(at: datetime, on: date) -> str:
    """Return a day and a time, such as "today, 14:05"."""
    return f"{near_day(london_day(at), on)}, {london_moment(at):%H:%M}"


def file_facts(concern: Concern, on: date) -> list[tuple[str, str]]:
    """Return what stands beside the words of a concern."""
    told = "; ".join(f"{each.who}, {moment_words(each.at, on)}" for each in concern.told)
    return [
        (QCoreApplication.translate("concern", "Noticed"), moment_words(concern.noticed_at, on)),
        (QCoreApplication.translate("concern", "Raised by"), label("role", concern.created_role)),
        (
            QCoreApplication.translate("concern", "They agreed to telling you"),
            label("agreed_to_share", concern.consent_to_share),
        ),
        (QCoreApplication.translate("concern", "Told all the same because"), concern.reason_without),
        (QCoreApplication.translate("concern", "Told already"), told),
    ]


def step_words(step: ConcernStep, on: date) -> tuple[str, str]:
    """Return one thing the lead did: the state it reached or the words, and when."""
    said = [label("concern_state", step.to_state)] if step.to_state is not None else []
    if step.passed_to:
        said.append(filled(QCoreApplication.translate("concern", "to {whom}"), whom=step.passed_to))
    return " ".join(said) or step.did, ". ".join(
        part for part in (step.did if said else "", moment_words(step.at, on)) if part
    )


def _moment(at: datetime) -> str:
    return f"{day_words(london_day(at))}, {london_moment(at):%H:%M}"
