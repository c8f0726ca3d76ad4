"""A mentor with a mentee: the match, its steps, calls, pulse answers, and the card that the volunteer holds.

All of them hang on the mentee, whose consent they rest on. `app.domain.match_states` moves a match along.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from app.domain.codes import (
    CommunicationNeed,
    CorrectionReason,
    Criterion,
    MatchEndReason,
    MatchState,
    PulseSubject,
    RecordType,
    SessionChannel,
    SessionStatus,
    ToldItem,
    Topic,
)
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, Lww, Range, SetRemove, State, Text

DEFAULT_ALLOWANCE = 10
"""Calls of a match, each up to an hour [backuptrust.org.uk]."""

MOST_ALLOWANCE = 12
"""One or two more, case by case, from the same source."""

LONGEST_CALL = 180
"""Minutes of one call."""

_Faces = Annotated[int | None, Range(1, 5)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One criterion of a score: how far it holds, in hundredths, and the facts its sentence names."""

    criterion: Criterion
    share: int
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(OfPerson):
    """One mentor with one mentee, from the suggestion to the end; `person` is the mentee, `mentor` the other's person.

    `mentor_left` is set by the central service when the mentor leaves: their laptop may hold nothing of it from then.
    """

    TYPE = RecordType.MATCH
    CLS = Cls.MENTORING

    state: State[MatchState]
    mentor: Fixed[PersonId]
    score: Fixed[Annotated[int, Range(0, 100)]] = 0
    known: Fixed[Annotated[int, Range(0, 10)]] = 0
    reasons: Fixed[tuple[Point, ...]] = ()
    weights: Fixed[Annotated[str, Line(40)]] = ""
    allowance: Lww[Annotated[int, Range(1, MOST_ALLOWANCE)]] = DEFAULT_ALLOWANCE
    resume_on: Lww[date | None] = None
    end_reason: Lww[MatchEndReason | None] = None
    told_to_mentor: SetRemove[frozenset[ToldItem]] = frozenset()
    mentor_left: State[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchEvent(OfPerson):
    """One step of a match.

    Attributes:
        match: which one.
        mentor: its mentor, so that whoever takes the step in knows whose places to count.
        from_state: the state it left.
        to_state: the state it reached.
        at: when.
        by: who; SYSTEM for automatic steps.
        reason: coded reason, by the list of the step (domain.md 7.4).
        asked: what the step requires, by field name.
    """

    TYPE = RecordType.MATCH_EVENT
    CLS = Cls.MENTORING

    match: Fixed[RecordId]
    mentor: Fixed[PersonId]
    from_state: Fixed[MatchState | None] = None
    to_state: Fixed[MatchState]
    at: Fixed[datetime]
    by: Fixed[UserId]
    reason: Fixed[Annotated[str, Line(60)]] = ""
    asked: Fixed[dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(OfPerson):
    """One call, as it was or is planned; never edited: a correction is a new one that `amends`."""

    TYPE = RecordType.SESSION
    CLS = Cls.MENTORING

    match: Fixed[RecordId]
    status: Fixed[SessionStatus]
    at: Fixed[datetime]
    minutes: Fixed[Annotated[int | None, Range(0, LONGEST_CALL)]] = None
    channel: Fixed[SessionChannel]
    topics: Fixed[frozenset[Topic]] = frozenset()
    goal: Fixed[RecordId | None] = None
    mood_before: Fixed[_Faces] = None
    mood_after: Fixed[_Faces] = None
    mentor_view: Fixed[_Faces] = None
    follow_up: Fixed[bool] = False
    referral_wanted: Fixed[bool] = False
    concern_raised: Fixed[bool] = False
    call_me_back: Fixed[bool] = False
    note: Fixed[RecordId | None] = None
    amends: Fixed[RecordId | None] = None
    amends_because: Fixed[CorrectionReason | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseAnswer(OfPerson):
    """How mentoring goes, 1 to 5, or that somebody would rather not say; it counts on the day it was given."""

    TYPE = RecordType.PULSE_ANSWER
    CLS = Cls.MENTORING

    match: Fixed[RecordId]
    about: Fixed[PulseSubject]
    score: Fixed[_Faces] = None
    declined: Fixed[bool] = False
    answered_on: Fixed[date]
    read_aloud_by: Fixed[Annotated[str, Line(80)]] = ""
    comment: Fixed[Annotated[str, Text(300)]] = ""
    wants_contact: Fixed[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchCard(OfPerson):
    """All that a volunteer may know of one mentee; made by the central service, written by nobody else.

    Attributes:
        match: the match.
        mentor: whose laptop holds it.
        state: where the match stands.
        known_as: what to call the mentee; never a family name that was not itself chosen for it.
        language: how to talk with them.
        comm_needs: how to talk with them.
        contacts: ways that may be used: id, kind, value, may_use, safe_times, safe_word, may_say_charity_name.
        told: what the mentee lets the mentor know: level, cause, year, topics.
        allowance: how many calls there are.
        first_call_due: the day by which the first call should have been.
        active_since: when the mentor said yes.
        resume_on: when a paused match goes on.
        last_pulse_on: the day of the last pulse, once the match ended; None where nobody is asked.
        waits_for_room: the mentor said yes and has no place free: a coordinator was asked.
    """

    TYPE = RecordType.MATCH_CARD
    CLS = Cls.CARD

    match: Fixed[RecordId]
    mentor: Fixed[PersonId]
    state: State[MatchState]
    known_as: State[str] = ""
    language: State[str] = ""
    comm_needs: State[frozenset[CommunicationNeed]] = frozenset()
    contacts: State[tuple[dict[str, Any], ...]] = ()
    told: State[dict[str, Any]] = field(default_factory=dict)
    allowance: State[int] = DEFAULT_ALLOWANCE
    first_call_due: State[date | None] = None
    active_since: State[datetime | None] = None
    resume_on: State[date | None] = None
    last_pulse_on: State[date | None] = None
    waits_for_room: State[bool] = False
