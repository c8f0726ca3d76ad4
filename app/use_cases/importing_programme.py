"""Taking a mentoring programme in from its spreadsheet: what a row of mentors or mentees says beside who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, TypeVar, cast

from app.domain.clocks import earliest
from app.domain.codes import (
    Ais,
    DbsLevel,
    Gender,
    InjuryLevel,
    MentorKind,
    MentorStatus,
    Nation,
    PersonRole,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.mentor_checks import may_become_active
from app.domain.mentoring import MOST_MATCHES, Goal, MenteeProfile, MentorProfile
from app.domain.mentoring_cells import CellError, CodeReader, CodeWords, day, number, partial_day, texts
from app.domain.policy import PolicyKey, policy_value
from app.domain.sheets import WRITTEN, Heading, Line, ListKind, Refused, Told, cells_of, read_line
from app.errors import BadInputError
from app.storage.unit_of_work import UnitOfWork
from app.use_cases.alliance import directory
from app.use_cases.importing import ReadRow, WriteRow, write_person
from app.use_cases.mentoring import policy_of
from app.use_cases.mentors import keep_reminder

T = TypeVar("T")

_GOALS: Final = (Heading.GOAL_1, Heading.GOAL_2, Heading.GOAL_3)
_LONGEST_GOAL: Final = 200
_PATH: Final[Mapping[str, tuple[MentorStatus, ...]]] = {
    "": (),
    "applied": (),
    "training": (MentorStatus.TRAINING,),
    "active": (MentorStatus.TRAINING, MentorStatus.ACTIVE),
    "paused": (MentorStatus.TRAINING, MentorStatus.ACTIVE, MentorStatus.PAUSED),
}
"""The way of a mentor to the status that a list gives; who has left is not taken in."""

_ROLE_OF: Final[Mapping[MentorKind, PersonRole]] = {
    MentorKind.SCI: PersonRole.HAS_SCI,
    MentorKind.YOUNG_PERSON: PersonRole.HAS_SCI,
    MentorKind.FAMILY: PersonRole.FAMILY_MEMBER,
    MentorKind.PARENT: PersonRole.PARENT_OF_CHILD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTold(Told):
    """What a row says of a mentor or a mentee.

    Attributes:
        profile: fields of the profile.
        path: the statuses that a mentor goes through.
        supervision_due: the day by which a mentor is supervised next.
        goals: what a mentee wants, each with what it is about.
    """

    profile: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[MentorStatus, ...] = ()
    supervision_due: date | None = None
    goals: tuple[tuple[str, Topic], ...] = ()


def row_reader(kind: ListKind, words: CodeWords) -> ReadRow:
    """Return what reads a row of mentors or of mentees; cells hold slugs or the words of the window."""
    return cast(ReadRow, partial(_read, kind, CodeReader(words)))


def row_writer(kind: ListKind) -> WriteRow:
    """Return what writes the rows of one list of mentors or of mentees."""
    return _MentorWriter() if kind is ListKind.MENTORS else _write_mentee


def _read(
    kind: ListKind, codes: CodeReader, line: Line, mapping: Mapping[int, Heading], *, on: date
) -> ProfileTold | Refused:
    person = read_line(line, mapping, on=on)
    cells = _Cells(cells_of(line, mapping), codes, on, kind)
    told = cells.mentor() if kind is ListKind.MENTORS else cells.mentee()
    if isinstance(person, Refused):
        return Refused(number=line.number, name=person.name, reasons=(*person.reasons, *cells.reasons))
    if cells.reasons:
        return Refused(number=line.number, name=person.name, reasons=tuple(cells.reasons))
    known = {
        name: getattr(person, name)
        for name in ("number", "given_name", "family_name", "known_as", "email", "phone", "born", "had_consent")
    }
    return ProfileTold(**known, **told)


class _Cells:
    """Reads the cells of one row, and keeps why some are refused."""

    def __init__(self, cells: Mapping[Heading, str], codes: CodeReader, on: date, kind: ListKind) -> None:
        self.reasons: list[BadInputError] = []
        self._cells = cells
        self._codes = codes
        self._on = on
        self._record = "mentor_profile" if kind is ListKind.MENTORS else "mentee_profile"

    def mentor(self) -> dict[str, Any]:
        status = "_".join(self._cell(Heading.STATUS).casefold().split())
        if status not in _PATH:
            self.reasons.append(_unknown(Heading.STATUS))
        profile = {
            **self._lived(),
            "role_kinds": self._many(Heading.ROLE, MentorKind, "mentor_kind") or frozenset({MentorKind.SCI}),
            "unwilling_topics": self._many(Heading.NOT_TOPICS, Topic, "topic"),
            "languages": texts(self._cell(Heading.LANGUAGES)),
            "interests": texts(self._cell(Heading.INTERESTS)),
            "nation": self._one(Heading.NATION, Nation, "nation"),
            "ais": self._one(Heading.AIS, Ais, "ais"),
            "channels": self._many(Heading.CHANNELS, SessionChannel, "session_channel"),
            "times": self._many(Heading.TIMES, SafeTime, "safe_time"),
            "max_matches": self._take(Heading.MAX_MATCHES, partial(number, least=1, most=MOST_MATCHES)),
            "training_on": self._past(Heading.TRAINING, "training_on"),
            "dbs_level": self._one(Heading.DBS_LEVEL, DbsLevel, "dbs_level"),
            "dbs_on": self._past(Heading.DBS_DATE, "dbs_on"),
        }
        if profile["topics"] & profile["unwilling_topics"]:
            self._refuse("unwilling_topics", "not_permitted")
        return {
            "profile": {name: value for name, value in profile.items() if value is not None},
            "path": _PATH.get(status, ()),
            "supervision_due": self._take(Heading.SUPERVISION_DUE, day),
        }

    def mentee(self) -> dict[str, Any]:
        profile = {
            **self._lived(),
            "wanted_kind": self._one(Heading.WANTED_ROLE, MentorKind, "mentor_kind") or MentorKind.SCI,
            "gender_wish": self._one(Heading.GENDER_WISH, Gender, "gender"),
        }
        if profile["gender_wish"] is Gender.NOT_SAID:
            profile["gender_wish"] = None
        return {
            "profile": {name: value for name, value in profile.items() if value is not None},
            "goals": tuple(self._goals(profile["topics"])),
        }

    def _lived(self) -> dict[str, Any]:
        injured = self._take(Heading.INJURED, partial_day)
        if injured is not None and earliest(injured) > self._on:
            self._refuse("injured_on", "in_future")
        return {
            "level": self._one(Heading.LEVEL, InjuryLevel, "injury_level"),
            "injured_on": injured,
            "topics": self._many(Heading.TOPICS, Topic, "topic"),
        }

    def _goals(self, topics: frozenset[Topic]) -> list[tuple[str, Topic]]:
        """Return the goals: "travel: Take the train alone", or of the one topic that the row has."""
        goals = []
        for heading in _GOALS:
            text = " ".join(self._cell(heading).split())
            if not text:
                continue
            before, colon, after = text.partition(":")
            area = self._topic(before) if colon else None
            if area is not None and after.strip():
                text = after.strip()
            elif len(topics) == 1:
                (area,) = topics
            else:
                self.reasons.append(BadInputError("import.goal_area"))
                continue
            if len(text) > _LONGEST_GOAL:
                self.reasons.append(BadInputError.at("goal", "text", "too_long", longest=_LONGEST_GOAL))
            goals.append((text, area))
        return goals

    def _topic(self, words: str) -> Topic | None:
        try:
            return self._codes.one(words, Topic, "topic")
        except CellError:
            return None

    def _cell(self, heading: Heading) -> str:
        return self._cells.get(heading, "").strip()

    def _take(self, heading: Heading, read: Callable[[str], T]) -> T | None:
        try:
            return read(self._cell(heading))
        except CellError as error:
            unread = BadInputError.at("import", "value", "bad_format", column=WRITTEN[heading])
            self.reasons.append(_unknown(heading) if error.problem == "unknown_code" else unread)
            return None

    def _one(self, heading: Heading, code: type[Any], code_list: str) -> Any:
        return self._take(heading, lambda cell: self._codes.one(cell, code, code_list))

    def _many(self, heading: Heading, code: type[Any], code_list: str) -> frozenset[Any]:
        return self._take(heading, lambda cell: self._codes.many(cell, code, code_list)) or frozenset()

    def _past(self, heading: Heading, name: str) -> date | None:
        made = self._take(heading, day)
        if made is not None and made > self._on:
            self._refuse(name, "in_future")
        return made

    def _refuse(self, name: str, problem: str) -> None:
        self.reasons.append(BadInputError.at(self._record, name, problem))


def _unknown(heading: Heading) -> BadInputError:
    return BadInputError.at("import", "word", "unknown_code", column=WRITTEN[heading])


class _MentorWriter:
    """Writes the rows of one list of mentors; the policy is read with the first, not with each."""

    def __init__(self) -> None:
        self._policy: Mapping[str, int | bool | str] | None = None

    def __call__(self, work: UnitOfWork, told: Told) -> PersonId:
        assert isinstance(told, ProfileTold)
        if self._policy is None:
            self._policy = policy_of(directory(work), work.actor)
        kinds: frozenset[MentorKind] = told.profile["role_kinds"]
        roles = frozenset({PersonRole.MENTOR, *(_ROLE_OF[kind] for kind in kinds if kind in _ROLE_OF)})
        person = write_person(work, told, roles=roles)
        fields = dict(told.profile)
        if told.supervision_due is not None:
            days = policy_value(self._policy, PolicyKey.SUPERVISION_DAYS)
            # A day further ahead than supervision holds says no more than that it was lately.
            fields["supervised_on"] = min(work.today, told.supervision_due - timedelta(days=days))
        profile = work.create(MentorProfile(**work.header(), person=person, **fields))
        for status in told.path:
            if status is MentorStatus.ACTIVE and not _may_be_active(profile, work.today):
                break
            profile = work.move(MentorProfile, profile.id, "status", status)
        keep_reminder(work, profile, policy=self._policy)
        return person


def _may_be_active(profile: MentorProfile, on: date) -> bool:
    try:
        may_become_active(profile, on=on)
    except BadInputError:
        # Somebody without training, or a year with the injury, stays in training, whatever the list says; their page
        # says what is missing.
        return False
    return True


def _write_mentee(work: UnitOfWork, told: Told) -> PersonId:
    assert isinstance(told, ProfileTold)
    kind: MentorKind = told.profile["wanted_kind"]
    person = write_person(work, told, roles=frozenset({_ROLE_OF.get(kind, PersonRole.HAS_SCI)}))
    work.create(MenteeProfile(**work.header(), person=person, **told.profile))
    for text, area in told.goals:
        work.create(Goal(**work.header(), person=person, text=text, area=area))
    return person
