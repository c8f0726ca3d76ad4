"""Merging two people moves what partners wrote about them: the write transaction may write it, whoever's it is."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

USE_OWNERS = """
CREATE FUNCTION use_owners(joined uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  owners text;
BEGIN
  IF NOT app_writes() OR app_uuid('app.org') IS NULL THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT string_agg(DISTINCT o.owner::text, ',') INTO owners FROM (
    SELECT (r.body ->> 'org')::uuid AS owner FROM record r
      WHERE r.agg_id = ANY (joined) AND r.agg_id = ANY (app_uuids('app.aggs'))
    UNION SELECT unnest(app_uuids('app.owners'))) o WHERE o.owner IS NOT NULL;
  PERFORM set_config('app.owners', COALESCE(owners, ''), true);
END $$
"""


def upgrade() -> None:
    """Add the one function; no table is touched, so writers go on."""
    op.execute(USE_OWNERS)
    op.execute("REVOKE ALL ON FUNCTION use_owners(uuid[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION use_owners(uuid[]) TO alongside_service")
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    op.execute("ALTER FUNCTION use_owners(uuid[]) OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
