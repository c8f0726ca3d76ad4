"""Which records of two charities may be of one person: found by hashes of what both may see (`domain.md` 8).

Four tables that nobody reads but the functions here, and the functions. Whoever is there already is looked at again,
so that what their cards are found by is written down.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE card_key(agg_id uuid NOT NULL, org uuid NOT NULL, keys bytea[] NOT NULL,
  CONSTRAINT pk_card_key PRIMARY KEY(agg_id, org));
CREATE INDEX ix_card_key_keys ON card_key USING gin(keys);
CREATE TABLE pair_due(agg_id uuid CONSTRAINT pk_pair_due PRIMARY KEY, noted uuid NOT NULL);
CREATE TABLE pair_told(agg_id uuid NOT NULL, id uuid NOT NULL, CONSTRAINT pk_pair_told PRIMARY KEY(agg_id, id));
CREATE TABLE pair_secret(id uuid CONSTRAINT pk_pair_secret PRIMARY KEY DEFAULT gen_random_uuid(), secret bytea NOT NULL);
INSERT INTO pair_secret(secret)
  SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 4);
"""
FUNCTIONS = """
-- What a card is found by, as a hash that means nothing between two other organisations; a card that shows nothing is
-- found by nothing. The person is looked at again when that changed, or when they are named without a card.
CREATE FUNCTION note_cards(cards jsonb, changed uuid[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  again uuid[];
BEGIN
  IF NOT app_writes() THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH card AS (
    SELECT c.agg_id, c.org, COALESCE((SELECT array_agg(DISTINCT sha256(s.secret || convert_to(
        LEAST(c.home, c.org)::text || GREATEST(c.home, c.org)::text || k.key, 'UTF8')))
      FROM jsonb_array_elements_text(c.keys) AS k(key)), '{}') AS keys
    FROM jsonb_to_recordset(cards) AS c(agg_id uuid, home uuid, org uuid, keys jsonb), pair_secret s
  ), written AS (
    INSERT INTO card_key AS t (agg_id, org, keys) SELECT c.agg_id, c.org, c.keys FROM card c
      WHERE c.keys <> '{}' OR EXISTS (SELECT FROM card_key o WHERE o.agg_id = c.agg_id AND o.org = c.org)
    ON CONFLICT (agg_id, org) DO UPDATE SET keys = excluded.keys WHERE t.keys <> excluded.keys
    RETURNING t.agg_id
  )
  SELECT array_agg(w.agg_id) INTO again FROM written w;
  INSERT INTO pair_due AS d (agg_id, noted)
    SELECT n.agg_id, gen_random_uuid() FROM (SELECT DISTINCT unnest(again || changed) AS agg_id) n ORDER BY n.agg_id
    ON CONFLICT (agg_id) DO UPDATE SET noted = excluded.noted;
END $$;

CREATE FUNCTION pairs_due(most int) RETURNS TABLE(agg_id uuid, home_org uuid, noted uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.agg_id, a.home_org, d.noted FROM pair_due d JOIN aggregate a ON a.agg_id = d.agg_id
  ORDER BY d.agg_id LIMIT most $$;

CREATE FUNCTION pair_looked_at(person uuid, when_noted uuid) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM pair_due d WHERE d.agg_id = person AND d.noted = when_noted $$;

-- Ids alone: whose card for the one's home organisation shares a hash with the one's card for theirs, and about whom
-- somebody was told before. What a card says is read in the name of the organisation that may see it.
CREATE FUNCTION pairs_with(person uuid) RETURNS TABLE(agg_id uuid, home_org uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.agg_id, b.home_org FROM aggregate a
    JOIN card_key mine ON mine.agg_id = a.agg_id
    JOIN card_key theirs ON theirs.org = a.home_org AND theirs.keys && mine.keys
    JOIN aggregate b ON b.agg_id = theirs.agg_id AND b.home_org = mine.org
    WHERE a.agg_id = person AND a.state = 'active' AND b.state = 'active'
  UNION SELECT b.agg_id, b.home_org FROM pair_told t JOIN aggregate b ON b.agg_id = t.id WHERE t.agg_id = person $$;

-- Remembers a pair that is told of, so that it is found again when nothing speaks for it any more; whether it was.
CREATE FUNCTION tell_pair(one uuid, other uuid, is_told boolean) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF is_told THEN
    INSERT INTO pair_told(agg_id, id) VALUES (one, other), (other, one) ON CONFLICT DO NOTHING;
  END IF;
  RETURN EXISTS (SELECT FROM pair_told t WHERE t.agg_id = one AND t.id = other);
END $$;
"""
FUNCTION_NAMES = (
    "note_cards(jsonb, uuid[])",
    "pairs_due(int)",
    "pair_looked_at(uuid, uuid)",
    "pairs_with(uuid)",
    "tell_pair(uuid, uuid, boolean)",
)
OF_THE_FUNCTIONS = {
    "card_key": "SELECT, INSERT, UPDATE",
    "pair_due": "SELECT, INSERT, UPDATE, DELETE",
    "pair_told": "SELECT, INSERT",
    "pair_secret": "SELECT",
}
# Whoever is there already is looked at again, a few thousand at a time, as after a change of the directory.
BEGIN_WITH_EVERYBODY = """
INSERT INTO directory_change(at, orgs) SELECT now(), array_agg(DISTINCT home_org) FROM aggregate HAVING count(*) > 0
"""


def upgrade() -> None:
    """Make the tables, their wall and the functions that look across it."""
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    for table, rights in OF_THE_FUNCTIONS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY across ON {table} TO alongside_feed USING (true) WITH CHECK (true)")
        op.execute(f"GRANT {rights} ON {table} TO alongside_feed")
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    for function in FUNCTION_NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO alongside_service")
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
    # The owner of the tables sees no row of them; the role of the functions does.
    op.execute("SET LOCAL ROLE alongside_feed")
    op.execute(BEGIN_WITH_EVERYBODY)
    op.execute("SET LOCAL ROLE alongside_owner")
