"""Bring a database to the newest schema, as its owner: the roles, the tables, the months of the op log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app.domain.ids import IdSource
from sync.central.database import CONNECT_SECONDS
from sync.central.tables import FEED_ROLE, OWNER_ROLE, SERVICE_ROLE

MONTHS_AHEAD = 13
"""How many monthly partitions of the op log stand ready; a service that is migrated once a year never runs out."""

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


def migrate(owner_url: str, *, now: datetime) -> str:
    """Bring the database at `owner_url` to the newest schema and return that schema's name.

    May run again and again, and by two at once: one transaction, which either changes everything or nothing.

    Args:
        owner_url: signs in as a role that may create roles and owns the database.
        now: from which month on the op log gets its partitions.

    Raises:
        DBAPIError: of SQLAlchemy, when the database does not answer or refuses a step.
    """
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(owner_url, connect_timeout=CONNECT_SECONDS),
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            _exec(connection, ROLES)
            _exec(connection, AS_SCHEMA_OWNER)
            _exec(connection, SCHEMA_RIGHTS)
            _exec(connection, f"SET ROLE {OWNER_ROLE}")
            command.upgrade(_config(connection), "head")
            _make_months(connection, now)
            head = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            connection.commit()
    finally:
        engine.dispose()
    return str(head)


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


def _make_months(connection: Connection, now: datetime) -> None:
    for name, first, after in month_bounds(now, MONTHS_AHEAD):
        known = connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar_one()
        if known is None:
            _exec(connection, f"CREATE TABLE {name} PARTITION OF op_log FOR VALUES FROM ('{first}') TO ('{after}')")
            _exec(connection, f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def _exec(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
