"""The service's own keys: one signs leases, revocations and receipts, its successor's key lies offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.errors import ServiceError
from sync.central.private_files import make_folder, write_new
from sync.protocol.messages import Lease, Revocation
from sync.protocol.proof import key_fingerprint, sign_control

ONLINE_KEY = "service.key"
"""File name of the private key the running service signs with."""
OFFLINE_KEY = "offline.key"
"""File name of the private key to be kept away from the network."""
OFFLINE_PUBLIC = "offline.pub"
"""File name of its public half, which the service names to new devices."""


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """What the service signs with, and the public keys that devices pin."""

    online: Ed25519PrivateKey
    offline_public: bytes

    @property
    def public(self) -> tuple[bytes, bytes]:
        """The raw public keys: online first, then offline."""
        return self.online.public_key().public_bytes_raw(), self.offline_public

    @property
    def fingerprints(self) -> tuple[str, str]:
        """What a slip carries of the public keys; the first is the one that is read out."""
        online, offline = self.public
        return key_fingerprint(online), key_fingerprint(offline)

    def sign(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return a control message with its signature."""
        return sign_control(message, self.online)

    def lease(self, device: UUID, lease_days: int, now: datetime) -> dict[str, Any]:
        """Return a signed lease from now on."""
        until = now + timedelta(days=lease_days)
        return self.sign(_plain(Lease(lease=device, issued_at=now, until=until)))

    def revocation(self, device: UUID, serial: int, *, wipe: bool, rescue: bool) -> dict[str, Any]:
        """Return the signed order to give up a vault."""
        return self.sign(_plain(Revocation(revoke=device, serial=serial, wipe=wipe, rescue=rescue)))


def make_keys(folder: Path) -> None:
    """Make both keys in a folder; keys that are there are never replaced.

    Raises:
        ServiceError: `service.keys_exist`, or `service.cannot_write`.
    """
    make_folder(folder)
    if any((folder / name).exists() for name in (ONLINE_KEY, OFFLINE_KEY, OFFLINE_PUBLIC)):
        raise ServiceError("service.keys_exist")
    online, offline = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    write_new(folder / ONLINE_KEY, _pem(online))
    write_new(folder / OFFLINE_KEY, _pem(offline))
    public = offline.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_new(folder / OFFLINE_PUBLIC, public)


def read_keys(folder: Path) -> ServiceKeys:
    """Return the keys in a folder.

    Raises:
        ServiceError: `service.no_keys`, `service.cannot_read`, or `service.bad_keys` when a file is not an Ed25519 key.
    """
    try:
        online = load_pem_private_key((folder / ONLINE_KEY).read_bytes(), password=None)
        offline = load_pem_public_key((folder / OFFLINE_PUBLIC).read_bytes())
    except FileNotFoundError as error:
        raise ServiceError("service.no_keys") from error
    except OSError as error:
        raise ServiceError("service.cannot_read", value=str(folder)) from error
    except ValueError as error:
        raise ServiceError("service.bad_keys") from error
    if not isinstance(online, Ed25519PrivateKey) or not isinstance(offline, Ed25519PublicKey):
        raise ServiceError("service.bad_keys")
    return ServiceKeys(online, offline.public_bytes_raw())


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _plain(message: Lease | Revocation) -> dict[str, Any]:
    """Return a control message as JSON values, without an empty signature."""
    values: dict[str, Any] = msgspec.to_builtins(message)
    values.pop("sig", None)
    return values
