"""Asking how mentoring goes: who is due, the answer as it was given, and how a programme does over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.calls import mentors_pulse_due, pulse_due, quality_score
from app.domain.checks import tidy_line, tidy_text
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, MatchState, PulseSubject, Role
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match, MatchCard, MatchEvent, PulseAnswer
from app.domain.partners import Outlook
from app.domain.person import Person
from app.domain.pulses import REMIND_AFTER, latest_answer, lowest_first, may_be_asked, trend
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, mentoring_aggregate
from app.use_cases.consents import day_of
from app.use_cases.names import names_of
from app.use_cases.pair_sides import name_of

_BEGUN = frozenset({MatchState.ACTIVE, MatchState.PAUSED, MatchState.ENDED})

LOW_MOST = 10
"""Low answers shown at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseForm:
    """An answer as the page holds it.

    Attributes:
        score: 1 to 5; None for somebody who would rather not say.
        answered_on: the day it was given.
        was_read_aloud: somebody read the question and the faces to them.
        comment: what they said, if anything.
        wants_contact: they would like to be rung.
    """

    score: int | None
    answered_on: date
    was_read_aloud: bool = False
    comment: str = ""
    wants_contact: bool = False

    @property
    def declined(self) -> bool:
        """Whether nothing was chosen, on purpose."""
        return self.score is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseView:
    """One party of one match, about to be asked.

    Attributes:
        match: which match.
        person_id: the mentee.
        about: whose answer it is.
        name: who is asked.
        due_on: the day that waits for an answer; None when none does.
        may_ask: false after a death, and once the consent it rests on is gone.
        last: what was said last.
    """

    match: RecordId
    person_id: PersonId
    about: PulseSubject
    name: str
    due_on: date | None
    may_ask: bool
    last: PulseAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePulse:
    """A pulse that waits: of whom, since when."""

    match: RecordId
    person_id: PersonId
    due_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LowAnswer:
    """One answer in the list that begins with the lowest."""

    person_id: PersonId
    name: str
    about: PulseSubject
    score: int
    answered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How a programme does by what people said of it.

    Attributes:
        both, mentees, mentors: the quality scores; None where nobody answered.
        months: the score of each month, by its first day, oldest first.
        low: answers below 4, the lowest first.
        answers: how many answers have a score.
    """

    both: Decimal | None
    mentees: Decimal | None
    mentors: Decimal | None
    months: Mapping[date, Decimal]
    low: tuple[LowAnswer, ...]
    answers: int


def pulse_view(vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId, about: PulseSubject) -> PulseView:
    """Return what is asked of one party of a match.

    Raises:
        NotFoundError: this laptop holds no such match.
    """
    access.require(actor.roles, Action.ANSWER_PULSE)
    with vault.reading() as read:
        return _view(read, actor, now, match_id, about)


def answer_pulse(
    vault: Vault, *, actor: Actor, now: datetime, match_id: RecordId, about: PulseSubject, form: PulseForm
) -> PulseAnswer:
    """Keep an answer; it counts on the day it was given, whenever it is sent.

    Raises:
        BadInputError: `pulse_answer.<field>.<problem>`; `pulse_answer.match.not_permitted` where nobody may be asked.
        NotFoundError: this laptop holds no such match.
    """
    access.require(actor.roles, Action.ANSWER_PULSE)
    with vault.transaction(actor=actor, now=now) as work:
        view = _view(work, actor, now, match_id, about)
        if not view.may_ask:
            raise BadInputError.at("pulse_answer", "match", "not_permitted")
        answer = PulseAnswer(
            **work.header(),
            person=view.person_id,
            match=match_id,
            about=about,
            score=form.score,
            declined=form.declined,
            answered_on=form.answered_on,
            read_aloud_by=tidy_line(actor.shown_name, record="pulse_answer", field="read_aloud_by")
            if form.was_read_aloud
            else "",
            comment=tidy_text(form.comment, record="pulse_answer", field="comment"),
            wants_contact=form.wants_contact,
        )
        work.audit(AuditAction.CREATE, person=view.person_id, reason="pulse_answer")
        return work.append(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one match goes, as its coordinator sees it: what each of the two said last, and what waits."""

    match: Match
    mentee: PulseView
    mentor: PulseView


def course(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> Course | None:
    """Return how the newest match of a mentee goes, also once it ended; None before one began."""
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        begun = [each for each in read.of_person(Match, person_id) if each.org == actor.org and each.state in _BEGUN]
        match = max(
            begun, key=lambda each: (each.state is not MatchState.ENDED, each.created_at, each.id), default=None
        )
        if match is None:
            return None
        mentee, mentor = (_view(read, actor, now, match.id, about) for about in PulseSubject)
    return Course(match=match, mentee=mentee, mentor=mentor)


def due_pulses(read: Reader, *, actor: Actor, now: datetime) -> tuple[DuePulse, ...]:
    """Return the mentees of the own programme who are to be asked now, the longest due first."""
    on = london_day(now)
    matches = [match for match in read.all(Match) if match.org == actor.org and match.state in _BEGUN]
    people = [match.person for match in matches]
    events, answers = read.of_people(MatchEvent, people), read.of_people(PulseAnswer, people)
    alliance = directory(read)
    found = []
    for match in matches:
        steps = [event for event in events.get(match.person, []) if event.match == match.id]
        due = pulse_due(match, steps, _of(answers.get(match.person, []), match.id, PulseSubject.MENTEE), on=on)
        # Consent and death are looked at last: of nearly every match nothing is due.
        if due is not None and _may_ask(read, alliance, match, now):
            overdue = on >= due + REMIND_AFTER
            found.append(DuePulse(match=match.id, person_id=PersonId(match.person), due_on=due, is_overdue=overdue))
    return tuple(sorted(found, key=lambda each: (each.due_on, each.match)))


def quality(vault: Vault, *, actor: Actor, since: date | None = None) -> Quality:
    """Return how the own programme does by what mentees and mentors said.

    Args:
        vault: the vault.
        actor: a coordinator.
        since: answers given before this day are left out.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        held = [each for each in read.all(PulseAnswer) if each.org == actor.org and not each.archived]
        held = [each for each in held if since is None or each.answered_on >= since]
        low = [each for each in lowest_first(held) if each.score is not None and each.score <= _BELOW_TARGET][:LOW_MOST]
        names = names_of(read, {each.person for each in low})
    by = {about: [each for each in held if each.about is about] for about in PulseSubject}
    return Quality(
        both=quality_score(held),
        mentees=quality_score(by[PulseSubject.MENTEE]),
        mentors=quality_score(by[PulseSubject.MENTOR]),
        months=trend(held),
        low=tuple(
            LowAnswer(
                person_id=PersonId(each.person),
                name=names.get(each.person, ""),
                about=each.about,
                score=each.score or 0,
                answered_on=each.answered_on,
            )
            for each in low
        ),
        answers=sum(each.score is not None for each in held),
    )


_BELOW_TARGET = 3


def _view(read: Reader, actor: Actor, now: datetime, match_id: RecordId, about: PulseSubject) -> PulseView:
    if Role.COORDINATOR not in actor.roles:
        return _mentors_view(read, now, match_id, about)
    match = read.get(Match, match_id)
    answers = [each for each in read.of_person(PulseAnswer, PersonId(match.person)) if each.match == match_id]
    events = [each for each in read.of_person(MatchEvent, PersonId(match.person)) if each.match == match_id]
    who = PersonId(match.person if about is PulseSubject.MENTEE else match.mentor)
    person = read.find(Person, who)
    name = person.called if person else name_of(read, who)
    return PulseView(
        match=match_id,
        person_id=PersonId(match.person),
        about=about,
        name=name,
        due_on=pulse_due(match, events, _of(answers, match_id, about), on=london_day(now)),
        may_ask=match.state in _BEGUN and _may_ask(read, directory(read), match, now),
        last=latest_answer(answers, about),
    )


def _mentors_view(read: Reader, now: datetime, match_id: RecordId, about: PulseSubject) -> PulseView:
    """Return the same on a volunteer's laptop, which holds the card alone: once nobody may be asked, it is gone."""
    card = next((each for each in read.all(MatchCard) if each.match == match_id), None)
    if card is None or about is not PulseSubject.MENTOR:
        raise NotFoundError("match.not_found")
    answers = [each for each in read.of_person(PulseAnswer, PersonId(card.person)) if each.match == match_id]
    is_over = card.state is MatchState.ENDED and card.last_pulse_on is None
    return PulseView(
        match=match_id,
        person_id=PersonId(card.person),
        about=about,
        name="",
        due_on=mentors_pulse_due(card, _of(answers, match_id, about), on=london_day(now)),
        may_ask=card.state in _BEGUN and not is_over,
        last=latest_answer(answers, about),
    )


def _may_ask(read: Reader, alliance: Directory, match: Match, now: datetime) -> bool:
    held = mentoring_aggregate(read, PersonId(match.person))
    return may_be_asked(Outlook(aggregate=held, directory=alliance, on=day_of(held, now)), match)


def _of(answers: list[PulseAnswer], match_id: RecordId, about: PulseSubject) -> list[PulseAnswer]:
    return [each for each in answers if each.match == match_id and each.about is about]
