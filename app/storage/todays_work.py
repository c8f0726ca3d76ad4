"""What one person made on this laptop since a moment: read by its ids, which sort by time, never by a walk over all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.bodies import record_of
from app.domain.ids import OrganisationId, UserId
from app.domain.record import Record
from app.domain.referral import Referral
from app.storage.reader import TABLES

R = TypeVar("R", bound=Record)


def made_since(connection: Connection, kind: type[R], since: datetime, by: UserId) -> tuple[R, ...]:
    """Return the records of one kind that somebody made since `since` (aware), oldest first."""
    # The first id of that millisecond (RFC 9562, 5.7): ids are unique and indexed, so only newer rows are read.
    first = (int(since.timestamp() * 1000) << 80).to_bytes(16, "big")
    rows = connection.exec_driver_sql(
        f'SELECT m.id, t.body FROM rec_meta m CROSS JOIN "{TABLES[kind.TYPE]}" t ON t.rid = m.rid'  # noqa: S608
        " WHERE m.id >= ? AND m.type = ? ORDER BY m.id",
        (first, kind.TYPE.value),
    )
    found = (record_of(kind, UUID(bytes=key), msgspec.json.decode(body)) for key, body in rows)
    return tuple(record for record in found if record.created_by == by and record.created_at >= since)


def kept_referrals(connection: Connection, org: OrganisationId, by: UserId) -> tuple[Referral, ...]:
    """Return the referrals of one person that the gate held back and that are still drafts, oldest first."""
    rows = connection.exec_driver_sql(
        "SELECT m.id, r.body FROM referral r CROSS JOIN rec_meta m ON m.rid = r.rid"
        " WHERE r.state = 'draft' AND r.org = ? ORDER BY m.id",
        (org.bytes,),
    )
    found = (record_of(Referral, UUID(bytes=key), msgspec.json.decode(body)) for key, body in rows)
    return tuple(referral for referral in found if referral.created_by == by)


def newest_unconfirmed(connection: Connection) -> datetime | None:
    """Return when the newest change was made that the service has not confirmed, None when there is none."""
    newest = connection.exec_driver_sql(
        "SELECT max(made_at) FROM outbox WHERE type NOT IN ('audit_entry', 'audit_subject')"
    ).scalar()
    return None if newest is None else datetime.fromtimestamp(newest / 1000, tz=UTC)


def audited_words(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return the words behind entries of the audit chain, by their number; they never leave the vault."""
    rows = connection.exec_driver_sql(
        "SELECT seq, detail FROM audit_detail WHERE seq IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(list(numbers)).decode(),),
    )
    return {row[0]: row[1] for row in rows}
