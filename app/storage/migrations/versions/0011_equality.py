"""Equality answers get the table in which they wait to be sent."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE equality_answers (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    "CREATE INDEX ix_equality_answers_agg_id ON equality_answers (agg_id)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    connection.exec_driver_sql("UPDATE identity SET schema = 11")
