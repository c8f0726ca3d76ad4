"""A change of an agreement, a member, an account or a service is looked at again in everybody it concerns.

A push only notes which organisations it concerned: one row. Whose records those are is found afterwards, some thousand
people at a time, and each of them becomes due. Adds a table and two functions; no writer waits.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE directory_change(id uuid CONSTRAINT pk_directory_change PRIMARY KEY DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL, orgs uuid[] NOT NULL, seen uuid);
"""
FUNCTIONS = """
CREATE FUNCTION note_directory_change(moment timestamptz, concerned uuid[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT app_writes() THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO directory_change(at, orgs) VALUES (moment, concerned);
END $$;

CREATE FUNCTION directory_changes_wait() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT EXISTS (SELECT FROM directory_change) $$;

-- Makes the next people due whom the oldest change concerns; whether there was anything to look through. A change that
-- another service is at is left to it. Concerned are people whom one of the organisations registered, who named it in
-- an answer, or of whom it may see something.
CREATE FUNCTION spread_directory_change(moment timestamptz, most int) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  change directory_change;
  several uuid[];
BEGIN
  SELECT * INTO change FROM directory_change c ORDER BY c.at, c.id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF change.id IS NULL THEN
    RETURN false;
  END IF;
  SELECT array_agg(n.agg_id ORDER BY n.agg_id) INTO several FROM (
    SELECT a.agg_id FROM aggregate a WHERE change.seen IS NULL OR a.agg_id > change.seen ORDER BY a.agg_id LIMIT most) n;
  IF several IS NULL THEN
    DELETE FROM directory_change c WHERE c.id = change.id;
    RETURN true;
  END IF;
  -- Locked in ascending order, as everybody locks them.
  UPDATE aggregate a SET next_due = LEAST(a.next_due, moment) FROM (
    SELECT b.agg_id FROM aggregate b WHERE b.agg_id = ANY (several) AND b.state = 'active'
      AND (b.home_org = ANY (change.orgs)
        OR EXISTS (SELECT FROM consent_line l WHERE l.agg_id = b.agg_id AND l.org = ANY (change.orgs))
        OR EXISTS (SELECT FROM visibility v JOIN scope s ON s.id = v.scope_id
                   WHERE v.agg_id = b.agg_id AND s.org = ANY (change.orgs)))
      AND EXISTS (SELECT FROM record r WHERE r.agg_id = b.agg_id AND r.type = 10)
    ORDER BY b.agg_id FOR UPDATE OF b) due
  WHERE a.agg_id = due.agg_id;
  UPDATE directory_change c SET seen = several[array_upper(several, 1)] WHERE c.id = change.id;
  RETURN true;
END $$;
"""
FUNCTION_NAMES = (
    "note_directory_change(timestamptz, uuid[])",
    "directory_changes_wait()",
    "spread_directory_change(timestamptz, int)",
)


def upgrade() -> None:
    """Make the table, its wall, and the functions that look across it."""
    op.execute(TABLE)
    op.execute(FUNCTIONS)
    op.execute("ALTER TABLE directory_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY across ON directory_change TO alongside_feed USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON directory_change TO alongside_feed")
    op.execute("GRANT SELECT ON consent_line TO alongside_feed")
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    for function in FUNCTION_NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO alongside_service")
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
