"""What people add to the figures gets its tables, and triggers that tell when it has to be taken anew."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE figure_stale (
        agg_id BLOB NOT NULL,
        PRIMARY KEY (agg_id)
    )
    """,
    """
    CREATE TABLE figure_person (
        agg_id BLOB NOT NULL,
        scopes VARCHAR NOT NULL,
        addends VARCHAR NOT NULL,
        PRIMARY KEY (agg_id)
    )
    """,
    """
    CREATE TABLE figure_sum (
        scope VARCHAR NOT NULL,
        what VARCHAR NOT NULL,
        "key" VARCHAR NOT NULL,
        month VARCHAR NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (scope, what, "key", month)
    )
     WITHOUT ROWID
    """,
)

COUNTED = (
    "person",
    "stay",
    "consent_event",
    "referral",
    "referral_event",
    "mentee_profile",
    "goal",
    "match",
    "match_event",
    "session",
    "pulse_answer",
    "outcome_measure",
)
ADDENDS = (
    "SELECT s.value, a.value ->> 0, a.value ->> 1, a.value ->> 2, {sign}(a.value ->> 3)"
    " FROM json_each({row}.scopes) s, json_each({row}.addends) a WHERE true"
)
ADD_UP = (
    "INSERT INTO figure_sum(scope, what, key, month, count) {addends}"
    " ON CONFLICT DO UPDATE SET count = count + excluded.count;"
)
SUMS = (
    "CREATE TRIGGER figure_added AFTER INSERT ON figure_person BEGIN "
    + ADD_UP.format(addends=ADDENDS.format(sign="+", row="NEW"))
    + " END",
    "CREATE TRIGGER figure_taken AFTER DELETE ON figure_person BEGIN "
    + ADD_UP.format(addends=ADDENDS.format(sign="-", row="OLD"))
    + " DELETE FROM figure_sum WHERE count = 0 AND (scope, what, key, month) IN"
    + " (SELECT s.value, a.value ->> 0, a.value ->> 1, a.value ->> 2"
    + " FROM json_each(OLD.scopes) s, json_each(OLD.addends) a); END",
)
MARK = "INSERT INTO figure_stale(agg_id) VALUES ({row}.agg_id) ON CONFLICT DO NOTHING;"
FORGET = "DELETE FROM figure_person WHERE agg_id = OLD.agg_id;"


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (*TABLES, *SUMS):
        connection.exec_driver_sql(statement.strip())
    for table in COUNTED:
        old, new = MARK.format(row="OLD"), MARK.format(row="NEW")
        for when, then in (("insert", new), ("update", f"{old} {new}"), ("delete", f"{old} {FORGET}")):
            connection.exec_driver_sql(
                f'CREATE TRIGGER stale_{table}_{when} AFTER {when.upper()} ON "{table}" BEGIN {then} END'
            )
    for table in ("person", "mentee_profile"):
        # Those who are here already are counted when somebody first looks.
        connection.exec_driver_sql(
            f"INSERT INTO figure_stale(agg_id) SELECT DISTINCT agg_id FROM {table} WHERE true ON CONFLICT DO NOTHING"
        )
    connection.exec_driver_sql("UPDATE identity SET schema = 7")
