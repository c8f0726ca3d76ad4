"""The first tables, their second wall, and the functions that look across it (sync.md 3.2, 4 and 10)."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONS = 8

TABLES = """
CREATE TABLE device(id uuid CONSTRAINT pk_device PRIMARY KEY, org uuid NOT NULL, pubkey bytea NOT NULL, alg text NOT NULL,
  name text NOT NULL, status text NOT NULL CHECK (status IN ('active', 'suspended', 'revoked', 'wiped', 'closed')),
  enrolled_at timestamptz NOT NULL, last_seen timestamptz, lease_days int NOT NULL CHECK (lease_days BETWEEN 3 AND 14),
  schema int NOT NULL, revoke_serial bigint NOT NULL DEFAULT 0);

CREATE TABLE device_user(device uuid NOT NULL, user_id uuid NOT NULL, role text NOT NULL, from_at timestamptz NOT NULL,
  to_at timestamptz, CONSTRAINT pk_device_user PRIMARY KEY(device, user_id, role));

CREATE TABLE device_scope(device uuid NOT NULL, scope_id uuid NOT NULL, from_at timestamptz NOT NULL, epoch int,
  pulled bigint NOT NULL DEFAULT 0, cleaned bigint NOT NULL DEFAULT 0, cleaned_at timestamptz,
  CONSTRAINT pk_device_scope PRIMARY KEY(device, scope_id));
CREATE INDEX ix_device_scope_scope_id ON device_scope(scope_id);

CREATE TABLE device_lane(device uuid NOT NULL, lane smallint NOT NULL, lane_epoch uuid NOT NULL,
  last_seq bigint NOT NULL CHECK (last_seq >= 0), CONSTRAINT pk_device_lane PRIMARY KEY(device, lane));

CREATE TABLE op_log(op_id uuid NOT NULL, device uuid NOT NULL, lane smallint NOT NULL, lane_epoch uuid NOT NULL,
  seq bigint NOT NULL, agg_id uuid NOT NULL, rec_id uuid NOT NULL, type smallint NOT NULL, kind text NOT NULL,
  actor uuid NOT NULL, hlc text NOT NULL, received_at timestamptz NOT NULL, base_rev bigint, patch jsonb,
  overwritten jsonb, result jsonb NOT NULL, CONSTRAINT pk_op_log PRIMARY KEY(op_id)) PARTITION BY RANGE(op_id);
CREATE INDEX ix_op_log_lane ON op_log(device, lane_epoch, lane, seq);
CREATE INDEX ix_op_log_agg_id ON op_log(agg_id);
CREATE TABLE op_log_default PARTITION OF op_log DEFAULT;

CREATE TABLE aggregate(agg_id uuid CONSTRAINT pk_aggregate PRIMARY KEY, home_org uuid NOT NULL, state text NOT NULL,
  next_due timestamptz);
CREATE INDEX ix_aggregate_next_due ON aggregate(next_due) WHERE next_due IS NOT NULL;

CREATE TABLE agg_alias(old uuid CONSTRAINT pk_agg_alias PRIMARY KEY, new uuid NOT NULL);

CREATE TABLE record(agg_id uuid NOT NULL, id uuid NOT NULL, type smallint NOT NULL,
  cls smallint NOT NULL CHECK (cls BETWEEN 0 AND 11), owner uuid NOT NULL, rev bigint NOT NULL,
  body jsonb NOT NULL, fstamp jsonb NOT NULL, deleted bool NOT NULL DEFAULT false, chash bytea NOT NULL,
  last_op uuid NOT NULL, CONSTRAINT pk_record PRIMARY KEY(agg_id, id)) PARTITION BY HASH(agg_id);
CREATE INDEX ix_record_id ON record(id);
CREATE INDEX ix_record_reference ON record(type) WHERE type < 10;

CREATE TABLE consent_line(id uuid NOT NULL, event uuid NOT NULL, agg_id uuid NOT NULL, org uuid, purpose text,
  decision text NOT NULL, scope text, withheld text[] NOT NULL, valid_from date NOT NULL, ends_on date,
  cites uuid[] NOT NULL, voided bool NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
  op_id uuid NOT NULL, CONSTRAINT pk_consent_line PRIMARY KEY(agg_id, id));

CREATE TABLE visibility(agg_id uuid NOT NULL, scope_id uuid NOT NULL, owner uuid NOT NULL, cls smallint NOT NULL,
  until timestamptz, CONSTRAINT pk_visibility PRIMARY KEY(agg_id, scope_id, owner, cls));

CREATE TABLE scope(id uuid CONSTRAINT pk_scope PRIMARY KEY, key text NOT NULL CONSTRAINT uq_scope_key UNIQUE, org uuid);
CREATE INDEX ix_scope_org ON scope(org);

CREATE TABLE feed_head(scope_id uuid CONSTRAINT pk_feed_head PRIMARY KEY, epoch int NOT NULL, head bigint NOT NULL,
  floor bigint NOT NULL, n bigint NOT NULL, s0 bigint NOT NULL, s1 bigint NOT NULL, s2 bigint NOT NULL,
  s3 bigint NOT NULL) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE feed(scope_id uuid NOT NULL, id uuid NOT NULL, agg_id uuid NOT NULL, seq bigint NOT NULL,
  op char(1) NOT NULL CHECK (op IN ('P', 'D')), rev bigint NOT NULL, dev uuid, h bytea NOT NULL, why text,
  CONSTRAINT pk_feed PRIMARY KEY(scope_id, id)) PARTITION BY HASH(scope_id);
CREATE UNIQUE INDEX uq_feed_scope_id_seq ON feed(scope_id, seq) INCLUDE (id, agg_id, op, rev, dev);

CREATE TABLE drop_notice(scope_id uuid NOT NULL, agg_id uuid NOT NULL, seq bigint NOT NULL, why text NOT NULL,
  at timestamptz NOT NULL, op_id uuid NOT NULL, home_org uuid NOT NULL,
  CONSTRAINT pk_drop_notice PRIMARY KEY(scope_id, agg_id, seq));
CREATE INDEX ix_drop_notice_agg_id ON drop_notice(agg_id);

CREATE TABLE enrol_code(id uuid CONSTRAINT pk_enrol_code PRIMARY KEY, org uuid NOT NULL, hash bytea NOT NULL,
  scopes uuid[] NOT NULL, users jsonb NOT NULL, made_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  tries int NOT NULL DEFAULT 0, used_at timestamptz, device uuid, enrol_nonce text);

CREATE TABLE access_token(hash bytea CONSTRAINT pk_access_token PRIMARY KEY, device uuid NOT NULL,
  expires_at timestamptz NOT NULL);
CREATE INDEX ix_access_token_device ON access_token(device);

CREATE UNLOGGED TABLE proof_seen(device uuid NOT NULL, nonce text NOT NULL, at timestamptz NOT NULL,
  CONSTRAINT pk_proof_seen PRIMARY KEY(device, nonce));

CREATE TABLE blob(sha256 bytea CONSTRAINT pk_blob PRIMARY KEY, org uuid NOT NULL, size bigint NOT NULL,
  received bigint NOT NULL, state text NOT NULL, made_at timestamptz NOT NULL);

CREATE TABLE revocation(device uuid CONSTRAINT pk_revocation PRIMARY KEY, org uuid NOT NULL, serial bigint NOT NULL,
  wipe bool NOT NULL, rescue bool NOT NULL, ordered_at timestamptz NOT NULL, told_at timestamptz, done_at timestamptz,
  done jsonb, CHECK ((done_at IS NULL) = (done IS NULL)));

CREATE TABLE rescue(device uuid NOT NULL, sha256 bytea NOT NULL, org uuid NOT NULL, sealed bytea NOT NULL,
  received_at timestamptz NOT NULL, imported_at timestamptz, CONSTRAINT pk_rescue PRIMARY KEY(device, sha256));
"""

FUNCTIONS = """
CREATE FUNCTION app_uuid(name text) RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$ SELECT NULLIF(current_setting(name, true), '')::uuid $$;

CREATE FUNCTION app_uuids(name text) RETURNS uuid[] LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$ SELECT string_to_array(NULLIF(current_setting(name, true), ''), ',')::uuid[] $$;

CREATE FUNCTION app_writes() RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog
AS $$ SELECT COALESCE(current_setting('sync.writer', true), '') = '1' $$;

CREATE FUNCTION writer_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF COALESCE(current_setting('sync.writer', true), '') <> '1' THEN
    RAISE EXCEPTION 'only the write transaction changes %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- Neither STRICT nor SET: PostgreSQL writes its body into the query then, instead of calling it eight times an entry.
CREATE FUNCTION word(h bytea, place int) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN (pg_catalog.get_byte(h, place)::bigint << 24) | (pg_catalog.get_byte(h, place + 1)::bigint << 16)
     | (pg_catalog.get_byte(h, place + 2)::bigint << 8) | pg_catalog.get_byte(h, place + 3)::bigint;

CREATE FUNCTION open_aggregates(wanted uuid[], fresh uuid[])
RETURNS TABLE(agg_id uuid, home_org uuid, state text, opened boolean, had boolean, made boolean) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  my_org uuid := app_uuid('app.org');
  my_scopes uuid[] := app_uuids('app.scopes');
  made uuid[];
BEGIN
  IF NOT app_writes() OR my_org IS NULL THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  WITH new AS (
    INSERT INTO aggregate(agg_id, home_org, state) SELECT DISTINCT f, my_org, 'active' FROM unnest(fresh) f ORDER BY 1
    ON CONFLICT DO NOTHING RETURNING aggregate.agg_id)
  SELECT COALESCE(array_agg(new.agg_id), '{}') INTO made FROM new;
  PERFORM FROM aggregate a WHERE a.agg_id = ANY (wanted) ORDER BY a.agg_id FOR UPDATE;
  RETURN QUERY
    SELECT a.agg_id, a.home_org, a.state,
      a.home_org = my_org
      OR EXISTS (SELECT FROM visibility v WHERE v.agg_id = a.agg_id AND v.scope_id = ANY (my_scopes)
                 AND (v.until IS NULL OR v.until > now())),
      EXISTS (SELECT FROM drop_notice d JOIN scope s ON s.id = d.scope_id
              WHERE d.agg_id = a.agg_id AND s.org = my_org),
      a.agg_id = ANY (made)
    FROM aggregate a WHERE a.agg_id = ANY (wanted) ORDER BY a.agg_id;
END $$;

CREATE FUNCTION use_aggregates(opened uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  my_org uuid := app_uuid('app.org');
  my_scopes uuid[] := app_uuids('app.scopes');
  aggs text;
  owners text;
BEGIN
  IF NOT app_writes() OR my_org IS NULL THEN
    RAISE EXCEPTION 'outside the write transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT string_agg(a.agg_id::text, ',') INTO aggs FROM aggregate a
    WHERE a.agg_id = ANY (opened || app_uuids('app.aggs')) AND (a.home_org = my_org
      OR EXISTS (SELECT FROM visibility v WHERE v.agg_id = a.agg_id AND v.scope_id = ANY (my_scopes))
      OR EXISTS (SELECT FROM drop_notice d JOIN scope s ON s.id = d.scope_id
                 WHERE d.agg_id = a.agg_id AND s.org = my_org));
  SELECT string_agg(DISTINCT o.owner::text, ',') INTO owners FROM (
    SELECT a.home_org AS owner FROM aggregate a WHERE a.agg_id = ANY (opened || app_uuids('app.aggs'))
    UNION SELECT v.owner FROM visibility v WHERE v.agg_id = ANY (opened || app_uuids('app.aggs'))) o;
  PERFORM set_config('app.aggs', COALESCE(aggs, ''), true), set_config('app.owners', COALESCE(owners, ''), true);
END $$;

CREATE FUNCTION feed_append(cause uuid, moment timestamptz, scopes uuid[], keys text[], orgs uuid[], entries json)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
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
  WITH entry AS MATERIALIZED (
    SELECT e.scope_id, e.id, e.agg_id, e.op, e.rev, e.dev, decode(e.h, 'hex') AS h, e.why, e.home,
      h.head + row_number() OVER (PARTITION BY e.scope_id ORDER BY e.place) AS seq
    FROM json_to_recordset(entries) AS e(scope_id uuid, id uuid, agg_id uuid, op text, rev bigint, dev uuid, h text,
      why text, home uuid, place bigint)
    JOIN feed_head h ON h.scope_id = e.scope_id
  ), step AS (
    SELECT e.scope_id, e.op AS now, f.op AS before, e.h AS new, f.h AS old
    FROM entry e LEFT JOIN feed f ON f.scope_id = e.scope_id AND f.id = e.id
  ), total AS (
    SELECT t.scope_id, count(*) AS k, count(*) FILTER (WHERE now = 'P') - count(*) FILTER (WHERE before = 'P') AS n,
      COALESCE(sum(word(new, 0)) FILTER (WHERE now = 'P'), 0) - COALESCE(sum(word(old, 0)) FILTER (WHERE before = 'P'), 0) AS s0,
      COALESCE(sum(word(new, 4)) FILTER (WHERE now = 'P'), 0) - COALESCE(sum(word(old, 4)) FILTER (WHERE before = 'P'), 0) AS s1,
      COALESCE(sum(word(new, 8)) FILTER (WHERE now = 'P'), 0) - COALESCE(sum(word(old, 8)) FILTER (WHERE before = 'P'), 0) AS s2,
      COALESCE(sum(word(new, 12)) FILTER (WHERE now = 'P'), 0) - COALESCE(sum(word(old, 12)) FILTER (WHERE before = 'P'), 0) AS s3
    FROM step t GROUP BY t.scope_id
  ), numbered AS (
    UPDATE feed_head h SET head = h.head + t.k, n = h.n + t.n, s0 = h.s0 + t.s0, s1 = h.s1 + t.s1, s2 = h.s2 + t.s2,
      s3 = h.s3 + t.s3 FROM total t WHERE h.scope_id = t.scope_id
  ), written AS (
    INSERT INTO feed AS f (scope_id, id, agg_id, seq, op, rev, dev, h, why)
      SELECT e.scope_id, e.id, e.agg_id, e.seq, e.op, e.rev, e.dev, e.h, e.why FROM entry e
      ON CONFLICT (scope_id, id) DO UPDATE SET agg_id = excluded.agg_id, seq = excluded.seq, op = excluded.op,
        rev = excluded.rev, dev = excluded.dev, h = excluded.h, why = excluded.why
  )
  INSERT INTO drop_notice(scope_id, agg_id, seq, why, at, op_id, home_org)
    SELECT e.scope_id, e.agg_id, max(e.seq), min(e.why), moment, cause, e.home FROM entry e
    WHERE e.op = 'D' GROUP BY e.scope_id, e.agg_id, e.home;
END $$;

CREATE FUNCTION scope_devices(scopes uuid[])
RETURNS TABLE(scope_id uuid, org uuid, device uuid, status text, last_seen timestamptz, lease_days int,
  from_at timestamptz, cleaned bigint, cleaned_at timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.scope_id, d.org, d.id, d.status, d.last_seen, d.lease_days, s.from_at, s.cleaned, s.cleaned_at
  FROM device_scope s JOIN device d ON d.id = s.device WHERE s.scope_id = ANY (scopes) AND app_writes() $$;

CREATE FUNCTION due_aggregates(moment timestamptz, most int)
RETURNS TABLE(agg_id uuid, home_org uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.agg_id, a.home_org FROM aggregate a WHERE a.next_due <= moment ORDER BY a.next_due LIMIT most $$;

CREATE FUNCTION scopes_of(of_org uuid) RETURNS TABLE(id uuid, key text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT s.id, s.key FROM scope s WHERE s.org = of_org AND app_writes() $$;

CREATE FUNCTION scope_keys(wanted uuid[]) RETURNS TABLE(id uuid, key text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id, s.key FROM scope s WHERE s.id = ANY (wanted) AND app_writes() $$;

CREATE FUNCTION ids_in_use(wanted uuid[]) RETURNS TABLE(id uuid, agg_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, r.agg_id FROM record r WHERE r.id = ANY (wanted) AND app_writes() $$;

-- Reference records, accounts and site scopes of every organisation: the rules need them all. Nothing of anybody helped.
CREATE FUNCTION directory_stamp() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (SELECT COALESCE(sum(r.rev), 0) FROM record r WHERE r.type < 10) || '-' || (SELECT count(*) FROM scope) $$;

CREATE FUNCTION directory_records() RETURNS TABLE(id uuid, type smallint, body jsonb) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, r.type, r.body FROM record r WHERE r.type < 10 AND NOT r.deleted $$;

CREATE FUNCTION directory_site_scopes() RETURNS TABLE(key text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$ SELECT s.key FROM scope s WHERE s.key LIKE 'site:%' $$;
"""

# The one rule of access: what a scope of the caller may see by the flat list. It stands in the policy itself, for a
# function that is called for each row took 32 microseconds a row where this takes 3 (measured, page of 5 000 rows).
CAN_SEE = (
    "EXISTS (SELECT FROM visibility v WHERE v.agg_id = record.agg_id AND v.owner = record.owner AND v.cls = record.cls"
    " AND v.scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[]) AND (v.until IS NULL OR v.until > now()))"
)
# Per table: who may read a row, and who may write it. `(SELECT …)` is evaluated once a query, not once a row.
POLICIES = {
    "device": ("id = (SELECT app_uuid('app.device')) OR org = (SELECT app_uuid('app.org'))", "same"),
    "device_user": ("@device", "same"),
    "device_scope": ("@device", "same"),
    "device_lane": ("device = (SELECT app_uuid('app.device'))", "same"),
    "op_log": (
        "device = (SELECT app_uuid('app.device')) OR agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
        "device = (SELECT app_uuid('app.device'))",
    ),
    "aggregate": (
        "home_org = (SELECT app_uuid('app.org')) OR agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
        "(SELECT app_writes()) AND agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
    ),
    "agg_alias": ("true", "(SELECT app_writes()) AND new = ANY ((SELECT app_uuids('app.aggs'))::uuid[])"),
    "record": (
        f"agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[]) OR {CAN_SEE}",
        "agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[]) AND ((body ->> 'org')::uuid = (SELECT app_uuid('app.org'))"
        " OR (body ->> 'org')::uuid = agg_id OR (body ->> 'org')::uuid = ANY ((SELECT app_uuids('app.owners'))::uuid[]))",
    ),
    "consent_line": ("agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])", "same"),
    "visibility": (
        "scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[])"
        " OR agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
        "agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
    ),
    "scope": (
        "org = (SELECT app_uuid('app.org')) OR id = ANY ((SELECT app_uuids('app.scopes'))::uuid[])",
        "false",
    ),
    "feed_head": ("scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[])", "false"),
    "feed": ("scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[])", "false"),
    "drop_notice": (
        "scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[])"
        " OR agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[])",
        "false",
    ),
    "enrol_code": ("id = (SELECT app_uuid('app.code')) OR org = (SELECT app_uuid('app.org'))", "same"),
    "access_token": ("device = (SELECT app_uuid('app.device'))", "same"),
    "proof_seen": ("device = (SELECT app_uuid('app.device'))", "same"),
    "blob": ("org = (SELECT app_uuid('app.org'))", "same"),
    "revocation": ("device = (SELECT app_uuid('app.device')) OR org = (SELECT app_uuid('app.org'))", "same"),
    "rescue": ("org = (SELECT app_uuid('app.org'))", "same"),
}
OF_THE_DEVICE = (
    "device = (SELECT app_uuid('app.device'))"
    " OR EXISTS (SELECT FROM device d WHERE d.id = device AND d.org = (SELECT app_uuid('app.org')))"
)
SERVICE_GRANTS = {
    "SELECT, INSERT, UPDATE": (
        "device", "device_user", "device_scope", "device_lane", "record", "consent_line", "enrol_code", "blob",
        "agg_alias", "revocation", "rescue",
    ),
    "SELECT, INSERT, UPDATE, DELETE": ("visibility", "access_token", "proof_seen"),
    # History is never edited: erasure will come through a function of its own.
    "SELECT, INSERT": ("op_log",),
    "SELECT, UPDATE, DELETE": ("aggregate",),
    "SELECT": ("scope", "feed_head", "feed", "drop_notice"),
}  # fmt: skip
FEED_GRANTS = {
    "SELECT, INSERT, UPDATE": ("scope", "feed_head", "feed", "aggregate"),
    "SELECT, INSERT": ("drop_notice",),
    "SELECT": ("visibility", "device", "device_scope", "record"),
}
DEFINER_FUNCTIONS = (
    "open_aggregates(uuid[], uuid[])",
    "use_aggregates(uuid[])",
    "feed_append(uuid, timestamptz, uuid[], text[], uuid[], json)",
    "scope_devices(uuid[])",
    "due_aggregates(timestamptz, int)",
    "scopes_of(uuid)",
    "scope_keys(uuid[])",
    "ids_in_use(uuid[])",
    "directory_stamp()",
    "directory_records()",
    "directory_site_scopes()",
)
WRITER_ONLY = ("record", "consent_line", "visibility")


def upgrade() -> None:
    """Make everything."""
    op.execute(TABLES)
    for table in ("record", "feed"):
        for part in range(PARTITIONS):
            op.execute(
                f"CREATE TABLE {table}_{part} PARTITION OF {table} FOR VALUES WITH (MODULUS {PARTITIONS},"
                f" REMAINDER {part})"
                + (" WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)" if table == "feed" else "")
            )
    op.execute(FUNCTIONS)
    for table in WRITER_ONLY:
        op.execute(
            f"CREATE TRIGGER writer_only BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION writer_only()"
        )
    _build_the_second_wall()
    _hand_over_functions()


def _build_the_second_wall() -> None:
    """Switch row-level security on for every table, for the owner too, and say who may see and write what."""
    op.execute(
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT c.oid::regclass FROM pg_class c"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'"
        " LOOP EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t); END LOOP; END $$"
    )
    for table, (readable, writable) in POLICIES.items():
        reads = OF_THE_DEVICE if readable == "@device" else readable
        writes = reads if writable == "same" else writable
        op.execute(f"CREATE POLICY service ON {table} TO alongside_service USING ({reads}) WITH CHECK ({writes})")
        op.execute(f"CREATE POLICY across ON {table} TO alongside_feed USING (true) WITH CHECK (true)")
    for role, grants in (("alongside_service", SERVICE_GRANTS), ("alongside_feed", FEED_GRANTS)):
        for rights, tables in grants.items():
            op.execute(f"GRANT {rights} ON {', '.join(tables)} TO {role}")
    op.execute("GRANT SELECT ON alembic_version TO alongside_service")


def _hand_over_functions() -> None:
    """Give the functions that look across organisations to a role nobody signs in as, for the service alone."""
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    op.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO alongside_service")
    op.execute(
        "GRANT EXECUTE ON FUNCTION app_uuid(text), app_uuids(text), app_writes(), word(bytea, int) TO alongside_feed"
    )
    op.execute("GRANT CREATE ON SCHEMA public TO alongside_feed")
    for function in DEFINER_FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} OWNER TO alongside_feed")
    op.execute("REVOKE CREATE ON SCHEMA public FROM alongside_feed")
