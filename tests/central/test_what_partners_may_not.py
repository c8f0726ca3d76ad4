"""A partner's laptop that behaves badly: it gets nothing it was not given, and changes nothing that is not its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from app.domain.audit import AuditEntry
from app.domain.bodies import body_of
from app.domain.clocks import london_day
from app.domain.codes import (
    AuditAction,
    CameFrom,
    ConsentKind,
    InjuryLevel,
    Need,
    OpKind,
    OverrideBasis,
    PackageField,
    Purpose,
    ReferralState,
    RelationshipKind,
    Role,
    Scope,
    TaskKind,
)
from app.domain.consent_event import ConsentEvent
from app.domain.ids import AgreementId, DeviceId, PersonId, RecordId
from app.domain.person import ContactPoint, Injury, Relationship, Stay
from app.domain.record import Record
from app.domain.referral import Referral
from app.domain.task import Task
from app.errors import ServiceError
from sync.central.entering import end_agreement
from sync.protocol.messages import OpLine
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import (
    Ward,
    agree,
    consent_op,
    draft,
    open_and_accept,
    push_stop,
    refer,
    register,
    step,
    stop,
)
from tests.helpers.central import AllianceService

COURSES = "back_up_courses"


@pytest.fixture
def person(alliance: AllianceService, ward: Device) -> Ward:
    """A person whose referral Back Up's outreach team holds, and has not opened."""
    made = register(alliance, ward)
    agree(made)
    assert [result.state.value for result in refer(made)] == ["applied", "merged"]
    return made


def as_sent(person: Ward) -> Referral:
    assert person.referral is not None
    return replace(person.referral, state=ReferralState.SENT)


def opening(device: Device, referral: Referral) -> OpLine:
    return step(
        device, referral, ReferralState.RECEIVED, role=Role.INTAKE_WORKER, team=referral.to_team, user=str(device.user)
    )


# --- records that the device may not see ---------------------------------------------------------------------


def test_a_referral_to_another_team_is_answered_like_one_that_is_not_there(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    first = as_sent(person)
    refer(person, COURSES)
    other_team = Device.enrol(alliance, "back_up", "intake_worker", ["intake:courses"])
    other_team.pull()
    assert list(other_team.bodies("referral")) == [as_sent(person).id], "it holds the person through its own referral"
    results = other_team.push(
        opening(other_team, first),
        other_team.patch(first, "referral", changes={"assignee": str(other_team.user)}),
    )
    assert [(result.state, result.code, result.rev, result.body) for result in results] == [
        ("held", "out_of_scope", None, None)
    ] * 2


def test_repeating_a_step_of_a_referral_to_another_team_shows_nothing_of_it(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    first = as_sent(person)
    assert intake.push(opening(intake, first))[0].state == "applied"
    refer(person, COURSES)
    other_team = Device.enrol(alliance, "back_up", "intake_worker", ["intake:courses"])
    (result,) = other_team.push(opening(other_team, first))
    assert (result.state, result.code, result.body) == ("held", "out_of_scope", None)


def test_a_coordinator_answers_for_every_team_it_holds(alliance: AllianceService, person: Ward) -> None:
    coordinator = Device.enrol(alliance, "back_up", "partner_coordinator", ["programme", "intake:outreach_support"])
    assert coordinator.push(opening(coordinator, as_sent(person)))[0].state == "applied"


def test_a_change_of_the_own_organisation_is_not_answered_with_a_body_the_laptop_may_not_hold(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    elsewhere = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stanmore"])
    ward.push(ward.patch(person.person, "person", base_rev=1, changes={"known_as": "Mira"}, base={"known_as": "Sam"}))
    late = elsewhere.patch(person.person, "person", base_rev=1, changes={"known_as": "Sami"}, base={"known_as": "Sam"})
    (result,) = elsewhere.push(msgspec.structs.replace(late, hlc="1000-0-abcd"))
    assert (result.state, result.body) == ("merged", None)


# --- records of the person -----------------------------------------------------------------------------------


def facts_by_partner(intake: Device, person: Ward) -> list[Record]:
    of_person = {**intake.header(Role.INTAKE_WORKER), "person": person.person_id}
    made = [
        Injury(**of_person, level=InjuryLevel.C6),
        ContactPoint(**of_person, kind=person.contact.kind, value="+447700900456"),
        Stay(**of_person, site=person.stay.site, ward="Elsewhere"),
        Relationship(**of_person, other_person=PersonId(intake.ids()), kind=RelationshipKind.FRIEND),
    ]
    return [replace(record, id=RecordId(intake.ids())) for record in made]


def test_a_partner_adds_nothing_to_what_is_recorded_of_a_person(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    open_and_accept(intake, person)
    results = intake.push(*(intake.create(record) for record in facts_by_partner(intake, person)))
    assert {(result.state, result.code) for result in results} == {("rejected", "read_only")}
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"]["ward"] == "St David"
    assert [result.state.value for result in refer(person, COURSES)] == ["applied", "merged"], (
        "the package is still the one the ward's laptop showed"
    )


# --- consent -------------------------------------------------------------------------------------------------


def override(device: Device, person: Ward, referral: Referral, role: Role, **changed: object) -> ConsentEvent:
    moment = device.now().replace(microsecond=0)
    event = ConsentEvent(
        **device.header(role),
        person=person.person_id,
        kind=ConsentKind.OVERRIDE,
        asked_by=device.user,
        asked_by_org=device.org,
        at=moment,
        basis=OverrideBasis.VITAL_INTERESTS,
        override_for=RecordId(referral.id),
        reason="Found unconscious and alone at home",
        second_person_told="Duty manager",
    )
    return replace(event, **changed)


def test_a_receiver_cannot_share_a_person_with_itself(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    event = override(intake, person, as_sent(person), Role.INTAKE_WORKER)
    (result,) = intake.push(intake.create(event, OpKind.CONSENT))
    assert (result.state, result.code) == ("rejected", "not_permitted")
    push_stop(person)
    intake.pull()
    assert intake.bodies("referral") == {}


def test_an_override_ends_after_three_days_whatever_the_laptops_clock_said(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward, clock: Clock
) -> None:
    event = override(
        ward, person, as_sent(person), Role.OUTREACH_WORKER, at=ward.now().replace(microsecond=0) + timedelta(days=3650)
    )
    assert ward.push(ward.create(event, OpKind.CONSENT))[0].state == "applied"
    push_stop(person)
    intake.pull()
    assert len(intake.bodies("referral")) == 1, "an override opens one package over a no"
    clock.advance(hours=73)
    intake.token = ""
    intake.pull()
    assert intake.bodies("referral") == {}


def test_a_partner_takes_back_no_answer_that_others_recorded(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    wide = agree(person)
    narrow = agree(person, scope=Scope.CONTACT)
    assert wide.lines[0].line_id in narrow.lines[0].cites
    refer(person)
    open_and_accept(intake, person)
    correction = ConsentEvent(
        **intake.header(Role.INTAKE_WORKER),
        person=person.person_id,
        kind=ConsentKind.CORRECTION,
        asked_by=intake.user,
        asked_by_org=intake.org,
        at=intake.now().replace(microsecond=0),
        voids=frozenset({narrow.lines[0].line_id}),
        reason="Recorded by mistake",
    )
    (result,) = intake.push(intake.create(correction, OpKind.CONSENT))
    assert (result.state, result.code) == ("rejected", "not_permitted")
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert "ward" not in card["fields"], "the narrower answer still holds"


def test_a_card_tells_nothing_of_answers_about_others(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    own = agree(person, "aspire")
    event = stop(person, org=None, purpose=Purpose.CASEWORK)
    assert ward.push(consent_op(ward, event), lane=0)[0].state == "applied"
    other = agree(person, "aspire", Purpose.CASEWORK)
    event = stop(person, org=None, purpose=Purpose.CASEWORK)
    assert ward.push(consent_op(ward, event), lane=0)[0].state == "applied"
    intake.pull()
    (line,) = [line for held in intake.held.values() for line in held.values() if line.record_type == "share_card"]
    told = bytes(line.body).decode()
    for each in (*own.lines, *other.lines):
        assert str(each.line_id) not in told


# --- steps ---------------------------------------------------------------------------------------------------


def test_a_step_is_signed_by_whoever_took_it(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    op = opening(intake, as_sent(person))
    for field, other in (
        ("by", alliance.user("partner_coordinator")),
        ("created_by", alliance.user("partner_coordinator")),
        ("by", UUID(int=0)),
        ("device", ward.device_id),
    ):
        forged = {**op.changes, "event": {**op.changes["event"], field: str(other)}}
        (result,) = intake.push(msgspec.structs.replace(op, op_id=intake.ids(), txn=intake.ids(), changes=forged))
        assert (result.state, result.code) == ("rejected", "not_permitted"), field


def test_a_step_carries_what_it_requires_and_nothing_else(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    op = opening(intake, as_sent(person))
    event = op.changes["event"]
    wordy = {**op.changes, "event": {**event, "reason": "Her brother is in prison"}}
    (refused,) = intake.push(msgspec.structs.replace(op, op_id=intake.ids(), txn=intake.ids(), changes=wordy))
    assert (refused.state, refused.gate) == ("rejected", "referral.reason.not_permitted")
    long_name = {**op.changes, "event": {**event, "by_name": "x" * 4000}}
    (refused,) = intake.push(msgspec.structs.replace(op, op_id=intake.ids(), txn=intake.ids(), changes=long_name))
    assert (refused.state, refused.gate) == ("rejected", "referral_event.by_name.too_long")
    padded = {**op.changes, "event": {**event, "asked": {**event["asked"], "diagnosis": "secret words"}}}
    (taken,) = intake.push(msgspec.structs.replace(op, op_id=intake.ids(), txn=intake.ids(), changes=padded))
    assert taken.state == "merged"
    ward.pull()
    assert all("secret words" not in str(body) for body in ward.bodies("referral_event").values())


# --- what a referral's record says besides its package --------------------------------------------------------


def test_what_the_package_leaves_out_stands_nowhere_in_the_referral(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person, scope=Scope.CONTACT)
    target = alliance.administration.alliance().directory.services[alliance.service_id("back_up_outreach")]
    referral = replace(
        draft(person),
        needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        why="Canary of the reason",
        expected_discharge_on=ward.now().date(),
        struck=frozenset({PackageField.EXPECTED_DISCHARGE_ON}),
        to_team="another_team",
    )
    queued = step(ward, referral, ReferralState.QUEUED, package_seen=referral.package_hash)
    results = ward.push(ward.create(referral), queued, together=True)
    assert [result.state.value for result in results] == ["applied", "merged"], results
    intake.pull()
    (body,) = intake.bodies("referral").values()
    assert {"why", "expected_discharge_on", "best_time"}.isdisjoint(body)
    assert set(body["needs"]) == set(target.needs), "whom it goes to everybody sees, what for only where agreed"
    assert body["to_team"] == target.intake_team
    (late,) = ward.push(ward.patch(referral, "referral", changes={"best_time": "Canary, after her carer left"}))
    assert (late.state, late.gate) == ("rejected", "referral.best_time.not_permitted")


def test_who_first_told_of_somebody_stays_within_the_charity(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    results = refer(person, came_from=CameFrom.FAMILY, came_from_contact="Her sister, 07700 900999")
    assert {(result.state, result.gate) for result in results} == {
        ("rejected", "referral.came_from_contact.not_permitted")
    }


# --- lanes, chains and roles ---------------------------------------------------------------------------------


def test_nobody_writes_into_another_laptops_audit_chain(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    def entry(writer: Device, device: UUID) -> OpLine:
        header = {**writer.header(), "device": DeviceId(device)}
        made = AuditEntry(
            **header, seq=1, action=AuditAction.LOGIN, at=writer.now(), previous="0" * 64, hash="1" * 64, signature=""
        )
        return writer.op("audit_entry", made.id, DeviceId(device), OpKind.APPEND, changes=body_of(made))

    (forged,) = intake.push(entry(intake, ward.device_id))
    assert (forged.state, forged.code) == ("rejected", "not_permitted")
    (own,) = ward.push(entry(ward, ward.device_id))
    assert own.state == "applied", "nobody can take the place of a chain before it begins"


def test_only_a_coordinator_says_that_somebody_died(alliance: AllianceService, ward: Device, person: Ward) -> None:
    (result,) = ward.push(ward.patch(person.person, "person", changes={"status": "died"}, base={"status": "active"}))
    assert (result.state, result.code) == ("rejected", "not_permitted")


def test_an_intake_worker_widens_no_service(alliance: AllianceService, intake: Device) -> None:
    service = alliance.service_id(COURSES)
    wider = msgspec.structs.replace(
        intake.op("service", service, service, OpKind.PATCH), added={"needed_fields": [PackageField.CAUSE.value]}
    )
    (result,) = intake.push(wider)
    assert (result.state, result.code) == ("rejected", "not_permitted")


def test_a_volunteers_or_offices_laptop_moves_no_referral(alliance: AllianceService, person: Ward) -> None:
    for user, scope in (("partner_it_admin", "admin"), ("partner_data_protection_lead", "rights")):
        device = Device.enrol(alliance, "back_up", user, [scope])
        (result,) = device.push(opening(device, as_sent(person)))
        assert (result.state, result.code) == ("rejected", "not_permitted")


# --- time ----------------------------------------------------------------------------------------------------


def test_a_card_closes_on_the_day_the_agreement_ends(
    alliance: AllianceService, intake: Device, person: Ward, clock: Clock
) -> None:
    open_and_accept(intake, person)
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"]
    clock.advance(days=432)
    intake.token = ""
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert "fields" not in card
    assert len(intake.bodies("referral")) == 1, "what was sent and accepted while the paper ran is still there"


def test_a_card_closes_on_the_day_after_the_agreement_was_ended(
    alliance: AllianceService, intake: Device, person: Ward, clock: Clock
) -> None:
    open_and_accept(intake, person)
    operator = alliance.administration
    (paper,) = operator.alliance().directory.agreements
    today = london_day(clock())
    end_agreement(operator, AgreementId(paper.id), today=today)
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"], "on its last day the paper still holds"
    with pytest.raises(ServiceError, match=r"agreement\.ended_already"):
        end_agreement(operator, AgreementId(paper.id), today=today)
    clock.advance(days=1)
    intake.token = ""
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert "fields" not in card


def test_after_a_new_yes_the_person_comes_back_whole(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    open_and_accept(intake, person)
    intake.pull()
    (before,) = intake.bodies("share_card").values()
    push_stop(person)
    intake.pull()
    assert intake.bodies("share_card") == intake.bodies("referral") == {}
    agree(person)
    refer(person)
    intake.pull()
    open_and_accept(intake, person)
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"] == before["fields"]
    assert len(intake.bodies("referral")) == 1
    assert len(intake.bodies("referral_event")) == 4


def test_a_stop_and_a_task_of_one_push_both_arrive(alliance: AllianceService, person: Ward) -> None:
    lead = Device.enrol(alliance, "back_up", "partner_data_protection_lead", ["rights"], others=("intake_worker",))
    intake = Device.enrol(alliance, "back_up", "intake_worker", ["intake:outreach_support", "rights"])
    task = Task(
        **intake.header(Role.INTAKE_WORKER),
        kind=TaskKind.ACCESS_REQUEST,
        due_on=intake.now().date(),
        for_role=Role.DATA_PROTECTION_LEAD,
    )
    event = stop(person, device=intake)
    assert [result.state for result in intake.push(intake.create(task), consent_op(intake, event))] == ["applied"] * 2
    lead.pull()
    assert sorted(body["kind"] for body in lead.bodies("task").values()) == ["access_request", "confirm_stop"]
