"""A sign-in from the password to the desk's keys, with and without a keyring, right and wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from app.errors import KeyringError, MustWaitError, SignInError, VaultError, WrongPasswordError
from app.security.attempts import Attempts
from app.security.device_key import make_device_key, rewrap_device_key, wrapping_key
from app.security.device_secret import (
    DEVICE_SECRET,
    FolderlessStore,
    KeyringStore,
    SecretStore,
    make_device_secret,
)
from app.security.rotation import begin_rotation
from app.security.sign_in import Door, open_device_key_at_gate, sign_in
from app.security.slots_file import PASSWORD_ONLY
from tests.security.kit import ASHA, BEN, NOW, PASSWORD, VAULT, Clock, Made, MemoryKeyring, make


@dataclass
class Laptop:
    """A laptop that was set up: its door, what it was made of, the public key of the device."""

    door: Door
    made: Made
    device_public: bytes


def set_up(folder: Path, store: SecretStore, clock: Clock) -> Laptop:
    with_secret = store.name != PASSWORD_ONLY
    secret = (
        make_device_secret(store, existing=(folder / "slots.json",), random_bytes=os.urandom) if with_secret else None
    )
    made = make(secret, keyring=store.name)
    wrapping = wrapping_key(secret, VAULT) if secret is not None else made.opened.masters.device_wrapping_key(1)
    key = make_device_key(
        folder / "device_key.json",
        vault_id=VAULT,
        wrapping=wrapping,
        by_device_secret=with_secret,
        random_bytes=os.urandom,
    )
    door = Door(
        slots=made.slots,
        store=store,
        attempts=Attempts(folder / "attempts.json", store, clock),
        device_key_path=folder / "device_key.json",
    )
    return Laptop(door, made, key.public)


@pytest.fixture(params=["keyring", "password_only"])
def laptop(request: pytest.FixtureRequest, store: KeyringStore, tmp_path: Path, clock: Clock) -> Laptop:
    kept: SecretStore = store if request.param == "keyring" else FolderlessStore(tmp_path / "mark.json")
    return set_up(tmp_path, kept, clock)


@pytest.fixture
def with_keyring(store: KeyringStore, tmp_path: Path, clock: Clock) -> Laptop:
    return set_up(tmp_path, store, clock)


def test_the_right_password_gives_the_desk_its_keys(laptop: Laptop) -> None:
    signed = sign_in(laptop.door, ASHA, PASSWORD, now=NOW)
    keys = signed.keys
    assert (keys.vault_id, keys.person_id, keys.generation) == (VAULT, ASHA, 1)
    assert keys.db_key == laptop.made.opened.masters.db_key(1)
    assert keys.person_signing_key.public_key().public_bytes_raw() == laptop.made.slots.people[0].signing_public
    assert any(keys.device_signing_seed)
    signed.clear()
    assert not any(keys.db_key + keys.device_signing_seed + signed.slot.signing_seed)


def test_a_wrong_password_is_counted_and_a_right_one_clears_the_count(laptop: Laptop, clock: Clock) -> None:
    for wait in (0, 0, 0, 5):
        with pytest.raises(WrongPasswordError) as refused:
            sign_in(laptop.door, ASHA, "not my password at all", now=NOW)
        assert refused.value.detail == {"seconds": wait}
    with pytest.raises(MustWaitError) as early:
        sign_in(laptop.door, ASHA, PASSWORD, now=NOW)
    assert early.value.detail == {"seconds": 5}
    clock.seconds += 5
    sign_in(laptop.door, ASHA, PASSWORD, now=NOW).clear()
    assert laptop.door.attempts.count(ASHA) == 0


def test_a_guess_is_counted_before_it_is_tried(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Ends the program in the middle of a derivation."""

    def killed(*_arguments: object, **_settings: object) -> None:
        raise Killed

    monkeypatch.setattr("app.security.slot_sealing.stretch", killed)
    with pytest.raises(Killed):
        sign_in(laptop.door, ASHA, "guess", now=NOW)
    assert laptop.door.attempts.count(ASHA) == 1


def test_too_little_memory_is_no_guess(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_arguments: object, **_settings: object) -> None:
        raise SignInError("auth.not_enough_memory")

    monkeypatch.setattr("app.security.slot_sealing.stretch", no_memory)
    with pytest.raises(SignInError):
        sign_in(laptop.door, ASHA, PASSWORD, now=NOW)
    assert laptop.door.attempts.count(ASHA) == 0


def test_somebody_without_a_place_here_is_told_so(laptop: Laptop) -> None:
    with pytest.raises(SignInError) as refused:
        sign_in(laptop.door, BEN, PASSWORD, now=NOW)
    assert refused.value.code == "auth.no_slot"


def test_a_keyring_that_does_not_answer_is_no_guess(with_keyring: Laptop, memory_keyring: MemoryKeyring) -> None:
    assert with_keyring.door.attempts.count(ASHA) == 0

    def fail() -> None:
        raise ConnectionRefusedError

    memory_keyring.before = fail
    with pytest.raises(KeyringError) as refused:
        sign_in(with_keyring.door, ASHA, PASSWORD, now=NOW)
    assert refused.value.code == "keyring.missing"
    memory_keyring.before = lambda: None
    assert with_keyring.door.attempts.count(ASHA) == 0


@pytest.mark.parametrize("lost", [None, "00" * 32, "no secret"])
def test_a_lost_or_altered_secret_is_not_blamed_on_the_password(
    with_keyring: Laptop, memory_keyring: MemoryKeyring, lost: str | None
) -> None:
    with_keyring.door.store.delete(DEVICE_SECRET)
    if lost is not None:
        with_keyring.door.store.set(DEVICE_SECRET, lost)
    held = dict(memory_keyring.held)
    with pytest.raises(KeyringError) as refused:
        sign_in(with_keyring.door, ASHA, PASSWORD, now=NOW)
    assert refused.value.code == "keyring.secret_lost"
    assert with_keyring.door.attempts.count(ASHA) == 0
    assert memory_keyring.held == held  # No new secret over an old vault.


def test_another_keyring_than_the_one_written_down_is_not_asked(with_keyring: Laptop) -> None:
    moved = replace(with_keyring.door, slots=msgspec.structs.replace(with_keyring.door.slots, keyring="KWallet"))
    with pytest.raises(KeyringError) as refused:
        sign_in(moved, ASHA, PASSWORD, now=NOW)
    assert refused.value.code == "keyring.secret_lost"


def test_the_gate_has_the_device_key_with_nobody_signed_in_where_there_is_a_keyring(laptop: Laptop) -> None:
    key = open_device_key_at_gate(laptop.door)
    if laptop.door.slots.needs_device_secret:
        assert key is not None
        assert key.public == laptop.device_public
    else:
        assert key is None


def test_no_key_stays_open_when_the_device_key_is_damaged(laptop: Laptop) -> None:
    laptop.door.device_key_path.write_bytes(b"{}")
    with pytest.raises(VaultError) as refused:
        sign_in(laptop.door, ASHA, PASSWORD, now=NOW)
    assert refused.value.code == "device_key.damaged"


def test_a_password_only_device_key_opens_in_the_middle_of_a_rotation(tmp_path: Path, clock: Clock) -> None:
    laptop = set_up(tmp_path, FolderlessStore(tmp_path / "mark.json"), clock)
    turning, both = begin_rotation(
        laptop.made.slots,
        laptop.made.opened.masters,
        recovery_public=laptop.made.recovery_public,
        random_bytes=os.urandom,
    )
    door = replace(laptop.door, slots=turning)
    signed = sign_in(door, ASHA, PASSWORD, now=NOW)
    assert signed.keys.generation == 2
    from app.security.device_key import DeviceKey

    key = DeviceKey(signed.keys.device_signing_seed)
    assert key.public == laptop.device_public
    rewrap_device_key(
        door.device_key_path,
        key,
        vault_id=VAULT,
        wrapping=both.device_wrapping_key(2),
        by_device_secret=False,
        random_bytes=os.urandom,
    )
    again = sign_in(door, ASHA, PASSWORD, now=NOW)
    assert DeviceKey(again.keys.device_signing_seed).public == laptop.device_public
