"""Mentoring: profiles, goals, matches with their steps, calls and answers, and the card a volunteer holds."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = (
    "mentor_profile",
    "mentee_profile",
    "goal",
    "match",
    "match_event",
    "session",
    "pulse_answer",
    "match_card",
)

TABLES = (
    """
    CREATE TABLE mentor_profile (
        status VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.status')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_mentor_profile_agg_id ON mentor_profile (agg_id)
    """,
    """
    CREATE INDEX ix_mentor_profile_status ON mentor_profile (status)
    """,
    """
    CREATE TABLE mentee_profile (
        status VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.status')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_mentee_profile_agg_id ON mentee_profile (agg_id)
    """,
    """
    CREATE INDEX ix_mentee_profile_status ON mentee_profile (status)
    """,
    """
    CREATE TABLE goal (
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_goal_agg_id ON goal (agg_id)
    """,
    """
    CREATE TABLE "match" (
        state VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.state')) VIRTUAL,
        mentor BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.mentor'), '-')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_match_agg_id ON "match" (agg_id)
    """,
    """
    CREATE INDEX ix_match_mentor ON "match" (mentor, state)
    """,
    """
    CREATE TABLE match_event (
        "match" BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.match'), '-')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_match_event_agg_id ON match_event (agg_id)
    """,
    """
    CREATE INDEX ix_match_event_of ON match_event ("match")
    """,
    """
    CREATE TABLE session (
        "match" BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.match'), '-')) VIRTUAL,
        at VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.at')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_session_agg_id ON session (agg_id)
    """,
    """
    CREATE INDEX ix_session_of ON session ("match", at)
    """,
    """
    CREATE TABLE pulse_answer (
        "match" BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.match'), '-')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_pulse_answer_agg_id ON pulse_answer (agg_id)
    """,
    """
    CREATE INDEX ix_pulse_answer_of ON pulse_answer ("match")
    """,
    """
    CREATE TABLE match_card (
        state VARCHAR GENERATED ALWAYS AS (json_extract(body, '$.state')) VIRTUAL,
        rid INTEGER NOT NULL,
        agg_id BLOB NOT NULL,
        body VARCHAR NOT NULL,
        org BLOB GENERATED ALWAYS AS (unhex(json_extract(body, '$.org'), '-')) VIRTUAL,
        PRIMARY KEY (rid)
    )
    """,
    """
    CREATE INDEX ix_match_card_agg_id ON match_card (agg_id)
    """,
)

# What an older program kept unread is read from now on.
READ_NOW = """
INSERT INTO "{kind}" (rid, agg_id, body)
SELECT m.rid, u.agg_id, u.body FROM unknown_record u JOIN rec_meta m ON m.id = u.id WHERE u.type = '{kind}'
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in TABLES:
        connection.exec_driver_sql(statement.strip())
    for kind in KINDS:
        connection.exec_driver_sql(READ_NOW.format(kind=kind).strip())
        connection.exec_driver_sql("DELETE FROM unknown_record WHERE type = ?", (kind,))
    connection.exec_driver_sql("UPDATE identity SET schema = 4")
