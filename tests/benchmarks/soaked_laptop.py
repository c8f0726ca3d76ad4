"""One laptop that pulls everything, alone in its process: `python -m tests.benchmarks.soaked_laptop SLIP FOLDER`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter, process_time

import msgspec
import psutil

from app.domain.codes import Role
from app.domain.ids import UserId
from sync.client.beside import OneBeside
from sync.client.engine import SyncEngine
from sync.client.progress import Progress, Stage
from sync.protocol.slip import read_slip
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop


class Page(msgspec.Struct, frozen=True):
    """One page: how many rows it had, how long after the page before it was written, and how busy the laptop was."""

    rows: int
    seconds: float
    busy_seconds: float


class Soaked(msgspec.Struct, frozen=True):
    """What a laptop tells of its first load; `sums` are the count and the four sums of the ward's scope."""

    seconds: float
    pages: list[Page]
    peak_bytes: int
    disk_bytes: int
    at_head: bool
    repaired: int
    sums: list[int]


class Watch:
    """Notes each page when it is written, and how much memory is in use then."""

    def __init__(self) -> None:
        """Begin now."""
        self.pages: list[Page] = []
        self.sampled_bytes = 0
        self._done, self._at, self._busy = 0, perf_counter(), process_time()
        self._process = psutil.Process()

    def note(self, progress: Progress) -> None:
        """Take in how far the load is."""
        if progress.stage is Stage.GETTING and progress.done > self._done:
            now, busy = perf_counter(), process_time()
            rows = progress.done - self._done
            self.pages.append(Page(rows=rows, seconds=now - self._at, busy_seconds=busy - self._busy))
            self._done, self._at, self._busy = progress.done, now, busy
            self.sampled_bytes = max(self.sampled_bytes, self._process.memory_info().rss)

    def peak_bytes(self) -> int:
        """Return the most memory that was in use: what the system counted, or else what was seen page by page."""
        counted = Path("/proc/self/status")
        if not counted.exists():
            return self.sampled_bytes
        line = next(line for line in counted.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024


def main() -> None:
    """Enrol, pull, and print what happened as one line of JSON."""
    slip = read_slip(Path(sys.argv[1]).read_bytes())
    laptop = enrol_laptop(
        Path(sys.argv[2]),
        slip,
        user=UserId(slip.user),
        role=Role.OUTREACH_WORKER,
        clock=Clock(now=datetime.now(UTC)),
    )
    empty = laptop.vault.path.stat().st_size
    beside, watch = OneBeside(), Watch()
    engine = _engine(laptop, beside)
    began = perf_counter()
    report = engine.run(cancelled=lambda: False, report=watch.note)
    took = perf_counter() - began
    beside.close()
    scope = next(scope for scope in laptop.held.scopes() if scope.key.startswith("site:"))
    told = Soaked(
        seconds=took,
        pages=watch.pages,
        peak_bytes=watch.peak_bytes(),
        disk_bytes=laptop.vault.path.stat().st_size - empty,
        at_head=report.at_head,
        repaired=report.repaired,
        sums=list(scope.sums),
    )
    laptop.close()
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def _engine(laptop: Enrolled, beside: OneBeside) -> SyncEngine:
    return SyncEngine(
        outbox=laptop.outbox,
        held=laptop.held,
        net=laptop.net,
        clock=laptop.laptop.clock,
        monotonic=monotonic,
        beside=beside,
    )


if __name__ == "__main__":
    main()
