"""What one person adds to an organisation's figures, from their records alone (`domain.md` 10).

Facts do not depend on the day on which somebody looks: they change only when a record does, so they may be kept
beside the records and added up. What they add up to is `app.domain.impact`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.domain.aggregate import PersonAggregate
from app.domain.calls import active_since, held_calls, reached_at, stage_of, standing_sessions, waits_since
from app.domain.clocks import ages_on, london_day
from app.domain.codes import (
    AgeBand,
    ConsentKind,
    Decision,
    GoalState,
    Instrument,
    JourneyStage,
    MatchEndReason,
    MatchState,
    MenteeStatus,
    MentorKind,
    Nation,
    Outcome,
    PersonStatus,
    PulseSubject,
    ReferralState,
    SessionStatus,
)
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.ids import OrganisationId, PersonId, RecordId, SiteId
from app.domain.match import Match, MatchEvent, PulseAnswer, Session
from app.domain.match_states import BEFORE_ACTIVE, FINAL, RUNNING
from app.domain.measures import QUESTIONS, OutcomeMeasure, Pair, coping_rose, pair_of, score_of
from app.domain.mentor_checks import band_at
from app.domain.mentoring import Goal, MenteeProfile
from app.domain.person import Person, Stay
from app.domain.record import Record
from app.domain.referral import Referral, ReferralEvent

_S = ReferralState


COUNTED: tuple[type[Record], ...] = (
    Person,
    Stay,
    ConsentEvent,
    Referral,
    ReferralEvent,
    MenteeProfile,
    Goal,
    Match,
    MatchEvent,
    Session,
    PulseAnswer,
    OutcomeMeasure,
)
"""The records that facts are taken from."""


class Step(StrEnum):
    """How far somebody came, in the order of the way; a later step counts for the earlier ones. Fixed for ever."""

    MET = "met"
    ASKED = "asked"
    AGREED = "agreed"
    REFERRED = "referred"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    STARTED = "started"
    COMPLETED = "completed"
    HELPED = "helped"


STEPS = tuple(Step)
"""The way, in order."""


class Why(StrEnum):
    """Why somebody came no further, as far as the records say. Fixed for ever."""

    NOT_ASKED = "not_asked"
    REFUSED = "refused"
    LATER = "later"
    NOTHING_SENT = "nothing_sent"
    WAITING = "waiting"
    DECLINED_BY_SERVICE = "declined_by_service"
    DECLINED_BY_PERSON = "declined_by_person"
    COULD_NOT_CONTACT = "could_not_contact"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OTHER_OUTCOME = "other_outcome"
    ARRIVED = "arrived"


class Wait(StrEnum):
    """What is waited for, in whole London days. Fixed for ever."""

    YES_TO_SENT = "yes_to_sent"
    SENT_TO_RECEIVED = "sent_to_received"
    SENT_TO_DECISION = "sent_to_decision"
    ACCEPTED_TO_CONTACT = "accepted_to_contact"
    MET_TO_ACCEPTED = "met_to_accepted"
    ASKED_TO_MENTOR = "asked_to_mentor"
    APPROVED_TO_CALL = "approved_to_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFacts:
    """One match of a mentee that became active.

    Attributes:
        match: which one.
        active_on: the London day of the mentor's yes.
        ended_on: when it ended, None while it goes on.
        reason: why it ended.
        calls: how many calls were held.
        has_risen: at least three of five coping strategies rose; None unless all were answered near start and end.
        scores: before and after of every score that both the start and the end have, as `<questionnaire>|<item>`.
    """

    match: RecordId
    active_on: date
    ended_on: date | None = None
    reason: MatchEndReason | None = None
    calls: int = 0
    has_risen: bool | None = None
    scores: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFacts:
    """What happened in one calendar month of a mentee's mentoring.

    Attributes:
        month: as 2026-03.
        held, missed_by_mentee, missed_by_mentor: calls.
        minutes: of the calls held.
        mentee_sum, mentee_answers: pulse answers of the mentee with a score, added up and counted.
        mentor_sum, mentor_answers: the same of the mentor.
    """

    month: str
    held: int = 0
    missed_by_mentee: int = 0
    missed_by_mentor: int = 0
    minutes: int = 0
    mentee_sum: int = 0
    mentee_answers: int = 0
    mentor_sum: int = 0
    mentor_answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What one person adds to the figures of one organisation.

    Attributes:
        person: who.
        met: the month of registration, empty when another organisation registered them.
        site, ward: of the newest stay.
        programme: the kind of mentoring that is wanted; None without any.
        nation, age_band, is_supported: who they are: the age on the day of registration, any communication need.
        step, why: how far they came, and why no further.
        waits: days waited, for the first of each kind.
        is_doubtful: a clock in doubt kept at least one wait out.
        asked: the month in which mentoring was begun with them, empty without any.
        is_ready: they became ready for a mentor.
        is_matched: a match became active.
        stage, stage_since: how far mentoring is; None once it is closed or without any.
        is_paused: their match is paused.
        goals, goals_met: their goals with this organisation.
        matches, months: see there.
    """

    person: PersonId
    met: str = ""
    site: SiteId | None = None
    ward: str = ""
    programme: MentorKind | None = None
    nation: Nation = Nation.UNKNOWN
    age_band: AgeBand = AgeBand.UNKNOWN
    is_supported: bool = False
    step: Step = Step.MET
    why: Why = Why.NOT_ASKED
    waits: Mapping[Wait, int] = field(default_factory=dict)
    is_doubtful: bool = False
    asked: str = ""
    is_ready: bool = False
    is_matched: bool = False
    stage: JourneyStage | None = None
    stage_since: date | None = None
    is_paused: bool = False
    goals: int = 0
    goals_met: int = 0
    matches: tuple[MatchFacts, ...] = ()
    months: tuple[MonthFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard of one person's mentoring.

    Attributes:
        sessions: the calls of all their matches.
        pulses: the answers on how those go.
        measures: the questionnaires they answered.
    """

    sessions: tuple[Session, ...] = ()
    pulses: tuple[PulseAnswer, ...] = ()
    measures: tuple[OutcomeMeasure, ...] = ()


def heard_in(records: Iterable[Record]) -> Heard:
    """Return what was heard, of any records of one person."""
    held = tuple(records)
    return Heard(
        sessions=tuple(each for each in held if isinstance(each, Session)),
        pulses=tuple(each for each in held if isinstance(each, PulseAnswer)),
        measures=tuple(each for each in held if isinstance(each, OutcomeMeasure)),
    )


def facts_of(held: PersonAggregate, *, org: OrganisationId, heard: Heard | None = None) -> PersonFacts | None:
    """Return what one person adds to the figures of `org`; None when they are not its to count.

    Counted are people whom the organisation registered and mentees whom it mentors, unless entered in error or erased.
    """
    person = held.person if held.person is not None and held.person.org == org else None
    gone = person is not None and person.status in (PersonStatus.ENTERED_IN_ERROR, PersonStatus.ERASED)
    profile = next((each for each in held.mentee_profiles if each.org == org and not each.archived), None)
    if gone or (person is None and profile is None):
        return None
    stay = max(held.stays, key=lambda each: (each.created_at, each.id), default=None)
    way = _way(held, person) if person is not None else _Way()
    known: dict[str, Any] = {}
    if person is not None:
        known = {"met": month_of(london_day(person.created_at)), "nation": person.nation, "age_band": _age_band(person)}
        known["is_supported"] = bool(person.comm_needs)
    elif profile is not None:
        known = {"nation": profile.nation, "age_band": profile.age_band}
    if profile is not None:
        known |= _mentoring(held, profile, heard or Heard(), way)
    return PersonFacts(
        person=held.person_id,
        site=stay.site if stay else None,
        ward=stay.ward if stay else "",
        step=way.step,
        why=way.why,
        waits=way.waits,
        is_doubtful=way.is_doubtful,
        **known,
    )


def month_of(day: date) -> str:
    """Return the month of a day, as 2026-03."""
    return f"{day:%Y-%m}"


# --- the way from a first meeting to help -----------------------------------------------------------------------


@dataclass(slots=True)
class _Way:
    """How far somebody came, gathered step by step."""

    step: Step = Step.MET
    why: Why = Why.NOT_ASKED
    waits: dict[Wait, int] = field(default_factory=dict)
    is_doubtful: bool = False

    def waited(self, wait: Wait, since: _Moment | None, until: _Moment | None) -> None:
        """Keep the days between two moments, unless a clock was in doubt at either."""
        if since is None or until is None:
            return
        if since.in_doubt or until.in_doubt:
            self.is_doubtful = True
            return
        self.waits[wait] = max(0, (london_day(until.at) - london_day(since.at)).days)


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    in_doubt: bool = False


_AT_STEP = (
    (Step.RECEIVED, _S.RECEIVED),
    (Step.ACCEPTED, _S.ACCEPTED),
    (Step.STARTED, _S.IN_PROGRESS),
    (Step.COMPLETED, _S.COMPLETED),
)
_DECISIONS = frozenset({_S.ACCEPTED, _S.DECLINED_BY_SERVICE, _S.COULD_NOT_CONTACT, _S.REROUTED})
_ENDED = {
    _S.DECLINED_BY_SERVICE: Why.DECLINED_BY_SERVICE,
    _S.REROUTED: Why.DECLINED_BY_SERVICE,
    _S.DECLINED_BY_PERSON: Why.DECLINED_BY_PERSON,
    _S.COULD_NOT_CONTACT: Why.COULD_NOT_CONTACT,
    _S.EXPIRED: Why.EXPIRED,
    _S.WITHDRAWN: Why.WITHDRAWN,
}
_HELPED = frozenset({Outcome.GOT_HELP, Outcome.PARTLY})


def _way(held: PersonAggregate, person: Person) -> _Way:
    way = _Way()
    registered = _Moment(person.created_at, person.clock_doubt)
    answers = _answers(held)
    first_yes = _first_yes(held, person.org)
    if answers:
        way.step, way.why = Step.ASKED, _why_no_yes(answers)
    if first_yes is not None:
        way.step, way.why = Step.AGREED, Why.NOTHING_SENT
    sent = sorted(
        (each for each in held.referrals if each.org == person.org and each.sent_at is not None and _is_real(each)),
        key=lambda each: (each.sent_at or each.created_at, each.id),
    )
    if sent:
        _along(way, held, sent, first_yes, registered)
    return way


def _along(
    way: _Way, held: PersonAggregate, sent: Sequence[Referral], first_yes: _Moment | None, registered: _Moment
) -> None:
    """Take the referrals of one person into their way; the times are those of the first that was sent.

    Why they came no further is told by the one that came furthest; of several, by the newest.
    """
    way.step = Step.REFERRED
    furthest = sent[-1]
    for referral in sent:
        reached = _furthest(held, referral)
        if STEPS.index(reached) >= STEPS.index(way.step):
            way.step, furthest = reached, referral
    way.why = _why_no_further(held, way.step, furthest)
    first = sent[0]
    steps = held.steps_of(first.referral_id)
    at_sent = _Moment(first.sent_at or first.created_at)
    accepted = _reached(steps, {_S.ACCEPTED})
    way.waited(Wait.YES_TO_SENT, first_yes, at_sent)
    way.waited(Wait.SENT_TO_RECEIVED, at_sent, _reached(steps, {_S.RECEIVED}))
    way.waited(Wait.SENT_TO_DECISION, at_sent, _reached(steps, _DECISIONS))
    way.waited(Wait.ACCEPTED_TO_CONTACT, accepted, _reached(steps, {_S.IN_PROGRESS}))
    everywhere = [_reached(held.steps_of(each.referral_id), {_S.ACCEPTED}) for each in sent]
    yeses = [each for each in everywhere if each is not None]
    way.waited(Wait.MET_TO_ACCEPTED, registered, min(yeses, key=lambda each: each.at, default=None))


def _is_real(referral: Referral) -> bool:
    return referral.state is not _S.ENTERED_IN_ERROR and not referral.archived


def _furthest(held: PersonAggregate, referral: Referral) -> Step:
    reached = Step.REFERRED
    for step, state in _AT_STEP:
        if held.has_reached(referral, state):
            reached = step
    return Step.HELPED if reached is Step.COMPLETED and _outcome(held, referral) in _HELPED else reached


def _outcome(held: PersonAggregate, referral: Referral) -> str:
    ends = [step for step in held.steps_of(referral.referral_id) if step.to_state is _S.COMPLETED]
    return str(ends[-1].asked.get("outcome", "")) if ends else ""


def _why_no_further(held: PersonAggregate, step: Step, referral: Referral) -> Why:
    if step is Step.HELPED:
        return Why.ARRIVED
    if step is Step.COMPLETED:
        return Why.OTHER_OUTCOME
    # A referral that is closed says by its step before why it went no further.
    states = [each.to_state for each in held.steps_of(referral.referral_id)] or [referral.state]
    ended = [_ENDED[state] for state in (*states, referral.state) if state in _ENDED]
    return ended[-1] if ended else Why.WAITING


def _reached(steps: Iterable[ReferralEvent], states: Collection[ReferralState]) -> _Moment | None:
    found = [each for each in steps if each.to_state in states]
    return _Moment(found[0].at, found[0].clock_doubt) if found else None


def _answers(held: PersonAggregate) -> tuple[ConsentLine, ...]:
    """Return the answers that were given, in their order; those taken back as recorded by mistake are none."""
    events = sorted(held.consent_events, key=lambda each: (each.at, each.id))
    return tuple(
        line
        for event in events
        if event.kind in (ConsentKind.ANSWER, ConsentKind.WITHDRAWAL)
        for line in event.lines
        if line.decision is not Decision.NOT_ASKED and line.line_id not in held.voided
    )


def _first_yes(held: PersonAggregate, home: OrganisationId) -> _Moment | None:
    moments = [
        _Moment(event.at, event.clock_doubt)
        for event in held.consent_events
        if any(
            line.decision is Decision.AGREED and line.org != home and line.line_id not in held.voided
            for line in event.lines
        )
    ]
    return min(moments, key=lambda each: each.at, default=None)


def _why_no_yes(answers: Sequence[ConsentLine]) -> Why:
    last = answers[-1].decision
    return Why.LATER if last in (Decision.DECIDE_LATER, Decision.NOT_ABLE_NOW) else Why.REFUSED


def _age_band(person: Person) -> AgeBand:
    """Return the age on the day of registration, where the day of birth is known whole."""
    if person.dob is None:
        return person.age_band
    youngest, oldest = ages_on(person.dob, london_day(person.created_at))
    bands = {band_at(youngest), band_at(oldest)}
    return bands.pop() if len(bands) == 1 else person.age_band


# --- mentoring ---------------------------------------------------------------------------------------------------


def _mentoring(held: PersonAggregate, profile: MenteeProfile, heard: Heard, way: _Way) -> dict[str, Any]:
    matches = [
        each for each in held.matches if each.org == profile.org and each.state is not MatchState.ENTERED_IN_ERROR
    ]
    ids = {each.id for each in matches}
    calls = [each for each in heard.sessions if each.match in ids]
    began = [_match_facts(each, held.steps_of_match(each.id), calls, heard.measures) for each in matches]
    active = tuple(each for each in began if each is not None)
    goals = [each.state for each in held.goals if each.org == profile.org and not each.archived]
    running = [each for each in matches if each.state not in FINAL]
    match = max(running, key=lambda each: (each.created_at, each.id), default=None)
    of_match = [each for each in calls if match is not None and each.match == match.id]
    steps = [step for each in matches for step in held.steps_of_match(each.id)]
    is_closed = profile.status is MenteeStatus.CLOSED
    moments = [waits_since(profile.created_at, match, steps), *(each.at for each in held_calls(of_match))]
    _waits_of_mentoring(way, profile, matches, held, calls)
    return {
        "programme": profile.wanted_kind,
        "asked": month_of(london_day(profile.created_at)),
        "is_ready": _was_ready(profile, matches, held),
        "is_matched": bool(active),
        "stage": None if is_closed else stage_of(profile.status, match, of_match, goals),
        "stage_since": None if is_closed else london_day(max(moments)),
        "is_paused": match is not None and match.state is MatchState.PAUSED,
        "goals": len(goals),
        "goals_met": sum(state is GoalState.MET for state in goals),
        "matches": active,
        "months": _months(calls, [each for each in heard.pulses if each.match in ids]),
    }


_NEEDS_READY = BEFORE_ACTIVE - {MatchState.SUGGESTED} | RUNNING | {MatchState.ENDED}
"""States that no match comes to whose mentee was not ready."""


def _was_ready(profile: MenteeProfile, matches: Iterable[Match], held: PersonAggregate) -> bool:
    """Answer whether somebody became ready for a mentor, whatever came of it: a closed profile does not say it."""
    return profile.status in (MenteeStatus.READY, MenteeStatus.MATCHED) or any(
        match.state in _NEEDS_READY or any(step.to_state in _NEEDS_READY for step in held.steps_of_match(match.id))
        for match in matches
    )


def _match_facts(
    match: Match, steps: Sequence[MatchEvent], calls: Iterable[Session], measures: Sequence[OutcomeMeasure]
) -> MatchFacts | None:
    since, ended = active_since(steps), reached_at(steps, MatchState.ENDED)
    if since is None:
        return None
    is_over = match.state is MatchState.ENDED and ended is not None
    active_on = london_day(since)
    ended_on = london_day(ended) if is_over and ended is not None else None
    pairs = [pair_of(each, measures, match=match.id, active_on=active_on, ended_on=ended_on) for each in QUESTIONS]
    coping = next(each for each in pairs if each.instrument is Instrument.COPING5)
    return MatchFacts(
        match=match.id,
        active_on=active_on,
        ended_on=ended_on,
        reason=match.end_reason if is_over else None,
        calls=len(held_calls([each for each in calls if each.match == match.id])),
        has_risen=None if coping.start is None or coping.end is None else coping_rose(coping.start, coping.end),
        scores={f"{pair.instrument}|{item}": both for pair in pairs for item, both in _both_scores(pair)},
    )


def _both_scores(pair: Pair) -> Iterable[tuple[str, tuple[int, int]]]:
    if pair.start is not None and pair.end is not None:
        before, after = score_of(pair.start), score_of(pair.end)
        for item in pair.change:
            yield item, (before[item], after[item])


def _waits_of_mentoring(
    way: _Way, profile: MenteeProfile, matches: Iterable[Match], held: PersonAggregate, calls: Collection[Session]
) -> None:
    events = [step for match in matches for step in held.steps_of_match(match.id)]
    first_yes = _first_step(events, MatchState.ACTIVE)
    if first_yes is None:
        # Who waited for a first call is one of those who were matched, so that one can be taken off the other.
        return
    way.waited(Wait.ASKED_TO_MENTOR, _Moment(profile.created_at, profile.clock_doubt), first_yes)
    approved = _first_step(events, MatchState.APPROVED)
    first_call = next(iter(held_calls(calls)), None)
    call = None if first_call is None else _Moment(first_call.at, first_call.clock_doubt)
    way.waited(Wait.APPROVED_TO_CALL, approved, call)


def _first_step(events: Iterable[MatchEvent], state: MatchState) -> _Moment | None:
    found = [each for each in events if each.to_state is state]
    first = min(found, key=lambda each: (each.at, each.id), default=None)
    return None if first is None else _Moment(first.at, first.clock_doubt)


def _months(calls: Iterable[Session], pulses: Iterable[PulseAnswer]) -> tuple[MonthFacts, ...]:
    added: dict[str, dict[str, int]] = {}

    def add(month: str, name: str, count: int = 1) -> None:
        of_month = added.setdefault(month, {})
        of_month[name] = of_month.get(name, 0) + count

    for call in standing_sessions(calls):
        month = month_of(london_day(call.at))
        match call.status:
            case SessionStatus.HELD:
                add(month, "held")
                add(month, "minutes", call.minutes or 0)
            case SessionStatus.MISSED_BY_MENTEE:
                add(month, "missed_by_mentee")
            case SessionStatus.MISSED_BY_MENTOR:
                add(month, "missed_by_mentor")
    for answer in pulses:
        if answer.score is not None and not answer.declined and not answer.archived:
            who = "mentee" if answer.about is PulseSubject.MENTEE else "mentor"
            add(month_of(answer.answered_on), f"{who}_sum", answer.score)
            add(month_of(answer.answered_on), f"{who}_answers")
    return tuple(MonthFacts(month=month, **added[month]) for month in sorted(added))
