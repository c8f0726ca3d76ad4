"""The database the migrations make is the one `tables.py` describes, and anybody who may make it can."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.domain.codes import RecordType
from sync.central.migrating import MONTHS_AHEAD, migrate, month_bounds
from sync.central.migrations import versions
from sync.central.tables import FEED_ROLE, OWNER_ROLE, TYPE_NAMES, TYPE_NUMBERS, metadata
from tests.helpers.postgres import PostgresServer


def test_head_is_what_the_tables_say(postgres: PostgresServer) -> None:
    database = postgres.fresh_database()
    engine = create_engine(database.owner_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables}
        )
        assert compare_metadata(context, metadata) == []
        sizes = connection.exec_driver_sql(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            " AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version')"
        ).fetchall()
    engine.dispose()
    described = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert {(table, column) for table, column in sizes} == described
    postgres.drop(database)


def newest_migration() -> str:
    folder = Path(versions.__file__).parent
    return max(file.stem.partition("_")[0] for file in folder.glob("[0-9]*.py"))


def test_migrating_again_changes_nothing_and_makes_the_months_ahead(postgres: PostgresServer) -> None:
    database = postgres.fresh_database()
    later = datetime(2031, 11, 5, tzinfo=UTC)
    assert migrate(database.owner_url, now=later) == migrate(database.owner_url, now=later) == newest_migration()
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute("SELECT to_regclass('op_log_2031_11'), to_regclass('op_log_2032_11')").fetchone()
    assert found == ("op_log_2031_11", "op_log_2032_11")
    postgres.drop(database)


def test_an_owner_that_is_no_superuser_can_migrate(postgres: PostgresServer) -> None:
    name, operator = f"by_operator_{uuid4().hex}", f"operator_{uuid4().hex[:8]}"
    template = postgres.fresh_database()
    with psycopg.connect(template.owner_url, autocommit=True) as connection:
        # Stays on the server, which ends with the run: it has granted roles that others depend on.
        connection.execute(f"CREATE ROLE {operator} LOGIN CREATEROLE")
        # The roles are the server's; here they were made by somebody else, so the operator is let in.
        connection.execute(f"GRANT {OWNER_ROLE}, {FEED_ROLE} TO {operator} WITH ADMIN OPTION")
        connection.execute(f"CREATE DATABASE {name} OWNER {operator}")
    parts = urlsplit(template.owner_url)
    url = urlunsplit(parts._replace(path=f"/{name}", netloc=f"{operator}@{parts.netloc.rpartition('@')[2]}"))
    assert migrate(url, now=datetime.now(UTC)) == newest_migration()
    with psycopg.connect(template.owner_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    postgres.drop(template)


def test_every_kind_of_record_has_a_number_of_its_own() -> None:
    assert set(TYPE_NUMBERS) == set(RecordType)
    assert len(TYPE_NAMES) == len(TYPE_NUMBERS)


def test_months_join_without_a_gap() -> None:
    bounds = month_bounds(datetime(2026, 11, 22, tzinfo=UTC), MONTHS_AHEAD)
    assert [name for name, _, _ in bounds][:3] == ["op_log_2026_11", "op_log_2026_12", "op_log_2027_01"]
    assert all(one[2] == other[1] for one, other in pairwise(bounds))


def test_only_the_write_transaction_writes_records() -> None:
    """No module but these names a statement that changes records, lines or the access list."""
    from pathlib import Path

    import sync.central

    folder = Path(sync.central.__file__).parent
    writers = {
        file.name
        for file in folder.glob("*.py")
        for table in ("record", "consent_line", "visibility", "feed", "op_log")
        if any(re.search(rf"{verb} {table}\b", file.read_text()) for verb in ("INSERT INTO", "DELETE FROM", "UPDATE"))
    }
    assert writers == {"storing.py"}


@pytest.mark.parametrize("table", ["record", "feed"])
def test_partitions_are_closed_to_the_service(postgres: PostgresServer, table: str) -> None:
    database = postgres.fresh_database()
    with psycopg.connect(database.service_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT FROM {table}_0")
    postgres.drop(database)
