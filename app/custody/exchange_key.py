"""The key under which one person on one laptop is handed work: made of the key their password opens.

It is not the key that opens the vault, which never leaves the sign-in; whoever has this one can open hand-over files
and nothing else.
"""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.custody.erasing import KEY_BYTES


def exchange_seed(person_signing_seed: bytearray, *, vault_id: UUID, person_id: UUID) -> bytearray:
    """Return the private X25519 key of a person in one vault, 32 bytes; the caller clears it."""
    seed = bytearray(KEY_BYTES)
    info = b"alongside/hand-over/1" + vault_id.bytes + person_id.bytes
    HKDF(SHA256(), KEY_BYTES, None, info).derive_into(person_signing_seed, seed)
    return seed


def exchange_public(seed: bytearray) -> bytes:
    """Return the public half, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
