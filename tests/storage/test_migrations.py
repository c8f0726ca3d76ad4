"""Migrations lead from every older vault to the tables of this version."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import sqlcipher3.dbapi2 as dbapi2
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

import app.storage.migrations as folder
from app.storage.migrate import HEAD, is_behind, migrate
from app.storage.tables import FIND_SQL, STALE_SQL, Base

OBJECTS = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


def _by_models():
    connection = dbapi2.connect(":memory:", isolation_level=None)
    engine = create_engine("sqlite+pysqlite://", creator=lambda: connection, poolclass=StaticPool, module=dbapi2)
    with engine.begin() as wrapped:
        Base.metadata.create_all(wrapped)
        for statement in (*FIND_SQL, *STALE_SQL):
            wrapped.exec_driver_sql(statement)
    return connection


def _by_migrations():
    connection = dbapi2.connect(":memory:", isolation_level=None)
    migrate(connection)
    return connection


def test_the_newest_migration_makes_the_tables_of_the_models():
    models, migrated = _by_models(), _by_migrations()
    made = [row for row in migrated.execute(OBJECTS) if row[1] != "alembic_version"]
    assert made == models.execute(OBJECTS).fetchall()
    for kind, name, _ in made:
        if kind == "table" and not name.startswith(("find", "alike")):
            columns = f"PRAGMA table_xinfo('{name}')"
            assert migrated.execute(columns).fetchall() == models.execute(columns).fetchall(), name
        sql = "SELECT replace(replace(sql, char(10), ''), ' ', '') FROM sqlite_master WHERE name = ?"
        strip = str.maketrans("", "", "\t")
        first, second = (side.execute(sql, (name,)).fetchone()[0] for side in (migrated, models))
        assert (first or "").translate(strip) == (second or "").translate(strip), name


def test_the_head_named_in_code_is_the_newest_in_the_folder():
    assert ScriptDirectory(folder.__path__[0]).get_current_head() == HEAD


def test_a_migrated_vault_is_not_behind_and_migrating_again_changes_nothing():
    connection = _by_migrations()
    assert not is_behind(connection)
    before = connection.execute(OBJECTS).fetchall()
    migrate(connection)
    assert connection.execute(OBJECTS).fetchall() == before


def test_migrations_are_numbered_files():
    names = sorted(path.name for path in Path(folder.__path__[0], "versions").glob("0*.py"))
    assert names
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_a_migration_reads_what_an_older_program_kept_unread():
    connection = _by_migrations()
    person, stranger = uuid4(), uuid4()
    body = '{"status":"active","family_name":"Ferguson","aura":"blue"}'
    connection.execute("BEGIN")
    for rid, (key, kind, text) in enumerate(((person, "person", body), (stranger, "hologram", "{}")), 1):
        connection.execute(
            "INSERT INTO rec_meta(rid, id, type, agg_id, rev, chash) VALUES (?, ?, ?, ?, 7, x'ab')",
            (rid, key.bytes, kind, key.bytes),
        )
        connection.execute(
            "INSERT INTO unknown_record(id, type, agg_id, rev, body) VALUES (?, ?, ?, 7, ?)",
            (key.bytes, kind, key.bytes, text),
        )
    connection.execute("COMMIT")

    migrate(connection)

    assert connection.execute("SELECT rid, agg_id, body FROM person").fetchall() == [(1, person.bytes, body)]
    assert connection.execute("SELECT type FROM unknown_record").fetchall() == [("hologram",)]
    assert connection.execute("SELECT rev, chash FROM rec_meta WHERE rid = 1").fetchone() == (7, b"\xab")
    found = connection.execute("SELECT rowid FROM find WHERE find MATCH 'ferguson'").fetchall()
    assert found == [(1,)], "found by name like anybody else"
