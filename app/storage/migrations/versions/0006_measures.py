"""Questionnaires, safeguarding concerns and what was done about them get their tables."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = ("outcome_measure", "concern", "concern_step")

TABLES = tuple(
    statement
    for kind in KINDS
    for statement in (
        f"""
        CREATE TABLE {kind} (
            rid INTEGER NOT NULL,
            agg_id BLOB NOT NULL,
            body VARCHAR NOT NULL,
            org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
            PRIMARY KEY (rid)
        )
        """,
        f"CREATE INDEX ix_{kind}_agg_id ON {kind} (agg_id)",
    )
)

# What an older program kept unread is read from now on.
READ_NOW = """
INSERT INTO {kind} (rid, agg_id, body)
SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = '{kind}'
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    for kind in KINDS:
        connection.exec_driver_sql(READ_NOW.format(kind=kind).strip())
        connection.exec_driver_sql("DELETE FROM unknown_record WHERE type = ?", (kind,))
    connection.exec_driver_sql("UPDATE identity SET schema = 6")
