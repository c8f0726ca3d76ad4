"""Run the steps on the connection that `sync.central.migrating` hands in."""

from __future__ import annotations

from alembic import context

from sync.central.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
