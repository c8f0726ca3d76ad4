"""Passing a referral on to another service: offered by the receiver, judged where consent is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.card import ShareCard
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Need, ReferralState, ServiceStatus
from app.domain.consent import Answer, effective
from app.domain.directory import Service
from app.domain.gate import purpose_for
from app.domain.ids import ReferralId, ServiceId
from app.domain.referral import Referral
from app.domain.referral_states import Actor as Side
from app.errors import BadInputError, GateError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.covering import answers_for
from app.use_cases.moves import move


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """A service that a referral could be passed on to; `meets` are the needs of the referral that it meets."""

    service_id: ServiceId
    name: str
    org_name: str
    meets: frozenset[Need]
    is_own: bool


def onward_services(alliance: Directory, referral: Referral, actor: Actor, now: datetime) -> tuple[Onward, ...]:
    """Return the services a referral could be passed on to, those that meet its needs first.

    Whether the person agreed to another charity stands on no laptop of this one: the central service says so.
    """
    on = london_day(now)
    found = []
    for service in alliance.services.values():
        provider = alliance.organisations.get(service.provider)
        takes_part = provider is not None and provider.takes_part_on(on)
        is_closed = service.status_on(on) is ServiceStatus.CLOSED
        if service.id == referral.to_service or service.archived or is_closed or not takes_part:
            continue
        found.append(
            Onward(
                service_id=ServiceId(service.id),
                name=service.name,
                org_name=organisation_name(alliance, service.provider),
                meets=service.needs & referral.needs,
                is_own=service.provider == actor.org,
            )
        )
    return tuple(sorted(found, key=lambda each: (-len(each.meets), not each.is_own, each.org_name, each.name)))


def pass_on(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, service_id: ServiceId | None
) -> Referral:
    """Pass a referral on to another service, of one's own charity or of one the person agreed to.

    For one's own charity the answer is known here. For another, the central service knows it: until it has taken
    the step in, the referral stands as passed on "on this laptop" only, and it comes back if the person was not asked.

    Raises:
        BadInputError: no service, the one it came to, or one that is closed.
        GateError: `gate_consent`: the person has not agreed to it.
        NotFoundError: it is not this team's.
    """
    access.require(actor.roles, Action.REROUTE_REFERRAL)
    if service_id is None:
        raise BadInputError.at("referral", "service", "required")
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        if not answers_for(actor, referral):
            raise NotFoundError("referral.not_found")
        alliance = directory(work)
        service = alliance.services.get(service_id)
        if service is None or service_id not in {
            each.service_id for each in onward_services(alliance, referral, actor, now)
        }:
            raise BadInputError.at("referral", "service", "not_permitted")
        answer = _known_answer(work, referral, service, actor, now)
        if answer is not None and not answer.opens_new:
            raise GateError("gate_consent")
        moved = move(
            work,
            referral,
            ReferralState.REROUTED,
            by=Side.RECEIVER,
            asked={"service": str(service_id)},
            answer=answer,
            is_judged_later=answer is None,
        )
        work.audit(AuditAction.CHANGE, person=referral.person, reason="referral_rerouted")
        work.drop_draft("referral", referral.id)
    return moved


def _known_answer(read: Reader, referral: Referral, service: Service, actor: Actor, now: datetime) -> Answer | None:
    """Return what consent amounts to for a service, None where this laptop does not hold the lines that say so."""
    held = person_aggregate(read, referral.person)
    is_home = held.person is not None and held.person.org == actor.org
    if service.provider != actor.org and not is_home:
        return None
    card = next((each for each in read.of_person(ShareCard, referral.person) if each.receiver == actor.org), None)
    lines = held.lines if is_home or card is None else card.lines
    return effective(
        lines, org=service.provider, purpose=purpose_for(referral.needs), on=day_of(held, now), voided=held.voided
    )
