"""What a device was granted: its scopes, and the roles of the people who work on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from sync.central.database import PgConnection
from sync.central.policy import Caller
from sync.protocol.messages import GrantedScope

_USERS = "SELECT user_id, role, to_at FROM device_user WHERE device = %s"
# A scope is seen by those who hold it: from here on this transaction may.
_MAY_SEE_SCOPES = """
SELECT set_config('app.scopes', COALESCE(string_agg(scope_id::text, ','), ''), true)
FROM device_scope WHERE device = %s
"""
_SCOPES = """
SELECT s.scope_id, c.key FROM device_scope s JOIN scope c ON c.id = s.scope_id WHERE s.device = %s ORDER BY c.key
"""


def grant(
    connection: PgConnection, device: UUID, users: Iterable[dict[str, Any]], scopes: Iterable[UUID], now: datetime
) -> None:
    """Write down what a new device is granted."""
    for user in users:
        for role in user["roles"]:
            connection.execute(
                "INSERT INTO device_user(device, user_id, role, from_at) VALUES (%s, %s, %s, %s)",
                (device, user["user"], role, now),
            )
    for scope in scopes:
        connection.execute(
            "INSERT INTO device_scope(device, scope_id, from_at) VALUES (%s, %s, %s)", (device, scope, now)
        )


def granted_scopes(connection: PgConnection, device: UUID) -> list[GrantedScope]:
    """Return the scopes of a device, as it is told them."""
    return [GrantedScope(id=scope, key=key) for scope, key in _scopes_of(connection, device)]


def caller_of(connection: PgConnection, device: DeviceId, org: UUID, now: datetime) -> Caller:
    """Return a device as the rules take it, by the service's own tables."""
    roles: dict[UserId, set[Role]] = {}
    left: dict[UserId, tuple[datetime, frozenset[Role]]] = {}
    for user, role, to_at in connection.execute(_USERS, (device,)):
        if to_at is None or to_at > now:
            roles.setdefault(UserId(user), set()).add(Role(role))
        else:
            before = left.get(UserId(user), (to_at, frozenset()))
            left[UserId(user)] = (max(before[0], to_at), before[1] | {Role(role)})
    return Caller(
        device=device,
        org=OrganisationId(org),
        scopes=dict(_scopes_of(connection, device)),
        roles={user: frozenset(held) for user, held in roles.items()},
        left=left,
    )


def _scopes_of(connection: PgConnection, device: UUID) -> list[tuple[Any, ...]]:
    connection.execute(_MAY_SEE_SCOPES, (device,))
    return connection.execute(_SCOPES, (device,)).fetchall()
