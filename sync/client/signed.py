"""Messages the service signed: believed by their signature alone, whatever network they came through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from app.errors import ServiceError
from sync.protocol.framing import FrameError
from sync.protocol.messages import AuditReceipt, Lease, Revocation, SignedKeys
from sync.protocol.proof import control_is_valid

T = TypeVar("T")


class RevokedError(ServiceError):
    """The service orders this laptop to give up its vault, with a valid signature and a new serial.

    Attributes:
        order: what it says.
    """

    default_code = "service.revoked"
    order: Revocation


def lease_until(message: Mapping[str, Any], *, device_id: UUID, keys: Iterable[bytes]) -> datetime:
    """Return until when a signed lease lets this device open its vault.

    Raises:
        FrameError: the signature is not the service's, or it is another device's lease.
    """
    lease = _signed(message, keys, Lease)
    if lease.lease != device_id:
        raise FrameError(None, rule="signature")
    return lease.until


def check_audit_receipt(message: Mapping[str, Any], *, device_id: UUID, keys: Iterable[bytes]) -> None:
    """Refuse a receipt for the audit chain that the service did not sign for this device.

    Raises:
        FrameError: it is not that.
    """
    if _signed(message, keys, AuditReceipt).device != device_id:
        raise FrameError(None, rule="signature")


def signed_keys(message: Mapping[str, Any], *, device_id: UUID, keys: Iterable[bytes]) -> SignedKeys:
    """Return the colleagues' keys that the service signed for this device.

    Raises:
        FrameError: it is not that.
    """
    told = _signed(message, keys, SignedKeys)
    if told.keys_for != device_id:
        raise FrameError(None, rule="signature")
    return told


def revoked(message: Mapping[str, Any], *, device_id: UUID, keys: Iterable[bytes], serial: int) -> RevokedError:
    """Return the error that carries a valid order to give up the vault.

    Args:
        message: the order as it came.
        device_id: this device.
        keys: the service's pinned keys.
        serial: the highest serial acted on; an order that is not newer was seen before.

    Raises:
        FrameError: the order is not valid; nothing may happen because of it.
    """
    order = _signed(message, keys, Revocation)
    if order.revoke != device_id or order.serial <= serial:
        raise FrameError(None, rule="signature")
    error = RevokedError()
    error.order = order
    return error


def _signed(message: Mapping[str, Any], keys: Iterable[bytes], kind: type[T]) -> T:
    if not control_is_valid(message, keys):
        raise FrameError(None, rule="signature")
    try:
        return msgspec.convert(dict(message), kind)
    except msgspec.ValidationError as error:
        raise FrameError(None, rule="line_shape") from error
