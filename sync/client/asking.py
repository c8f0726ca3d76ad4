"""The gate's question: was this laptop revoked? Asked with the device key alone, and nobody ever waits for it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from app.domain.canonical import canonical
from app.errors import NetworkError, VaultError
from app.security.atomic_file import replace_file
from app.storage.exchange import SyncDevice
from sync.client.signed import RevokedError, revoked
from sync.client.transport import RefusedError, Transport
from sync.protocol.messages import TOKEN, ErrorCode, Revocation, TokenReply, TokenRequest

PATIENCE_S: Final = 0.7
"""Of each socket call: two requests of two calls each stay below the three seconds of security.md 2.1."""

_LONGEST = 4_096


class KnownService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which service this laptop belongs to, beside the vault: no secret, and believed by its signatures alone."""

    format: Literal[1] = 1
    device: UUID
    org_name: str
    audience: str
    keys: Annotated[tuple[bytes, ...], msgspec.Meta(min_length=1, max_length=4)]
    serial: int


def remember_service(path: Path, device: SyncDevice) -> None:
    """Write it where it changed, for the next gate; a laptop that is not enrolled has no file."""
    if device.device_id is None:
        return
    known = KnownService(
        device=device.device_id,
        org_name=device.org_name,
        audience=device.audience,
        keys=device.server_keys,
        serial=device.control_serial,
    )
    # Without it a gate asks nothing: a disk that takes no more is told where something would be lost.
    with suppress(VaultError):
        if read_service(path) != known:
            replace_file(path, canonical(known))


def read_service(path: Path) -> KnownService | None:
    """Return it, or None where there is none or something else stands there."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_LONGEST), type=KnownService)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None


def ask_whether_revoked(service: KnownService, net: Transport) -> Revocation | None:
    """Return a valid, new order to give up the vault, or None: no order, no network, or nothing to be believed."""
    try:
        reply = net.post(TOKEN, TokenRequest(device_id=service.device)).one(TokenReply)
        found = next((message for message in reply.control if "revoke" in message), None)
        return None if found is None else _order(service, found)
    except RefusedError as error:
        if error.refusal.error is not ErrorCode.REVOKED:
            return None
        return _order(service, error.refusal.revocation or {})
    except NetworkError:
        return None


def _order(service: KnownService, message: dict[str, object]) -> Revocation | None:
    try:
        error: RevokedError = revoked(message, device_id=service.device, keys=service.keys, serial=service.serial)
    except NetworkError:
        return None
    return error.order
