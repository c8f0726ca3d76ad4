"""A first load asks for its next page while one is written: the same records, one question at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar
from uuid import UUID

import pytest

from app.errors import NetworkError
from sync.client.beside import Beside, OneBeside
from sync.client.engine import SyncEngine
from sync.protocol.messages import PULL, ErrorCode, PullRequest
from tests.sync.conftest import Exchange
from tests.sync.test_engine import people, person, present, when
from tests.sync.tiny_service import Answer, Call, TinyService

SITE = UUID(int=0x51)
PEOPLE = 3000

T = TypeVar("T")


@pytest.fixture
def beside(exchange: Exchange, service: TinyService) -> Iterator[OneBeside]:
    """The exchange as a laptop runs it, with a ward of many people to load."""
    made = OneBeside()
    exchange.engine = engine_of(exchange, made)
    service.scopes = {SITE: [present(person(f"Person {number}"), number) for number in range(1, PEOPLE + 1)]}
    service.epochs = {SITE: 81}
    yield made
    made.close()


def engine_of(exchange: Exchange, beside: Beside) -> SyncEngine:
    return SyncEngine(
        outbox=exchange.outbox,
        held=exchange.held,
        net=exchange.engine._net,
        clock=exchange.laptop.clock,
        monotonic=lambda: exchange.now_s,
        beside=beside,
    )


def asked_from(service: TinyService) -> list[int]:
    return [call.frame.one(PullRequest).scopes[0].seq for call in service.calls if call.path == PULL]


@pytest.mark.usefixtures("beside")
def test_every_record_comes_once_and_in_order(exchange: Exchange, service: TinyService) -> None:
    report = exchange.run()

    assert (report.got, report.at_head, people(exchange)) == (PEOPLE, True, PEOPLE)
    assert asked_from(service) == [0, 500, 1250, 2375]
    (scope,) = exchange.held.scopes()
    assert (scope.cursor, scope.start) == (PEOPLE, None)


@pytest.mark.usefixtures("beside")
def test_the_next_page_is_asked_for_before_this_one_is_written(exchange: Exchange, service: TinyService) -> None:
    written: list[int] = []

    def at_once(question: Callable[[], T]) -> Callable[[], T]:
        written.append(people(exchange))
        answer = question()
        return lambda: answer

    exchange.engine = engine_of(exchange, at_once)
    exchange.run()

    assert written == [0, 500, 1250]


@pytest.mark.usefixtures("beside")
def test_a_stop_waits_for_the_question_under_way_and_loses_nothing(exchange: Exchange, service: TinyService) -> None:
    report = exchange.engine.run(cancelled=lambda: people(exchange) >= 500, report=lambda _progress: None)

    assert report.cancelled
    assert asked_from(service)[:2] == [0, 500]
    written = people(exchange)
    assert exchange.run().at_head
    assert written < people(exchange) == PEOPLE


@pytest.mark.usefixtures("beside")
def test_a_token_forgotten_meanwhile_is_renewed(exchange: Exchange, service: TinyService) -> None:
    def forget_once(call: Call) -> Answer | None:
        if call.frame.one(PullRequest).scopes[0].seq == 0:
            return None
        service.fault = lambda _call: None
        return service.refuse(call, ErrorCode.TOKEN)

    service.fault = when(PULL, forget_once)

    assert exchange.run().at_head
    assert people(exchange) == PEOPLE
    assert asked_from(service) == [0, 500, 500, 1250, 2375]


@pytest.mark.usefixtures("beside")
def test_a_page_lost_on_the_way_leaves_what_was_written(exchange: Exchange, service: TinyService) -> None:
    # Once more than the laptop asks by itself.
    cuts = [1, 2]

    def cut_twice(call: Call) -> Answer | None:
        if call.frame.one(PullRequest).scopes[0].seq == 0 or not cuts:
            return None
        cuts.pop()
        this, service.fault = service.fault, lambda _call: None
        answer = service.answer(call)
        service.fault = this
        answer.cut = 100
        return answer

    service.fault = when(PULL, cut_twice)
    with pytest.raises(NetworkError):
        exchange.run()

    assert people(exchange) == 500
    assert exchange.run().at_head
    assert people(exchange) == PEOPLE
