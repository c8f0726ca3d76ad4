"""Passing a referral on at the service: only to a charity the person agreed to; and two that ask for the same."""

from __future__ import annotations

from dataclasses import replace

from app.domain.bodies import record_of
from app.domain.codes import RecordType, ReferralState, Role
from app.domain.referral import Referral
from tests.central.device import Device
from tests.central.story import Ward, agree, draft, open_and_accept, refer, register, step
from tests.helpers.central import AllianceService

S = ReferralState


def opened(ward: Device, intake: Device, alliance: AllianceService) -> Ward:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    assert person.referral is not None
    sent = replace(person.referral, state=S.SENT)
    intake.push(step(intake, sent, S.RECEIVED, role=Role.INTAKE_WORKER, team=sent.to_team, user=str(intake.user)))
    return person


def passed_on(intake: Device, person: Ward, alliance: AllianceService, service: str):  # type: ignore[no-untyped-def]
    assert person.referral is not None
    received = replace(person.referral, state=S.RECEIVED)
    return intake.push(
        step(intake, received, S.REROUTED, role=Role.INTAKE_WORKER, service=str(alliance.service_id(service)))
    )[0]


def referrals(device: Device) -> list[dict[str, object]]:
    device.pull()
    return list(device.bodies("referral").values())


def test_it_reaches_the_other_service_and_the_sender_sees_where_it_went(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = opened(ward, intake, alliance)
    assert person.referral is not None
    result = passed_on(intake, person, alliance, "back_up_wheelchair_skills")
    assert result.state == "applied", result
    assert passed_on(intake, person, alliance, "back_up_wheelchair_skills").state in ("rejected", "merged")
    found = {str(body["state"]): body for body in referrals(ward)}
    assert set(found) == {"rerouted", "sent"}
    assert found["sent"]["parent"] == str(person.referral.id)
    assert found["sent"]["org"] == str(ward.org)
    assert found["sent"]["to_service"] == str(alliance.service_id("back_up_wheelchair_skills"))
    assert found["sent"]["package"]
    # Both sides hold both: the receiver of the new one opens it like any other.
    assert {str(body["state"]) for body in referrals(intake)} == {"rerouted", "sent"}


def test_nobody_is_passed_on_to_a_charity_they_were_not_asked_about_and_the_sender_is_asked_to_ask(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = opened(ward, intake, alliance)
    for _again in range(2):
        result = passed_on(intake, person, alliance, "aspire_housing")
        assert (result.state, result.gate) == ("rejected", "gate_consent")
    (body,) = referrals(ward)
    assert body["state"] == "received"
    tasks = [each for each in ward.bodies("task").values() if each["kind"] == "ask_again"]
    assert [each["rule"] for each in tasks] == [f"{alliance.org('aspire')}/referral_contact"]
    assert tasks[0]["for_user"] == str(ward.user)
    intake.pull()
    # The receiver learns that it was no, and nothing else of what the person was asked.
    assert all(each["kind"] != "ask_again" for each in intake.bodies("task").values())


def test_whoever_asked_first_is_asked_to_ask_again_also_after_it_was_passed_on_before(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = opened(ward, intake, alliance)
    assert passed_on(intake, person, alliance, "back_up_wheelchair_skills").state == "applied"
    intake.pull()
    key, body = next((key, body) for key, body in intake.bodies("referral").items() if body["state"] == "sent")
    second = record_of(Referral, key, body)
    assert second.created_by == ward.user
    team = Device.enrol(alliance, "back_up", "intake_worker", [f"intake:{second.to_team}"])
    team.push(step(team, second, S.RECEIVED, role=Role.INTAKE_WORKER, team=second.to_team, user=str(team.user)))
    received, housing = replace(second, state=S.RECEIVED), str(alliance.service_id("aspire_housing"))
    (result,) = team.push(step(team, received, S.REROUTED, role=Role.INTAKE_WORKER, service=housing))
    assert (result.state, result.gate) == ("rejected", "gate_consent")
    ward.pull()
    (task,) = [each for each in ward.bodies("task").values() if each["kind"] == "ask_again"]
    assert task["for_user"] == str(ward.user)


def test_once_the_person_agreed_it_goes_through(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = opened(ward, intake, alliance)
    assert passed_on(intake, person, alliance, "aspire_housing").state == "rejected"
    agree(person, org="aspire")
    result = passed_on(intake, person, alliance, "aspire_housing")
    assert result.state == "applied", result
    assert {str(body["state"]) for body in referrals(ward)} == {"rerouted", "sent"}


def test_a_service_that_is_not_there_and_the_one_it_came_from_are_refused(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = opened(ward, intake, alliance)
    same = passed_on(intake, person, alliance, "back_up_outreach")
    assert (same.state, same.code) == ("rejected", "constraint")
    assert referrals(ward)[0]["state"] == "received"


def test_a_second_referral_to_one_service_is_linked_for_both_sides(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = opened(ward, intake, alliance)
    first = person.referral
    assert first is not None
    second = draft(person)
    queued = step(ward, second, S.QUEUED, package_seen=second.package_hash)
    results = ward.push(ward.create(second), queued, together=True)
    assert {result.state for result in results} <= {"applied", "merged"}
    for device in (ward, intake):
        device.pull()
        assert device.bodies("referral")[second.id]["duplicate_of"] == str(first.id)
        assert device.bodies("referral")[first.id].get("duplicate_of") is None


def test_what_a_team_writes_about_itself_reaches_the_team_and_nobody_else(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    from app.domain.codes import TaskKind, TaskState
    from app.domain.task import Task

    person = opened(ward, intake, alliance)
    assert person.referral is not None
    other = Device.enrol(alliance, "back_up", "intake_worker", ["intake:outreach_support"])
    tried = Task(
        **intake.header(Role.INTAKE_WORKER),
        kind=TaskKind.CONTACT_TRY,
        person=person.person_id,
        subject=person.referral.id,
        rule="call",
        for_team=person.referral.to_team,
        due_on=intake.now().date(),
        state=TaskState.DONE,
    )
    away = Task(
        **intake.header(Role.INTAKE_WORKER),
        kind=TaskKind.COVER,
        subject=intake.user,
        rule=f"/{intake.now().date()}",
        for_team=person.referral.to_team,
        due_on=intake.now().date(),
    )
    taken = intake.patch(person.referral, RecordType.REFERRAL.value, changes={"assignee": str(intake.user)})
    results = intake.push(intake.create(tried), intake.create(away), taken)
    assert [result.state.value for result in results] == ["applied"] * 3, results
    other.pull()
    assert {each["kind"] for each in other.bodies("task").values()} == {"contact_try", "cover"}
    assert other.bodies("referral")[person.referral.id]["assignee"] == str(intake.user)
    ward.pull()
    assert ward.bodies("task") == {}


def test_a_person_taken_on_is_still_theirs_when_it_was_accepted_in_part(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    assert person.referral is not None
    accepted = replace(person.referral, state=S.ACCEPTED)
    result = intake.push(
        step(
            intake,
            accepted,
            S.REROUTED,
            role=Role.INTAKE_WORKER,
            service=str(alliance.service_id("back_up_wheelchair_skills")),
        )
    )[0]
    assert result.state == "applied", result
