"""The simulator's command: `--seeds N [--from K]` plays histories, `--seed K --trace` shows one."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from tests.simulator.bugs import BUGS, NO_BUG, Bug
from tests.simulator.history import History, Outcome
from tests.simulator.world import World, running_world


def play(world: World, seed: int, bug: Bug = NO_BUG) -> Outcome:
    """Play one seed once, with a bug put back if one is named."""
    with History(world, seed, bug) as history:
        return history.run()


def play_twice(world: World, seed: int) -> Outcome:
    """Play one seed two times; a trace that differs is a broken promise too."""
    return compared(play(world, seed), play(world, seed))


def compared(first: Outcome, second: Outcome) -> Outcome:
    """Return the first of two runs of a seed, broken where their traces differ."""
    if first.trace.lines != second.trace.lines and not first.broken:
        differing = next(
            (pair for pair in zip(first.trace.lines, second.trace.lines, strict=False) if pair[0] != pair[1]),
            ("the length", ""),
        )
        first.broken = f"two runs differ: {differing[0]} / {differing[1]}"
    return first


def hunt(world: World, seeds: Sequence[int], bug: Bug) -> int | None:
    """Return the first seed that catches a bug, None when none does."""
    for seed in seeds:
        broken = play(world, seed, bug).broken
        if broken:
            print(f"{bug.name}: seed {seed}: {broken}", flush=True)
            return seed
    print(f"{bug.name}: NOT CAUGHT in {len(seeds)} seeds", flush=True)
    return None


def main() -> int:
    """Play what the command line asks for; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first")
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="show what happened")
    parser.add_argument("--once", action="store_true", help="play each seed once, without comparing two traces")
    parser.add_argument("--bugs", nargs="?", const="", help="put each known bug back, or those with this in their name")
    given = parser.parse_args()
    # Asked to end, the way out is the usual one: PostgreSQL and its files go too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seeds = [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    failed = []
    with running_world() as world:
        if given.bugs is not None:
            caught = [hunt(world, seeds, bug) for bug in BUGS if given.bugs in bug.name]
            return 1 if None in caught else 0
        began = time.monotonic()
        ops = faults = crashes = 0
        for seed in seeds:
            outcome = play(world, seed) if given.once else play_twice(world, seed)
            ops, faults, crashes = ops + outcome.ops, faults + outcome.faults, crashes + outcome.crashes
            if given.trace:
                print("\n".join(outcome.trace.lines))
            if outcome.broken:
                failed.append(seed)
                print(f"seed {seed}: {outcome.broken}", flush=True)
        took = time.monotonic() - began
    print(
        f"{len(seeds)} histories in {took:.0f} s: {len(seeds) / took:.1f} histories/s;"
        f" {ops} ops, {faults} faults, {crashes} crashes, {len(failed)} failed"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
