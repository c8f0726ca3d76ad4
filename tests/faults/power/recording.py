"""Playing a workload under the recorder, and reading what it wrote down."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

HEADER = struct.Struct("<B3xIIIQQ")
SOURCE = Path(__file__).with_name("recorder.c")
ACKNOWLEDGED = "acknowledged"
"""The file in which a workload says what it told its user; a power cut takes none of it back."""


class Kind(IntEnum):
    """What was asked of the system; the numbers stand in recorder.c."""

    CREATE = 1
    WRITE = 2
    SYNC = 3
    TRUNCATE = 4
    UNLINK = 5
    RENAME = 6
    SYNC_FOLDER = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One call: the file's number and name, where in it, and the bytes."""

    kind: Kind
    inode: int
    name: str
    other: str
    offset: int
    data: bytes


def can_record() -> bool:
    """Answer whether this machine can build and load the recorder."""
    return sys.platform == "linux" and shutil.which("gcc") is not None


def build(folder: Path) -> Path:
    """Compile the recorder; returns the library."""
    library = folder / "recorder.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


def record(workload: str, folder: Path, library: Path) -> list[Entry]:
    """Play a workload in a process of its own; returns every call in order."""
    place, log = folder / "played", folder / f"{workload}.log"
    place.mkdir(parents=True)
    environment = {**os.environ, "LD_PRELOAD": str(library), "POWER_FOLDER": str(place), "POWER_LOG": str(log)}
    command = [sys.executable, "-m", "tests.faults.power.workloads", workload, str(place)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    shutil.rmtree(place)
    entries = list(_read(log.read_bytes()))
    log.unlink()
    return entries


def _read(content: bytes) -> Iterator[Entry]:
    at = 0
    while at < len(content):
        kind, name, other, data, inode, offset = HEADER.unpack_from(content, at)
        at += HEADER.size
        parts = []
        for length in (name, other, data):
            parts.append(content[at : at + length])
            at += length
        yield Entry(Kind(kind), inode, parts[0].decode(), parts[1].decode(), offset, parts[2])
