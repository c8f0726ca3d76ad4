"""A first load: 10 000 records of 1 KB from the real service into an empty vault."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from app.domain.codes import Role
from sync.client.beside import OneBeside
from sync.client.engine import SyncEngine
from tests.benchmarks.figures import Figure, percentile, seconds
from tests.benchmarks.floors import Pages, PullFloor
from tests.benchmarks.notes import fill_service
from tests.benchmarks.service import ServiceProcess
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

TIMES = 5


def measure(service: ServiceProcess, folder: Path) -> list[Figure]:
    """Pull a ward's caseload into one empty laptop after the other, and move the same bytes without a program."""
    count = fill_service(service.alliance)
    taken, floor, packed = [], [], 0
    for number in range(TIMES):
        laptop = enrol_laptop(
            folder / f"pull{number}",
            service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"]),
            user=service.alliance.user("outreach_worker"),
            role=Role.OUTREACH_WORKER,
            clock=Clock(now=datetime.now(UTC)),
        )
        pages, beside = Pages(), OneBeside()
        engine = SyncEngine(
            outbox=laptop.outbox,
            held=laptop.held,
            net=laptop.net,
            clock=laptop.laptop.clock,
            monotonic=monotonic,
            beside=beside,
        )
        # As on a laptop: while a desk lives, the thread that pulls collects no garbage (ui/collecting.py).
        gc.disable()
        taken.append(seconds(lambda: engine.run(cancelled=lambda: False, report=pages.note)))  # noqa: B023
        gc.enable()
        beside.close()
        bodies = _bodies(laptop)
        assert len(bodies) >= count, "every record has arrived"
        bare = PullFloor(folder / f"floor{number}.db", pages.cut(bodies))
        floor.append(bare.seconds())
        packed = bare.packed_bytes
        laptop.close()
    return [
        Figure(
            name=f"pull of {count:,} records of 1 KB into an empty vault, median of {TIMES}",
            value=percentile(taken, 50),
            unit="s",
            floor=percentile(floor, 50),
            goal=6,
        ),
        Figure(name="the same: bytes a record on the wire", value=packed / len(bodies), unit="B"),
    ]


def _bodies(laptop: Enrolled) -> list[bytes]:
    return [body for _, body in laptop.bodies().values()]
