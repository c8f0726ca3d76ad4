"""Answers that say "taken as you sent it" are settled for all at once, and only where nothing else is to be said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.domain.bodies import body_of
from app.domain.canonical import body_hash
from app.domain.person import Person
from app.storage.exchange import FrozenOp, OpResult, OpStatus
from app.storage.outbox import Outbox
from app.use_cases.people import NewPerson, PersonChange, change_person, register_person
from tests.helpers.vaults import Laptop


def register(laptop: Laptop, name: str = "Samira Osei"):
    form = NewPerson(full_name=name, site=laptop.sites["stoke_mandeville"])
    return register_person(laptop.vault, **laptop.act, form=form)


def frozen(laptop: Laptop) -> tuple[FrozenOp, ...]:
    return Outbox(laptop.vault).freeze(1, most_ops=500, most_bytes=1_000_000)


def settle(laptop: Laptop, *results: OpResult, acked: int) -> None:
    Outbox(laptop.vault).settle(1, results, acked=acked, at=laptop.clock())


def taken(op: FrozenOp, **more: Any) -> OpResult:
    return OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1, **more)


def revision(laptop: Laptop, record_id: Any) -> int | None:
    with laptop.vault.writing() as connection:
        return connection.exec_driver_sql("SELECT rev FROM rec_meta WHERE id = ?", (record_id.bytes,)).scalar_one()


def acknowledged(laptop: Laptop) -> int:
    with laptop.vault.writing() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM acked_op").scalar_one()


@contextmanager
def counted_statements(laptop: Laptop) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(laptop.vault._engine, "before_cursor_execute", note)
    yield said
    event.remove(laptop.vault._engine, "before_cursor_execute", note)


def test_many_answers_take_no_more_statements_than_a_few(laptop: Laptop) -> None:
    def statements_for(people: int) -> int:
        for number in range(people):
            register(laptop, f"Person {number}")
        ops = frozen(laptop)
        with counted_statements(laptop) as said:
            settle(laptop, *map(taken, ops), acked=ops[-1].seq)
        return len(said)

    few, many = statements_for(2), statements_for(40)

    assert many <= few


def test_every_op_is_acknowledged_and_its_record_confirmed(laptop: Laptop) -> None:
    person = register(laptop)
    ops = frozen(laptop)

    settle(laptop, *map(taken, ops), acked=ops[-1].seq)

    assert Outbox(laptop.vault).waiting().new == Outbox(laptop.vault).waiting().sent == 0
    assert (revision(laptop, person), acknowledged(laptop)) == (1, len(ops))


def test_a_body_that_the_service_has_otherwise_is_left_to_be_fetched(laptop: Laptop) -> None:
    person = register(laptop)
    ops = frozen(laptop)
    settle(laptop, *(taken(op, chash="00" * 32) for op in ops), acked=ops[-1].seq)

    assert revision(laptop, person) is None
    assert Outbox(laptop.vault).waiting().sent == 0


def test_a_record_that_was_changed_again_meanwhile_keeps_the_change_on_top(laptop: Laptop) -> None:
    person = register(laptop)
    ops = frozen(laptop)
    with laptop.vault.reading() as read:
        sent = body_hash(body_of(read.get(Person, person))).hex()
    change_person(laptop.vault, **laptop.act, person_id=person, change=PersonChange(fields={"known_as": "Sam"}))

    made = next(op for op in ops if op.record_id == person)
    settle(laptop, *(taken(op, chash=sent if op is made else "") for op in ops), acked=ops[-1].seq)

    with laptop.vault.reading() as read:
        assert read.get(Person, person).known_as == "Sam"
    assert revision(laptop, person) == 1
    assert Outbox(laptop.vault).waiting().new > 0
