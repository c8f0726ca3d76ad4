"""Connections to PostgreSQL and the context each transaction runs in: what it may see, set for it alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import Connection, errors
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from app.errors import ServiceError
from sync.central.outcomes import RefusedError
from sync.central.tables import FEED_ROLE, OWNER_ROLE
from sync.protocol.messages import ErrorCode

PgConnection = Connection[tuple[Any, ...]]

RETRY_AFTER_S = 2
"""What a laptop waits after a deadlock or a lock that did not come in time."""

CONNECT_SECONDS = 5
"""How long the database may take to answer at all."""

_BUSY = (
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.SerializationFailure,
    errors.IdleInTransactionSessionTimeout,
    errors.AdminShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
)
# jit costs more than it saves on short statements; the server's time zone never matters.
_OPTIONS = "-c jit=off -c TimeZone=UTC"

_RULES_LOCK = 723160002
"""Names the lock of what the rules go by: whoever writes shares it, whoever changes that has it alone until the commit.

So nobody writes down what followed from an agreement that has just ended (ADR 0073).
"""

# The lock is the last of it, and a statement of its own comes after: what that reads was committed under the lock.
_SET_CONTEXT = f"""
SELECT current_setting('app.org', true), set_config('app.org', %s, true), set_config('app.device', %s, true),
  set_config('app.scopes', %s, true), set_config('app.code', %s, true),
  set_config('app.aggs', '', true), set_config('app.owners', '', true), set_config('sync.writer', %s, true),
  set_config('lock_timeout', '2s', true), set_config('statement_timeout', '20s', true),
  set_config('idle_in_transaction_session_timeout', '5s', true),
  CASE %s WHEN 'shared' THEN pg_advisory_xact_lock_shared({_RULES_LOCK})
    WHEN 'alone' THEN pg_advisory_xact_lock({_RULES_LOCK}) END
"""
_CHECK_ROLE = """
SELECT r.rolsuper OR r.rolbypassrls,
  EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid),
  EXISTS (SELECT FROM pg_roles o WHERE o.rolname = ANY(%s)
          AND pg_has_role(r.oid, o.oid, 'MEMBER')),
  EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname <> 'alembic_version' AND NOT (c.relrowsecurity AND c.relforcerowsecurity))
FROM pg_roles r WHERE r.rolname = current_user
"""


class UnsafeRoleError(ServiceError):
    """The role the service signs in as could look past row-level security; the service does not start."""

    default_code = "service.unsafe_role"


class ContextLeakError(RuntimeError):
    """A pooled connection still carried the context of somebody else: a bug, and never served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What one transaction may see; empty sees nothing.

    Attributes:
        org: the organisation that asks.
        device: the device that asks.
        scopes: the scopes the device holds.
        code: the enrolment code that is being used.
    """

    org: UUID | None = None
    device: UUID | None = None
    scopes: tuple[UUID, ...] = ()
    code: UUID | None = None


class Database:
    """The service's pool of connections; every use of one names its context."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        """Take the URL the service signs in with; nothing is opened before `open`."""
        self._url = url
        self._pool: ConnectionPool[PgConnection] = ConnectionPool(
            url,
            kwargs={"autocommit": True, "options": _OPTIONS},
            min_size=1,
            max_size=size,
            timeout=CONNECT_SECONDS,
            configure=_configure,
            open=False,
        )

    def open(self) -> None:
        """Connect, and refuse to go on with a role that could look past row-level security.

        Raises:
            UnsafeRoleError: the role owns something, is a superuser, or row-level security is not forced.
            ServiceError: there is no database, or it was never migrated.
        """
        try:
            with psycopg.connect(self._url, connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
                check_role(connection)
            self._pool.open(wait=True, timeout=2 * CONNECT_SECONDS)
        except (PoolTimeout, psycopg.OperationalError) as error:
            self._pool.close()
            raise ServiceError("service.no_database") from error

    def close(self) -> None:
        """Give every connection back."""
        self._pool.close()

    def statistics(self) -> dict[str, int]:
        """Return how many connections there are, and who waits for one."""
        return self._pool.get_stats()

    @contextmanager
    def reading(self, context: Context) -> Iterator[PgConnection]:
        """Run a block on one snapshot that changes nothing."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", context, "") as connection:
            yield connection

    @contextmanager
    def settling(self, context: Context) -> Iterator[PgConnection]:
        """Run a block that may change devices and tokens, but no record."""
        with self._transaction("BEGIN", context, "") as connection:
            yield connection

    @contextmanager
    def writing(self, context: Context, *, changes_rules: bool = False) -> Iterator[PgConnection]:
        """Run a block that may change records: for `sync.central.writing` alone.

        Args:
            context: what it may see.
            changes_rules: it may change what the rules go by, so nobody else writes meanwhile.
        """
        with self._transaction("BEGIN", context, "1", lock="alone" if changes_rules else "shared") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, context: Context, writer: str, *, lock: str = "") -> Iterator[PgConnection]:
        try:
            with self._pool.connection() as connection:
                connection.execute(begin)
                try:
                    _set_context(connection, context, writer, lock)
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.execute("COMMIT")
        except (PoolTimeout, *_BUSY) as error:
            raise RefusedError(ErrorCode.BUSY, retry_after_s=RETRY_AFTER_S) from error
        except psycopg.OperationalError as error:
            raise RefusedError(ErrorCode.BUSY, retry_after_s=RETRY_AFTER_S) from error


def check_role(connection: PgConnection) -> None:
    """Refuse a role that could look past row-level security.

    Raises:
        UnsafeRoleError: with what is wrong.
        ServiceError: the database was never migrated.
    """
    if connection.execute("SELECT to_regclass('public.feed_head')").fetchone() == (None,):
        raise ServiceError("service.not_migrated")
    found = connection.execute(_CHECK_ROLE, ([OWNER_ROLE, FEED_ROLE],)).fetchone()
    assert found is not None
    problems = ("bypasses", "owns", "member_of_owner", "not_forced")
    for problem, is_there in zip(problems, found, strict=True):
        if is_there:
            raise UnsafeRoleError(None, problem=problem)


def _configure(connection: PgConnection) -> None:
    set_json_loads(msgspec.json.decode, connection)
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    if found != (connection.info.backend_pid,):
        # A pooler stands in between and names itself: the next transaction may run on another connection of its own,
        # which has never heard of a statement that was prepared on this one.
        connection.prepare_threshold = None


def _set_context(connection: PgConnection, context: Context, writer: str, lock: str) -> None:
    values = (
        _text(context.org),
        _text(context.device),
        ",".join(str(scope) for scope in context.scopes),
        _text(context.code),
        writer,
        lock,
    )
    found = connection.execute(_SET_CONTEXT, values).fetchone()
    assert found is not None
    if found[0]:
        raise ContextLeakError


def _text(identifier: UUID | None) -> str:
    return "" if identifier is None else str(identifier)
