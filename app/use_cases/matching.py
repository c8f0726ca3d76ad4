"""Whom to match with whom: the best mentors for a mentee, with every point in words, and why others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate
from app.domain.clocks import london_day
from app.domain.codes import (
    AgeBand,
    AuditAction,
    Exclusion,
    MatchEndReason,
    MatchState,
    MentorStatus,
)
from app.domain.ids import PersonId
from app.domain.match import Match, MatchEvent
from app.domain.matching import Candidate, Proposal, Scored, Side, Weights, propose, side_of
from app.domain.mentor_checks import HOLDS_A_PLACE, age_band_of, is_under_18
from app.domain.mentor_view import has_consent_of
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.domain.partners import Outlook
from app.domain.person import Person, Relationship
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, mentoring_aggregate
from app.use_cases.consents import day_of
from app.use_cases.mentoring import policy_of

_FEW = 400
"""Mentors who are ranked one by one in about 20 ms."""

_ENDED_BADLY = frozenset({MatchEndReason.NOT_A_GOOD_FIT, MatchEndReason.SAFEGUARDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One mentor as proposed: who, with the score and every point of it."""

    mentor: PersonId
    name: str
    scored: Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """The best mentors for one mentee, and how many others were left out for what."""

    mentee: PersonId
    mentee_called: str
    best: tuple[Suggestion, ...]
    left_out: Mapping[Exclusion, int]
    too_low: int
    asked: int


def suggestions(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, weights: Weights) -> Suggestions:
    """Return the five best mentors for a mentee, each point with what makes it, and why others are left out.

    Raises:
        NotFoundError: the person has no mentee profile here.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        held, wish, alliance = _mentee(read, actor, person_id)
        found, count = _proposed(read, actor, now, held=held, wish=wish, alliance=alliance, weights=weights)
        people = read.of_people(Person, [each.candidate.side.person for each in found.best])
    return Suggestions(
        mentee=person_id,
        mentee_called=held.person.called if held.person else "",
        best=tuple(
            Suggestion(mentor=each.candidate.side.person, name=_name(people, each.candidate.side.person), scored=each)
            for each in found.best
        ),
        left_out=found.left_out,
        too_low=found.too_low,
        asked=count,
    )


def suggest(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, mentor: PersonId, weights: Weights
) -> Match:
    """Choose a mentor: a match that is `suggested`, with its score as it was then.

    Raises:
        BadInputError: `match.mentor.not_permitted`: something rules this mentor out, or too little speaks for them.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.transaction(actor=actor, now=now) as work:
        held, wish, alliance = _mentee(work, actor, person_id)
        found, _ = _proposed(work, actor, now, held=held, wish=wish, alliance=alliance, weights=weights, only=mentor)
        chosen = next((each for each in found.best if each.candidate.side.person == mentor), None)
        if chosen is None:
            raise BadInputError.at("match", "mentor", "not_permitted")
        match = Match(
            **work.header(),
            person=person_id,
            state=MatchState.SUGGESTED,
            mentor=mentor,
            score=chosen.score,
            known=chosen.known,
            reasons=chosen.points,
            weights=weights.version,
            told_to_mentor=wish.told_to_mentor,
        )
        work.audit(AuditAction.CREATE, person=person_id, reason="match")
        return work.create(match)


def _mentee(read: Reader, actor: Actor, person_id: PersonId) -> tuple[PersonAggregate, MenteeProfile, Directory]:
    held = mentoring_aggregate(read, person_id)
    wish = next((profile for profile in held.mentee_profiles if profile.org == actor.org), None)
    if wish is None:
        raise NotFoundError("mentee_profile.not_found")
    return held, wish, directory(read)


def _proposed(
    read: Reader,
    actor: Actor,
    now: datetime,
    *,
    held: PersonAggregate,
    wish: MenteeProfile,
    alliance: Directory,
    weights: Weights,
    only: PersonId | None = None,
) -> tuple[Proposal, int]:
    """Return the proposal, and of how many mentors: of all, or of one that was chosen."""
    on = day_of(held, now)
    candidates = [each for each in candidates_of(read, actor) if only in (None, each.side.person)]
    mentee, policy = mentee_side(held, wish, actor, on=on), policy_of(alliance, actor)
    consent = has_consent_of(Outlook(aggregate=held, directory=alliance, on=on), actor.org)
    if len(candidates) <= _FEW:
        found = propose(wish, mentee, candidates, weights=weights, consent=consent, on=on, policy=policy)
        return found, len(candidates)
    # The same answer, held by a test; loading arrays takes 160 ms (measured), and pays for itself beyond a few.
    from app.domain.roster import Roster  # noqa: PLC0415

    found = Roster(candidates, on=on, policy=policy).rank(wish, mentee, weights=weights, consent=consent)
    return found, len(candidates)


def candidates_of(read: Reader, actor: Actor) -> list[Candidate]:
    """Return every mentor of the own organisation who has not left, as matching takes them."""
    profiles = [each for each in read.all(MentorProfile) if each.org == actor.org and not each.archived]
    mentors = [profile.person for profile in profiles]
    people = {person_id: found[0] for person_id, found in read.of_people(Person, mentors).items()}
    matches = [each for each in read.all(Match) if each.org == actor.org]
    ended = {event.match: event.at for event in read.all(MatchEvent) if event.to_state is MatchState.ENDED}
    known = _known_people(each for found in read.of_people(Relationship, mentors).values() for each in found)
    found = []
    for profile in profiles:
        if profile.status is MentorStatus.LEFT:
            continue
        own = [match for match in matches if match.mentor == profile.person]
        taken = sum(match.state in HOLDS_A_PLACE for match in own)
        last = max((ended[match.id] for match in own if match.id in ended), default=profile.created_at)
        bad = frozenset(PersonId(match.person) for match in own if match.end_reason in _ENDED_BADLY)
        found.append(
            Candidate(
                profile=profile,
                side=_side(profile, people.get(PersonId(profile.person)), known),
                free_places=profile.max_matches - taken,
                free_since=london_day(last),
                ended_badly_with=bad,
            )
        )
    return found


def mentee_side(held: PersonAggregate, wish: MenteeProfile, actor: Actor, *, on: date) -> Side:
    """Return what is compared of a mentee on a day; who may be under 18 by the day of birth counts as such."""
    side = _side(wish, held.person, _known_people(held.relationships))
    areas = frozenset(goal.area for goal in held.goals if goal.org == actor.org and not goal.archived)
    return replace(side, goal_areas=areas, age_band=_age(wish, held.person, on))


def _age(wish: MenteeProfile, person: Person | None, on: date) -> AgeBand:
    if person is None:
        return wish.age_band
    told = wish.age_band if wish.age_band is not AgeBand.UNKNOWN else person.age_band
    by_birth = AgeBand.UNKNOWN if person.dob is None else age_band_of(person.dob, on)
    return by_birth if told is AgeBand.UNKNOWN or is_under_18(by_birth) else told


def _side(
    profile: MentorProfile | MenteeProfile, person: Person | None, known: Mapping[PersonId, frozenset[PersonId]]
) -> Side:
    about: dict[str, Any] = {"known_people": known.get(PersonId(profile.person), frozenset())}
    if person is not None:
        about["household"] = (person.postcode or "").replace(" ", "").casefold()
        about["see_lead"] = person.see_lead
    return side_of(profile, **about)


def _known_people(relationships: Iterable[Relationship]) -> dict[PersonId, frozenset[PersonId]]:
    found: dict[PersonId, set[PersonId]] = {}
    for each in relationships:
        found.setdefault(PersonId(each.person), set()).add(each.other_person)
    return {person: frozenset(others) for person, others in found.items()}


def _name(people: Mapping[UUID, list[Person]], person_id: PersonId) -> str:
    found = people.get(person_id)
    return found[0].full_name if found else ""
