"""A coordinator's mentoring: profiles and goals, and every step of a match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.checks import tidy_line
from app.domain.codes import (
    AuditAction,
    GoalState,
    MatchState,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Topic,
)
from app.domain.ids import PersonId, RecordId
from app.domain.match import MOST_ALLOWANCE, Match, MatchCard, MatchEvent
from app.domain.match_states import RUNNING, Move, Mover, check_move
from app.domain.mentor_checks import has_room, is_ready_to_mentor, may_become_active
from app.domain.mentor_view import goals_of, match_card, standing_of
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.partners import Outlook
from app.errors import BadInputError, BadTransitionError, NotFoundError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, mentoring_aggregate, own_organisation
from app.use_cases.consents import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the mentor will be told, made by the function that makes the card."""

    card: MatchCard
    goals: tuple[Goal, ...] = field(default_factory=tuple)


def start_mentor(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, kinds: frozenset[MentorKind], **fields: Any
) -> MentorProfile:
    """Begin a mentor's profile as `applied`; checks and topics are filled in as they come.

    Raises:
        NotFoundError: the person is not held.
        BadInputError: `mentor_profile.<field>.<problem>`, or there is a profile already (`duplicate`).
    """
    access.require(actor.roles, Action.EDIT_PROFILES)
    with vault.transaction(actor=actor, now=now) as work:
        _must_be_new(work, MentorProfile, person_id)
        profile = MentorProfile(**work.header(), person=person_id, role_kinds=kinds, **fields)
        work.audit(AuditAction.CREATE, person=person_id, reason="mentor_profile")
        return work.create(profile)


def start_mentee(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, wanted: MentorKind, **fields: Any
) -> MenteeProfile:
    """Begin a mentee's profile as `enquiry`.

    Raises:
        NotFoundError: the person is not held.
        BadInputError: `mentee_profile.<field>.<problem>`, or there is a profile already (`duplicate`).
    """
    access.require(actor.roles, Action.START_MENTEE)
    with vault.transaction(actor=actor, now=now) as work:
        _must_be_new(work, MenteeProfile, person_id)
        profile = MenteeProfile(**work.header(), person=person_id, wanted_kind=wanted, **fields)
        work.audit(AuditAction.CREATE, person=person_id, reason="mentee_profile")
        return work.create(profile)


def change_profile(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    profile_id: RecordId,
    fields: Mapping[str, Any] | None = None,
    add: Mapping[str, Any] | None = None,
    remove: Mapping[str, Any] | None = None,
) -> MentorProfile | MenteeProfile:
    """Change fields of a mentor's or mentee's profile.

    Raises:
        BadInputError: a field refuses its value.
        NotFoundError: the profile is not held.
    """
    with vault.transaction(actor=actor, now=now) as work:
        kind = work.kind_of(profile_id)
        if kind not in (MentorProfile, MenteeProfile):
            raise NotFoundError("mentor_profile.not_found")
        access.require(actor.roles, Action.EDIT_PROFILES)
        profile = work.change(kind, profile_id, fields=fields, add=add, remove=remove)
        assert isinstance(profile, MentorProfile | MenteeProfile)
        work.audit(AuditAction.CHANGE, person=profile.person, reason=profile.TYPE.value)
        return profile


def move_profile(
    vault: Vault, *, actor: Actor, now: datetime, profile_id: RecordId, to: MentorStatus | MenteeStatus
) -> MentorProfile | MenteeProfile:
    """Move a mentor or mentee along: applied, training, active … or enquiry, talk done, ready.

    Raises:
        BadInputError: `mentor_profile.<field>.<problem>`: a mentor lacks what somebody needs to be active.
        BadTransitionError: the status does not go there.
        NotFoundError: the profile is not held.
    """
    access.require(actor.roles, Action.EDIT_PROFILES)
    kind = MentorProfile if isinstance(to, MentorStatus) else MenteeProfile
    with vault.transaction(actor=actor, now=now) as work:
        if to is MentorStatus.ACTIVE:
            may_become_active(work.get(MentorProfile, profile_id), on=work.today)
        profile = work.move(kind, profile_id, "status", to)
        assert isinstance(profile, MentorProfile | MenteeProfile)
        work.audit(AuditAction.CHANGE, person=profile.person, reason=profile.TYPE.value)
        return profile


def add_goal(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, text: str, area: Topic, **fields: Any
) -> Goal:
    """Write down what a mentee wants, in their words.

    Raises:
        BadInputError: `goal.<field>.<problem>`.
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.WRITE_GOAL)
    with vault.transaction(actor=actor, now=now) as work:
        if not work.knows(person_id):
            raise NotFoundError("person.not_found")
        said = tidy_line(text, record="goal", field="text")
        work.audit(AuditAction.CHANGE, person=person_id, reason="goal")
        return work.create(Goal(**work.header(), person=person_id, text=said, area=area, **fields))


def move_match(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    match_id: RecordId,
    to: MatchState,
    reason: str = "",
    asked: Mapping[str, Any] | None = None,
) -> Match:
    """Take a coordinator's step of a match; the service looks again, with the mentor's places under its lock.

    Raises:
        BadInputError: `match.<field>.<problem>`.
        BadTransitionError: a match in this state does not go there.
        GateError: the mentee has not agreed to mentoring.
        NotFoundError: the match is not held.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.transaction(actor=actor, now=now) as work:
        match = work.get(Match, match_id)
        held = mentoring_aggregate(work, PersonId(match.person))
        alliance = directory(work)
        standing = standing_of(Outlook(aggregate=held, directory=alliance, on=day_of(held, now)), match)
        profile = _profile_of(work, match.mentor, match)
        if profile is not None:
            policy = policy_of(alliance, actor)
            states = {each.id: each.state for each in work.all(Match) if each.mentor == match.mentor}
            ready = is_ready_to_mentor(profile, on=work.today, policy=policy)
            standing = replace(standing, mentor_is_ready=ready, has_room=has_room(profile, states, match.id))
        move = Move(to=to, by=Mover.COORDINATOR, reason=reason, asked=asked or {})
        said = check_move(match.state, move, standing)
        work.audit(AuditAction.CHANGE, person=PersonId(match.person), reason="match")
        for goal, state in said.get("goals", {}).items():
            # The service writes them with the step; the figures of this laptop need not wait for it.
            work.change(Goal, UUID(goal), fields={"state": GoalState(state)})
        return work.step_match(match, step_of(work, match, move, said))


def agree_on_calls(vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId, calls: int, reason: str) -> Match:
    """Agree on one or two calls more than usual, case by case; the reason is kept in the audit.

    Raises:
        BadInputError: `match.allowance.<problem>`, or `match.allowance_reason.required`.
        NotFoundError: the match is not held.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    said = tidy_line(reason, record="match", field="allowance_reason")
    if not said:
        raise BadInputError.at("match", "allowance_reason", "required")
    with vault.transaction(actor=actor, now=now) as work:
        match = work.get(Match, match_id)
        if match.state not in RUNNING:
            raise BadTransitionError("match.bad_transition", state=match.state.value)
        if not match.allowance < calls <= MOST_ALLOWANCE:
            raise BadInputError.at("match", "allowance", "required" if not calls else "out_of_range")
        work.audit(AuditAction.CHANGE, person=PersonId(match.person), reason="allowance", detail=said)
        return work.change(Match, match_id, fields={"allowance": calls})


def what_is_told(vault: Vault, *, actor: Actor, match_id: RecordId) -> Told:
    """Return exactly what the mentor will hold once the mentee has said yes.

    Raises:
        NotFoundError: match or mentee are not held.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        match = read.get(Match, match_id)
        held = mentoring_aggregate(read, PersonId(match.person))
    if held.person is None:
        raise NotFoundError("person.not_found")
    card = match_card(held, held.person, match, card_id=match.id)
    return Told(card=card, goals=goals_of(held, match))


def step_of(work: UnitOfWork, of: Match | MatchCard, move: Move, said: Mapping[str, Any]) -> MatchEvent:
    """Return a step as it is recorded, by whoever acts, now; a mentor steps by the card."""
    return MatchEvent(
        **work.header(),
        person=PersonId(of.person),
        match=of.match if isinstance(of, MatchCard) else of.id,
        mentor=of.mentor,
        from_state=of.state,
        to_state=move.to,
        at=work.now,
        by=work.actor.user,
        reason=move.reason,
        asked=dict(said),
    )


def _must_be_new(work: UnitOfWork, kind: type[MentorProfile] | type[MenteeProfile], person_id: PersonId) -> None:
    if not work.knows(person_id):
        raise NotFoundError("person.not_found")
    if any(profile.org == work.actor.org for profile in work.of_person(kind, person_id)):
        raise BadInputError.at(kind.TYPE, "person", "duplicate")


def _profile_of(work: UnitOfWork, mentor: PersonId, match: Match) -> MentorProfile | None:
    return next((each for each in work.of_person(MentorProfile, mentor) if each.org == match.org), None)


def policy_of(alliance: Directory, actor: Actor) -> Mapping[str, int | bool | str]:
    """Return the policy of the actor's own organisation; empty where none is known."""
    own = own_organisation(alliance, actor)
    return {} if own is None else own.policy
