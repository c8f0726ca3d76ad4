"""The laptop's signing key: wrapped, opened, signing for one purpose at a time."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import KeyringError, VaultError
from app.security.device_key import (
    DeviceKey,
    Purpose,
    make_device_key,
    open_device_key,
    signature_holds,
    wrapping_key,
)
from tests.security.kit import BEN, VAULT

SECRET = bytearray(b"s" * 32)


def make_one(path: Path, *, by_device_secret: bool = True) -> DeviceKey:
    return make_device_key(
        path,
        vault_id=VAULT,
        wrapping=wrapping_key(SECRET, VAULT),
        by_device_secret=by_device_secret,
        random_bytes=os.urandom,
    )


def test_the_key_opens_with_its_secret_and_is_made_only_once(tmp_path: Path) -> None:
    path = tmp_path / "device_key.json"
    made = make_one(path)
    with open_device_key(path, vault_id=VAULT, wrapping=wrapping_key(SECRET, VAULT)) as key:
        assert key.public == made.public
        assert key.algorithm == json.loads(path.read_bytes())["alg"] == "ed25519"
    assert key.seed == bytearray(32)
    with pytest.raises(VaultError) as refused:
        make_one(path)
    assert refused.value.code == "vault.exists"
    assert made.seed.hex() not in path.read_text()


def test_another_secret_is_a_lost_secret_and_another_vault_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "device_key.json"
    make_one(path)
    with pytest.raises(KeyringError) as lost:
        open_device_key(path, vault_id=VAULT, wrapping=wrapping_key(bytearray(32), VAULT))
    assert lost.value.code == "keyring.secret_lost"
    with pytest.raises(VaultError) as other:
        open_device_key(path, vault_id=BEN, wrapping=wrapping_key(SECRET, VAULT))
    assert other.value.code == "device_key.damaged"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "device_key.missing"),
        (b"", "device_key.damaged"),
        (b"{}", "device_key.damaged"),
        (b"[" * 4_000, "device_key.damaged"),
        (b"\xff" * 10, "device_key.damaged"),
    ],
)
def test_a_missing_or_damaged_file_is_said(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "device_key.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VaultError) as refused:
        open_device_key(path, vault_id=VAULT, wrapping=SECRET)
    assert refused.value.code == code


@pytest.mark.parametrize("field", ["public", "sealed", "wrapped_by"])
def test_no_field_of_the_file_can_be_exchanged(tmp_path: Path, field: str) -> None:
    path, other = tmp_path / "device_key.json", tmp_path / "other.json"
    make_one(path)
    make_one(other, by_device_secret=False)
    tree = json.loads(path.read_bytes())
    tree[field] = json.loads(other.read_bytes())[field]
    path.write_text(json.dumps(tree))
    with pytest.raises((KeyringError, VaultError)):
        open_device_key(path, vault_id=VAULT, wrapping=wrapping_key(SECRET, VAULT))


@given(payload=st.binary(max_size=100), other=st.binary(max_size=100))
def test_a_signature_holds_for_its_own_purpose_and_payload_only(payload: bytes, other: bytes) -> None:
    key = DeviceKey(bytearray(b"k" * 32))
    signature = key.sign(Purpose.PROOF, payload)
    assert signature_holds(key.public, Purpose.PROOF, payload, signature)
    assert not signature_holds(key.public, Purpose.AUDIT, payload, signature)
    assert not signature_holds(DeviceKey(bytearray(32)).public, Purpose.PROOF, payload, signature)
    assert signature_holds(key.public, Purpose.PROOF, other, signature) == (other == payload)


def test_the_signed_bytes_are_purpose_line_feed_payload() -> None:
    key = DeviceKey(bytearray(b"k" * 32))
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(key.public).verify(
        key.sign(Purpose.PROOF, b"audience\nGET\n/v1/heads"),
        b"alongside-proof-v1\naudience\nGET\n/v1/heads",
    )


@pytest.mark.parametrize("purpose", ["", "audit", "alongside-audit-v1\nalongside", "alongside-audit", "other-audit-v1"])
def test_a_purpose_has_one_form(purpose: str) -> None:
    with pytest.raises(ValueError, match="not a purpose"):
        DeviceKey(bytearray(32)).sign(purpose, b"")


def test_a_nonsense_key_or_signature_holds_nothing() -> None:
    assert not signature_holds(b"short", Purpose.AUDIT, b"", b"")
    assert not signature_holds(bytes(32), Purpose.AUDIT, b"", bytes(64))
