"""The long run of faults: `nox -s faults`, with `-- --states N --kills N --seed K` for another length."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.power.cutting import CHECKS, Outcome, cut
from tests.faults.power.killing import kill
from tests.faults.power.recording import Entry, build, can_record, record

SHARES = {"commits": 0.4, "migration": 0.2, "rekey": 0.2, "slots": 0.2}
"""Of the states and the kills, by what is being done meanwhile."""
WITHOUT_FLUSH = "commits_without_flush"
CONTROLS = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Cut the power and kill the process, print what was found; returns 0 when nothing was lost or damaged."""
    parser = argparse.ArgumentParser(prog="nox -s faults --", description=__doc__)
    parser.add_argument("--states", type=int, default=50_000, help="power cuts")
    parser.add_argument("--kills", type=int, default=2_000, help="kills, each after another call")
    parser.add_argument("--seed", type=int, default=1, help="which cuts")
    asked = parser.parse_args(arguments)
    if not can_record():
        print("NOT RUN: the recorder needs Linux and gcc.")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        faults = _run(Path(folder), states=asked.states, kills=asked.kills, seed=asked.seed)
    return 1 if faults else 0


def _run(folder: Path, *, states: int, kills: int, seed: int) -> int:
    library, faults = build(folder), 0
    recorded = {each: record(each, folder / each, library) for each in (*SHARES, WITHOUT_FLUSH)}
    for workload, share in SHARES.items():
        entries, began = recorded[workload], time.monotonic()
        outcome = cut(entries, CHECKS[workload], states=round(states * share), seed=seed)
        faults += _say(f"power cut, {workload}", outcome, len(entries), time.monotonic() - began)
    for workload, calls in _calls(recorded, kills):
        began = time.monotonic()
        outcome = kill(workload, calls, library)
        faults += _say(f"kill -9, {workload}", outcome, len(calls), time.monotonic() - began)
    control = cut(recorded[WITHOUT_FLUSH], CHECKS[WITHOUT_FLUSH], states=CONTROLS, seed=seed)
    print(f"control, commits that are not flushed: {control.lost} of {control.states} cuts lost something acknowledged")
    if not control.lost:
        print("  The cuts see nothing: none of the lines above counts.")
    return faults + (control.lost == 0)


def _calls(recorded: dict[str, list[Entry]], kills: int) -> Iterator[tuple[str, list[int]]]:
    """Spread the kills over the calls of each recording, every call once where there are enough."""
    for workload, share in SHARES.items():
        count, most = round(kills * share), len(recorded[workload])
        yield workload, sorted({1 + place * most // count for place in range(count)})


def _say(what: str, outcome: Outcome, points: int, seconds: float) -> int:
    print(
        f"{what}: {outcome.states} states over {points} calls, {outcome.lost} lost something acknowledged,"
        f" {outcome.damaged} damaged; {seconds:.0f} s",
        flush=True,
    )
    for seed in outcome.seeds:
        print(f"  {seed}", flush=True)
    return outcome.lost + outcome.damaged


if __name__ == "__main__":
    sys.exit(main())
