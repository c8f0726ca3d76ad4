"""Sam's story in a real vault: registered, asked, referred to two charities, one of which has accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.domain.codes import (
    CommunicationNeed,
    ConsentMethod,
    ContactKind,
    Decision,
    MayUse,
    Need,
    NoteLevel,
    Purpose,
    RecordType,
    ReferralState,
    Scope,
)
from app.domain.consent_check import Cell
from app.domain.ids import OpId, PersonId, ReferralId, ServiceId
from app.domain.referral import Referral
from app.domain.referral_states import Actor as Side
from app.storage.exchange import OpResult, OpStatus
from app.storage.outbox import Outbox
from app.use_cases import consents, people, refer
from app.use_cases.consents import ConsentForm
from app.use_cases.moves import move
from app.use_cases.people import NewPerson
from app.use_cases.refer import Request
from tests.helpers.vaults import Laptop

TWELFTH = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STATEMENT = "I agree to the ones I said yes to."


def register_sam(laptop: Laptop, **fields: Any) -> PersonId:
    known: dict[str, Any] = {
        "full_name": "Samira Osei",
        "known_as": "Sam",
        "pronouns": "she/her",
        "dob": ("15", "3", "1988"),
        "site": laptop.sites["stoke_mandeville"],
        "ward": "St David",
        "bed": "4",
        "expected_discharge": ("12", "12", "2026"),
        "contact_kind": ContactKind.MOBILE,
        "contact_value": "07700 900123",
        "may_use": frozenset({MayUse.CALL, MayUse.TEXT}),
        "comm_needs": frozenset({CommunicationNeed.NEEDS_TIME, CommunicationNeed.EYE_GAZE}),
        "needs": frozenset({Need.HOUSING, Need.WHEELCHAIR_SKILLS, Need.PEER_MENTORING}),
        "nhs_number": "943 476 5919",
    }
    return people.register_person(laptop.vault, **laptop.act, form=NewPerson(**(known | fields)))


def cell(laptop: Laptop, org: str, purpose: Purpose, decision: Decision = Decision.AGREED, **more: Any) -> Cell:
    scope = Scope.CONTACT_INJURY_NEEDS if decision is Decision.AGREED else None
    return Cell(org=laptop.orgs[org], purpose=purpose, decision=decision, scope=scope, **more)


def ask(laptop: Laptop, person: PersonId, *cells: Cell) -> None:
    form = ConsentForm(answers=cells, method=ConsentMethod.SPOKEN_IN_PERSON, statement=STATEMENT, read_back=True)
    consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=form)


def refer_to(laptop: Laptop, person: PersonId, service: str, need: Need) -> ReferralId:
    request = Request(service_id=ServiceId(laptop.services[service]), needs=frozenset({need}), why="Leaves soon.")
    seen = refer.preview_of(laptop.vault, **laptop.act, person_id=person, request=request)
    request = Request(service_id=request.service_id, needs=request.needs, why=request.why, shown_hash=seen.shown_hash)
    (done,) = refer.refer(laptop.vault, **laptop.act, person_id=person, requests=(request,))
    assert done.gate == ""
    return done.referral_id


def step(laptop: Laptop, referral: ReferralId, to: ReferralState, by: Side, **asked: Any) -> None:
    """Take a step as the other side or the service would, without a network."""
    with laptop.vault.transaction(**laptop.act) as work:
        move(work, work.get(Referral, referral), to, by=by, asked=asked)


def tell_sams_story(laptop: Laptop) -> PersonId:
    laptop.clock.now = TWELFTH
    sam = register_sam(laptop)
    laptop.clock.forward(minutes=12)
    ask(
        laptop,
        sam,
        cell(laptop, "aspire", Purpose.REFERRAL_CONTACT),
        cell(laptop, "aspire", Purpose.CASEWORK),
        cell(laptop, "back_up", Purpose.REFERRAL_CONTACT),
        cell(laptop, "back_up", Purpose.MENTORING, Decision.NOT_ABLE_NOW, ask_again_on=date(2026, 11, 22)),
        cell(laptop, "back_up", Purpose.RESEARCH_CONTACT, Decision.REFUSED),
    )
    laptop.clock.forward(minutes=6)
    housing = refer_to(laptop, sam, "aspire_housing", Need.HOUSING)
    skills = refer_to(laptop, sam, "back_up_wheelchair_skills", Need.WHEELCHAIR_SKILLS)
    for referral in (housing, skills):
        step(laptop, referral, ReferralState.SENT, Side.SYSTEM)
    laptop.clock.forward(days=1)
    step(laptop, housing, ReferralState.RECEIVED, Side.RECEIVER, team="housing", user=str(laptop.actor.user))
    laptop.clock.forward(days=1)
    step(
        laptop,
        housing,
        ReferralState.ACCEPTED,
        Side.RECEIVER,
        first_step_on="2026-11-28",
        accepted_needs=[Need.HOUSING.value],
    )
    laptop.clock.forward(days=2)
    step(laptop, skills, ReferralState.RECEIVED, Side.RECEIVER, team="outreach", user=str(laptop.actor.user))
    people.add_note(
        laptop.vault,
        **laptop.act,
        person_id=sam,
        text="Would like to see the kitchen of the new flat.\nHer sister visits on Sundays.",
        level=NoteLevel.ORGANISATION,
    )
    laptop.clock.now = TODAY
    return sam


def answer_from_service(laptop: Laptop, answers: dict[RecordType, OpResult]) -> None:
    """Settle every waiting change as the service would: applied, but for the first of each kind in `answers`."""
    outbox = Outbox(laptop.vault)
    left = dict(answers)
    for lane in (0, 1):
        ops = outbox.freeze(lane, most_ops=500, most_bytes=10**7)
        results = [
            replace(left.pop(op.record_type), op_id=op.op_id)
            if op.record_type in left
            else OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1)
            for op in ops
        ]
        outbox.settle(lane, results, acked=max((op.seq for op in ops), default=0), at=laptop.clock())


def refused(code: str, **more: Any) -> OpResult:
    """Return a refusal by the service; which change it is about is filled in later."""
    return OpResult(op_id=OpId(UUID(int=0)), status=OpStatus.REJECTED, code=code, **more)
