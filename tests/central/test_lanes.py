"""Numbers and lanes: nothing is taken in twice, nothing is skipped, and a copied laptop is found."""

from __future__ import annotations

import secrets
from uuid import UUID

import msgspec
import pytest

from app.domain.codes import OpKind
from tests.central.device import AnsweredNoError, Device
from tests.central.story import person_ops, register, unsent_person
from tests.helpers.central import AllianceService


def test_a_push_that_is_sent_again_is_answered_the_same_and_takes_effect_once(
    alliance: AllianceService, ward: Device
) -> None:
    person = unsent_person(alliance, ward)
    ops = ward.numbered(person_ops(person))
    first = ward.push_numbered(ops)
    ward.lanes[1] = 0
    again = ward.push_numbered(ops)
    assert again == first
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert {body_rev(other, record.record_id) for record in ops} == {1}


def test_a_push_may_overlap_with_what_was_answered_before(alliance: AllianceService, ward: Device) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    ward.push_numbered(ops[:2])
    results = ward.push_numbered(ops, prev=0)
    assert [result.state for result in results] == ["applied"] * 4
    assert ward.lanes[1] == 4


def test_a_gap_is_refused(alliance: AllianceService, ward: Device) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    with pytest.raises(AnsweredNoError) as no:
        ward.push_numbered([ops[0], ops[2]])
    assert (no.value.status, no.value.refusal.error) == (400, "bad_request")


def test_numbers_out_of_order_are_refused(alliance: AllianceService, ward: Device) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    with pytest.raises(AnsweredNoError) as no:
        ward.push_numbered([ops[1], ops[0]], prev=0)
    assert no.value.refusal.error == "bad_request"


def test_a_laptop_that_was_answered_for_more_than_is_here_hears_that_the_service_was_restored(
    alliance: AllianceService, ward: Device
) -> None:
    ward.lanes[1] = 7
    with pytest.raises(AnsweredNoError) as no:
        ward.push(*person_ops(unsent_person(alliance, ward)))
    assert (no.value.status, no.value.refusal.error) == (409, "lane_ahead")


def test_another_op_under_a_used_number_is_a_fork(alliance: AllianceService, ward: Device) -> None:
    register(alliance, ward)
    ward.lanes[1] = 0
    with pytest.raises(AnsweredNoError) as no:
        ward.push(*person_ops(unsent_person(alliance, ward)))
    assert (no.value.status, no.value.refusal.error) == (409, "lane_forked")


def test_an_unknown_lane_epoch_is_a_fork_until_it_says_so(alliance: AllianceService, ward: Device) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    ward.push_numbered(ops)
    fresh = ward.numbered(person_ops(unsent_person(alliance, ward, given_name="Ana")))
    ward.lane_epoch = UUID(bytes=secrets.token_bytes(16))
    with pytest.raises(AnsweredNoError) as no:
        ward.push_numbered(fresh)
    assert no.value.refusal.error == "lane_forked"
    # Everything unanswered goes out again from 1 under its own op ids: nothing is lost, nothing happens twice.
    offered = [msgspec.structs.replace(op, seq=place) for place, op in enumerate([*ops, *fresh], start=1)]
    results = ward.push_numbered(offered, fork=True)
    assert [result.state for result in results] == ["applied"] * 8
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert len(other.bodies("person")) == 2
    assert body_rev(other, ops[0].record_id) == 1


def test_each_lane_has_numbers_of_its_own(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    skipped = ward.op("person", person.person_id, person.person_id, OpKind.SKIP)
    (result,) = ward.push(skipped, lane=0)
    assert result.state == "skipped"
    assert ward.lanes == {0: 1, 1: 4}


def test_a_skipped_op_is_never_applied(alliance: AllianceService, ward: Device) -> None:
    person = unsent_person(alliance, ward)
    (op, *_) = person_ops(person)
    (result,) = ward.push(msgspec.structs.replace(op, kind=OpKind.SKIP.value, changes={}))
    assert result.state == "skipped"
    (again,) = ward.push(op)
    assert again.state == "skipped"


def test_one_bad_op_falls_with_its_transaction_and_delays_no_other(alliance: AllianceService, ward: Device) -> None:
    good, bad = unsent_person(alliance, ward), unsent_person(alliance, ward, given_name="x" * 81)
    txns = [ward.ids(), ward.ids()]
    ops = [
        msgspec.structs.replace(op, txn=txn)
        for txn, person in zip(txns, (bad, good), strict=True)
        for op in person_ops(person)
    ]
    results = ward.push(*ops)
    assert [result.state for result in results] == ["rejected"] * 4 + ["applied"] * 4
    assert {(result.code, result.gate) for result in results[:4]} == {("constraint", "person.given_name.too_long")}
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert set(other.bodies("person")) == {good.person_id}
    assert len(other.bodies("stay")) == 1


def body_rev(device: Device, record_id: UUID) -> int | None:
    """Return the revision in which a device holds a record."""
    found = [held[record_id].rev for held in device.held.values() if record_id in held]
    return found[0] if found else None
