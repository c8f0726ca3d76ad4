"""Mentors around a push: whose lock a step of a match needs, and over which mentees a mentor's matches are spread."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from app.domain.codes import MentorStatus, OpKind, RecordType
from app.domain.mentor_view import mentor_scope
from sync.central.database import PgConnection
from sync.central.scopes import scope_id
from sync.protocol.messages import OpLine

_STEPS = frozenset({RecordType.MATCH, RecordType.MATCH_CARD})


def mentors_of(ops: Iterable[OpLine]) -> set[UUID]:
    """Return the mentors whose matches move: each counts as an aggregate and is locked with the others (sync.md 4)."""
    named = (op.changes.get("event") for op in ops if op.kind == OpKind.TRANSITION and op.record_type in _STEPS)
    found = (_id(event.get("mentor")) for event in named if isinstance(event, dict))
    return {mentor for mentor in found if mentor is not None} | leaving(ops)


def leaving(ops: Iterable[OpLine]) -> set[UUID]:
    """Return the mentors of whom an op says that they leave."""
    return {
        op.agg_id
        for op in ops
        if op.record_type == RecordType.MENTOR_PROFILE and op.changes.get("status") == MentorStatus.LEFT
    }


def places_of(connection: PgConnection, mentors: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """Return the states of each mentor's matches, by match; their lock must be held, or another may add one."""
    places: dict[UUID, dict[UUID, str]] = {mentor: {} for mentor in mentors}
    for mentor, _, _, match, state in _matches(connection, mentors):
        places.setdefault(mentor, {})[match] = state
    return places


def mentees_of(connection: PgConnection, mentor: UUID) -> dict[UUID, UUID]:
    """Return the people whom a mentor's laptop holds, with the organisation that registered each."""
    return {agg_id: home_org for _, agg_id, home_org, _, _ in _matches(connection, [mentor])}


def _matches(connection: PgConnection, mentors: Collection[UUID]) -> list[tuple[UUID, UUID, UUID, UUID, str]]:
    if not mentors:
        return []
    scopes = [scope_id(mentor_scope(mentor)) for mentor in mentors]
    return connection.execute(
        "SELECT mentor, agg_id, home_org, match, state FROM mentor_matches(%s)", (scopes,)
    ).fetchall()


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
