"""An order to give up a vault, obeyed step by step: a crash after any of them leaves nothing that opens."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from app.errors import KeyringError, VaultError
from app.paths import LaptopPaths
from app.security.device_key import make_device_key, wrapping_key
from app.security.device_secret import DEVICE_SECRET, MARK, KeyringStore, make_device_secret
from app.security.mark import Mark, write_mark
from app.security.slots_file import write_slots
from app.use_cases.giving_up import (
    STEPS,
    GivingUp,
    Unsent,
    forget_order,
    note_order,
    obey,
    read_note,
)
from tests.helpers.vaults import make_laptop
from tests.security.kit import VAULT, MemoryKeyring, make


class CrashError(Exception):
    """The power went."""


@dataclass
class Given:
    """A laptop with everything that lies in its folder, and an order."""

    paths: LaptopPaths
    keyring_: MemoryKeyring
    order: GivingUp
    reached: list[str] = field(default_factory=list)

    @property
    def store(self) -> KeyringStore:
        return KeyringStore(VAULT, self.keyring_.allowed(), limit_s=5)

    def left(self) -> set[str]:
        return {path.name for path in self.paths.folder.iterdir()}


@pytest.fixture
def given(tmp_path: Path) -> Given:
    folder = tmp_path / "laptop"
    make_laptop(folder, alliance=False).vault.close()
    paths, keyring_ = LaptopPaths(folder=folder), MemoryKeyring()
    store = KeyringStore(VAULT, keyring_.allowed(), limit_s=5)
    secret = make_device_secret(store, existing=(), random_bytes=os.urandom)
    write_mark(store, Mark())
    made = make(secret)
    for _ in range(2):
        write_slots(paths.slots, made.slots)
    make_device_key(
        paths.device_key,
        vault_id=VAULT,
        wrapping=wrapping_key(secret, VAULT),
        by_device_secret=True,
        random_bytes=os.urandom,
    ).clear()
    (folder / "snapshots").mkdir(exist_ok=True)
    (folder / "snapshots" / "yesterday.db").write_bytes(b"x")
    for place in (paths.files / "sealed", paths.put_out / "plain.pdf"):
        place.parent.mkdir()
        place.write_bytes(b"x")
    for name in ("vault.db-wal", "vault.db-shm", "attempts.json", "lease_day", "service.json", "of a later version"):
        (folder / name).write_bytes(b"x")
    paths.logs.mkdir()
    paths.lock.touch()
    paths.sealed_outbox.write_bytes(b"sealed")
    order = GivingUp(
        vault_id=VAULT,
        keyring="SecretService",
        device=uuid4(),
        serial=1,
        wipe=True,
        rescue=True,
        org_name="Aspire",
        address="https://alongside.example",
        audience="alongside-test",
    )
    return Given(paths=paths, keyring_=keyring_, order=order)


def test_keys_and_records_go_and_sealed_work_stays(given: Given) -> None:
    note_order(given.paths, given.order)
    done = obey(given.paths, given.order, given.store)

    assert given.left() == {"giving_up.json", "outbox.sealed", "lock", "logs"}
    assert given.keyring_.held == {}
    assert (done.is_obeyed, done.unsent) == (True, Unsent.HERE)
    assert read_note(given.paths) == done


def test_keys_go_before_records(given: Given) -> None:
    def look(step: str) -> None:
        given.reached.append(step)
        if step == "after-ds-gone":
            assert given.store.get(DEVICE_SECRET) is given.store.get(MARK) is None
            assert {"slots.json", "vault.db"} <= given.left()
        if step == "after-slots-gone":
            assert given.left().isdisjoint({"slots.json", "slots.json.previous"})
            assert "vault.db" in given.left()

    note_order(given.paths, given.order, reach=look)
    obey(given.paths, given.order, given.store, reach=look)

    assert given.reached == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_after_a_crash_the_next_start_does_the_rest(given: Given, step: str) -> None:
    def crash(reached: str) -> None:
        if reached == step:
            raise CrashError

    def begin() -> None:
        note_order(given.paths, given.order, reach=crash)
        obey(given.paths, given.order, given.store, reach=crash)

    with pytest.raises(CrashError):
        begin()

    found = read_note(given.paths)
    assert found == given.order, "it is known at the next start, and not taken for done"
    done = obey(given.paths, found, given.store)
    assert given.left() == {"giving_up.json", "outbox.sealed", "lock", "logs"}
    assert given.keyring_.held == {}
    assert obey(given.paths, done, given.store) == done, "once more changes nothing"


def test_a_keyring_that_does_not_answer_saves_no_record(given: Given) -> None:
    def refuse() -> None:
        raise OSError("no answer")

    note_order(given.paths, given.order)
    given.keyring_.before = refuse
    with pytest.raises(KeyringError):
        obey(given.paths, given.order, given.store)

    assert given.left() == {"giving_up.json", "outbox.sealed", "lock", "logs"}
    found = read_note(given.paths)
    assert found is not None
    assert not found.is_obeyed, "the secret is still in the keyring: nobody is told that it is done"
    given.keyring_.before = lambda: None
    assert obey(given.paths, found, given.store).is_obeyed
    assert given.keyring_.held == {}


def test_an_order_that_only_locks_destroys_nothing(given: Given) -> None:
    before, held = given.left(), dict(given.keyring_.held)
    order = msgspec.structs.replace(given.order, wipe=False)
    note_order(given.paths, order)
    assert obey(given.paths, order, given.store).is_obeyed
    assert given.left() == before | {"giving_up.json"}
    assert given.keyring_.held == held
    with pytest.raises(VaultError, match=r"giving_up\.not_done"):
        forget_order(given.paths)


def test_an_order_without_rescue_takes_the_sealed_work_too(given: Given) -> None:
    order = msgspec.structs.replace(given.order, rescue=False)
    note_order(given.paths, order)
    assert obey(given.paths, order, given.store).unsent is Unsent.NONE
    assert "outbox.sealed" not in given.left()


def test_the_laptop_is_set_up_anew_only_when_nothing_is_left_on_it(given: Given) -> None:
    note_order(given.paths, given.order)
    with pytest.raises(VaultError, match=r"giving_up\.not_done"):
        forget_order(given.paths)
    obey(given.paths, given.order, given.store)
    with pytest.raises(VaultError, match=r"giving_up\.not_done"):
        forget_order(given.paths)
    given.paths.sealed_outbox.unlink()
    obey(given.paths, given.order, given.store)
    forget_order(given.paths)
    assert read_note(given.paths) is None
    forget_order(given.paths)


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b'{"format":2}', b"\xff" * 5_000])
def test_a_note_nobody_can_read_lets_nobody_past_it(given: Given, content: bytes) -> None:
    given.paths.giving_up.write_bytes(content)
    with pytest.raises(VaultError, match=r"giving_up\.damaged"):
        read_note(given.paths)


def test_a_link_in_the_folder_takes_nothing_outside_with_it(given: Given, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter.txt").write_text("keep")
    (given.paths.folder / "link").symlink_to(outside)
    note_order(given.paths, given.order)
    obey(given.paths, given.order, given.store)
    assert (outside / "letter.txt").read_text() == "keep"
    assert "link" not in given.left()
