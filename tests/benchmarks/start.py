"""Starting the program, and signing in: real processes, timed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, percentile

TIMES = 9
SIGN_INS = 7
ROOT = Path(__file__).parents[2]


def measure_start(place: Path, folder: Path) -> list[Figure]:
    """Start the gate and a bare window by turns; the first of each fills the file cache and does not count."""
    environment = environment_of(place, folder)
    libraries = folder / "libraries.json"
    gate, bare = [], []
    for _ in range(TIMES + 1):
        began, told = _run("tests.benchmarks.program", ["window"], environment)
        libraries.write_text(json.dumps(told["window"]["libraries"]), encoding="utf-8")
        gate.append(told["window"]["at"] - began)
        began, told = _run("tests.benchmarks.bare", [str(libraries)], environment)
        bare.append(told["window"]["at"] - began)
    return [
        Figure(
            name=f"program start to a usable sign-in window, median of {TIMES}",
            value=percentile(gate[1:], 50) * 1000,
            unit="ms",
            floor=percentile(bare[1:], 50) * 1000,
            goal=1.5,
        )
    ]


def measure_sign_in(place: Path, folder: Path) -> list[Figure]:
    """Sign in at the gate and wait for the desk's list; the first is the day's first, with all five health checks."""
    environment = environment_of(place, folder)
    taken = []
    for _ in range(SIGN_INS + 1):
        _, told = _run("tests.benchmarks.program", ["sign_in"], environment)
        assert told["list"]["rows"] >= 100_000
        taken.append((told["list"]["at"] - told["sign_in"]["at"]) * 1000)
    return [
        Figure(
            name=f"sign-in to the list at 100 000, beyond key derivation, median of {SIGN_INS}",
            value=percentile(taken[1:], 50),
            unit="ms",
            goal=300,
        ),
        Figure(name="the same, the slowest", value=max(taken[1:]), unit="ms"),
        Figure(name="the same, first of a day, with all health checks", value=taken[0], unit="ms"),
    ]


def environment_of(place: Path, folder: Path) -> dict[str, str]:
    """Return an environment in which the program finds the laptop in `place`."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    if not (data / "Alongside").exists():
        (data / "Alongside").symlink_to(place, target_is_directory=True)
    return {
        **os.environ,
        "XDG_DATA_HOME": str(data),
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
    }


def _run(module: str, arguments: Sequence[str], environment: dict[str, str]) -> tuple[float, dict[str, Any]]:
    """Run a process to its end; returns when it was started, and what it told by name."""
    began = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in process.stderr.splitlines() if line.startswith("{")]
    told = {line["name"]: line for line in lines}
    if "failed" in told or not told:
        raise RuntimeError(process.stderr)
    return began, told
