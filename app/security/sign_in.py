"""One sign-in, from the password to the keys: the order in which the gate asks, counts, derives and opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from app.errors import KeyringError, SignInError, VaultError, WrongPasswordError
from app.security.attempts import Attempts
from app.security.device_key import DeviceKey, open_device_key, wrapping_key
from app.security.device_secret import SecretStore, read_device_secret
from app.security.opened_keys import OpenedKeys, OpenedSlot, keys_for_desk
from app.security.secret_bytes import clear
from app.security.slots import open_slot
from app.security.slots_file import SlotsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a sign-in stands on.

    Attributes:
        slots: as read from the disk.
        store: keyring of this vault, or the store of a `password_only` vault.
        attempts: the wrong guesses so far.
        device_key_path: device_key.json.
    """

    slots: SlotsFile
    store: SecretStore
    attempts: Attempts
    device_key_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a right password opened.

    Attributes:
        slot: with the master key, for letting in a colleague or re-keying; stays in the gate.
        keys: for the desk; of the newest generation, which is the vault's unless a re-key was interrupted.
    """

    slot: OpenedSlot
    keys: OpenedKeys

    def clear(self) -> None:
        """Overwrite every key."""
        self.slot.clear()
        self.keys.clear()


def sign_in(door: Door, person_id: UUID, password: str, *, now: datetime) -> SignedIn:
    """Return the keys of a person; the caller clears them.

    The wait is checked before anything is derived, and a guess is counted before it is tried. A keyring that
    does not answer is no guess, and a device secret that is not the old one is not blamed on the password.

    Args:
        door: files, keyring and guesses.
        person_id: who says they are there.
        password: as typed.
        now: highest time known (security.md 2.4).

    Raises:
        MustWaitError: with `seconds`.
        WrongPasswordError: with `seconds` until the next guess is taken.
        SignInError: `auth.no_slot`, `auth.slot_ended`, or `auth.place_without_keys`: the device secret was lost
            since, and the place has to be made anew.
        KeyringError: the device secret cannot be had, or is not the one of this vault.
    """
    place = door.slots.slot_of(person_id)
    if place is None or place.sealed_master[-1].generation < door.slots.generations[-1]:
        # The second: a new master key is being made, and this person has no share in it.
        raise SignInError("auth.no_slot")
    if place.is_without_keys:
        raise SignInError("auth.place_without_keys")
    door.attempts.check(person_id)
    with ExitStack() as held, ExitStack() as if_it_fails:
        secret = held.enter_context(_device_secret(door))
        key = _device_key_by_secret(door, secret)
        if key is not None:
            held.enter_context(key)
        slot = if_it_fails.enter_context(_guess(door, person_id, password, secret, now=now))
        if key is None:
            key = held.enter_context(_device_key_by_master(door, slot))
        keys = keys_for_desk(slot, generation=slot.masters.newest, device_signing_seed=key.seed)
        if_it_fails.pop_all()
        return SignedIn(slot=slot, keys=keys)


def open_device_key_at_gate(door: Door) -> DeviceKey | None:
    """Return the laptop's key with nobody signed in, or None in a `password_only` vault.

    For the gate's question whether this laptop was revoked. Raises `KeyringError` as `sign_in` does.
    """
    with _device_secret(door) as secret:
        return _device_key_by_secret(door, secret)


@contextmanager
def _device_secret(door: Door) -> Iterator[bytearray | None]:
    if not door.slots.needs_device_secret:
        yield None
        return
    if door.store.name != door.slots.keyring:
        # The keyring changed under us: its secret is another one, or none. Recovery, never a new one.
        raise KeyringError("keyring.secret_lost")
    secret = read_device_secret(door.store)
    try:
        yield secret
    finally:
        clear(secret)


def _device_key_by_secret(door: Door, secret: bytearray | None) -> DeviceKey | None:
    if secret is None:
        return None
    wrapping = wrapping_key(secret, door.slots.vault_id)
    try:
        return open_device_key(door.device_key_path, vault_id=door.slots.vault_id, wrapping=wrapping)
    finally:
        clear(wrapping)


def _device_key_by_master(door: Door, slot: OpenedSlot) -> DeviceKey:
    """Open the laptop's key with the newest master key that does: a re-key may have been interrupted."""
    generations = sorted(slot.masters.by_generation, reverse=True)
    for generation in generations:
        wrapping = slot.masters.device_wrapping_key(generation)
        try:
            return open_device_key(door.device_key_path, vault_id=door.slots.vault_id, wrapping=wrapping)
        except VaultError:
            if generation == generations[-1]:
                raise
        finally:
            clear(wrapping)
    raise AssertionError("a slot without a master key")


def _guess(door: Door, person_id: UUID, password: str, secret: bytearray | None, *, now: datetime) -> OpenedSlot:
    door.attempts.count_one(person_id)
    try:
        slot = open_slot(door.slots, person_id, password, secret, now=now)
    except WrongPasswordError as error:
        error.detail["seconds"] = door.attempts.wait_s(person_id)
        raise
    except SignInError as error:
        if error.code == "auth.not_enough_memory":
            door.attempts.take_back(person_id)
        raise
    door.attempts.forget(person_id)
    return slot
