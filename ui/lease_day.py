"""The lease's last day, written beside the vault so that the sign-in screen can say it; it decides nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from app.domain.clocks import london_day
from app.errors import VaultError
from app.paths import LaptopPaths
from app.security.atomic_file import replace_file


def write_lease_day(paths: LaptopPaths, until: datetime | None) -> None:
    """Write the day when it changed; a laptop without a lease has no file."""
    if until is None:
        return
    day = london_day(until).isoformat().encode()
    path = _path(paths)
    # It decides nothing: a disk that takes no more is told where something would be lost.
    with suppress(OSError, VaultError):
        if not path.exists() or path.read_bytes() != day:
            replace_file(path, day)


def read_lease_day(paths: LaptopPaths) -> date | None:
    """Return the day, or None where none was written or something else stands there."""
    try:
        return date.fromisoformat(_path(paths).read_text(encoding="ascii")[:10])
    except (OSError, ValueError):
        return None


def _path(paths: LaptopPaths) -> Path:
    return paths.folder / "lease_day"
