"""Tasks: something that waits for someone, with a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.domain.codes import RecordType, Role, TaskKind, TaskState
from app.domain.ids import AggregateId, PersonId, RecordId, UserId
from app.domain.record import Cls, Fixed, Line, Lww, Record, Text

OF_THE_ORGANISATION = frozenset(
    {TaskKind.CONFIRM_STOP, TaskKind.ACCESS_REQUEST, TaskKind.ERASURE_REQUEST, TaskKind.OVERRIDE_REVIEW}
)
"""Tasks of the data protection lead: they outlive the person's record on the organisation's laptops."""

ASK_ABOUT_ALL = "any"
"""The rule of a reminder to ask somebody again about everything; whatever they then answer is the answer to it."""

CHECKS_RUN_OUT = "checks"
"""The rule of a coordinator's reminder that a check of a mentor runs out; `person` is the mentor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Record):
    """One thing to do, for a role, a team or a person; `done` and `dropped` are final."""

    TYPE = RecordType.TASK
    CLS = Cls.OWN

    kind: Fixed[TaskKind]
    person: Fixed[PersonId | None] = None
    subject: Fixed[RecordId | None] = None
    rule: Fixed[Annotated[str, Line(60)]] = ""
    for_role: Lww[Role | None] = None
    for_team: Lww[Annotated[str | None, Line(60)]] = None
    for_user: Lww[UserId | None] = None
    due_on: Lww[date]
    note: Lww[Annotated[str, Text(300)]] = ""
    state: Lww[TaskState] = TaskState.OPEN

    @property
    def aggregate(self) -> AggregateId:
        """The person's, except for the data protection lead's tasks, which are the organisation's.

        A request for access is the person's too: while it is open, it opens all of the record to the lead.
        """
        if self.person is None or self.kind in OF_THE_ORGANISATION - {TaskKind.ACCESS_REQUEST}:
            return AggregateId(self.org)
        return AggregateId(self.person)
