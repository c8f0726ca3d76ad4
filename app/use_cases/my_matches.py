"""A volunteer's own matches: who, which call is next, and the log of a call in under a minute.

A volunteer's laptop holds match cards and nothing else of anybody. A coordinator, who writes down the calls of a
volunteer without a laptop, sees the same card, made from the match.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.calls import (
    held_calls,
    is_too_early,
    next_call_number,
    standing_sessions,
)
from app.domain.checks import tidy_line
from app.domain.codes import (
    AuditAction,
    CorrectionReason,
    MatchParty,
    MatchState,
    MentorStatus,
    SessionChannel,
    SessionStatus,
    Topic,
)
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match, MatchCard, Session
from app.domain.match_states import Move, Mover, Standing, check_move
from app.domain.mentor_checks import is_under_18, may_become_active
from app.domain.mentor_view import match_card
from app.domain.mentoring import LONGEST_STEP, Goal, MentorProfile
from app.domain.person import Person
from app.errors import BadInputError, BadTransitionError, NotFoundError
from app.storage import lists
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import mentoring_aggregate
from app.use_cases.matching import mentee_side
from app.use_cases.mentoring import step_of
from app.use_cases.pair_sides import name_of

_CAN_BE_LOGGED = frozenset({MatchState.MENTEE_AGREED, MatchState.ACTIVE, MatchState.PAUSED, MatchState.ENDED})
DEFAULT_MINUTES = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """One match as its mentor sees it.

    Attributes:
        card: what is told.
        goals: the mentee's, oldest first.
        sessions: calls as they stand after corrections, newest first.
        before: what stood there before a correction, by the id of the call that takes its place.
        next_call: which call the next one is.
        held: how many were held.
        last_held: when the last one was; None before the first.
        is_only_here: something of it is only on this laptop.
        is_young: the mentee is under 18, as a coordinator's laptop knows; a card does not tell the age.
    """

    card: MatchCard
    goals: tuple[Goal, ...]
    sessions: tuple[Session, ...]
    before: Mapping[RecordId, Session]
    next_call: int
    held: int
    last_held: datetime | None
    is_only_here: bool
    is_young: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MyMatches:
    """Everything a volunteer sees after signing in: matches that wait for an answer first, then those that run.

    Attributes:
        matches: one for each mentee.
        is_paused: the volunteer is taking a break.
        may_pause: the volunteer mentors, and may take one.
    """

    matches: tuple[MatchView, ...]
    is_paused: bool
    may_pause: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """A call as the form holds it; no field is typed.

    Attributes:
        status: held, missed or moved.
        at: when.
        minutes: how long, for a call that was held.
        channel: how.
        topics: what was talked about.
        goal: the goal that was touched.
        call_me_back, referral_wanted, follow_up: what the mentor wants.
        mood_before, mood_after, mentor_view: 1 to 5.
        amends: the call that this one corrects.
        amends_because: why it is corrected.
    """

    status: SessionStatus = SessionStatus.HELD
    at: datetime
    minutes: int | None = DEFAULT_MINUTES
    channel: SessionChannel = SessionChannel.PHONE
    topics: frozenset[Topic] = frozenset()
    goal: RecordId | None = None
    mood_before: int | None = None
    mood_after: int | None = None
    mentor_view: int | None = None
    follow_up: bool = False
    referral_wanted: bool = False
    call_me_back: bool = False
    amends: RecordId | None = None
    amends_because: CorrectionReason | None = None


def my_matches(vault: Vault) -> MyMatches:
    """Return the matches of the volunteer whose laptop this is."""
    with vault.reading() as read:
        cards = read.all(MatchCard)
        profiles = read.all(MentorProfile)
        views = [_view(read, card) for card in cards]
    views.sort(key=lambda view: (_ORDER.get(view.card.state, len(_ORDER)), view.card.created_at, view.card.id))
    return MyMatches(
        matches=tuple(views),
        is_paused=any(profile.status is MentorStatus.PAUSED for profile in profiles),
        may_pause=any(profile.status is MentorStatus.ACTIVE for profile in profiles),
    )


def open_match(vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId) -> MatchView:
    """Open one match; the look is kept in the audit, once in ten minutes.

    Raises:
        NotFoundError: this laptop holds no such match.
    """
    with vault.transaction(actor=actor, now=now) as work:
        card = _card(work, match_id, actor)
        work.audit(AuditAction.OPEN_PERSON, person=PersonId(card.person))
        return replace(_view(work, card), is_young=_is_young(work, card, actor))


def match_view(vault: Vault, *, actor: Actor, match_id: RecordId) -> MatchView:
    """Return one match for a page on which its person was opened already.

    Raises:
        NotFoundError: this laptop holds no such match.
    """
    with vault.reading() as read:
        return _view(read, _card(read, match_id, actor))


def which_call(vault: Vault, record_id: RecordId) -> tuple[RecordId, RecordId | None]:
    """Return a match and the call of it to correct, from the id of either or of the card: all that outlives a lock."""
    with vault.reading() as read:
        session, card = read.find(Session, record_id), read.find(MatchCard, record_id)
    if session is not None:
        return session.match, session.id
    return (record_id if card is None else card.match), None


def answer_match(
    vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId, says_yes: bool, reason: str = "", words: str = ""
) -> MatchCard:
    """Say the mentor's yes or no; the service counts the places, and asks a coordinator when there is none.

    Raises:
        BadInputError: a no needs its reason.
        BadTransitionError: the match waits for no answer any more.
        NotFoundError: this laptop holds no such match.
    """
    access.require(actor.roles, Action.ANSWER_MATCH)
    with vault.transaction(actor=actor, now=now) as work:
        card = _held_card(work, match_id)
        if card is None:
            raise NotFoundError("match.not_found")
        asked: dict[str, Any] = {} if says_yes else {"by_whom": MatchParty.MENTOR.value, "reason_text": words}
        move = Move(
            to=MatchState.ACTIVE if says_yes else MatchState.DECLINED, by=Mover.MENTOR, reason=reason, asked=asked
        )
        said = check_move(card.state, move, Standing())
        work.audit(AuditAction.CHANGE, person=PersonId(card.person), reason="match")
        return work.answer_card(card, step_of(work, card, move, said))


def defaults_for(view: MatchView, now: datetime) -> SessionForm:
    """Return the form as it starts: now, and the way and length of the last call, shown as such."""
    last = next(iter(view.sessions), None)
    moment = now.replace(second=0, microsecond=0)
    if last is None:
        return SessionForm(at=moment)
    return SessionForm(at=moment, minutes=last.minutes or DEFAULT_MINUTES, channel=last.channel)


def log_session(vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId, form: SessionForm) -> Session:
    """Write down a call; an eleventh is saved like any other, and a correction is a call of its own that `amends`.

    Raises:
        BadInputError: `session.<field>.<problem>`: the future, a call at the same time, no length, a correction
            without a reason.
        NotFoundError: this laptop holds no such match.
    """
    access.require(actor.roles, Action.LOG_SESSION)
    with vault.transaction(actor=actor, now=now) as work:
        card = _card(work, match_id, actor)
        if card.state not in _CAN_BE_LOGGED:
            raise BadInputError.at("session", "match", "not_permitted")
        if is_too_early(form.status, form.at, now):
            raise BadInputError.at("session", "at", "in_future")
        if form.goal is not None and not any(goal.id == form.goal for goal in _goals(work, card)):
            raise BadInputError.at("session", "goal", "not_permitted")
        earlier = _sessions(work, card)
        if form.amends is not None and not any(each.id == form.amends for each in earlier):
            raise BadInputError.at("session", "amends", "not_permitted")
        if form.amends is not None and form.amends_because is None:
            raise BadInputError.at("session", "amends_because", "required")
        _refuse_overlap(form, earlier)
        session = _session(work.header(), card, form)
        work.append(session)
        work.audit(AuditAction.CREATE, person=PersonId(card.person), reason="session")
        work.drop_draft("session_log", form.amends or card.id)
        return session


def change_goal(
    vault: Vault, *, actor: Actor, now: datetime, goal_id: RecordId, fields: Mapping[str, Any], step: str = ""
) -> Goal:
    """Say how far a goal is, and what the next step towards it is.

    Raises:
        BadInputError: `goal.<field>.<problem>`; a goal has at most six steps (`goal.steps.too_long`).
        NotFoundError: this laptop holds no such goal.
    """
    access.require(actor.roles, Action.WRITE_GOAL)
    with vault.transaction(actor=actor, now=now) as work:
        said = tidy_line(step, record="goal", field="steps")
        if len(said) > LONGEST_STEP:
            raise BadInputError.at("goal", "steps", "out_of_range")
        goal = work.change(Goal, goal_id, fields=fields, add={"steps": {said}} if said else None)
        work.audit(AuditAction.CHANGE, person=PersonId(goal.person), reason="goal")
        return goal


def pause_mentoring(vault: Vault, *, actor: Actor, now: datetime, pause: bool) -> MentorProfile:
    """Take a break, or go on: no new match is proposed meanwhile; matches that run go on.

    Raises:
        BadInputError: `mentor_profile.<field>.<problem>`: to go on, the volunteer lacks what a mentor needs.
        BadTransitionError: who never mentored takes no break.
        NotFoundError: this laptop holds no profile.
    """
    access.require(actor.roles, Action.EDIT_OWN_PROFILE)
    with vault.transaction(actor=actor, now=now) as work:
        profile = next(iter(work.all(MentorProfile)), None)
        if profile is None:
            raise NotFoundError("mentor_profile.not_found")
        if pause:
            return work.move(MentorProfile, profile.id, "status", MentorStatus.PAUSED)
        if profile.status not in (MentorStatus.ACTIVE, MentorStatus.PAUSED):
            # The end of the training is a coordinator's to say; the service refuses it from anybody else.
            raise BadTransitionError("mentor_profile.bad_transition", state=profile.status.value)
        may_become_active(profile, on=work.today)
        return work.move(MentorProfile, profile.id, "status", MentorStatus.ACTIVE)


_ORDER = {MatchState.MENTEE_AGREED: 0, MatchState.ACTIVE: 1, MatchState.PAUSED: 2, MatchState.ENDED: 3}


def _held_card(read: Reader, match_id: RecordId) -> MatchCard | None:
    return next((each for each in read.all(MatchCard) if each.match == match_id), None)


def _card(read: Reader, match_id: RecordId, actor: Actor) -> MatchCard:
    """Return the card of a match; where the match itself is held, made as the service would make it."""
    card = _held_card(read, match_id)
    if card is not None:
        return card
    match = read.find(Match, match_id)
    if match is None or match.org != actor.org or access.permitted(actor.roles, Action.LOG_SESSION) is None:
        raise NotFoundError("match.not_found")
    held = mentoring_aggregate(read, PersonId(match.person))
    person = held.person or _shown_person(read, match)
    return match_card(held, person, match, card_id=match.id)


def _shown_person(read: Reader, match: Match) -> Person:
    """Return of somebody whom another charity registered what that charity shows: what they are called."""
    header = {name: getattr(match, name) for name in ("org", "created_at", "created_by", "created_role", "device")}
    return Person(**header, id=RecordId(match.person), known_as=name_of(read, PersonId(match.person)))


def _view(read: Reader, card: MatchCard) -> MatchView:
    written = _written(read, card)
    sessions = standing_sessions(written)
    held, by_id = held_calls(sessions), {each.id: each for each in written}
    return MatchView(
        card=card,
        goals=_goals(read, card),
        sessions=tuple(reversed(sessions)),
        before={each.id: by_id[each.amends] for each in sessions if each.amends is not None and each.amends in by_id},
        next_call=next_call_number(sessions),
        held=len(held),
        last_held=held[-1].at if held else None,
        is_only_here=lists.person_standing(read.connection, PersonId(card.person)) is not lists.Standing.RECEIVED,
    )


def _is_young(work: UnitOfWork, card: MatchCard, actor: Actor) -> bool:
    held = mentoring_aggregate(work, PersonId(card.person))
    wish = next((profile for profile in held.mentee_profiles if profile.org == actor.org), None)
    return wish is not None and is_under_18(mentee_side(held, wish, actor, on=work.today).age_band)


def _written(read: Reader, card: MatchCard) -> list[Session]:
    return [session for session in read.of_person(Session, PersonId(card.person)) if session.match == card.match]


def _sessions(read: Reader, card: MatchCard) -> tuple[Session, ...]:
    return standing_sessions(_written(read, card))


def _goals(read: Reader, card: MatchCard) -> tuple[Goal, ...]:
    goals = read.of_person(Goal, PersonId(card.person))
    return tuple(goal for goal in goals if goal.org == card.org and not goal.archived)


def _refuse_overlap(form: SessionForm, earlier: tuple[Session, ...]) -> None:
    """Refuse a call that was held while another was: one of the two has a wrong time."""
    if form.status is not SessionStatus.HELD:
        return
    ends = form.at + timedelta(minutes=form.minutes or 0)
    for each in held_calls(earlier):
        if each.id != form.amends and form.at < each.at + timedelta(minutes=each.minutes or 0) and each.at < ends:
            raise BadInputError.at("session", "at", "duplicate")


def _session(header: Mapping[str, Any], card: MatchCard, form: SessionForm) -> Session:
    is_held = form.status is SessionStatus.HELD
    return Session(
        **header,
        person=PersonId(card.person),
        match=card.match,
        status=form.status,
        at=form.at,
        minutes=form.minutes if is_held else None,
        channel=form.channel,
        topics=form.topics if is_held else frozenset(),
        goal=form.goal if is_held else None,
        mood_before=form.mood_before if is_held else None,
        mood_after=form.mood_after if is_held else None,
        mentor_view=form.mentor_view,
        follow_up=form.follow_up,
        referral_wanted=form.referral_wanted,
        call_me_back=form.call_me_back,
        amends=form.amends,
        amends_because=form.amends_because if form.amends is not None else None,
    )
