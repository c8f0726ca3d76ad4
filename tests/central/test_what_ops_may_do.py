"""Who may send what: roles by the service's own table, foreign records, and two who wrote the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.domain.bodies import body_of
from app.domain.card import ShareCard
from app.domain.codes import ConsentKind, Decision, HowTold, NoteLevel, OpKind, Purpose, Role, TaskKind
from app.domain.consent_event import ConsentEvent
from app.domain.note import CaseNote
from app.domain.task import Task
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import (
    agree,
    answer,
    consent_op,
    open_and_accept,
    person_ops,
    push_stop,
    refer,
    register,
    stop,
    unsent_person,
)
from tests.helpers.central import AllianceService


def test_somebody_without_a_role_on_the_device_is_unknown(alliance: AllianceService, ward: Device) -> None:
    ward.user = alliance.user("ward_coordinator")
    results = ward.push(*person_ops(unsent_person(alliance, ward)))
    assert {(result.state, result.code) for result in results} == {("rejected", "actor_unknown")}


def test_a_role_named_in_the_body_is_not_believed(alliance: AllianceService) -> None:
    office = Device.enrol(alliance, "aspire", "ward_it_admin", ["admin"])
    results = office.push(*person_ops(unsent_person(alliance, office)))
    assert {(result.state, result.code) for result in results} == {("rejected", "not_permitted")}


def test_a_record_of_another_organisation_cannot_be_made(alliance: AllianceService, ward: Device) -> None:
    person = unsent_person(alliance, ward)
    (op, *_) = person_ops(person)
    forged = {**op.changes, "org": str(alliance.org("back_up"))}
    (result,) = ward.push(msgspec.structs.replace(op, changes=forged))
    assert (result.state, result.code) == ("rejected", "not_permitted")


def test_a_record_signed_with_another_name_cannot_be_made(alliance: AllianceService, ward: Device) -> None:
    (op, *_) = person_ops(unsent_person(alliance, ward))
    forged = {**op.changes, "created_by": str(alliance.user("ward_coordinator"))}
    (result,) = ward.push(msgspec.structs.replace(op, changes=forged))
    assert (result.state, result.code) == ("rejected", "not_permitted")


def test_another_organisations_person_is_answered_like_one_that_is_not_there(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    there = intake.patch(person.person, "person", changes={"known_as": "X"})
    nowhere = intake.op("person", intake.ids(), intake.ids(), OpKind.PATCH, changes={"known_as": "X"})
    results = intake.push(there, nowhere)
    assert [(result.state, result.code, result.rev, result.body) for result in results] == [
        ("held", "out_of_scope", None, None)
    ] * 2


def test_what_is_said_about_a_note_is_of_the_same_person_and_read_by_no_more(
    alliance: AllianceService, ward: Device
) -> None:
    person, other = register(alliance, ward), register(alliance, ward)

    def note(about: UUID | None = None, **changes: Any) -> CaseNote:
        given = {"person": person.person_id, "level": NoteLevel.ORGANISATION, "text": "Hello", "amends": about}
        return CaseNote(**ward.header(Role.OUTREACH_WORKER), **{**given, **changes})

    first = note()
    (made,) = ward.push(ward.create(first, OpKind.APPEND))
    assert made.state == "applied"
    for said, expected in (
        (note(first.id), ("applied", "")),
        (note(first.id, level=NoteLevel.PARTNERS_AGREED), ("rejected", "constraint")),
        (note(first.id, person=other.person_id), ("rejected", "constraint")),
        (note(person.person_id), ("rejected", "constraint")),
    ):
        (result,) = ward.push(ward.create(said, OpKind.APPEND))
        assert (result.state, result.code) == expected


def test_nothing_can_be_added_to_another_organisations_person(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    note = CaseNote(
        **intake.header(Role.INTAKE_WORKER), person=person.person_id, level=NoteLevel.ORGANISATION, text="Hello"
    )
    (result,) = intake.push(intake.create(note, OpKind.APPEND))
    assert (result.state, result.code) == ("held", "out_of_scope")


def test_nobody_gives_themselves_consent_for_a_person_they_do_not_hold(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    stolen = {**body_of(event), "org": str(intake.org), "created_by": str(intake.user)}
    op = intake.op("consent_event", intake.ids(), person.person_id, OpKind.CONSENT, changes=stolen)
    (result,) = intake.push(op)
    assert (result.state, result.code) == ("held", "out_of_scope")


def test_a_card_is_read_only(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    card = ShareCard(**ward.header(), person=person.person_id, receiver=alliance.org("back_up"))
    (result,) = ward.push(ward.create(card))
    assert (result.state, result.code) in {("rejected", "read_only"), ("rejected", "not_permitted")}


def test_an_unknown_kind_of_record_or_op_is_refused(alliance: AllianceService, ward: Device) -> None:
    identifier = ward.ids()
    kinds = ward.op("horoscope", identifier, identifier, OpKind.CREATE)
    deeds = msgspec.structs.replace(ward.op("person", identifier, identifier, OpKind.CREATE), kind="enchant")
    codes = [result.code for result in ward.push(kinds, deeds)]
    assert codes == ["unknown_type", "not_permitted"]


def test_an_id_is_never_used_twice(alliance: AllianceService, ward: Device) -> None:
    first = register(alliance, ward)
    (op, *_) = person_ops(first)
    other = {**op.changes, "known_as": "Samira"}
    (within,) = ward.push(msgspec.structs.replace(op, op_id=ward.ids(), txn=ward.ids(), changes=other))
    assert (within.state, within.code) == ("rejected", "id_reuse")
    second = unsent_person(alliance, ward)
    stolen = ward.op(
        "stay", first.stay.id, second.person_id, OpKind.CREATE,
        changes={**body_of(first.stay), "person": str(second.person_id)},
    )  # fmt: skip
    results = ward.push(ward.create(second.person), stolen)
    assert [(result.state, result.code) for result in results] == [("applied", ""), ("rejected", "id_reuse")]


def test_a_yes_that_cites_what_nobody_knows_is_parked_and_a_stop_is_not(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    unknown = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.REFUSED)
    person.events.append(unknown)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    (result,) = ward.push(consent_op(ward, event))
    assert (result.state, result.code) == ("rejected", "unknown_cites")
    (stopped,) = ward.push(consent_op(ward, stop(person)), lane=0)
    assert stopped.state == "applied"


def test_a_wording_that_nobody_approved_gives_no_consent(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    op = consent_op(ward, event)
    (result,) = ward.push(msgspec.structs.replace(op, changes={**op.changes, "wording_hash": "0" * 64}))
    assert (result.state, result.code, result.gate) == ("rejected", "constraint", "consent.wording.unknown")


def test_a_stop_for_a_person_nobody_knows_yet_is_in_force_when_they_arrive(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = unsent_person(alliance, ward)
    agreed = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    person.events.append(agreed)
    assert push_stop(person).state == "applied"
    results = ward.push(*person_ops(person), consent_op(ward, agreed))
    assert [result.state for result in results] == ["applied"] * 5
    queued = refer(person, consent_lines=frozenset({agreed.lines[0].line_id}))
    assert {result.gate for result in queued} == {"gate_consent"}
    intake.pull()
    assert intake.bodies("referral") == {}


def test_two_who_changed_different_fields_both_stand(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    (first,) = ward.push(
        ward.patch(person.person, "person", base_rev=1, changes={"known_as": "Mira"}, base={"known_as": "Sam"})
    )
    (second,) = other.push(other.patch(person.person, "person", base_rev=1, changes={"pronouns": "she/her"}, base={}))
    assert (first.state, first.rev) == ("applied", 2)
    assert (second.state, second.rev) == ("applied", 3)
    other.pull()
    ward.pull()
    assert ward.bodies("person")[person.person_id]["known_as"] == "Mira"
    assert ward.bodies("person")[person.person_id]["pronouns"] == "she/her"


def test_two_names_that_clash_wait_for_a_person(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    base = {"family_name": "Osei"}
    ward.push(ward.patch(person.person, "person", base_rev=1, changes={"family_name": "Osay"}, base=base))
    (result,) = other.push(
        other.patch(person.person, "person", base_rev=1, changes={"family_name": "Ossei"}, base=base)
    )
    assert result.state == "conflict"
    assert result.body["family_name"] == "Osay"
    assert result.conflict is not None
    ward.pull()
    item = ward.bodies("conflict")[result.conflict]
    clash = item["fields"]["family_name"]
    assert (clash["theirs"], clash["theirs_by"]) == ("Osay", str(ward.user))
    assert (clash["mine"], clash["mine_by"]) == ("Ossei", str(other.user))
    assert clash["theirs_at"] <= clash["mine_at"]
    assert "chosen_at" not in clash


def test_a_patch_that_breaks_a_rule_is_refused_with_its_field(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    (result,) = ward.push(ward.patch(person.person, "person", base_rev=1, changes={"nhs_number": "9434765918"}))
    assert (result.state, result.gate) == ("rejected", "person.nhs_number.bad_format")


def test_a_partner_corrects_what_its_card_shows_and_nothing_else(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    intake.pull()
    corrected, refused, hidden = intake.push(
        intake.patch(person.person, "person", changes={"known_as": "Sammy"}, base={"known_as": "Sam"}),
        intake.patch(person.person, "person", changes={"family_name": "Osay"}, base={"family_name": "Osei"}),
        intake.patch(person.person, "person", changes={"home_situation": "x"}),
    )
    assert (corrected.state, corrected.rev, corrected.body) == ("applied", None, None)
    assert (refused.code, hidden.code) == ("read_only", "read_only")
    intake.pull()
    (card,) = intake.bodies("share_card").values()
    assert card["fields"]["known_as"] == "Sammy"
    ward.pull()
    assert ward.bodies("person")[person.person_id]["known_as"] == "Sammy"


def test_a_late_change_of_a_partner_that_lost_the_person_is_held(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    intake.pull()
    push_stop(person)
    note = CaseNote(
        **intake.header(Role.INTAKE_WORKER), person=person.person_id, level=NoteLevel.ORGANISATION, text="Rang her."
    )
    (result,) = intake.push(intake.create(note, OpKind.APPEND))
    assert (result.state, result.code, result.rev) == ("held", "out_of_scope", None)


def test_a_partner_that_lost_the_person_may_still_record_a_stop(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.pull()
    push_stop(person)
    assert push_stop(person, org=None, device=intake).state == "applied"


def test_the_lane_of_stops_opens_nothing_that_was_lost(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    intake.pull()
    push_stop(person)
    assert person.referral is not None
    patch = intake.op(
        "referral", person.referral.id, person.person_id, OpKind.PATCH, changes={"assignee": str(intake.user)}
    )
    yes = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    regained = intake.op(
        "consent_event",
        intake.ids(),
        person.person_id,
        OpKind.CONSENT,
        changes={**body_of(yes), "org": str(intake.org), "created_by": str(intake.user)},
    )
    results = intake.push(patch, regained, lane=0)
    assert [(result.state, result.code, result.body) for result in results] == [
        ("rejected", "not_permitted", None),
        ("held", "out_of_scope", None),
    ]


def test_a_partners_lead_confirms_the_stop_of_somebody_they_hold_no_more(
    alliance: AllianceService, ward: Device
) -> None:
    lead = Device.enrol(alliance, "back_up", "partner_data_protection_lead", ["rights"])
    person = register(alliance, ward)
    agree(person)
    refer(person)
    push_stop(person)
    lead.pull()
    (task,) = lead.bodies("task").items()
    confirmed = ConsentEvent(
        **lead.header(Role.DATA_PROTECTION_LEAD),
        person=person.person_id,
        kind=ConsentKind.PARTNER_CONFIRMED_STOP,
        asked_by=lead.user,
        asked_by_org=lead.org,
        at=lead.now().replace(microsecond=0),
        told_org=lead.org,
        told_lines=frozenset(line.line_id for line in person.events[-1].lines),
        how=HowTold.EMAIL,
    )
    done = lead.op("task", task[0], lead.org, OpKind.PATCH, changes={"state": "done"}, base={"state": "open"})
    results = lead.push(lead.create(confirmed, OpKind.CONSENT), done)
    assert [result.state for result in results] == ["applied", "applied"], results
    coordinator = Device.enrol(alliance, "aspire", "ward_coordinator", ["programme"])
    coordinator.pull()
    assert coordinator.bodies("consent_event")[confirmed.id]["kind"] == "partner_confirmed_stop"


def test_any_member_adds_a_ward_to_a_site_and_nobody_else_renames_it(alliance: AllianceService, intake: Device) -> None:
    site = alliance.site("stoke_mandeville")
    (named,) = intake.push(intake.op("site", site, site, OpKind.PATCH, changes={"name": "Elsewhere"}))
    assert (named.state, named.code) in {("rejected", "read_only"), ("rejected", "not_permitted")}


def test_what_a_leaver_wrote_before_counts_and_later_is_kept_aside(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    before = person_ops(unsent_person(alliance, ward))
    clock.advance(minutes=2)
    assert alliance.administration.dismiss_user(ward.org, ward.user) == 1
    clock.advance(minutes=2)
    after = person_ops(unsent_person(alliance, ward))
    results = ward.push(*before, *after)
    assert [(result.state, result.code) for result in results] == [("applied", "")] * 4 + [("held", "actor_left")] * 4


@pytest.mark.parametrize("state", ["done", "dropped"])
def test_a_task_that_is_done_stays_done(alliance: AllianceService, ward: Device, state: str) -> None:
    person = register(alliance, ward)
    task = Task(
        **ward.header(), kind=TaskKind.ASK_AGAIN, person=person.person_id, due_on=ward.now().date(), for_user=ward.user
    )
    made, done, reopened = ward.push(
        ward.create(task),
        ward.patch(task, "task", changes={"state": state, "note": "Asked."}, base={"state": "open"}),
        ward.patch(task, "task", changes={"state": "open"}, base={"state": "open"}),
    )
    assert (made.state, done.state, reopened.state) == ("applied", "applied", "merged")
    assert reopened.body["state"] == state
