"""Questions that two different writings of one field raised: seen, answered one at a time, taken back until sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.access import op_permitted
from app.domain.actor import Actor
from app.domain.bodies import KINDS
from app.domain.clocks import parse_partial
from app.domain.codes import AuditAction, OpKind, RecordType, TaskKind, TaskState
from app.domain.conflict import Clash, Conflict
from app.domain.formats import health_digits, nhs_number
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.record import Merge, Text, field_rules
from app.domain.record_rules import record_name
from app.domain.task import Task
from app.domain.tidying import tidy_line, tidy_text
from app.domain.user import User
from app.errors import BadTransitionError, NotFoundError, NotPermittedError
from app.storage import questions
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.names import names_of

_HEALTH_NUMBERS = frozenset({"nhs_number", "chi_number", "hsc_number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One of the two values.

    Attributes:
        value: as it stands in a body, None for "empty".
        by: who wrote it, as colleagues know them; empty when not known here.
        is_mine: the reader wrote it.
        at: when it was written.
    """

    value: Any
    by: str
    is_mine: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field that two people wrote differently.

    Attributes:
        conflict: the conflict it belongs to.
        record_type, record, field: what was written twice.
        is_text: it holds paragraphs, which are shown side by side.
        person_id, person_name: whom it is about, when held here.
        first: what stands until somebody chooses.
        second: what arrived second.
        before: of a text, what both began with; None where it is not known.
        at: when the question arose.
        answer: what was chosen here and is not sent yet, with `is_answered`.
        is_answered: it was answered here and can be taken back until it is sent.
        is_sent: its answer is on its way and cannot be taken back.
        is_left: the reader left it for a colleague.
        may_answer: the reader's role may change the field.
    """

    conflict: RecordId
    record_type: RecordType
    record: RecordId
    field: str
    is_text: bool
    person_id: PersonId | None
    person_name: str
    first: Wording
    second: Wording
    at: datetime
    before: str | None = None
    answer: Any = None
    is_answered: bool = False
    is_sent: bool = False
    is_left: bool = False
    may_answer: bool = True

    @property
    def waits_for_me(self) -> bool:
        """Whether the reader is asked: nobody answered, and they did not leave it."""
        return not (self.is_answered or self.is_left)


def questions_for(vault: Vault, *, actor: Actor) -> tuple[Question, ...]:
    """Return the open questions, those that wait for this person first, then oldest first."""
    with vault.reading() as read:
        found = _open(read, actor)
    return tuple(sorted(found, key=lambda question: (not question.waits_for_me, question.at, question.field)))


def waiting_for(read: Reader, actor: Actor) -> int:
    """Return how many questions wait for this person."""
    return sum(question.waits_for_me for question in _open(read, actor))


def answer(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str, chosen: Any) -> None:
    """Answer one question with one of the two values or a third; the first answer of all counts.

    Raises:
        BadInputError: the field refuses the value.
        BadTransitionError: `conflict.answered`: it was answered already.
        NotFoundError: the conflict is not held.
        NotPermittedError: the role may not change the field.
    """
    with vault.transaction(actor=actor, now=now) as work:
        conflict = work.get(Conflict, conflict_id)
        if not _may_answer(conflict, field, actor):
            raise NotPermittedError
        asked = conflict.fields.get(field)
        if asked is None:
            raise NotFoundError("conflict.not_found")
        if not asked.is_open or (conflict_id, field) in questions.answers(work.connection):
            raise BadTransitionError("conflict.answered")
        work.resolve(conflict, field, chosen)
        for task in _promises(work, conflict):
            work.change(Task, task.id, fields={"state": TaskState.DONE})
        questions.take_up(work.connection, conflict_id, field, actor.user)
        questions.forget_told(work.connection, conflict_id)
        work.audit(AuditAction.CHANGE, person=conflict.person, reason="conflict")


def read_typed(question: Question, typed: str | tuple[str, str, str], *, on: date) -> str | None:
    """Return a third value as it is stored, from what somebody typed; None when nothing was.

    Args:
        question: what it answers.
        typed: a line or paragraphs, a code, or day, month and year.
        on: today.

    Raises:
        BadInputError: the field refuses it.
    """
    kind = KINDS[question.record_type]
    rule = field_rules(kind)[question.field]
    place = {"record": record_name(kind), "field": question.field}
    if isinstance(typed, tuple) or rule.is_partial_date:
        return parse_partial(typed, **place, on=on)
    if question.field in _HEALTH_NUMBERS:
        return _health_number(question.field, typed) if typed.strip() else None
    tidied = tidy_text(typed, **place) if isinstance(rule.shape, Text) else tidy_line(typed, **place)
    return tidied or None


def take_back(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str) -> None:
    """Take an answer back that has not left this laptop; the record shows again what stood.

    Raises:
        BadTransitionError: `conflict.sent`: it is on its way.
    """
    with vault.transaction(actor=actor, now=now) as work:
        conflict = work.get(Conflict, conflict_id)
        if not questions.take_back(work.connection, conflict_id, field):
            raise BadTransitionError("conflict.sent")
        work.changed |= {RecordType.CONFLICT, conflict.record_type}
        work.audit(AuditAction.CHANGE, person=conflict.person, reason="conflict")


def leave(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str) -> None:
    """Leave a question for a colleague: it stays open for everybody and is no longer asked of this person."""
    with vault.transaction(actor=actor, now=now) as work:
        work.get(Conflict, conflict_id)
        questions.leave(work.connection, conflict_id, field, actor.user)


def ask_first(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str, note: str) -> None:
    """Leave a question until the person was asked: it stays open, and a promise for tomorrow stands on Today.

    The note says what to ask, in words and without either value.
    """
    with vault.transaction(actor=actor, now=now) as work:
        conflict = work.get(Conflict, conflict_id)
        questions.leave(work.connection, conflict_id, field, actor.user)
        if not any(_promises(work, conflict)):
            work.create(
                Task(
                    **work.header(),
                    kind=TaskKind.NEXT_STEP,
                    person=conflict.person,
                    subject=conflict.id,
                    for_user=actor.user,
                    due_on=work.today + timedelta(days=1),
                    note=note[:300],
                )
            )
        work.audit(AuditAction.CHANGE, person=conflict.person, reason="conflict")


def take_up(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str) -> None:
    """Ask this person again what they had left for a colleague."""
    with vault.transaction(actor=actor, now=now) as work:
        questions.take_up(work.connection, conflict_id, field, actor.user)


def _promises(work: UnitOfWork, conflict: Conflict) -> Iterator[Task]:
    """Yield the open promises to ask the person about a conflict."""
    for task in work.of_person(Task, conflict.person):
        if task.subject == conflict.id and task.state is TaskState.OPEN:
            yield task


def _health_number(field: str, typed: str) -> str:
    return nhs_number(typed) if field == "nhs_number" else health_digits(typed, field=field)


def _open(read: Reader, actor: Actor) -> list[Question]:
    conflicts = [each for each in read.all(Conflict) if any(clash.is_open for clash in each.fields.values())]
    if not conflicts:
        return []
    colleagues = {UserId(user.id): user.shown_name for user in read.all(User)}
    names = names_of(read, {each.person for each in conflicts})
    answers = questions.answers(read.connection)
    left = questions.left(read.connection, actor.user)
    return [
        _question(each, name, clash, actor, _Known(names=names, colleagues=colleagues, answers=answers, left=left))
        for each in conflicts
        for name, clash in _asked(each, read)
    ]


def _asked(conflict: Conflict, read: Reader) -> Iterator[tuple[str, Clash]]:
    """Yield what is still asked of a record that is held here."""
    if conflict.record_type in KINDS and read.knows(conflict.record):
        yield from ((name, clash) for name, clash in conflict.fields.items() if clash.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    names: Mapping[UUID, str]
    colleagues: Mapping[UserId, str]
    answers: Mapping[tuple[UUID, str], questions.KeptAnswer]
    left: frozenset[tuple[UUID, str]]


def _question(conflict: Conflict, name: str, clash: Clash, actor: Actor, known: _Known) -> Question:
    kept = known.answers.get((conflict.id, name))
    rule = field_rules(KINDS[conflict.record_type]).get(name)
    return Question(
        conflict=conflict.id,
        record_type=conflict.record_type,
        record=conflict.record,
        field=name,
        is_text=rule is not None and rule.merge is Merge.TEXT,
        person_id=conflict.person if conflict.person in known.names else None,
        person_name=known.names.get(conflict.person, ""),
        first=_wording(clash.theirs, clash.theirs_by, clash.theirs_at, actor, known),
        second=_wording(clash.mine, clash.mine_by, clash.mine_at, actor, known),
        at=conflict.created_at,
        before=clash.before if isinstance(clash.before, str) else None,
        answer=None if kept is None else kept.value,
        is_answered=kept is not None,
        is_sent=kept is not None and kept.is_sent,
        is_left=(conflict.id, name) in known.left,
        may_answer=_may_answer(conflict, name, actor),
    )


def _wording(value: Any, by: UserId | None, at: datetime | None, actor: Actor, known: _Known) -> Wording:
    name = "" if by is None else known.colleagues.get(by, "")
    return Wording(value=value, by=name, is_mine=by == actor.user, at=at)


def _may_answer(conflict: Conflict, field: str, actor: Actor) -> bool:
    return conflict.org == actor.org and any(
        op_permitted(role, conflict.record_type, OpKind.RESOLVE, change={field: None}) for role in actor.roles
    )
