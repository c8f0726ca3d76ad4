"""A laptop that was revoked: what it may still do, what the operator is told, and how its unsent work comes back."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest
import requests

from app.custody.erasing import clear
from app.custody.sealing import CUSTODIANS, Receiver, seal
from app.custody.shares import Share, make_recovery_key, split
from app.errors import BadInputError, NotFoundError, ServiceError, VaultError
from sync.central.custodians import part_of, read_part
from sync.central.database import Context
from sync.central.rescuing import import_kept, import_sealed, kept_rescues
from sync.central.sentences import imported_words, order_words
from sync.protocol.framing import decode_frame, encode_frame
from sync.protocol.limits import RESCUES_MOST
from sync.protocol.messages import (
    RESCUE,
    WIPED,
    OpLine,
    PushHeader,
    Refusal,
    RescueReply,
    UnsentFate,
    WipeDone,
    WipeNoted,
)
from sync.protocol.proof import WIPE_DONE_PURPOSE, encode_bytes, signed_text, wipe_done_data
from sync.protocol.rescue import UnmadePush, pack_pushes
from tests.central.conftest import Clock
from tests.central.device import AnsweredNoError, Device
from tests.central.story import agree, person_ops, push_stop, refer, register, unsent_person
from tests.helpers.central import AllianceService


class Custody:
    """Three custodians of one key."""

    def __init__(self) -> None:
        private, self.public = make_recovery_key(os.urandom)
        self.shares = split(private, os.urandom)
        clear(private)

    @property
    def two(self) -> tuple[Share, Share]:
        return self.shares[2], self.shares[0]

    def seal(self, device: Device, ops: Sequence[OpLine], *, lane: int = 1) -> bytes:
        header = PushHeader(lane=lane, lane_epoch=device.lane_epoch, prev=0)
        return seal(
            pack_pushes([UnmadePush(header=header, ops=ops)]),
            [Receiver(owner=CUSTODIANS, public=self.public)],
            device=device.device_id,
            vault_id=UUID(int=5),
            made_at=device.now(),
            count=len(ops),
            random_bytes=os.urandom,
        )


@pytest.fixture
def custody() -> Custody:
    return Custody()


def raw(device: Device, method: str, path: str, body: bytes) -> requests.Response:
    """Call without a token, with the device's proof, once more with the window nonce that comes back."""
    device.token = ""
    for _ in range(2):
        nonce = secrets.token_hex(16)
        response = device.session.request(
            method, device.address + path, data=body, headers=device.proven(method, path, body, nonce), timeout=30
        )
        frame = decode_frame(response.content, nonce=nonce)
        if response.status_code < 300:
            return response
        refusal = frame.one(Refusal)
        if refusal.error != "proof" or not refusal.proof_nonce:
            break
        device.window = refusal.proof_nonce
    raise AnsweredNoError(response.status_code, refusal, response.headers)


def send_rescue(device: Device, sealed: bytes) -> RescueReply:
    response = raw(device, "PUT", RESCUE, sealed)
    assert response.status_code == 201
    return decode_frame(response.content, nonce=None).one(RescueReply)


def say_wiped(device: Device, serial: int = 1, *, only_locked: bool = False, **changed: object) -> WipeNoted:
    said = WipeDone(device=device.device_id, serial=serial, wiped=not only_locked, unsent=UnsentFate.SENT)
    text = signed_text(WIPE_DONE_PURPOSE, wipe_done_data(msgspec.to_builtins(said)))
    said = msgspec.structs.replace(said, sig=encode_bytes(device.key.sign(text)))
    said = msgspec.structs.replace(said, **changed)
    nonce = ""
    for _ in range(2):
        nonce = secrets.token_hex(16)
        body = encode_frame([said], nonce=nonce)
        response = device.session.post(
            device.address + WIPED, data=body, headers=device.proven("POST", WIPED, body, nonce), timeout=30
        )
        frame = decode_frame(response.content, nonce=nonce)
        if response.status_code == 200:
            return frame.one(WipeNoted)
        device.window = frame.one(Refusal).proof_nonce or device.window
    raise AnsweredNoError(response.status_code, frame.one(Refusal), response.headers)


def revoke(alliance: AllianceService, device: Device, **how: bool) -> None:
    alliance.administration.revoke(device.org, device.device_id, **how)


def told(device: Device) -> dict[str, object]:
    with pytest.raises(AnsweredNoError) as no:
        device.sign_in()
    assert no.value.refusal.revocation is not None
    return no.value.refusal.revocation


def words_for(alliance: AllianceService, device: Device) -> str:
    found = next(each for each in alliance.administration.device_status(device.org) if each.device == device.device_id)
    return found.status if found.order is None else order_words(found.order)


def test_the_operator_never_reads_wiped_without_the_laptops_signed_word(
    alliance: AllianceService, ward: Device
) -> None:
    assert words_for(alliance, ward) == "active"
    revoke(alliance, ward)
    assert "never contacted since" in words_for(alliance, ward)
    told(ward)
    assert "not acknowledged" in words_for(alliance, ward)
    assert "wiped" not in words_for(alliance, ward)
    say_wiped(ward)
    assert "acknowledged: wiped" in words_for(alliance, ward)
    assert "sent here sealed" in words_for(alliance, ward)


@pytest.mark.parametrize("changed", [{"sig": "AAAA"}, {"wiped": False}, {"serial": 2}, {"sig": "not base64 !"}])
def test_a_word_that_the_laptop_did_not_sign_counts_for_nothing(
    alliance: AllianceService, ward: Device, changed: dict[str, object]
) -> None:
    revoke(alliance, ward)
    told(ward)
    with pytest.raises(AnsweredNoError):
        say_wiped(ward, **changed)
    assert "not acknowledged" in words_for(alliance, ward)


def test_an_older_orders_word_does_not_answer_a_newer_order(alliance: AllianceService, ward: Device) -> None:
    revoke(alliance, ward, wipe=False)
    say_wiped(ward, 1, only_locked=True)
    assert "acknowledged: locked for good" in words_for(alliance, ward)
    revoke(alliance, ward)
    assert told(ward)["serial"] == 2
    with pytest.raises(AnsweredNoError):
        say_wiped(ward, 1)
    assert "not acknowledged" in words_for(alliance, ward)


@pytest.mark.parametrize(("only_locked", "laptops"), [(True, 1), (False, 0)])
def test_a_laptop_that_is_only_locked_still_counts_as_one_that_has_not_removed_anybody(
    alliance: AllianceService, ward: Device, intake: Device, only_locked: bool, laptops: int
) -> None:
    ward.cycle()
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    revoke(alliance, intake, wipe=not only_locked)
    say_wiped(intake, only_locked=only_locked)
    push_stop(person)
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert (receipt.get("laptops", 0), receipt.get("removed", 0)) == (laptops, 0)


@pytest.mark.parametrize(("status", "laptops"), [("active", 1), ("suspended", 1), ("revoked", 1), ("wiped", 0)])
def test_after_a_stop_a_laptop_counts_until_it_is_proven_wiped(
    alliance: AllianceService, ward: Device, intake: Device, status: str, laptops: int
) -> None:
    ward.cycle()
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    push_stop(person)
    if status == "suspended":
        with psycopg.connect(alliance.database.owner_url) as owner:
            owner.execute("UPDATE device SET status = 'suspended' WHERE id = %s", (intake.device_id,))
    if status in {"revoked", "wiped"}:
        revoke(alliance, intake)
    if status == "wiped":
        say_wiped(intake)
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert (receipt.get("laptops", 0), receipt.get("removed", 0)) == (laptops, 0)
    assert [sorted(each) for each in receipt.get("waiting", [])] == [["device", "last_seen_on", "locks_on"]] * laptops


def test_a_laptop_that_said_it_is_wiped_is_ordered_nothing_more(alliance: AllianceService, ward: Device) -> None:
    revoke(alliance, ward)
    say_wiped(ward)
    with pytest.raises(ServiceError):
        revoke(alliance, ward, rescue=False)
    assert "acknowledged: wiped" in words_for(alliance, ward)


def test_the_order_says_what_was_ordered(alliance: AllianceService, ward: Device) -> None:
    revoke(alliance, ward, wipe=False, rescue=False)
    order = told(ward)
    assert (order["wipe"], order["rescue"], order["serial"]) == (False, False, 1)


def test_only_a_revoked_laptop_may_hand_in_sealed_work(
    alliance: AllianceService, ward: Device, custody: Custody
) -> None:
    sealed = custody.seal(ward, person_ops(unsent_person(alliance, ward)))
    with pytest.raises(AnsweredNoError) as no:
        send_rescue(ward, sealed)
    assert (no.value.status, no.value.refusal.error) == (404, "not_found")
    revoke(alliance, ward)
    send_rescue(ward, sealed)
    send_rescue(ward, sealed)
    assert [each.device for each in kept_rescues(alliance.service, ward.org)] == [ward.device_id]


def test_nobody_hands_in_work_for_another_laptop(
    alliance: AllianceService, ward: Device, intake: Device, custody: Custody
) -> None:
    revoke(alliance, ward)
    alliance.administration.revoke(intake.org, intake.device_id)
    ops = person_ops(unsent_person(alliance, ward))
    with pytest.raises(AnsweredNoError) as no:
        send_rescue(intake, custody.seal(ward, ops))
    assert no.value.refusal.error == "proof"
    for rubbish in (b"", b"<html>", b"\x00" * 4_096, custody.seal(ward, ops)[:40]):
        with pytest.raises(AnsweredNoError):
            send_rescue(ward, rubbish)
    assert kept_rescues(alliance.service, ward.org) == []


def test_a_laptops_key_does_not_fill_the_storage(alliance: AllianceService, ward: Device, custody: Custody) -> None:
    revoke(alliance, ward)
    for _ in range(RESCUES_MOST):
        send_rescue(ward, custody.seal(ward, ()))
    with pytest.raises(AnsweredNoError) as no:
        send_rescue(ward, custody.seal(ward, ()))
    assert no.value.refusal.error == "too_many"


def test_two_custodians_bring_unsent_work_to_the_colleagues(
    alliance: AllianceService, ward: Device, custody: Custody
) -> None:
    person = unsent_person(alliance, ward)
    ops = person_ops(person)
    revoke(alliance, ward)
    send_rescue(ward, custody.seal(ward, ops))

    done = import_kept(alliance.service, ward.org, ward.device_id, custody.two)

    assert [result.op_id for result in done.results] == [op.op_id for op in ops]
    assert imported_words(done.results) == [f"{len(ops)} changes: {len(ops)} applied"]
    colleague = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    colleague.pull()
    assert colleague.holds(person.person_id)
    assert kept_rescues(alliance.service, ward.org)[0].imported_at is not None


def test_work_that_was_brought_in_twice_or_is_pushed_later_takes_effect_once(
    alliance: AllianceService, ward: Device, custody: Custody
) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    carried = custody.seal(ward, [*ops[:2], *(msgspec.structs.replace(op, seq=0) for op in ops[2:])])
    first = import_sealed(alliance.service, ward.org, carried, custody.two)
    again = import_sealed(alliance.service, ward.org, carried, custody.two)

    pushed = ward.push_numbered(ops)
    repeated = ward.push_numbered(ops, prev=0)

    assert first.results == again.results == pushed == repeated
    assert ward.lanes[1] == len(ops)
    with psycopg.connect(alliance.database.owner_url) as connection:
        counted = connection.execute(
            "SELECT count(*) FROM op_log WHERE op_id = ANY(%s)", ([op.op_id for op in ops],)
        ).fetchone()
    assert counted == (len(ops),)


def test_work_the_laptop_pushed_before_is_a_repeat_when_it_is_brought_in(
    alliance: AllianceService, ward: Device, custody: Custody
) -> None:
    ops = ward.numbered(person_ops(unsent_person(alliance, ward)))
    pushed = ward.push_numbered(ops[:2])
    done = import_sealed(alliance.service, ward.org, custody.seal(ward, ops), custody.two)
    assert list(done.results[:2]) == pushed
    assert {result.state for result in done.results} == {"applied"}


def test_one_share_another_key_or_another_organisation_brings_nothing_in(
    alliance: AllianceService, ward: Device, intake: Device, custody: Custody
) -> None:
    sealed = custody.seal(ward, person_ops(unsent_person(alliance, ward)))
    with pytest.raises(BadInputError):
        import_sealed(alliance.service, ward.org, sealed, (custody.shares[0], custody.shares[0]))
    with pytest.raises(VaultError, match=r"sealed\.other_key"):
        import_sealed(alliance.service, ward.org, sealed, Custody().two)
    with pytest.raises(NotFoundError):
        import_sealed(alliance.service, intake.org, sealed, custody.two)
    with pytest.raises(NotFoundError):
        import_kept(alliance.service, ward.org, ward.device_id, custody.two)


def test_a_file_that_opens_and_holds_no_pushes_is_refused_whole(
    alliance: AllianceService, ward: Device, custody: Custody
) -> None:
    sealed = seal(
        b"\x00\x00\x00\x05hello",
        [Receiver(owner=CUSTODIANS, public=custody.public)],
        device=ward.device_id,
        vault_id=UUID(int=5),
        made_at=ward.now(),
        count=1,
        random_bytes=os.urandom,
    )
    with pytest.raises(ServiceError, match=r"rescue\.damaged"):
        import_sealed(alliance.service, ward.org, sealed, custody.two)


def test_neither_order_nor_rescued_work_is_seen_by_another_organisation(
    alliance: AllianceService, ward: Device, intake: Device, custody: Custody
) -> None:
    revoke(alliance, ward)
    send_rescue(ward, custody.seal(ward, ()))
    for context in (Context(), Context(org=intake.org, device=intake.device_id)):
        with alliance.service.database.reading(context) as connection:
            for table in ("revocation", "rescue"):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_parts_are_read_as_a_laptop_saves_them(custody: Custody, tmp_path: Path, clock: Clock) -> None:
    import resources

    words = tuple(resources.path("passwords", "words.txt").read_text().split())
    file = tmp_path / "part.txt"
    file.write_text(f"Alongside: recovery key, part A\nKeep them apart.\n\n{custody.shares[0].to_words(words)}\n")
    assert read_part(file) == custody.shares[0]
    assert part_of(custody.shares[1].to_text()) == custody.shares[1]
    for wrong in ("", "apple " * 50, custody.shares[0].to_text()[:-3]):
        with pytest.raises(BadInputError):
            part_of(wrong)
