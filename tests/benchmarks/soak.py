"""A first load of a million records: does a page take as long at the end as at the beginning, and what does it hold?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import psycopg

from sync.protocol.slip import write_slip
from tests.benchmarks import guard
from tests.benchmarks.bulk import fill_by_copy
from tests.benchmarks.figures import Figure, percentile, seconds
from tests.benchmarks.service import ServiceProcess
from tests.benchmarks.soaked_laptop import Soaked

RECORDS: Final = int(os.environ.get("ALONGSIDE_SOAK_RECORDS", "100000"))
"""A million takes about 8 GB of disk while it runs; a tenth of it shows a page that grows just as well."""

_MIB: Final = 1024 * 1024
_SUMS: Final = "SELECT n, s0, s1, s2, s3 FROM feed_head WHERE scope_id = %s"


def measure(service: ServiceProcess, folder: Path, count: int = RECORDS) -> list[Figure]:
    """Fill a service and pull everything into one empty laptop, which is a process of its own."""
    filled = seconds(lambda: fill_by_copy(service.alliance, count))
    print(f"{count:,} records copied in {filled:.0f} s …", file=sys.stderr, flush=True)
    slip = service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"])
    (folder / "soak.slip").write_bytes(write_slip(slip))
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.soaked_laptop", str(folder / "soak.slip"), str(folder / "soaked")],
        check=True,
        capture_output=True,
    )
    soaked = msgspec.json.decode(done.stdout, type=Soaked)
    _check(service, soaked)
    return [*_figures(soaked, count), guard.page_at_the_end(service)]


def _check(service: ServiceProcess, soaked: Soaked) -> None:
    """Fail where the laptop does not hold what the service lists."""
    scope = service.alliance.scope("site:stoke_mandeville", "aspire")
    with psycopg.connect(service.alliance.database.owner_url) as connection:
        listed = connection.execute(_SUMS, (scope,)).fetchone()
    if not soaked.at_head or soaked.repaired or soaked.sums != list(listed or ()):
        raise AssertionError(f"laptop and service differ: {soaked.sums} and {listed}, {soaked.repaired} repaired")


def _figures(soaked: Soaked, count: int) -> list[Figure]:
    name = f"pull of {count:,} records"
    # The first pages are small, and the last is what is left.
    whole = [page for page in soaked.pages if page.rows >= max(each.rows for each in soaked.pages) * 0.9]
    tenth = max(1, len(whole) // 10)
    first, last = whole[:tenth], whole[-tenth:]
    return [
        Figure(name=f"{name}: all of it", value=soaked.seconds, unit="s"),
        Figure(
            name=f"{name}: a record at the end, against the beginning",
            value=percentile([page.seconds * 1e6 / page.rows for page in last], 50),
            unit="us",
            floor=percentile([page.seconds * 1e6 / page.rows for page in first], 50),
            goal=1.2,
        ),
        # Of a machine that does other things too, the laptop's own share tells more.
        Figure(
            name=f"{name}: the same, while the laptop computed",
            value=percentile([page.busy_seconds * 1e6 / page.rows for page in last], 50),
            unit="us",
            floor=percentile([page.busy_seconds * 1e6 / page.rows for page in first], 50),
            goal=1.2,
        ),
        Figure(name=f"{name}: memory of the laptop", value=soaked.peak_bytes / _MIB, unit="MiB", goal=300),
        Figure(name=f"{name}: disk a record", value=soaked.disk_bytes / count, unit="B", goal=1800),
    ]
