"""A volunteer's matches in words: which call is next, how to reach the mentee, what was told, how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QCoreApplication

from app.domain.calls import LONG_CALL
from app.domain.clocks import london_day
from app.domain.codes import ContactKind, GoalState, MatchState, MayUse, SafeTime, SessionStatus
from app.domain.ids import DeviceId, OrganisationId, PersonId, RecordId, UserId
from app.domain.match import MatchCard, Session
from app.domain.mentoring import Goal
from app.domain.person import ContactPoint
from app.use_cases.my_matches import MatchView
from ui.messages import day_words, joined, label, near_day
from ui.view_models.contacts import contact_words
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachWords:
    """One way to reach the mentee: what it is, the number, and what to mind."""

    kind: str
    value: str
    mind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWords:
    """One call that was, or is planned; `short` is the detail without what stood there before a correction."""

    words: str
    short: str
    detail: str
    is_held: bool


def name_of(card: MatchCard) -> str:
    """Return what to call the mentee; who gave no name is "Your mentee"."""
    return card.known_as or QCoreApplication.translate("match", "Your mentee")


def next_call_words(view: MatchView) -> str:
    """Return "Call 4 of 10 is next, up to an hour.", or how the match stands where no call is next."""
    match view.card.state:
        case MatchState.MENTEE_AGREED:
            return QCoreApplication.translate("match", "Waits for your answer.")
        case MatchState.PAUSED:
            return _paused_words(view.card)
        case MatchState.ENDED:
            return QCoreApplication.translate("match", "Ended. You can still write down the last call.")
    if view.next_call > view.card.allowance:
        text = QCoreApplication.translate("match", "All {count} calls were held. Ask your coordinator before another.")
        return filled(text, count=view.card.allowance)
    text = QCoreApplication.translate("match", "Call {number} of {count} is next, up to an hour.")
    return filled(text, number=view.next_call, count=view.card.allowance)


def since_words(view: MatchView, on: date) -> str:
    """Return when the last call was, or by when the first is due."""
    if view.last_held is not None:
        text = QCoreApplication.translate("match", "You last talked {day}.")
        return filled(text, day=_day(london_day(view.last_held), on))
    if view.card.first_call_due is None or view.card.state not in (MatchState.ACTIVE, MatchState.MENTEE_AGREED):
        return ""
    is_late = view.card.first_call_due < on
    late = QCoreApplication.translate("match", "The first call was due {day}.")
    soon = QCoreApplication.translate("match", "The first call is due by {day}.")
    return filled(late if is_late else soon, day=_day(view.card.first_call_due, on))


def reach_words(card: MatchCard, on: date) -> tuple[ReachWords, ...]:
    """Return the ways that may be used, the preferred first."""
    return tuple(_reach(card, way, on) for way in card.contacts)


def told_facts(card: MatchCard) -> list[tuple[str, str]]:
    """Return what the mentee lets the mentor know, each with its name; empty when nothing is told."""
    told: Mapping[str, Any] = card.told
    topics = [label("topic", topic).lower() for topic in told.get("topics", ())]
    facts = [
        (QCoreApplication.translate("match", "Level of injury"), label("injury_level", told.get("level", ""))),
        (QCoreApplication.translate("match", "How it happened"), label("cause", told.get("cause", ""))),
        (QCoreApplication.translate("match", "Injured in"), str(told.get("year", ""))),
        (QCoreApplication.translate("match", "You may ask about"), joined(topics)),
    ]
    return [(name, words) for name, words in facts if words]


def goal_words(goal: Goal) -> str:
    """Return how far a goal is, and how they will know."""
    state = label("goal_state", goal.state)
    if goal.will_know_when:
        text = QCoreApplication.translate("match", "{state}. They will know when: {sign}")
        state = filled(text, state=state, sign=goal.will_know_when)
    if not goal.steps:
        return state
    text = QCoreApplication.translate("match", "{state}. Steps: {steps}")
    return filled(text, state=state.removesuffix("."), steps="; ".join(sorted(goal.steps)))


def is_open_goal(goal: Goal) -> bool:
    """Answer whether a goal may still be worked on."""
    return goal.state not in (GoalState.MET, GoalState.CHANGED_MIND)


def call_lines(view: MatchView, on: date) -> tuple[CallWords, ...]:
    """Return every call, newest first; held ones carry their number."""
    lines, number = [], view.held
    for session in view.sessions:
        is_held = session.status is SessionStatus.HELD
        short = _call_detail(session, on)
        detail = " ".join(filter(None, (short, _corrected(session, view.before.get(session.id), on))))
        lines.append(CallWords(words=_call(session, number), short=short, detail=detail, is_held=is_held))
        number -= is_held
    return tuple(lines)


def correction_words(view: MatchView, call: Session, on: date) -> str:
    """Return which call is corrected, and that nothing is lost."""
    line = next(line for each, line in zip(view.sessions, call_lines(view, on), strict=True) if each.id == call.id)
    text = QCoreApplication.translate("match", "You correct: {call}, {day}. What stood there before is kept beside it.")
    return filled(text, call=line.words, day=_day(london_day(call.at), on))


def long_call_words(minutes: int | None) -> str:
    """Return a word about a call that was longer than agreed; it is saved all the same."""
    if minutes is None or minutes <= LONG_CALL:
        return ""
    return QCoreApplication.translate("match", "Longer than an hour. It is saved; mind your own strength.")


def _paused_words(card: MatchCard) -> str:
    if card.resume_on is None:
        return QCoreApplication.translate("match", "Paused by your coordinator.")
    return filled(QCoreApplication.translate("match", "Paused until {day}."), day=day_words(card.resume_on))


def _call(session: Session, number: int) -> str:
    if session.status is SessionStatus.HELD:
        return filled(QCoreApplication.translate("match", "Call {number}"), number=number)
    return label("session_status", session.status)


def _call_detail(session: Session, on: date) -> str:
    parts = [_day(london_day(session.at), on)]
    if session.minutes is not None:
        parts.append(filled(QCoreApplication.translate("match", "{count} minutes"), count=session.minutes))
    parts.append(label("session_channel", session.channel).lower())
    if session.topics:
        parts.append(joined(sorted(label("topic", topic).lower() for topic in session.topics)))
    return " · ".join(parts)


def _corrected(session: Session, before: Session | None, on: date) -> str:
    """Return why a call was corrected and what stood there before."""
    if before is None:
        return ""
    was = _call_detail(before, on)
    if before.status is not session.status:
        was = f"{label('session_status', before.status)} · {was}"
    if session.amends_because is None:
        return filled(QCoreApplication.translate("match", "Corrected. Before: {was}."), was=was)
    why = label("correction_reason", session.amends_because)
    return filled(QCoreApplication.translate("match", "Corrected: {why}. Before: {was}."), why=why, was=was)


def _day(day: date, on: date) -> str:
    return near_day(day, on) if abs((day - on).days) <= 1 else day_words(day, on)


_NOBODY: Final = UUID(int=0)


def _reach(card: MatchCard, way: Mapping[str, Any], on: date) -> ReachWords:
    until = way.get("valid_until")
    contact = ContactPoint(
        id=RecordId(UUID(str(way["id"]))),
        org=OrganisationId(card.org),
        created_at=card.created_at,
        created_by=UserId(_NOBODY),
        created_role=card.created_role,
        device=DeviceId(_NOBODY),
        person=PersonId(card.person),
        kind=ContactKind(way["kind"]),
        value=str(way["value"]),
        valid_until=None if until is None else date.fromisoformat(until),
        may_use=frozenset(MayUse(use) for use in way.get("may_use", ())),
        may_say_charity_name=bool(way.get("may_say_charity_name")),
    )
    words = contact_words(contact, on)
    said = [words.uses, *words.cautions]
    times = [label("safe_time", SafeTime(time)) for time in _in_week(way.get("safe_times", ()))]
    if times:
        said.append(filled(QCoreApplication.translate("match", "Best: {times}."), times=joined(times)))
    if way.get("safe_word"):
        text = QCoreApplication.translate("match", "Say first: “{word}”.")
        said.append(filled(text, word=str(way["safe_word"])))
    return ReachWords(kind=words.kind, value=words.value, mind=" ".join(said))


def _in_week(times: Any) -> list[str]:
    order = [time.value for time in SafeTime]
    return sorted((str(time) for time in times if time in order), key=order.index)


MOODS: Final[Mapping[int, str]] = MappingProxyType(
    {1: "Very low", 2: "Low", 3: "In between", 4: "Good", 5: "Very good"}
)
"""Five faces in words: no reading of faces is needed, and no colour."""


def mood_words(mood: int) -> str:
    """Return one of the five in words."""
    return QCoreApplication.translate("match", MOODS[mood])


def earlier(now: datetime, minutes: int) -> datetime:
    """Return when a call began that has just ended."""
    return now.replace(second=0, microsecond=0) - timedelta(minutes=minutes)
