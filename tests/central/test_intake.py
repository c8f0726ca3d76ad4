"""A line that brings a byte a second costs its own patience, and nobody else a place."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.central.admission import Admission
from sync.central.api.doorkeeper import Doorkeeper
from sync.central.api.intake import LONGEST_S, MOST_BYTES, PATIENCE_S, Intake, TooSlowError, replayed
from sync.protocol.limits import TRANSFER_LEAST_BYTES, TRANSFER_WINDOW_SECONDS
from sync.protocol.messages import PULL, PUSH
from tests.central.device import Device
from tests.helpers.central import AllianceService
from tests.helpers.postgres import PostgresServer


class Line:
    """A line that brings given pieces, each some seconds after the one before, by its own clock."""

    def __init__(self, pieces: Iterable[bytes], *, seconds_each: float = 0.0, ends: str = "whole") -> None:
        self.now = 0.0
        self._pieces: Iterator[bytes] = iter(pieces)
        self._seconds_each = seconds_each
        self._ends = ends

    def __call__(self) -> float:
        return self.now

    async def receive(self) -> Any:
        self.now += self._seconds_each
        piece = next(self._pieces, None)
        if piece is None and self._ends == "hangs up":
            return {"type": "http.disconnect"}
        if piece is None and self._ends == "silence":
            await asyncio.Event().wait()
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}


def taken_in(line: Line, **given: Any) -> bytes | None:
    return asyncio.run(Intake(line, **given).body(line.receive))


def test_a_body_is_taken_in_whole_however_it_was_cut() -> None:
    assert taken_in(Line([b"a", b"", b"bc"])) == b"abc"
    assert taken_in(Line([])) == b""


def test_a_laptop_that_hangs_up_is_forgotten() -> None:
    assert taken_in(Line([b"half"], ends="hangs up")) is None


def test_a_byte_a_second_is_given_up() -> None:
    line = Line([b"x"] * 1000, seconds_each=1.0)
    with pytest.raises(TooSlowError):
        taken_in(line)
    assert PATIENCE_S <= line.now < PATIENCE_S + 2


def test_the_slowest_line_that_a_laptop_bears_with_is_borne_with() -> None:
    """All of a window's kilobyte at its beginning, and the next one's at its end."""
    pieces = [b"x" * TRANSFER_LEAST_BYTES] * 20
    assert taken_in(Line(pieces, seconds_each=TRANSFER_WINDOW_SECONDS)) == b"".join(pieces)


def test_nothing_goes_on_for_ever() -> None:
    line = Line([b"x" * TRANSFER_LEAST_BYTES] * 10_000, seconds_each=1.0)
    with pytest.raises(TooSlowError):
        taken_in(line)
    assert line.now < LONGEST_S + 2


def test_a_line_on_which_nothing_comes_is_given_up() -> None:
    with pytest.raises(TooSlowError):
        taken_in(Line([b"x"], ends="silence"), patience_s=0.01)


def test_a_body_without_an_end_is_cut_where_no_route_takes_more() -> None:
    piece = b"x" * (1024 * 1024)
    found = taken_in(Line([piece] * 1000))
    assert found is not None
    assert MOST_BYTES <= len(found) < MOST_BYTES + len(piece)


def test_bodies_of_many_may_not_fill_the_memory_and_leave_nothing_behind() -> None:
    line = Line([b"x" * 1000] * 1000)
    intake = Intake(line, most_held_bytes=10_000)
    with pytest.raises(TooSlowError):
        asyncio.run(intake.body(line.receive))
    assert intake.held_bytes == 0
    assert asyncio.run(intake.body(Line([b"next"]).receive)) == b"next"


def test_what_was_taken_in_is_heard_once_and_then_the_line_again() -> None:
    hear = replayed(b"whole", Line([], ends="hangs up").receive)

    async def twice() -> list[Any]:
        return [await hear(), await hear()]

    first, second = asyncio.run(twice())
    assert (first["body"], first["more_body"], second["type"]) == (b"whole", False, "http.disconnect")


# --- over real sockets -------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(tmp_path: Path, postgres: PostgresServer) -> Iterator[AllianceService]:
    """A service with a single place."""
    alliance = AllianceService.start(tmp_path / "service", server=postgres, places=1)
    yield alliance
    alliance.stop()


def opened(alliance: AllianceService, said: bytes) -> socket.socket:
    """Open a line to the service and say something."""
    parts = urlsplit(alliance.address)
    line = socket.create_connection((parts.hostname, parts.port), timeout=10)
    line.sendall(said)
    return line


def test_lines_that_dawdle_take_no_place(narrow: AllianceService) -> None:
    """Bodies that never end, heads that never end, and lines on which nothing is said."""
    begun = f"POST {PUSH} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n".encode() + b"x"
    with ExitStack() as lines:
        for said in (begun, begun, b"GET /v1/heads HTTP/1.1\r\nHost:", b"") * 8:
            lines.enter_context(opened(narrow, said))
        ward = Device.enrol(narrow, "aspire", "outreach_worker", ["site:stoke_mandeville"])
        assert ward.heads().scopes


def test_a_laptop_that_reads_slowly_takes_no_place() -> None:
    """The answer is whole before its first byte leaves: from then on it waits for nobody but its own line."""
    admission, seen = Admission(1, lambda: 0.0), []

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        seen.append(admission.under_way)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(_message: Any) -> None:
        seen.append(admission.under_way)

    door = Doorkeeper(application, admission, Intake(lambda: 0.0))
    asyncio.run(door({"type": "http", "path": PULL}, Line([]).receive, send))  # type: ignore[arg-type,typeddict-item]

    assert seen == [1, 0]
    assert admission.under_way == 0
