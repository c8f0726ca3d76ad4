"""What a volunteer mentor may hold of a mentee, and the card that says it (`sync.md` 2, `domain.md` 2.1).

The card is made by one function: the service makes it in the transaction that changes its source, and a coordinator
is shown the same as "what the mentor will be told".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.aggregate import PersonAggregate
from app.domain.bodies import is_empty, plain
from app.domain.calls import active_since, first_call_due, last_pulse_on, reached_at
from app.domain.codes import (
    Cause,
    ContactKind,
    InjuryLevel,
    MatchEndReason,
    MatchState,
    MenteeStatus,
    MentorStatus,
    Purpose,
    Role,
    TaskKind,
    TaskState,
    ToldItem,
    Topic,
)
from app.domain.home_view import Compartment
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, PersonId, RecordId
from app.domain.match import Match, MatchCard
from app.domain.match_states import Standing
from app.domain.mentor_checks import HOLDS_A_PLACE
from app.domain.mentoring import Goal
from app.domain.partners import Outlook
from app.domain.person import ContactPoint, Person
from app.domain.record import Cls
from app.domain.visible import Visible, earliest_end

LAST_LOG_DAYS = 7
"""Days that a volunteer keeps an ended match, to write down the last call."""

NO_ROOM = "no_room"
"""The rule of a task that asks a coordinator about a match for which the mentor has no place."""

_GONE_AT_ONCE = frozenset({MatchEndReason.CONSENT_WITHDRAWN, MatchEndReason.SAFEGUARDING})
"""End reasons after which the volunteer keeps nothing for a last log."""

_TOLD_TOPICS = {
    ToldItem.BLADDER: Topic.BLADDER,
    ToldItem.BOWELS: Topic.BOWELS,
    ToldItem.PAIN: Topic.PAIN,
    ToldItem.FAMILY: Topic.FAMILY,
    ToldItem.WORK: Topic.WORK,
}

_THE_SERVICE_ITSELF = DeviceId(UUID(int=0))


def mentor_entries(outlook: Outlook, person: Person) -> Iterator[Visible]:
    """Yield what each volunteer may hold of a person: their own profile, and of a mentee what the match opens."""
    for profile in outlook.aggregate.mentor_profiles:
        if profile.status is not MentorStatus.LEFT and not profile.archived:
            yield Visible(scope_key=mentor_scope(person.id), owner=profile.id, cls=Cls.MENTORING)
    for match in outlook.aggregate.matches:
        until = _open_until(outlook, match)
        if until is not _CLOSED:
            for owner, cls in _of_match(outlook, match):
                yield Visible(scope_key=mentor_scope(match.mentor), owner=owner, cls=cls, until=until)


def mentor_scope(person: UUID) -> str:
    """Return the key of the scope that one volunteer's laptop holds."""
    return f"mentor:{person}"


def has_consent(outlook: Outlook, match: Match) -> bool:
    """Answer whether `mentoring` is effective, or lapsed, for the organisation that mentors."""
    return outlook.answer(match.org, Purpose.MENTORING).opens_reading


def has_consent_of(outlook: Outlook, org: OrganisationId) -> bool:
    """Answer whether a mentee has agreed that an organisation may find and support a mentor, here and now."""
    return outlook.answer(org, Purpose.MENTORING).opens_new


def standing_of(outlook: Outlook, match: Match) -> Standing:
    """Return what is known around a match of this person when it moves; of its mentor nothing."""
    aggregate = outlook.aggregate
    return Standing(
        goals=frozenset(str(goal.id) for goal in goals_of(aggregate, match)),
        mentee_is_ready=any(
            profile.status is MenteeStatus.READY and profile.org == match.org for profile in aggregate.mentee_profiles
        ),
        consent=outlook.answer(match.org, Purpose.MENTORING).opens_new,
    )


def goals_of(aggregate: PersonAggregate, match: Match) -> tuple[Goal, ...]:
    """Return the mentee's goals that the match's organisation keeps, oldest first."""
    return tuple(goal for goal in aggregate.goals if goal.org == match.org and not goal.archived)


def match_cards(aggregate: PersonAggregate, *, card_id: Callable[[RecordId], UUID]) -> tuple[MatchCard, ...]:
    """Return the card of every match that a mentee ever agreed to, as it should stand now.

    Args:
        aggregate: the mentee.
        card_id: the id of the card of one match, the same each time.
    """
    person = aggregate.person
    if person is None:
        return ()
    agreed = (match for match in aggregate.matches if _was_agreed(aggregate, match))
    return tuple(match_card(aggregate, person, match, card_id=RecordId(card_id(match.id))) for match in agreed)


def match_card(aggregate: PersonAggregate, person: Person, match: Match, *, card_id: RecordId) -> MatchCard:
    """Return all that a volunteer may know of one mentee: the one function that narrows, for card and preview."""
    events = aggregate.steps_of_match(match.id)
    return MatchCard(
        id=card_id,
        org=match.org,
        created_at=match.created_at,
        created_by=SYSTEM,
        created_role=Role.SYSTEM,
        device=_THE_SERVICE_ITSELF,
        person=match.person,
        match=match.id,
        mentor=match.mentor,
        state=match.state,
        # Never the family name: who is called nothing else is "your mentee".
        known_as=person.known_as or person.given_name,
        language=person.language,
        comm_needs=person.comm_needs,
        contacts=tuple(_ways(aggregate.contacts)),
        told=_told(aggregate, match),
        allowance=match.allowance,
        first_call_due=first_call_due(events),
        active_since=active_since(events),
        resume_on=match.resume_on,
        last_pulse_on=last_pulse_on(match, events),
        waits_for_room=any(
            task.subject == match.id and task.rule == NO_ROOM and task.state is TaskState.OPEN
            for task in aggregate.tasks
            if task.kind is TaskKind.CHECK_MENTOR
        ),
    )


_CLOSED = datetime.min.replace(tzinfo=UTC)
"""As an end: it is not open at all."""


def _open_until(outlook: Outlook, match: Match) -> datetime | None:
    """Return until when the mentor may hold a match: None for as long as nothing changes, `_CLOSED` for not at all."""
    answer = outlook.answer(match.org, Purpose.MENTORING)
    if match.mentor_left or match.archived or not answer.opens_reading or _account_is_closed(outlook, match.mentor):
        return _CLOSED
    reading_ends = outlook.reading_ends(answer)
    if match.state in HOLDS_A_PLACE:
        return reading_ends
    if match.state is not MatchState.ENDED or match.end_reason in _GONE_AT_ONCE:
        return _CLOSED
    ended = reached_at(outlook.aggregate.steps_of_match(match.id), MatchState.ENDED)
    if ended is None:
        return _CLOSED
    return earliest_end(ended + timedelta(days=LAST_LOG_DAYS), reading_ends)


def _account_is_closed(outlook: Outlook, mentor: PersonId) -> bool:
    """Answer whether a volunteer's account has ended; one that was not made yet has not."""
    accounts = [user for user in outlook.directory.users.values() if user.person == mentor]
    return bool(accounts) and all(user.is_closed(outlook.on) for user in accounts)


def _of_match(outlook: Outlook, match: Match) -> list[Compartment]:
    mentors = {user.id for user in outlook.directory.users.values() if user.person == match.mentor}
    authors = {note.created_by for note in outlook.aggregate.notes if note.org == match.org} & mentors
    return [
        (match.id, Cls.CARD),
        (match.id, Cls.MENTORING),
        *((goal.id, Cls.NEEDS) for goal in goals_of(outlook.aggregate, match)),
        *((author, Cls.OWN) for author in sorted(authors)),
    ]


def _was_agreed(aggregate: PersonAggregate, match: Match) -> bool:
    reached = (event.to_state for event in aggregate.steps_of_match(match.id))
    return match.state in HOLDS_A_PLACE or MatchState.MENTEE_AGREED in reached


def _ways(contacts: Iterable[ContactPoint]) -> Iterator[dict[str, Any]]:
    """Yield the ways that may be used: what a label or another person's name could tell is left out, and addresses."""
    for contact in sorted(contacts, key=lambda each: (not each.preferred, each.id)):
        if contact.never_use or contact.archived or not contact.may_use or contact.kind is ContactKind.POST:
            continue
        known = {
            "id": contact.id,
            "kind": contact.kind,
            "value": contact.value,
            "valid_until": contact.valid_until,
            "may_use": contact.may_use,
            "safe_times": contact.safe_times,
            "safe_word": contact.safe_word,
            "may_say_charity_name": contact.may_say_charity_name,
        }
        yield {name: plain(value) for name, value in known.items() if not is_empty(value)}


def _told(aggregate: PersonAggregate, match: Match) -> dict[str, Any]:
    """Return what the mentee lets the mentor know, and nothing of an injury beside it."""
    told, injury = match.told_to_mentor, aggregate.injury
    known: dict[str, Any] = {}
    if injury is not None:
        if ToldItem.LEVEL in told and injury.level is not InjuryLevel.X99:
            known["level"] = plain(injury.level)
        if ToldItem.CAUSE in told and injury.cause is not Cause.UNKNOWN:
            known["cause"] = plain(injury.cause)
        if ToldItem.YEARS in told and injury.injury_date is not None:
            known["year"] = injury.injury_date[:4]
    topics = sorted(topic.value for item, topic in _TOLD_TOPICS.items() if item in told)
    return {**known, "topics": topics} if topics else known
