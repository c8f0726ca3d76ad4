"""Two lists of a mentoring programme, mentees and mentors, as matching takes them; each fault with row and column.

A column may be missing, or empty in every row: then what it would say is not judged (`Programme.not_judged`). An empty
cell in a column that is there says that there is nothing: no check made, no consent given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import UUID

from app.domain.assigning import Waiting
from app.domain.clocks import add_months
from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    Code,
    DbsLevel,
    Gender,
    InjuryLevel,
    LifeFact,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Nation,
    Role,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, PersonId, RecordId
from app.domain.lists.table import MOST_FAULTS, BadListError, ListFault, Row, id_faults, read_rows
from app.domain.matching import Candidate, side_of
from app.domain.mentor_checks import NEEDED_REFERENCES, age_band_of
from app.domain.mentoring import MOST_MATCHES, MenteeProfile, MentorProfile
from app.domain.mentoring_cells import CellError, CodeReader, CodeWords, day, number, partial_day, texts, yes_no
from app.domain.policy import PolicyKey, policy_value
from app.domain.record import PartialDate

T = TypeVar("T")
C = TypeVar("C", bound=Code)

_BOTH: Final = (
    "level", "ais", "injury_date", "years_since_injury", "care", "topics", "languages", "gender", "age_band",
    "date_of_birth", "life_facts", "interests", "nation", "channels", "times", "postcode", "knows", "see_lead",
)  # fmt: skip
MENTOR_COLUMNS: Final = (
    "mentor_id", "role", "status", *_BOTH, "not_topics", "max_matches", "current_matches", "training_date",
    "conduct_date", "references", "dbs_level", "dbs_date", "supervision_date", "supervision_due", "free_since",
    "ended_badly_with",
)  # fmt: skip
MENTEE_COLUMNS: Final = (
    "mentee_id", "wanted_role", "status", *_BOTH, "goal_areas", "gender_wish", "gender_must", "must_not", "consent",
    "consent_date", "consent_by", "waiting_since",
)  # fmt: skip
"""What the columns are called; only the id has to be there. Other columns are passed over."""

_ALSO_CALLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "injury_level": "level",
        "injured_on": "injury_date",
        "injury_year": "injury_date",
        "injured_in": "injury_date",
        "care_equipment": "care",
        "care_items": "care",
        "equipment": "care",
        "language": "languages",
        "dob": "date_of_birth",
        "age": "age_band",
        "known_to": "knows",
        "known_people": "knows",
        "role_kind": "role",
        "role_kinds": "role",
        "roles": "role",
        "kind": "role",
        "willing_topics": "topics",
        "unwilling_topics": "not_topics",
        "topics_not_willing": "not_topics",
        "capacity": "max_matches",
        "open_matches": "current_matches",
        "active_matches": "current_matches",
        "training_on": "training_date",
        "conduct_on": "conduct_date",
        "code_of_conduct": "conduct_date",
        "code_of_conduct_date": "conduct_date",
        "dbs_on": "dbs_date",
        "supervised_on": "supervision_date",
        "last_match_ended": "free_since",
        "wanted_kind": "wanted_role",
        "wanted_role_kind": "wanted_role",
        "wanted_topics": "topics",
        "goals": "goal_areas",
        "wait_since": "waiting_since",
        "ready_since": "waiting_since",
    }
)
"""Other headings of the same columns: the records' own fields, and those of a programme's spreadsheet (7.7)."""

_NOBODY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "org": OrganisationId(UUID(int=0)),
        "created_at": datetime(1970, 1, 1, tzinfo=UTC),
        "created_by": SYSTEM,
        "created_role": Role.SYSTEM,
        "device": DeviceId(UUID(int=0)),
    }
)
"""The header of a profile that is compared and never kept."""

_LONG_AGO: Final = date(1970, 1, 1)
_MENTEE_IDS, _MENTOR_IDS = 1 << 40, 1 << 41
_JUDGED: Final = (
    ("role", "wanted_role"), ("status",), ("max_matches", "current_matches"), ("training_date",), ("conduct_date",),
    ("references",), ("dbs_level", "dbs_date"), ("supervision_date", "supervision_due"),
)  # fmt: skip
"""Columns of the mentors' list that a rule needs; of each group one is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Both lists as matching takes them.

    Attributes:
        waiting: mentees who are ready.
        mentors: everybody on the mentors' list.
        not_ready: mentees whose status says that they are not ready, by id.
        ids: what each person is called in the lists.
        order: ids of every mentee, as they stand in the list.
        not_judged: columns that are missing, so that a rule could not be asked; words of `MENTOR_COLUMNS` or
            `MENTEE_COLUMNS`.
    """

    waiting: tuple[Waiting, ...]
    mentors: tuple[Candidate, ...]
    not_ready: frozenset[str]
    ids: Mapping[PersonId, str]
    order: tuple[str, ...]
    not_judged: tuple[str, ...]


class FaultyListsError(BadListError):
    """One of the two lists, or both, cannot be read: `of_mentees` and `of_mentors` say where."""

    def __init__(self, of_mentees: Sequence[ListFault], of_mentors: Sequence[ListFault]) -> None:
        """Keep the faults of each list."""
        super().__init__(*of_mentees, *of_mentors)
        self.of_mentees, self.of_mentors = tuple(of_mentees), tuple(of_mentors)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the faults cross a process boundary whole."""
        return (type(self), (self.of_mentees, self.of_mentors))


def read_programme(
    mentees: bytes, mentors: bytes, *, words: CodeWords, on: date, policy: Mapping[str, int | bool | str]
) -> Programme:
    """Return two CSV files as matching takes them.

    Args:
        mentees: the content of the mentees' list.
        mentors: the content of the mentors' list.
        words: the words of the code lists: a cell may hold them or the slugs.
        on: today.
        policy: how long checks hold.

    Raises:
        FaultyListsError: with every fault of both lists, the first `MOST_FAULTS` of each.
    """
    mine, theirs = _List(mentees, MENTEE_COLUMNS), _List(mentors, MENTOR_COLUMNS)
    if mine.faults or theirs.faults:
        raise FaultyListsError(mine.faults, theirs.faults)
    people = _People(mine.ids("mentee_id"), theirs.ids("mentor_id"))
    reader = CodeReader(words)
    asking, found_mentees, not_ready = _Rows(reader, people, on), [], set()
    for row in mine.rows:
        waiting = _waiting(asking, row, has=mine.places)
        if waiting is None:
            not_ready.add(row.cells["mentee_id"])
        else:
            found_mentees.append(waiting)
    offering = _Rows(reader, people, on)
    candidates = [_candidate(offering, row, has=theirs.places, policy=policy) for row in theirs.rows]
    if asking.faults or offering.faults:
        raise FaultyListsError(asking.faults[:MOST_FAULTS], offering.faults[:MOST_FAULTS])
    return Programme(
        waiting=tuple(found_mentees),
        mentors=tuple(candidates),
        not_ready=frozenset(not_ready),
        ids=people.called,
        order=tuple(row.cells["mentee_id"] for row in mine.rows),
        not_judged=(*_not_judged(mine.places, theirs.places),),
    )


class _List:
    """One list: its columns, its rows, and what cannot be read in it."""

    def __init__(self, content: bytes, columns: Sequence[str]) -> None:
        self.places: Mapping[str, int] = {}
        self.rows: list[Row] = []
        self.faults: tuple[ListFault, ...] = ()
        first_seen: dict[str, int] = {}
        faults: list[ListFault] = []
        try:
            # A cell that begins like a formula is text here, and is written back so that no spreadsheet runs it.
            self.places, rows = read_rows(content, partial(_places, columns=columns), formulas=True)
            for row in rows:
                if len(faults) >= MOST_FAULTS:
                    break
                id_column = columns[0]
                found = row.faults or tuple(id_faults(row.cells[id_column], row.number, first_seen, column=id_column))
                faults += found
                self.rows.append(row)
        except BadListError as error:
            faults += error.faults
        self.faults = tuple(faults[:MOST_FAULTS])
        # A column in which nobody wrote anything tells of nothing, as if it were missing.
        said = {name for row in self.rows for name, cell in row.cells.items() if cell}
        self.places = {name: at for name, at in self.places.items() if name in said}

    def ids(self, column: str) -> list[str]:
        return [row.cells[column] for row in self.rows]


class _People:
    """Who is who: the ids of both lists, which may be the same text for two people, as ids of our own."""

    def __init__(self, mentees: Sequence[str], mentors: Sequence[str]) -> None:
        self.mentees = {text: PersonId(UUID(int=_MENTEE_IDS + at)) for at, text in enumerate(mentees)}
        self.mentors = {text: PersonId(UUID(int=_MENTOR_IDS + at)) for at, text in enumerate(mentors)}
        self.called = {person: text for table in (self.mentees, self.mentors) for text, person in table.items()}


class _Rows:
    """Reads the cells of one list's rows, and keeps what is wrong with them."""

    def __init__(self, codes: CodeReader, people: _People, on: date) -> None:
        self.faults: list[ListFault] = []
        self._codes = codes
        self.people = people
        self.on = on

    def cell(self, row: Row, column: str, read: Callable[[str], T], default: T) -> T:
        """Return what a cell says, the default while it cannot be read."""
        try:
            return read(row.cells.get(column, ""))
        except CellError as error:
            detail = _detail(error)
            self.faults.append(ListFault(code=f"list.{error.problem}", row=row.number, column=column, detail=detail))
            return default

    def one(self, row: Row, column: str, code: type[C], code_list: str) -> C | None:
        """Return the code that a cell names."""
        return self.cell(row, column, lambda cell: self._codes.one(cell, code, code_list), None)

    def many(self, row: Row, column: str, code: type[C], code_list: str) -> frozenset[C]:
        """Return the codes that a cell lists."""
        nothing: frozenset[C] = frozenset()
        return self.cell(row, column, lambda cell: self._codes.many(cell, code, code_list), nothing)

    def day(self, row: Row, column: str) -> date | None:
        """Return the day that a cell names."""
        return self.cell(row, column, day, None)

    def number(self, row: Row, column: str, *, most: int) -> int | None:
        """Return the number that a cell holds."""
        return self.cell(row, column, partial(number, least=0, most=most), None)

    def profile(self, row: Row) -> dict[str, Any]:
        """Return what both kinds of profile have."""
        said = {
            "care": self.many(row, "care", CareItem, "care_item"),
            "topics": self.many(row, "topics", Topic, "topic"),
            "life_facts": self.many(row, "life_facts", LifeFact, "life_fact"),
            "channels": self.many(row, "channels", SessionChannel, "session_channel"),
            "times": self.many(row, "times", SafeTime, "safe_time"),
            "languages": frozenset(each.casefold() for each in texts(row.cells.get("languages", ""))),
            "interests": texts(row.cells.get("interests", "")),
            "level": self.one(row, "level", InjuryLevel, "injury_level"),
            "ais": self.one(row, "ais", Ais, "ais"),
            "gender": self.one(row, "gender", Gender, "gender"),
            "nation": self.one(row, "nation", Nation, "nation"),
            "age_band": self._age(row),
            "injured_on": self._injured(row),
        }
        return {name: value for name, value in said.items() if value is not None}

    def around(self, row: Row, others: Mapping[str, PersonId]) -> dict[str, Any]:
        """Return what is compared beside the profile."""
        return {
            "household": "".join(row.cells.get("postcode", "").split()).casefold(),
            "known_people": self.who(row, "knows", others),
            "see_lead": bool(self.cell(row, "see_lead", yes_no, None)),
        }

    def who(self, row: Row, column: str, others: Mapping[str, PersonId]) -> frozenset[PersonId]:
        """Return people of the other list by their ids; who is not on it cannot be proposed anyway."""
        return frozenset(others[each] for each in texts(row.cells.get(column, "")) if each in others)

    def _age(self, row: Row) -> AgeBand | None:
        born = self.cell(row, "date_of_birth", partial_day, None)
        if born is not None:
            if born[:4] > str(self.on.year):
                self.faults.append(ListFault(code="list.in_future", row=row.number, column="date_of_birth"))
                return None
            return age_band_of(born, self.on)

        def age(cell: str) -> AgeBand | None:
            if cell.isascii() and cell.isdecimal() and len(cell) <= 3:
                return age_band_of(PartialDate(add_months(self.on, -12 * int(cell)).isoformat()), self.on)
            return self._codes.one(cell, AgeBand, "age_band")

        return self.cell(row, "age_band", age, None)

    def _injured(self, row: Row) -> PartialDate | None:
        injured = self.cell(row, "injury_date", partial_day, None)
        years = self.number(row, "years_since_injury", most=120)
        if injured is not None and injured[:4] > str(self.on.year):
            self.faults.append(ListFault(code="list.in_future", row=row.number, column="injury_date"))
        if injured is None and years is not None:
            return PartialDate(f"{self.on.year - years:04}")
        return injured


def _waiting(rows: _Rows, row: Row, *, has: Mapping[str, int]) -> Waiting | None:
    """Return a mentee who is ready, None for one who is not."""
    person = rows.people.mentees[row.cells["mentee_id"]]
    gender = rows.one(row, "gender_wish", Gender, "gender")
    wish = MenteeProfile(
        **_NOBODY,
        id=RecordId(person),
        person=person,
        wanted_kind=rows.one(row, "wanted_role", MentorKind, "mentor_kind") or MentorKind.SCI,
        gender_wish=None if gender is Gender.NOT_SAID else gender,
        gender_must=bool(rows.cell(row, "gender_must", _is_must, None)),
        must_not=rows.who(row, "must_not", rows.people.mentors),
        **rows.profile(row),
    )
    areas = rows.many(row, "goal_areas", Topic, "topic")
    waiting = Waiting(
        wish=wish,
        side=side_of(wish, goal_areas=areas, **rows.around(row, rows.people.mentors)),
        consent=_consent(rows, row, has),
        since=rows.day(row, "waiting_since") or rows.on,
    )
    status = rows.cell(row, "status", partial(_status, allowed=tuple(MenteeStatus)), "")
    return None if "status" in has and status != MenteeStatus.READY else waiting


def _candidate(rows: _Rows, row: Row, *, has: Mapping[str, int], policy: Mapping[str, int | bool | str]) -> Candidate:
    person = rows.people.mentors[row.cells["mentor_id"]]
    status = rows.cell(row, "status", partial(_status, allowed=tuple(MentorStatus)), "")
    most = rows.number(row, "max_matches", most=MOST_MATCHES)
    taken = rows.number(row, "current_matches", most=99)
    profile = MentorProfile(
        **_NOBODY,
        id=RecordId(person),
        person=person,
        role_kinds=rows.many(row, "role", MentorKind, "mentor_kind") or frozenset({MentorKind.SCI}),
        status=MentorStatus(status or MentorStatus.APPLIED) if "status" in has else MentorStatus.ACTIVE,
        unwilling_topics=rows.many(row, "not_topics", Topic, "topic"),
        **_checks(rows, row, has, policy),
        **rows.profile(row),
    )
    return Candidate(
        profile=profile,
        side=side_of(profile, **rows.around(row, rows.people.mentees)),
        free_places=(profile.max_matches if most is None else most) - (taken or 0),
        free_since=rows.day(row, "free_since") or rows.on,
        ended_badly_with=rows.who(row, "ended_badly_with", rows.people.mentees),
    )


def _checks(rows: _Rows, row: Row, has: Mapping[str, int], policy: Mapping[str, int | bool | str]) -> dict[str, Any]:
    """Return a mentor's checks; one that no column tells of is not judged, so it stands as made today."""

    def made(column: str) -> date | None:
        return rows.day(row, column) if column in has else rows.on

    supervised = rows.day(row, "supervision_date")
    due = rows.day(row, "supervision_due")
    if supervised is None and due is not None:
        supervised = due - timedelta(days=policy_value(policy, PolicyKey.SUPERVISION_DAYS))
    if not {"supervision_date", "supervision_due"} & has.keys():
        supervised = rows.on
    level = rows.one(row, "dbs_level", DbsLevel, "dbs_level")
    # A list that has only the day says that there was a check, but not one that clears for young people.
    level = level or (DbsLevel.NONE if "dbs_level" in has else DbsLevel.BASIC)
    references = rows.number(row, "references", most=99)
    return {
        "training_on": made("training_date"),
        "conduct_on": made("conduct_date"),
        "references": min(references or 0, NEEDED_REFERENCES) if "references" in has else NEEDED_REFERENCES,
        "dbs_level": level,
        "dbs_on": made("dbs_date"),
        "supervised_on": supervised,
    }


def _consent(rows: _Rows, row: Row, has: Mapping[str, int]) -> bool:
    """Answer whether a list says that a mentee agreed; who asked and when are both needed where they are kept."""
    said = rows.cell(row, "consent", yes_no, None)
    asked_on = rows.day(row, "consent_date")
    if "consent" in has:
        return bool(said)
    if "consent_date" in has or "consent_by" in has:
        return asked_on is not None and bool(row.cells.get("consent_by", ""))
    return True


def _status(cell: str, *, allowed: Sequence[str]) -> str:
    slug = "_".join(cell.casefold().replace("-", " ").replace("_", " ").split())
    if slug and slug not in allowed:
        raise CellError("unknown_code", allowed="; ".join(allowed))
    return slug


def _is_must(cell: str) -> bool | None:
    """Read `must` or `prefer`, or yes or no."""
    match cell.casefold():
        case "must":
            return True
        case "prefer":
            return False
        case _:
            return yes_no(cell)


def _places(headings: Iterable[str], *, columns: Sequence[str]) -> dict[str, int]:
    """Return which columns are read, by name and place; by any of their words."""
    places: dict[str, int] = {}
    for at, heading in enumerate(headings):
        written = "_".join(heading.replace("-", " ").replace("_", " ").split())
        name = columns[0] if written == "id" else _ALSO_CALLED.get(written, written)
        if name in ("role", "wanted_role"):
            name = "role" if "role" in columns else "wanted_role"
        if name in columns:
            if name in places:
                raise BadListError(ListFault(code="list.column_twice", row=1, column=heading))
            places[name] = at
    if columns[0] not in places:
        raise BadListError(ListFault(code="list.no_id", row=1, detail=columns[0]))
    return places


def _not_judged(mine: Mapping[str, int], theirs: Mapping[str, int]) -> Iterator[str]:
    if not {"consent", "consent_date", "consent_by"} & mine.keys():
        yield "consent"
    for group in _JUDGED:
        if not set(group) & (theirs.keys() | (mine.keys() & {"wanted_role"})):
            yield group[0]


def _detail(error: CellError) -> str:
    match error.problem:
        case "unknown_code":
            return str(error.detail.get("allowed") or error.detail["code_list"])
        case "out_of_range":
            return f"{error.detail['least']} to {error.detail['most']}"
        case _:
            return ""
