"""What the tests of consent and referral pages begin from: a person, a yes, a referral that has arrived."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import resources
from app.domain.actor import Actor
from app.domain.bodies import plain
from app.domain.clocks import ack_due, bank_holidays, decide_due
from app.domain.codes import (
    AllianceRole,
    CommunicationNeed,
    ConsentMethod,
    ContactKind,
    Decision,
    MayUse,
    Nation,
    Need,
    Purpose,
    Role,
    Scope,
)
from app.domain.ids import OrganisationId, PersonId, ReferralId
from app.domain.organisation import Organisation
from app.use_cases import consents, people, refer
from app.use_cases.consents import Cell, ConsentForm, Recorded
from app.use_cases.people import NewPerson
from app.use_cases.refer import Request
from tests.helpers.vaults import Laptop, make_actor, stable_id

HOLIDAYS = bank_holidays(resources.bank_holidays())
WARD = make_actor("aspire", Role.OUTREACH_WORKER, "Priya")
INTAKE = make_actor("back_up", Role.INTAKE_WORKER, "Jo", teams=("mentoring", "outreach_support"))


def register(laptop: Laptop, **changes: Any) -> PersonId:
    """Register Sam, an adult on a ward with a phone."""
    form: dict[str, Any] = {
        "full_name": "Samira Osei",
        "known_as": "Sam",
        "dob": ("15", "3", "1988"),
        "site": laptop.sites["stoke_mandeville"],
        "ward": "St David",
        "bed": "4",
        "expected_discharge": ("28", "2", "2027"),
        "contact_kind": ContactKind.MOBILE,
        "contact_value": "07700 900123",
        "may_use": frozenset({MayUse.CALL, MayUse.TEXT}),
        "needs": frozenset({Need.PEER_MENTORING, Need.HOUSING}),
        "comm_needs": frozenset({CommunicationNeed.EASY_READ}),
    }
    return people.register_person(laptop.vault, **laptop.act, form=NewPerson(**{**form, **changes}))


def agree(
    laptop: Laptop, person: PersonId, *cells: tuple[str, Purpose], scope: Scope = Scope.CONTACT_INJURY_NEEDS
) -> Recorded:
    """Record a yes for each organisation and purpose, spoken at the bed."""
    table = consents.consent_table(laptop.vault, **laptop.act, person_id=person)
    form = ConsentForm(
        answers=tuple(
            Cell(org=laptop.orgs[org], purpose=purpose, decision=Decision.AGREED, scope=scope) for org, purpose in cells
        ),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement=table.words.script(),
        read_back=True,
    )
    return consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=form)


def queue(
    laptop: Laptop,
    person: PersonId,
    service: str = "back_up_mentoring",
    needs: frozenset[Need] = frozenset({Need.PEER_MENTORING}),
) -> ReferralId:
    """Refer a person; the referral waits on the laptop, or stays a draft where the gate holds it."""
    request = Request(service_id=laptop.services[service], needs=needs, why="Sam is looking for somebody to talk with.")
    done = refer.refer(laptop.vault, **laptop.act, person_id=person, requests=(request,))
    return done[0].referral_id


def deliver(laptop: Laptop, referral: ReferralId) -> None:
    """Let a referral have been received by the central service, as its row comes back with the next pull."""
    now = laptop.clock()
    changed = {
        "state": "sent",
        "sent_at": plain(now),
        "ack_due": plain(ack_due(now, nation=Nation.ENGLAND, holidays=HOLIDAYS, ack_working_days=2)),
        "decide_due": plain(decide_due(now, nation=Nation.ENGLAND, holidays=HOLIDAYS, decide_days=14)),
    }
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE referral SET body = json_patch(body, ?) WHERE rid = (SELECT rid FROM rec_meta WHERE id = ?)",
            (json.dumps(changed), referral.bytes),
        )


def sent(laptop: Laptop) -> tuple[PersonId, ReferralId]:
    """Register Sam, take the yeses for Back Up and let a mentoring referral arrive there."""
    person = register(laptop)
    agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), ("back_up", Purpose.MENTORING))
    referral = queue(laptop, person)
    deliver(laptop, referral)
    return person, referral


def as_actor(laptop: Laptop, actor: Actor) -> Laptop:
    """Return the same vault used by somebody else, as after a pull on the other side."""
    return replace(laptop, actor=actor)


def add_member(laptop: Laptop, slug: str, name: str, *, joined: date | None = None) -> OrganisationId:
    """Let another charity be a member of the alliance."""
    now = laptop.clock()
    org = OrganisationId(stable_id("organisation", slug))
    with laptop.vault.transaction(actor=laptop.actor, now=now) as work:
        work.create(
            Organisation(
                **{**work.header(), "id": org, "org": org},
                name=name,
                legal_name=name,
                nation=Nation.ENGLAND,
                alliance_role=AllianceRole.MEMBER,
                joined_on=joined or (now - timedelta(days=400)).date(),
                withdraw_phone="01632 960199",
                data_protection_contact=f"{name}, data protection lead",
                safeguarding_contact=f"{name}, safeguarding lead",
                does="Advice and company",
            )
        )
    laptop.orgs = {**laptop.orgs, slug: org}
    return org
