"""An invented person with a stay, an injury, referrals and an alliance, for the tests of rules about records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.agreement import Agreement, Signatory
from app.domain.codes import (
    AgreementKind,
    Ais,
    Cause,
    ContactKind,
    InjuryLevel,
    MayUse,
    Nation,
    Need,
    NoteLevel,
    NoticeKind,
    PackageField,
    Priority,
    Purpose,
    ReferralKind,
    ReferralState,
    RelationshipKind,
    Role,
    SeedStatus,
    ServiceStatus,
    SiteKind,
    TaskKind,
)
from app.domain.consent_event import ConsentLine
from app.domain.directory import Service, Site
from app.domain.ids import OrganisationId, PersonId, RecordId, ReferralId, ServiceId, SiteId, UserId
from app.domain.note import CaseNote
from app.domain.notice import Notice
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.record import PartialDate
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import Task
from app.domain.user import User
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, ASKER, BU, HEADER, NOVA, X, agreed, organisation

STANMORE = SiteId(UUID(int=0x51))
STOKE = SiteId(UUID(int=0x52))
MENTORING = ServiceId(UUID(int=0x61))
GRANTS = ServiceId(UUID(int=0x62))
COURSES = ServiceId(UUID(int=0x63))
PRIYA = UserId(UUID(int=0x71))
R1 = ReferralId(UUID(int=0x81))
R2 = ReferralId(UUID(int=0x82))
NOW = ASKED_AT + timedelta(hours=1)
ALL_FIELDS = frozenset(PackageField)


def record_id(number: int) -> RecordId:
    """Return an id by number."""
    return RecordId(UUID(int=number))


def person(**fields: Any) -> Person:
    """Return Nova Achterberg, registered by Aspire."""
    known = {"id": record_id(0x90), "org": AS, "given_name": "Nova", "family_name": "Achterberg"}
    return Person(**{**HEADER, **known, **fields})


def injury(**fields: Any) -> Injury:
    """Return an injury at C6 by a fall in March 2026."""
    known: dict[str, Any] = {"id": record_id(0x91), "org": AS, "person": NOVA}
    known |= {"level": InjuryLevel.C6, "ais": Ais.B, "cause": Cause.FALL, "injury_date": PartialDate("2026-03")}
    return Injury(**{**HEADER, **known, **fields})


def stay(site: SiteId = STANMORE, number: int = 0x92, **fields: Any) -> Stay:
    """Return an open stay."""
    known = {"id": record_id(number), "org": AS, "person": NOVA, "site": site, "ward": "St Andrew"}
    return Stay(**{**HEADER, **known, **fields})


def mobile(number: int = 0x93, **fields: Any) -> ContactPoint:
    """Return a mobile telephone that may be called and texted."""
    known: dict[str, Any] = {"id": record_id(number), "org": AS, "person": NOVA, "kind": ContactKind.MOBILE}
    known |= {"value": "+447700900123", "may_use": frozenset({MayUse.CALL, MayUse.TEXT})}
    return ContactPoint(**{**HEADER, **known, **fields})


def sister(**fields: Any) -> Relationship:
    """Return a sibling who has a record of her own."""
    known: dict[str, Any] = {"id": record_id(0x94), "org": AS, "person": NOVA}
    known |= {"other_person": PersonId(UUID(int=0x99)), "kind": RelationshipKind.SIBLING}
    return Relationship(**{**HEADER, **known, **fields})


def referral(number: UUID = R1, **fields: Any) -> Referral:
    """Return a draft from Aspire to Back Up's courses."""
    known: dict[str, Any] = {
        "id": RecordId(number),
        "org": AS,
        "person": NOVA,
        "state": ReferralState.DRAFT,
        "kind": ReferralKind.SERVICE,
        "to_service": COURSES,
        "to_org": BU,
        "to_team": "front-door",
        "needs": frozenset({Need.COURSE, Need.WHEELCHAIR_SKILLS}),
        "why": "Would like to learn wheelchair skills before going home.",
        "priority": Priority.ROUTINE,
        "consent_lines": frozenset({agreed("g1").line_id}),
    }
    return Referral(**{**HEADER, **known, **fields})


def step(
    to: ReferralState, number: int, *, of: ReferralId = R1, leaves: ReferralState | None = None, **fields: Any
) -> ReferralEvent:
    """Return one step, an hour after the one numbered before it."""
    known: dict[str, Any] = {"id": record_id(0x1000 + number), "org": AS, "person": NOVA, "referral": of}
    known |= {"from_state": leaves, "to_state": to, "at": ASKED_AT + timedelta(hours=number), "by": ASKER}
    return ReferralEvent(**{**HEADER, **known, **fields})


def task(number: int = 0xA1, **fields: Any) -> Task:
    """Return an open task of Aspire about Nova."""
    known: dict[str, Any] = {"id": record_id(number), "org": AS, "person": NOVA, "kind": TaskKind.ASK_AGAIN}
    return Task(**{**HEADER, **known, "due_on": ASKED_ON, **fields})


def note(number: int = 0xA5, **fields: Any) -> CaseNote:
    """Return a note for the whole organisation."""
    known: dict[str, Any] = {"id": record_id(number), "org": AS, "person": NOVA, "level": NoteLevel.ORGANISATION}
    return CaseNote(**{**HEADER, **known, "text": "Rang on Tuesday.", **fields})


def site(site_id: SiteId, name: str) -> Site:
    """Return a spinal centre."""
    known: dict[str, Any] = {"name": name, "nation": Nation.ENGLAND, "kind": SiteKind.SCI_CENTRE}
    return Site(id=RecordId(site_id), org=AS, seed_status=SeedStatus.VERIFIED, **{**HEADER, **known})


def service(service_id: ServiceId = COURSES, org: OrganisationId = BU, **fields: Any) -> Service:
    """Return a service that needs every field."""
    known: dict[str, Any] = {
        "name": "Courses",
        "provider": org,
        "needs": frozenset({Need.COURSE}),
        "status": ServiceStatus.ACTIVE,
        "intake_team": "front-door",
        "needed_fields": ALL_FIELDS,
        "checked_on": ASKED_ON,
        "checked_by": "Sol",
    }
    return Service(id=RecordId(service_id), org=org, **{**HEADER, **known, **fields})


def agreement(parties: Iterable[OrganisationId] = (AS, BU), **fields: Any) -> Agreement:
    """Return a data-sharing agreement signed by every party, for contact, mentoring and casework."""
    members = frozenset(parties)
    signed = tuple(Signatory(org=org, name="A", post="Chief", signed_on=date(2026, 1, 1)) for org in sorted(members))
    known: dict[str, Any] = {
        "title": "Working together",
        "kind": AgreementKind.DATA_SHARING,
        "parties": members,
        "purposes": frozenset({Purpose.REFERRAL_CONTACT, Purpose.MENTORING, Purpose.CASEWORK}),
        "fields": ALL_FIELDS,
        "from_on": date(2026, 1, 1),
        "review_on": date(2027, 1, 1),
        "signatories": signed,
    }
    return Agreement(id=record_id(0xB1), org=AS, **{**HEADER, **known, **fields})


def notice(**fields: Any) -> Notice:
    """Return a notice of a course, without a first or last day."""
    known: dict[str, Any] = {
        "kind": NoticeKind.TRAINING,
        "title": "Six places left",
        "body": "A weekend of wheelchair skills.",
        "contact": "courses@example.org",
    }
    return Notice(id=record_id(0xB2), org=AS, **{**HEADER, **known, **fields})


def user(user_id: UserId, org: OrganisationId = AS, **fields: Any) -> User:
    """Return an outreach worker at Stanmore."""
    known: dict[str, Any] = {
        "name": "Priya Raman",
        "email": "priya@example.org",
        "shown_name": "Priya",
        "roles": frozenset({Role.OUTREACH_WORKER}),
        "sites": frozenset({STANMORE}),
        "active_from": date(2026, 1, 1),
    }
    return User(id=RecordId(user_id), org=org, **{**HEADER, **known, **fields})


def directory(**fields: Any) -> Directory:
    """Return Aspire, Back Up and a third charity, with an agreement between all three."""
    members: list[Organisation] = [organisation(AS, "Aspire"), organisation(BU, "Back Up"), organisation(X, "Third")]
    known: dict[str, Any] = {
        "organisations": {member.organisation_id: member for member in members},
        "services": {COURSES: service(), GRANTS: service(GRANTS, AS, name="Grants"), MENTORING: service(MENTORING)},
        "agreements": (agreement((AS, BU, X)),),
        "sites": {STANMORE: site(STANMORE, "Stanmore"), STOKE: site(STOKE, "Stoke Mandeville")},
        "site_scopes": frozenset({(AS, STANMORE), (AS, STOKE), (BU, STANMORE)}),
        "users": {},
    }
    return Directory(**{**known, **fields})


def aggregate(*lines: ConsentLine, **fields: Any) -> PersonAggregate:
    """Return Nova with these consent lines, an injury, a stay at Stanmore and a mobile telephone."""
    known: dict[str, Any] = {
        "person_id": NOVA,
        "person": person(),
        "injury": injury(),
        "contacts": (mobile(),),
        "stays": (stay(),),
        "lines": lines,
    }
    return PersonAggregate(**{**known, **fields})


def at(day: date, hour: int = 12) -> datetime:
    """Return a moment of a day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
