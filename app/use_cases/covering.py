"""A team's cover: who is away and until when, who looks after their referrals, and whose a referral is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Role, TaskKind, TaskState
from app.domain.covering import Absence, absences_in, is_unwatched, may_cover, members, rule_of, stands_in
from app.domain.ids import PersonId, RecordId, ReferralId, UserId
from app.domain.referral import Referral
from app.domain.task import Task
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """One of a team: the account and the name that colleagues know."""

    user: UserId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """Somebody is away: who, from which team, who covers (empty when nobody), from when and until when."""

    task: RecordId
    team: str
    name: str
    cover: str
    from_on: date
    until: date
    is_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCover:
    """One team of the reader's.

    Attributes:
        team: its slug.
        colleagues: who works in it.
        covers: who can cover: its members, then the coordinators.
        absences: who is away or soon will be, the soonest first.
        is_unwatched: today nobody of it is there, and nobody covers.
    """

    team: str
    colleagues: tuple[Colleague, ...]
    covers: tuple[Colleague, ...]
    absences: tuple[AbsenceLine, ...]
    is_unwatched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Everything that says whose a referral is today.

    Attributes:
        absences: who is away, by team.
        alliance: the accounts.
        actor: who reads.
        on: the London day.
    """

    absences: tuple[Absence, ...]
    alliance: Directory
    actor: Actor
    on: date

    def looked_after_by(self, referral: Referral) -> UserId | None:
        """Return who looks after a referral today; None for the whole team, also when that somebody is gone."""
        if referral.assignee is None:
            return None
        user = self.alliance.users.get(referral.assignee)
        if user is None or not user.is_active(self.on):
            return None
        return stands_in(self.absences, referral.assignee, team=referral.to_team, on=self.on)

    def is_mine(self, referral: Referral) -> bool:
        """Answer whether a referral waits for the reader: theirs, their cover's, or nobody's and so the team's."""
        return self.looked_after_by(referral) in (None, self.actor.user)

    def name_of(self, user: UserId | None) -> str:
        """Return what colleagues call somebody; empty for nobody."""
        found = None if user is None else self.alliance.users.get(user)
        return "" if found is None else found.shown_name

    def stands_for(self, user: UserId) -> bool:
        """Answer whether the reader covers for somebody in any team today."""
        away = [each for each in self.absences if each.user == user and each.is_on(self.on)]
        return any(stands_in(self.absences, user, team=each.team, on=self.on) == self.actor.user for each in away)


def cover_of(read: Reader, alliance: Directory, actor: Actor, on: date) -> Cover:
    """Return who covers whom in the reader's organisation."""
    # An organisation's own tasks lie under its own id.
    tasks = read.of_person(Task, PersonId(actor.org))
    return Cover(absences=absences_in(tasks), alliance=alliance, actor=actor, on=on)


def team_cover(vault: Vault, *, actor: Actor, now: datetime) -> tuple[TeamCover, ...]:
    """Return who is away and who covers, for each team of the reader's; every team for a coordinator."""
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    on = london_day(now)
    with vault.reading() as read:
        alliance = directory(read)
        cover = cover_of(read, alliance, actor, on)
    return tuple(_team(cover, team) for team in teams_of(alliance, actor))


def teams_of(alliance: Directory, actor: Actor) -> tuple[str, ...]:
    """Return the intake teams that a reader answers for."""
    if Role.COORDINATOR in actor.roles or not actor.teams:
        return tuple(sorted({each.intake_team for each in alliance.services.values() if each.provider == actor.org}))
    return tuple(sorted(actor.teams))


def say_away(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    team: str,
    user: UserId | None,
    cover: UserId | None,
    from_on: date | None,
    until: date | None,
) -> RecordId:
    """Say that somebody is away from a team, and who looks after their referrals meanwhile.

    Raises:
        BadInputError: nobody named, somebody of another team, a cover who does not hold the team's referrals or is
            the one who is away, or days that do not fit.
        NotFoundError: it is not a team of the reader's.
    """
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        alliance = directory(work)
        if team not in teams_of(alliance, actor):
            raise NotFoundError("team.not_found")
        on = work.today
        first = from_on or on
        if until is None:
            raise BadInputError.at("cover", "until", "required")
        if until < first or until < on:
            raise BadInputError.at("cover", "until", "before_start")
        if user is None:
            raise BadInputError.at("cover", "user", "required")
        if user not in {each.user_id for each in members(alliance.users, actor.org, team, on)}:
            raise BadInputError.at("cover", "user", "not_permitted")
        able = {each.user_id for each in may_cover(alliance.users, actor.org, team, on)}
        if cover is not None and (cover == user or cover not in able):
            raise BadInputError.at("cover", "cover", "not_permitted")
        task = Task(
            **work.header(),
            kind=TaskKind.COVER,
            subject=RecordId(user),
            rule=rule_of(cover, first),
            for_team=team,
            due_on=until,
        )
        work.create(task)
        work.audit(AuditAction.CHANGE, reason="cover")
    return task.id


def say_back(vault: Vault, *, actor: Actor, now: datetime, task: RecordId) -> None:
    """Say that somebody is back: from now on their referrals are theirs again."""
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        held = work.get(Task, task)
        if held.kind is not TaskKind.COVER or held.org != actor.org:
            raise NotFoundError("task.not_found")
        work.change(Task, held.id, fields={"state": TaskState.DONE})
        work.audit(AuditAction.CHANGE, reason="cover")


def look_after(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, is_mine: bool) -> Referral:
    """Take a referral of the own team for oneself, or give it back to the whole team.

    Raises:
        NotFoundError: it is not this reader's to answer.
    """
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        if not answers_for(actor, referral):
            raise NotFoundError("referral.not_found")
        wanted = actor.user if is_mine else None
        changed = work.change(Referral, referral.id, fields={"assignee": wanted})
        work.audit(AuditAction.CHANGE, person=referral.person, reason="assignee")
    return changed


def answers_for(actor: Actor, referral: Referral) -> bool:
    """Whether a referral is this reader's to answer: of the own organisation, and the own team unless a coordinator."""
    everybody = Role.COORDINATOR in actor.roles or not actor.teams
    return referral.to_org == actor.org and (everybody or referral.to_team in actor.teams)


def _team(cover: Cover, team: str) -> TeamCover:
    users, org, on = cover.alliance.users, cover.actor.org, cover.on
    absences = tuple(
        AbsenceLine(
            task=each.task,
            team=team,
            name=cover.name_of(each.user),
            cover=cover.name_of(
                stands_in(cover.absences, each.user, team=team, on=on) if each.is_on(on) else each.cover
            ),
            from_on=each.from_on,
            until=each.until,
            is_now=each.is_on(on),
        )
        for each in cover.absences
        if each.team == team and each.until >= on
    )
    return TeamCover(
        team=team,
        colleagues=tuple(Colleague(user=user.user_id, name=user.shown_name) for user in members(users, org, team, on)),
        covers=tuple(Colleague(user=user.user_id, name=user.shown_name) for user in may_cover(users, org, team, on)),
        absences=absences,
        is_unwatched=bool(members(users, org, team, on)) and is_unwatched(cover.absences, users, org, team, on),
    )
