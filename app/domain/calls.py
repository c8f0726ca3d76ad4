"""Calls, stages and pulses of a match: which call this is, how far it came, when to ask (`domain.md` 7.4, 7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.domain.clocks import london_day
from app.domain.codes import (
    GoalState,
    JourneyStage,
    MatchEndReason,
    MatchState,
    MenteeStatus,
    SessionStatus,
)
from app.domain.match import Match, MatchCard, MatchEvent, PulseAnswer, Session
from app.domain.policy import POLICY, PolicyKey

FIRST_CALL_DAYS = 14
"""Days from approval to the first call."""

CALLS_LEFT_AT_THE_END = 2
"""From so many calls left on, a match is moving on."""

LATEST_AHEAD = timedelta(minutes=15)
"""How far ahead the moment of a call that was held may lie: clocks differ."""

LONG_CALL = 60
"""Minutes from which a call is longer than agreed: said, and saved all the same."""

REFERRAL_WANTED = "referral_wanted"
"""The rule of a task: in a call somebody said that they would like help with something else."""

TARGET_QUALITY = Decimal("4.00")
"""The quality score to reach [helphub.mentorloop.com]."""

NO_LAST_PULSE = frozenset({MatchEndReason.CONSENT_WITHDRAWN, MatchEndReason.SAFEGUARDING, MatchEndReason.DIED})
"""End reasons after which nobody is asked how it went."""

_LOW = 2


def standing_sessions(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Return the sessions as they stand after corrections, by moment and then id, so that two laptops agree."""
    held = {session.id: session for session in sessions if not session.archived}
    amended = {session.amends for session in held.values() if session.amends is not None}
    return tuple(sorted((each for each in held.values() if each.id not in amended), key=_order))


def held_calls(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Return the calls that count: only those that were held."""
    return tuple(session for session in standing_sessions(sessions) if session.status is SessionStatus.HELD)


def call_number(session: Session, sessions: Iterable[Session]) -> int:
    """Return the place of a held call among the others, from 1; for any other, of the next one held."""
    earlier = sum(_order(each) < _order(session) and each.id != session.id for each in held_calls(sessions))
    return earlier + 1


def next_call_number(sessions: Iterable[Session]) -> int:
    """Return which call the next one is, from 1."""
    return len(held_calls(sessions)) + 1


def is_over_allowance(match_allowance: int, sessions: Iterable[Session]) -> bool:
    """Answer whether more calls were held than agreed: saved all the same, and a coordinator is told."""
    return len(held_calls(sessions)) > match_allowance


def is_too_early(status: SessionStatus, at: datetime, now: datetime) -> bool:
    """Answer whether a call is said to have been while it is still to come."""
    return status is not SessionStatus.PLANNED and at > now + LATEST_AHEAD


def first_call_due(events: Iterable[MatchEvent]) -> date | None:
    """Return the day by which the first call should have been: 14 days after approval."""
    approved = [event.at for event in events if event.to_state is MatchState.APPROVED]
    return london_day(min(approved)) + timedelta(days=FIRST_CALL_DAYS) if approved else None


def reached_at(events: Iterable[MatchEvent], *states: MatchState) -> datetime | None:
    """Return when a match last reached one of some states; None when it never did."""
    return max((event.at for event in events if event.to_state in states), default=None)


def active_since(events: Iterable[MatchEvent]) -> datetime | None:
    """Return when the mentor said yes."""
    said = [event.at for event in events if event.to_state is MatchState.ACTIVE]
    return min(said, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Where one mentee's journey stands.

    Attributes:
        stage: how far it is.
        since: when it entered this stage, or when a call was last held in it; None when not known.
        is_stuck: nothing has happened for longer than it may.
    """

    stage: JourneyStage
    since: datetime | None
    is_stuck: bool


def stage_of(
    status: MenteeStatus, match: Match | None, sessions: Sequence[Session], goals: Iterable[GoalState]
) -> JourneyStage:
    """Return how far a mentee's journey is.

    Args:
        status: the mentee's.
        match: the one that is open, None when there is none.
        sessions: its calls.
        goals: the states of the mentee's goals.
    """
    if match is None or match.state in (MatchState.SUGGESTED, MatchState.APPROVED, MatchState.MENTEE_AGREED):
        is_begun = status in (MenteeStatus.READY, MenteeStatus.MATCHED) or match is not None
        return JourneyStage.MATCHING if is_begun else JourneyStage.GETTING_STARTED
    held, wanted = len(held_calls(sessions)), tuple(goals)
    met_all = bool(wanted) and all(state is GoalState.MET for state in wanted)
    if held and (held >= match.allowance - CALLS_LEFT_AT_THE_END or met_all):
        return JourneyStage.MOVING_ON
    return JourneyStage.GROWING if held else JourneyStage.FIRST_MEETING


def waits_since(began: datetime, match: Match | None, events: Iterable[MatchEvent]) -> datetime:
    """Return since when a mentee is where they are, but for calls held since.

    Args:
        began: when mentoring was begun with them.
        match: the one that is open. Without one they wait from the newest step of any match they had.
        events: the steps of their matches with this organisation, but for those entered in error.
    """
    return max([began, *(event.at for event in events if match is None or event.match == match.id)])


def journey_of(
    stage: JourneyStage,
    *,
    since: datetime | None,
    sessions: Iterable[Session] = (),
    is_paused: bool = False,
    now: datetime,
    stuck_days: int = POLICY[PolicyKey.STUCK_DAYS].default,
) -> Journey:
    """Return a journey, and whether it is stuck: so many days in one stage without a call held; a pause never is."""
    moments = [session.at for session in held_calls(sessions)]
    last = max((moment for moment in [since, *moments] if moment is not None), default=None)
    days = 0 if last is None else (london_day(now) - london_day(last)).days
    return Journey(stage=stage, since=last, is_stuck=not is_paused and days >= stuck_days)


def pulse_days(
    active_on: date,
    until: date,
    *,
    first: int = POLICY[PolicyKey.PULSE_FIRST_DAYS].default,
    every: int = POLICY[PolicyKey.PULSE_EVERY_DAYS].default,
) -> Iterator[date]:
    """Yield the days on which a pulse is due, up to a day: day 30, then every 60."""
    day = active_on + timedelta(days=first)
    while day <= until:
        yield day
        day += timedelta(days=every)


def pulse_due(match: Match, events: Sequence[MatchEvent], answers: Iterable[PulseAnswer], *, on: date) -> date | None:
    """Return the pulse day that waits for an answer of one party; None when none does.

    A running match waits for the newest day that came; an ended one for its last, but not after the end reasons of
    which nobody is asked. A paused one waits for nothing.
    """
    return _pulse_due(match.state, active_since(events), last_pulse_on(match, events), answers, on=on)


def last_pulse_on(match: Match, events: Iterable[MatchEvent]) -> date | None:
    """Return the day of the last pulse of a match that ended; None while it runs, and where nobody is asked."""
    ended = reached_at(events, MatchState.ENDED)
    is_asked = match.state is MatchState.ENDED and match.end_reason not in NO_LAST_PULSE
    return london_day(ended) if is_asked and ended is not None else None


def mentors_pulse_due(card: MatchCard, answers: Iterable[PulseAnswer], *, on: date) -> date | None:
    """Return the pulse day that waits for the mentor's answer, from what their laptop holds; None when none does."""
    return _pulse_due(card.state, card.active_since, card.last_pulse_on, answers, on=on)


def _pulse_due(
    state: MatchState, since: datetime | None, last: date | None, answers: Iterable[PulseAnswer], *, on: date
) -> date | None:
    answered = max((answer.answered_on for answer in answers), default=date.min)
    if since is None:
        return None
    if state is MatchState.ENDED:
        return last if last is not None and answered < last else None
    if state is not MatchState.ACTIVE:
        return None
    due = max(pulse_days(london_day(since), on), default=None)
    return due if due is not None and answered < due else None


def quality_score(answers: Iterable[PulseAnswer]) -> Decimal | None:
    """Return the mean of the scores with two decimals, half up; `declined` is left out, None when nobody answered."""
    scores = [answer.score for answer in answers if answer.score is not None and not answer.declined]
    if not scores:
        return None
    return (Decimal(sum(scores)) / len(scores)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def is_low(answer: PulseAnswer) -> bool:
    """Answer whether somebody should ring: a 1, a 2, or a wish for contact."""
    return answer.wants_contact or (answer.score is not None and answer.score <= _LOW)


def _order(session: Session) -> tuple[datetime, bytes]:
    return session.at, session.id.bytes
