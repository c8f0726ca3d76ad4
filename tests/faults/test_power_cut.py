"""The power is cut at random moments of real work: nothing acknowledged is lost, nothing is damaged, nobody repairs.

`nox -s faults` cuts it some ten thousand times; here each recording is cut a hundred times or two.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.power.cutting import CHECKS, cut
from tests.faults.power.killing import kill
from tests.faults.power.recording import Entry, Kind, build, can_record, record

pytestmark = pytest.mark.skipif(not can_record(), reason="NOT RUN: no gcc here, or not Linux")

SEED = 20_261_201


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("recorder"))


@pytest.fixture(scope="module")
def recorded(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Entry]]:
    return lambda workload: record(workload, tmp_path_factory.mktemp(workload), library)


@pytest.mark.parametrize(("workload", "states"), [("commits", 150), ("migration", 150), ("rekey", 100), ("slots", 400)])
def test_whatever_the_power_leaves_opens_and_holds_what_was_acknowledged(
    recorded: Callable[[str], list[Entry]], workload: str, states: int
) -> None:
    entries = recorded(workload)
    assert {entry.kind for entry in entries} >= {Kind.WRITE, Kind.SYNC, Kind.SYNC_FOLDER}
    outcome = cut(entries, CHECKS[workload], states=states, seed=SEED)
    assert (outcome.states, outcome.lost, outcome.damaged) == (states, 0, 0), outcome.seeds


def test_without_flushing_each_commit_the_same_cuts_lose_acknowledged_work(
    recorded: Callable[[str], list[Entry]],
) -> None:
    workload = "commits_without_flush"
    outcome = cut(recorded(workload), CHECKS[workload], states=60, seed=SEED)
    assert outcome.lost > 0, "cuts that lose nothing here are none"


@pytest.mark.parametrize(
    ("workload", "calls"),
    [
        ("commits", range(30, 2_800, 400)),
        ("migration", range(20, 690, 110)),
        ("rekey", range(620, 1_750, 160)),
        ("slots", range(3, 214, 13)),
    ],
)
def test_whatever_a_kill_leaves_opens_and_holds_what_was_acknowledged(
    library: Path, workload: str, calls: range
) -> None:
    outcome = kill(workload, calls, library)
    assert (outcome.states, outcome.lost, outcome.damaged) == (len(calls), 0, 0), outcome.seeds
