"""What the use cases read together: the alliance's directory, and everything held of one person."""

from __future__ import annotations

from dataclasses import replace

from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate, aggregate_of
from app.domain.agreement import Agreement
from app.domain.attachment import Attachment
from app.domain.card import ShareCard
from app.domain.consent_event import ConsentEvent
from app.domain.directory import Service, Site
from app.domain.ids import OrganisationId, PersonId, ServiceId, SiteId, UserId
from app.domain.match import Match, MatchEvent
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.note import CaseNote
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import Task
from app.domain.user import User
from app.storage.reader import Reader

REFERENCE = (Organisation, Service, Agreement, Site, User)
"""The kinds of record that make up the directory."""

OF_A_PERSON = (
    Person,
    Injury,
    ContactPoint,
    Relationship,
    Stay,
    ConsentEvent,
    Referral,
    ReferralEvent,
    Task,
    CaseNote,
    Attachment,
)
"""A person, and the kinds of record that hang on them and are read with them."""


OF_MENTORING = (*OF_A_PERSON, MentorProfile, MenteeProfile, Goal, Match, MatchEvent)
"""What is read with somebody who mentors or is mentored."""


def directory(read: Reader) -> Directory:
    """Return the alliance as this laptop holds it."""
    held = read.all_of(REFERENCE)
    return Directory(
        organisations={OrganisationId(each.id): each for each in held if isinstance(each, Organisation)},
        services={ServiceId(each.id): each for each in held if isinstance(each, Service)},
        agreements=tuple(each for each in held if isinstance(each, Agreement)),
        sites={SiteId(each.id): each for each in held if isinstance(each, Site)},
        users={UserId(each.id): each for each in held if isinstance(each, User)},
    )


def person_aggregate(read: Reader, person_id: PersonId) -> PersonAggregate:
    """Return everything held of one person; `person` is None when only a referral or card is."""
    return aggregate_of(person_id, read.everything_of(person_id, OF_A_PERSON))


def mentoring_aggregate(read: Reader, person_id: PersonId) -> PersonAggregate:
    """Return everything held of one person, with profiles, goals and matches.

    Of somebody whom another charity registered this laptop holds no consent event: what they agreed to stands on the
    card that the service makes of them.
    """
    held = aggregate_of(person_id, read.everything_of(person_id, OF_MENTORING))
    if held.person is not None:
        return held
    known = {line.line_id for line in held.lines}
    told = (line for card in read.of_person(ShareCard, person_id) for line in card.lines)
    return replace(held, lines=(*held.lines, *(line for line in told if line.line_id not in known)))


def organisation_name(alliance: Directory, org: OrganisationId | None) -> str:
    """Return an organisation's name, empty when it is not known here."""
    found = None if org is None else alliance.organisations.get(org)
    return "" if found is None else found.name


def own_organisation(alliance: Directory, actor: Actor) -> Organisation | None:
    """Return the actor's own organisation, None on a laptop that knows no alliance yet."""
    return alliance.organisations.get(actor.org)
