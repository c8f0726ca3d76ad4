"""Cutting the power at random moments of a recording, and opening what is left as the program does."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from app.errors import VaultError
from app.security.slots_file import previous_copy, read_slots
from app.storage.connection import check_file, connect
from app.storage.health import full_checks
from app.storage.migrate import HEAD
from app.storage.rekey import key_opens
from app.storage.vault import FILE_NAME
from tests.faults.power.crash_states import Disk
from tests.faults.power.recording import Entry
from tests.faults.power.workloads import EXPECTED, KEY, KEYS, SETTINGS
from tests.helpers.vaults import Clock, open_with

_PEOPLE = "SELECT lower(hex(m.id)) FROM person p JOIN rec_meta m USING (rid)"
_CHAIN = "SELECT count(*), coalesce(max(seq), 0) FROM audit_entry"
_HALVES = """
SELECT count(*) FROM person p JOIN rec_meta m USING (rid)
 WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = m.id)
    OR NOT EXISTS (SELECT 1 FROM stay s WHERE s.agg_id = p.agg_id)
"""


@dataclass
class Outcome:
    """What a run came to.

    Attributes:
        states: how many were opened.
        lost: states in which something acknowledged was missing.
        damaged: states that did not open, or hold half of a commit.
        seeds: of the first few of either.
    """

    states: int = 0
    lost: int = 0
    damaged: int = 0
    seeds: list[str] = field(default_factory=list)

    def add(self, fault: str, seed: str) -> None:
        """Count one state."""
        self.states += 1
        self.lost += fault == "lost"
        self.damaged += fault not in {"", "lost"}
        if fault and len(self.seeds) < 10:
            self.seeds.append(f"{seed}: {fault}")


def cut(entries: list[Entry], check: Callable[[Path, list[str]], str], *, states: int, seed: int) -> Outcome:
    """Cut the power at `states` random moments of a recording."""
    chance = random.Random(seed)
    moments = sorted(chance.randrange(1, len(entries) + 1) for _ in range(states))
    outcome, disk, taken = Outcome(), Disk(), 0
    for number, moment in enumerate(moments):
        while taken < moment:
            disk.take(entries[taken])
            taken += 1
        with _folder() as folder:
            disk.leave(folder, random.Random(f"{seed}/{number}"))
            outcome.add(check(folder, disk.acknowledged.split()), f"seed {seed}, state {number}, call {moment}")
    return outcome


def vault_fault(folder: Path, acknowledged: list[str]) -> str:
    """Return what is wrong with a vault that the power left; empty when nothing is."""
    if not acknowledged:
        # Nobody was told that there is a vault: the set-up takes back what is there of one (app/security/begun.py).
        return ""
    path = folder / FILE_NAME
    try:
        check_file(path)
        full_checks(path, bytearray(KEY), EXPECTED, lambda _bodies: None)
    except VaultError as error:
        return error.code
    connection = connect(path, bytearray(KEY))
    try:
        people = {row[0] for row in connection.execute(_PEOPLE)}
        count, last = connection.execute(_CHAIN).fetchone()
        halves = connection.execute(_HALVES).fetchone()[0]
    finally:
        connection.close()
    if halves or count != last:
        return "half of a commit"
    wanted = {UUID(word).hex for word in acknowledged[1:]}
    return "" if wanted <= people else "lost"


def migration_fault(folder: Path, acknowledged: list[str]) -> str:
    """Return what is wrong with a vault whose migration was cut short; the next opening does it anew, or it is done."""
    if not acknowledged:
        return ""
    path = folder / FILE_NAME
    try:
        open_with(path, KEY, EXPECTED, Clock()).close()
        full_checks(path, bytearray(KEY), EXPECTED, lambda _bodies: None)
    except VaultError as error:
        return error.code
    connection = connect(path, bytearray(KEY))
    try:
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        kept = connection.execute("SELECT count(*) FROM setting WHERE name LIKE 'kept %'").fetchone()[0]
    finally:
        connection.close()
    if version != HEAD:
        return f"stands at {version}"
    return "" if kept == SETTINGS else "lost"


def rekey_fault(folder: Path, acknowledged: list[str]) -> str:
    """Return what is wrong with a vault that was getting another key: one of the two has to open it, whole."""
    if not acknowledged:
        return ""
    path, done = folder / FILE_NAME, len(acknowledged) - 1
    try:
        opens = [key for key in KEYS[done : done + 2] if key_opens(path, bytearray(key))]
        if len(opens) != 1:
            return f"{len(opens)} of two keys open it"
        full_checks(path, bytearray(opens[0]), EXPECTED, lambda _bodies: None)
    except VaultError as error:
        return error.code
    connection = connect(path, bytearray(opens[0]))
    try:
        kept = connection.execute("SELECT count(*) FROM setting WHERE name LIKE 'kept %'").fetchone()[0]
    finally:
        connection.close()
    return "" if kept == SETTINGS else "lost"


def slots_fault(folder: Path, acknowledged: list[str]) -> str:
    """Return what is wrong with a slots file that the power left."""
    if not acknowledged:
        return ""
    path = folder / "slots.json"
    try:
        version = read_slots(path).version
    except VaultError as error:
        return error.code
    if previous_copy(path).exists():
        try:
            read_slots(previous_copy(path))
        except VaultError as error:
            return f"the copy: {error.code}"
    return "" if version >= int(acknowledged[-1]) else "lost"


CHECKS: dict[str, Callable[[Path, list[str]], str]] = {
    "commits": vault_fault,
    "commits_without_flush": vault_fault,
    "migration": migration_fault,
    "rekey": rekey_fault,
    "slots": slots_fault,
}


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
