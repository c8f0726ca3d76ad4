"""Ending a process by SIGKILL right after any of its calls: each write, flush and rename is a crash point."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.power.cutting import CHECKS, Outcome
from tests.faults.power.recording import ACKNOWLEDGED
from tests.faults.power.workloads import WORKLOADS


def kill(workload: str, calls: Sequence[int], library: Path) -> Outcome:
    """Play a workload once for each number, ended after so many calls; open what is left as the program does."""
    command = [sys.executable, "-m", "tests.faults.power.killing", workload, *map(str, calls)]
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def _serve(workload: str, calls: Sequence[int]) -> Outcome:
    """Play it in forks of this process: what takes a second to import is imported once."""
    outcome = Outcome()
    recorder = ctypes.CDLL(None)
    for number in calls:
        folder = Path(tempfile.mkdtemp(prefix="killed-"))
        child = os.fork()
        if child == 0:
            recorder.power_begin(os.fsencode(folder), None, ctypes.c_long(number))
            WORKLOADS[workload](folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            told = folder / ACKNOWLEDGED
            words = told.read_text(encoding="utf-8").split() if told.exists() else []
            outcome.add(CHECKS[workload](folder, words), f"call {number}")
        shutil.rmtree(folder)
    return outcome


if __name__ == "__main__":
    print(json.dumps(vars(_serve(sys.argv[1], [int(word) for word in sys.argv[2:]]))))
