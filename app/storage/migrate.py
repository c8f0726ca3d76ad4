"""Bringing the tables of a vault to this version; alembic is imported only when there is something to do."""

from __future__ import annotations

from typing import Any

HEAD = "0004"
"""The newest migration; a test compares it with the folder and the tables with the models."""


def is_behind(connection: Any) -> bool:
    """Answer whether the vault's tables are older than this program."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row is None or row[0] != HEAD


def migrate(connection: Any) -> None:
    """Run the missing migrations on a raw connection, each in one transaction."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - 300 ms to import (measured)
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415
    from sqlalchemy import create_engine  # noqa: PLC0415
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415

    import app.storage.migrations as folder  # noqa: PLC0415

    scripts = ScriptDirectory(folder.__path__[0])
    engine = create_engine("sqlite+pysqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as wrapped:
        wrapped.exec_driver_sql("BEGIN IMMEDIATE")
        context = MigrationContext.configure(
            wrapped, opts={"fn": lambda revision, _: scripts._upgrade_revs("head", revision)}
        )
        with Operations.context(context):
            context.run_migrations()
        wrapped.commit()
