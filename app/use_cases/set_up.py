"""Setting up a laptop: the only place where keys and a vault are made, and nothing is made over what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.ids import UserId
from app.errors import VaultError
from app.paths import LaptopPaths
from app.security.begun import begin_set_up, end_set_up
from app.security.device_key import DeviceKey, make_device_key, rewrap_device_key, wrapping_key
from app.security.device_secret import DEVICE_SECRET, MARK, make_device_secret
from app.security.mark import Mark, write_mark
from app.security.opened_keys import OpenedKeys, OpenedSlot, keys_for_desk
from app.security.passwords import Cost
from app.security.secret_bytes import clear
from app.security.slots import Newcomer, SlotMaker, create_slots
from app.security.slots_file import PASSWORD_ONLY, SlotsFile, write_slots
from app.storage.vault import create_vault
from app.use_cases.laptop import FirstUser, Means, OpenLaptop, keep_first_user, open_laptop, raise_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlace:
    """Who gets the first place on a laptop.

    Attributes:
        person_id: the account.
        shown_name: the name on the sign-in screen.
        password: as typed; held against the rules before.
        cost: what deriving from it costs, calibrated on this laptop.
        recovery_public: the custodians' public key.
        floor: least cost taken; None is the program's own. Only tests hand in less.
    """

    person_id: UserId
    shown_name: str
    password: str = field(repr=False)
    cost: Cost
    recovery_public: bytes
    floor: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Keys that are made and not yet bound to a vault file."""

    vault_id: UUID
    slots: SlotsFile
    slot: OpenedSlot
    device_key: DeviceKey


@contextmanager
def prepare(paths: LaptopPaths, place: NewPlace, means: Means, *, vault_id: UUID) -> Iterator[Prepared]:
    """Make the keys of a new laptop; whatever fails inside, nothing of them is left behind.

    Args:
        paths: where the vault will lie.
        place: who gets the first place.
        means: clock, randomness, and the keyring's values of this very vault.
        vault_id: the id under which those values lie.

    Raises:
        VaultError: `vault.exists`: a vault, its slots or their copies are there already.
        KeyringError: the keyring cannot take the device secret.
    """
    paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(path.exists() for path in paths.all_of_a_vault):
        raise VaultError("vault.exists")
    begin_set_up(paths.begun, vault_id)
    with ExitStack() as held:
        held.callback(end_set_up, paths.begun)
        undo = held.enter_context(ExitStack())
        prepared = _prepared(paths, place, means, vault_id, undo=undo, held=held)
        undo.callback(_take_back_files, paths, means)
        yield prepared
        undo.pop_all()


def _prepared(
    paths: LaptopPaths, place: NewPlace, means: Means, vault_id: UUID, *, undo: ExitStack, held: ExitStack
) -> Prepared:
    secret = None
    if means.store.name != PASSWORD_ONLY:
        secret = make_device_secret(means.store, existing=paths.all_of_a_vault, random_bytes=means.random_bytes)
        undo.callback(means.store.delete, DEVICE_SECRET)
        held.callback(clear, secret)
    slots, slot = create_slots(
        vault_id=vault_id,
        keyring=means.store.name,
        first=Newcomer(
            person_id=place.person_id,
            shown_name=place.shown_name,
            password=place.password,
            cost=place.cost,
            grant={},
        ),
        recovery_public=place.recovery_public,
        maker=SlotMaker(device_secret=secret, random_bytes=means.random_bytes, floor=place.floor),
    )
    held.enter_context(slot)
    wrapping = slot.masters.device_wrapping_key(1) if secret is None else wrapping_key(secret, vault_id)
    held.callback(clear, wrapping)
    undo.callback(paths.device_key.unlink, missing_ok=True)
    device_key = make_device_key(
        paths.device_key,
        vault_id=vault_id,
        wrapping=wrapping,
        by_device_secret=secret is not None,
        random_bytes=means.random_bytes,
    )
    held.enter_context(device_key)
    if secret is not None:
        undo.callback(paths.device_key_copy.unlink, missing_ok=True)
        by_master = slot.masters.device_wrapping_key(1)
        held.callback(clear, by_master)
        rewrap_device_key(
            paths.device_key_copy,
            device_key,
            vault_id=vault_id,
            wrapping=by_master,
            by_device_secret=False,
            random_bytes=means.random_bytes,
        )
    return Prepared(vault_id=vault_id, slots=slots, slot=slot, device_key=device_key)


def _take_back_files(paths: LaptopPaths, means: Means) -> None:
    """Take back what was begun: nobody's record is in it, and without its keys it would only be in the way."""
    for path in paths.all_of_a_vault:
        path.unlink(missing_ok=True)
    means.store.delete(MARK)


def make_vault(paths: LaptopPaths, prepared: Prepared, first: FirstUser, means: Means) -> OpenLaptop:
    """Write the slots and the vault of prepared keys, begin the audit chain, and open it as on any other day.

    Inside `prepare`, which takes everything back when this fails.
    """
    write_slots(paths.slots, prepared.slots)
    keys = _keys(prepared)
    key = keys.sqlcipher_key()
    try:
        create_vault(
            paths.vault,
            key,
            vault_id=prepared.vault_id,
            generation=1,
            now=means.now(),
            random_bytes=means.random_bytes,
        )
    finally:
        clear(key)
        keys.clear()
    write_mark(means.store, Mark())
    laptop = open_laptop(paths, _keys(prepared), means, with_snapshots=False)
    with ExitStack() as undo:
        undo.callback(laptop.close)
        keep_first_user(laptop.vault, first, now=means.now())
        raise_mark(laptop.vault, means.store, device=first.device, now=means.now())
        undo.pop_all()
    return laptop


def _keys(prepared: Prepared) -> OpenedKeys:
    return keys_for_desk(prepared.slot, generation=1, device_signing_seed=prepared.device_key.seed)
