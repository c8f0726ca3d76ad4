"""Enrolment: a one-time code from an administrator's slip, and the key that a device shows to hold."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sync.central.database import Context, Database
from sync.central.grants import grant, granted_scopes
from sync.central.outcomes import RefusedError
from sync.central.signing import ServiceKeys
from sync.protocol.limits import ENROL_CODE_TRIES
from sync.protocol.messages import EnrolReply, EnrolRequest, ErrorCode
from sync.protocol.proof import (
    ENROL_PURPOSE,
    KeyAlgorithm,
    decode_bytes,
    encode_bytes,
    enrol_data,
    public_key_is_well_formed,
    signature_is_valid,
)

LONGEST_NAME = 80
"""Characters of a device's name that are kept."""

_NEW_DEVICE = """
INSERT INTO device(id, org, pubkey, alg, name, status, enrolled_at, last_seen, lease_days, schema)
VALUES (%s, %s, %s, %s, %s, 'active', %s, %s, %s, %s)
"""
_TRY = """
UPDATE enrol_code SET tries = tries + 1 WHERE id = %s
RETURNING org, hash, scopes, users, expires_at, tries, used_at
"""
_USE = "UPDATE enrol_code SET used_at = %s, device = %s WHERE id = %s AND used_at IS NULL RETURNING id"


@dataclass(frozen=True, slots=True)
class _Code:
    """What a code that may be used lets a device have."""

    code_id: UUID
    org: UUID
    scopes: tuple[UUID, ...]
    bound: dict[str, Any]


class Enroller:
    """Takes new devices in."""

    def __init__(self, database: Database, keys: ServiceKeys, *, audience: str, new_id: Callable[[], UUID]) -> None:
        """Take the database, the service's keys, its name and the source of ids."""
        self._database = database
        self._keys = keys
        self._audience = audience
        self._new_id = new_id

    def enrol(self, request: EnrolRequest, *, schema: int, now: datetime) -> EnrolReply:
        """Enrol a device with a one-time code.

        Raises:
            RefusedError: `enrol_refused`, whatever is wrong with the code: which of it, is nobody's business.
        """
        key = self._enrolled_key(request)
        code = self._try_code(request.code, now)
        device = self._new_id()
        lease_days = int(code.bound["lease_days"])
        context = Context(org=code.org, device=device, code=code.code_id, scopes=code.scopes)
        with self._database.settling(context) as connection:
            if connection.execute(_USE, (now, device, code.code_id)).fetchone() is None:
                raise RefusedError(ErrorCode.ENROL_REFUSED)
            name = request.device_name[:LONGEST_NAME]
            connection.execute(_NEW_DEVICE, (device, code.org, key, request.alg, name, now, now, lease_days, schema))
            grant(connection, device, code.bound["users"], code.scopes, now)
            granted = granted_scopes(connection, device)
        return EnrolReply(
            device_id=device,
            org=code.org,
            server_keys=[encode_bytes(public) for public in self._keys.public],
            scopes=granted,
            lease=self._keys.lease(device, lease_days, now),
        )

    def _try_code(self, text: str, now: datetime) -> _Code:
        code_id, secret = _split_code(text)
        with self._database.settling(Context(code=code_id)) as connection:
            found = connection.execute(_TRY, (code_id,)).fetchone()
        if found is None:
            raise RefusedError(ErrorCode.ENROL_REFUSED)
        org, digest, scopes, bound, expires_at, tries, used_at = found
        spent = used_at is not None or tries > ENROL_CODE_TRIES or expires_at <= now
        if spent or not hmac.compare_digest(digest, code_hash(secret)):
            raise RefusedError(ErrorCode.ENROL_REFUSED)
        return _Code(code_id, org, tuple(scopes), bound)

    def _enrolled_key(self, request: EnrolRequest) -> bytes:
        try:
            algorithm = KeyAlgorithm(request.alg)
            key, signature = decode_bytes(request.pubkey), decode_bytes(request.proof)
        except ValueError as error:
            raise RefusedError(ErrorCode.ENROL_REFUSED) from error
        signed = enrol_data(audience=self._audience, code=request.code, public_key=key)
        proven = public_key_is_well_formed(algorithm, key) and signature_is_valid(
            algorithm=algorithm, public_key=key, purpose=ENROL_PURPOSE, data=signed, signature=signature
        )
        if not proven:
            raise RefusedError(ErrorCode.ENROL_REFUSED)
        return key


def make_code(code_id: UUID, secret: bytes) -> str:
    """Return a one-time code as a slip carries it."""
    return f"{code_id.hex}-{secret.hex()}"


def code_hash(secret: str) -> bytes:
    """Return how a code's secret is stored."""
    return hashlib.sha256(b"alongside-code-v1" + secret.encode()).digest()


def _split_code(code: str) -> tuple[UUID, str]:
    first, _, secret = code.partition("-")
    try:
        return UUID(hex=first), secret
    except ValueError as error:
        raise RefusedError(ErrorCode.ENROL_REFUSED) from error
