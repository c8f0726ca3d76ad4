"""Invented mentors, mentees and matches for the tests of mentoring; Nova is the mentee, Bran her mentor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import resources
from app.domain.codes import (
    Criterion,
    DbsLevel,
    MatchState,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Purpose,
    Role,
    Scope,
    SessionChannel,
    SessionStatus,
    Topic,
)
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match, MatchEvent, PulseAnswer, Session
from app.domain.matching import Candidate, Side, Weights, side_of
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from tests.domain.consent_kit import ASKED_AT, ASKED_ON, ASKER, BU, HEADER, NOVA, agreed

BRAN = PersonId(UUID(int=0xB7A))
M1 = RecordId(UUID(int=0x3001))
M2 = RecordId(UUID(int=0x3002))
TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SHIPPED = resources.match_weights()
WEIGHTS = Weights(
    version=SHIPPED["version"], of={Criterion(name): weight for name, weight in SHIPPED["weights"].items()}
)
MENTORING_YES = agreed("m1", purpose=Purpose.MENTORING, scope=Scope.CONTACT_INJURY_NEEDS)

_S = MatchState
PATH = (_S.SUGGESTED, _S.APPROVED, _S.MENTEE_AGREED, _S.ACTIVE)


def mentor(**fields: Any) -> MentorProfile:
    """Return an active mentor of Back Up with every check made a month ago."""
    lately = TODAY - timedelta(days=30)
    known: dict[str, Any] = {"id": RecordId(UUID(int=0x3B0)), "org": BU, "person": BRAN}
    known |= {"status": MentorStatus.ACTIVE, "role_kinds": frozenset({MentorKind.SCI})}
    known |= {"training_on": lately, "conduct_on": lately, "references": 2, "dbs_level": DbsLevel.ENHANCED}
    return MentorProfile(**{**HEADER, **known, "dbs_on": lately, "supervised_on": lately, **fields})


def mentee(**fields: Any) -> MenteeProfile:
    """Return Nova, ready for a mentor with a spinal cord injury."""
    known: dict[str, Any] = {"id": RecordId(UUID(int=0x3A0)), "org": BU, "person": NOVA}
    known |= {"status": MenteeStatus.READY, "wanted_kind": MentorKind.SCI}
    return MenteeProfile(**{**HEADER, **known, **fields})


def candidate(profile: MentorProfile | None = None, **fields: Any) -> Candidate:
    """Return a mentor with a free place."""
    chosen = mentor() if profile is None else profile
    known: dict[str, Any] = {"profile": chosen, "side": side_of(chosen), "free_places": 1, "free_since": TODAY}
    return Candidate(**{**known, **fields})


def side(person: PersonId = NOVA, **fields: Any) -> Side:
    """Return one side of a pair."""
    return Side(person=person, **fields)


def goal(number: int = 0x3C0, **fields: Any) -> Goal:
    """Return one goal."""
    known: dict[str, Any] = {"id": RecordId(UUID(int=number)), "org": BU, "person": NOVA, "area": Topic.TRAVEL}
    return Goal(**{**HEADER, **known, "text": "Take the train to my sister", **fields})


def match(match_id: RecordId = M1, **fields: Any) -> Match:
    """Return a match of Nova with Bran, suggested unless told."""
    known: dict[str, Any] = {"id": match_id, "org": BU, "person": NOVA, "mentor": BRAN, "state": _S.SUGGESTED}
    return Match(**{**HEADER, **known, **fields})


def steps(*states: MatchState, of: RecordId = M1, **last: Any) -> tuple[MatchEvent, ...]:
    """Return the steps through these states, a day apart, the first on the day of asking."""
    found = []
    for number, state in enumerate(states):
        known: dict[str, Any] = {"id": RecordId(UUID(int=0x4000 + number + (of.int << 8))), "org": BU, "person": NOVA}
        known |= {"match": of, "mentor": BRAN, "to_state": state, "by": ASKER, "created_role": Role.COORDINATOR}
        known["from_state"] = states[number - 1] if number else None
        known["at"] = ASKED_AT + timedelta(days=number)
        extra = last if number == len(states) - 1 else {}
        found.append(MatchEvent(**{**HEADER, **known, **extra}))
    return tuple(found)


def in_state(state: MatchState, **fields: Any) -> dict[str, Any]:
    """Return a match in a state, with the steps that led there and one goal."""
    path = {
        _S.PAUSED: (*PATH, _S.PAUSED),
        _S.ENDED: (*PATH, _S.ENDED),
        _S.DECLINED: (*PATH[:3], _S.DECLINED),
        _S.ENTERED_IN_ERROR: (*PATH, _S.ENTERED_IN_ERROR),
    }.get(state) or PATH[: PATH.index(state) + 1]
    return {"matches": (match(state=state, **fields),), "match_events": steps(*path), "goals": (goal(),)}


def session(
    number: int, *, days: int | None = None, status: SessionStatus = SessionStatus.HELD, **fields: Any
) -> Session:
    """Return a call, so many days after asking."""
    at = ASKED_AT + timedelta(days=number if days is None else days)
    known: dict[str, Any] = {"id": RecordId(UUID(int=0x5000 + number)), "org": BU, "person": NOVA, "match": M1}
    known |= {"status": status, "at": at, "channel": SessionChannel.PHONE}
    known["minutes"] = 45 if status is SessionStatus.HELD else None
    return Session(**{**HEADER, **known, **fields})


def pulses(*scores: int | None, on: date = ASKED_ON) -> Iterable[PulseAnswer]:
    """Return answers with these scores; None is somebody who would rather not say."""
    for number, score in enumerate(scores):
        known: dict[str, Any] = {"id": RecordId(UUID(int=0x6000 + number)), "org": BU, "person": NOVA, "match": M1}
        known |= {"about": "mentee", "score": score, "declined": score is None, "answered_on": on}
        yield PulseAnswer(**{**HEADER, **known})
