"""Bring a database to the newest schema, as its owner: the roles, the tables, the months of the op log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.domain.ids import IdSource
from app.errors import ServiceError
from sync.central.database import CONNECT_SECONDS
from sync.central.tables import FEED_ROLE, OWNER_ROLE, SERVICE_ROLE

MONTHS_AHEAD = 13
"""How many monthly partitions of the op log stand ready; a service that is migrated once a year never runs out."""

LOCK_SECONDS = 2
"""How long a step waits for a lock: no longer than a writer does (sync.md 4)."""

PAUSE_SECONDS = 3.0
"""Between two tries: writers that stood behind the first have been answered by then."""


_SCRIPTS = str(Path(__file__).parent / "migrations")


def _wait_not_at_all(_seconds: float) -> None:
    """Ask again at once."""


# Roles belong to the whole server, so they may be there already; two migrations at once may both try.
ROLES = f"""
DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(723160001);
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER_ROLE}') THEN
    CREATE ROLE {OWNER_ROLE} NOLOGIN NOINHERIT; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{FEED_ROLE}') THEN
    CREATE ROLE {FEED_ROLE} NOLOGIN NOINHERIT; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SERVICE_ROLE}') THEN
    CREATE ROLE {SERVICE_ROLE} LOGIN NOINHERIT; END IF;
  GRANT {FEED_ROLE} TO {OWNER_ROLE};
  EXECUTE format('GRANT {OWNER_ROLE} TO %I', CURRENT_USER);
END $$;
"""  # noqa: S608 - role names are constants
# As the schema's owner, whoever that is: later runs sign in with rights that the first run gave through the owner's
# role, and PostgreSQL takes neither a grant back to its grantor nor, without a word, a revoke by another one.
AS_SCHEMA_OWNER = """
DO $$ BEGIN
  EXECUTE format('SET LOCAL ROLE %I',
    (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'));
END $$;
"""
SCHEMA_RIGHTS = f"""
GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE} WITH GRANT OPTION;
GRANT USAGE ON SCHEMA public TO {SERVICE_ROLE}, {FEED_ROLE};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""


def migrate(
    owner_url: str, *, now: datetime, tries: int = 1, wait: Callable[[float], object] = _wait_not_at_all
) -> str:
    """Bring the database at `owner_url` to the newest schema and return that schema's name.

    May run again and again, and by two at once: each step is one transaction, which changes all of it or nothing.

    Args:
        owner_url: signs in as a role that may create roles and owns the database.
        now: from which month on the op log gets its partitions.
        tries: how often each step asks for a lock that somebody else holds.
        wait: called with seconds between two tries.

    Raises:
        DBAPIError: of SQLAlchemy, when the database does not answer or refuses a step.
        ServiceError: `service.migration_waits`, when a lock did not come; what was done before it stays done.
    """
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS),
        poolclass=NullPool,
    )

    def patiently(step: Callable[[Connection], str]) -> str:
        return _with_patience(engine, step, tries=tries, wait=wait)

    try:
        patiently(_make_roles)
        for revision in _revisions():
            head = patiently(partial(_upgrade, to=revision))
        for month in month_bounds(now, MONTHS_AHEAD):
            patiently(partial(_make_month, month=month))
    finally:
        engine.dispose()
    return head


def _with_patience(
    engine: Engine, step: Callable[[Connection], str], *, tries: int, wait: Callable[[float], object]
) -> str:
    """Take one step in a transaction of its own; give up a lock that does not come, and ask again later.

    Whoever waits for a lock stands before everybody who comes after: a migration that waits long stops all writers.
    """
    for attempt in range(1, tries + 1):
        try:
            with engine.begin() as connection:
                _exec(connection, f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                return step(connection)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if attempt == tries:
                raise ServiceError("service.migration_waits") from error
            wait(PAUSE_SECONDS)
    raise AssertionError("unreachable: there is at least one try")


def _make_roles(connection: Connection) -> str:
    _exec(connection, ROLES)
    _exec(connection, AS_SCHEMA_OWNER)
    _exec(connection, SCHEMA_RIGHTS)
    return ""


def _revisions() -> list[str]:
    """Return the names of all migrations, the first one first."""
    return [script.revision for script in ScriptDirectory(_SCRIPTS).walk_revisions()][::-1]


def _upgrade(connection: Connection, to: str) -> str:
    """Take one migration, unless it was taken; what one locks is free again before the next one begins."""
    _exec(connection, f"SET LOCAL ROLE {OWNER_ROLE}")
    command.upgrade(_config(connection), to)
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def month_bounds(now: datetime, months: int) -> list[tuple[str, UUID, UUID]]:
    """Return name and op id range of each month from `now` on; UUIDv7 begins with the time."""
    bounds = []
    year, month = now.astimezone(UTC).year, now.astimezone(UTC).month
    for _ in range(months):
        start = datetime(year, month, 1, tzinfo=UTC)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        end = datetime(year, month, 1, tzinfo=UTC)
        bounds.append((f"op_log_{start:%Y_%m}", _first_id(start), _first_id(end)))
    return bounds


def _first_id(moment: datetime) -> UUID:
    ids = IdSource(_always(moment), bytes)
    return UUID(int=ids().int >> 80 << 80)


def _always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _make_month(connection: Connection, month: tuple[str, UUID, UUID]) -> str:
    """Make one partition beside the op log and attach it: that lets writers go on, where PARTITION OF stops them."""
    name, first, after = month
    _exec(connection, f"SET LOCAL ROLE {OWNER_ROLE}")
    known = connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar_one()
    if known is None:
        _exec(connection, f"CREATE TABLE {name} (LIKE op_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        _take_over(connection, name, first, after)
        _exec(connection, f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        _exec(connection, f"ALTER TABLE op_log ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')")
    return name


def _take_over(connection: Connection, name: str, first: UUID, after: UUID) -> None:
    """Move ops of a month that came before it was made: a laptop's clock was ahead, or nobody made months for a year.

    A month cannot be attached while any of them lies in the default partition. Row-level security holds the owner too;
    nobody else sees it off, for the lock that this takes is the one that attaching takes.
    """
    _exec(connection, "ALTER TABLE op_log_default NO FORCE ROW LEVEL SECURITY")
    moving = f"DELETE FROM op_log_default WHERE op_id >= '{first}' AND op_id < '{after}' RETURNING *"  # noqa: S608
    _exec(connection, f"WITH moving AS ({moving}) INSERT INTO {name} SELECT * FROM moving")  # noqa: S608
    _exec(connection, "ALTER TABLE op_log_default FORCE ROW LEVEL SECURITY")


def _exec(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    return config
