"""Who mentors, who is mentored and what they want: profiles and goals (`domain.md` 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    DbsLevel,
    Gender,
    GoalState,
    InjuryLevel,
    LifeFact,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Nation,
    RecordType,
    SafeTime,
    SessionChannel,
    ToldItem,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.person import OfPerson
from app.domain.record import (
    Cls,
    Identity,
    Line,
    Lww,
    Paragraphs,
    PartialDate,
    Range,
    SetAdd,
    SetRemove,
    State,
    Text,
)

MOST_MATCHES = 5
"""Mentees that one mentor may have at once, at the very most."""

MOST_STEPS = 6
"""Steps of one goal."""

LONGEST_STEP = 120
"""Characters of one step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentoringProfile(OfPerson):
    """What mentors and mentees are compared by; ours, never from equality answers."""

    level: Lww[InjuryLevel] = InjuryLevel.X99
    ais: Lww[Ais] = Ais.UNKNOWN
    injured_on: Lww[PartialDate | None] = None
    care: SetAdd[frozenset[CareItem]] = frozenset()
    topics: SetAdd[frozenset[Topic]] = frozenset()
    languages: SetAdd[frozenset[str]] = frozenset()
    gender: Lww[Gender] = Gender.NOT_SAID
    age_band: Lww[AgeBand] = AgeBand.UNKNOWN
    life_facts: SetAdd[frozenset[LifeFact]] = frozenset()
    interests: SetAdd[frozenset[str]] = frozenset()
    nation: Lww[Nation] = Nation.UNKNOWN
    channels: SetRemove[frozenset[SessionChannel]] = frozenset()
    times: Lww[frozenset[SafeTime]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorProfile(MentoringProfile):
    """A volunteer mentor: what they lived through, what they talk about, and their checks.

    For family members and parents the injury is their relative's.
    """

    TYPE = RecordType.MENTOR_PROFILE
    CLS = Cls.MENTORING

    status: State[MentorStatus] = MentorStatus.APPLIED
    role_kinds: SetAdd[frozenset[MentorKind]]
    unwilling_topics: SetAdd[frozenset[Topic]] = frozenset()
    max_matches: Lww[Annotated[int, Range(1, MOST_MATCHES)]] = 2
    training_on: Identity[date | None] = None
    conduct_on: Identity[date | None] = None
    references: Identity[Annotated[int, Range(0, 2)]] = 0
    dbs_level: Identity[DbsLevel] = DbsLevel.NONE
    dbs_on: Identity[date | None] = None
    supervised_on: Identity[date | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteeProfile(MentoringProfile):
    """Somebody who would like a mentor: what they want, what they do not, and what the mentor may be told."""

    TYPE = RecordType.MENTEE_PROFILE
    CLS = Cls.MENTORING

    status: State[MenteeStatus] = MenteeStatus.ENQUIRY
    wanted_kind: Lww[MentorKind]
    hopes: Paragraphs[Annotated[str, Text(500)]] = ""
    worries: Paragraphs[Annotated[str, Text(500)]] = ""
    gender_wish: Lww[Gender | None] = None
    gender_must: Lww[bool] = False
    must_not: SetAdd[frozenset[PersonId]] = frozenset()
    told_to_mentor: SetRemove[frozenset[ToldItem]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal(OfPerson):
    """What a mentee wants, in their words; a compartment of its own, so that a mentor holds it and no other need."""

    TYPE = RecordType.GOAL
    CLS = Cls.NEEDS

    text: Lww[Annotated[str, Line(200)]]
    area: Lww[Topic]
    will_know_when: Lww[Annotated[str, Line(200)]] = ""
    target_on: Lww[date | None] = None
    state: Lww[GoalState] = GoalState.NOT_STARTED
    steps: SetAdd[frozenset[str]] = frozenset()
    shared: Lww[bool] = False
