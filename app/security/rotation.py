"""A new master key for everybody who stays: the slots' share of re-keying a vault (security.md 4.7)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec

from app.custody.erasing import RandomBytes
from app.errors import VaultError
from app.security.opened_keys import MasterKeys
from app.security.secret_bytes import KEY_BYTES
from app.security.slot_sealing import seal_masters
from app.security.slots import check_tags, next_version, recovery_entry
from app.security.slots_file import PersonSlot, SealedMaster, SlotsFile


def begin_rotation(
    slots: SlotsFile,
    masters: MasterKeys,
    *,
    leaving: Iterable[UUID] = (),
    recovery_public: bytes,
    random_bytes: RandomBytes,
) -> tuple[SlotsFile, MasterKeys]:
    """Return slots with a new generation beside today's, and both master keys.

    Args:
        slots: the file, with one generation.
        masters: today's master key.
        leaving: who gets no share in the new generation.
        recovery_public: of the custodians; another one than before when recovery was used.
        random_bytes: of the operating system.

    Raises:
        VaultError: `slots.altered`: the new key would be sealed to a public key that nobody with today's key wrote;
            `slots.rotation_open` or `slots.last_person`.
    """
    if len(slots.generations) > 1:
        raise VaultError("slots.rotation_open")
    check_tags(slots, masters)
    gone = frozenset(leaving)
    if all(slot.person_id in gone for slot in slots.people):
        raise VaultError("slots.last_person")
    both = _with_new_generation(masters, slots.generations[0], random_bytes)
    people = tuple(slot if slot.person_id in gone else _sealed_to(both, slot) for slot in slots.people)
    recovery = (recovery_entry(both, recovery_public),)
    generations = tuple(sorted(both.by_generation))
    return next_version(slots, people=people, recovery=recovery, generations=generations), both


def finish_rotation(slots: SlotsFile) -> SlotsFile:
    """Return the slots with the newest generation only; write them with `keep_previous=False`."""
    newest = slots.generations[-1]
    people = tuple(
        msgspec.structs.replace(slot, sealed_master=kept)
        for slot in slots.people
        if (kept := _of_generation(slot.sealed_master, newest))
    )
    recovery = tuple(
        msgspec.structs.replace(entry, sealed_master=kept)
        for entry in slots.recovery
        if (kept := _of_generation(entry.sealed_master, newest))
    )
    return next_version(slots, people=people, recovery=recovery, generations=(newest,))


def _with_new_generation(masters: MasterKeys, today: int, random_bytes: RandomBytes) -> MasterKeys:
    both = {
        today: bytearray(masters.by_generation[today]),
        today + 1: bytearray(random_bytes(KEY_BYTES)),
    }
    return MasterKeys(vault_id=masters.vault_id, by_generation=both)


def _sealed_to(both: MasterKeys, slot: PersonSlot) -> PersonSlot:
    sealed = seal_masters(both, slot.exchange_public, slot.person_id)
    tag = both.tag_of(slot.person_id, slot.exchange_public, slot.signing_public)
    return msgspec.structs.replace(slot, sealed_master=sealed, tag=tag)


def _of_generation(sealed: tuple[SealedMaster, ...], generation: int) -> tuple[SealedMaster, ...]:
    return tuple(master for master in sealed if master.generation == generation)
