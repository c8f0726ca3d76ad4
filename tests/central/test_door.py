"""Who comes in: one-time codes, proofs, short-lived tokens, and laptops that were given up."""

from __future__ import annotations

import secrets

import msgspec
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.api.routes import ROUTES
from sync.central.policy import RouteAction
from sync.protocol.framing import decode_frame, encode_frame
from sync.protocol.messages import HEADS, NONCE_HEADER, PING, PROTOCOL_HEADER, PUSH, TOKEN, Pong, Refusal, TokenRequest
from sync.protocol.proof import control_is_valid, decode_bytes, encode_bytes, key_fingerprint
from tests.central.conftest import Clock
from tests.central.device import AnsweredNoError, Device, enrol_with
from tests.helpers.central import AllianceService


def test_every_route_says_what_it_lets_its_caller_do() -> None:
    actions = [route.opt["action"] for route in ROUTES]
    assert all(isinstance(action, RouteAction) for action in actions)
    assert len(set(actions)) == len(actions) == len(RouteAction)


def test_a_slip_enrols_one_device_with_signed_keys_and_lease(alliance: AllianceService) -> None:
    slip = alliance.ward_slip()
    reply = enrol_with(slip, Ed25519PrivateKey.generate())
    keys = [decode_bytes(key) for key in reply.server_keys]
    assert [key_fingerprint(key) for key in keys] == slip.keys
    assert control_is_valid(reply.lease, keys)
    assert reply.lease["lease"] == str(reply.device_id)
    assert {scope.key.partition(":")[0] for scope in reply.scopes} == {"site", "reference"}


def test_a_code_works_once(alliance: AllianceService) -> None:
    slip = alliance.ward_slip()
    enrol_with(slip, Ed25519PrivateKey.generate())
    with pytest.raises(AnsweredNoError) as no:
        enrol_with(slip, Ed25519PrivateKey.generate())
    assert (no.value.status, no.value.refusal.error) == (403, "enrol_refused")


def test_a_code_lives_ten_minutes(alliance: AllianceService, clock: Clock) -> None:
    slip = alliance.ward_slip()
    clock.advance(minutes=11)
    with pytest.raises(AnsweredNoError):
        enrol_with(slip, Ed25519PrivateKey.generate())


def test_a_code_is_spent_after_five_tries(alliance: AllianceService) -> None:
    slip = alliance.ward_slip()
    wrong = msgspec.structs.replace(slip, code=slip.code[:-4] + "0000")
    for _ in range(5):
        with pytest.raises(AnsweredNoError):
            enrol_with(wrong, Ed25519PrivateKey.generate())
    with pytest.raises(AnsweredNoError):
        enrol_with(slip, Ed25519PrivateKey.generate())


def test_a_key_that_is_not_held_cannot_be_enrolled(alliance: AllianceService) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(AnsweredNoError):
        enrol_with(alliance.ward_slip(), Ed25519PrivateKey.generate(), pubkey=encode_bytes(other))


def test_a_wrong_laptop_clock_does_not_matter(ward: Device, clock: Clock) -> None:
    ward.clock = lambda: clock().replace(year=2036)
    assert ward.heads().scopes


def test_a_call_without_a_token_is_told_so(ward: Device) -> None:
    ward.token = "0" * 32 + ".nothing"
    with pytest.raises(AnsweredNoError) as no:
        ward.heads()
    assert (no.value.status, no.value.refusal.error) == (401, "token")


def test_a_token_ends_after_ten_minutes(ward: Device, clock: Clock) -> None:
    ward.heads()
    clock.advance(minutes=11)
    with pytest.raises(AnsweredNoError) as no:
        ward.heads()
    assert no.value.refusal.error == "token"
    ward.token = ""
    assert ward.heads().scopes


def test_a_token_is_worth_nothing_without_the_key(ward: Device) -> None:
    ward.heads()
    ward.key = Ed25519PrivateKey.generate()
    with pytest.raises(AnsweredNoError) as no:
        ward.heads()
    assert (no.value.status, no.value.refusal.error) == (401, "proof")
    assert no.value.refusal.proof_nonce


def test_a_call_that_is_played_again_is_refused(ward: Device) -> None:
    ward.heads()
    nonce = secrets.token_hex(16)
    ward.ask("GET", HEADS, nonce=nonce)
    with pytest.raises(AnsweredNoError) as no:
        ward.ask("GET", HEADS, nonce=nonce)
    assert no.value.refusal.error == "proof"


def test_a_proof_is_good_for_one_path_and_body_only(ward: Device) -> None:
    ward.heads()
    nonce = secrets.token_hex(16)
    body = encode_frame([TokenRequest(device_id=ward.device_id)], nonce=nonce)
    with pytest.raises(AnsweredNoError) as no:
        ward.send("POST", TOKEN, body, nonce, **ward.proven("POST", PUSH, body, nonce))
    assert no.value.refusal.error == "proof"


def test_a_window_nonce_lives_five_minutes(ward: Device, clock: Clock) -> None:
    ward.heads()
    clock.advance(minutes=6)
    with pytest.raises(AnsweredNoError) as no:
        ward.heads()
    assert no.value.refusal.error == "proof"
    ward.window = no.value.refusal.proof_nonce
    assert ward.heads().scopes


def test_a_revoked_laptop_hears_a_signed_order_at_once(alliance: AllianceService, ward: Device) -> None:
    ward.heads()
    alliance.administration.revoke(ward.org, ward.device_id)
    with pytest.raises(AnsweredNoError) as no:
        ward.heads()
    assert no.value.refusal.error == "token"
    with pytest.raises(AnsweredNoError) as no:
        ward.sign_in()
    assert (no.value.status, no.value.refusal.error) == (403, "revoked")
    order = no.value.refusal.revocation
    assert order is not None
    assert (order["revoke"], order["serial"], order["wipe"]) == (str(ward.device_id), 1, True)
    assert control_is_valid(order, alliance.service.keys.public)


def test_who_does_not_hold_the_key_never_learns_of_a_revocation(alliance: AllianceService, ward: Device) -> None:
    alliance.administration.revoke(ward.org, ward.device_id)
    ward.key = Ed25519PrivateKey.generate()
    with pytest.raises(AnsweredNoError) as no:
        ward.sign_in()
    assert no.value.refusal.error == "proof"
    assert no.value.refusal.revocation is None


def test_an_unknown_device_is_answered_like_a_wrong_key(ward: Device) -> None:
    ward.device_id = ward.ids()
    with pytest.raises(AnsweredNoError) as no:
        ward.sign_in()
    assert no.value.refusal.error == "proof"


def test_a_device_holds_at_most_eight_scopes(alliance: AllianceService) -> None:
    sites = [
        "stoke_mandeville",
        "salisbury",
        "pinderfields",
        "stanmore",
        "sheffield",
        "southport",
        "cardiff",
        "oswestry",
    ]
    with pytest.raises(Exception, match="too_many_scopes"):
        alliance.slip("aspire", "outreach_worker", [f"site:{site}" for site in sites])


def test_a_device_gets_no_scope_of_another_organisation(alliance: AllianceService) -> None:
    with pytest.raises(Exception, match="bad_scope"):
        alliance.administration.device_code(
            alliance.org("aspire"), [alliance.user("outreach_worker")], [alliance.scope_key("rights", "back_up")]
        )


def test_a_ping_answers_with_the_nonce_inside(alliance: AllianceService) -> None:
    nonce = secrets.token_hex(16)
    headers = {NONCE_HEADER: nonce, PROTOCOL_HEADER: "1"}
    response = requests.get(alliance.address + PING, headers=headers, timeout=10)
    assert decode_frame(response.content, nonce=nonce).one(Pong) == Pong(sync="ok", nonce=nonce)


def test_health_says_that_the_database_answers(alliance: AllianceService) -> None:
    assert requests.get(alliance.address + "/v1/health", timeout=10).json() == {"database": "ok"}


@pytest.mark.parametrize("path", ["/", "/v1/people", "/v1/push/", "/docs", "/schema"])
def test_anything_else_is_one_framed_not_found(alliance: AllianceService, path: str) -> None:
    nonce = secrets.token_hex(16)
    headers = {NONCE_HEADER: nonce, PROTOCOL_HEADER: "1"}
    response = requests.get(alliance.address + path, headers=headers, timeout=10, allow_redirects=False)
    assert response.status_code == 404
    assert decode_frame(response.content, nonce=nonce).one(Refusal).error == "not_found"
    assert "server" not in {name.lower() for name in response.headers}
