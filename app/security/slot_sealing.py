"""The cryptography of one slot: private keys under the password, master keys under a public key.

Put together from `cryptography` alone, as security.md 2.1 draws it:

    KEK   = HKDF(Argon2id(password, salt) | device secret; vault_id | person | slot_version)
    slot  = header + AES-256-GCM(KEK, private keys; AAD = header) + HPKE(person, master; vault_id | person | g)
"""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.custody.sealing import hpke
from app.errors import VaultError, WrongPasswordError
from app.security.opened_keys import MasterKeys
from app.security.passwords import stretch
from app.security.secret_bytes import KEY_BYTES, clear, expand, scratch
from app.security.slots_file import PersonSlot, SealedMaster, SlotsFile, header_of

NONCE_BYTES = 12


def public_halves(exchange_seed: bytearray, signing_seed: bytearray) -> tuple[bytes, bytes]:
    """Return the public X25519 and Ed25519 keys of two seeds."""
    return (
        X25519PrivateKey.from_private_bytes(exchange_seed).public_key().public_bytes_raw(),
        Ed25519PrivateKey.from_private_bytes(signing_seed).public_key().public_bytes_raw(),
    )


def seal_private(
    slots: SlotsFile,
    slot: PersonSlot,
    *,
    seeds: tuple[bytearray, bytearray],
    password: str,
    device_secret: bytearray | None,
    nonce: bytes,
) -> bytes:
    """Return nonce and both private seeds sealed under the password; bound to the slot's header."""
    key = _key_of(slots, slot, password, device_secret)
    try:
        with scratch(2 * KEY_BYTES) as private:
            private[:KEY_BYTES], private[KEY_BYTES:] = seeds
            return nonce + AESGCM(key).encrypt(nonce, private, header_of(slots, slot))
    finally:
        clear(key)


def unseal_private(
    slots: SlotsFile, slot: PersonSlot, *, password: str, device_secret: bytearray | None
) -> tuple[bytearray, bytearray]:
    """Return both private seeds; the caller clears them.

    Raises:
        WrongPasswordError: the password, the device secret or the header is not the one it was sealed with.
    """
    key = _key_of(slots, slot, password, device_secret)
    nonce, sealed = slot.sealed_private[:NONCE_BYTES], slot.sealed_private[NONCE_BYTES:]
    try:
        with scratch(2 * KEY_BYTES) as private:
            AESGCM(key).decrypt_into(nonce, sealed, header_of(slots, slot), private)
            return bytearray(private[:KEY_BYTES]), bytearray(private[KEY_BYTES:])
    except InvalidTag:
        raise WrongPasswordError from None
    finally:
        clear(key)


def seal_masters(masters: MasterKeys, public: bytes, owner: UUID) -> tuple[SealedMaster, ...]:
    """Return every master key held, sealed to one public key (HPKE, RFC 9180, base mode)."""
    receiver = X25519PublicKey.from_public_bytes(public)
    return tuple(
        SealedMaster(
            generation=generation,
            sealed=hpke().encrypt(
                masters.by_generation[generation], receiver, _seal_info(masters.vault_id, owner, generation)
            ),
        )
        for generation in sorted(masters.by_generation)
    )


def open_masters(vault_id: UUID, sealed: tuple[SealedMaster, ...], seed: bytearray, owner: UUID) -> MasterKeys:
    """Return the master keys sealed to the owner of `seed`; the caller clears them.

    Raises:
        VaultError: `slots.damaged`: they were not sealed to this key, for this vault and generation.
    """
    receiver = X25519PrivateKey.from_private_bytes(seed)
    by_generation: dict[int, bytearray] = {}
    try:
        for master in sealed:
            info = _seal_info(vault_id, owner, master.generation)
            # HPKE gives `bytes`, which cannot be cleared: one reason why the gate ends after a sign-in.
            by_generation[master.generation] = bytearray(hpke().decrypt(master.sealed, receiver, info))
    except InvalidTag:
        clear(*by_generation.values())
        raise VaultError("slots.damaged") from None
    return MasterKeys(vault_id=vault_id, by_generation=by_generation)


def _key_of(slots: SlotsFile, slot: PersonSlot, password: str, device_secret: bytearray | None) -> bytearray:
    if slots.needs_device_secret != (device_secret is not None):
        raise ValueError("a device secret is for vaults with a keyring, and for those only")
    # The two kinds get different labels, so that a slot of one never opens as the other.
    label = b"alongside/kek/1" if device_secret is not None else b"alongside/kek-password-only/1"
    info = label + slots.vault_id.bytes + slot.person_id.bytes + slot.slot_version.to_bytes(8, "big")
    stretched = stretch(password, salt=slot.salt, cost=slot.argon2)
    with scratch(2 * KEY_BYTES) as both:
        both[:KEY_BYTES] = stretched
        both[KEY_BYTES:] = device_secret if device_secret is not None else b""
        clear(stretched)
        return expand(both, info=info)


def _seal_info(vault_id: UUID, owner: UUID, generation: int) -> bytes:
    return b"alongside/master/1" + vault_id.bytes + owner.bytes + generation.to_bytes(8, "big")
