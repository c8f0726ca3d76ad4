"""What the operator does, each through the write transaction: members, accounts, devices, wordings, papers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from app.domain.bodies import body_of, plain
from app.domain.clocks import london_day
from app.domain.codes import OpKind, Role
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, UserId
from app.domain.mentor_view import mentor_scope
from app.domain.organisation import Organisation
from app.domain.policy import PolicyKey, policy_value
from app.domain.record import Record
from app.domain.schema import SCHEMA_VERSION
from app.domain.user import User
from app.errors import NotFoundError, ServiceError
from sync.central.alliance import Alliance
from sync.central.database import Context
from sync.central.enrolling import code_hash, make_code
from sync.central.grants import granted_scopes
from sync.central.orders import Order, OrderStatus, give_order, order_given, orders_of
from sync.central.scopes import REFERENCE, is_scope_key, scope_id, scope_org
from sync.central.service import Service
from sync.central.tables import CONSOLE
from sync.protocol.limits import ENROL_CODE_SECONDS, SCOPES_MOST
from sync.protocol.messages import OpLine, ResultLine, ResultState
from sync.protocol.slip import Slip, read_aloud

NOTHING_LEFT = frozenset({"wiped", "closed"})
"""How a device stands that has no vault any more: it can be ordered nothing."""

VOLUNTEERS = "mentor:"
"""How the scope of a volunteer begins."""

LOOK_AGAIN_BATCH = 100
"""Aggregates that are looked at again in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """How one device stands; nothing in it names a person."""

    device: UUID
    name: str
    status: str
    last_seen: datetime | None
    lag: int
    uncleaned: int
    order: OrderStatus | None = None


class Administration:
    """The operator's acts on one service."""

    def __init__(self, service: Service) -> None:
        """Take the service."""
        self._service = service

    @property
    def fingerprint(self) -> str:
        """What is read out to whoever sets up a laptop, by the key files."""
        return read_aloud(self._service.keys.fingerprints[0])

    @property
    def service(self) -> Service:
        """The service that is looked after."""
        return self._service

    def alliance(self) -> Alliance:
        """Return the directory as it stands."""
        with self._service.database.reading(Context()) as connection:
            return self._service.alliance.read(connection)

    def header(self, org: UUID, role: Role, *, record_id: UUID | None = None) -> dict[str, Any]:
        """Return the header of a new record of an organisation."""
        now = self._service.clock()
        return {
            "id": record_id or self._service.new_id(),
            "org": OrganisationId(org),
            "created_at": now.replace(microsecond=0),
            "created_by": SYSTEM,
            "created_role": role,
            "device": DeviceId(CONSOLE),
        }

    def add(self, records: Iterable[Record]) -> None:
        """Add records, each in its own organisation's name.

        Raises:
            ServiceError: `service.rejected`, with the field that is refused.
        """
        for record in records:
            self._change(record.org, [self._op(record, OpKind.CREATE, body_of(record))])

    def patch(self, record: Record, changes: dict[str, Any]) -> None:
        """Change fields of a record."""
        before = body_of(record)
        base = {name: before[name] for name in changes if name in before}
        self._change(record.org, [self._op(record, OpKind.PATCH, plain(changes), base=base)])

    def open_scopes(self, org: OrganisationId, keys: Sequence[str]) -> None:
        """Begin the feeds of an organisation's scopes, and give each what belongs into it.

        Raises:
            ServiceError: `service.bad_scope` for a key that is none, or another organisation's.
        """
        for key in keys:
            if not is_scope_key(key) or (key != REFERENCE and scope_org(key) != org):
                raise ServiceError("service.bad_scope")
        now = self._service.clock()
        known = self._keys_of(org)
        self._service.writer.open_scopes(org, keys, now=now, cause=self._service.new_id())
        if set(keys) - known - {REFERENCE}:
            self.look_at_everybody(org)

    def look_at_everybody(self, org: OrganisationId) -> None:
        """Compute again who sees what of everything an organisation registered: a paper or a place changed."""
        with self._service.database.reading(Context(org=org)) as connection:
            rows = connection.execute("SELECT agg_id FROM aggregate WHERE home_org = %s ORDER BY 1", (org,)).fetchall()
        found = [agg_id for (agg_id,) in rows]
        for first in range(0, len(found), LOOK_AGAIN_BATCH):
            batch = found[first : first + LOOK_AGAIN_BATCH]
            self._service.writer.look_again(org, batch, now=self._service.clock(), cause=self._service.new_id())

    def look_again(self) -> None:
        """Compute again who sees what of everybody who is due: whom a change of the directory concerns is."""
        self._service.timekeeper.run_all(self._service.clock)

    def device_code(
        self,
        org: OrganisationId,
        users: Sequence[UserId],
        keys: Sequence[str],
        *,
        address: str = "",
        recovery_public: bytes = b"",
    ) -> Slip:
        """Return the slip that enrols one device of an organisation, with a code that works once.

        Args:
            org: the organisation.
            users: who works on the device, the one who sets it up first; their roles are those of their accounts now.
            keys: the scopes it holds; the directory comes by itself.
            address: where laptops reach the service, when it is not the one in the settings.
            recovery_public: the custodians' key, 32 bytes; empty when the laptop makes one of its own.

        Raises:
            NotFoundError: no such organisation, or an account is not its own.
            ServiceError: `service.bad_scope`, `service.scope_missing`, `service.too_many_scopes`, `user.left_already`;
                `user.person_missing` or `device.one_volunteer` for a volunteer's laptop, which holds one volunteer's
                matches and nothing else.
        """
        alliance = self.alliance()
        organisation = alliance.directory.organisations.get(org)
        if organisation is None:
            raise NotFoundError("organisation.not_found")
        accounts = [_account(alliance, org, user) for user in users]
        if not accounts:
            raise NotFoundError("user.not_found")
        today = london_day(self._service.clock())
        for account in accounts:
            if account.is_closed(today):
                raise ServiceError("user.left_already", value=str(account.active_to))
        first = accounts[0]
        own = volunteers_scope(accounts, keys)
        if not own and not keys:
            raise ServiceError("service.scope_missing")
        wanted = list(dict.fromkeys([*([own] if own else keys), REFERENCE]))
        if len(wanted) > SCOPES_MOST:
            raise ServiceError("service.too_many_scopes")
        if own:
            now = self._service.clock()
            self._service.writer.open_scopes(org, wanted, now=now, cause=self._service.new_id())
        else:
            self.open_scopes(org, wanted)
        code_id, secret = self._service.new_id(), secrets.token_bytes(10)
        self._keep_code(organisation, accounts, wanted, code_id, secret.hex())
        settings = self._service.settings
        return Slip(
            address=address or settings.address,
            audience=settings.audience,
            keys=list(self._service.keys.fingerprints),
            code=make_code(code_id, secret),
            org_name=organisation.name,
            user=first.id,
            user_name=first.name,
            shown_name=first.shown_name,
            roles=sorted(first.roles),
            recovery_public=recovery_public.hex(),
        )

    def admit_user(self, device: UUID, org: OrganisationId, user: UserId) -> None:
        """Let an account work on a device, in the roles it has now.

        Raises:
            NotFoundError: the organisation has no such account.
            ServiceError: `device.one_volunteer`: a volunteer's laptop is one person's, and they work on no other.
        """
        account = _account(self.alliance(), org, user)
        now = self._service.clock()
        with self._service.database.settling(Context(org=org, device=device)) as connection:
            keys = [scope.key for scope in granted_scopes(connection, device)]
            if is_volunteer(account) or any(key.startswith(VOLUNTEERS) for key in keys):
                raise ServiceError("device.one_volunteer")
            for role in account.roles:
                connection.execute(
                    "INSERT INTO device_user(device, user_id, role, from_at) VALUES (%s, %s, %s, %s)"
                    " ON CONFLICT (device, user_id, role) DO UPDATE SET to_at = NULL",
                    (device, user, role.value, now),
                )

    def leave(self, org: OrganisationId, user: UserId, *, today: date) -> int:
        """Close an account: its record says until when, and its roles end at once; returns on how many rows.

        Raises:
            NotFoundError: the organisation has no such account.
            ServiceError: `user.left_already`, when there is nothing left to end.
        """
        account = _account(self.alliance(), org, user)
        ended = self.dismiss_user(org, user)
        if not account.is_closed(today):
            self.patch(account, {"active_to": max(today, account.active_from)})
        elif not ended:
            raise ServiceError("user.left_already", value=str(account.active_to))
        if account.person is not None:
            cause = self._service.new_id()
            self._service.writer.look_at_mentees(org, account.person, now=self._service.clock(), cause=cause)
        return ended

    def dismiss_user(self, org: OrganisationId, user: UserId) -> int:
        """End an account's roles on every device of its organisation; returns on how many rows."""
        with self._service.database.settling(Context(org=org)) as connection:
            return connection.execute(
                "UPDATE device_user SET to_at = %s WHERE user_id = %s AND to_at IS NULL", (self._service.clock(), user)
            ).rowcount

    def revoke(self, org: OrganisationId, device: UUID, *, wipe: bool = True, rescue: bool = True) -> None:
        """Order a device to give up its vault; its tokens end at once.

        Args:
            org: the organisation.
            device: its laptop.
            wipe: destroy keys and records; else the laptop only locks for good.
            rescue: let it hand over what it had not sent, sealed to the custodians.

        Raises:
            NotFoundError: the organisation has no such device.
            ServiceError: `device.revoked_already`: the same order again would only outdate the first.
        """
        with self._service.database.settling(Context(org=org, device=device)) as connection:
            found = connection.execute(
                "SELECT status FROM device WHERE id = %s AND org = %s FOR UPDATE", (device, org)
            ).fetchone()
            if found is None:
                raise NotFoundError("device.not_found")
            before = order_given(connection, device)
            is_said = before is not None and (before.wipe, before.rescue) == (wipe, rescue)
            if found[0] in NOTHING_LEFT or (found[0] == "revoked" and is_said):
                raise ServiceError("device.revoked_already")
            serial = connection.execute(
                "UPDATE device SET status = 'revoked', revoke_serial = revoke_serial + 1 WHERE id = %s"
                " RETURNING revoke_serial",
                (device,),
            ).fetchone()
            assert serial is not None
            order = Order(serial=int(serial[0]), wipe=wipe, rescue=rescue)
            give_order(connection, device, org, order, self._service.clock())
            connection.execute("DELETE FROM access_token WHERE device = %s", (device,))

    def device_workers(self, org: OrganisationId) -> dict[UUID, list[UUID]]:
        """Return the accounts that work on each device of an organisation now."""
        workers: dict[UUID, list[UUID]] = {}
        with self._service.database.reading(Context(org=org)) as connection:
            for device, user in connection.execute(
                "SELECT DISTINCT device, user_id FROM device_user WHERE to_at IS NULL ORDER BY device, user_id"
            ):
                workers.setdefault(device, []).append(user)
        return workers

    def device_status(self, org: OrganisationId) -> list[DeviceStatus]:
        """Return how the devices of an organisation stand."""
        scopes = tuple(scope_id(key) for key in [*self._keys_of(org), REFERENCE])
        with self._service.database.reading(Context(org=org, scopes=scopes)) as connection:
            rows = connection.execute(
                "SELECT d.id, d.name, d.status, d.last_seen, COALESCE(sum(h.head - s.pulled), 0),"
                " COALESCE(sum(h.head - s.cleaned), 0) FROM device d LEFT JOIN device_scope s ON s.device = d.id"
                " LEFT JOIN feed_head h ON h.scope_id = s.scope_id WHERE d.org = %s"
                " GROUP BY d.id ORDER BY d.enrolled_at",
                (org,),
            ).fetchall()
            orders = orders_of(connection, org)
        return [
            DeviceStatus(
                device=device,
                name=name,
                status=status,
                last_seen=seen,
                lag=int(lag),
                uncleaned=int(left),
                order=orders.get(device) if status in ("revoked", "wiped") else None,
            )
            for device, name, status, seen, lag, left in rows
        ]

    def _keep_code(
        self, organisation: Organisation, accounts: Sequence[User], keys: Sequence[str], code_id: UUID, secret: str
    ) -> None:
        now = self._service.clock()
        bound = {
            "lease_days": policy_value(organisation.policy, PolicyKey.LEASE_DAYS),
            "users": [
                {"user": str(account.id), "roles": sorted(role.value for role in account.roles)} for account in accounts
            ],
        }
        with self._service.database.settling(Context(org=organisation.id, code=code_id)) as connection:
            connection.execute(
                "INSERT INTO enrol_code(id, org, hash, scopes, users, made_at, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    code_id,
                    organisation.id,
                    code_hash(secret),
                    [scope_id(key) for key in keys],
                    Jsonb(bound),
                    now,
                    now + timedelta(seconds=ENROL_CODE_SECONDS),
                ),
            )

    def _keys_of(self, org: OrganisationId) -> set[str]:
        with self._service.database.reading(Context(org=org)) as connection:
            return {key for (key,) in connection.execute("SELECT key FROM scope WHERE org = %s", (org,))}

    def _op(
        self, record: Record, kind: OpKind, changes: dict[str, Any], *, base: dict[str, Any] | None = None
    ) -> OpLine:
        milliseconds = int(self._service.clock().timestamp() * 1000)
        return OpLine(
            seq=0,
            op_id=self._service.new_id(),
            txn=self._service.new_id(),
            record_type=record.TYPE.value,
            record_id=record.id,
            agg_id=record.aggregate,
            kind=kind.value,
            changes=changes,
            base=base or {},
            hlc=f"{milliseconds}-0-central",
            schema=SCHEMA_VERSION,
            by=SYSTEM,
        )

    def _change(self, org: OrganisationId, ops: Sequence[OpLine]) -> None:
        for raw in self._service.writer.change(org, ops, now=self._service.clock()):
            result = msgspec.json.decode(raw, type=ResultLine)
            if result.state not in (ResultState.APPLIED, ResultState.MERGED):
                raise ServiceError("service.rejected", problem=result.gate or result.code)


def is_volunteer(account: User) -> bool:
    """Answer whether an account is a mentor's and nothing else."""
    return account.roles == {Role.MENTOR}


def volunteers_scope(accounts: Sequence[User], keys: Sequence[str]) -> str | None:
    """Return the one scope of a volunteer's laptop; None when the laptop is no volunteer's.

    Raises:
        ServiceError: `user.person_missing`, when the account does not say whom it is of; `device.one_volunteer`, when
            anybody or anything else would be on the laptop.
    """
    if not any(is_volunteer(each) for each in accounts) and not any(key.startswith(VOLUNTEERS) for key in keys):
        return None
    account = accounts[0]
    if is_volunteer(account) and account.person is None:
        raise ServiceError("user.person_missing")
    own = mentor_scope(account.person) if account.person is not None else ""
    if len(accounts) > 1 or not is_volunteer(account) or not set(keys) <= {own, REFERENCE}:
        raise ServiceError("device.one_volunteer")
    return own


def _account(alliance: Alliance, org: OrganisationId, user: UserId) -> User:
    account = alliance.directory.users.get(user)
    if account is None or account.org != org:
        raise NotFoundError("user.not_found")
    return account
