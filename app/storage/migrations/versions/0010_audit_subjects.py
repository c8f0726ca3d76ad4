"""Whom the audit speaks of gets its table."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE audit_subject (
        person BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.person'), '-')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    "CREATE INDEX ix_audit_subject_agg_id ON audit_subject (agg_id)",
    "CREATE INDEX ix_audit_subject_person ON audit_subject (person)",
)

# What an older program kept unread is read from now on.
READ_NOW = """
INSERT INTO audit_subject (rid, agg_id, body)
SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = 'audit_subject'
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    connection.exec_driver_sql(READ_NOW.strip())
    connection.exec_driver_sql("DELETE FROM unknown_record WHERE type = 'audit_subject'")
    connection.exec_driver_sql("UPDATE identity SET schema = 10")
