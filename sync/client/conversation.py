"""Asking the service as this device: tokens, its signed words, and scopes given or taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from app.domain.canonical import canonical
from app.domain.ids import DeviceId, ScopeId
from app.errors import ServiceError
from app.storage.exchange import ScopeGrant, SyncDevice
from app.storage.held import Held
from sync.client.signed import RevokedError, check_audit_receipt, lease_until, revoked
from sync.client.transport import RefusedError, Transport
from sync.protocol.messages import TOKEN, ErrorCode, TokenReply, TokenRequest

T = TypeVar("T")

# A token is renewed before it ends, so that no cycle is cut in half by it.
_TOKEN_MARGIN_SECONDS: Final = 60.0


class Conversation:
    """What one device and its service say to each other; used by one thread at a time.

    Attributes:
        scopes_changed: scopes were given or taken away and the vault has not been cleaned since.
        device: what this laptop knew of its service when the cycle began.
        last_op_at: when the newest op came in that the service holds of this device, as it said at the last sign-in.
    """

    def __init__(self, *, net: Transport, held: Held, monotonic: Callable[[], float]) -> None:
        """Take the way to the service, what is kept of it and the clock of a token's life."""
        self.scopes_changed = False
        self.device: SyncDevice | None = None
        self.last_op_at: datetime | None = None
        self._net = net
        self._held = held
        self._monotonic = monotonic
        self._token_until = float("-inf")
        self._device_id: DeviceId | None = None
        self._keys: tuple[bytes, ...] = ()
        self._serial = 0

    def begin(self) -> None:
        """Read who this laptop is, and sign in if there is no token that lasts.

        Raises:
            ServiceError: `service.not_enrolled`.
        """
        device = self.device = self._held.device()
        if device.device_id is None:
            raise ServiceError("service.not_enrolled")
        self._device_id, self._keys, self._serial = device.device_id, device.server_keys, device.control_serial
        if self._monotonic() >= self._token_until:
            self.sign_in()

    def sign_in(self) -> None:
        """Get a token; what the service says about this device is taken in first of all."""
        self._net.use_token("", "")
        request = TokenRequest(device_id=self.known_device)
        reply = self._judged(lambda: self._net.post(TOKEN, request)).one(TokenReply)
        for message in reply.control:
            self._obey(message)
        self._net.use_token(reply.access, reply.proof_nonce)
        self.last_op_at = reply.last_op_at
        self._token_until = self._monotonic() + reply.expires_s - _TOKEN_MARGIN_SECONDS
        grants = tuple(ScopeGrant(id=ScopeId(scope.id), key=scope.key) for scope in reply.scopes)
        if {scope.id for scope in grants} != {scope.id for scope in self._held.scopes()}:
            self._held.set_scopes(grants)
            self.scopes_changed = True
        self._held.remember(server_time=reply.server_time)

    def ask(self, call: Callable[[], T]) -> T:
        """Ask with a token; one that the service no longer knows is renewed once.

        Raises:
            NetworkError: whatever came back was not a reply of ours.
            ServiceError: the service refused; a `RevokedError` orders to give up the vault.
        """
        try:
            return self._judged(call)
        except RefusedError as error:
            if error.refusal.error is ErrorCode.SCOPE_DENIED:
                self.sign_in()
                raise
            if error.refusal.error is not ErrorCode.TOKEN:
                raise
        self.sign_in()
        return self._judged(call)

    def take_lease(self, message: Mapping[str, Any]) -> None:
        """Keep a lease that the service signed for this device; any other is trouble on the way."""
        until = lease_until(message, device_id=self.known_device, keys=self._keys)
        self._held.remember(lease=canonical(message), lease_until=until)

    def check_audit(self, receipt: Mapping[str, Any]) -> None:
        """Refuse a receipt for the audit chain that the service did not sign for this device."""
        check_audit_receipt(receipt, device_id=self.known_device, keys=self._keys)

    def _judged(self, call: Callable[[], T]) -> T:
        """Ask; a refusal with a signed order to give up the vault becomes that order."""
        try:
            return call()
        except RefusedError as error:
            if error.refusal.error is ErrorCode.REVOKED:
                raise self._revoked(error.refusal.revocation or {}) from error
            raise

    def _obey(self, message: Mapping[str, Any]) -> None:
        if "revoke" in message:
            raise self._revoked(message)
        if "lease" in message:
            self.take_lease(message)

    def _revoked(self, message: Mapping[str, Any]) -> RevokedError:
        return revoked(message, device_id=self.known_device, keys=self._keys, serial=self._serial)

    @property
    def known_device(self) -> DeviceId:
        """This laptop as the service knows it; `begin` comes first."""
        assert self._device_id is not None, "begin comes first"
        return self._device_id
