"""Who is asking, and who answered: the proof on every call, and messages signed by the service (sync.md 10)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.domain.canonical import canonical

PROOF_PURPOSE: Final = "alongside-proof-v1"
ENROL_PURPOSE: Final = "alongside-enrol-v1"
CONTROL_PURPOSE: Final = "alongside-control-v1"
WIPE_DONE_PURPOSE: Final = "alongside-wipe-done-v1"

_P256_POINT_BYTES = 65


class KeyAlgorithm(StrEnum):
    """What a device key is. Fixed for ever."""

    ED25519 = "ed25519"
    P256 = "p256"


def proof_data(
    *, audience: str, method: str, path: str, window_nonce: str, nonce: str, token: str, body: bytes
) -> bytes:
    """Return what a device signs for one call, without the purpose that stands before it.

    Args:
        audience: the service's name from the enrolment slip.
        method: HTTP method in capitals.
        path: path and query as sent.
        window_nonce: the service's nonce of the last minutes, empty before the first.
        nonce: this call's own, as in `X-Nonce`.
        token: the access token, empty where there is none yet.
        body: the body as sent, flag byte included, empty where there is none.
    """
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    parts = (audience, method, path, window_nonce, nonce, token_hash, hashlib.sha256(body).hexdigest())
    if any("\n" in part for part in parts):
        raise ValueError("a part of a proof may not hold a line break")
    return "\n".join(parts).encode()


def enrol_data(*, audience: str, code: str, public_key: bytes) -> bytes:
    """Return what a new device signs with the key it enrols: that it holds it, and for whom."""
    return "\n".join((audience, code, encode_bytes(public_key))).encode()


def wipe_done_data(message: Mapping[str, Any]) -> bytes:
    """Return what a laptop signs when it has obeyed an order: the canonical message without its signature."""
    return canonical({name: value for name, value in message.items() if name != "sig"})


def signed_text(purpose: str, data: bytes) -> bytes:
    """Return the bytes a signature is made over: a purpose first, so that no signature passes for another's."""
    return purpose.encode() + b"\n" + data


def proof_header(window_nonce: str, signature: bytes) -> str:
    """Return the value of `X-Proof`."""
    return f"{window_nonce}.{encode_bytes(signature)}"


def read_proof_header(value: str) -> tuple[str, bytes]:
    """Return window nonce and signature of an `X-Proof`.

    Raises:
        ValueError: it is not one.
    """
    window_nonce, dot, signature = value.rpartition(".")
    if not dot:
        raise ValueError("a proof is a nonce, a dot and a signature")
    return window_nonce, decode_bytes(signature)


def signature_is_valid(
    *, algorithm: KeyAlgorithm, public_key: bytes, purpose: str, data: bytes, signature: bytes
) -> bool:
    """Answer whether the holder of `public_key` signed `data` for `purpose`; a key that is none answers no."""
    text = signed_text(purpose, data)
    try:
        match algorithm:
            case KeyAlgorithm.ED25519:
                Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
            case KeyAlgorithm.P256:
                point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
                point.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key_is_well_formed(algorithm: KeyAlgorithm, public_key: bytes) -> bool:
    """Answer whether `public_key` is a key of `algorithm`: 32 raw bytes, or an uncompressed point."""
    try:
        match algorithm:
            case KeyAlgorithm.ED25519:
                Ed25519PublicKey.from_public_bytes(public_key)
            case KeyAlgorithm.P256:
                ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
                return len(public_key) == _P256_POINT_BYTES
    except ValueError:
        return False
    return True


def sign_control(message: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return a message of the service with its signature: revocations, leases, receipts are believed by it alone."""
    fields = {name: value for name, value in message.items() if name != "sig"}
    return {**fields, "sig": encode_bytes(key.sign(signed_text(CONTROL_PURPOSE, canonical(fields))))}


def control_is_valid(message: Mapping[str, Any], keys: Iterable[bytes]) -> bool:
    """Answer whether one of the service's pinned keys (32 raw bytes each) signed a message."""
    signature = message.get("sig")
    if not isinstance(signature, str):
        return False
    try:
        raw = decode_bytes(signature)
    except ValueError:
        return False
    data = canonical({name: value for name, value in message.items() if name != "sig"})
    return any(
        signature_is_valid(
            algorithm=KeyAlgorithm.ED25519, public_key=key, purpose=CONTROL_PURPOSE, data=data, signature=raw
        )
        for key in keys
    )


def key_fingerprint(public_key: bytes) -> str:
    """Return the SHA-256 of a public key in hexadecimal, as an enrolment slip carries it."""
    return hashlib.sha256(public_key).hexdigest()


def encode_bytes(value: bytes) -> str:
    """Return bytes as base64url without padding, the one form in which bytes travel."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode_bytes(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises:
        ValueError: it is not that.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError("not base64url") from error
    if encode_bytes(raw) != text:
        raise ValueError("not base64url")
    return raw
