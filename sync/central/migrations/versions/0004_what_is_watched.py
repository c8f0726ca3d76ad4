"""Two numbers across all organisations for the operator's alarms: laptops that are silent, and removals that are overdue.

They are counts, and name nobody. Makes one function and touches no table: no writer waits.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FUNCTION = "watched_counts(timestamptz)"
MAKE = """
CREATE FUNCTION watched_counts(moment timestamptz) RETURNS TABLE(silent bigint, overdue bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (SELECT count(*) FROM device d WHERE d.status = 'active' AND d.last_seen < moment - interval '72 hours'),
    (SELECT count(DISTINCT d.id) FROM device d JOIN device_scope s ON s.device = d.id
      WHERE d.status = 'active' AND d.last_seen + d.lease_days * interval '1 day' < moment
      AND EXISTS (SELECT FROM drop_notice n
        WHERE n.scope_id = s.scope_id AND n.seq > s.cleaned AND n.at >= s.from_at)) $$;
"""


def upgrade() -> None:
    """Make the function, and give it to the role nobody signs in as."""
    op.execute(MAKE)
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    op.execute(f"REVOKE ALL ON FUNCTION {FUNCTION} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {FUNCTION} TO alongside_service")
    op.execute(f"ALTER FUNCTION {FUNCTION} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
