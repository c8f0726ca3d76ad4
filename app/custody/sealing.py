"""Bytes sealed to the custodians' key and to one person: either opens them, and nobody else does.

    sealed = header | line feed | AES-256-GCM(key, content; AAD = header)
    header = canonical JSON: which laptop and vault, when, how many, nonce, and per receiver HPKE(public, key)

HPKE is RFC 9180 in base mode; `suite` names the algorithms, a change is a new suite.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.custody.erasing import KEY_BYTES, RandomBytes, clear
from app.domain.canonical import canonical
from app.errors import VaultError

CUSTODIANS = UUID(int=0)
"""Stands in the place of a person where the custodians' key is meant; no person has it."""

MOST_BYTES: Final = 32 * 1024 * 1024
"""What a sealed outbox may weigh: about 100 000 changes of 1 KB, packed."""

_HEADER_MOST_BYTES = 8 * 1024
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who can open it.

    Attributes:
        owner: the person, or `CUSTODIANS`.
        public: their X25519 public key, 32 bytes.
    """

    owner: UUID
    public: bytes


class SealedFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content's key, sealed to one receiver: 32 bytes of encapsulated key, 32 of key, 16 of tag."""

    owner: UUID
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    key: Annotated[bytes, msgspec.Meta(min_length=80, max_length=80)]


class SealedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What anybody may read of it: nothing in it says who is meant by the changes, or what they are.

    Attributes:
        device: the laptop as the service knows it.
        count: how many changes are in it.
    """

    format: Literal["alongside-sealed-1"] = "alongside-sealed-1"
    suite: Literal["hpke-x25519-hkdf-sha256-aes-256-gcm+aes-256-gcm"] = (
        "hpke-x25519-hkdf-sha256-aes-256-gcm+aes-256-gcm"
    )
    device: UUID
    vault_id: UUID
    made_at: Annotated[datetime, msgspec.Meta(tz=True)]
    count: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    nonce: Annotated[bytes, msgspec.Meta(min_length=_NONCE_BYTES, max_length=_NONCE_BYTES)]
    receivers: Annotated[tuple[SealedFor, ...], msgspec.Meta(min_length=1, max_length=8)]


def hpke() -> Suite:
    """Return the one suite in which anything is sealed to a public key."""
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal(
    content: bytes,
    receivers: Iterable[Receiver],
    *,
    device: UUID,
    vault_id: UUID,
    made_at: datetime,
    count: int,
    random_bytes: RandomBytes,
) -> bytes:
    """Return the content sealed to every receiver; it takes public keys only."""
    key = bytearray(random_bytes(KEY_BYTES))
    try:
        header = SealedHeader(
            device=device,
            vault_id=vault_id,
            made_at=made_at,
            count=count,
            nonce=random_bytes(_NONCE_BYTES),
            receivers=tuple(_sealed_for(receiver, key, device) for receiver in receivers),
        )
        first = canonical(header)
        return first + b"\n" + AESGCM(key).encrypt(header.nonce, content, first)
    finally:
        clear(key)


def header_of_sealed(sealed: bytes) -> SealedHeader:
    """Return what anybody may read of it.

    Raises:
        VaultError: `sealed.damaged`: it is nothing of ours.
    """
    return _split(sealed)[0]


def open_sealed(sealed: bytes, private: bytearray, *, owner: UUID = CUSTODIANS) -> bytes:
    """Return the content, opened with a receiver's private X25519 key; the caller clears that key.

    Raises:
        VaultError: `sealed.damaged`, or `sealed.other_key` when it was not sealed to this receiver.
    """
    header, first, box = _split(sealed)
    receiver = X25519PrivateKey.from_private_bytes(private)
    public = receiver.public_key().public_bytes_raw()
    mine = next((each for each in header.receivers if (each.owner, each.public) == (owner, public)), None)
    if mine is None:
        raise VaultError("sealed.other_key")
    try:
        key = hpke().decrypt(mine.key, receiver, _purpose(header.device, owner))
        return AESGCM(key).decrypt(header.nonce, box, first)
    except InvalidTag:
        raise VaultError("sealed.damaged") from None


def _sealed_for(receiver: Receiver, key: bytearray, device: UUID) -> SealedFor:
    public = X25519PublicKey.from_public_bytes(receiver.public)
    sealed = hpke().encrypt(key, public, _purpose(device, receiver.owner))
    return SealedFor(owner=receiver.owner, public=receiver.public, key=sealed)


def _split(sealed: bytes) -> tuple[SealedHeader, bytes, bytes]:
    end = sealed.find(b"\n", 0, _HEADER_MOST_BYTES)
    if end < 0 or len(sealed) > MOST_BYTES:
        raise VaultError("sealed.damaged")
    first, box = sealed[:end], sealed[end + 1 :]
    try:
        header = msgspec.json.decode(first, type=SealedHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise VaultError("sealed.damaged") from None
    if canonical(header) != first:
        raise VaultError("sealed.damaged")
    return header, first, box


def _purpose(device: UUID, owner: UUID) -> bytes:
    return b"alongside/outbox/1" + device.bytes + owner.bytes
