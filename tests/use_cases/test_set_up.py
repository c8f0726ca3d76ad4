"""Setting up a laptop: whole, or nothing of it, however it ends; and it can always be tried again."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.custody.shares import make_recovery_key
from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.errors import KeyringError, VaultError
from app.paths import LaptopPaths
from app.security.begun import begin_set_up, take_back_set_up
from app.security.device_secret import MARK, FolderlessStore
from app.security.mark import Mark, write_mark
from app.security.passwords import Cost
from app.use_cases.laptop import FirstUser, Means
from app.use_cases.set_up import NewPlace, make_vault, prepare

PERSON = UserId(UUID(int=5))
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
FIRST = FirstUser(
    user=PERSON,
    org=OrganisationId(UUID(int=6)),
    device=DeviceId(UUID(int=7)),
    name="Priya Example",
    shown_name="Priya",
    roles=frozenset({Role.OUTREACH_WORKER}),
)


class SecretsInMemory:
    """A keyring's values of one vault; `refuses` are those it will not take."""

    name = "SecretService"

    def __init__(self, *refuses: str) -> None:
        self.values: dict[str, str] = {}
        self.refuses = refuses

    def get(self, value_name: str) -> str | None:
        return self.values.get(value_name)

    def set(self, value_name: str, value: str) -> None:
        if value_name in self.refuses:
            raise KeyringError("keyring.write_failed")
        self.values[value_name] = value

    def delete(self, value_name: str) -> None:
        self.values.pop(value_name, None)


def place() -> NewPlace:
    return NewPlace(
        person_id=PERSON,
        shown_name="Priya",
        password="gravel tulip ocean lantern",
        cost=CHEAP,
        recovery_public=make_recovery_key(os.urandom)[1],
        floor=CHEAP,
    )


def means(store: SecretsInMemory) -> Means:
    return Means(now=lambda: datetime.now(UTC), random_bytes=os.urandom, store=store)


def set_up(paths: LaptopPaths, store: SecretsInMemory, vault_id: UUID) -> None:
    with prepare(paths, place(), means(store), vault_id=vault_id) as prepared:
        assert prepared.vault_id == vault_id
        make_vault(paths, prepared, FIRST, means(store)).close()


def set_up_and_fail(paths: LaptopPaths, store: SecretsInMemory, error: Exception) -> None:
    with prepare(paths, place(), means(store), vault_id=uuid4()) as prepared:
        make_vault(paths, prepared, FIRST, means(store)).close()
        raise error


@pytest.fixture
def paths(tmp_path: Path) -> LaptopPaths:
    return LaptopPaths(folder=tmp_path / "laptop")


def left(paths: LaptopPaths) -> list[str]:
    return sorted(path.name for path in paths.folder.iterdir() if path.name != "lock")


def test_a_set_up_leaves_no_note_behind_and_no_second_vault_is_made(paths: LaptopPaths) -> None:
    store, vault_id = SecretsInMemory(), uuid4()
    set_up(paths, store, vault_id)
    assert left(paths) == ["device_key.json", "device_key.master.json", "slots.json", "vault.db"]
    assert not take_back_set_up(paths.begun, paths.all_of_a_vault, lambda _: store)
    with pytest.raises(VaultError, match=r"vault\.exists"):
        set_up(paths, store, uuid4())
    assert left(paths) == ["device_key.json", "device_key.master.json", "slots.json", "vault.db"]


def test_a_keyring_that_takes_no_mark_leaves_nothing(paths: LaptopPaths) -> None:
    store = SecretsInMemory(MARK)
    with pytest.raises(KeyringError):
        set_up(paths, store, uuid4())
    assert (left(paths), store.values) == ([], {})
    set_up(paths, SecretsInMemory(), uuid4())


@pytest.mark.parametrize("error", [OSError("disk"), VaultError("vault.read_only"), KeyringError("keyring.slow")])
def test_whatever_fails_on_the_way_leaves_nothing(paths: LaptopPaths, error: Exception) -> None:
    store = SecretsInMemory()
    with pytest.raises(type(error)):
        set_up_and_fail(paths, store, error)
    assert (left(paths), store.values) == ([], {})
    set_up(paths, store, uuid4())


def test_every_key_is_cleared_whether_it_went_well_or_not(paths: LaptopPaths) -> None:
    store = SecretsInMemory()
    with prepare(paths, place(), means(store), vault_id=uuid4()) as whole:
        make_vault(paths, whole, FIRST, means(store)).close()
    other = LaptopPaths(folder=paths.folder.with_name("other"))
    failing = prepare(other, place(), means(SecretsInMemory()), vault_id=uuid4())
    with pytest.raises(OSError, match="disk"), failing as broken:
        raise OSError("disk")
    for prepared in (whole, broken):
        slot, seed = prepared.slot, prepared.device_key.seed
        kept = [*slot.masters.by_generation.values(), slot.exchange_seed, slot.signing_seed, seed]
        assert all(bytes(key) == bytes(len(key)) for key in kept)


CRASHES = """
import os, sys
from pathlib import Path
from uuid import UUID
from app.paths import LaptopPaths
from app.security.device_secret import FolderlessStore
from app.use_cases.set_up import make_vault, prepare
sys.path.insert(0, sys.argv[3])
import {module} as kit
paths = LaptopPaths(folder=Path(sys.argv[1]))
store = FolderlessStore(paths.mark)
with prepare(paths, kit.place(), kit.means(store), vault_id=UUID(sys.argv[2])) as prepared:
    if sys.argv[4] == "vault":
        make_vault(paths, prepared, kit.FIRST, kit.means(store))
    os._exit(9)
"""


@pytest.mark.parametrize("when", ["keys", "vault"])
def test_a_set_up_cut_off_by_a_crash_is_taken_back_and_done_again(paths: LaptopPaths, when: str) -> None:
    code = CRASHES.format(module=Path(__file__).stem)
    vault_id = str(uuid4())
    command = [sys.executable, "-c", code, str(paths.folder), vault_id, str(Path(__file__).parent), when]
    assert subprocess.run(command, check=False).returncode == 9
    assert "begun" in left(paths)
    asked: list[UUID] = []

    def store_for(identifier: UUID) -> FolderlessStore:
        asked.append(identifier)
        return FolderlessStore(paths.mark)

    assert take_back_set_up(paths.begun, paths.all_of_a_vault, store_for)
    assert (left(paths), [str(identifier) for identifier in asked]) == ([], [vault_id])
    set_up(paths, SecretsInMemory(), uuid4())


def test_a_vault_that_somebody_has_worked_in_is_never_taken_back(paths: LaptopPaths) -> None:
    store, vault_id = SecretsInMemory(), uuid4()
    set_up(paths, store, vault_id)
    write_mark(store, Mark(audit_seq=2, audit_hash="a" * 64))
    begin_set_up(paths.begun, vault_id)
    assert not take_back_set_up(paths.begun, paths.all_of_a_vault, lambda _: store)
    assert left(paths) == ["device_key.json", "device_key.master.json", "slots.json", "vault.db"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"../../etc"])
def test_a_note_that_names_no_vault_takes_nothing_back(paths: LaptopPaths, content: bytes) -> None:
    set_up(paths, SecretsInMemory(), uuid4())
    paths.begun.write_bytes(content)
    assert not take_back_set_up(paths.begun, paths.all_of_a_vault, lambda _: FolderlessStore(paths.mark))
    assert "vault.db" in left(paths)
