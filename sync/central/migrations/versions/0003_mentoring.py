"""Whose matches a mentor has: a count that has to look across the mentees it is spread over."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Through the mentor's own feed, which holds a card for every match that takes a place: no index over all records.
MATCHES = """
CREATE FUNCTION mentor_matches(scopes uuid[]) RETURNS TABLE(mentor uuid, agg_id uuid, home_org uuid, match uuid, state text) LANGUAGE sql
STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (r.body ->> 'mentor')::uuid, f.agg_id, a.home_org, (r.body ->> 'match')::uuid, r.body ->> 'state'
  FROM feed f JOIN record r ON r.agg_id = f.agg_id AND r.id = f.id JOIN aggregate a ON a.agg_id = f.agg_id
  WHERE f.scope_id = ANY (scopes) AND f.op = 'P' AND r.type = 47 AND app_writes() $$;
"""


def upgrade() -> None:
    """Make the function, for the service alone; it takes no lock that a writer would meet."""
    op.execute(MATCHES)
    op.execute("REVOKE ALL ON FUNCTION mentor_matches(uuid[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION mentor_matches(uuid[]) TO alongside_service")
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    op.execute("ALTER FUNCTION mentor_matches(uuid[]) OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
