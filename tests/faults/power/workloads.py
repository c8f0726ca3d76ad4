"""What is recorded while it runs: work as the program does it, and after each step the word that it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

import app.storage.connection as recipe
import app.storage.migrations as migrations
from app.custody.shares import make_recovery_key
from app.security.slots import Newcomer, SlotMaker, change_password, create_slots, replace_grant
from app.security.slots_file import write_slots
from app.storage.health import Expected
from app.storage.rekey import change_key
from app.storage.tables import SCHEMA
from app.storage.vault import FILE_NAME, create_vault
from tests.faults.power.recording import ACKNOWLEDGED
from tests.helpers.vaults import START, Clock, Laptop, make_actor, open_with, seed_alliance
from tests.ui.desk.program import CHEAP
from tests.ui.pages import sharing_kit as kit

KEYS = tuple(b"x'" + digits * 32 + b"'" for digits in (b"5a", b"6b", b"7c"))
KEY = KEYS[0]
VAULT = UUID(int=0x5A)
PERSON = UUID(int=7)
EXPECTED = Expected(vault_id=VAULT, generation=1)
PEOPLE = 60
SETTINGS = 50


class Told:
    """Where a workload says what is done: what stands there was promised to a person."""

    def __init__(self, folder: Path) -> None:
        """Begin the file."""
        self._file = os.open(folder / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, word: object) -> None:
        os.write(self._file, f"{word}\n".encode())


def commits(folder: Path) -> None:
    """Make a vault and register people, one commit each, past several checkpoints."""
    told = Told(folder)
    create_vault(folder / FILE_NAME, bytearray(KEY), vault_id=VAULT, generation=1, now=START, random_bytes=os.urandom)
    clock = Clock()
    vault = open_with(folder / FILE_NAME, KEY, EXPECTED, clock)
    laptop = Laptop(vault=vault, actor=make_actor(), clock=clock, key=KEY, expected=EXPECTED)
    seed_alliance(laptop)
    laptop.sites = {"stoke_mandeville": _site(laptop)}
    with vault.writing() as connection:
        # Three in this run, instead of one in a morning's work.
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=200")
    told("made")
    for number in range(PEOPLE):
        clock.forward(seconds=1)
        told(kit.register(laptop, contact_value=f"07700 900{number:03}"))
        if number % 20 == 19:
            vault.close()
            laptop.vault = vault = open_with(folder / FILE_NAME, KEY, EXPECTED, clock)
    vault.close()


def commits_without_flush(folder: Path) -> None:
    """The same with `synchronous=NORMAL`: whoever cuts the power must lose some of it, or the cut is none."""
    recipe._SETTINGS = tuple(
        ("synchronous", "NORMAL", 1) if setting[0] == "synchronous" else setting for setting in recipe._SETTINGS
    )
    commits(folder)


def migration(folder: Path) -> None:
    """Open a vault of an older version: it is brought up to date."""
    path = folder / FILE_NAME
    told = Told(folder)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = recipe.connect(path, bytearray(KEY), fresh=True)
    _migrate_to(connection, "0005")
    identity = (VAULT.bytes, SCHEMA, int(START.timestamp() * 1000))
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO identity(one, vault_id, generation, schema, made_at, checked_on) VALUES (1, ?, 1, ?, ?, '')",
        identity,
    )
    connection.execute("INSERT INTO lane(lane, next_seq, acked) VALUES (0, 1, 0), (1, 1, 0)")
    connection.execute("COMMIT")
    _keep_settings(connection)
    connection.close()
    told("old")
    for word in ("migrated", "again"):
        open_with(path, KEY, EXPECTED, Clock()).close()
        told(word)


def _migrate_to(connection: Any, revision: str) -> None:
    scripts = ScriptDirectory(migrations.__path__[0])
    engine = create_engine("sqlite+pysqlite://", module=dbapi2, creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as wrapped:
        wrapped.exec_driver_sql("BEGIN IMMEDIATE")
        options = {"fn": lambda head, _context: scripts._upgrade_revs(revision, head)}
        context = MigrationContext.configure(wrapped, opts=options)
        with Operations.context(context):
            context.run_migrations()
        wrapped.commit()


def rekey(folder: Path) -> None:
    """Encrypt a vault under another key, and another."""
    told = Told(folder)
    path = folder / FILE_NAME
    create_vault(path, bytearray(KEYS[0]), vault_id=VAULT, generation=1, now=START, random_bytes=os.urandom)
    connection = recipe.connect(path, bytearray(KEYS[0]))
    _keep_settings(connection)
    connection.close()
    told("made")
    for number, (old, new) in enumerate(pairwise(KEYS), start=1):
        change_key(path, bytearray(old), bytearray(new))
        told(number)


def _keep_settings(connection: Any) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO setting(name, value) VALUES (?, ?)", [(f"kept {number}", "x" * 900) for number in range(SETTINGS)]
    )
    connection.execute("COMMIT")


def slots(folder: Path) -> None:
    """Make the slots file and write it again and again, with and without a copy of the one before."""
    told = Told(folder)
    path = folder / "slots.json"
    maker = SlotMaker(device_secret=bytearray(32), random_bytes=os.urandom, floor=CHEAP)
    newcomer = Newcomer(person_id=PERSON, shown_name="Priya", password="gravel tulip ocean", cost=CHEAP, grant={})
    made, opened = create_slots(
        vault_id=VAULT,
        keyring="memory",
        first=newcomer,
        recovery_public=make_recovery_key(os.urandom)[1],
        maker=maker,
    )
    write_slots(path, made)
    told(made.version)
    for number in range(20):
        if number % 5:
            made = replace_grant(made, PERSON, {"number": number})
            write_slots(path, made)
        else:
            made = change_password(made, opened.masters, PERSON, f"another one {number}", maker, cost=CHEAP)
            write_slots(path, made, keep_previous=False)
        told(made.version)


def _site(laptop: Laptop) -> UUID:
    with laptop.vault.reading() as read:
        return UUID(
            bytes=read.connection.exec_driver_sql("SELECT m.id FROM site s JOIN rec_meta m USING (rid)").scalar()
        )


WORKLOADS: dict[str, Callable[[Path], None]] = {
    "commits": commits,
    "commits_without_flush": commits_without_flush,
    "migration": migration,
    "rekey": rekey,
    "slots": slots,
}

if __name__ == "__main__":
    WORKLOADS[sys.argv[1]](Path(sys.argv[2]))
