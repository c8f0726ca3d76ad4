"""A referral from outside the alliance: NHS staff, a relative or the person rings, and it is taken down at once.

A referrer's word is not consent: the referral to the own service stays a draft until the person was asked, with a
reminder in two working days (`domain.md` 6.6). Who referred, and how to reach them, stays in the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import resources
from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.clocks import add_working_days, bank_holidays, london_day
from app.domain.codes import (
    AuditAction,
    CameFrom,
    Nation,
    Need,
    Priority,
    ReferralKind,
    ReferralState,
    ServiceStatus,
    TaskKind,
)
from app.domain.directory import Service
from app.domain.faults import Faults
from app.domain.gate import purpose_for
from app.domain.ids import PersonId, ReferralId, ServiceId
from app.domain.referral import Referral
from app.domain.task import Task
from app.domain.tidying import tidy_line, tidy_text
from app.errors import BadInputError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory
from app.use_cases.people import NewPerson, put_new, records_of_new

ASK_DAYS = 2
"""Working days in which the person is asked (`domain.md` 6.6)."""

LONGEST_CONTACT = 120
LONGEST_WHY = 300
"""Characters of who referred, and of what they said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromOutside:
    """What somebody outside said, as it was typed.

    Attributes:
        person: whom it is about; their needs are what it is for.
        came_from: who asks.
        contact: their name and how to reach them, in words.
        service_id: the own service that is asked.
        why: what they said.
    """

    person: NewPerson
    came_from: CameFrom | None = None
    contact: str = ""
    service_id: ServiceId | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """A person and the draft that waits until they are asked."""

    person_id: PersonId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnService:
    """A service of the own organisation, with what it meets; `is_front_door` for its intake default."""

    service_id: ServiceId
    name: str
    needs: frozenset[Need]
    is_front_door: bool


def own_services(vault: Vault, *, actor: Actor, now: datetime) -> tuple[OwnService, ...]:
    """Return the services of the own organisation that take somebody, the front door first."""
    with vault.reading() as read:
        alliance = directory(read)
    return tuple(
        OwnService(
            service_id=ServiceId(service.id),
            name=service.name,
            needs=service.needs,
            is_front_door=service.intake_default,
        )
        for service in sorted(
            _open_services(alliance, actor, now), key=lambda each: (not each.intake_default, each.name)
        )
    )


def take_down(vault: Vault, *, actor: Actor, now: datetime, form: FromOutside) -> TakenDown:
    """Register somebody whom a person outside the alliance referred, with the draft and the reminder, or nothing.

    Raises:
        BadInputError: one field breaks its rule.
        SeveralInputsError: more than one does.
        NotPermittedError: the role may not.
    """
    access.require(actor.roles, Action.REFER_FROM_OUTSIDE)
    with vault.transaction(actor=actor, now=now) as work:
        alliance, faults = directory(work), Faults()
        registered = records_of_new(work, form.person, faults)
        service = faults.take(partial(_service, alliance, form, actor, now), None)
        if form.came_from is None:
            faults.add([BadInputError.at("referral", "came_from", "required")])
        if not form.person.needs:
            faults.add([BadInputError.at("referral", "needs", "required")])
        contact = faults.take(partial(_line, form.contact), "")
        why = faults.take(partial(_text, form.why), "")
        faults.raise_all()
        assert service is not None, "a form without a service was refused"
        put_new(work, registered)
        draft = Referral(
            **work.header(),
            person=registered.person.person_id,
            state=ReferralState.DRAFT,
            kind=ReferralKind.SERVICE,
            to_service=ServiceId(service.id),
            to_org=service.provider,
            to_team=service.intake_team,
            needs=form.person.needs,
            why=why,
            came_from=form.came_from,
            came_from_contact=contact,
            sender_name=actor.shown_name,
            priority=Priority.ROUTINE,
        )
        work.create(draft)
        work.create(_reminder(work, alliance, draft))
        work.audit(AuditAction.CREATE, person=draft.person, reason="from_outside")
        work.drop_draft("from_outside", None)
    return TakenDown(person_id=PersonId(draft.person), referral_id=draft.referral_id)


def _open_services(alliance: Directory, actor: Actor, now: datetime) -> list[Service]:
    on = london_day(now)
    return [
        service
        for service in alliance.services.values()
        if service.provider == actor.org and not service.archived and service.status_on(on) is not ServiceStatus.CLOSED
    ]


def _service(alliance: Directory, form: FromOutside, actor: Actor, now: datetime) -> Service:
    if form.service_id is None:
        raise BadInputError.at("referral", "to_service", "required")
    found = next((each for each in _open_services(alliance, actor, now) if each.id == form.service_id), None)
    if found is None:
        raise BadInputError.at("referral", "to_service", "not_permitted")
    return found


def _line(contact: str) -> str:
    tidy = tidy_line(contact, record="referral", field="came_from_contact")
    if not tidy:
        raise BadInputError.at("referral", "came_from_contact", "required")
    if len(tidy) > LONGEST_CONTACT:
        raise BadInputError.at("referral", "came_from_contact", "too_long", longest=LONGEST_CONTACT, length=len(tidy))
    return tidy


def _text(why: str) -> str:
    tidy = tidy_text(why, record="referral", field="why")
    if not tidy:
        raise BadInputError.at("referral", "why", "required")
    if len(tidy) > LONGEST_WHY:
        raise BadInputError.at("referral", "why", "too_long", longest=LONGEST_WHY, length=len(tidy))
    return tidy


def _reminder(work: UnitOfWork, alliance: Directory, draft: Referral) -> Task:
    home = alliance.organisations.get(draft.org)
    nation = Nation.UNKNOWN if home is None else home.nation
    holidays = bank_holidays(resources.bank_holidays())
    return Task(
        **work.header(),
        kind=TaskKind.ASK_AGAIN,
        person=draft.person,
        subject=draft.id,
        rule=f"{draft.to_org}/{purpose_for(draft.needs)}",
        for_user=work.actor.user,
        due_on=add_working_days(work.today, ASK_DAYS, nation, holidays),
    )
