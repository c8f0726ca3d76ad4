"""Key slots: make, open, add, remove, change, recover; every change returns a new `SlotsFile` to be written."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.custody.erasing import RandomBytes
from app.custody.sealing import CUSTODIANS
from app.errors import SignInError, VaultError
from app.security.opened_keys import MasterKeys, OpenedSlot
from app.security.passwords import FLOOR, PASSWORD_ONLY_FLOOR, SALT_BYTES, Cost
from app.security.secret_bytes import KEY_BYTES, clear
from app.security.slot_sealing import (
    NONCE_BYTES,
    open_masters,
    public_halves,
    seal_masters,
    seal_private,
    unseal_private,
)
from app.security.slots_file import MOST_PEOPLE, PersonSlot, RecoveryEntry, SlotsFile

_NOT_SEALED_YET = bytes(NONCE_BYTES + 2 * KEY_BYTES + 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who is given a slot.

    Attributes:
        password: held against the rules before; never stored.
        cost: what deriving from it costs, calibrated on this laptop.
        grant: signed role grant.
        not_after: last moment the slot opens; None is without end.
    """

    person_id: UUID
    shown_name: str
    password: str = field(repr=False)
    cost: Cost
    grant: dict[str, Any]
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMaker:
    """What every sealing needs besides the person.

    Attributes:
        device_secret: 32 bytes of the keyring; None only in a `password_only` vault.
        random_bytes: source of salts, nonces and keys.
        floor: least cost that is taken; None is what the vault's kind asks for. Only tests hand in less.
    """

    device_secret: bytearray | None = field(repr=False)
    random_bytes: RandomBytes
    floor: Cost | None = None

    def check_cost(self, cost: Cost) -> None:
        """Refuse a cost below the floor: it would be a fault of the program, not of a person."""
        floor = self.floor or (PASSWORD_ONLY_FLOOR if self.device_secret is None else FLOOR)
        if cost.is_below(floor):
            raise ValueError("a slot below the least cost")


def create_slots(
    *, vault_id: UUID, keyring: str, first: Newcomer, recovery_public: bytes, maker: SlotMaker
) -> tuple[SlotsFile, OpenedSlot]:
    """Make the slots of a new vault, with a new master key for the first person and the custodians.

    Args:
        vault_id: of the vault that is being made.
        keyring: name of the keyring the device secret lies in, or `password_only`.
        first: the first person.
        recovery_public: X25519 public key of the custodians, compared with their paper before.
        maker: secret, randomness and floor.
    """
    masters = MasterKeys(vault_id=vault_id, by_generation={1: bytearray(maker.random_bytes(KEY_BYTES))})
    opened, slot = _make_slot(first, masters, maker, slot_version=1)
    slots = SlotsFile(
        vault_id=vault_id,
        version=1,
        generations=(1,),
        keyring=keyring,
        people=(slot,),
        recovery=(recovery_entry(masters, recovery_public),),
    )
    return _sealed(slots, slot, opened, first.password, maker), opened


def open_slot(
    slots: SlotsFile, person_id: UUID, password: str, device_secret: bytearray | None, *, now: datetime
) -> OpenedSlot:
    """Open a person's slot; the caller clears what comes back.

    Args:
        slots: the file.
        person_id: whose slot.
        password: as typed.
        device_secret: of the keyring; None in a `password_only` vault.
        now: highest time known (security.md 2.4).

    Raises:
        WrongPasswordError: password and device secret do not open it.
        SignInError: `auth.no_slot`; or `auth.slot_ended`, told only to who has the password.
        VaultError: `slots.damaged`: the password opens it, but no master key of this vault is in it.
    """
    slot = _slot(slots, person_id)
    exchange_seed, signing_seed = unseal_private(slots, slot, password=password, device_secret=device_secret)
    if slot.not_after is not None and now > slot.not_after:
        clear(exchange_seed, signing_seed)
        raise SignInError("auth.slot_ended")
    return OpenedSlot(
        person_id=person_id,
        masters=open_masters(slots.vault_id, slot.sealed_master, exchange_seed, person_id),
        exchange_seed=exchange_seed,
        signing_seed=signing_seed,
    )


def add_person(slots: SlotsFile, masters: MasterKeys, newcomer: Newcomer, maker: SlotMaker) -> SlotsFile:
    """Return the slots with one more person, let in by somebody whose slot is open or by two custodians.

    Raises:
        VaultError: `slots.already_there` or `slots.full`.
    """
    if slots.slot_of(newcomer.person_id) is not None:
        raise VaultError("slots.already_there")
    if len(slots.people) >= MOST_PEOPLE:
        raise VaultError("slots.full", most=MOST_PEOPLE)
    opened, slot = _make_slot(newcomer, masters, maker, slot_version=1)
    grown = next_version(slots, people=(*slots.people, slot))
    try:
        return _sealed(grown, slot, opened, newcomer.password, maker)
    finally:
        clear(opened.exchange_seed, opened.signing_seed)


def remove_person(slots: SlotsFile, person_id: UUID) -> SlotsFile:
    """Return the slots without a person; needs no password. Their way in ends for good with the re-key.

    Raises:
        VaultError: `slots.last_person`: a vault that nobody opens is lost; wiping it is another act.
    """
    _slot(slots, person_id)
    if len(slots.people) == 1:
        raise VaultError("slots.last_person")
    return next_version(slots, people=tuple(slot for slot in slots.people if slot.person_id != person_id))


def change_password(
    slots: SlotsFile, masters: MasterKeys, person_id: UUID, password: str, maker: SlotMaker, *, cost: Cost
) -> SlotsFile:
    """Return the slots with a new key pair for a person, under a new password.

    Also the way back from a lost password or device secret: the master key then comes from a colleague's
    slot or from the custodians. Write the file with `keep_previous=False`, else the old slot with the old
    password opens today's vault.
    """
    old = _slot(slots, person_id)
    newcomer = Newcomer(
        person_id=person_id,
        shown_name=old.shown_name,
        password=password,
        cost=cost,
        grant=old.grant,
        not_after=old.not_after,
    )
    opened, slot = _make_slot(newcomer, masters, maker, slot_version=old.slot_version + 1)
    try:
        return _sealed(next_version(slots, people=_with(slots, slot)), slot, opened, password, maker)
    finally:
        clear(opened.exchange_seed, opened.signing_seed)


def reseal(
    slots: SlotsFile,
    opened: OpenedSlot,
    password: str,
    maker: SlotMaker,
    *,
    cost: Cost,
    shown_name: str,
    not_after: datetime | None,
) -> SlotsFile:
    """Return the slots with a person's same keys sealed anew: a dearer cost, another name or end.

    Args:
        slots: the file.
        opened: the person's slot, just opened with `password`.
        password: the one that opened it.
        maker: secret, randomness and floor.
        cost: what deriving costs from now on.
        shown_name: as the sign-in screen shows the person from now on.
        not_after: last moment the slot opens from now on.
    """
    maker.check_cost(cost)
    old = _slot(slots, opened.person_id)
    slot = msgspec.structs.replace(
        old,
        slot_version=old.slot_version + 1,
        salt=maker.random_bytes(SALT_BYTES),
        argon2=cost,
        shown_name=shown_name,
        not_after=not_after,
    )
    return _sealed(next_version(slots, people=_with(slots, slot)), slot, opened, password, maker)


def replace_grant(slots: SlotsFile, person_id: UUID, grant: dict[str, Any]) -> SlotsFile:
    """Return the slots with another signed grant for a person; needs no password."""
    slot = msgspec.structs.replace(_slot(slots, person_id), grant=grant)
    return next_version(slots, people=_with(slots, slot))


def open_with_recovery(slots: SlotsFile, recovery_private: bytearray) -> MasterKeys:
    """Open the master keys with the custodians' private key; the caller clears both.

    Raises:
        SignInError: `auth.wrong_recovery_key`: the vault was not sealed to it.
    """
    public = X25519PrivateKey.from_private_bytes(recovery_private).public_key().public_bytes_raw()
    for entry in slots.recovery:
        if entry.public == public:
            return open_masters(slots.vault_id, entry.sealed_master, recovery_private, CUSTODIANS)
    raise SignInError("auth.wrong_recovery_key")


def replace_recovery(slots: SlotsFile, masters: MasterKeys, recovery_public: bytes) -> SlotsFile:
    """Return the slots with the master keys sealed to another custodians' key, and to no former one.

    Write the file with `keep_previous=False`, else the former key goes on opening today's vault.
    """
    return next_version(slots, recovery=(recovery_entry(masters, recovery_public),))


def recovery_entry(masters: MasterKeys, public: bytes) -> RecoveryEntry:
    """Return the master keys sealed to a custodians' key, tagged as written by somebody who has them."""
    return RecoveryEntry(
        public=public, sealed_master=seal_masters(masters, public, CUSTODIANS), tag=masters.tag_of(CUSTODIANS, public)
    )


def check_tags(slots: SlotsFile, masters: MasterKeys) -> None:
    """Refuse slots with a public key that was written by nobody who had the master key.

    Raises:
        VaultError: `slots.altered`.
    """
    held = [
        (slot.tag, masters.tag_of(slot.person_id, slot.exchange_public, slot.signing_public)) for slot in slots.people
    ]
    held += [(entry.tag, masters.tag_of(CUSTODIANS, entry.public)) for entry in slots.recovery]
    if not all(hmac.compare_digest(tag, right) for tag, right in held):
        raise VaultError("slots.altered")


def next_version(slots: SlotsFile, **changes: Any) -> SlotsFile:
    """Return the slots with changed fields, counted as the next version."""
    return msgspec.structs.replace(slots, version=slots.version + 1, **changes)


def _slot(slots: SlotsFile, person_id: UUID) -> PersonSlot:
    slot = slots.slot_of(person_id)
    if slot is None:
        raise SignInError("auth.no_slot")
    return slot


def _with(slots: SlotsFile, changed: PersonSlot) -> tuple[PersonSlot, ...]:
    return tuple(changed if slot.person_id == changed.person_id else slot for slot in slots.people)


def _make_slot(
    newcomer: Newcomer, masters: MasterKeys, maker: SlotMaker, *, slot_version: int
) -> tuple[OpenedSlot, PersonSlot]:
    """Make a person's key pairs and their slot, with the private halves not sealed into it yet."""
    maker.check_cost(newcomer.cost)
    opened = OpenedSlot(
        person_id=newcomer.person_id,
        masters=masters,
        exchange_seed=bytearray(maker.random_bytes(KEY_BYTES)),
        signing_seed=bytearray(maker.random_bytes(KEY_BYTES)),
    )
    exchange_public, signing_public = public_halves(opened.exchange_seed, opened.signing_seed)
    slot = PersonSlot(
        person_id=newcomer.person_id,
        shown_name=newcomer.shown_name,
        slot_version=slot_version,
        argon2=newcomer.cost,
        salt=maker.random_bytes(SALT_BYTES),
        exchange_public=exchange_public,
        signing_public=signing_public,
        sealed_private=_NOT_SEALED_YET,
        sealed_master=seal_masters(masters, exchange_public, newcomer.person_id),
        grant=newcomer.grant,
        not_after=newcomer.not_after,
        tag=masters.tag_of(newcomer.person_id, exchange_public, signing_public),
    )
    return opened, slot


def _sealed(slots: SlotsFile, slot: PersonSlot, opened: OpenedSlot, password: str, maker: SlotMaker) -> SlotsFile:
    """Return the same version of the slots with the private keys sealed into one of them."""
    sealed = seal_private(
        slots,
        slot,
        seeds=(opened.exchange_seed, opened.signing_seed),
        password=password,
        device_secret=maker.device_secret,
        nonce=maker.random_bytes(NONCE_BYTES),
    )
    return msgspec.structs.replace(slots, people=_with(slots, msgspec.structs.replace(slot, sealed_private=sealed)))
