"""A file that one colleague can open on one laptop, and that only the laptop it says can have written.

    file   = header | LF | signature | LF | AES-256-GCM(key, content; AAD = header)
    header = canonical JSON: who on which laptop gives it to whom on which laptop, when, until when, nonce,
             and HPKE(receiver's exchange key, content's key; info = "alongside/hand-over/1" | from | to | user)
    signature = base64url, the sender's laptop over SHA-256(header) | SHA-256(box), purpose "alongside-hand-over-v1"

HPKE is RFC 9180 in base mode; `suite` names the algorithms. Nothing is opened before the signature holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.custody.erasing import KEY_BYTES, RandomBytes, clear
from app.custody.exchange_key import exchange_public
from app.custody.sealing import hpke
from app.domain.canonical import canonical
from app.domain.handing import VALID_FOR
from app.errors import VaultError
from sync.client.signer import Signer
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.proof import KeyAlgorithm, decode_bytes, encode_bytes, signature_is_valid

HAND_OVER_PURPOSE: Final = "alongside-hand-over-v1"
SUFFIX: Final = ".handover"
FILE_MOST_BYTES: Final = FRAME_LIMITS.packed_bytes + 16 * 1024
_HEADER_MOST_BYTES: Final = 4 * 1024
_SIGNATURE_MOST_BYTES: Final = 512
_NONCE_BYTES: Final = 12
_AHEAD: Final = timedelta(days=1)


class HandOverHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What anybody may read of it: ids alone, nobody's name and nothing of what it holds."""

    format: Literal["alongside-hand-over-1"] = "alongside-hand-over-1"
    suite: Literal["hpke-x25519-hkdf-sha256-aes-256-gcm+aes-256-gcm"] = (
        "hpke-x25519-hkdf-sha256-aes-256-gcm+aes-256-gcm"
    )
    org: UUID
    from_device: UUID
    from_user: UUID
    to_device: UUID
    to_user: UUID
    made_at: Annotated[datetime, msgspec.Meta(tz=True)]
    valid_until: Annotated[datetime, msgspec.Meta(tz=True)]
    nonce: Annotated[bytes, msgspec.Meta(min_length=_NONCE_BYTES, max_length=_NONCE_BYTES)]
    exchange: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    key: Annotated[bytes, msgspec.Meta(min_length=80, max_length=80)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One person on one laptop, at one end of a file."""

    device: UUID
    user: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Who opens: `private` is their X25519 key and stays the caller's."""

    org: UUID
    hand: Hand
    private: bytearray = field(repr=False)


SenderKey = Callable[[UUID], tuple[str, bytes] | None]
"""The algorithm and public key of a laptop of the own organisation, as it was first seen here; None when unknown."""


def seal_file(
    content: bytes,
    *,
    org: UUID,
    giver: Hand,
    to: Hand,
    exchange: bytes,
    made_at: datetime,
    signer: Signer,
    random_bytes: RandomBytes,
) -> bytes:
    """Return the file, for one colleague's public key on one laptop."""
    key = bytearray(random_bytes(KEY_BYTES))
    try:
        sealed = hpke().encrypt(key, X25519PublicKey.from_public_bytes(exchange), _purpose(giver.device, to))
        header = HandOverHeader(
            org=org,
            from_device=giver.device,
            from_user=giver.user,
            to_device=to.device,
            to_user=to.user,
            made_at=made_at,
            valid_until=made_at + VALID_FOR,
            nonce=random_bytes(_NONCE_BYTES),
            exchange=exchange,
            key=sealed,
        )
        first = canonical(header)
        box = AESGCM(key).encrypt(header.nonce, content, first)
    finally:
        clear(key)
    signature = encode_bytes(signer.sign(HAND_OVER_PURPOSE, _signed(first, box)))
    return b"\n".join((first, signature.encode(), box))


def open_file(raw: bytes, opener: Opener, *, sender_key: SenderKey, now: datetime) -> tuple[HandOverHeader, bytes]:
    """Return header and content of a file that was meant for this person on this laptop.

    Args:
        raw: the file.
        opener: who opens it.
        sender_key: what this laptop knows of the one that wrote it.
        now: the present moment, never earlier than the service's last word.

    Raises:
        VaultError: `hand_over.not_ours`: it is no such file, or cut, or altered; `.other_laptop`, `.other_colleague`,
            `.other_organisation`, `.unknown_laptop`, `.expired`, `.other_key`: why it is not opened here.
    """
    header, first, signature, box = _split(raw)
    if header.org != opener.org:
        raise VaultError("hand_over.other_organisation")
    known = sender_key(header.from_device)
    if known is None:
        raise VaultError("hand_over.unknown_laptop")
    algorithm, public = known
    if not signature_is_valid(
        algorithm=KeyAlgorithm(algorithm),
        public_key=public,
        purpose=HAND_OVER_PURPOSE,
        data=_signed(first, box),
        signature=signature,
    ):
        raise VaultError("hand_over.not_ours")
    # From here on the laptop it names has written it, word for word.
    if header.to_device != opener.hand.device:
        raise VaultError("hand_over.other_laptop")
    if header.to_user != opener.hand.user:
        raise VaultError("hand_over.other_colleague")
    if header.valid_until - header.made_at != VALID_FOR or header.made_at > now + _AHEAD:
        raise VaultError("hand_over.not_ours")
    if header.valid_until <= now:
        raise VaultError("hand_over.expired", on=header.valid_until.date().isoformat())
    if header.exchange != exchange_public(opener.private):
        raise VaultError("hand_over.other_key")
    try:
        private = X25519PrivateKey.from_private_bytes(opener.private)
        key = hpke().decrypt(header.key, private, _purpose(header.from_device, opener.hand))
        return header, AESGCM(key).decrypt(header.nonce, box, first)
    except (InvalidTag, ValueError):
        raise VaultError("hand_over.not_ours") from None


def _split(raw: bytes) -> tuple[HandOverHeader, bytes, bytes, bytes]:
    end = raw.find(b"\n", 0, _HEADER_MOST_BYTES)
    after = raw.find(b"\n", end + 1, end + 1 + _SIGNATURE_MOST_BYTES)
    if end < 0 or after < 0 or len(raw) > FILE_MOST_BYTES:
        raise VaultError("hand_over.not_ours")
    first, box = raw[:end], raw[after + 1 :]
    try:
        header = msgspec.json.decode(first, type=HandOverHeader)
        signature = decode_bytes(raw[end + 1 : after].decode("ascii"))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise VaultError("hand_over.not_ours") from None
    if canonical(header) != first:
        raise VaultError("hand_over.not_ours")
    return header, first, signature, box


def _signed(first: bytes, box: bytes) -> bytes:
    return hashlib.sha256(first).digest() + hashlib.sha256(box).digest()


def _purpose(giver: UUID, to: Hand) -> bytes:
    return b"alongside/hand-over/1" + giver.bytes + to.device.bytes + to.user.bytes
