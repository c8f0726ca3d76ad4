"""The rule of access asks for each row by index, and never reads the whole list of who sees what.

An EXISTS may be answered from a hash of its whole table, and from some tens of thousands of rows on the planner chose
so: each page and each push then read all of `visibility`. A value is looked up where it is asked for.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

READS = (
    "agg_id = ANY ((SELECT app_uuids('app.aggs'))::uuid[]) OR"
    " (SELECT TRUE FROM visibility v WHERE v.agg_id = record.agg_id AND v.owner = record.owner AND v.cls = record.cls"
    " AND v.scope_id = ANY ((SELECT app_uuids('app.scopes'))::uuid[]) AND (v.until IS NULL OR v.until > now()) LIMIT 1)"
)


def upgrade() -> None:
    """Say the same rule as a value; what a row may be written as stays as it is."""
    op.execute(f"ALTER POLICY service ON record USING ({READS})")
