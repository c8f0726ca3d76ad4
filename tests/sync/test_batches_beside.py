"""Batch after batch: one is on its way while the answer before it is written and the next is frozen; real parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from app.domain.person import Person
from app.errors import DiskFullError, NetworkError
from sync.client.beside import Beside, OneBeside
from sync.client.engine import SyncEngine
from sync.client.size import Size
from sync.protocol.framing import Frame
from sync.protocol.messages import PUSH
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, register

PEOPLE = 12
BATCH = 15

T = TypeVar("T")


@pytest.fixture
def beside() -> Iterator[OneBeside]:
    made = OneBeside()
    yield made
    made.close()


@pytest.fixture
def full(ward: Enrolled, alliance: AllianceService, beside: OneBeside) -> Enrolled:
    """A laptop with people to send, far more than fit into one of its batches."""
    use(ward, beside)
    for number in range(PEOPLE):
        register(ward, alliance, f"Person {number}")
    return ward


def use(laptop: Enrolled, beside: Beside[Frame]) -> None:
    old = laptop.engine
    laptop.engine = SyncEngine(
        outbox=laptop.outbox,
        held=laptop.held,
        net=laptop.net,
        clock=laptop.laptop.clock,
        monotonic=old._monotonic,
        beside=beside,
    )
    laptop.engine._sending._size = Size(count=BATCH, least=1, most=BATCH)


def pushes(laptop: Enrolled) -> int:
    return laptop.net.paths.count(PUSH)


def people(laptop: Enrolled) -> tuple[Person, ...]:
    with laptop.vault.reading() as read:
        return read.all(Person)


def have_arrived(laptop: Enrolled, enrolled: Callable[..., Enrolled]) -> bool:
    """Whether another laptop of the ward holds everybody of this one; others may have been there before."""
    mine, found = people(laptop), people(enrolled("ward"))
    return len(mine) >= PEOPLE and {person.id for person in mine} <= {person.id for person in found}


def test_everybody_arrives_once_and_nothing_is_left(full: Enrolled, enrolled: Callable[..., Enrolled]) -> None:
    full.sync()

    assert pushes(full) > PEOPLE // 4
    assert (full.outbox.waiting().unsent, full.attention()) == (0, [])
    assert have_arrived(full, enrolled)


def test_the_next_batch_is_frozen_while_one_is_on_its_way(full: Enrolled) -> None:
    frozen: list[int] = []

    def note(question: Callable[[], T]) -> Callable[[], T]:
        def answer() -> T:
            frozen.append(numbered(full))
            return question()

        return answer

    use(full, note)
    full.sync()

    assert BATCH < frozen[0] <= 2 * BATCH
    assert max(frozen) <= 2 * BATCH, "what was answered is settled meanwhile"


def test_an_answer_lost_on_the_way_keeps_what_was_answered_before(
    full: Enrolled, enrolled: Callable[..., Enrolled]
) -> None:
    full.net.lose = lambda path: path == PUSH and pushes(full) == 2
    waiting = full.outbox.waiting().unsent
    with pytest.raises(NetworkError):
        full.sync()
    full.net.lose = lambda _path: False

    assert full.outbox.waiting().unsent < waiting
    full.sync()
    assert (full.outbox.waiting().unsent, full.attention()) == (0, [])
    assert have_arrived(full, enrolled)


def test_a_stop_waits_for_the_batch_on_its_way_and_loses_nothing(
    full: Enrolled, enrolled: Callable[..., Enrolled]
) -> None:
    report = full.engine.run(cancelled=lambda: pushes(full) >= 2, report=lambda _progress: None)

    assert report.cancelled
    assert full.outbox.waiting().unsent == report.waiting.unsent > 0
    full.sync()
    assert (full.outbox.waiting().unsent, full.attention()) == (0, [])
    assert have_arrived(full, enrolled)


def test_a_disk_that_fails_while_a_batch_is_on_its_way_loses_nothing(
    full: Enrolled, enrolled: Callable[..., Enrolled], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, failed = full.outbox.settle, []

    def fail_once(*given: Any, **more: Any) -> Any:
        if not failed:
            failed.append(True)
            raise DiskFullError
        return settle(*given, **more)

    monkeypatch.setattr(full.outbox, "settle", fail_once)
    with pytest.raises(DiskFullError):
        full.sync()
    full.sync()

    assert (full.outbox.waiting().unsent, full.attention()) == (0, [])
    assert have_arrived(full, enrolled)


def numbered(laptop: Enrolled) -> int:
    with laptop.vault.reading() as read:
        return int(read.connection.exec_driver_sql("SELECT count(lane_seq) FROM outbox").scalar_one())
