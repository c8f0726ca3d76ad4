"""The vault is made once, opened only when it is itself and whole, and never replaced."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import UUID

import pytest
import sqlcipher3.dbapi2 as dbapi2

from app.domain.codes import AuditAction
from app.domain.ids import IdSource
from app.domain.person import Person
from app.errors import VaultError
from app.storage.connection import PAGE_SIZE
from app.storage.health import Expected
from app.storage.vault import FILE_NAME, create_vault, open_vault
from app.use_cases.people import NewPerson, find, register_person
from tests.helpers.vaults import Clock, Laptop, make_laptop, seal

CANARY = "Zzcanaryzz Quetzalcoatlus"


def _reopened(laptop: Laptop, expected: Expected | None = None, key: bytes | None = None):
    return open_vault(
        laptop.vault.path,
        bytearray(key or laptop.key),
        expected=expected or laptop.expected,
        ids=IdSource(laptop.clock, os.urandom),
        seal=seal,
        random_bytes=os.urandom,
        chain=lambda _: None,
        today=laptop.clock().date().isoformat(),
    )


def _register(laptop: Laptop, name: str = CANARY):
    form = NewPerson(full_name=name, site=laptop.sites["stoke_mandeville"])
    return register_person(laptop.vault, **laptop.act, form=form)


def test_what_was_recorded_is_there_after_a_restart(laptop: Laptop):
    _register(laptop)
    laptop.reopen()
    assert len(find(laptop.vault, typed="quetz").rids) == 1


def test_no_name_stands_readable_in_any_file(laptop: Laptop):
    _register(laptop)
    laptop.vault.take_snapshot()
    words = [CANARY.encode(), CANARY.encode("utf-16-le"), b"Quetzal", b"zzcanary"]
    for path in laptop.vault.path.parent.rglob("*.*"):
        raw = path.read_bytes()
        assert not any(word in raw for word in words), path.name


def test_the_file_does_not_begin_like_a_plain_database(laptop: Laptop):
    assert laptop.vault.path.read_bytes()[:16] != b"SQLite format 3\x00"


def test_a_vault_is_never_made_over_one_that_is_there(laptop: Laptop):
    before = laptop.vault.path.read_bytes()[:PAGE_SIZE]
    with pytest.raises(VaultError, match=r"vault\.exists"):
        create_vault(
            laptop.vault.path,
            bytearray(laptop.key),
            vault_id=UUID(int=1),
            generation=1,
            now=laptop.clock(),
            random_bytes=os.urandom,
        )
    assert laptop.vault.path.read_bytes()[:PAGE_SIZE] == before


def test_a_lone_write_ahead_log_stops_a_new_vault_too(tmp_path: Path):
    path = tmp_path / "vault.db"
    path.with_name("vault.db-wal").write_bytes(b"x")
    with pytest.raises(VaultError, match=r"vault\.exists"):
        create_vault(
            path, bytearray(b"x'" + b"00" * 32 + b"'"), vault_id=UUID(int=1), generation=1, now=Clock()(),
            random_bytes=os.urandom,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: path.unlink(), "vault.missing"),
        (lambda path: path.write_bytes(b""), "vault.empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "vault.truncated"),
        (lambda path: path.write_bytes(path.read_bytes()[: -5 * PAGE_SIZE]), "vault.damaged"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(PAGE_SIZE - 16)), "vault.plain"),
        (lambda path: path.write_bytes(os.urandom(8 * PAGE_SIZE)), "vault.could_not_open"),
    ],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(laptop: Laptop, damage, code: str):
    laptop.vault.close()
    damage(laptop.vault.path)
    before = laptop.vault.path.read_bytes() if laptop.vault.path.exists() else None
    with pytest.raises(VaultError) as caught:
        _reopened(laptop)
    assert caught.value.code == code
    after = laptop.vault.path.read_bytes() if laptop.vault.path.exists() else None
    assert after == before


def test_a_wrong_key_is_refused(laptop: Laptop):
    laptop.vault.close()
    with pytest.raises(VaultError, match=r"vault\.could_not_open"):
        _reopened(laptop, key=b"x'" + b"ab" * 32 + b"'")
    _reopened(laptop).close()


def test_another_vault_in_its_place_is_found(laptop: Laptop, tmp_path: Path):
    laptop.vault.close()
    with pytest.raises(VaultError, match=r"vault\.swapped"):
        _reopened(laptop, expected=Expected(vault_id=UUID(int=7), generation=1))


def test_a_vault_of_a_newer_version_is_not_opened(laptop: Laptop):
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("UPDATE identity SET schema = 99")
    laptop.vault.close()
    before = laptop.vault.path.read_bytes()
    with pytest.raises(VaultError) as caught:
        _reopened(laptop)
    assert caught.value.code == "vault.newer"
    assert laptop.vault.path.read_bytes() == before, "nor written to"
    assert caught.value.detail["schema"] == 99


def test_an_older_copy_is_found_by_the_mark(laptop: Laptop, tmp_path: Path):
    laptop.vault.close()
    older = tmp_path / "older.db"
    shutil.copy(laptop.vault.path, older)
    laptop.reopen()
    with laptop.vault.transaction(**laptop.act) as work:
        work.audit(AuditAction.LOGIN)
    with laptop.vault.reading() as read:
        seq, entry_hash = read.audit_head(laptop.actor.device)
    laptop.vault.close()
    shutil.copy(older, laptop.vault.path)
    marked = Expected(vault_id=laptop.expected.vault_id, generation=1, least_audit_seq=seq, audit_hash=entry_hash)
    with pytest.raises(VaultError, match=r"vault\.older"):
        _reopened(laptop, expected=marked)


def test_changed_bytes_are_found_after_an_unclean_end(laptop: Laptop):
    _register(laptop)
    laptop.vault.close()
    raw = bytearray(laptop.vault.path.read_bytes())
    raw[-(PAGE_SIZE // 2)] ^= 0xFF
    laptop.vault.path.write_bytes(raw)
    laptop.clock.forward(days=1)  # the first opening of a day runs all five checks
    with pytest.raises(VaultError) as caught:
        _reopened(laptop)
    assert caught.value.code in {"vault.damaged", "vault.could_not_open"}


def test_a_last_page_that_a_power_cut_tore_is_healed_by_the_log_and_told_without_one(laptop: Laptop):
    _register(laptop)
    path, log = laptop.vault.path, laptop.vault.path.with_name(FILE_NAME + "-wal")
    kept = log.read_bytes()
    assert kept, "the log holds what was recorded last"
    laptop.vault.close()
    with path.open("ab") as file:
        file.write(bytes(PAGE_SIZE // 2))
    with pytest.raises(VaultError) as caught:
        _reopened(laptop)
    assert caught.value.code == "vault.truncated"
    log.write_bytes(kept)
    with _reopened(laptop).reading() as read:
        assert len(read.all(Person)) == 1


def test_a_failing_transaction_leaves_nothing_behind(laptop: Laptop):
    with laptop.vault.reading() as read:
        before = read.connection.exec_driver_sql("SELECT count(*) FROM rec_meta").scalar_one()
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(laptop)
    with laptop.vault.reading() as read:
        assert read.connection.exec_driver_sql("SELECT count(*) FROM rec_meta").scalar_one() == before
        assert read.connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one() == 0


def _write_and_fail(laptop: Laptop) -> None:
    with laptop.vault.transaction(**laptop.act) as work:
        work.audit(AuditAction.LOGIN)
        raise ZeroDivisionError


def _register_many(laptop: Laptop) -> None:
    for number in range(400):
        _register(laptop, f"Person Number{number}")


def test_a_full_disk_is_said_in_words_and_what_was_recorded_stays(laptop: Laptop):
    _register(laptop)
    with laptop.vault.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    for _ in range(4):  # every connection of the pool, since the limit is the connection's own
        with laptop.vault.writing() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(VaultError, match=r"vault\.disk_full"):
        _register_many(laptop)
    assert len(find(laptop.vault, typed="quetz").rids) == 1


def test_a_key_is_zeroed_once_the_vault_is_open(tmp_path: Path):
    laptop = make_laptop(tmp_path / "zero", alliance=False)
    laptop.vault.close()
    key = bytearray(laptop.key)
    vault = open_vault(
        laptop.vault.path, key, expected=laptop.expected, ids=IdSource(laptop.clock, os.urandom), seal=seal,
        random_bytes=os.urandom, chain=lambda _: None, today="2026-11-22",
    )  # fmt: skip
    vault.close()
    assert not any(key)


def test_the_library_is_the_encrypted_one():
    connection = dbapi2.connect(":memory:")
    assert connection.execute("PRAGMA cipher_version").fetchone()[0].startswith("4.")
    connection.close()
