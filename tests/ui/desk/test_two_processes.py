"""Gate and desk as two real processes: sign in, work, lock, sign in again, and the same page and draft are there."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.security.attempts import Attempts
from app.security.device_secret import FolderlessStore
from app.security.lock import SingleInstance
from tests.ui.desk import program
from tests.ui.desk.places import PASSWORD, PRIYA, give_place
from tests.ui.desk.program import front_door

PROGRAM = Path(program.__file__)
LIMIT_S = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A laptop on which Priya has a place."""
    give_place(front_door(tmp_path))
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Start a gate, let it and all that follow act, and return the diary up to the line `until` says."""
    os.mkfifo(folder / "diary")
    # Open for writing too: the pipe does not end between two processes.
    diary = os.open(folder / "diary", os.O_RDWR | os.O_NONBLOCK)
    groups: list[int] = []

    def go(*, gate: list[dict[str, Any]], desk: list[dict[str, Any]] | None = None, until: str) -> list[dict[str, Any]]:
        (folder / "acts.json").write_text(json.dumps({"gate": gate, "desk": desk or []}), encoding="utf-8")
        root = Path(__file__).resolve().parents[3]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)}
        with (folder / "noise.log").open("wb") as noise:
            started = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(folder)],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=noise,
                stderr=noise,
                start_new_session=True,
            )
        groups.append(started.pid)
        lines = list(lines_until(diary, until))
        started.wait(timeout=LIMIT_S)
        noise_text = (folder / "noise.log").read_text(encoding="utf-8", errors="replace")
        assert until in saw(lines), f"{saw(lines)}\n{noise_text}"
        assert "Traceback" not in noise_text
        return lines

    yield go
    os.close(diary)
    for group in groups:
        # What is left of a test that failed: the group is this test's own session.
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def lines_until(diary: int, until: str) -> Iterator[dict[str, Any]]:
    """Yield what is written, until that line or until nothing came for too long."""
    text = b""
    while select.select([diary], [], [], LIMIT_S)[0]:
        text += os.read(diary, 65_536)
        *whole, text = text.split(b"\n")
        for line in map(json.loads, whole):
            yield line
            if saw([line]) == [until]:
                return


Run = Callable[..., list[dict[str, Any]]]


def saw(lines: list[dict[str, Any]]) -> list[str]:
    return [f"{line['who']}: {line['saw']}" for line in lines]


def test_after_a_lock_the_same_page_field_and_draft_are_there(run: Run) -> None:
    lines = run(
        gate=[{"password": PASSWORD}, {"password": PASSWORD}],
        desk=[{"type": "St David", "then": "lock"}, {"then": "close"}],
        until="desk: closed",
    )

    desks = [line for line in lines if line["who"] == "desk" and "ward" in line]
    assert [(desk["saw"], desk["ward"]) for desk in desks] == [("register_person", "St David")] * 2
    assert [desk["focused"] for desk in desks] == ["Ward (optional)"] * 2
    assert {desk["title"] for desk in desks} == {"Alongside"}


def test_a_lock_hides_everything_at_once_and_ends_in_a_sign_in(run: Run) -> None:
    lines = run(
        gate=[{"password": PASSWORD}, {"password": "not this one at all"}],
        desk=[{"type": "St David", "then": "lock"}],
        until="gate: refused",
    )

    moments = {f"{line['who']}: {line['saw']}": line["at"] for line in lines}
    assert moments["desk: hidden"] - moments["desk: lock pressed"] < 0.1
    assert saw(lines)[-2:] == ["gate: sign_in", "gate: refused"]


def test_a_wrong_password_is_told_in_words_and_counted(run: Run, folder: Path) -> None:
    lines = run(gate=[{"password": "gravel tulip ocean lanterns"}], until="gate: refused")

    assert lines[-1]["words"] == "The password is not right. Check that Caps Lock is off and type it again."
    assert '"guesses":{' in (folder / "vault" / "attempts.json").read_text(encoding="ascii")


def test_wrong_passwords_still_count_after_a_restart(run: Run, folder: Path) -> None:
    door = front_door(folder)
    attempts = Attempts(door.paths.attempts, FolderlessStore(door.paths.mark), monotonic=lambda: 0.0)
    for _ in range(6):
        attempts.count_one(PRIYA)

    lines = run(gate=[{"password": PASSWORD}], until="gate: refused")

    assert re.fullmatch(r"Too many wrong passwords\. Wait \d+ seconds\.", lines[-1]["words"])


def test_a_second_copy_is_refused_in_words(run: Run, folder: Path) -> None:
    with SingleInstance(front_door(folder).paths.lock) as first:
        first.acquire()
        lines = run(gate=[{}], until="gate: gate ended")

    assert saw(lines) == ["gate: open_failed", "gate: gate ended"]
    assert lines[0]["words"] == "Alongside is already open on this laptop."
