"""Whether the disk below the vault is encrypted, as far as this platform says so without asking for more rights."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_DEEPEST: Final = 8
"""Layers of a Linux disk (partition, LUKS, LVM, RAID) that are looked through."""


def disk_is_encrypted(folder: Path, *, blocks: Path = Path("/sys/dev/block")) -> bool | None:
    """Return whether the disk of a folder is encrypted; None where it cannot be known.

    Windows tells BitLocker's state to administrators only, and macOS FileVault's to a tool of its own: there the
    organisation's IT sees to it at installation.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        device = folder.stat().st_dev
        found = blocks / f"{os.major(device)}:{os.minor(device)}"
        return _has_crypt(found, _DEEPEST) if found.exists() else None
    except OSError:
        return None


def _has_crypt(block: Path, depth: int) -> bool:
    mapped = block / "dm" / "uuid"
    if mapped.exists() and mapped.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    below = block / "slaves"
    return depth > 0 and below.is_dir() and any(_has_crypt(part, depth - 1) for part in below.iterdir())
