"""Ops that were received before the list of 0011 was there are listed too.

Reads the whole log once, and holds nobody up. A transaction after that of 0011: what is written meanwhile is listed by
the trigger, and what was written before is seen here.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLDER = """
INSERT INTO op_overwritten(op_id, received_at)
  SELECT l.op_id, l.received_at FROM op_log l WHERE l.overwritten IS NOT NULL ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """List them, as the role that may read this of each op."""
    op.execute("SET LOCAL ROLE alongside_feed")
    op.execute(OLDER)
    op.execute("SET LOCAL ROLE alongside_owner")
