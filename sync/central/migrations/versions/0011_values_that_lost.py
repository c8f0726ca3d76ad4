"""Values that a later write replaced are emptied in the op log after their time: which ops have any is written down.

A list beside the log, filled by a trigger: an index of the log would have to be built in each of its months, and a
service of the version before writes its ops into the list too. Waits for writers only as long as the trigger takes.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE op_overwritten(op_id uuid CONSTRAINT pk_op_overwritten PRIMARY KEY, received_at timestamptz NOT NULL);
CREATE INDEX ix_op_overwritten_received_at ON op_overwritten(received_at);
"""
FUNCTIONS = """
CREATE FUNCTION note_overwritten() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO op_overwritten(op_id, received_at) VALUES (NEW.op_id, NEW.received_at) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

-- Empties the values of ops that were received before, oldest first, and says how many ops that were. What another
-- service is at is left to it. By index in each month: the log is never read as a whole.
CREATE FUNCTION forget_overwritten(received_before timestamptz, most int) RETURNS int LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  several uuid[];
BEGIN
  SELECT array_agg(d.op_id) INTO several FROM (
    SELECT o.op_id FROM op_overwritten o WHERE o.received_at <= received_before
    ORDER BY o.received_at LIMIT most FOR UPDATE SKIP LOCKED) d;
  UPDATE op_log l SET overwritten = NULL WHERE l.op_id = ANY (several);
  DELETE FROM op_overwritten o WHERE o.op_id = ANY (several);
  RETURN COALESCE(cardinality(several), 0);
END $$;
"""
FOR_THE_SERVICE = "forget_overwritten(timestamptz, int)"
NOTED_BY_A_TRIGGER = "note_overwritten()"
# Row-level security lets nobody else change an op, and this role may change that one column alone.
RIGHTS = """
ALTER TABLE op_overwritten ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY across ON op_overwritten TO alongside_feed USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON op_overwritten TO alongside_feed;
CREATE POLICY forgetting ON op_log TO alongside_feed USING (true) WITH CHECK (true);
GRANT SELECT (op_id, received_at, overwritten), UPDATE (overwritten) ON op_log TO alongside_feed;
"""
# Last: from here to the commit nobody else writes an op.
TRIGGER = """
CREATE TRIGGER note_overwritten AFTER INSERT ON op_log FOR EACH ROW WHEN (NEW.overwritten IS NOT NULL)
  EXECUTE FUNCTION note_overwritten()
"""


def upgrade() -> None:
    """Make the list, what empties by it, and the trigger that fills it."""
    op.execute(TABLE)
    op.execute(FUNCTIONS)
    op.execute(RIGHTS)
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    op.execute(TRIGGER)
    for function in (FOR_THE_SERVICE, NOTED_BY_A_TRIGGER):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
    op.execute("SET LOCAL ROLE alongside_feed")
    op.execute(f"GRANT EXECUTE ON FUNCTION {FOR_THE_SERVICE} TO alongside_service")
    # Whoever attaches a month gives it the trigger.
    op.execute(f"GRANT EXECUTE ON FUNCTION {NOTED_BY_A_TRIGGER} TO alongside_owner")
    op.execute("SET LOCAL ROLE alongside_owner")
