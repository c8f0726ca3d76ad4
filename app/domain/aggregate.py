"""Everything known of one person at once, the alliance around them, and whose each record is.

Access is given by compartment: a pair of owner and class (`sync.md` 3.2, `record.owner` and `record.cls`). A
referral is a compartment of its own, because a partner may see one referral of a person and not another; so is a
share card (its receiver's), a note for its author and coordinators only, a task of the organisation itself, and a file
that was ticked for partners: an agreement may let notes flow and no files. Any other file lies where its parent lies.
What a volunteer mentor holds lies in compartments of its own: their profile, each goal, each match's card and calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from app.domain.agreement import Agreement
from app.domain.attachment import Attachment
from app.domain.bodies import KINDS
from app.domain.card import ShareCard
from app.domain.codes import NoteLevel, PulseSubject, RecordType, ReferralState, Role
from app.domain.concern import Concern
from app.domain.consent import lines_of, voided_by
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.directory import Service, Site
from app.domain.equality import EqualityAnswers
from app.domain.ids import LineId, OrganisationId, PersonId, RecordId, ReferralId, ServiceId, SiteId, UserId
from app.domain.match import Match, MatchCard, MatchEvent, PulseAnswer, Session
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.note import CaseNote
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.record import Cls, Record
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import OF_THE_ORGANISATION, Task
from app.domain.user import User

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAggregate:
    """The records of one person that decide who may see what.

    Attributes:
        person_id: whom it is about.
        person: the record; None while only a withdrawal is known.
        injury: the newest.
        contacts: every contact point.
        relationships: every relationship.
        stays: every stay, ended ones too.
        referrals: every referral of the person, whoever sent it.
        events: the steps of those referrals.
        consent_events: every consent event.
        lines: the lines of those events.
        voided: lines taken back as recorded by mistake.
        tasks: tasks about the person, whoever's.
        notes: notes about the person, whoever's.
        attachments: files beside those notes and consent events, whoever's.
        mentor_profiles: the profile of a volunteer, one in each organisation.
        mentee_profiles: the profile of a mentee, one in each organisation.
        matches: every match in which the person is the mentee.
        match_events: the steps of those matches.
        goals: the person's goals, whoever keeps them.
        concerns: safeguarding concerns about the person, whoever raised them; known to the service and leads alone.
        equality: equality answers, whoever recorded them; known to the service alone.
        status_since: when the person's status was set; None when not known.
    """

    person_id: PersonId
    person: Person | None = None
    injury: Injury | None = None
    contacts: tuple[ContactPoint, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    stays: tuple[Stay, ...] = ()
    referrals: tuple[Referral, ...] = ()
    events: tuple[ReferralEvent, ...] = ()
    consent_events: tuple[ConsentEvent, ...] = ()
    lines: tuple[ConsentLine, ...] = ()
    voided: frozenset[LineId] = frozenset()
    tasks: tuple[Task, ...] = ()
    notes: tuple[CaseNote, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    mentor_profiles: tuple[MentorProfile, ...] = ()
    mentee_profiles: tuple[MenteeProfile, ...] = ()
    matches: tuple[Match, ...] = ()
    match_events: tuple[MatchEvent, ...] = ()
    goals: tuple[Goal, ...] = ()
    concerns: tuple[Concern, ...] = ()
    equality: tuple[EqualityAnswers, ...] = ()
    status_since: datetime | None = None

    def steps_of(self, referral_id: ReferralId) -> tuple[ReferralEvent, ...]:
        """Return the steps of one referral, oldest first."""
        steps = (event for event in self.events if event.referral == referral_id)
        return tuple(sorted(steps, key=lambda event: (event.at, event.id)))

    def steps_of_match(self, match_id: RecordId) -> tuple[MatchEvent, ...]:
        """Return the steps of one match, oldest first."""
        steps = (event for event in self.match_events if event.match == match_id)
        return tuple(sorted(steps, key=lambda event: (event.at, event.id)))

    def last_step_at(self, referral: Referral) -> datetime:
        """Return when a referral last moved; when it was sent or made, if no step is held."""
        steps = self.steps_of(referral.referral_id)
        return steps[-1].at if steps else referral.sent_at or referral.created_at

    def with_consent(self, event: ConsentEvent) -> PersonAggregate:
        """Return the same person with one more consent event."""
        events = (*self.consent_events, event)
        return replace(self, consent_events=events, lines=lines_of(events), voided=voided_by(events))

    def has_reached(self, referral: Referral, state: ReferralState) -> bool:
        """Answer whether a referral is, or once was, in a state."""
        return referral.state is state or any(
            event.referral == referral.id and event.to_state is state for event in self.events
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The reference records and scopes that decide who may see what.

    Attributes:
        organisations: every organisation, by id.
        services: every service, by id.
        agreements: every agreement.
        sites: every site, by id.
        site_scopes: the (organisation, site) pairs for which a scope exists.
        users: accounts, by id; they say which sites a worker visits.
    """

    organisations: Mapping[OrganisationId, Organisation] = field(default_factory=dict)
    services: Mapping[ServiceId, Service] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    sites: Mapping[SiteId, Site] = field(default_factory=dict)
    site_scopes: frozenset[tuple[OrganisationId, SiteId]] = frozenset()
    users: Mapping[UserId, User] = field(default_factory=dict)


def aggregate_of(
    person_id: PersonId, records: Iterable[Record], *, status_since: datetime | None = None
) -> PersonAggregate:
    """Return the aggregate of one person from any of their records, in any order."""
    held = tuple(records)
    events = _of_kind(held, ConsentEvent)
    return PersonAggregate(
        person_id=person_id,
        person=next(iter(_of_kind(held, Person)), None),
        injury=max(_of_kind(held, Injury), key=lambda injury: (injury.created_at, injury.id), default=None),
        contacts=_of_kind(held, ContactPoint),
        relationships=_of_kind(held, Relationship),
        stays=_of_kind(held, Stay),
        referrals=_of_kind(held, Referral),
        events=_of_kind(held, ReferralEvent),
        consent_events=events,
        lines=lines_of(events),
        voided=voided_by(events),
        tasks=_of_kind(held, Task),
        notes=_of_kind(held, CaseNote),
        attachments=_of_kind(held, Attachment),
        mentor_profiles=_of_kind(held, MentorProfile),
        mentee_profiles=_of_kind(held, MenteeProfile),
        matches=_of_kind(held, Match),
        match_events=_of_kind(held, MatchEvent),
        goals=_of_kind(held, Goal),
        concerns=_of_kind(held, Concern),
        equality=_of_kind(held, EqualityAnswers),
        status_since=status_since,
    )


def owner_of(record: Record) -> UUID:
    """Return whose compartment a record lies in: an organisation, or the id that stands for one (see above)."""
    match record:
        case ReferralEvent():
            return record.referral
        case ShareCard():
            return record.receiver
        case MatchCard() | Session():
            return record.match
        case PulseAnswer() if record.about is PulseSubject.MENTOR:
            return record.match
        case MatchEvent() if record.created_role is Role.MENTOR:
            return record.match
        case MentorProfile() | Goal():
            return record.id
        case CaseNote() | Attachment() if record.level is NoteLevel.AUTHOR_AND_COORDINATOR:
            return record.created_by
        case Attachment() if record.level is NoteLevel.PARTNERS_AGREED:
            return record.id
        case Task() if record.person is None or record.kind in OF_THE_ORGANISATION:
            return record.id
        case Referral():
            return record.id
    return record.org


def cls_of(record: Record) -> Cls:
    """Return the class of a record; a note for agreed partners is of class 4, every other note of class 8."""
    if isinstance(record, CaseNote | Attachment) and record.level is NoteLevel.PARTNERS_AGREED:
        return Cls.NOTES
    if isinstance(record, Attachment) and record.level is None:
        return Cls.CONSENT
    return record.CLS


def compartment_of(kind: RecordType, record_id: UUID, body: Mapping[str, Any]) -> tuple[UUID, Cls]:
    """Return the owner and class of a record from its body: what `owner_of` and `cls_of` say, without building it."""
    owner = body["org"]
    cls = KINDS[kind].CLS
    match kind:
        case RecordType.REFERRAL:
            return record_id, cls
        case RecordType.REFERRAL_EVENT:
            owner = body["referral"]
        case RecordType.SHARE_CARD:
            owner = body["receiver"]
        case RecordType.MENTOR_PROFILE | RecordType.GOAL:
            return record_id, cls
        case RecordType.MATCH_CARD | RecordType.SESSION | RecordType.MATCH_EVENT | RecordType.PULSE_ANSWER:
            owner = body["match"] if _is_the_mentors(kind, body) else owner
        case RecordType.CASE_NOTE if body["level"] == NoteLevel.AUTHOR_AND_COORDINATOR:
            owner = body["created_by"]
        case RecordType.CASE_NOTE if body["level"] == NoteLevel.PARTNERS_AGREED:
            cls = Cls.NOTES
        case RecordType.ATTACHMENT:
            return _place_of_file(record_id, body)
        case RecordType.TASK if body.get("person") is None or body["kind"] in OF_THE_ORGANISATION:
            return record_id, cls
    return UUID(str(owner)), cls


def _place_of_file(record_id: UUID, body: Mapping[str, Any]) -> tuple[UUID, Cls]:
    match body.get("level"):
        case NoteLevel.AUTHOR_AND_COORDINATOR:
            return UUID(str(body["created_by"])), Cls.OWN
        case NoteLevel.PARTNERS_AGREED:
            return record_id, Cls.NOTES
        case None:
            return UUID(str(body["org"])), Cls.CONSENT
    return UUID(str(body["org"])), Cls.OWN


def _is_the_mentors(kind: RecordType, body: Mapping[str, Any]) -> bool:
    """Answer whether a record of a match is one that its mentor holds too: not what others say of the match."""
    if kind is RecordType.MATCH_EVENT:
        return bool(body["created_role"] == Role.MENTOR)
    return kind is not RecordType.PULSE_ANSWER or bool(body["about"] == PulseSubject.MENTOR)


def _of_kind(records: Iterable[Record], kind: type[R]) -> tuple[R, ...]:
    return tuple(sorted((record for record in records if isinstance(record, kind)), key=lambda record: record.id.int))
