"""What a push writes, in fewer words: a record travels once to all of its feeds, and an op is kept as it came.

Nothing that an older service calls is changed or taken away: both may run while one follows the other.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A column without a default: no row is written again, and no writer waits. Nobody asks the database what stands in an
# op, and as text it is kept in half the time (measured, 480 ops of 1 KB: 12.6 ms as JSONB, 5 ms as text).
OP_AS_IT_CAME = "ALTER TABLE op_log ADD COLUMN sent text"

# As `feed_append`, for arrays: as JSON the entries of one push took longer to read than to write (measured).
#
# Each record comes once, in ids, aggs, homes, revs, flags (1 present, 2 the device has this body, 4 new: no feed ever
# listed it), why, and 16 bytes of `digests`. Each entry names its scope and its record by their places, from 1, and
# its own place among the entries of that scope. What stood there before is looked up only where a feed may have listed
# the record, and by index always: on tables that nobody analysed yet the whole feed was read for each push.
FEED_ADD = """
CREATE FUNCTION feed_add(cause uuid, moment timestamptz, device uuid, scopes uuid[], keys text[], orgs uuid[],
  ids uuid[], aggs uuid[], homes uuid[], revs bigint[], flags int[], whys text[], digests bytea,
  at_scope int[], at_record int[], at_place int[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
  heads bigint[];
BEGIN
  IF NOT app_writes() THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO scope(id, key, org) SELECT * FROM unnest(scopes, keys, orgs) ORDER BY 1 ON CONFLICT DO NOTHING;
  INSERT INTO feed_head(scope_id, epoch, head, floor, n, s0, s1, s2, s3)
    SELECT s, 1 + floor(random() * 2147483646)::int, 0, 0, 0, 0, 0, 0, 0 FROM unnest(scopes) s ORDER BY s
    ON CONFLICT DO NOTHING;
  -- Heads are locked in ascending order, last of all, and held until the commit: so numbers have commit order.
  PERFORM FROM feed_head h WHERE h.scope_id = ANY (scopes) ORDER BY h.scope_id FOR UPDATE;
  SELECT array_agg(h.head ORDER BY o.place) INTO STRICT heads
    FROM unnest(scopes) WITH ORDINALITY AS o(scope_id, place) JOIN feed_head h ON h.scope_id = o.scope_id;
  WITH entry AS MATERIALIZED (
    SELECT scopes[at.scope] AS scope_id, heads[at.scope] + at.place AS seq, ids[at.record] AS id, aggs[at.record] AS agg_id,
      homes[at.record] AS home, revs[at.record] AS rev, flags[at.record] & 1 = 1 AS present,
      CASE WHEN flags[at.record] & 2 = 2 THEN device END AS dev, flags[at.record] & 4 = 4 AS new,
      CASE WHEN flags[at.record] & 1 = 0 THEN whys[at.record] END AS why,
      substring(digests FROM at.record * 16 - 15 FOR 16) AS h
    FROM unnest(at_scope, at_record, at_place) AS at(scope, record, place)
  ), added AS (
    SELECT e.scope_id, count(*) AS k, count(*) FILTER (WHERE present) AS n,
      COALESCE(sum(word(h, 0)) FILTER (WHERE present), 0) AS s0, COALESCE(sum(word(h, 4)) FILTER (WHERE present), 0) AS s1,
      COALESCE(sum(word(h, 8)) FILTER (WHERE present), 0) AS s2, COALESCE(sum(word(h, 12)) FILTER (WHERE present), 0) AS s3
    FROM entry e GROUP BY e.scope_id
  ), taken AS (
    SELECT f.scope_id, count(*) AS n, sum(word(f.h, 0)) AS s0, sum(word(f.h, 4)) AS s1, sum(word(f.h, 8)) AS s2,
      sum(word(f.h, 12)) AS s3
    FROM entry e JOIN feed f ON f.scope_id = e.scope_id AND f.id = e.id WHERE NOT e.new AND f.op = 'P' GROUP BY f.scope_id
  ), numbered AS (
    UPDATE feed_head h SET head = h.head + a.k, n = h.n + a.n - COALESCE(t.n, 0), s0 = h.s0 + a.s0 - COALESCE(t.s0, 0),
      s1 = h.s1 + a.s1 - COALESCE(t.s1, 0), s2 = h.s2 + a.s2 - COALESCE(t.s2, 0), s3 = h.s3 + a.s3 - COALESCE(t.s3, 0)
    FROM added a LEFT JOIN taken t ON t.scope_id = a.scope_id WHERE h.scope_id = a.scope_id
  ), began AS (
    INSERT INTO feed (scope_id, id, agg_id, seq, op, rev, dev, h, why)
      SELECT e.scope_id, e.id, e.agg_id, e.seq, 'P', e.rev, e.dev, e.h, NULL FROM entry e WHERE e.new
  ), went_on AS (
    INSERT INTO feed AS f (scope_id, id, agg_id, seq, op, rev, dev, h, why)
      SELECT e.scope_id, e.id, e.agg_id, e.seq, CASE WHEN e.present THEN 'P' ELSE 'D' END, e.rev, e.dev, e.h, e.why
      FROM entry e WHERE NOT e.new
      ON CONFLICT (scope_id, id) DO UPDATE SET agg_id = excluded.agg_id, seq = excluded.seq, op = excluded.op,
        rev = excluded.rev, dev = excluded.dev, h = excluded.h, why = excluded.why
  )
  INSERT INTO drop_notice(scope_id, agg_id, seq, why, at, op_id, home_org)
    SELECT e.scope_id, e.agg_id, max(e.seq), min(e.why), moment, cause, e.home FROM entry e
    WHERE NOT e.present GROUP BY e.scope_id, e.agg_id, e.home;
END $$;
"""
# By index, whatever the tables' statistics say or do not say yet.
BY_INDEX = """
SET LOCAL ROLE alongside_feed;
ALTER FUNCTION ids_in_use(uuid[]) SET enable_seqscan = off;
ALTER FUNCTION ids_in_use(uuid[]) SET enable_bitmapscan = off;
SET LOCAL ROLE alongside_owner;
"""
DEFINER_FUNCTIONS = (
    "feed_add(uuid, timestamptz, uuid, uuid[], text[], uuid[], uuid[], uuid[], uuid[], bigint[], int[], text[], bytea,"
    " int[], int[], int[])",
)


def upgrade() -> None:
    """Add what the newer service calls."""
    op.execute(OP_AS_IT_CAME)
    op.execute(FEED_ADD)
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    for function in DEFINER_FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO alongside_service")
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
    op.execute(BY_INDEX)
