"""Who has a way into a laptop over its life: a colleague added, somebody gone, a device secret that was lost.

Whoever acts has opened the master keys before, by a password or by two custodians' parts. A note for the audit is left
before the slots change, and the slots are the last thing that changes (decisions 115 and 143).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from app.domain.clocks import london_day
from app.domain.codes import Role
from app.domain.ids import UserId
from app.domain.user import User
from app.errors import KeyringError, SignInError
from app.security.atomic_file import replace_file
from app.security.device_key import rewrap_device_key, wrapping_key
from app.security.device_secret import DEVICE_SECRET
from app.security.opened_keys import MasterKeys
from app.security.passwords import Cost
from app.security.secret_bytes import KEY_BYTES, clear
from app.security.slot_notes import SlotAct, SlotNote, add_note
from app.security.slots import Newcomer, SlotMaker, add_person, remove_person
from app.security.slots_file import SlotsFile, read_slots, write_slots
from app.storage.vault import Vault
from app.use_cases.rekeying import Charge, Ground, device_key_by_masters, opened, rotate


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody of this organisation who has no place on this laptop yet."""

    person_id: UserId
    name: str
    shown_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWayIn:
    """A password that is about to open a place; held against the rules before.

    Attributes:
        cost: what deriving from it costs.
        floor: least cost taken; None is the program's own. Only tests hand in less.
    """

    password: str = field(repr=False)
    cost: Cost
    floor: Cost | None = None


def colleagues_without_place(ground: Ground, charge: Charge) -> tuple[Colleague, ...]:
    """Return who may be given a place: open accounts of the same organisation, by name.

    Administrators are not among them: who cares for machines has no way into a vault that holds people.
    """
    with opened(ground, charge) as laptop:
        users = _users(laptop.vault)
    day = london_day(ground.means.now())
    own = next((user.org for user in users if user.id == charge.person_id), None)
    here = {slot.person_id for slot in charge.slots.people}
    return tuple(
        Colleague(person_id=user.user_id, name=user.name, shown_name=user.shown_name)
        for user in sorted(users, key=lambda user: (user.name.casefold(), user.id))
        if user.org == own and user.is_active(day) and user.id not in here and user.roles - {Role.IT_ADMIN}
    )


def add_colleague(ground: Ground, charge: Charge, colleague: Colleague, way_in: NewWayIn) -> SlotsFile:
    """Give a colleague a place on this laptop.

    Raises:
        VaultError: `slots.already_there`, `slots.full`; nothing was changed.
    """
    newcomer = Newcomer(
        person_id=colleague.person_id,
        shown_name=colleague.shown_name,
        password=way_in.password,
        cost=way_in.cost,
        grant={},
    )
    maker = SlotMaker(device_secret=charge.device_secret, random_bytes=ground.means.random_bytes, floor=way_in.floor)
    slots = add_person(charge.slots, charge.masters, newcomer, maker)
    note = SlotNote(act=SlotAct.PLACE_ADDED, person=colleague.person_id, by=charge.person_id)
    add_note(ground.paths.slot_notes, note)
    write_slots(ground.paths.slots, slots, reach=ground.reach)
    return slots


def take_place_away(ground: Ground, charge: Charge, person_id: UUID) -> tuple[SlotsFile, MasterKeys]:
    """End somebody's way in for good: a new master key that they have no share in; the caller clears it.

    Raises:
        SignInError: `auth.no_slot`.
        VaultError: `slots.last_person`, `slots.altered`; or the rest is done at the next sign-in.
    """
    if charge.slots.slot_of(person_id) is None:
        raise SignInError("auth.no_slot")
    return rotate(ground, charge, leaving=[person_id])


def take_place_away_unopened(ground: Ground, person_id: UUID) -> SlotsFile:
    """Take somebody's slot out with no password at hand; the next sign-in makes the key that they never had.

    For the administrator's order and for accounts that the service closed.

    Raises:
        SignInError: `auth.no_slot`.
        VaultError: `slots.last_person`; nothing was changed.
    """
    paths = ground.paths
    slots = remove_person(read_slots(paths.slots), person_id)
    add_note(paths.slot_notes, SlotNote(act=SlotAct.PLACE_ENDED, person=person_id))
    # Before the slots: a crash in between makes a new key for nothing; the other way round it would be forgotten.
    replace_file(paths.rotation_due, b"")
    write_slots(paths.slots, slots, keep_previous=False, reach=ground.reach)
    return slots


def close_places_of_leavers(ground: Ground, vault: Vault) -> int:
    """Take out the slots of accounts that the service has closed; returns how many. At an open desk, without a key.

    Raises:
        VaultError: the file could not be written; it is tried again at the next sign-in.
    """
    day = london_day(ground.means.now())
    closed = {user.id for user in _users(vault) if user.is_closed(day)}
    slots = read_slots(ground.paths.slots)
    gone = [slot.person_id for slot in slots.people if slot.person_id in closed]
    if len(gone) == len(slots.people):
        return 0
    for person_id in gone:
        take_place_away_unopened(ground, person_id)
    return len(gone)


@contextmanager
def renewed_secret(
    ground: Ground, slots: SlotsFile, masters: MasterKeys
) -> Iterator[tuple[bytearray, SlotsFile, Callable[[], None]]]:
    """Make a device secret in the place of one that was lost; only by custodians, who opened the master keys.

    Yields the secret, slots of which none opens any more (they were sealed under what is gone), and what is to be
    called once slots that open are written. Until then the gate goes on saying that the secret is lost, so that a
    crash on the way leaves recovery to be done again, and never a right password that is called wrong.

    Raises:
        VaultError: `device_key.missing`, `device_key.damaged`: no second copy of the laptop's key; enrol it again.
        KeyringError: the keyring does not answer or takes no secret.
    """
    paths, store = ground.paths, ground.means.store
    # First the key that no secret can bring back: without it no new secret is made either.
    key = device_key_by_masters(paths, masters, is_copy=True)
    secret = bytearray(ground.means.random_bytes(KEY_BYTES))
    wrapping = wrapping_key(secret, slots.vault_id)

    def commit() -> None:
        rewrap_device_key(
            paths.device_key,
            key,
            vault_id=slots.vault_id,
            wrapping=wrapping,
            by_device_secret=True,
            random_bytes=ground.means.random_bytes,
        )

    try:
        store.set(DEVICE_SECRET, secret.hex())
        if not hmac.compare_digest((store.get(DEVICE_SECRET) or "").encode(), secret.hex().encode()):
            raise KeyringError("keyring.write_failed")
        add_note(paths.slot_notes, SlotNote(act=SlotAct.NEW_SECRET))
        blank = tuple(slot.without_keys() for slot in slots.people)
        yield secret, msgspec.structs.replace(slots, people=blank), commit
    finally:
        key.clear()
        clear(secret, wrapping)


def _users(vault: Vault) -> list[User]:
    with vault.reading() as read:
        return list(read.all(User))
