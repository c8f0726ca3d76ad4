"""Bodies that are not ours, too large, or meant to break something: each is answered in words and changes nothing."""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.codes import OpKind
from sync.protocol.framing import Packing, encode_frame
from sync.protocol.messages import (
    PULL,
    PUSH,
    RECEIPT,
    CleanedScope,
    PullRequest,
    PullScope,
    PushHeader,
    ReceiptRequest,
    ResultLine,
)
from tests.central.device import AnsweredNoError, Device
from tests.central.story import person_ops, register, unsent_person
from tests.helpers.central import AllianceService


def refused(device: Device, body: bytes, *, path: str = PUSH, nonce: str | None = None) -> tuple[int, str]:
    """Send a body as it is and return how it was refused."""
    device.heads()
    nonce = nonce or secrets.token_hex(16)
    with pytest.raises(AnsweredNoError) as no:
        device.send("POST", path, body, nonce)
    return no.value.status, no.value.refusal.error


def framed(plain: bytes) -> bytes:
    """Return bytes as a plain body."""
    return b"\x00" + plain


def test_what_is_no_frame_is_a_bad_frame(ward: Device) -> None:
    for body in (b"", b"\x00", b"{}", framed(b"<html>"), b"\x07abc", framed(b"\xff\xfe\n\n\n"), b"\x01notzstd"):
        assert refused(ward, body) == (400, "bad_frame"), body


def test_a_frame_with_another_nonce_is_a_bad_frame(ward: Device) -> None:
    header = PushHeader(lane=1, lane_epoch=ward.lane_epoch, prev=0)
    assert refused(ward, encode_frame([], nonce=secrets.token_hex(16), header=header)) == (400, "bad_frame")


def test_bombs_are_refused_before_they_unfold(ward: Device) -> None:
    zeros = b"0" * (40 * 1024 * 1024)
    assert refused(ward, b"\x01" + zstandard.ZstdCompressor().compress(zeros)) == (400, "bad_frame")
    assert refused(ward, b"\x02" + gzip.compress(zeros)) == (400, "bad_frame")


def test_a_body_over_the_limit_is_too_large(ward: Device) -> None:
    assert refused(ward, secrets.token_bytes(9 * 1024 * 1024)) == (413, "too_large")


def test_a_frame_that_says_something_else_is_a_bad_request(ward: Device) -> None:
    for lines in ([b'{"seq":"one"}'], [b'{"hello":1}']):
        nonce = secrets.token_hex(16)
        header = PushHeader(lane=1, lane_epoch=ward.lane_epoch, prev=0)
        assert refused(ward, encode_frame(lines, nonce=nonce, header=header), nonce=nonce) == (400, "bad_request")


def test_too_many_ops_are_too_large(alliance: AllianceService, ward: Device) -> None:
    (op, *_) = person_ops(unsent_person(alliance, ward))
    with pytest.raises(AnsweredNoError) as no:
        ward.push(*[msgspec.structs.replace(op, op_id=ward.ids()) for _ in range(501)])
    assert (no.value.status, no.value.refusal.error) == (413, "too_large")


def test_one_op_that_is_too_big_is_rejected_alone(alliance: AllianceService, ward: Device) -> None:
    big, small = unsent_person(alliance, ward, home_situation="x" * 300_000), unsent_person(alliance, ward)
    results = ward.push(ward.create(big.person), ward.create(small.person))
    assert [(result.state, result.code) for result in results] == [("rejected", "too_big"), ("applied", "")]


def test_a_nul_in_a_text_is_answered_to_its_op_alone(alliance: AllianceService, ward: Device) -> None:
    bad, good = unsent_person(alliance, ward, known_as="Sam\x00"), unsent_person(alliance, ward)
    results = ward.push(ward.create(bad.person), ward.create(good.person))
    assert [(result.state, result.code, result.gate) for result in results] == [
        ("rejected", "constraint", "op.nul"),
        ("applied", "", ""),
    ]


BROKEN = {
    "op.depth": lambda line: line[:-1] + b',"set":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}",
    "op.doubled_key": lambda line: line[:-1] + b',"k":"create"}',
    "op.shape": lambda line: line.replace(b'"sc":1', b'"sc":"one"'),
    "op.number": lambda line: line.replace(b'"sc":1', b'"sc":-1'),
    "op.nul": lambda line: line.replace(b'"hlc":"', b'"hlc":"\\u0000'),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_one_op_that_cannot_be_read_is_answered_and_the_others_are_applied(
    alliance: AllianceService, ward: Device, fault: str
) -> None:
    first, bad, last = (unsent_person(alliance, ward) for _ in range(3))
    records = [first.person, first.stay, bad.person, last.person, last.stay]
    lines = [msgspec.json.encode(op) for op in ward.numbered([ward.create(record) for record in records])]
    lines[2] = BROKEN[fault](lines[2])

    results = push_lines(ward, lines)
    again = push_lines(ward, lines)

    assert [each.state for each in results] == ["applied", "applied", "rejected", "applied", "applied"]
    assert (results[2].code, results[2].gate) == ("constraint", fault)
    assert again == results
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert set(other.bodies("person")) == {first.person_id, last.person_id}


def test_a_transaction_falls_with_its_op_that_cannot_be_read(alliance: AllianceService, ward: Device) -> None:
    txn = ward.ids()
    ops = [msgspec.structs.replace(op, txn=txn) for op in ward.numbered(person_ops(unsent_person(alliance, ward)))]
    lines = [msgspec.json.encode(op) for op in ops]
    lines[2] = BROKEN["op.shape"](lines[2])
    assert {(each.state, each.gate) for each in push_lines(ward, lines)} == {("rejected", "op.shape")}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[:-1] + b',"op":"01930000-0000-7000-8000-000000000001"}',
        lambda line: line.replace(b'"txn"', b'"nxt"'),
        lambda line: b"not json",
        lambda line: line[:-1] + b',"set":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    ],
)
def test_an_op_that_cannot_even_be_answered_is_a_bad_request(
    alliance: AllianceService, ward: Device, spoil: Callable[[bytes], bytes]
) -> None:
    (op, *_) = ward.numbered(person_ops(unsent_person(alliance, ward)))
    with pytest.raises(AnsweredNoError) as no:
        push_lines(ward, [spoil(msgspec.json.encode(op))])
    assert (no.value.status, no.value.refusal.error) == (400, "bad_request")


def push_lines(device: Device, lines: list[bytes]) -> list[ResultLine]:
    """Push lines as they are."""
    header = PushHeader(lane=1, lane_epoch=device.lane_epoch, prev=0)
    return device.ask("POST", PUSH, *lines, header=header).lines(ResultLine)


def test_a_text_that_speaks_of_a_nul_is_only_a_text(alliance: AllianceService, ward: Device) -> None:
    (result,) = ward.push(ward.create(unsent_person(alliance, ward, known_as=r"\u0000").person))
    assert result.state == "applied"


@pytest.mark.parametrize("name", ["<b>Sam</b>", "'; DROP TABLE record; --", "Ọlá 张伟 عمر", "a\u200db", "%s %(x)s {0}"])
def test_a_name_in_any_script_or_with_code_in_it_is_only_a_name(
    alliance: AllianceService, ward: Device, name: str
) -> None:
    person = register(alliance, ward, given_name=name)
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    assert other.bodies("person")[person.person_id]["given_name"] == name


def test_a_number_in_its_lane_out_of_range_is_a_bad_request(alliance: AllianceService, ward: Device) -> None:
    (op, *_) = person_ops(unsent_person(alliance, ward))
    with pytest.raises(AnsweredNoError) as no:
        ward.push_numbered([msgspec.structs.replace(op, seq=2**60)])
    assert no.value.refusal.error == "bad_request"


def test_cursors_that_are_not_of_this_feed_are_refused(ward: Device) -> None:
    ward.pull()
    scope = next(iter(ward.cursors))
    epoch, seq = ward.cursors[scope].epoch, ward.cursors[scope].seq
    cases = {
        "cursor_ahead": PullScope(id=scope, seq=seq + 1, epoch=epoch),
        "epoch_changed": PullScope(id=scope, seq=0, epoch=(epoch or 0) + 1),
        "bad_request": PullScope(id=scope, seq=-1, epoch=epoch),
        "scope_denied": PullScope(id=ward.ids(), seq=0),
    }
    for error, asked in cases.items():
        with pytest.raises(AnsweredNoError) as no:
            ward.ask("POST", PULL, PullRequest(scopes=[asked], max_rows=100, max_bytes=65536))
        assert no.value.refusal.error == error


def test_a_report_of_more_than_there_is_is_refused(ward: Device) -> None:
    ward.pull()
    scope, here = next(iter(ward.cursors.items()))
    for seq, cleaned in ((here.seq + 5, 0), (here.seq, here.seq + 1), (here.seq, -1)):
        report = CleanedScope(id=scope, epoch=here.epoch or 0, seq=seq, cleaned=cleaned)
        with pytest.raises(AnsweredNoError) as no:
            ward.ask("POST", RECEIPT, ReceiptRequest(scopes=[report]))
        assert no.value.refusal.error == "cursor_ahead"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
FIELDS = [
    "given_name",
    "dob",
    "roles",
    "needs",
    "org",
    "created_at",
    "archived",
    "person",
    "site",
    "state",
    "lines",
    "event",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    record_type=st.sampled_from(["person", "stay", "consent_event", "referral", "task", "user", "site", "audit_entry"]),
    kind=st.sampled_from(list(OpKind)),
    changes=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6),
    base=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3),
    added=st.dictionaries(st.sampled_from(FIELDS), st.lists(JSON, max_size=2), max_size=2),
)
def test_whatever_an_op_says_it_is_answered(ward: Device, record_type, kind, changes, base, added) -> None:  # type: ignore[no-untyped-def]
    identifier = ward.ids()
    header = {
        "org": str(ward.org),
        "created_by": str(ward.user),
        "created_at": "2026-01-01T00:00:00.000Z",
        "created_role": "outreach_worker",
        "device": str(ward.device_id),
        "schema_version": 1,
    }
    made = ward.op(record_type, identifier, identifier, OpKind.CREATE, changes={**header, **changes})
    meant = ward.op(record_type, identifier, identifier, kind, changes=changes, base=base, added=added)
    try:
        results = ward.push(made, meant)
    except AnsweredNoError as no:
        if no.refusal.error != "bad_request":
            raise
        return
    assert {result.state for result in results} <= {"applied", "merged", "rejected", "held", "skipped", "conflict"}


def test_packing_may_be_any_of_the_three(alliance: AllianceService, ward: Device) -> None:
    for packing in Packing:
        ward.heads()
        ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
        nonce = secrets.token_hex(16)
        header = PushHeader(lane=1, lane_epoch=ward.lane_epoch, prev=ward.lanes[1])
        ward.send("POST", PUSH, encode_frame(ops, nonce=nonce, header=header, packing=packing), nonce)
        ward.lanes[1] += len(ops)
