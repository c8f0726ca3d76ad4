"""Work handed from colleague to colleague without a network gets its tables."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE colleague_key (
        device BLOB NOT NULL,
        user BLOB NOT NULL,
        name VARCHAR NOT NULL,
        algorithm VARCHAR NOT NULL,
        device_key BLOB NOT NULL,
        exchange BLOB NOT NULL,
        first_seen INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        PRIMARY KEY (device, user)
    )
    """,
    """
    CREATE TABLE handed_file (
        sha BLOB NOT NULL,
        from_device BLOB NOT NULL,
        from_user BLOB NOT NULL,
        to_user BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        people INTEGER NOT NULL,
        changes INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        header VARCHAR NOT NULL,
        lines BLOB NOT NULL,
        state VARCHAR NOT NULL,
        PRIMARY KEY (sha)
    )
    """,
    """
    CREATE TABLE handed_op (
        seq INTEGER NOT NULL,
        sha BLOB NOT NULL,
        op_id BLOB NOT NULL,
        id BLOB NOT NULL,
        kind VARCHAR NOT NULL,
        patch VARCHAR NOT NULL,
        base VARCHAR,
        PRIMARY KEY (seq),
        CONSTRAINT uq_handed_op_op_id UNIQUE (op_id)
    )
    """,
    "CREATE INDEX ix_handed_op_id ON handed_op (id)",
    """
    CREATE TABLE handed_record (
        id BLOB NOT NULL,
        sha BLOB NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX ix_handed_record_sha ON handed_record (sha)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    connection.exec_driver_sql("UPDATE identity SET schema = 9")
