"""What a worker does at a bedside, in one line each, through the use cases."""

from __future__ import annotations

from app.domain.codes import ConsentMethod, Decision, Need, Purpose, Scope
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.use_cases.consents import ConsentForm, Recorded, record_consent
from app.use_cases.people import NewPerson, register_person
from app.use_cases.refer import Referred, Request, preview_of, refer
from tests.helpers.vaults import Laptop


def register(laptop: Laptop, name: str = "Samira Osei", **fields) -> PersonId:
    """Register somebody on St David ward of Stoke Mandeville."""
    form = NewPerson(full_name=name, **{"site": laptop.sites["stoke_mandeville"], "ward": "St David", **fields})
    return register_person(laptop.vault, **laptop.act, form=form)


def answered(laptop: Laptop, decision: Decision = Decision.AGREED, org: str = "back_up", **cell) -> ConsentForm:
    """Return one spoken answer about being contacted."""
    purpose = cell.pop("purpose", Purpose.REFERRAL_CONTACT)
    scope = cell.pop("scope", Scope.CONTACT_INJURY_NEEDS if decision is Decision.AGREED else None)
    return ConsentForm(
        answers=(Cell(org=laptop.orgs[org], purpose=purpose, decision=decision, scope=scope, **cell),),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement="Yes, I would like that" if decision is Decision.AGREED else "",
        read_back=True,
    )


def say(laptop: Laptop, person: PersonId, decision: Decision = Decision.AGREED, **more) -> Recorded:
    """Record one answer."""
    form = answered(laptop, decision, **more)
    return record_consent(laptop.vault, **laptop.act, person_id=person, form=form)


def send(
    laptop: Laptop, person: PersonId, service: str = "back_up_wheelchair_skills", need: Need = Need.WHEELCHAIR_SKILLS
) -> Referred:
    """Refer somebody to one service, as shown."""
    request = Request(service_id=laptop.services[service], needs=frozenset({need}), why="Would like to learn")
    shown = preview_of(laptop.vault, **laptop.act, person_id=person, request=request)
    request = Request(service_id=request.service_id, needs=request.needs, why=request.why, shown_hash=shown.shown_hash)
    return refer(laptop.vault, **laptop.act, person_id=person, requests=(request,))[0]
