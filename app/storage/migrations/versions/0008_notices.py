"""Notices get their table."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE notice (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    "CREATE INDEX ix_notice_agg_id ON notice (agg_id)",
)

# What an older program kept unread is read from now on.
READ_NOW = """
INSERT INTO notice (rid, agg_id, body)
SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = 'notice'
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    connection.exec_driver_sql(READ_NOW.strip())
    connection.exec_driver_sql("DELETE FROM unknown_record WHERE type = 'notice'")
    connection.exec_driver_sql("UPDATE identity SET schema = 8")
