"""A coordinator's mentors: who is there, which checks run out, and what a mentor's profile says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.clocks import earliest, london_day
from app.domain.codes import AuditAction, MatchState, MentorCheck, MentorStatus, Role, TaskKind, TaskState
from app.domain.faults import Faults
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match
from app.domain.mentor_checks import HOLDS_A_PLACE, CheckRules, may_become_active
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.domain.person import Person
from app.domain.record import Merge, field_rules
from app.domain.task import CHECKS_RUN_OUT, Task
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory
from app.use_cases.mentoring import policy_of

REMINDED_DAYS = 30
"""Days before a check runs out on which a coordinator is reminded (domain.md 7.6)."""

_DAYS_MADE = ("training_on", "conduct_on", "dbs_on", "supervised_on")
_ORDER = {MentorStatus.ACTIVE: 0, MentorStatus.PAUSED: 0, MentorStatus.TRAINING: 1, MentorStatus.APPLIED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRow:
    """One mentor.

    Attributes:
        person_id: who.
        name: their name.
        profile: what is known.
        lapsed: checks that are missing or have run out; none of them blocks but what `is_blocked` says.
        ends: the last day of each check that runs out, of those that were made.
        taken: matches that hold a place.
    """

    person_id: PersonId
    name: str
    profile: MentorProfile
    lapsed: tuple[MentorCheck, ...]
    ends: Mapping[MentorCheck, date]
    taken: int

    @property
    def next_end(self) -> tuple[MentorCheck, date] | None:
        """The check that runs out next, and its last day; None when none of those that were made does."""
        return _earliest(self.ends)

    @property
    def is_blocked(self) -> bool:
        """Whether checks keep a mentor who would be active, or is pausing, from new matches."""
        return bool(self.lapsed) and self.profile.status in (MentorStatus.ACTIVE, MentorStatus.PAUSED)

    def is_ending(self, on: date) -> bool:
        """Answer whether a check runs out within the days of the reminder."""
        return self.next_end is not None and self.next_end[1] <= on + timedelta(days=REMINDED_DAYS)

    @property
    def places(self) -> int:
        """How many places are free."""
        return max(0, self.profile.max_matches - self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorView:
    """One person as a mentor.

    Attributes:
        name: who it is about.
        row: what is known; None before they applied.
        mentees: names of those they mentor or would mentor, with the state of the match.
    """

    name: str
    row: MentorRow | None
    mentees: tuple[tuple[PersonId, str, MatchState], ...] = ()


def mentors(vault: Vault, *, actor: Actor, now: datetime) -> tuple[MentorRow, ...]:
    """Return every mentor of the own organisation who has not left: blocked ones first, then whose check ends next."""
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        profiles = [
            profile
            for profile in read.all(MentorProfile)
            if profile.org == actor.org and not profile.archived and profile.status is not MentorStatus.LEFT
        ]
        rows = _rows(read, actor, profiles, on=london_day(now))
    never = date.max

    def order(row: MentorRow) -> tuple[object, ...]:
        end = row.next_end[1] if row.next_end else never
        return not row.is_blocked, _ORDER.get(row.profile.status, 3), end, row.name.casefold(), row.person_id.int

    return tuple(sorted(rows, key=order))


def mentor_view(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> MentorView:
    """Return one person as a mentor, or who could become one.

    Raises:
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        person = read.find(Person, person_id)
        profile = _profile(read, actor, person_id)
        if person is None and profile is None:
            raise NotFoundError("person.not_found")
        rows = _rows(read, actor, [profile] if profile else [], on=london_day(now))
        matches = [each for each in read.all(Match) if each.mentor == person_id and each.org == actor.org]
        running = [each for each in matches if each.state in HOLDS_A_PLACE]
        people = read.of_people(Person, [each.person for each in running])
    return MentorView(
        name=person.full_name if person else "",
        row=next(iter(rows), None),
        mentees=tuple(
            (PersonId(each.person), _name(people.get(each.person, [])), each.state)
            for each in sorted(running, key=lambda match: (match.created_at, match.id))
        ),
    )


def save_profile(
    vault: Vault, *, actor: Actor, now: datetime, profile_id: RecordId, wanted: Mapping[str, Any]
) -> MentorProfile | MenteeProfile:
    """Save fields of a profile as a form holds them, and remind of the mentor's check that runs out next.

    Raises:
        BadInputError: `<record>.<field>.<problem>`; `SeveralInputsError` for several.
        NotFoundError: the profile is not held.
    """
    access.require(actor.roles, Action.EDIT_PROFILES)
    with vault.transaction(actor=actor, now=now) as work:
        kind = work.kind_of(profile_id)
        if kind not in (MentorProfile, MenteeProfile):
            raise NotFoundError("mentor_profile.not_found")
        profile = work.get(kind, profile_id)
        assert isinstance(profile, MentorProfile | MenteeProfile)
        _refuse_days_to_come(profile, wanted, work.today)
        fields, add, remove = _change(profile, wanted)
        # What is not wanted any more goes first: a topic may change its side, and is never on both.
        if remove:
            work.change(kind, profile_id, remove=remove)
        profile = work.change(kind, profile_id, fields=fields, add=add)
        assert isinstance(profile, MentorProfile | MenteeProfile)
        if isinstance(profile, MentorProfile):
            keep_reminder(work, profile, policy=policy_of(directory(work), actor))
        work.audit(AuditAction.CHANGE, person=PersonId(profile.person), reason=profile.TYPE.value)
        return profile


def move_mentor(vault: Vault, *, actor: Actor, now: datetime, profile_id: RecordId, to: MentorStatus) -> MentorProfile:
    """Move a mentor along: applied, training, active, paused, left.

    Raises:
        BadInputError: `mentor_profile.training_on.required`, `.injured_on.required` or `.out_of_range`, before somebody
            is active.
        BadTransitionError: the status does not go there.
        NotFoundError: the profile is not held.
    """
    access.require(actor.roles, Action.EDIT_PROFILES)
    with vault.transaction(actor=actor, now=now) as work:
        profile = work.get(MentorProfile, profile_id)
        if to is MentorStatus.ACTIVE:
            may_become_active(profile, on=work.today)
        profile = work.move(MentorProfile, profile_id, "status", to)
        keep_reminder(work, profile, policy=policy_of(directory(work), actor))
        work.audit(AuditAction.CHANGE, person=PersonId(profile.person), reason="mentor_profile")
        return profile


def _change(
    profile: MentorProfile | MenteeProfile, wanted: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what a form asks for as fields to set, and of sets what is added and what is taken away."""
    rules = field_rules(type(profile))
    fields: dict[str, Any] = {}
    add: dict[str, Any] = {}
    remove: dict[str, Any] = {}
    for name, value in wanted.items():
        if rules[name].merge in (Merge.SET_ADD, Merge.SET_REMOVE):
            before = getattr(profile, name)
            if value - before:
                add[name] = value - before
            if before - value:
                remove[name] = before - value
        else:
            fields[name] = value
    return fields, add, remove


def _refuse_days_to_come(profile: MentorProfile | MenteeProfile, wanted: Mapping[str, Any], on: date) -> None:
    faults = Faults()
    faults.add(
        BadInputError.at(profile.TYPE, name, "in_future")
        for name in _DAYS_MADE
        if wanted.get(name) is not None and wanted[name] > on
    )
    injured_on = wanted.get("injured_on")
    if injured_on is not None and earliest(injured_on) > on:
        faults.add([BadInputError.at(profile.TYPE, "injured_on", "in_future")])
    faults.raise_all()


def keep_reminder(work: UnitOfWork, profile: MentorProfile, *, policy: Mapping[str, int | bool | str]) -> None:
    """Keep one open reminder of the check that runs out next: thirty days before, and none of who has left.

    Args:
        work: the transaction.
        profile: the mentor's, as it is from now on.
        policy: of the own organisation, which says how long a check holds.
    """
    person = PersonId(profile.person)
    open_ones = [
        task
        for task in work.of_person(Task, person)
        if task.kind is TaskKind.CHECK_MENTOR and task.rule == CHECKS_RUN_OUT and task.state is TaskState.OPEN
    ]
    rules = CheckRules(on=work.today, policy=policy)
    end = _earliest(rules.ends(profile))
    due_on = None if end is None else end[1] - timedelta(days=REMINDED_DAYS)
    if profile.status in (MentorStatus.LEFT, MentorStatus.APPLIED):
        due_on = None
    for task in open_ones:
        if task.due_on != due_on:
            work.change(Task, task.id, fields={"state": TaskState.DONE})
    if due_on is None or any(task.due_on == due_on for task in open_ones):
        return
    work.create(
        Task(
            **work.header(),
            kind=TaskKind.CHECK_MENTOR,
            person=person,
            subject=profile.id,
            rule=CHECKS_RUN_OUT,
            for_role=Role.COORDINATOR,
            due_on=due_on,
        )
    )


def _earliest(ends: Mapping[MentorCheck, date]) -> tuple[MentorCheck, date] | None:
    return min(ends.items(), key=lambda each: each[1], default=None)


def _rows(read: Reader, actor: Actor, profiles: Iterable[MentorProfile], *, on: date) -> list[MentorRow]:
    listed = list(profiles)
    people = read.of_people(Person, [profile.person for profile in listed])
    taken: dict[PersonId, int] = {}
    for match in read.all(Match):
        if match.org == actor.org and match.state in HOLDS_A_PLACE:
            taken[match.mentor] = taken.get(match.mentor, 0) + 1
    rules = CheckRules(on=on, policy=policy_of(directory(read), actor))
    return [
        MentorRow(
            person_id=PersonId(profile.person),
            name=_name(people.get(profile.person, [])),
            profile=profile,
            lapsed=tuple(rules.lapsed(profile)),
            ends=rules.ends(profile),
            taken=taken.get(PersonId(profile.person), 0),
        )
        for profile in listed
    ]


def _profile(read: Reader, actor: Actor, person_id: PersonId) -> MentorProfile | None:
    found = read.of_person(MentorProfile, person_id)
    return next((each for each in found if each.org == actor.org and not each.archived), None)


def _name(found: list[Person]) -> str:
    return found[0].full_name if found else ""
