"""What the gate does to keys off the window's thread; imported on the few days on which a key changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from app.domain.ids import UserId
from app.errors import KnownError, VaultError
from app.security.device_key import DeviceKey
from app.security.device_secret import SecretStore, read_device_secret
from app.security.opened_keys import MasterKeys, OpenedSlot, keys_for_desk
from app.security.sign_in import SignedIn
from app.security.slot_sealing import open_masters
from app.security.slots_file import SlotsFile, read_slots
from app.use_cases.key_life import renewed_secret
from app.use_cases.rekeying import Charge, Ground, finish, generation_of_file, is_rotation_due, keep_device_key, rotate
from ui.front_door import FrontDoor
from ui.log_file import log_refusal


def ground_of(door: FrontDoor, store: SecretStore) -> Ground:
    """Return what a change of keys stands on here."""
    return Ground(paths=door.paths, means=door.means(store))


@contextmanager
def renewed(
    door: FrontDoor, slots: SlotsFile, store: SecretStore, masters: MasterKeys
) -> Iterator[tuple[bytearray, SlotsFile, Callable[[], None]]]:
    """Make a lost device secret anew, as `renewed_secret` does."""
    with renewed_secret(ground_of(door, store), slots, masters) as made:
        yield made


def charge_of(slots: SlotsFile, store: SecretStore, signed_in: SignedIn) -> Charge:
    """Return copies of what a right password opened, to act with; the caller clears them.

    Raises:
        KeyringError: the device secret cannot be read.
    """
    masters = signed_in.slot.masters
    secret = read_device_secret(store) if slots.needs_device_secret else None
    copies = {generation: bytearray(key) for generation, key in masters.by_generation.items()}
    return Charge(
        person_id=UserId(signed_in.slot.person_id),
        slots=slots,
        masters=MasterKeys(vault_id=masters.vault_id, by_generation=copies),
        device_key=DeviceKey(bytearray(signed_in.keys.device_signing_seed)),
        device_secret=secret,
    )


def make_ready(door: FrontDoor, slots: SlotsFile, store: SecretStore, signed_in: SignedIn) -> SignedIn:
    """Do what is due between a right password and the desk; returns what is signed in with now.

    Whatever of it fails holds nobody up: it is tried again at the next sign-in.
    """
    if is_rotation_due(door.paths, slots):
        return _settled(door, slots, store, signed_in)
    charge = charge_of(slots, store, signed_in)
    # A laptop that was set up before its key was kept twice.
    with suppress(VaultError):
        keep_device_key(ground_of(door, store), charge, charge.masters.newest)
    charge.clear()
    return signed_in


def _settled(door: FrontDoor, slots: SlotsFile, store: SecretStore, signed_in: SignedIn) -> SignedIn:
    """Finish a new master key that was begun, or make the one that is due."""
    ground, charge = ground_of(door, store), charge_of(slots, store, signed_in)
    try:
        if len(slots.generations) > 1:
            finish(ground, charge)
            masters = signed_in.slot.masters.newest_alone()
        else:
            _slots, masters = rotate(ground, charge)
        return _with(signed_in, masters, under=masters.newest, named=masters.newest)
    except KnownError as error:
        log_refusal(error)
    finally:
        charge.clear()
    with suppress(KnownError):
        masters = _masters_now(door, signed_in.slot)
        under, named = generation_of_file(door.paths, masters)
        return _with(signed_in, masters, under=under, named=named)
    # The desk says what is wrong with the file itself.
    return signed_in


def _masters_now(door: FrontDoor, slot: OpenedSlot) -> MasterKeys:
    slots = read_slots(door.paths.slots)
    own = slots.slot_of(slot.person_id)
    assert own is not None, "whoever signed in stays"
    return open_masters(slots.vault_id, own.sealed_master, slot.exchange_seed, slot.person_id)


def _with(signed_in: SignedIn, masters: MasterKeys, *, under: int, named: int) -> SignedIn:
    """Return the same person's keys with other masters: the file is under one generation and names one."""
    slot = OpenedSlot(
        person_id=signed_in.slot.person_id,
        masters=masters,
        exchange_seed=bytearray(signed_in.slot.exchange_seed),
        signing_seed=bytearray(signed_in.slot.signing_seed),
    )
    keys = keys_for_desk(slot, generation=under, device_signing_seed=signed_in.keys.device_signing_seed)
    return SignedIn(slot=slot, keys=replace(keys, generation=named))
