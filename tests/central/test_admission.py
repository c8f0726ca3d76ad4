"""After an outage everybody calls at once: some are answered, the others get a turn of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sync.central.admission import AHEAD, LONGEST_WAIT_S, Admission
from sync.protocol.framing import decode_frame
from sync.protocol.messages import HEADS, NONCE_HEADER, PROTOCOL_HEADER, PUSH, ErrorCode, Refusal
from tests.helpers.central import AllianceService
from tests.helpers.postgres import PostgresServer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_cycle_begins_while_there_is_a_place() -> None:
    admission = Admission(2, Clock())

    assert [admission.ask(HEADS) for _ in range(2)] == [None, None]
    assert admission.ask(HEADS) is not None


def test_a_place_is_free_again_once_a_call_was_answered() -> None:
    admission = Admission(1, Clock())
    admission.ask(HEADS)
    admission.done()

    assert admission.ask(HEADS) is None


def test_whoever_has_begun_is_let_in_when_nobody_new_is() -> None:
    admission = Admission(1, Clock())
    admission.ask(HEADS)

    assert admission.ask(HEADS) is not None
    assert [admission.ask(PUSH) for _ in range(AHEAD - 1)] == [None] * (AHEAD - 1)
    assert admission.ask(PUSH) is not None


def test_each_gets_a_later_turn_than_the_one_before_but_none_too_late() -> None:
    admission = Admission(1, Clock())
    admission.ask(HEADS)
    turns = [admission.ask(HEADS) or 0 for _ in range(3000)]

    assert turns == sorted(turns)
    assert turns[0] <= 2
    assert turns[-1] == LONGEST_WAIT_S


def test_a_faster_service_gives_earlier_turns() -> None:
    clock = Clock()
    slow, fast = Admission(1, clock), Admission(1, clock)
    for _ in range(600):
        fast.ask(HEADS)
        fast.done()
    for admission in (slow, fast):
        admission.ask(HEADS)

    assert [fast.ask(HEADS) for _ in range(50)][-1] < [slow.ask(HEADS) for _ in range(50)][-1]  # type: ignore[operator]


@pytest.fixture
def crowded(tmp_path: Path, postgres: PostgresServer) -> Iterator[AllianceService]:
    """A service with no place at all."""
    alliance = AllianceService.start(tmp_path / "service", server=postgres, places=0)
    yield alliance
    alliance.stop()


def test_who_is_turned_away_is_told_in_a_frame_when_to_come_back(crowded: AllianceService) -> None:
    nonce = "a" * 32
    headers = {NONCE_HEADER: nonce, PROTOCOL_HEADER: "1"}

    answer = requests.get(crowded.address + HEADS, headers=headers, timeout=10)

    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= LONGEST_WAIT_S
    assert decode_frame(answer.content, nonce=nonce).one(Refusal).error is ErrorCode.BUSY


def test_a_body_that_is_on_its_way_is_taken_in_before_the_no(crowded: AllianceService) -> None:
    body, headers = b"\0" + b"x" * 900_000, {NONCE_HEADER: "b" * 32, PROTOCOL_HEADER: "1"}
    with ThreadPoolExecutor(8) as several:
        answers = list(
            several.map(
                lambda _: requests.post(crowded.address + PUSH, data=body, headers=headers, timeout=20).status_code,
                range(16),
            )
        )

    assert answers == [503] * 16
    assert threading.active_count() < 200


def test_whether_the_service_is_there_is_said_however_full_it_is(crowded: AllianceService) -> None:
    headers = {NONCE_HEADER: "c" * 32, PROTOCOL_HEADER: "1"}

    assert requests.get(crowded.address + "/v1/ping", headers=headers, timeout=10).status_code == 200
    assert requests.get(crowded.address + "/v1/health", timeout=10).status_code == 200
