"""Bringing the tables of a vault to this version; alembic is imported only when there is something to do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

HEAD = "0011"
"""The newest migration; a test compares it with the folder and the tables with the models."""


def is_behind(connection: Any) -> bool:
    """Answer whether the vault's tables are older than this program."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row is None or row[0] != HEAD


def migrate(connection: Any) -> None:
    """Run the missing migrations on a raw connection, then read what an older program kept unread; one transaction."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - 300 ms to import (measured)
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415
    from sqlcipher3 import dbapi2  # noqa: PLC0415

    import app.storage.migrations as folder  # noqa: PLC0415

    scripts = ScriptDirectory(folder.__path__[0])
    engine = create_engine("sqlite+pysqlite://", module=dbapi2, creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as wrapped:
        wrapped.exec_driver_sql("BEGIN IMMEDIATE")
        context = MigrationContext.configure(
            wrapped, opts={"fn": lambda revision, _: scripts._upgrade_revs("head", revision)}
        )
        with Operations.context(context):
            context.run_migrations()
        promote_unknown(wrapped)
        wrapped.commit()


def promote_unknown(connection: Any) -> None:
    """Give records of a kind that this version has learnt a place in its table, without a new download (sync.md 11).

    They keep number, revision and hash; their unknown fields lie in the body already.
    """
    from app.storage.find import INDEXED, index_people  # noqa: PLC0415 - read only where there is something to do
    from app.storage.tables import RECORD_TABLES  # noqa: PLC0415

    held = connection.exec_driver_sql("SELECT DISTINCT type FROM unknown_record").scalars().all()
    known = {kind.value: table.__tablename__ for kind, table in RECORD_TABLES.items()}
    for kind in (kind for kind in held if kind in known):
        connection.exec_driver_sql(
            f'INSERT INTO "{known[kind]}"(rid, agg_id, body) SELECT m.rid, u.agg_id, u.body'  # noqa: S608
            " FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = ?",
            (kind,),
        )
        people = connection.exec_driver_sql("SELECT agg_id FROM unknown_record WHERE type = ?", (kind,)).scalars()
        if kind in INDEXED:
            index_people(connection, {UUID(bytes=key) for key in people})
        connection.exec_driver_sql("DELETE FROM unknown_record WHERE type = ?", (kind,))
