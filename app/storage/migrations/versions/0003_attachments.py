"""Files beside records get a table; those that an older program kept unread are read from now on."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE attachment (
        sha BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.sha256'))) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_attachment_agg_id ON attachment (agg_id)
    """,
    """
    CREATE INDEX ix_attachment_sha ON attachment (sha)
    """,
    """
    INSERT INTO attachment (rid, agg_id, body)
    SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = 'attachment'
    """,
    """
    DELETE FROM unknown_record WHERE id IN (SELECT m.id FROM attachment a JOIN rec_meta m ON m.rid = a.rid)
    """,
    """
    UPDATE identity SET schema = 3
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement.strip())
