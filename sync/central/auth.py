"""Who is asking: the device's proof on every call, and short-lived tokens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.ids import DeviceId
from sync.central.database import Context, Database, PgConnection
from sync.central.grants import caller_of, granted_scopes
from sync.central.orders import Order, tell_order
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.signing import ServiceKeys
from sync.protocol.limits import PROOF_NONCE_SECONDS, REQUESTS_A_MINUTE, TOKEN_SECONDS
from sync.protocol.messages import ErrorCode, TokenReply
from sync.protocol.proof import (
    PROOF_PURPOSE,
    KeyAlgorithm,
    encode_bytes,
    proof_data,
    read_proof_header,
    signature_is_valid,
)

NONCE_LENGTH = 32
"""Hexadecimal digits of a request's nonce: 128 bits."""
RATE_WINDOW = timedelta(minutes=1)
"""Over which requests of one device are counted."""

_GIVEN_UP = frozenset({"revoked", "wiped"})
_DEVICE = """
SELECT d.org, d.pubkey, d.alg, d.status, d.lease_days, d.revoke_serial FROM device d WHERE d.id = %s
"""
_DEVICE_SIGNED_IN = """
SELECT d.org, d.pubkey, d.alg, d.status, EXISTS (
  SELECT FROM access_token t WHERE t.hash = %s AND t.device = d.id AND t.expires_at > %s)
FROM device d WHERE d.id = %s
"""
# One statement: what it counts are the requests before this one.
_TAKE_NONCE = """
WITH taken AS (
  INSERT INTO proof_seen(device, nonce, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING nonce)
SELECT EXISTS (SELECT FROM taken), (SELECT count(*) FROM proof_seen WHERE device = %s AND at > %s)
"""

# By the index of the lane: a laptop that finds the service put back offers what it was answered for after this.
_LAST_OP = """
SELECT max(o.received_at) FROM device_lane l CROSS JOIN LATERAL (
  SELECT received_at FROM op_log WHERE device = l.device AND lane_epoch = l.lane_epoch AND lane = l.lane
  ORDER BY seq DESC LIMIT 1) o WHERE l.device = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one request brings to show who sent it."""

    method: str
    path: str
    nonce: str
    header: str
    token: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver:
    """A device that was revoked and proved its key: it may hand over what it had not sent, and say that it obeyed."""

    org: UUID
    public_key: bytes
    algorithm: str


class DoorKeeper:
    """Lets devices in; keeps nothing itself, so any number of services may stand side by side."""

    def __init__(
        self,
        database: Database,
        keys: ServiceKeys,
        *,
        audience: str,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        """Take the database, the service's keys, its name, and the source of randomness."""
        self._database = database
        self._keys = keys
        self._audience = audience
        self._random_bytes = random_bytes
        # Derived, so that every service of one key answers for the nonces of the others.
        self._window_key = hashlib.sha256(b"alongside-window-v1" + keys.online.private_bytes_raw()).digest()

    def sign_in(self, device: UUID, proof: Proof, *, schema: int, now: datetime) -> TokenReply:
        """Give a device that proves its key a token.

        Raises:
            RefusedError: `proof`, or `revoked` with the signed order.
        """
        context = Context(device=device)
        with self._database.settling(context) as connection:
            row = connection.execute(_DEVICE, (device,)).fetchone()
            if row is None or not self._is_proven(row[1], row[2], proof, now):
                raise self._no_proof(now)
            _, _, _, status, _, serial = row
            self._take_nonce(connection, device, proof, now)
            if status == "active":
                connection.execute("DELETE FROM access_token WHERE device = %s AND expires_at <= %s", (device, now))
                stale = now - timedelta(seconds=PROOF_NONCE_SECONDS)
                connection.execute("DELETE FROM proof_seen WHERE device = %s AND at < %s", (device, stale))
                secret = encode_bytes(self._random_bytes(32))
                token = f"{device.hex}.{secret}"
                connection.execute(
                    "INSERT INTO access_token(hash, device, expires_at) VALUES (%s, %s, %s)",
                    (token_hash(token), device, now + timedelta(seconds=TOKEN_SECONDS)),
                )
                connection.execute("UPDATE device SET last_seen = %s, schema = %s WHERE id = %s", (now, schema, device))
                granted = granted_scopes(connection, device)
                last_op = connection.execute(_LAST_OP, (device,)).fetchone()
            order = tell_order(connection, device, now) if status in _GIVEN_UP else None
        if status != "active":
            raise self._turned_away(device, status, serial, order)
        return TokenReply(
            access=token,
            expires_s=TOKEN_SECONDS,
            proof_nonce=self.window_nonce(now),
            server_time=now,
            scopes=granted,
            last_op_at=last_op[0] if last_op else None,
        )

    def let_in(self, proof: Proof, *, now: datetime) -> Caller:
        """Return the device behind a request.

        Raises:
            RefusedError: `token`, `proof` or `too_many`.
        """
        device = _device_of(proof.token)
        with self._database.settling(Context(device=device)) as connection:
            row = connection.execute(_DEVICE_SIGNED_IN, (token_hash(proof.token), now, device)).fetchone()
            if row is None or not row[4]:
                raise RefusedError(ErrorCode.TOKEN)
            if not self._is_proven(row[1], row[2], proof, now):
                raise self._no_proof(now)
            self._take_nonce(connection, device, proof, now)
            org, _, _, status, _ = row
            caller = caller_of(connection, device, org, now)
        if status == "suspended":
            raise RefusedError(ErrorCode.SUSPENDED)
        if status != "active":
            # Revoking ends every token, so a device hears of it at its next sign-in, which tells the whole order.
            raise RefusedError(ErrorCode.TOKEN)
        return caller

    def _turned_away(self, device: UUID, status: str, serial: int, order: Order | None) -> RefusedError:
        if status == "suspended":
            # Two machines share this identity: neither is told to give anything up, both have to be enrolled anew.
            return RefusedError(ErrorCode.SUSPENDED)
        wipe, rescue = (True, True) if order is None else (order.wipe, order.rescue)
        return RefusedError(
            ErrorCode.REVOKED, revocation=self._keys.revocation(device, serial, wipe=wipe, rescue=rescue)
        )

    def hear_out(self, device: UUID, proof: Proof, *, now: datetime) -> Leaver:
        """Return a device that was revoked, for the two things it may still do.

        Raises:
            RefusedError: `proof`; or `not_found` for a device that was not revoked, which has other ways.
        """
        with self._database.settling(Context(device=device)) as connection:
            row = connection.execute(_DEVICE, (device,)).fetchone()
            if row is None or not self._is_proven(row[1], row[2], proof, now):
                raise self._no_proof(now)
            self._take_nonce(connection, device, proof, now)
            org, public_key, algorithm, status, _, _ = row
        if status not in _GIVEN_UP:
            raise RefusedError(ErrorCode.NOT_FOUND)
        return Leaver(org=org, public_key=public_key, algorithm=algorithm)

    def window_nonce(self, now: datetime) -> str:
        """Return a nonce that devices put into their proofs for the next minutes; a wrong laptop clock never blocks."""
        text = f"{int(now.timestamp())}-{self._random_bytes(8).hex()}"
        return f"{text}-{self._window_mac(text)}"

    def _window_mac(self, text: str) -> str:
        return hmac.new(self._window_key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _window_is_open(self, nonce: str, now: datetime) -> bool:
        text, _, mac = nonce.rpartition("-")
        seconds = text.partition("-")[0]
        if not seconds.isascii() or not seconds.isdecimal() or len(seconds) > 12:
            return False
        if not hmac.compare_digest(mac.encode(), self._window_mac(text).encode()):
            return False
        return 0 <= now.timestamp() - int(seconds) + 1 <= PROOF_NONCE_SECONDS

    def _is_proven(self, public_key: bytes, algorithm: str, proof: Proof, now: datetime) -> bool:
        try:
            window_nonce, signature = read_proof_header(proof.header)
            signed = proof_data(
                audience=self._audience,
                method=proof.method,
                path=proof.path,
                window_nonce=window_nonce,
                nonce=proof.nonce,
                token=proof.token,
                body=proof.body,
            )
        except ValueError:
            return False
        return self._window_is_open(window_nonce, now) and signature_is_valid(
            algorithm=KeyAlgorithm(algorithm),
            public_key=public_key,
            purpose=PROOF_PURPOSE,
            data=signed,
            signature=signature,
        )

    def _no_proof(self, now: datetime) -> RefusedError:
        return RefusedError(ErrorCode.PROOF, proof_nonce=self.window_nonce(now))

    def _take_nonce(self, connection: PgConnection, device: UUID, proof: Proof, now: datetime) -> None:
        """Refuse a request that was seen before, and a device that asks too often."""
        found = connection.execute(_TAKE_NONCE, (device, proof.nonce, now, device, now - RATE_WINDOW)).fetchone()
        assert found is not None
        is_fresh, before = found
        if not is_fresh:
            raise self._no_proof(now)
        if before + 1 > REQUESTS_A_MINUTE:
            raise RefusedError(ErrorCode.TOO_MANY, retry_after_s=int(RATE_WINDOW.total_seconds()))


def token_hash(token: str) -> bytes:
    """Return how a token is stored; a dump of the database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def _device_of(token: str) -> DeviceId:
    try:
        return DeviceId(UUID(hex=token.partition(".")[0]))
    except ValueError as error:
        raise RefusedError(ErrorCode.TOKEN) from error
