"""The lists that pages show, each read in one query or a few, never one per row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from app.domain.codes import RecordType
from app.domain.ids import PersonId, RecordId
from app.storage.exchange import Json
from app.storage.file_queue import waiting_files


class Standing(StrEnum):
    """Where a record stands towards the central service."""

    ONLY_HERE = "only_here"
    SENT = "sent"
    RECEIVED = "received"


class PeopleFilter(StrEnum):
    """Which people a list shows."""

    ALL = "all"
    ON_WARD = "on_ward"
    GOING_HOME = "going_home"
    TO_ASK = "to_ask"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """One row of the list of people, as it is stored: bodies, not yet words.

    Attributes:
        rid: its row number.
        person: the person.
        body: the person's body, or the package of a referral when only referred here.
        is_referred: whether the person is known only through a referral.
        stay: the body of the open stay, if any.
        task: the body of the open task that is due first, if any.
        standing: whether anything about the person is only on this laptop.
    """

    rid: int
    person: PersonId
    body: Json
    is_referred: bool
    stay: Json
    task: Json
    standing: Standing


# CROSS JOIN and the plus settle that the few come first: left to itself SQLite walks everybody who is active.
_LISTS = {
    PeopleFilter.ALL: "SELECT rid FROM person WHERE status = 'active' ORDER BY sort_name",
    PeopleFilter.CLOSED: "SELECT rid FROM person WHERE status <> 'active' ORDER BY status, sort_name",
    PeopleFilter.ON_WARD: """
        SELECT p.rid FROM person p WHERE p.status = 'active'
           AND EXISTS (SELECT 1 FROM stay s WHERE s.agg_id = p.agg_id AND s.discharged_on IS NULL)
         ORDER BY p.sort_name""",
    PeopleFilter.GOING_HOME: """
        SELECT p.rid FROM stay s CROSS JOIN person p ON p.agg_id = s.agg_id
         WHERE s.discharged_on IS NULL AND s.expected_discharge_on IS NOT NULL AND +p.status = 'active'
           AND s.expected_discharge_on <= date(:on, '+14 days') ORDER BY s.expected_discharge_on, p.sort_name""",
    PeopleFilter.TO_ASK: """
        SELECT p.rid FROM task t CROSS JOIN person p ON p.agg_id = t.agg_id
         WHERE t.state = 'open' AND json_extract(t.body, '$.kind') = 'ask_again' AND t.due_on <= :on
           AND +p.status = 'active' GROUP BY p.rid ORDER BY min(t.due_on), p.sort_name""",
}
_REFERRED_ONLY = """
    SELECT min(r.rid) AS rid FROM referral r WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.agg_id = r.agg_id)
       AND json_extract(r.body, '$.state') NOT IN ('withdrawn', 'entered_in_error')
     GROUP BY r.agg_id ORDER BY lower(json_extract(r.body, '$.package.name.family_name'))"""

_ROWS = text(
    """
    SELECT m.rid, m.agg_id, m.type, coalesce(p.body, r.body),
           (SELECT s.body FROM stay s WHERE s.agg_id = m.agg_id AND s.discharged_on IS NULL
             ORDER BY s.rid DESC LIMIT 1),
           (SELECT t.body FROM task t WHERE t.agg_id = m.agg_id AND t.state = 'open' ORDER BY t.due_on LIMIT 1),
           (SELECT min(o.state) FROM outbox o WHERE o.agg_id = m.agg_id)
      FROM rec_meta m LEFT JOIN person p ON p.rid = m.rid LEFT JOIN referral r ON r.rid = m.rid
     WHERE m.rid IN (SELECT value FROM json_each(:rids))
    """
)


def people_ids(connection: Connection, shown: PeopleFilter, on: date) -> tuple[int, ...]:
    """Return the row numbers of a list of people, in its order; people only referred here come last."""
    own = _row_numbers(connection, _LISTS[shown], on)
    return own + _row_numbers(connection, _REFERRED_ONLY, on) if shown is PeopleFilter.ALL else own


def _row_numbers(connection: Connection, query: str, on: date) -> tuple[int, ...]:
    """Return the row numbers of a query as one JSON list: 100 000 take 25 ms, where row by row they take 90."""
    # SQLite keeps the order of an inner query for the aggregates that it matters to.
    listed = text(f"SELECT json_group_array(rid) FROM ({query})")  # noqa: S608
    found = connection.execute(listed, {"on": on.isoformat()} if ":on" in query else {}).scalar_one()
    return msgspec.json.decode(found, type=tuple[int, ...])


def people_rows(connection: Connection, rids: Sequence[int]) -> tuple[ListedPerson, ...]:
    """Return the people of some row numbers, in the order asked for; those gone meanwhile are left out."""
    found = {}
    for rid, agg, kind, body, stay, task, unsent in connection.execute(_ROWS, {"rids": _json(rids)}):
        decoded = msgspec.json.decode(body)
        found[rid] = ListedPerson(
            rid=rid,
            person=PersonId(UUID(bytes=agg)),
            body=decoded.get("package", {}) if kind == "referral" else decoded,
            is_referred=kind == "referral",
            stay=msgspec.json.decode(stay) if stay else {},
            task=msgspec.json.decode(task) if task else {},
            standing=standing_of(unsent),
        )
    return tuple(found[rid] for rid in rids if rid in found)


def standing_of(outbox_state: str | None) -> Standing:
    """Return the standing for the least advanced outbox state of a record; none means received."""
    match outbox_state:
        case None:
            return Standing.RECEIVED
        case "sent":
            return Standing.SENT
    return Standing.ONLY_HERE


def standings(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """Return where records stand; one that is not in the outbox has been received."""
    wanted = list(ids)
    rows = connection.execute(
        text("SELECT id, min(state) FROM outbox WHERE id IN (SELECT unhex(value) FROM json_each(:ids)) GROUP BY id"),
        {"ids": _json(record.hex for record in wanted)},
    )
    unsent = {UUID(bytes=record): standing_of(state) for record, state in rows}
    return {record: unsent.get(record, Standing.RECEIVED) for record in wanted}


def person_standing(connection: Connection, person: PersonId) -> Standing:
    """Return whether anything about a person is only on this laptop."""
    state = connection.execute(
        text("SELECT min(state) FROM outbox WHERE agg_id = :person"), {"person": person.bytes}
    ).scalar_one()
    return standing_of(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOp:
    """One change that is not confirmed."""

    record_type: str
    record: RecordId
    person: UUID
    kind: str
    made_at: int
    state: str


def waiting_ops(connection: Connection, most: int = 500) -> tuple[WaitingOp, ...]:
    """Return the unconfirmed changes that a person would recognise, oldest first: audit entries are left out."""
    rows = connection.execute(
        text(
            "SELECT type, id, agg_id, kind, made_at, state FROM outbox"
            " WHERE type NOT IN ('audit_entry', 'audit_subject') ORDER BY seq LIMIT :most"
        ),
        {"most": most},
    )
    return tuple(
        WaitingOp(
            record_type=row.type,
            record=RecordId(UUID(bytes=row.id)),
            person=UUID(bytes=row.agg_id),
            kind=row.kind,
            made_at=row.made_at,
            state=row.state,
        )
        for row in rows
    ) + _waiting_files(connection)


def _waiting_files(connection: Connection) -> tuple[WaitingOp, ...]:
    """Return the files whose records are confirmed and whose bytes are not."""
    return tuple(
        WaitingOp(
            record_type=RecordType.ATTACHMENT,
            record=record,
            person=person,
            kind="append",
            # An id of version 7 begins with the moment it was made (RFC 9562, 5.7).
            made_at=record.int >> 80,
            state="sent" if is_sending else "new",
        )
        for record, person, is_sending in waiting_files(connection)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionItem:
    """Something a person has to look at."""

    id: RecordId
    record: UUID | None
    reason: str
    detail: Json
    created: int


_PARKED = text(
    """
    SELECT a.id AS item, o.type, o.patch FROM attention a JOIN outbox x ON x.op_id = a.op_id
      JOIN outbox o ON o.agg_id = x.agg_id AND o.state = 'parked' WHERE a.reason = 'parked' ORDER BY o.seq
    """
)
_ATTENTION = text(
    """
    SELECT id, rec_id, reason, detail, created FROM attention
     WHERE reason <> 'conflict' OR NOT EXISTS (SELECT 1 FROM rec_meta m WHERE m.type = 'conflict'
           AND m.id = unhex(json_extract(attention.detail, '$.conflict'), '-'))
     ORDER BY created
    """
)


def attention_items(connection: Connection) -> tuple[AttentionItem, ...]:
    """Return what needs somebody, oldest first; a question that arrived is asked by its own record."""
    rows = connection.execute(_ATTENTION)
    return tuple(
        AttentionItem(
            id=RecordId(UUID(bytes=row.id)),
            record=None if row.rec_id is None else UUID(bytes=row.rec_id),
            reason=row.reason,
            detail=msgspec.json.decode(row.detail),
            created=row.created,
        )
        for row in rows
    )


def parked_patches(connection: Connection) -> list[tuple[UUID, str, Json]]:
    """Return what was set aside, in its order: the attention item that speaks of it, the kind of record, the patch."""
    rows = connection.execute(_PARKED)
    return [(UUID(bytes=row.item), row.type, msgspec.json.decode(row.patch)) for row in rows]


def drop_attention(connection: Connection, item: UUID) -> None:
    """Take an item off the list once somebody has answered it."""
    connection.execute(text("DELETE FROM attention WHERE id = :id"), {"id": item.bytes})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDraft:
    """What was typed and not recorded."""

    page: str
    subject: UUID | None
    values: Json
    saved_at: int


def drafts(connection: Connection, owner: UUID) -> tuple[KeptDraft, ...]:
    """Return one person's drafts, newest first."""
    rows = connection.execute(
        text("SELECT page, subject, body, saved_at FROM draft WHERE owner = :owner ORDER BY saved_at DESC"),
        {"owner": owner.bytes},
    )
    return tuple(
        KeptDraft(
            page=row.page,
            subject=None if row.subject is None else UUID(bytes=row.subject),
            values=msgspec.json.decode(row.body),
            saved_at=row.saved_at,
        )
        for row in rows
    )


_TASKS = text(
    """
    SELECT m.id, t.body FROM task t CROSS JOIN rec_meta m ON m.rid = t.rid
     WHERE t.state = 'open' AND t.due_on <= :until ORDER BY t.due_on, t.rid LIMIT 500
    """
)


def open_tasks(connection: Connection, until: date) -> list[tuple[bytes, str]]:
    """Return id and body of open tasks due by a day, soonest first."""
    return [(row[0], row[1]) for row in connection.execute(_TASKS, {"until": until.isoformat()})]


_REFERRALS = text(
    """
    SELECT m.id, r.body FROM referral r CROSS JOIN rec_meta m ON m.rid = r.rid
     WHERE (:to_org IS NULL OR r.to_org = :to_org) AND (:from_org IS NULL OR r.org = :from_org)
     ORDER BY m.id DESC LIMIT 2000
    """
)


def referrals(
    connection: Connection, *, to_org: UUID | None = None, from_org: UUID | None = None
) -> list[tuple[bytes, str]]:
    """Return id and body of referrals to or from an organisation, newest first."""
    rows = connection.execute(
        _REFERRALS,
        {"to_org": to_org and to_org.bytes, "from_org": from_org and from_org.bytes},
    )
    return [(row[0], row[1]) for row in rows]


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
