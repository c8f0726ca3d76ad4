"""Conflicts become records of their own; those that an older program kept unread are read from now on."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE "conflict" (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_conflict_agg_id ON "conflict" (agg_id)
    """,
    """
    INSERT INTO "conflict" (rid, agg_id, body)
    SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = 'conflict'
    """,
    """
    DELETE FROM unknown_record WHERE id IN (SELECT m.id FROM "conflict" c JOIN rec_meta m ON m.rid = c.rid)
    """,
    """
    UPDATE identity SET schema = 2
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement.strip())
