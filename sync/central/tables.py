"""The tables of the central service as SQLAlchemy Core sees them; `migrations` makes them, `writing` fills them.

A test compares this description with a migrated database. Row-level security, triggers, functions and
partitions cannot be said here: they stand in the migration and are held by the catalogue tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB

from app.domain.codes import RecordType

OWNER_ROLE = "alongside_owner"
"""Owns every table; only migrations act as this role."""
SERVICE_ROLE = "alongside_service"
"""What the running service signs in as; owns nothing and may not bypass row-level security."""
FEED_ROLE = "alongside_feed"
"""Owns the few SECURITY DEFINER functions that must look across organisations; nobody signs in as it."""

CONSOLE = UUID(int=0)
"""The device that the operator's command line writes as."""

TYPE_NUMBERS: Mapping[RecordType, int] = {
    RecordType.ORGANISATION: 1,
    RecordType.SITE: 2,
    RecordType.AGREEMENT: 3,
    RecordType.SERVICE: 4,
    RecordType.USER: 5,
    RecordType.NOTICE: 6,
    RecordType.CONSENT_WORDING: 7,
    RecordType.PERSON: 10,
    RecordType.STAY: 11,
    RecordType.INJURY: 12,
    RecordType.CONTACT_POINT: 13,
    RecordType.RELATIONSHIP: 14,
    RecordType.CONSENT_EVENT: 15,
    RecordType.REFERRAL: 16,
    RecordType.REFERRAL_EVENT: 17,
    RecordType.SIGNPOST: 18,
    RecordType.CASE_NOTE: 19,
    RecordType.TASK: 20,
    RecordType.SHARE_CARD: 21,
    RecordType.REMOVAL_RECEIPT: 22,
    RecordType.CONFLICT: 23,
    RecordType.ATTACHMENT: 24,
    RecordType.AUDIT_ENTRY: 30,
    RecordType.AUDIT_SUBJECT: 31,
    RecordType.MENTOR_PROFILE: 40,
    RecordType.MENTEE_PROFILE: 41,
    RecordType.GOAL: 42,
    RecordType.MATCH: 43,
    RecordType.MATCH_EVENT: 44,
    RecordType.SESSION: 45,
    RecordType.PULSE_ANSWER: 46,
    RecordType.MATCH_CARD: 47,
    RecordType.PERSON_MERGE: 48,
    RecordType.SAME_PERSON: 49,
    RecordType.OUTCOME_MEASURE: 50,
    RecordType.CONCERN: 51,
    RecordType.CONCERN_STEP: 52,
    RecordType.EQUALITY_ANSWERS: 53,
}
"""How the kinds of record are written in `record.type`; a number is never reused. Parents come before children."""

TYPE_NAMES: Mapping[int, RecordType] = {number: kind for kind, number in TYPE_NUMBERS.items()}
"""The other way round."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_MOMENT = DateTime(timezone=True)

device = Table(
    "device",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("pubkey", LargeBinary, nullable=False),
    Column("alg", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("enrolled_at", _MOMENT, nullable=False),
    Column("last_seen", _MOMENT),
    Column("lease_days", Integer, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("revoke_serial", BigInteger, nullable=False, server_default=text("0")),
)

device_user = Table(
    "device_user",
    metadata,
    Column("device", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("from_at", _MOMENT, nullable=False),
    Column("to_at", _MOMENT),
    PrimaryKeyConstraint("device", "user_id", "role"),
)

device_scope = Table(
    "device_scope",
    metadata,
    Column("device", Uuid, nullable=False),
    Column("scope_id", Uuid, nullable=False),
    Column("from_at", _MOMENT, nullable=False),
    Column("epoch", Integer),
    Column("pulled", BigInteger, nullable=False, server_default=text("0")),
    Column("cleaned", BigInteger, nullable=False, server_default=text("0")),
    Column("cleaned_at", _MOMENT),
    PrimaryKeyConstraint("device", "scope_id"),
    Index("ix_device_scope_scope_id", "scope_id"),
)

device_lane = Table(
    "device_lane",
    metadata,
    Column("device", Uuid, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("lane_epoch", Uuid, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("device", "lane"),
)

op_log = Table(
    "op_log",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("device", Uuid, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("lane_epoch", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("agg_id", Uuid, nullable=False),
    Column("rec_id", Uuid, nullable=False),
    Column("type", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Uuid, nullable=False),
    Column("hlc", Text, nullable=False),
    Column("received_at", _MOMENT, nullable=False),
    Column("base_rev", BigInteger),
    Column("patch", JSONB),
    Column("overwritten", JSONB),
    Column("result", JSONB, nullable=False),
    Column("sent", Text),
    Index("ix_op_log_lane", "device", "lane_epoch", "lane", "seq"),
    Index("ix_op_log_agg_id", "agg_id"),
    postgresql_partition_by="RANGE (op_id)",
)

aggregate = Table(
    "aggregate",
    metadata,
    Column("agg_id", Uuid, primary_key=True),
    Column("home_org", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_due", _MOMENT),
    Index("ix_aggregate_next_due", "next_due", postgresql_where=text("next_due IS NOT NULL")),
)

agg_alias = Table(
    "agg_alias",
    metadata,
    Column("old", Uuid, primary_key=True),
    Column("new", Uuid, nullable=False),
)

record = Table(
    "record",
    metadata,
    Column("agg_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("type", SmallInteger, nullable=False),
    Column("cls", SmallInteger, nullable=False),
    Column("owner", Uuid, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("fstamp", JSONB, nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Column("chash", LargeBinary, nullable=False),
    Column("last_op", Uuid, nullable=False),
    PrimaryKeyConstraint("agg_id", "id"),
    Index("ix_record_id", "id"),
    Index("ix_record_reference", "type", postgresql_where=text("type < 10")),
    postgresql_partition_by="HASH (agg_id)",
)

op_overwritten = Table(
    "op_overwritten",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("received_at", _MOMENT, nullable=False),
    Index("ix_op_overwritten_received_at", "received_at"),
)

directory_change = Table(
    "directory_change",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("at", _MOMENT, nullable=False),
    Column("orgs", ARRAY(Uuid), nullable=False),
    Column("seen", Uuid),
)

card_key = Table(
    "card_key",
    metadata,
    Column("agg_id", Uuid, nullable=False),
    Column("org", Uuid, nullable=False),
    Column("keys", ARRAY(LargeBinary), nullable=False),
    PrimaryKeyConstraint("agg_id", "org"),
    Index("ix_card_key_keys", "keys", postgresql_using="gin"),
)

pair_due = Table(
    "pair_due",
    metadata,
    Column("agg_id", Uuid, primary_key=True),
    Column("noted", Uuid, nullable=False),
)

pair_told = Table(
    "pair_told",
    metadata,
    Column("agg_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    PrimaryKeyConstraint("agg_id", "id"),
)

pair_secret = Table(
    "pair_secret",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("secret", LargeBinary, nullable=False),
)

consent_line = Table(
    "consent_line",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("event", Uuid, nullable=False),
    Column("agg_id", Uuid, nullable=False),
    Column("org", Uuid),
    Column("purpose", Text),
    Column("decision", Text, nullable=False),
    Column("scope", Text),
    Column("withheld", ARRAY(Text), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("ends_on", Date),
    Column("cites", ARRAY(Uuid), nullable=False),
    Column("voided", Boolean, nullable=False),
    Column("occurred_at", _MOMENT, nullable=False),
    Column("recorded_at", _MOMENT, nullable=False),
    Column("op_id", Uuid, nullable=False),
    PrimaryKeyConstraint("agg_id", "id"),
)

visibility = Table(
    "visibility",
    metadata,
    Column("agg_id", Uuid, nullable=False),
    Column("scope_id", Uuid, nullable=False),
    Column("owner", Uuid, nullable=False),
    Column("cls", SmallInteger, nullable=False),
    Column("until", _MOMENT),
    PrimaryKeyConstraint("agg_id", "scope_id", "owner", "cls"),
)

scope = Table(
    "scope",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("org", Uuid),
    Index("ix_scope_org", "org"),
)

feed_head = Table(
    "feed_head",
    metadata,
    Column("scope_id", Uuid, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("s0", BigInteger, nullable=False),
    Column("s1", BigInteger, nullable=False),
    Column("s2", BigInteger, nullable=False),
    Column("s3", BigInteger, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("scope_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("agg_id", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("op", CHAR(1), nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("dev", Uuid),
    Column("h", LargeBinary, nullable=False),
    Column("why", Text),
    PrimaryKeyConstraint("scope_id", "id"),
    Index(
        "uq_feed_scope_id_seq",
        "scope_id",
        "seq",
        unique=True,
        postgresql_include=["id", "agg_id", "op", "rev", "dev"],
    ),
    postgresql_partition_by="HASH (scope_id)",
)

drop_notice = Table(
    "drop_notice",
    metadata,
    Column("scope_id", Uuid, nullable=False),
    Column("agg_id", Uuid, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("op_id", Uuid, nullable=False),
    Column("home_org", Uuid, nullable=False),
    PrimaryKeyConstraint("scope_id", "agg_id", "seq"),
    Index("ix_drop_notice_agg_id", "agg_id"),
)

enrol_code = Table(
    "enrol_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Uuid), nullable=False),
    Column("users", JSONB, nullable=False),
    Column("made_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("used_at", _MOMENT),
    Column("device", Uuid),
    Column("enrol_nonce", Text),
)

access_token = Table(
    "access_token",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("device", Uuid, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Index("ix_access_token_device", "device"),
)

proof_seen = Table(
    "proof_seen",
    metadata,
    Column("device", Uuid, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    PrimaryKeyConstraint("device", "nonce"),
    prefixes=["UNLOGGED"],
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", LargeBinary, nullable=False),
    Column("org", Uuid, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("stale", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("sha256", "org"),
    Index("ix_blob_stale", "at", postgresql_where=text("stale")),
)

blob_use = Table(
    "blob_use",
    metadata,
    Column("sha256", LargeBinary, nullable=False),
    Column("agg_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    PrimaryKeyConstraint("sha256", "agg_id", "id"),
    Index("ix_blob_use_id", "id"),
)

revocation = Table(
    "revocation",
    metadata,
    Column("device", Uuid, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("wipe", Boolean, nullable=False),
    Column("rescue", Boolean, nullable=False),
    Column("ordered_at", _MOMENT, nullable=False),
    Column("told_at", _MOMENT),
    Column("done_at", _MOMENT),
    Column("done", JSONB),
)

colleague_key = Table(
    "colleague_key",
    metadata,
    Column("device", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("exchange", LargeBinary, nullable=False),
    Column("sig", LargeBinary, nullable=False),
    Column("at", _MOMENT, nullable=False),
)

rescue = Table(
    "rescue",
    metadata,
    Column("device", Uuid, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("org", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("received_at", _MOMENT, nullable=False),
    Column("imported_at", _MOMENT),
)
