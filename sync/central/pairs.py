"""What cards are found by, and the question that is asked of both charities whose records may be of one person.

Writing only: `pair_finding` says when (`domain.md` 8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.bodies import Body
from app.domain.clocks import london_day
from app.domain.codes import RecordType, Role, SameDecision, TaskKind, TaskState
from app.domain.ids import OrganisationId, PersonId, RecordId
from app.domain.person_merge import SamePerson
from app.domain.task import Task
from app.domain.two_homes import card_keys
from sync.central.consequences import Outcome
from sync.central.database import PgConnection
from sync.central.joining import ACTIVE
from sync.central.overlay import Locked, Overlay, Row
from sync.central.service_records import derived_id, service_header
from sync.central.storing import as_json

ASK_WITHIN = timedelta(days=7)
"""Five working days for a coordinator to decide (`domain.md` 4.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a pair stands for one of the two charities.

    Attributes:
        person: the record of its own.
        other: the other charity's.
        ask: its coordinator shall decide.
        agreed: both charities say that it is one person.
    """

    person: PersonId
    other: PersonId
    ask: bool = False
    agreed: bool = False


def note_cards(connection: PgConnection, outcomes: Iterable[Outcome], *, always: bool) -> None:
    """Write down what cards are found by now, and whose pairs have to be looked at.

    Args:
        connection: of the write transaction.
        outcomes: what it brought about.
        always: look at every card, not only at those that changed.
    """
    cards: list[dict[str, Any]] = []
    changed: set[UUID] = set()
    for outcome in outcomes:
        aggregate = outcome.aggregate
        rows = aggregate.changed()
        wanted = list(aggregate.rows.values()) if always or aggregate.is_joined else rows
        cards += [_found(aggregate, row) for row in wanted if row.type is RecordType.SHARE_CARD]
        if aggregate.is_joined or any(row.type is RecordType.SAME_PERSON for row in rows):
            changed.add(aggregate.agg_id)
    if cards or changed:
        connection.execute("SELECT note_cards(%s::jsonb, %b)", (as_json(cards), sorted(changed)))


def settle_pair(overlay: Overlay, aggregate: Locked, asking: Asking, *, now: datetime) -> None:
    """Ask about a pair or take the question back, and note that both agree or do not any more."""
    if not aggregate.opened or aggregate.state != ACTIVE:
        return
    asked = [row for row in aggregate.of_type(RecordType.TASK) if _asks(row.body, asking)]
    waiting = [row for row in asked if _state(row) is TaskState.OPEN]
    if not asking.ask:
        for row in waiting:
            overlay.revise(row, {**row.body, "state": TaskState.DROPPED.value}, op=row.id)
    elif not waiting and _may_ask(aggregate, asked, asking):
        task = Task(
            **service_header(_question(asking, len(asked)), org=_home(aggregate), now=now),
            kind=TaskKind.POSSIBLE_SAME_PERSON,
            person=asking.person,
            subject=RecordId(asking.other),
            for_role=Role.COORDINATOR,
            due_on=london_day(now) + ASK_WITHIN,
        )
        overlay.insert_record(aggregate.agg_id, task, op=task.id)
    _note_agreement(overlay, aggregate, asking, now=now)


def _note_agreement(overlay: Overlay, aggregate: Locked, asking: Asking, *, now: datetime) -> None:
    note_id = derived_id(asking.person, "same_person", asking.other)
    row = aggregate.rows.get(note_id)
    if row is not None:
        body = {name: value for name, value in row.body.items() if name != "archived"}
        overlay.revise(row, body if asking.agreed else {**body, "archived": True}, op=row.id)
    elif asking.agreed:
        note = SamePerson(
            **service_header(note_id, org=_home(aggregate), now=now),
            person=asking.person,
            other_person=asking.other,
            decision=SameDecision.SAME,
        )
        overlay.insert_record(aggregate.agg_id, note, op=note.id)


def _found(aggregate: Locked, row: Row) -> dict[str, Any]:
    """Return what a card is found by; nobody finds what is left of a person who is part of another, or was erased."""
    keys = card_keys(row.body.get("fields", {})) if aggregate.state == ACTIVE else ()
    return {
        "agg_id": aggregate.agg_id,
        "home": aggregate.home_org,
        "org": row.body["receiver"],
        "keys": sorted(keys),
    }


def _may_ask(aggregate: Locked, asked: list[Row], asking: Asking) -> bool:
    """Answer whether a question is a new one: who ticked one off without deciding is not asked again and again."""
    no = (str(asking.other), SameDecision.NOT_SAME.value)
    said = [(row.body["other_person"], row.body["decision"]) for row in aggregate.of_type(RecordType.SAME_PERSON)]
    return sum(_state(row) is TaskState.DONE for row in asked) <= said.count(no)


def _asks(body: Body, asking: Asking) -> bool:
    return (body["kind"], body.get("subject")) == (TaskKind.POSSIBLE_SAME_PERSON.value, str(asking.other))


def _state(row: Row) -> TaskState:
    return TaskState(row.body.get("state", TaskState.OPEN))


def _question(asking: Asking, before: int) -> RecordId:
    return derived_id(asking.person, "pair", asking.other, str(before))


def _home(aggregate: Locked) -> OrganisationId:
    return aggregate.home_org
