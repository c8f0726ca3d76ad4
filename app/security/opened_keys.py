"""Keys while they are open: in bytearrays, in as few places as can be, cleared by whoever holds them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.security.secret_bytes import clear, expand

_HEX = b"0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeys:
    """The vault master keys of one or, while the vault is being re-keyed, two generations; gate only."""

    vault_id: UUID
    by_generation: dict[int, bytearray] = field(repr=False)

    @property
    def newest(self) -> int:
        """The highest generation held."""
        return max(self.by_generation)

    def newest_alone(self) -> MasterKeys:
        """Return a copy with the newest generation only, as slots hold it once a re-key is done."""
        return MasterKeys(
            vault_id=self.vault_id, by_generation={self.newest: bytearray(self.by_generation[self.newest])}
        )

    def db_key(self, generation: int) -> bytearray:
        """Return the raw database key (32 bytes) of a generation; the caller clears it."""
        return expand(self.by_generation[generation], info=b"alongside/db/1" + self.vault_id.bytes)

    def device_wrapping_key(self, generation: int) -> bytearray:
        """Return the key that wraps the device key where no device secret does; the caller clears it."""
        return expand(self.by_generation[generation], info=b"alongside/device-by-master/1" + self.vault_id.bytes)

    def tag_of(self, owner: UUID, *public: bytes) -> bytes:
        """Return what only a holder of the newest master key can write beside an owner's public keys (32 bytes).

        The slots lie open on the disk, and a new master key is sealed to the public keys in them: without it, a key
        that somebody planted there would be let in.
        """
        key = expand(self.by_generation[self.newest], info=b"alongside/slot-tag/1" + self.vault_id.bytes)
        try:
            return hmac.digest(key, owner.bytes + b"".join(public), "sha256")
        finally:
            clear(key)

    def clear(self) -> None:
        """Overwrite every master key."""
        clear(*self.by_generation.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSlot:
    """What one person's password opened; gate only. Use it in a `with`: leaving clears it.

    Attributes:
        exchange_seed: private X25519 key, opens what is sealed to this person.
        signing_seed: private Ed25519 key, proves who asks.
    """

    person_id: UUID
    masters: MasterKeys
    exchange_seed: bytearray = field(repr=False)
    signing_seed: bytearray = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Overwrite every key."""
        self.masters.clear()
        clear(self.exchange_seed, self.signing_seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedKeys:
    """What the desk works with: it never gets the master key or the password.

    Attributes:
        db_key: raw SQLCipher key, 32 bytes.
        person_signing_seed: private Ed25519 key of the person, 32 bytes.
        device_signing_seed: private Ed25519 key of the laptop, 32 bytes.
    """

    vault_id: UUID
    person_id: UUID
    generation: int
    db_key: bytearray = field(repr=False)
    person_signing_seed: bytearray = field(repr=False)
    device_signing_seed: bytearray = field(repr=False)

    @property
    def person_signing_key(self) -> Ed25519PrivateKey:
        """The person's signing key, made anew from its seed."""
        return Ed25519PrivateKey.from_private_bytes(self.person_signing_seed)

    def sqlcipher_key(self) -> bytearray:
        """Return `x'<64 hex>'`, the 67 bytes that SQLCipher takes as a raw key; the caller clears them."""
        return sqlcipher_key(self.db_key)

    def clear(self) -> None:
        """Overwrite every key."""
        clear(self.db_key, self.person_signing_seed, self.device_signing_seed)


def sqlcipher_key(db_key: bytearray) -> bytearray:
    """Return `x'<64 hex>'` of a raw key without leaving a string of it behind; the caller clears it."""
    text = bytearray(b"x'" + bytes(2 * len(db_key)) + b"'")
    for place, byte in enumerate(db_key):
        text[2 + 2 * place] = _HEX[byte >> 4]
        text[3 + 2 * place] = _HEX[byte & 0x0F]
    return text


def keys_for_desk(slot: OpenedSlot, *, generation: int, device_signing_seed: bytearray) -> OpenedKeys:
    """Return copies of what the desk needs; the slot can be cleared at once."""
    return OpenedKeys(
        vault_id=slot.masters.vault_id,
        person_id=slot.person_id,
        generation=generation,
        db_key=slot.masters.db_key(generation),
        person_signing_seed=bytearray(slot.signing_seed),
        device_signing_seed=bytearray(device_signing_seed),
    )
