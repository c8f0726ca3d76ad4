"""Proofs and signatures hold for exactly what was signed, by exactly that key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.security.device_key import DeviceKey
from sync.protocol.proof import (
    ENROL_PURPOSE,
    PROOF_PURPOSE,
    KeyAlgorithm,
    control_is_valid,
    decode_bytes,
    encode_bytes,
    proof_data,
    proof_header,
    public_key_is_well_formed,
    read_proof_header,
    sign_control,
    signature_is_valid,
    signed_text,
)

CALL = {
    "audience": "alongside",
    "method": "POST",
    "path": "/v1/push",
    "window_nonce": "w1",
    "nonce": "ab",
    "token": "t",
    "body": b"\x00{}",
}


def test_the_laptops_own_key_makes_the_proof_the_service_checks() -> None:
    key = DeviceKey(bytearray(range(32)))
    data = proof_data(**CALL)

    signature = key.sign(PROOF_PURPOSE, data)

    def holds(**changed: object) -> bool:
        arguments = {
            "algorithm": KeyAlgorithm(key.algorithm),
            "public_key": key.public,
            "purpose": PROOF_PURPOSE,
            "data": data,
            "signature": signature,
        }
        return signature_is_valid(**{**arguments, **changed})

    assert holds()
    assert not holds(purpose=ENROL_PURPOSE)
    assert not holds(public_key=bytes(32))
    assert not holds(public_key=b"short")
    assert not holds(algorithm=KeyAlgorithm.P256)
    assert not holds(signature=signature[:-1])


@pytest.mark.parametrize("part", CALL)
def test_every_part_of_a_call_is_under_the_proof(part: str) -> None:
    other = b"\x00{ }" if part == "body" else "other"

    assert proof_data(**CALL) != proof_data(**{**CALL, part: other})


def test_no_part_of_a_call_can_pass_for_two() -> None:
    with pytest.raises(ValueError, match="line break"):
        proof_data(**{**CALL, "path": "/v1/push\nw1"})


def test_a_key_held_in_hardware_may_be_p256() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    signature = private.sign(signed_text(PROOF_PURPOSE, b"data"), ec.ECDSA(hashes.SHA256()))

    assert public_key_is_well_formed(KeyAlgorithm.P256, point)
    assert signature_is_valid(
        algorithm=KeyAlgorithm.P256, public_key=point, purpose=PROOF_PURPOSE, data=b"data", signature=signature
    )
    assert not signature_is_valid(
        algorithm=KeyAlgorithm.P256, public_key=point, purpose=PROOF_PURPOSE, data=b"else", signature=signature
    )


@pytest.mark.parametrize("raw", [b"", b"x" * 31, b"x" * 65])
@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_what_is_no_public_key_is_refused(raw: bytes, algorithm: KeyAlgorithm) -> None:
    assert not public_key_is_well_formed(algorithm, raw)


def test_a_signed_message_holds_under_either_pinned_key_and_no_other() -> None:
    online, offline, stranger = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
    pinned = [online.public_key().public_bytes_raw(), offline.public_key().public_bytes_raw()]
    order = {"revoke": "0193", "serial": 2, "wipe": True}

    assert control_is_valid(sign_control(order, online), pinned)
    assert control_is_valid(sign_control(order, offline), pinned)
    assert not control_is_valid(sign_control(order, stranger), pinned)
    assert not control_is_valid({**sign_control(order, online), "serial": 3}, pinned)
    assert not control_is_valid({**sign_control(order, online), "sig": "!"}, pinned)
    assert not control_is_valid(order, pinned)
    assert not control_is_valid(sign_control(order, online), [])


@given(st.binary(max_size=80))
def test_bytes_travel_in_one_form_only(value: bytes) -> None:
    text = encode_bytes(value)

    assert decode_bytes(text) == value
    assert read_proof_header(proof_header("w.1", value)) == ("w.1", value)
    with pytest.raises(ValueError, match="base64url"):
        decode_bytes(text + "=")


@pytest.mark.parametrize("text", ["a", "aa==", "a b", "++", "é", "AB"])
def test_what_is_not_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode_bytes(text)


def test_a_proof_without_a_dot_is_refused() -> None:
    with pytest.raises(ValueError, match="a proof is"):
        read_proof_header("nonsense")
