"""Laptops of several versions beside each other: what an old one wrote is taken, what it cannot read it is not sent."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from app.domain.schema import SCHEMA_VERSION
from sync.central.upcasting import UPCASTERS, VERSIONS, Versions, upcast
from sync.protocol.messages import PULL, OpLine, PullRequest, RowLine
from tests.central.device import AnsweredNoError, Device
from tests.central.story import agree, push_stop, refer, register
from tests.helpers.central import AllianceService

GOLDEN = Path(__file__).parent / "golden"
DEVICE = UUID("01930000-0000-7000-8000-00000000a1b2")
TAKEN = range(VERSIONS.writes_from, SCHEMA_VERSION + 1)


def golden(name: str) -> list[OpLine]:
    """The ops of a golden file."""
    lines = (GOLDEN / f"{name}.ndjson").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=OpLine) for line in lines]


def written_by(device: Device, alliance: AllianceService, version: int) -> list[OpLine]:
    """The golden ops of a version as this device would have written them, under ids of their own."""
    text = (GOLDEN / f"schema-{version}.ndjson").read_text(encoding="utf-8")
    for old, new in (
        ("01930000-0000-7000-8000-00000000000a", device.org),
        ("01930000-0000-7000-8000-00000000000b", device.user),
        (str(DEVICE), device.device_id),
        ("{site}", alliance.site("stoke_mandeville")),
        ("-a1b2", f"-{device.device_id.hex[-4:]}"),
    ):
        text = text.replace(old, str(new))
    return [msgspec.json.decode(line, type=OpLine) for line in text.splitlines()]


# --- leading ops to today's version ------------------------------------------------------------------------


@pytest.mark.parametrize("version", TAKEN)
def test_ops_of_every_version_that_is_taken_are_led_to_todays(version: int) -> None:
    led = [upcast(op, DEVICE) for op in golden(f"schema-{version}")]
    assert led == golden(f"schema-{version}-upcast")
    assert [upcast(op, DEVICE) for op in led] == led, "leading an op once more changes nothing"


def test_there_is_a_way_from_every_version_that_is_taken() -> None:
    assert set(UPCASTERS) == set(range(VERSIONS.writes_from, SCHEMA_VERSION))
    assert VERSIONS.writes_from <= max(1, SCHEMA_VERSION - 2), "the last three versions are taken"
    assert {path.name.partition(".")[0] for path in GOLDEN.iterdir()} == {
        f"schema-{version}{end}" for version in TAKEN for end in ("", "-upcast")
    }


def test_an_op_of_a_version_to_come_is_left_as_it_is() -> None:
    op = msgspec.structs.replace(golden("schema-3")[0], schema=99, changes={"aura": "blue"})
    assert upcast(op, DEVICE).changes == {"aura": "blue"}
    assert upcast(op, DEVICE).schema == 99


@pytest.mark.parametrize("version", TAKEN)
def test_what_a_laptop_of_each_version_wrote_is_in_force(alliance: AllianceService, ward: Device, version: int) -> None:
    results = ward.push(*written_by(ward, alliance, version))
    assert {result.state.value for result in results} == {"applied"}
    person = next(line for line in ward.pull() if line.record_type == "person")
    body = msgspec.json.decode(person.body or b"{}")
    assert (body["known_as"], body["comm_needs"], body["see_lead"]) == ("Izzy", ["large_print"], True)


def test_a_laptop_that_shares_four_digits_with_another_has_not_seen_what_that_one_wrote(
    alliance: AllianceService, ward: Device
) -> None:
    """Up to version 2 the stamp itself said so, and a need was taken off that somebody had just said again."""
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    person = register(alliance, ward).person
    needs, tail = {"comm_needs": ["large_print"]}, ward.device_id.hex[-4:]
    now = int(ward.now().timestamp() * 1000)
    ward.push(ward.patch(person, "person", base_rev=1, added=needs, hlc=f"{now}-0-{tail}"))
    other.push(other.patch(person, "person", base_rev=2, added=needs, hlc=f"{now}-1-{tail}"))
    (result,) = ward.push(ward.patch(person, "person", base_rev=2, removed=needs, hlc=f"{now}-2-{tail}"))
    assert (result.state.value, (result.body or {})["comm_needs"]) == ("merged", ["large_print"])


# --- programs that are too old -----------------------------------------------------------------------------


@pytest.fixture
def old(alliance: AllianceService, intake: Device) -> Device:
    """A partner's laptop that holds a person and is then too old to read anything new."""
    intake.pull()
    return intake


def test_a_program_too_old_to_write_is_told_to_update_and_its_stop_is_taken(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    alliance.service.versions = Versions(writes_from=2)
    with pytest.raises(AnsweredNoError) as caught:
        ward.push(ward.patch(person.person, "person", changes={"known_as": "Sam"}))
    assert (caught.value.status, caught.value.refusal.error.value) == (426, "update_needed")

    result = push_stop(person)

    assert result.state.value == "applied"


def test_a_new_program_is_answered_for_what_an_old_one_left_in_its_outbox(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    alliance.service.versions = Versions(writes_from=2)
    ward.schema = 3
    old = ward.patch(person.person, "person", changes={"known_as": "Sam"})
    new = ward.patch(person.person, "person", changes={"pronouns": "she/her"}, schema=3)
    results = ward.push(old, new)
    assert [(result.state.value, result.code, result.gate) for result in results] == [
        ("rejected", "constraint", "op.schema"),
        ("applied", "", ""),
    ]


def test_a_program_too_old_to_read_gets_what_must_go_and_no_body(
    alliance: AllianceService, ward: Device, old: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    assert person.referral is not None
    assert person.referral.id in {line.id for line in old.pull()}
    alliance.service.versions = Versions(reads_from=2)

    with pytest.raises(AnsweredNoError) as caught:
        old.pull()
    assert caught.value.status == 426
    with pytest.raises(AnsweredNoError) as fetched:
        old.fetch(next(iter(old.cursors)), person.referral.id)
    assert fetched.value.status == 426

    push_stop(person)
    request = PullRequest(scopes=old.places(), max_rows=500, max_bytes=1 << 20, mode="drops")
    lines = old.ask("POST", PULL, request).lines(RowLine)
    assert {line.kind for line in lines} == {"D"}
    assert person.referral.id in {line.id for line in lines}


# --- what only a newer version knows -----------------------------------------------------------------------


def test_fields_that_only_a_newer_version_knows_outlive_the_writing_of_an_older_one(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    newer = ward.patch(person.person, "person", changes={"aura": {"colour": "blue"}}, schema=SCHEMA_VERSION + 1)
    older = ward.patch(person.person, "person", changes={"pronouns": "she/her"}, base_rev=1)
    assert [result.state.value for result in ward.push(newer, older)] == ["applied", "applied"]
    again = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    line = next(line for line in again.pull() if line.id == person.person.id)
    body = msgspec.json.decode(line.body or b"{}")
    assert (body["aura"], body["pronouns"]) == ({"colour": "blue"}, "she/her")


def test_a_code_that_only_a_newer_version_knows_stays_when_an_older_one_adds_to_the_list(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward).person
    newer = ward.patch(person, "person", added={"comm_needs": ["telepathy"]}, schema=SCHEMA_VERSION + 1)
    older = ward.patch(person, "person", added={"comm_needs": ["large_print"]})
    typo = ward.patch(person, "person", added={"comm_needs": ["telekinesis"]})
    results = ward.push(newer, older, typo)
    assert [result.state.value for result in results] == ["applied", "applied", "rejected"]
    again = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    again.pull()
    assert again.bodies("person")[person.id]["comm_needs"] == ["large_print", "telepathy"]
