"""Taking a spreadsheet of people in: looked at row by row, then all new rows or none (domain.md 7.7, 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

import msgspec

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, ContactKind, MenteeStatus, MentorStatus, PersonRole, PersonStatus, TaskKind
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.domain.linkage import Facts
from app.domain.match import Match
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.domain.names import NameTables, fold_name
from app.domain.note import CaseNote
from app.domain.person import ContactPoint, Person, Stay
from app.domain.referral import Referral
from app.domain.sheets import Heading, Line, Refused, Sheet, Told, read_line
from app.domain.task import ASK_ABOUT_ALL, Task
from app.errors import KnownError
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory
from app.use_cases.mentoring import policy_of
from app.use_cases.mentors import keep_reminder
from app.use_cases.same_person import Comparing, PossibleSame

REMEMBERED: Final = "import_headings"
"""The setting under which the headings that somebody mapped by hand are kept."""

_ACTIONS: Final = (Action.WRITE_PERSON, Action.SET_PERSON_STATUS)
"""What a batch needs: to write people, and to take them back. Only coordinators may do both."""

_OFTEN: Final = 25
"""Rows between two looks at whether somebody wants to stop."""


class Course:
    """How far a long piece of work is; told on the vault thread, read and stopped on the window's."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.done = 0
        self.total = 0
        self._is_stopped = False

    def stop(self) -> None:
        """Ask the work to end at its next look; what it wrote so far is taken back."""
        self._is_stopped = True

    def reach(self, done: int, total: int) -> None:
        """Say how far the work is.

        Raises:
            KnownError: `import.stopped` when somebody asked it to end.
        """
        self.done, self.total = done, total
        if self._is_stopped:
            raise KnownError("import.stopped")


class ReadRow(Protocol):
    """Reads one row of a list of another kind than people."""

    def __call__(self, line: Line, mapping: Mapping[int, Heading], *, on: date) -> Told | Refused:
        """Return what the row says, or why it has to be put right first."""


WriteRow = Callable[[UnitOfWork, Told], PersonId]
"""Writes the person of one row, and whatever else the list says of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What would become of one row that can be read.

    Attributes:
        told: what it says.
        same: people here who may be this person, likeliest first.
        same_row: an earlier row of the file that may be, 0 for none.
    """

    told: Told
    same: tuple[PossibleSame, ...] = ()
    same_row: int = 0

    @property
    def is_new(self) -> bool:
        """Whether nothing speaks for knowing the person already."""
        return not self.same and not self.same_row


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would become of every row of a file; nothing was written."""

    looks: tuple[Look, ...]
    refused: tuple[Refused, ...]

    @property
    def new(self) -> tuple[Told, ...]:
        """Rows of people whom nobody here seems to be."""
        return tuple(look.told for look in self.looks if look.is_new)


def remembered_headings(vault: Vault) -> dict[str, str]:
    """Return which headings were mapped by hand on this laptop before, to what; folded words to codes."""
    with vault.reading() as read:
        kept = read.setting(REMEMBERED, "{}")
    return msgspec.json.decode(kept, type=dict[str, str])


def look_at(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    sheet: Sheet,
    mapping: Mapping[int, Heading],
    names: NameTables,
    course: Course,
    read_row: ReadRow | None = None,
) -> DryRun:
    """Return what would become of each row: new, possibly somebody known, or to be put right; nothing is written.

    Raises:
        NotPermittedError: only coordinators take lists in.
        KnownError: `import.stopped`.
    """
    require(actor)
    on = london_day(now)
    looks: list[Look] = []
    refused: list[Refused] = []
    seen: dict[str, int] = {}
    with vault.reading() as read:
        comparing = Comparing(read, names)
        for done, line in enumerate(sheet.lines):
            if done % _OFTEN == 0:
                course.reach(done, len(sheet.lines))
            row = (read_row or read_line)(line, mapping, on=on)
            if isinstance(row, Refused):
                refused.append(row)
            else:
                looks.append(_look(comparing, row, seen))
    course.reach(len(sheet.lines), len(sheet.lines))
    return DryRun(looks=tuple(looks), refused=tuple(refused))


def take_in(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    people: Sequence[Told],
    remember: Mapping[str, str],
    course: Course,
    write_row: WriteRow | None = None,
) -> tuple[PersonId, ...]:
    """Write the people of chosen rows, all in one transaction: a kill in the middle leaves nothing of them.

    What a row says of consent is none, as wording, day and giver are not all known: who was asked is asked again.

    Raises:
        NotPermittedError: only coordinators take lists in.
        KnownError: `import.stopped`; nothing was written.
    """
    require(actor)
    with vault.transaction(actor=actor, now=now) as work:
        made = []
        for done, told in enumerate(people):
            if done % _OFTEN == 0:
                course.reach(done, len(people))
            made.append((write_row or write_person)(work, told))
        kept = msgspec.json.decode(work.setting(REMEMBERED, "{}"), type=dict[str, str])
        work.keep_setting(REMEMBERED, msgspec.json.encode({**kept, **remember}).decode())
        work.audit(AuditAction.CREATE, reason="import", detail=str(len(made)))
        course.reach(len(people), len(people))
    return tuple(made)


def undo(vault: Vault, *, actor: Actor, now: datetime, people: Sequence[PersonId]) -> int:
    """Take a batch back: its people are entered in error; returns how many.

    Somebody about whom more was recorded meanwhile stays.
    """
    require(actor)
    taken_back = 0
    with vault.transaction(actor=actor, now=now) as work:
        stays = _worked_on(work, people)
        policy = policy_of(directory(work), actor)
        for person in people:
            held = work.find(Person, person)
            if held is None or held.status is not PersonStatus.ACTIVE or person in stays:
                continue
            _leave_mentoring(work, person, policy)
            work.move(Person, person, "status", PersonStatus.ENTERED_IN_ERROR)
            taken_back += 1
        work.audit(AuditAction.CHANGE, reason="import", detail=str(taken_back))
    return taken_back


def is_permitted(actor: Actor) -> bool:
    """Answer whether the account may take lists in."""
    return all(access.permitted(actor.roles, action) is not None for action in _ACTIONS)


def require(actor: Actor) -> None:
    """Ask for what both taking in and taking back need.

    Raises:
        NotPermittedError: the account coordinates nothing.
    """
    for action in _ACTIONS:
        access.require(actor.roles, action)


def _look(comparing: Comparing, told: Told, seen: dict[str, int]) -> Look:
    same = comparing.same_as(_facts(told))
    earlier = 0
    for key in _keys(told):
        earlier = earlier or seen.get(key, 0)
        seen.setdefault(key, told.number)
    return Look(told=told, same=same, same_row=earlier)


def _keys(told: Told) -> Iterable[str]:
    """Yield what two rows of one file share when they may be one person."""
    yield from (each for each in (told.email.casefold(), told.phone) if each)
    yield f"{fold_name(told.name)} {told.born or ''}"


def _facts(told: Told) -> Facts:
    return Facts(
        given_name=told.given_name,
        family_name=told.family_name,
        known_as=told.known_as,
        born=told.born or "",
        phones=frozenset({told.phone} if told.phone else ()),
        emails=frozenset({told.email} if told.email else ()),
    )


def write_person(
    work: UnitOfWork, told: Told, *, roles: frozenset[PersonRole] = frozenset({PersonRole.HAS_SCI})
) -> PersonId:
    """Write the person of one row, with how to reach them, and a task where consent has to be asked for again."""
    person = Person(
        **work.header(),
        given_name=told.given_name,
        family_name=told.family_name,
        known_as=told.known_as,
        dob=told.born,
        key_worker=work.actor.user,
        roles=roles,
    )
    work.create(person)
    phone_kind = ContactKind.MOBILE if told.phone.startswith("+447") else ContactKind.LANDLINE
    for kind, value in ((phone_kind, told.phone), (ContactKind.EMAIL, told.email)):
        if value:
            work.create(ContactPoint(**work.header(), person=person.person_id, kind=kind, value=value))
    if told.had_consent:
        work.create(
            Task(
                **work.header(),
                kind=TaskKind.ASK_AGAIN,
                person=person.person_id,
                for_user=work.actor.user,
                due_on=work.today,
                rule=ASK_ABOUT_ALL,
            )
        )
    return person.person_id


def _leave_mentoring(work: UnitOfWork, person: PersonId, policy: Mapping[str, int | bool | str]) -> None:
    """Take the profiles of a row back, too: nobody is matched with a mistake."""
    for mentor in work.of_person(MentorProfile, person):
        if mentor.status is not MentorStatus.LEFT:
            left = work.move(MentorProfile, mentor.id, "status", MentorStatus.LEFT)
            keep_reminder(work, left, policy=policy)
    for mentee in work.of_person(MenteeProfile, person):
        if mentee.status is not MenteeStatus.CLOSED:
            work.move(MenteeProfile, mentee.id, "status", MenteeStatus.CLOSED)


def _worked_on(read: Reader, people: Sequence[PersonId]) -> set[PersonId]:
    """Return those of whom more is held than a row of a spreadsheet brings."""
    kinds = (ConsentEvent, Referral, CaseNote, Stay, Match)
    found = {PersonId(person) for kind in kinds for person in read.of_people(kind, people)}
    # A match hangs on the mentee: whoever mentors is named in it.
    return found | ({match.mentor for match in read.all(Match)} & set(people))
