"""Who is away from a team and who covers: what was given to somebody away is seen by somebody who is there.

An absence is an open task of the team (`cover`): `subject` is who is away, `rule` is `<who covers>/<first day>`, the
first part empty while nobody does, and `due_on` is the last day. The whole team and its coordinators hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.codes import Role, TaskKind, TaskState
from app.domain.ids import OrganisationId, RecordId, UserId
from app.domain.task import Task
from app.domain.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Somebody is away from a team.

    Attributes:
        task: the record that says so.
        team: from which team.
        user: who.
        cover: who looks after their referrals meanwhile; None when nobody was named.
        from_on: the first day.
        until: the last day.
    """

    task: RecordId
    team: str
    user: UserId
    cover: UserId | None
    from_on: date
    until: date

    def is_on(self, day: date) -> bool:
        """Answer whether somebody is away on a day."""
        return self.from_on <= day <= self.until


def rule_of(cover: UserId | None, from_on: date) -> str:
    """Return the rule of the task of an absence."""
    return f"{cover or ''}/{from_on.isoformat()}"


def absences_in(tasks: Iterable[Task]) -> tuple[Absence, ...]:
    """Return every absence that was not ended, the soonest first; what cannot be read is left out."""
    found = []
    for task in tasks:
        if task.kind is not TaskKind.COVER or task.state is not TaskState.OPEN or task.archived:
            continue
        cover, _, first = task.rule.partition("/")
        if task.subject is None or not task.for_team:
            continue
        try:
            found.append(
                Absence(
                    task=task.id,
                    team=task.for_team,
                    user=UserId(task.subject),
                    cover=UserId(UUID(cover)) if cover else None,
                    from_on=date.fromisoformat(first),
                    until=task.due_on,
                )
            )
        except ValueError:
            continue  # Written by a version that says more: the team sees its referrals all the same.
    return tuple(sorted(found, key=lambda each: (each.from_on, each.until, each.task)))


def members(users: Mapping[UserId, User], org: OrganisationId, team: str, on: date) -> tuple[User, ...]:
    """Return who works in a team on a day, by name."""
    there = (user for user in users.values() if user.org == org and team in user.teams and user.is_active(on))
    return tuple(sorted(there, key=lambda user: (user.shown_name.casefold(), user.id)))


def may_cover(users: Mapping[UserId, User], org: OrganisationId, team: str, on: date) -> tuple[User, ...]:
    """Return who can cover in a team: those whose laptops hold its referrals, its members and the coordinators."""
    coordinators = (
        user
        for user in users.values()
        if user.org == org and Role.COORDINATOR in user.roles and team not in user.teams and user.is_active(on)
    )
    others = sorted(coordinators, key=lambda user: (user.shown_name.casefold(), user.id))
    return (*members(users, org, team, on), *others)


def stands_in(absences: Sequence[Absence], user: UserId, *, team: str, on: date) -> UserId | None:
    """Return who looks after what is a person's in a team on a day: themselves, or whoever covers in the end.

    None when the last of the chain is away without anybody, or two cover each other and both are away.
    """
    seen: set[UserId] = set()
    while user not in seen:
        seen.add(user)
        away = next((each for each in absences if each.user == user and each.team == team and each.is_on(on)), None)
        if away is None:
            return user
        if away.cover is None:
            return None
        user = away.cover
    return None


def is_unwatched(
    absences: Sequence[Absence], users: Mapping[UserId, User], org: OrganisationId, team: str, on: date
) -> bool:
    """Answer whether nobody of a team is there on a day, nor anybody for them."""
    present = [stands_in(absences, user.user_id, team=team, on=on) for user in members(users, org, team, on)]
    return not any(present)
