"""From the ward to the partner and back: what the main job asks of the service."""

from __future__ import annotations

from app.domain.codes import Decision, Purpose, RecordType, ReferralState
from tests.central.device import Device
from tests.central.story import agree, open_and_accept, push_stop, refer, register
from tests.helpers.central import AllianceService


def test_a_new_laptop_gets_the_directory(ward: Device) -> None:
    lines = ward.pull()
    kinds = {line.record_type for line in lines}
    assert {"organisation", "service", "site", "agreement", "consent_wording", "user"} <= kinds
    assert all(cursor.at_head for cursor in ward.cursors.values())
    names = {body["name"] for body in ward.bodies("organisation").values()}
    assert names == {"Aspire", "Back Up", "Spinal Injuries Association"}


def test_a_laptop_gets_the_accounts_of_its_own_organisation_only(ward: Device) -> None:
    ward.pull()
    assert {body["org"] for body in ward.bodies("user").values()} == {str(ward.org)}


def test_what_a_laptop_wrote_comes_back_as_its_own(alliance: AllianceService, ward: Device) -> None:
    ward.pull()
    person = register(alliance, ward)
    lines = [line for line in ward.pull() if line.id == person.person_id]
    assert [line.kind for line in lines] == ["K"]
    assert lines[0].rev == 1


def test_a_second_laptop_of_the_ward_gets_the_person(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert other.bodies("person")[person.person_id]["known_as"] == "Sam"
    assert len(other.bodies("stay")) == 1


def test_a_referral_with_consent_is_sent_and_reaches_the_partner(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    intake.pull()
    person = register(alliance, ward)
    agree(person)
    created, queued = refer(person)
    assert created.state == "applied"
    assert queued.state == "merged"
    assert queued.body is not None
    assert queued.body["state"] == "sent"
    assert queued.body["ack_due"] < queued.body["decide_due"]
    intake.pull()
    referral = intake.bodies("referral")[person.referral.id]
    assert referral["state"] == "sent"
    assert referral["package"] == queued.body["package"]
    assert referral["package"]["name"] == {"given_name": "Samira", "family_name": "Osei"}
    states = sorted(body["to_state"] for body in intake.bodies("referral_event").values())
    assert states == ["queued", "sent"]


def test_before_acceptance_the_partner_holds_no_record_of_the_person_herself(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.pull()
    for kind in (RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT, RecordType.CONSENT_EVENT):
        assert intake.bodies(kind.value) == {}
    assert all(not body.get("fields") for body in intake.bodies("share_card").values())


def test_accepting_opens_the_share_card_and_the_ward_sees_it(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.pull()
    ward.pull()
    open_and_accept(intake, person)
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"]["known_as"] == "Sam"
    ward.pull()
    assert ward.bodies("referral")[person.referral.id]["state"] == "accepted"
    states = {body["to_state"] for body in ward.bodies("referral_event").values()}
    assert ReferralState.ACCEPTED in states


def test_a_withdrawal_leaves_nothing_at_the_partner(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    open_and_accept(intake, person)
    intake.cycle()
    assert push_stop(person).state == "applied"
    lines = intake.pull()
    assert {line.why for line in lines if line.kind == "D"} == {"consent"}
    assert intake.bodies("referral") == intake.bodies("referral_event") == intake.bodies("share_card") == {}


def test_the_ward_reads_how_many_laptops_have_removed_it(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    ward.cycle()
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    push_stop(person)
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert (receipt["laptops"], receipt.get("removed", 0)) == (1, 0)
    assert receipt["partner_name"] == "Back Up"
    assert [entry["device"] for entry in receipt["waiting"]] == [str(intake.device_id)]
    intake.cycle()
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert (receipt["laptops"], receipt["removed"]) == (1, 1)
    assert "waiting" not in receipt
    assert receipt["last_removed_at"]


def test_the_partners_lead_is_asked_to_confirm_the_stop(alliance: AllianceService, ward: Device) -> None:
    lead = Device.enrol(alliance, "back_up", "partner_data_protection_lead", ["rights"])
    person = register(alliance, ward)
    agree(person)
    refer(person)
    lead.pull()
    assert lead.bodies("task") == {}
    push_stop(person)
    lead.pull()
    (task,) = lead.bodies("task").values()
    assert task["kind"] == "confirm_stop"
    assert task["for_role"] == "data_protection_lead"
    assert task["person"] == str(person.person_id)


def test_a_referral_without_a_yes_is_refused_at_the_gate(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    results = refer(person, consent_lines=frozenset({ward.ids()}))
    assert [(result.state, result.code, result.gate) for result in results] == [
        ("rejected", "gate", "gate_consent")
    ] * 2
    intake.pull()
    assert intake.bodies("referral") == {}


def test_a_refused_answer_opens_nothing(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    agree(person, purpose=Purpose.REFERRAL_CONTACT, decision=Decision.REFUSED)
    results = refer(person, consent_lines=frozenset({ward.ids()}))
    assert {result.gate for result in results} == {"gate_consent"}
