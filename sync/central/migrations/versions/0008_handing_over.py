"""The keys under which colleagues are handed work without a network."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE colleague_key(device uuid NOT NULL, user_id uuid NOT NULL, org uuid NOT NULL, exchange bytea NOT NULL,
  sig bytea NOT NULL, at timestamptz NOT NULL, CONSTRAINT pk_colleague_key PRIMARY KEY(device, user_id))
"""
# Colleagues see each other's; a laptop writes its own alone.
READABLE = "org = (SELECT app_uuid('app.org'))"
WRITABLE = f"{READABLE} AND device = (SELECT app_uuid('app.device'))"


def upgrade() -> None:
    """Make the table and its wall."""
    op.execute(TABLE)
    op.execute("ALTER TABLE colleague_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY service ON colleague_key TO alongside_service USING ({READABLE}) WITH CHECK ({WRITABLE})"
    )
    op.execute("CREATE POLICY across ON colleague_key TO alongside_feed USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON colleague_key TO alongside_service")
