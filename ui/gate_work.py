"""What the gate does off the window's thread: look what is here, and sign somebody in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from app.errors import SignInError
from app.security.attempts import Attempts
from app.security.begun import take_back_set_up
from app.security.device_secret import DEVICE_SECRET, SecretStore
from app.security.mark import read_mark
from app.security.opened_keys import OpenedKeys
from app.security.sign_in import Door, sign_in
from app.security.slots_file import PASSWORD_ONLY, SlotsFile, read_slots
from ui.disk_state import disk_is_encrypted
from ui.front_door import FrontDoor
from ui.lease_day import read_lease_day
from ui.recovery_key import RecoveryKey, is_kept, successor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHere:
    """Somebody with a place on this laptop."""

    person_id: UUID
    shown_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a gate finds on a laptop that was set up.

    Attributes:
        places: who may sign in, in the order of the slots.
        lease_day: last day before which the laptop must connect, where known.
        disk_encrypted: whether the disk is, where known.
        password_only: no keyring stands behind the passwords; shown, because it is weaker.
        slots: as read.
        store: the keyring of this vault.
        attempts: the wrong guesses so far.
    """

    places: tuple[PlaceHere, ...]
    lease_day: date | None
    disk_encrypted: bool | None
    password_only: bool
    slots: SlotsFile
    store: SecretStore
    attempts: Attempts


def is_new(door: FrontDoor) -> bool:
    """Answer whether nothing of a vault is here, so that one may be made; what a crash left of a set-up goes first.

    Raises:
        KeyringError: there is something to take back, and the keyring does not answer.
        VaultError: it cannot be deleted.
    """
    take_back_set_up(door.paths.begun, door.paths.all_of_a_vault, door.new_store)
    return not any(path.exists() for path in door.paths.all_of_a_vault)


def check_keyring(door: FrontDoor) -> None:
    """Make sure that a new vault would find its keyring, before anybody has typed anything.

    Raises:
        KeyringError: there is none that may be used, or it does not answer.
        SignInError: `machine.disk_plain`.
    """
    check_disk(door)
    # A vault that never is: asking for its secret writes nothing, and unlocks or refuses as the real one will.
    door.new_store(UUID(int=0)).get(DEVICE_SECRET)


def check_disk(door: FrontDoor) -> None:
    """Refuse a disk that is known not to be encrypted, where IT laid that down. Raises `SignInError`."""
    if door.policy.require_disk_encryption == "refuse" and disk_is_encrypted(door.paths.folder) is False:
        raise SignInError("machine.disk_plain")


def look(door: FrontDoor) -> Found:
    """Return what is here.

    Raises:
        VaultError: the slots cannot be read; nothing is made in their place.
        KeyringError: the slots name a keyring that may not be used.
        SignInError: `machine.disk_plain`.
    """
    check_disk(door)
    slots = read_slots(door.paths.slots)
    store = door.store_for(slots.keyring, slots.vault_id)
    return Found(
        places=tuple(PlaceHere(person_id=slot.person_id, shown_name=slot.shown_name) for slot in slots.people),
        lease_day=read_lease_day(door.paths),
        disk_encrypted=disk_is_encrypted(door.paths.folder),
        password_only=slots.keyring == PASSWORD_ONLY,
        slots=slots,
        store=store,
        attempts=Attempts(door.paths.attempts, store, door.monotonic),
    )


def known_time(door: FrontDoor, found: Found) -> datetime:
    """Return the highest time known: a clock set back lengthens nothing (security.md 2.4). Raises `KeyringError`."""
    mark, now = read_mark(found.store), door.clock()
    return now if mark is None or mark.highest_time is None else max(now, mark.highest_time)


def way_in(door: FrontDoor, found: Found) -> Door:
    """Return what a sign-in stands on here."""
    return Door(slots=found.slots, store=found.store, attempts=found.attempts, device_key_path=door.paths.device_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a right password gives.

    Attributes:
        keys: for the desk; the caller clears them.
        recovery: a new recovery key to be kept, None while nobody waits for one.
    """

    keys: OpenedKeys
    recovery: RecoveryKey | None = field(repr=False)


def open_by_password(door: FrontDoor, found: Found, person_id: UUID, password: str) -> Opened:
    """Return the desk's keys, and a recovery key where none was kept so far. Raises as `sign_in` does."""
    # As they lie now: a key may have changed since the window was shown.
    found = replace(found, slots=read_slots(door.paths.slots))
    signed_in = sign_in(way_in(door, found), person_id, password, now=known_time(door, found))
    first = signed_in
    try:
        if _is_more_due(door, found):
            # Imported on the few days on which a key changes: other sign-ins need no database.
            from ui.key_life_work import make_ready  # noqa: PLC0415

            signed_in = make_ready(door, found.slots, found.store, signed_in)
        recovery = None
        if not is_kept(door.paths):
            masters, slots = signed_in.slot.masters, read_slots(door.paths.slots)
            recovery = successor(slots, masters, door.random_bytes, door.password_rules.words)
        return Opened(keys=signed_in.keys, recovery=recovery)
    finally:
        first.slot.clear()
        if first is not signed_in:
            first.keys.clear()
            signed_in.slot.clear()


def _is_more_due(door: FrontDoor, found: Found) -> bool:
    """Answer whether something is to be done to the keys between the password and the desk."""
    paths, slots = door.paths, found.slots
    is_copy_missing = slots.needs_device_secret and not paths.device_key_copy.exists()
    return len(slots.generations) > 1 or paths.rotation_due.exists() or is_copy_missing
