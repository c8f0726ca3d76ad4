"""A mentoring programme at a glance: every mentee with the stage, the mentor and what holds them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.calls import journey_of, stage_of, waits_since
from app.domain.codes import JourneyStage, MatchState, MenteeStatus
from app.domain.ids import PersonId
from app.domain.match import Match, MatchEvent, Session
from app.domain.match_states import FINAL
from app.domain.matching import Weights
from app.domain.mentoring import Goal, MenteeProfile
from app.domain.person import Person
from app.domain.policy import PolicyKey, policy_value
from app.errors import NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory
from app.use_cases.matching import Suggestions, suggestions
from app.use_cases.mentoring import Told, policy_of, what_is_told
from app.use_cases.pair_sides import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteeRow:
    """One mentee: who, how far, since when, with whom."""

    person_id: PersonId
    name: str
    called: str
    status: MenteeStatus
    stage: JourneyStage
    since: datetime | None
    is_stuck: bool
    mentor: str
    match: Match | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingView:
    """What a coordinator decides by for one mentee.

    Attributes:
        row: the mentee and the open match, if there is one; None before mentoring was begun with them.
        name: who it is about.
        profile: what is known of what they want; None before mentoring was begun.
        goals: what the mentee wants.
        proposed: the best mentors, while the mentee is ready and has no open match.
        told: what the mentor would be told, once a match is open; None of whom another charity registered, for
            then the service makes it of what that charity keeps.
    """

    row: MenteeRow | None
    name: str
    profile: MenteeProfile | None
    goals: tuple[Goal, ...]
    proposed: Suggestions | None
    told: Told | None


def mentees(vault: Vault, *, actor: Actor, now: datetime) -> tuple[MenteeRow, ...]:
    """Return every mentee of the own organisation, stuck ones first, then by how long they are in their stage."""
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        profiles = [each for each in read.all(MenteeProfile) if each.org == actor.org and not each.archived]
        rows = _rows(read, actor, now, profiles)
    never = datetime.max.replace(tzinfo=now.tzinfo)
    return tuple(sorted(rows, key=lambda row: (not row.is_stuck, row.since or never, row.person_id)))


def matching_view(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, weights: Weights) -> MatchingView:
    """Return one mentee with what is to be decided next.

    Raises:
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        person = read.find(Person, person_id)
        profiles = [each for each in read.of_person(MenteeProfile, person_id) if each.org == actor.org]
        if person is None and not profiles:
            raise NotFoundError("person.not_found")
        name = name_of(read, person_id)
        row = next(iter(_rows(read, actor, now, profiles[:1])), None)
        goals = tuple(goal for goal in read.of_person(Goal, person_id) if goal.org == actor.org and not goal.archived)
    wants_mentor = row is not None and row.match is None and row.status is MenteeStatus.READY
    return MatchingView(
        row=row,
        name=name,
        profile=profiles[0] if profiles else None,
        goals=goals,
        proposed=suggestions(vault, actor=actor, now=now, person_id=person_id, weights=weights)
        if wants_mentor
        else None,
        told=what_is_told(vault, actor=actor, match_id=row.match.id) if row and row.match and person else None,
    )


def _rows(read: Reader, actor: Actor, now: datetime, profiles: Iterable[MenteeProfile]) -> list[MenteeRow]:
    listed = list(profiles)
    who = [profile.person for profile in listed]
    people = read.of_people(Person, who)
    matches, events = read.of_people(Match, who), read.of_people(MatchEvent, who)
    sessions, goals = read.of_people(Session, who), read.of_people(Goal, who)
    stuck_days = policy_value(policy_of(directory(read), actor), PolicyKey.STUCK_DAYS)
    mentors = read.of_people(Person, {match.mentor for found in matches.values() for match in found})
    rows = []
    for profile in listed:
        own = _own(matches.get(profile.person, []), actor)
        match = _open_match(own)
        calls = [each for each in sessions.get(profile.person, []) if match is not None and each.match == match.id]
        ids = {each.id for each in own}
        steps = [each for each in events.get(profile.person, []) if each.match in ids]
        stage = stage_of(profile.status, match, calls, [goal.state for goal in goals.get(profile.person, [])])
        journey = journey_of(
            stage,
            since=waits_since(profile.created_at, match, steps),
            sessions=calls,
            is_paused=match is not None and match.state is MatchState.PAUSED,
            now=now,
            stuck_days=stuck_days,
        )
        person = next(iter(people.get(profile.person, [])), None)
        mentor = None if match is None else next(iter(mentors.get(match.mentor, [])), None)
        rows.append(
            MenteeRow(
                person_id=PersonId(profile.person),
                name=person.full_name if person else name_of(read, PersonId(profile.person)),
                called=person.called if person else name_of(read, PersonId(profile.person)),
                status=profile.status,
                stage=stage,
                since=journey.since,
                is_stuck=journey.is_stuck and profile.status is not MenteeStatus.CLOSED,
                mentor=mentor.full_name if mentor else "",
                match=match,
            )
        )
    return rows


def _own(matches: Iterable[Match], actor: Actor) -> list[Match]:
    return [each for each in matches if each.org == actor.org and each.state is not MatchState.ENTERED_IN_ERROR]


def _open_match(matches: Iterable[Match]) -> Match | None:
    running = [match for match in matches if match.state not in FINAL]
    return max(running, key=lambda match: (match.created_at, match.id), default=None)
