"""A referral's way at the service: two who answer at once, questions, silence, and a death."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from app.domain.clocks import london_day
from app.domain.codes import OpKind, RecordType, ReferralState, Role
from app.domain.referral import ReferralEvent
from app.domain.referral_states import fold
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import agree, draft, open_and_accept, push_stop, records_of, refer, register, step
from tests.helpers.central import AllianceService


def sent(ward: Device, alliance: AllianceService):  # type: ignore[no-untyped-def]
    """Return a ward with a referral that has been sent."""
    person = register(alliance, ward)
    agree(person)
    refer(person)
    return person


def test_of_two_answers_the_first_stands_and_the_second_hears_where_it_is(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    other = Device.enrol(alliance, "back_up", "intake_worker", ["intake:outreach_support"])
    person = sent(ward, alliance)
    open_and_accept(intake, person)
    received = replace(person.referral, state=ReferralState.RECEIVED)
    late = step(
        other, received, ReferralState.DECLINED_BY_SERVICE, role=Role.INTAKE_WORKER,
        reason="no_capacity", next_step="sender_contacts_person",
    )  # fmt: skip
    (result,) = other.push(late)
    assert (result.state, result.code, result.referral_state) == ("rejected", "bad_transition", "accepted")
    other.pull()
    assert other.bodies("referral")[person.referral.id]["state"] == "accepted"


def test_a_step_that_was_taken_already_is_no_fault(alliance: AllianceService, ward: Device, intake: Device) -> None:
    other = Device.enrol(alliance, "back_up", "intake_worker", ["intake:outreach_support"])
    person = sent(ward, alliance)
    waiting = replace(person.referral, state=ReferralState.SENT)
    asked = {"team": person.referral.to_team, "user": str(intake.user)}
    first, second = (
        device.push(step(device, waiting, ReferralState.RECEIVED, role=Role.INTAKE_WORKER, **asked))[0]
        for device in (intake, other)
    )
    assert first.state == "applied"
    assert second.state == "merged"
    assert second.body["state"] == "received"


def test_the_sender_cannot_accept_for_the_receiver(alliance: AllianceService, ward: Device) -> None:
    person = sent(ward, alliance)
    waiting = replace(person.referral, state=ReferralState.SENT)
    (result,) = ward.push(step(ward, waiting, ReferralState.RECEIVED, team="x", user=str(ward.user)))
    assert result.state == "rejected"


def test_a_step_without_what_it_requires_is_refused_with_the_field(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = sent(ward, alliance)
    waiting = replace(person.referral, state=ReferralState.SENT)
    (result,) = intake.push(
        step(intake, waiting, ReferralState.INFO_NEEDED, role=Role.INTAKE_WORKER, question="Why?", asked_of="sender")
    )
    assert (result.state, result.code) == ("rejected", "constraint")
    assert result.gate.startswith("referral.question.")


def test_days_that_a_question_waits_are_added_to_the_time_to_decide(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = sent(ward, alliance)
    intake.pull()
    before = intake.bodies("referral")[person.referral.id]["decide_due"]
    waiting = replace(person.referral, state=ReferralState.SENT)
    question = {"question": "Which ward is she on now?", "asked_of": "sender"}
    intake.push(step(intake, waiting, ReferralState.INFO_NEEDED, role=Role.INTAKE_WORKER, **question))
    clock.advance(days=7)
    ward.token = intake.token = ""
    asked = replace(person.referral, state=ReferralState.INFO_NEEDED)
    (result,) = ward.push(step(ward, asked, ReferralState.RECEIVED, answer="Heron ward."))
    assert result.state == "merged"
    assert result.body["decide_due"] > before


def test_a_package_that_is_not_the_one_shown_does_not_leave(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    referral = draft(person)
    queued = step(ward, referral, ReferralState.QUEUED, package_seen=referral.package_hash)
    ward.push(
        ward.patch(person.contact, "contact_point", changes={"value": "+447700900999"}, base={"value": "+447700900123"})
    )
    results = ward.push(ward.create(referral), queued, together=True)
    assert {result.gate for result in results} == {"gate_package"}


def test_a_referral_cannot_be_made_as_sent(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    (result,) = ward.push(ward.create(draft(person, state=ReferralState.SENT)))
    assert (result.state, result.code) == ("rejected", "bad_transition")
    intake.pull()
    assert intake.bodies("referral") == {}


def test_a_referral_to_a_service_without_an_agreement_does_not_leave(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    results = refer(person, "sia_support_line", org="sia", consent_lines=frozenset({ward.ids()}))
    assert {result.gate for result in results} <= {"gate_consent", "gate_agreement", "gate_package"}
    assert {result.state for result in results} == {"rejected"}


def test_silence_ends_a_referral_after_its_days(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = sent(ward, alliance)
    clock.advance(days=41)
    ward.token = ""
    ward.pull()
    assert ward.bodies("referral")[person.referral.id]["state"] == "sent"
    clock.advance(days=10)
    ward.token = ""
    ward.pull()
    assert ward.bodies("referral")[person.referral.id]["state"] == "expired"


def test_a_death_withdraws_what_is_open(alliance: AllianceService, ward: Device, intake: Device) -> None:
    coordinator = Device.enrol(alliance, "aspire", "ward_coordinator", ["programme"])
    person = sent(ward, alliance)
    today = str(london_day(ward.now()))
    died, day = coordinator.push(
        coordinator.op("person", person.person_id, person.person_id, OpKind.TRANSITION,
                       changes={"status": "died"}, base={"status": "active"}),
        coordinator.patch(person.person, "person", changes={"died_on": today}),
    )  # fmt: skip
    assert (died.state, day.state) == ("applied", "applied")
    ward.pull()
    assert ward.bodies("referral")[person.referral.id]["state"] == "withdrawn"
    reasons = {body.get("reason") for body in ward.bodies("referral_event").values()}
    assert "person_died" in reasons


def test_a_withdrawal_by_the_ward_beats_an_answer_it_had_not_seen(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = sent(ward, alliance)
    open_and_accept(intake, person)
    stale = replace(person.referral, state=ReferralState.SENT)
    (result,) = ward.push(step(ward, stale, ReferralState.WITHDRAWN, reason="no_longer_needed"))
    assert result.state == "merged"
    assert result.body["state"] == "withdrawn"
    assert intake.pull()
    assert intake.bodies("referral") == {}


def test_every_history_at_the_service_is_one_path(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = sent(ward, alliance)
    open_and_accept(intake, person)
    push_stop(person)
    coordinator = Device.enrol(alliance, "aspire", "ward_coordinator", ["programme"])
    coordinator.pull()
    events = records_of(coordinator.bodies("referral_event"), RecordType.REFERRAL_EVENT)
    assert all(isinstance(event, ReferralEvent) for event in events)
    assert fold(events) is ReferralState.WITHDRAWN
    assert coordinator.bodies("referral")[person.referral.id]["state"] == "withdrawn"


def test_a_step_of_another_organisation_is_not_signed_with_ours(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = sent(ward, alliance)
    waiting = replace(person.referral, state=ReferralState.SENT)
    op = step(intake, waiting, ReferralState.RECEIVED, role=Role.INTAKE_WORKER, team="t", user=str(intake.user))
    forged = {**op.changes, "event": {**op.changes["event"], "org": str(ward.org)}}
    (result,) = intake.push(msgspec.structs.replace(op, changes=forged))
    assert (result.state, result.code) == ("rejected", "not_permitted")


def test_what_was_completed_closes_by_itself_after_a_fortnight(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = sent(ward, alliance)
    open_and_accept(intake, person)
    accepted = replace(person.referral, state=ReferralState.ACCEPTED)
    moment = intake.now().replace(microsecond=0)
    begun = step(
        intake, accepted, ReferralState.IN_PROGRESS, role=Role.INTAKE_WORKER, first_contact_at=moment, channel="phone"
    )
    done = step(
        intake, accepted, ReferralState.COMPLETED, start=ReferralState.IN_PROGRESS, role=Role.INTAKE_WORKER,
        outcome="got_help", ended_on=london_day(moment),
    )  # fmt: skip
    assert [result.state for result in intake.push(begun, done)] == ["applied", "applied"]
    clock.ahead += timedelta(days=16)
    ward.token = ""
    ward.pull()
    assert ward.bodies("referral")[person.referral.id]["state"] == "closed"
