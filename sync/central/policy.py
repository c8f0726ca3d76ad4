"""The one door: what each route needs of its caller, and what each op does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.access import op_permitted
from app.domain.codes import OpKind, RecordType, Role
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, UserId
from sync.central.outcomes import OpHeldError, OpRefusedError
from sync.central.tables import CONSOLE
from sync.protocol.messages import HoldCode, OpLine, RejectCode


class RouteAction(StrEnum):
    """What a route lets its caller do; a test fails on a route that names none."""

    PING = "ping"
    READ_HEALTH = "read_health"
    ENROL = "enrol"
    SIGN_IN = "sign_in"
    READ_HEADS = "read_heads"
    PUSH = "push"
    PULL = "pull"
    FETCH = "fetch"
    COMPARE = "compare"
    REPORT = "report"
    RESCUE = "rescue"
    REPORT_WIPED = "report_wiped"
    EXCHANGE_KEYS = "exchange_keys"
    FORWARD = "forward"
    LOOK_FOR_FILE = "look_for_file"
    SEND_FILE = "send_file"
    GET_FILE = "get_file"
    READ_FIGURES = "read_figures"


RECORD_TYPES = {kind.value: kind for kind in RecordType}
OP_KINDS = {kind.value: kind for kind in OpKind}
"""What travels as text, by that text: asked for every op, and an enumeration takes ten times as long to answer."""

OPEN_TO_ALL = frozenset({RouteAction.PING, RouteAction.READ_HEALTH, RouteAction.ENROL})
"""Routes without a device behind them: enrolment brings its own code, the others tell nothing."""
NEEDS_NO_TOKEN = OPEN_TO_ALL | {RouteAction.SIGN_IN, RouteAction.RESCUE, RouteAction.REPORT_WIPED}
"""Routes that are called without a token; all but the open ones still need the device's proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a device, as the service itself knows it; nothing of it is read from a request's body.

    Attributes:
        device: the device.
        org: its organisation.
        scopes: the scopes it holds, with their keys.
        roles: the roles each account has on it now.
        left: accounts that had roles on it, until when, and which.
        is_service: the service itself, or its operator.
    """

    device: DeviceId
    org: OrganisationId
    scopes: Mapping[UUID, str] = field(default_factory=dict)
    roles: Mapping[UserId, frozenset[Role]] = field(default_factory=dict)
    left: Mapping[UserId, tuple[datetime, frozenset[Role]]] = field(default_factory=dict)
    is_service: bool = False


def service_caller(org: OrganisationId, scopes: Mapping[UUID, str]) -> Caller:
    """Return the service itself, acting on what belongs to one organisation."""
    return Caller(
        device=DeviceId(CONSOLE), org=org, scopes=scopes, roles={SYSTEM: frozenset({Role.SYSTEM})}, is_service=True
    )


def authorise(caller: Caller, op: OpLine) -> frozenset[Role]:
    """Return the roles in which an op may be done; whose record it is, the rules of the op ask.

    Raises:
        OpRefusedError: `actor_unknown`, `unknown_type` or `not_permitted`.
        OpHeldError: the account lost its role before the op was written.
    """
    record_type, op_kind = RECORD_TYPES.get(op.record_type), OP_KINDS.get(op.kind)
    if record_type is None:
        raise OpRefusedError(RejectCode.UNKNOWN_TYPE)
    if op_kind is None:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    event = op.changes.get("event")
    to_state = op.changes.get("state") or op.changes.get("status")
    if isinstance(event, dict):
        to_state = event.get("to_state")
    asked = to_state if isinstance(to_state, str) else None
    change = {**op.added, **op.removed, **op.changes} if op.added or op.removed else op.changes
    roles = _roles(caller, op)
    permitted = [role for role in roles if op_permitted(role, record_type, op_kind, to_state=asked, change=change)]
    if not permitted:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    return roles if len(permitted) == len(roles) else frozenset(permitted)


def _roles(caller: Caller, op: OpLine) -> frozenset[Role]:
    user = UserId(op.by)
    held = caller.roles.get(user)
    if held is not None:
        return held
    if user not in caller.left:
        raise OpRefusedError(RejectCode.ACTOR_UNKNOWN)
    left_at, roles = caller.left[user]
    # What somebody wrote before leaving counts; what came after is kept for a person to look at (sync.md 10).
    if _written_at_ms(op.hlc) > left_at.timestamp() * 1000:
        raise OpHeldError(HoldCode.ACTOR_LEFT)
    return roles


def _written_at_ms(hlc: str) -> int:
    head = hlc.partition("-")[0]
    return int(head) if head.isdecimal() else 0
