"""What happens on the ward and at the partner, as ops: a person, their answers, a referral, a stop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.domain.aggregate import aggregate_of
from app.domain.bodies import KINDS, body_of, plain, record_of
from app.domain.cards import facts_of
from app.domain.clocks import london_day
from app.domain.codes import (
    AgeCheck,
    Capacity,
    ConsentKind,
    ConsentMethod,
    ContactKind,
    Decision,
    GivenBy,
    MayUse,
    OpKind,
    Purpose,
    RecordType,
    ReferralKind,
    ReferralState,
    Role,
    Scope,
    WordingFormat,
)
from app.domain.consent import lines_of
from app.domain.consent_check import Cell, give_consent, withdraw_consent
from app.domain.consent_event import ConsentEvent
from app.domain.disclosure import build_package, package_hash
from app.domain.gate import purpose_for
from app.domain.ids import PersonId, ReferralId, ServiceId
from app.domain.partners import Outlook
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.referral import Referral, ReferralEvent
from sync.protocol.messages import OpLine, ResultLine
from tests.central.device import Device
from tests.helpers.central import AllianceService

GIVEN = {"given_name": "Samira", "family_name": "Osei", "known_as": "Sam"}


@dataclass
class Ward:
    """A person on the ward and everything the ward's laptop wrote about them."""

    alliance: AllianceService
    device: Device
    person: Person
    stay: Stay
    contact: ContactPoint
    injury: Injury
    events: list[ConsentEvent]
    referral: Referral | None = None

    @property
    def person_id(self) -> PersonId:
        return self.person.person_id


def register(alliance: AllianceService, device: Device, **names: str) -> Ward:
    """Register a person with an injury, a way to reach them and a place, and push it."""
    ward = unsent_person(alliance, device, **names)
    results = device.push(*person_ops(ward), together=True)
    assert [result.state.value for result in results] == ["applied"] * 4
    return ward


def unsent_person(alliance: AllianceService, device: Device, **names: str) -> Ward:
    """Write a person down without sending anything."""
    person = Person(**device.header(), **{**GIVEN, **names})
    of_person: dict[str, Any] = {"person": person.person_id}
    stay = Stay(**device.header(), **of_person, site=alliance.site("stoke_mandeville"), ward="St David")
    contact = ContactPoint(
        **device.header(),
        **of_person,
        kind=ContactKind.MOBILE,
        value="+447700900123",
        may_use=frozenset({MayUse.CALL}),
    )
    injury = Injury(**device.header(), **of_person)
    return Ward(alliance, device, person, stay, contact, injury, [])


def person_ops(ward: Ward) -> list[OpLine]:
    """Return the ops of a new person."""
    return [ward.device.create(record) for record in (ward.person, ward.stay, ward.contact, ward.injury)]


def agree(
    ward: Ward,
    org: str = "back_up",
    purpose: Purpose = Purpose.REFERRAL_CONTACT,
    decision: Decision = Decision.AGREED,
    scope: Scope = Scope.CONTACT_INJURY_NEEDS,
    cite: bool = True,
) -> ConsentEvent:
    """Write an answer down and push it."""
    event = answer(ward, org, purpose, decision, scope, cite=cite)
    (result,) = ward.device.push(consent_op(ward.device, event))
    assert result.state == "applied", result
    ward.events.append(event)
    return event


def answer(
    ward: Ward,
    org: str,
    purpose: Purpose,
    decision: Decision,
    scope: Scope = Scope.CONTACT_INJURY_NEEDS,
    *,
    cite: bool = True,
) -> ConsentEvent:
    """Return an answer event."""
    directory = ward.alliance.administration.alliance()
    organisations = directory.directory.organisations
    wording = sorted(directory.wording_hashes)[0]
    asked = ConsentEvent(
        **ward.device.header(),
        person=ward.person_id,
        kind=ConsentKind.ANSWER,
        asked_by=ward.device.user,
        asked_by_org=ward.device.org,
        at=ward.device.now().replace(microsecond=0),
        site=ward.stay.site,
        wording="en-GB-standard-1",
        wording_hash=wording,
        language="en-GB",
        format=WordingFormat.STANDARD,
        given_by=GivenBy.SELF,
        capacity=Capacity.PRESUMED,
        age_check=AgeCheck.AGE_16_OR_OVER,
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement="Yes, that is fine.",
        read_back=True,
    )
    cell = Cell(
        org=ward.alliance.org(org),
        purpose=purpose,
        decision=decision,
        scope=scope if decision is Decision.AGREED else None,
    )
    return give_consent(
        asked,
        [cell],
        held=lines_of(ward.events) if cite else (),
        organisations=organisations,
        wording_hashes=directory.wording_hashes,
        dob=None,
        new_id=ward.device.ids,
    )


def stop(
    ward: Ward, org: str | None = "back_up", purpose: Purpose | None = None, device: Device | None = None
) -> ConsentEvent:
    """Return a withdrawal event, unsent."""
    device = device or ward.device
    asked = ConsentEvent(
        **device.header(),
        person=ward.person_id,
        kind=ConsentKind.WITHDRAWAL,
        asked_by=device.user,
        asked_by_org=device.org,
        at=device.now().replace(microsecond=0),
    )
    return withdraw_consent(
        asked,
        [(None if org is None else ward.alliance.org(org), purpose)],
        held=lines_of(ward.events),
        organisations=ward.alliance.administration.alliance().directory.organisations,
        new_id=device.ids,
    )


def consent_op(device: Device, event: ConsentEvent) -> OpLine:
    """Return the op of a consent event."""
    cites = sorted({cite for line in event.lines for cite in line.cites})
    return device.create(event, OpKind.CONSENT, cites=cites)


def push_stop(ward: Ward, org: str | None = "back_up", device: Device | None = None) -> ResultLine:
    """Withdraw, through lane 0."""
    device = device or ward.device
    event = stop(ward, org, device=device)
    (result,) = device.push(consent_op(device, event), lane=0)
    ward.events.append(event)
    return result


def draft(ward: Ward, service: str = "back_up_outreach", org: str = "back_up", **changed: Any) -> Referral:
    """Return a referral whose package is what the ward's preview shows now."""
    directory = ward.alliance.administration.alliance().directory
    target = directory.services[ServiceId(ward.alliance.service_id(service))]
    needs = frozenset({sorted(target.needs)[0]})
    receiver = ward.alliance.org(org)
    aggregate = aggregate_of(ward.person_id, [ward.person, ward.stay, ward.contact, ward.injury, *ward.events])
    outlook = Outlook(aggregate=aggregate, directory=directory, on=london_day(ward.device.now()))
    answered = outlook.answer(receiver, purpose_for(needs))
    package = build_package(
        facts_of(outlook, ward.person),
        scope=answered.scope or Scope.CONTACT,
        agreement_fields=outlook.permitted(ward.device.org, receiver, purpose_for(needs)),
        needed=target.needed_fields,
        withheld=answered.withheld,
        why="Would like to talk",
        needs=needs,
    )
    referral = Referral(
        **ward.device.header(),
        person=ward.person_id,
        state=ReferralState.DRAFT,
        kind=ReferralKind.INTRODUCTION,
        to_service=ServiceId(target.id),
        to_org=receiver,
        to_team=target.intake_team,
        needs=needs,
        why="Would like to talk",
        package=package,
        package_hash=package_hash(package),
        consent_lines=answered.line_ids,
        sender_name="Dan",
    )
    return replace(referral, **changed)


def step(
    device: Device,
    referral: Referral,
    to: ReferralState,
    *,
    start: ReferralState | None = None,
    reason: str = "",
    next_step: str = "",
    role: Role = Role.OUTREACH_WORKER,
    **asked: Any,
) -> OpLine:
    """Return the op of one step of a referral."""
    event = ReferralEvent(
        **device.header(role),
        person=referral.person,
        referral=ReferralId(referral.id),
        from_state=start or referral.state,
        to_state=to,
        at=device.now().replace(microsecond=0),
        by=device.user,
        reason=reason,
        next_step=next_step,
        asked=plain(asked),
    )
    return device.op(
        RecordType.REFERRAL.value,
        referral.id,
        referral.aggregate,
        OpKind.TRANSITION,
        changes={"event_id": str(event.id), "event": body_of(event)},
    )


def refer(ward: Ward, service: str = "back_up_outreach", **changed: Any) -> list[ResultLine]:
    """Write a referral and queue it, in one transaction; returns both results."""
    referral = draft(ward, service, **changed)
    ward.referral = referral
    queued = step(ward.device, referral, ReferralState.QUEUED, package_seen=referral.package_hash)
    return ward.device.push(ward.device.create(referral), queued, together=True)


def open_and_accept(intake: Device, ward: Ward) -> None:
    """Open and accept the ward's referral at the partner."""
    assert ward.referral is not None
    sent = replace(ward.referral, state=ReferralState.SENT)
    received = step(
        intake, sent, ReferralState.RECEIVED, role=Role.INTAKE_WORKER, team=sent.to_team, user=str(intake.user)
    )
    accepted = step(
        intake,
        sent,
        ReferralState.ACCEPTED,
        start=ReferralState.RECEIVED,
        role=Role.INTAKE_WORKER,
        first_step_on=str(london_day(intake.now()) + timedelta(days=3)),
        accepted_needs=sorted(sent.needs),
    )
    results = intake.push(received, accepted)
    assert [result.state.value for result in results] == ["applied", "applied"], results


def records_of(bodies: dict[UUID, dict[str, Any]], kind: RecordType) -> list[Any]:
    """Return bodies as records."""
    return [record_of(KINDS[kind], record_id, body) for record_id, body in bodies.items()]
