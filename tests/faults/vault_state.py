"""What a vault holds, without the few marks that an attempt may leave."""

from __future__ import annotations

from hashlib import sha256

from tests.sync.alliance import Enrolled

MARKS_OF_AN_ATTEMPT = {
    "sync_device": {"last_trouble", "last_trouble_at"},
    # Numbers are given and written down before the first byte leaves.
    "outbox": {"state", "lane_seq", "tries"},
    "lane": {"next_seq"},
}
"""Columns that a failed attempt may change; everything else may not."""

SETTINGS_OF_AN_ATTEMPT = "WHERE name <> 'last_trouble_at'"


def state_of(laptop: Enrolled) -> dict[str, str]:
    """Return a fingerprint of every table."""
    found = {}
    with laptop.vault.writing() as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for table in connection.exec_driver_sql(names).scalars().all():
            only = SETTINGS_OF_AN_ATTEMPT if table == "setting" else ""
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}" {only}')
            kept = [column for column in rows.keys() if column not in MARKS_OF_AN_ATTEMPT.get(table, set())]  # noqa: SIM118
            lines = sorted(repr([row._mapping[column] for column in kept]) for row in rows)
            found[table] = sha256("\n".join(lines).encode()).hexdigest()
    return found
