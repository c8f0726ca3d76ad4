"""After an outage everybody calls at once: some are answered, the others get a turn of their own."""

from __future__ import annotations

import threading
from collections import Counter
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


def test_each_gets_a_later_turn_than_the_one_before_and_none_too_late() -> None:
    admission = Admission(1, Clock())
    admission.ask(HEADS)
    turns = [admission.ask(HEADS) or 0 for _ in range(1000)]

    assert turns == sorted(turns)
    assert turns[0] <= 2
    assert turns[-1] <= LONGEST_WAIT_S


def test_more_than_five_minutes_hold_come_back_spread_and_not_in_a_crowd() -> None:
    admission = Admission(1, Clock())
    admission.ask(HEADS)
    turns = Counter(admission.ask(HEADS) or 0 for _ in range(6000))

    assert max(turns) <= LONGEST_WAIT_S
    assert max(turns.values()) <= 2 * 6000 / LONGEST_WAIT_S


def test_a_faster_service_gives_earlier_turns() -> None:
    slow, fast = after_a_minute_full(calls_a_second=12), after_a_minute_full(calls_a_second=600)

    assert (round(slow.pace), round(fast.pace)) == (2, 100)
    assert [fast.ask(HEADS) for _ in range(50)][-1] < [slow.ask(HEADS) for _ in range(50)][-1]  # type: ignore[operator]


def test_turns_that_leave_places_free_come_closer_together() -> None:
    """Nobody is slow because few were told to come: with a place free and laptops waiting, the pace grows."""
    clock = Clock()
    admission = Admission(1, clock)
    admission.ask(HEADS)
    for _ in range(200):
        admission.ask(HEADS)
    admission.done()
    before = admission.pace
    for _ in range(10):
        clock.now += 1
        admission.ask(HEADS)
        admission.done()

    assert admission.pace > 10 * before


def test_a_quiet_day_changes_no_pace() -> None:
    clock = Clock()
    admission = Admission(2, clock)
    before = admission.pace
    for _ in range(1000):
        clock.now += 5
        admission.ask(HEADS)
        clock.now += 0.01
        admission.done()

    assert admission.pace == before


def after_a_minute_full(*, calls_a_second: int) -> Admission:
    """Return an admission whose one place was taken for a minute, by one call after the other."""
    clock = Clock()
    admission = Admission(1, clock)
    admission.ask(HEADS)
    for _ in range(60 * calls_a_second):
        clock.now += 1 / calls_a_second
        admission.done()
        admission.ask(HEADS)
    return admission


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
