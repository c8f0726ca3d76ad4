"""Snapshots count only once they were checked, are few and young, and hold nobody who was forgotten."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.errors import VaultError
from app.storage import migrate
from app.storage.backup import FOLDER, LONGEST, MOST, STEPS, forget_snapshots, snapshots_in
from app.storage.connection import PAGE_SIZE
from app.storage.forgetting import forget_record
from app.storage.held import Held
from app.storage.vault import Vault
from app.use_cases.people import NewPerson, find, register_person
from tests.helpers.vaults import Laptop, open_copy

CANARY = "Zzcanaryzz Quetzalcoatlus"


def _register(laptop: Laptop, name: str = CANARY) -> UUID:
    form = NewPerson(full_name=name, site=laptop.sites["stoke_mandeville"])
    return register_person(laptop.vault, **laptop.act, form=form)


def _folder(laptop: Laptop) -> Path:
    return laptop.vault.path.with_name(FOLDER)


def _found_in(laptop: Laptop, path: Path, folder: Path) -> int:
    """Open a copy of a snapshot as a vault of its own, and count the people it finds."""
    folder.mkdir()
    copy = folder / "vault.db"
    copy.write_bytes(path.read_bytes())
    vault = open_copy(laptop, copy)
    try:
        return len(find(vault, typed="quetz").rids)
    finally:
        vault.close()


def _forget(connection: Connection, person: UUID) -> None:
    row = connection.exec_driver_sql("SELECT rid, type FROM rec_meta WHERE id = ?", (person.bytes,)).one()
    forget_record(connection, row.rid, person.bytes, row.type)


def test_a_snapshot_opens_with_the_vaults_own_key_and_holds_what_was_recorded(laptop: Laptop, tmp_path: Path):
    _register(laptop)
    taken = laptop.vault.take_snapshot()
    assert _found_in(laptop, taken.path, tmp_path / "copy") == 1
    assert [one.place for one in snapshots_in(_folder(laptop))] == [taken.place]


def test_a_snapshot_is_encrypted_and_one_whole_file(laptop: Laptop):
    _register(laptop)
    taken = laptop.vault.take_snapshot()
    assert taken.path.read_bytes()[:16] != b"SQLite format 3\x00"
    for path in _folder(laptop).iterdir():
        assert not any(word in path.read_bytes() for word in (b"Quetzal", "Quetzal".encode("utf-16-le"))), path.name
    assert not [path for path in _folder(laptop).iterdir() if path.name.endswith(("-wal", "-shm", "-journal"))]


def test_the_daily_one_is_taken_once_a_day(laptop: Laptop):
    assert laptop.vault.snapshot_if_due() is not None
    assert laptop.vault.snapshot_if_due() is None
    laptop.clock.forward(days=1)
    assert laptop.vault.snapshot_if_due() is not None


def test_there_are_at_most_three_and_the_oldest_gives_its_place(laptop: Laptop):
    taken = []
    for _ in range(MOST + 1):
        taken.append(laptop.vault.take_snapshot().taken_at)
        laptop.clock.forward(days=1)
    assert [one.taken_at for one in laptop.vault.snapshots.all] == taken[:0:-1]


def test_none_is_older_than_fourteen_days(laptop: Laptop):
    laptop.vault.take_snapshot()
    laptop.clock.forward(days=LONGEST.days, seconds=1)
    newest = laptop.vault.take_snapshot()
    assert laptop.vault.snapshots.all == (newest,)


def test_a_restart_keeps_what_counts_and_empties_what_does_not(laptop: Laptop):
    kept = laptop.vault.take_snapshot()
    torn = laptop.vault.take_snapshot()
    laptop.vault.close()
    torn.path.with_suffix(".json").unlink()
    laptop.reopen()
    assert laptop.vault.snapshots.all == (kept,)
    assert torn.path.stat().st_size == 0


def test_one_that_was_cut_is_not_offered(laptop: Laptop):
    taken = laptop.vault.take_snapshot()
    os.truncate(taken.path, PAGE_SIZE)
    assert snapshots_in(_folder(laptop)) == ()


def test_one_that_opens_for_nobody_keeps_the_vault_from_nobody(laptop: Laptop):
    taken = laptop.vault.take_snapshot()
    laptop.vault.close()
    taken.path.write_bytes(os.urandom(taken.path.stat().st_size))
    laptop.reopen()
    assert laptop.vault.snapshots.all == ()
    assert laptop.vault.take_snapshot().path.stat().st_size > 0


def test_one_whose_check_fails_never_counts(laptop: Laptop):
    before = laptop.vault.take_snapshot()

    def damage(point: str) -> None:
        if point != STEPS[0]:
            return
        copy = next(path for path in _folder(laptop).glob("*.db") if path.stat().st_size and path != before.path)
        raw = bytearray(copy.read_bytes())
        raw[-(PAGE_SIZE // 2)] ^= 0xFF
        copy.write_bytes(raw)

    with pytest.raises(VaultError):
        laptop.vault.take_snapshot(reach=damage)
    assert laptop.vault.snapshots.all == (before,)


def test_after_somebody_was_forgotten_every_older_one_is_gone_before_it_is_reported(laptop: Laptop, tmp_path: Path):
    person = _register(laptop)
    old = laptop.vault.take_snapshot()
    laptop.vault.take_snapshot()
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        _forget(connection, person)
    assert Held(laptop.vault).clean()
    (left,) = laptop.vault.snapshots.all
    assert _found_in(laptop, left.path, tmp_path / "copy") == 0
    held = [path for path in _folder(laptop).glob("*.db") if path.stat().st_size]
    assert held == [left.path]
    assert left.taken_at >= old.taken_at


def test_an_exchange_that_removed_nothing_makes_none_anew(laptop: Laptop):
    # The directory of the tests is held through no scope: it goes with the first clean-up.
    assert Held(laptop.vault).clean()
    taken = laptop.vault.take_snapshot()
    laptop.clock.forward(hours=1)
    assert Held(laptop.vault).clean()
    assert laptop.vault.snapshots.all == (taken,)


def test_where_no_new_one_can_be_made_the_old_ones_go_all_the_same(laptop: Laptop, monkeypatch: pytest.MonkeyPatch):
    person = _register(laptop)
    laptop.vault.take_snapshot()
    with laptop.vault.writing() as connection:
        _forget(connection, person)

    def full(*_: object, **__: object) -> None:
        raise VaultError("vault.disk_full")

    monkeypatch.setattr(Vault, "take_snapshot", full)
    assert laptop.vault.renew_snapshots()
    assert laptop.vault.snapshots.all == ()
    assert not any(path.stat().st_size for path in _folder(laptop).glob("*.db"))


def test_before_the_tables_change_a_snapshot_is_taken(laptop: Laptop, monkeypatch: pytest.MonkeyPatch):
    _register(laptop)
    laptop.vault.close()
    seen = []
    monkeypatch.setattr("app.storage.vault.is_behind", lambda _: True)
    monkeypatch.setattr("app.storage.vault.migrate", lambda _: seen.append(len(snapshots_in(_folder(laptop)))))
    laptop.reopen()
    assert seen == [1]
    assert migrate.is_behind is not None


def test_another_key_leaves_none(laptop: Laptop):
    laptop.vault.take_snapshot()
    laptop.vault.close()
    forget_snapshots(_folder(laptop))
    assert list(_folder(laptop).iterdir()) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.helpers.vaults import make_laptop
laptop = make_laptop(Path(sys.argv[1]), alliance=False)
laptop.vault.take_snapshot()
print(laptop.key.decode(), laptop.expected.vault_id, flush=True)
def reach(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
laptop.vault.take_snapshot(is_only=True, reach=reach)
"""


@pytest.mark.parametrize("point", STEPS)
def test_a_kill_at_any_point_leaves_whole_ones_only(tmp_path: Path, laptop: Laptop, point: str):
    folder = tmp_path / "killed"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(folder), point],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9
    key, vault_id = done.stdout.decode().split()
    laptop.key = key.encode()
    laptop.expected = type(laptop.expected)(vault_id=UUID(vault_id), generation=1)
    before = snapshots_in(folder / FOLDER)
    assert len(before) == {"after-copy": 1, "after-verify": 1, "after-note": 2, "after-emptied": 1}[point]
    vault = open_copy(laptop, folder / "vault.db")
    try:
        assert vault.snapshots.all == before
        held = [path for path in (folder / FOLDER).glob("*.db") if path.stat().st_size]
        assert sorted(held) == sorted(one.path for one in before)
        assert vault.take_snapshot().taken_at - before[0].taken_at < timedelta(days=1)
    finally:
        vault.close()
    for number, one in enumerate(before):
        assert _found_in(laptop, one.path, tmp_path / f"copy{number}") == 0
