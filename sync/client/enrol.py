"""Enrolment: from an administrator's slip to a device the service knows; keys are pinned from the slip alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.canonical import canonical
from app.domain.ids import DeviceId, OrganisationId, ScopeId
from app.storage.exchange import ScopeGrant
from app.storage.held import Held
from sync.client.signed import lease_until
from sync.client.signer import Signer
from sync.client.transport import Transport
from sync.protocol.framing import FrameError
from sync.protocol.messages import ENROL, EnrolReply, EnrolRequest
from sync.protocol.proof import ENROL_PURPOSE, decode_bytes, encode_bytes, enrol_data, key_fingerprint
from sync.protocol.slip import Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a laptop keeps of its enrolment; nothing of it is a secret."""

    device_id: DeviceId
    org: OrganisationId
    org_name: str
    address: str
    audience: str
    server_keys: tuple[bytes, ...]
    scopes: tuple[ScopeGrant, ...]
    lease: Mapping[str, Any]
    lease_until: datetime


def enrol(slip: Slip, *, net: Transport, signer: Signer, device_name: str, app_version: str) -> Enrolment:
    """Enrol this laptop with the one-time code of a slip.

    Args:
        slip: as `read_slip` returned it.
        net: the way to the slip's address.
        signer: the laptop's new key.
        device_name: how the organisation calls the laptop; no person's name.
        app_version: of this program.

    Raises:
        NetworkError: the service was not reached, or answered with keys that the slip does not name.
        ServiceError: `service.enrol_refused` when the code is spent, wrong or too old.
    """
    data = enrol_data(audience=slip.audience, code=slip.code, public_key=signer.public)
    request = EnrolRequest(
        code=slip.code,
        pubkey=encode_bytes(signer.public),
        alg=signer.algorithm,
        device_name=device_name,
        app_version=app_version,
        proof=encode_bytes(signer.sign(ENROL_PURPOSE, data)),
    )
    reply = net.post_unproven(ENROL, request).one(EnrolReply)
    keys = _pinned(reply.server_keys, slip)
    return Enrolment(
        device_id=DeviceId(reply.device_id),
        org=OrganisationId(reply.org),
        org_name=slip.org_name,
        address=slip.address,
        audience=slip.audience,
        server_keys=keys,
        scopes=tuple(ScopeGrant(id=ScopeId(scope.id), key=scope.key) for scope in reply.scopes),
        lease=reply.lease,
        lease_until=lease_until(reply.lease, device_id=reply.device_id, keys=keys),
    )


def keep_enrolment(enrolment: Enrolment, held: Held) -> None:
    """Write an enrolment into the vault; the next cycle signs in with it."""
    held.remember(
        device_id=enrolment.device_id,
        org=enrolment.org,
        org_name=enrolment.org_name,
        address=enrolment.address,
        audience=enrolment.audience,
        server_keys=enrolment.server_keys,
        lease=canonical(enrolment.lease),
        lease_until=enrolment.lease_until,
    )
    held.set_scopes(enrolment.scopes)


def _pinned(sent: list[str], slip: Slip) -> tuple[bytes, ...]:
    try:
        keys = tuple(decode_bytes(key) for key in sent)
    except ValueError as error:
        raise FrameError(None, rule="server_keys") from error
    if not keys or not {key_fingerprint(key) for key in keys} <= set(slip.keys):
        raise FrameError(None, rule="server_keys")
    return keys
