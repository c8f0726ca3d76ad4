"""The demonstration ends whole: on SIGTERM too, nothing of it goes on running or stays on the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.demo.run import Outcome, end_program, wait_for_program

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a Windows process at once")
def test_sigterm_takes_postgresql_and_the_folders_down(tmp_path: Path) -> None:
    place = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.demo", "--headless"]
    with subprocess.Popen(command, cwd=ROOT, env=place, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("Setting up"):
                break
        assert list(tmp_path.glob("alongside-postgres-*")) or "ALONGSIDE_TEST_POSTGRES" in os.environ

        demo.send_signal(signal.SIGTERM)
        demo.stdout.read()

    assert demo.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.glob("alongside-*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are of POSIX")
def test_a_laptop_is_open_as_long_as_the_desk_that_its_gate_started(tmp_path: Path) -> None:
    left = tmp_path / "left"
    desk = f"import time, pathlib; time.sleep(1.5); pathlib.Path({str(left)!r}).touch()"
    gate = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {desk!r}])"
    program = subprocess.Popen([sys.executable, "-c", gate], start_new_session=True)

    wait_for_program(program)
    assert left.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are of POSIX")
def test_what_still_runs_of_a_laptop_is_ended() -> None:
    begun = time.monotonic()
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    end_program(program)
    assert program.returncode == -signal.SIGTERM
    assert time.monotonic() - begun < 60


def test_folders_that_are_gone_are_not_named() -> None:
    assert Outcome().kept is False
    assert Outcome().data_dirs == []
