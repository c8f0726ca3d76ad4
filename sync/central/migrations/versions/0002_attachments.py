"""Files beside records: where each stands, which records speak of it, and the functions that decide who may have it.

The table `blob` of the first migration was never written to: nobody waits for a lock on it.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
DROP TABLE blob;
CREATE TABLE blob(sha256 bytea NOT NULL, org uuid NOT NULL, size bigint NOT NULL CHECK (size > 0),
  received bigint NOT NULL CHECK (received BETWEEN 0 AND size),
  state text NOT NULL CHECK (state IN ('uploading', 'available', 'refused')), at timestamptz NOT NULL,
  stale bool NOT NULL DEFAULT false, CONSTRAINT pk_blob PRIMARY KEY(sha256, org),
  CHECK (state <> 'available' OR received = size));
CREATE INDEX ix_blob_stale ON blob(at) WHERE stale;
CREATE TABLE blob_use(sha256 bytea NOT NULL, agg_id uuid NOT NULL, id uuid NOT NULL,
  CONSTRAINT pk_blob_use PRIMARY KEY(sha256, agg_id, id));
CREATE INDEX ix_blob_use_id ON blob_use(id);
"""

FUNCTIONS = """
-- Which records speak of which bytes, in the transaction that writes them; a change may have taken the last one away.
CREATE FUNCTION note_blob_uses(uses json) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT app_writes() THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO blob_use(sha256, agg_id, id)
    SELECT decode(u.sha256, 'hex'), u.agg_id, u.id FROM json_to_recordset(uses) AS u(sha256 text, agg_id uuid, id uuid)
    WHERE u.sha256 IS NOT NULL ON CONFLICT DO NOTHING;
  UPDATE blob b SET stale = true FROM blob_use s, json_to_recordset(uses) AS u(id uuid)
    WHERE s.id = u.id AND b.sha256 = s.sha256 AND NOT b.stale;
END $$;

-- The right to bytes is the visibility of a record that speaks of them; what is found opens this one blob's row.
CREATE FUNCTION use_blob(wanted bytea, moment timestamptz)
RETURNS TABLE(org uuid, size bigint, key text, mime text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  found record;
BEGIN
  SELECT (r.body ->> 'org')::uuid AS org, (r.body ->> 'size')::bigint AS size, r.body ->> 'key' AS key,
    r.body ->> 'mime' AS mime INTO found
  FROM blob_use u JOIN record r ON r.agg_id = u.agg_id AND r.id = u.id
  WHERE u.sha256 = wanted AND NOT r.deleted AND r.body ->> 'sha256' = encode(wanted, 'hex')
    AND r.body -> 'archived' IS NULL
    AND EXISTS (SELECT FROM visibility v WHERE v.agg_id = r.agg_id AND v.owner = r.owner AND v.cls = r.cls
                AND v.scope_id = ANY (app_uuids('app.scopes')) AND (v.until IS NULL OR v.until > moment))
  ORDER BY ((r.body ->> 'org')::uuid = app_uuid('app.org')) DESC, r.id LIMIT 1;
  IF found.org IS NULL THEN
    RETURN;
  END IF;
  PERFORM set_config('app.blob', encode(wanted, 'hex'), true), set_config('app.blob_org', found.org::text, true);
  RETURN QUERY SELECT found.org, found.size, found.key, found.mime;
END $$;

CREATE FUNCTION stale_blobs(most int) RETURNS TABLE(sha256 bytea, org uuid) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.sha256, b.org FROM blob b WHERE b.stale ORDER BY b.at LIMIT most $$;

-- Whether no record speaks of these bytes any more; then their row is gone, and the bytes follow before the commit.
CREATE FUNCTION forget_blob(wanted bytea, of_org uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM FROM blob b WHERE b.sha256 = wanted AND b.org = of_org AND b.stale FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM blob_use u JOIN record r ON r.agg_id = u.agg_id AND r.id = u.id
             WHERE u.sha256 = wanted AND NOT r.deleted AND r.body ->> 'sha256' = encode(wanted, 'hex')
               AND (r.body ->> 'org')::uuid = of_org AND r.body -> 'archived' IS NULL) THEN
    UPDATE blob b SET stale = false WHERE b.sha256 = wanted AND b.org = of_org;
    RETURN false;
  END IF;
  DELETE FROM blob b WHERE b.sha256 = wanted AND b.org = of_org;
  RETURN true;
END $$;

-- For a service that was put back: bytes that the database believes to be there and that are not.
CREATE FUNCTION blobs_after(last bytea, last_org uuid, most int)
RETURNS TABLE(sha256 bytea, org uuid, size bigint, received bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.sha256, b.org, b.size, b.received FROM blob b WHERE (b.sha256, b.org) > (last, last_org)
  ORDER BY b.sha256, b.org LIMIT most $$;

CREATE FUNCTION restart_blob(wanted bytea, of_org uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE blob b SET state = 'uploading', received = 0 WHERE b.sha256 = wanted AND b.org = of_org $$;
"""
FUNCTION_NAMES = (
    "note_blob_uses(json)",
    "use_blob(bytea, timestamptz)",
    "stale_blobs(int)",
    "forget_blob(bytea, uuid)",
    "blobs_after(bytea, uuid, int)",
    "restart_blob(bytea, uuid)",
)
# One blob at a time, and only after `use_blob` found that the caller may have it.
THIS_BLOB = "sha256 = decode(NULLIF((SELECT current_setting('app.blob', true)), ''), 'hex')"
POLICIES = {
    "blob": f"{THIS_BLOB} AND org = (SELECT app_uuid('app.blob_org'))",
    "blob_use": THIS_BLOB,
}


def upgrade() -> None:
    """Make both tables, their wall, and the functions that look across it."""
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    for table, seen in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY service ON {table} TO alongside_service USING ({seen}) WITH CHECK ({seen})")
        op.execute(f"CREATE POLICY across ON {table} TO alongside_feed USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON blob TO alongside_service")
    op.execute("GRANT SELECT ON blob_use TO alongside_service")
    op.execute("GRANT SELECT, UPDATE, DELETE ON blob TO alongside_feed")
    op.execute("GRANT SELECT, INSERT ON blob_use TO alongside_feed")
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    for function in FUNCTION_NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO alongside_service")
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
