"""What was answered here about conflicts and is not confirmed, and what somebody left for a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from app.domain.ids import UserId
from app.storage.digests import counted
from app.storage.find import index_people
from app.storage.outbox import restore_base

_ANSWERS = text(
    "SELECT seq, id, agg_id, patch, cites, state FROM outbox WHERE kind = 'resolve' AND state <> 'parked' ORDER BY seq"
)
_LEFT = "left_question/"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """One answer on its way: the value, and whether it has left this laptop already."""

    value: Any
    is_sent: bool


def answers(connection: Connection) -> Mapping[tuple[UUID, str], KeptAnswer]:
    """Return the answers that the central service has not confirmed, by conflict and field."""
    found = {}
    for row in connection.execute(_ANSWERS):
        for conflict, (name, value) in _answered(row):
            found[conflict, name] = KeptAnswer(value=value, is_sent=row.state != "new")
    return found


def take_back(connection: Connection, conflict: UUID, field: str) -> bool:
    """Forget an answer that has not left, and show the record as it stood; False when there is none or it left."""
    for row in connection.execute(_ANSWERS).all():
        if row.state == "new" and any(key == conflict and name == field for key, (name, _) in _answered(row)):
            connection.execute(text("DELETE FROM outbox WHERE seq = :seq"), {"seq": row.seq})
            with counted(connection, [row.id]):
                restore_base(connection, row.id)
            index_people(connection, {UUID(bytes=row.agg_id)})
            return True
    return False


def leave(connection: Connection, conflict: UUID, field: str, user: UserId) -> None:
    """Keep that somebody left a question for a colleague."""
    connection.execute(
        text("INSERT OR REPLACE INTO setting(name, value) VALUES (:name, '1')"), {"name": _name(conflict, field, user)}
    )


def take_up(connection: Connection, conflict: UUID, field: str, user: UserId) -> None:
    """Forget that somebody left a question."""
    connection.execute(text("DELETE FROM setting WHERE name = :name"), {"name": _name(conflict, field, user)})


def left(connection: Connection, user: UserId) -> frozenset[tuple[UUID, str]]:
    """Return the questions that somebody left, as conflict and field."""
    prefix = f"{_LEFT}{user}/"
    names = connection.execute(text("SELECT name FROM setting WHERE name GLOB :any"), {"any": f"{prefix}*"}).scalars()
    pairs = (name.removeprefix(prefix).split("/", 1) for name in names)
    return frozenset((UUID(conflict), field) for conflict, field in pairs)


def forget_told(connection: Connection, conflict: UUID) -> None:
    """Take off the list what told this laptop that its own change raised a question."""
    connection.execute(
        text("DELETE FROM attention WHERE reason = 'conflict' AND json_extract(detail, '$.conflict') = :conflict"),
        {"conflict": str(conflict)},
    )


def _answered(row: Any) -> list[tuple[UUID, tuple[str, Any]]]:
    chosen = msgspec.json.decode(row.patch).get("set", {})
    cited = msgspec.json.decode(row.cites or "[]")
    return [(UUID(conflict), item) for conflict in cited for item in chosen.items()]


def _name(conflict: UUID, field: str, user: UserId) -> str:
    return f"{_LEFT}{user}/{conflict}/{field}"
