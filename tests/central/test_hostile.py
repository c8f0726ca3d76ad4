"""Bodies that are not ours, too large, or meant to break something: each is answered in words and changes nothing."""

from __future__ import annotations

import gzip
import secrets

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.codes import OpKind
from sync.protocol.framing import Packing, encode_frame
from sync.protocol.messages import PULL, PUSH, RECEIPT, CleanedScope, PullRequest, PullScope, PushHeader, ReceiptRequest
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


def test_a_nul_in_a_text_is_a_bad_request(alliance: AllianceService, ward: Device) -> None:
    with pytest.raises(AnsweredNoError) as no:
        ward.push(ward.create(unsent_person(alliance, ward, known_as="Sam\x00").person))
    assert (no.value.status, no.value.refusal.error) == (400, "bad_request")


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


def test_numbers_out_of_range_are_a_bad_request(alliance: AllianceService, ward: Device) -> None:
    (op, *_) = person_ops(unsent_person(alliance, ward))
    for changed in ({"base_rev": 2**60}, {"schema": -1}):
        with pytest.raises(AnsweredNoError) as no:
            ward.push(msgspec.structs.replace(op, **changed))
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
