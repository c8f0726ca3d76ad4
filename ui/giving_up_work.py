"""What giving up a vault does off the window's thread: at an open desk, at the sign-in window, and after a crash."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec

from app.domain.schema import SCHEMA_VERSION
from app.errors import KnownError, VaultError
from app.paths import LaptopPaths
from app.security.device_key import DeviceKey, open_device_key, wrapping_key
from app.security.device_secret import SecretStore, read_device_secret
from app.security.secret_bytes import clear
from app.security.slots_file import PASSWORD_ONLY, read_slots
from app.storage.held import Held
from app.use_cases.giving_up import GivingUp, note_order, obey, read_note
from app.use_cases.laptop import OpenLaptop
from sync.client.asking import PATIENCE_S, KnownService, ask_whether_revoked, read_service
from sync.client.connection import READ_SECONDS
from sync.client.rescue import hand_over
from sync.client.transport import Transport
from sync.protocol.messages import Revocation
from ui.front_door import FrontDoor
from ui.sealing import seal_unsent


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """How far it has come, and what is still in memory.

    Attributes:
        note: as written beside what is left.
        key: the laptop's key, to speak with the service once more; None where it is gone already.
    """

    note: GivingUp
    key: DeviceKey | None = field(repr=False)


def give_up_open(door: FrontDoor, laptop: OpenLaptop, store: SecretStore, order: Revocation) -> Farewell:
    """Obey at an open desk: seal what is unsent, note the order, close the vault, destroy.

    Raises:
        VaultError: the order could not even be noted; nothing was destroyed.
    """
    device, vault_id = Held(laptop.vault).device(), read_slots(door.paths.slots).vault_id
    key = DeviceKey(bytearray(laptop.device_key.seed))
    if order.rescue:
        # A disk that takes no more keeps the older file, at most ten minutes old; the order is obeyed all the same.
        with suppress(VaultError):
            seal_unsent(laptop, door)
    known = KnownService(
        device=order.revoke,
        org_name=device.org_name,
        audience=device.audience,
        keys=device.server_keys,
        serial=order.serial,
    )
    note = _noted(door.paths, order, known, address=device.address, vault_id=vault_id, store=store)
    laptop.close()
    return Farewell(note=_obeyed(door.paths, note, store), key=key)


def give_up_closed(door: FrontDoor, order: Revocation) -> Farewell:
    """Obey at the sign-in window, where nobody can read the vault: what was sealed before is all there is.

    Raises:
        VaultError: the order could not even be noted; nothing was destroyed.
        KeyringError: the slots name a keyring that may not be used.
    """
    slots, known = read_slots(door.paths.slots), read_service(door.paths.service)
    assert known is not None, "an order was asked for by it"
    store = door.store_for(slots.keyring, slots.vault_id)
    key = _key_by_secret(door.paths, slots.vault_id, store)
    address = door.policy.sync_url
    note = _noted(door.paths, order, known, address=address, vault_id=slots.vault_id, store=store)
    return Farewell(note=_obeyed(door.paths, note, store), key=key)


def go_on(door: FrontDoor) -> Farewell:
    """Do the rest of an order that was noted at an earlier start.

    Raises:
        VaultError: `giving_up.damaged`.
        KeyringError: the note names a keyring that may not be used.
    """
    note = read_note(door.paths)
    assert note is not None, "whoever calls has seen it"
    store = door.store_for(note.keyring, note.vault_id)
    key = _key_by_secret(door.paths, note.vault_id, store)
    note = _newer(door, note, store, key) or note
    return Farewell(note=note if note.is_obeyed else _obeyed(door.paths, note, store), key=key)


def _newer(door: FrontDoor, note: GivingUp, store: SecretStore, key: DeviceKey | None) -> GivingUp | None:
    """Return the note of a newer order, where a laptop that was only locked is told to give everything up after all."""
    known = read_service(door.paths.service)
    if note.wipe or not note.is_obeyed or key is None or known is None:
        return None
    asked = msgspec.structs.replace(known, serial=note.serial)
    with closing(_transport(door, note.address, note.audience, key, patience_s=PATIENCE_S)) as net:
        order = ask_whether_revoked(asked, net)
    if order is None:
        return None
    return _noted(door.paths, order, known, address=note.address, vault_id=note.vault_id, store=store)


def speak_to_service(door: FrontDoor, farewell: Farewell) -> Farewell:
    """Send the sealed work and this laptop's word, once; returns how it stands then.

    Raises:
        NetworkError: the service was not reached; what was not sent stays.
        ServiceError: it does not take this laptop's word.
    """
    note, key = farewell.note, farewell.key
    if key is None or note.is_told or not note.is_obeyed:
        return farewell
    with closing(_transport(door, note.address, note.audience, key)) as net:
        done = hand_over(door.paths, note, net=net, signer=key)
    return replace(farewell, note=done)


def ask_service(door: FrontDoor) -> Revocation | None:
    """Ask whether this laptop was revoked, with nobody signed in; None where there is no answer within three seconds.

    Raises:
        VaultError, KeyringError: what is here cannot be read; the sign-in says so by itself.
    """
    known = read_service(door.paths.service)
    if known is None or not door.policy.sync_url:
        return None
    slots = read_slots(door.paths.slots)
    key = _key_by_secret(door.paths, slots.vault_id, door.store_for(slots.keyring, slots.vault_id))
    if key is None:
        return None
    address = door.policy.sync_url
    with key, closing(_transport(door, address, known.audience, key, patience_s=PATIENCE_S)) as net:
        return ask_whether_revoked(known, net)


def _noted(
    paths: LaptopPaths, order: Revocation, known: KnownService, *, address: str, vault_id: UUID, store: SecretStore
) -> GivingUp:
    note = GivingUp(
        vault_id=vault_id,
        keyring=store.name,
        device=order.revoke,
        serial=order.serial,
        wipe=order.wipe,
        rescue=order.rescue,
        org_name=known.org_name,
        address=address,
        audience=known.audience,
    )
    note_order(paths, note)
    return note


def _obeyed(paths: LaptopPaths, note: GivingUp, store: SecretStore) -> GivingUp:
    # What would not go is tried again at the next start; meanwhile the page says that it is not done.
    with suppress(KnownError):
        return obey(paths, note, store)
    return note


def _key_by_secret(paths: LaptopPaths, vault_id: UUID, store: SecretStore) -> DeviceKey | None:
    """Return the laptop's key with nobody signed in, None where it is gone or only a password opens it."""
    if store.name == PASSWORD_ONLY:
        return None
    with suppress(KnownError):
        secret = read_device_secret(store)
        wrapping = wrapping_key(secret, vault_id)
        try:
            return open_device_key(paths.device_key, vault_id=vault_id, wrapping=wrapping)
        finally:
            clear(secret, wrapping)
    return None


def _transport(
    door: FrontDoor, address: str, audience: str, key: DeviceKey, *, patience_s: float = READ_SECONDS
) -> Transport:
    return Transport(
        address=address,
        audience=audience,
        signer=key,
        schema=SCHEMA_VERSION,
        random_bytes=door.random_bytes,
        monotonic=door.monotonic,
        patience_s=patience_s,
        proxy=door.proxy,
    )
