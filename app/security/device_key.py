"""The laptop's own signing key: signs audit entries and calls to the service, also with nobody signed in.

Wrapped under the device secret, so that a stolen laptop at the sign-in screen can learn of its revocation;
in a `password_only` vault under the master key, where it works only after a sign-in (security.md 2.1).
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.custody.erasing import RandomBytes
from app.domain.canonical import canonical
from app.errors import KeyringError, VaultError
from app.security.atomic_file import replace_file
from app.security.secret_bytes import KEY_BYTES, clear, expand, scratch

_MOST_BYTES = 4_096
_NONCE_BYTES = 12
_PURPOSE = re.compile(r"alongside-[a-z]+(-[a-z]+)*-v[1-9][0-9]*")


class Purpose(StrEnum):
    """What a signature is for; it is part of what is signed. Fixed for ever."""

    AUDIT = "alongside-audit-v1"
    PROOF = "alongside-proof-v1"
    ENROL = "alongside-enrol-v1"
    TOKEN = "alongside-token-v1"  # noqa: S105 — a name
    SIGN_IN = "alongside-sign-in-v1"
    GRANT = "alongside-grant-v1"
    WIPE_DONE = "alongside-wipe-done-v1"


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """device_key.json; `alg` travels with the key, for keys held in hardware later."""

    format: Literal[1] = 1
    alg: Literal["ed25519"] = "ed25519"
    wrapped_by: Literal["device_secret", "master"]
    vault_id: UUID
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    sealed: Annotated[bytes, msgspec.Meta(min_length=60, max_length=60)]


class DeviceKey:
    """The opened key; whoever holds it clears it."""

    algorithm = "ed25519"

    def __init__(self, seed: bytearray) -> None:
        """Take the seed, which stays this object's own."""
        self.seed = seed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.clear()

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes, as the service keeps it."""
        return self._private().public_key().public_bytes_raw()

    def sign(self, purpose: str, payload: bytes) -> bytes:
        """Return the signature (64 bytes) over purpose, line feed, payload."""
        return self._private().sign(_signed_bytes(purpose, payload))

    def clear(self) -> None:
        """Overwrite the seed."""
        clear(self.seed)

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def signature_holds(public: bytes, purpose: str, payload: bytes, signature: bytes) -> bool:
    """Return whether the signature over purpose and payload is that key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed_bytes(purpose, payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def wrapping_key(device_secret: bytearray, vault_id: UUID) -> bytearray:
    """Return the key that wraps the device key where there is a device secret; the caller clears it."""
    return expand(device_secret, info=b"alongside/device-by-secret/1" + vault_id.bytes)


def make_device_key(
    path: Path, *, vault_id: UUID, wrapping: bytearray, by_device_secret: bool, random_bytes: RandomBytes
) -> DeviceKey:
    """Make the laptop's key and write it wrapped.

    Args:
        path: device_key.json; refused if it is there.
        vault_id: of the vault.
        wrapping: of `wrapping_key`, or of `MasterKeys.device_wrapping_key` in a `password_only` vault.
        by_device_secret: which of the two.
        random_bytes: of the operating system.

    Raises:
        VaultError: `vault.exists`.
    """
    if path.exists():
        raise VaultError("vault.exists")
    key = DeviceKey(bytearray(random_bytes(KEY_BYTES)))
    _write(path, key, vault_id=vault_id, wrapping=wrapping, by=by_device_secret, random_bytes=random_bytes)
    return key


def open_device_key(path: Path, *, vault_id: UUID, wrapping: bytearray) -> DeviceKey:
    """Return the laptop's key; the caller clears it.

    Raises:
        VaultError: `device_key.missing` or `device_key.damaged`.
        KeyringError: `keyring.secret_lost`: the device secret is another one than it was made with.
    """
    stored = _read(path)
    if stored.vault_id != vault_id:
        raise VaultError("device_key.damaged")
    nonce, sealed = stored.sealed[:_NONCE_BYTES], stored.sealed[_NONCE_BYTES:]
    with scratch(KEY_BYTES) as seed:
        try:
            AESGCM(wrapping).decrypt_into(nonce, sealed, _header(stored), seed)
        except InvalidTag:
            if stored.wrapped_by == "device_secret":
                raise KeyringError("keyring.secret_lost") from None
            raise VaultError("device_key.damaged") from None
        return DeviceKey(bytearray(seed))


def rewrap_device_key(
    path: Path,
    key: DeviceKey,
    *,
    vault_id: UUID,
    wrapping: bytearray,
    by_device_secret: bool,
    random_bytes: RandomBytes,
) -> None:
    """Write the opened key under another wrapping key: after recovery, or a re-key without device secret."""
    _write(path, key, vault_id=vault_id, wrapping=wrapping, by=by_device_secret, random_bytes=random_bytes)


def _write(
    path: Path, key: DeviceKey, *, vault_id: UUID, wrapping: bytearray, by: bool, random_bytes: RandomBytes
) -> None:
    blank = _Stored(
        wrapped_by="device_secret" if by else "master",
        vault_id=vault_id,
        public=key.public,
        sealed=bytes(_NONCE_BYTES + KEY_BYTES + 16),
    )
    nonce = random_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(wrapping).encrypt(nonce, key.seed, _header(blank))
    replace_file(path, canonical(msgspec.structs.replace(blank, sealed=sealed)) + b"\n")


def _read(path: Path) -> _Stored:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=_Stored)
    except FileNotFoundError:
        raise VaultError("device_key.missing") from None
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise VaultError("device_key.damaged") from None


def _header(stored: _Stored) -> bytes:
    return canonical(
        {
            "format": stored.format,
            "alg": stored.alg,
            "wrapped_by": stored.wrapped_by,
            "vault_id": stored.vault_id,
            "public": stored.public,
        }
    )


def _signed_bytes(purpose: str, payload: bytes) -> bytes:
    # A fixed form without a line feed: no payload can be read as another purpose's.
    if _PURPOSE.fullmatch(purpose) is None:
        raise ValueError("not a purpose")
    return purpose.encode("ascii") + b"\n" + payload
