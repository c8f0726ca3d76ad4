"""A new master key for a whole vault, through two generations: whatever cuts it off, the next sign-in does the rest.

    note for the audit -> slots with both keys -> the file under the new key -> its identity row and audit, in one
    commit -> five checks -> laptop's key wrapped anew -> slots with the new key alone -> nothing older is left

Until the last slots are written both keys lie sealed for everybody who stays, so one of them opens the file
(security.md 4.7). Who leaves has no share in the new one from the second step on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from app.domain.actor import Actor
from app.domain.codes import AuditAction
from app.domain.ids import UserId
from app.errors import KeyringError, VaultError
from app.paths import LaptopPaths
from app.security.atomic_file import Reach, delete_file, reach_nothing, replace_file
from app.security.device_key import DeviceKey, open_device_key, rewrap_device_key
from app.security.mark import Mark, read_mark
from app.security.opened_keys import MasterKeys, OpenedKeys, sqlcipher_key
from app.security.rotation import begin_rotation, finish_rotation
from app.security.secret_bytes import KEY_BYTES, clear
from app.security.slot_notes import SlotAct, SlotNote, add_note
from app.security.slots_file import SlotsFile, write_slots
from app.storage.backup import forget_snapshots
from app.storage.health import Expected, full_checks
from app.storage.held import Held
from app.storage.rekey import change_key, generation_in, key_opens
from app.use_cases.laptop import Means, OpenLaptop, actor_of, chain_check, open_laptop, raise_mark

STEPS: Final = (
    "rekey.after-two-generations",
    "rekey.after-rekey",
    "rekey.after-generation",
    "rekey.after-device-key",
    "rekey.after-final-slots",
    "rekey.after-old-removed",
)
"""Where a crash is tried, in order; inside the file's own re-key only a kill from outside can stop it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a change of keys stands on."""

    paths: LaptopPaths
    means: Means
    reach: Reach = reach_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Who opened the master keys, and what they opened; gate only, and the caller clears it.

    Attributes:
        person_id: who acts; with custodians, whom they let in.
        slots: as they lie on the disk.
        device_key: of the laptop; signs the audit.
        device_secret: None only in a `password_only` vault.
    """

    person_id: UserId
    slots: SlotsFile
    masters: MasterKeys
    device_key: DeviceKey
    device_secret: bytearray | None = field(repr=False)

    def clear(self) -> None:
        """Overwrite every key."""
        self.masters.clear()
        self.device_key.clear()
        if self.device_secret is not None:
            clear(self.device_secret)


@contextmanager
def opened(ground: Ground, charge: Charge, *, under: int = 0, named: int = 0) -> Iterator[OpenLaptop]:
    """Open the vault for the audit and for what it remembers; nothing of it is shown.

    Args:
        ground: paths and means.
        charge: whose keys.
        under: the generation the file is encrypted under; 0 is the newest.
        named: the generation its identity row names; 0 is the same.
    """
    generation = under or charge.masters.newest
    keys = OpenedKeys(
        vault_id=charge.masters.vault_id,
        person_id=charge.person_id,
        generation=named or generation,
        db_key=charge.masters.db_key(generation),
        # The vault is opened for its audit: nobody is handed work here.
        person_signing_seed=bytearray(KEY_BYTES),
        device_signing_seed=bytearray(charge.device_key.seed),
    )
    laptop = open_laptop(ground.paths, keys, ground.means)
    try:
        yield laptop
    finally:
        laptop.close()


def rotate(ground: Ground, charge: Charge, *, leaving: Iterable[UUID] = ()) -> tuple[SlotsFile, MasterKeys]:
    """Give the vault a new master key that everybody who stays opens; returns slots and key, which the caller clears.

    Args:
        ground: paths and means.
        charge: slots of one generation, and what opens them.
        leaving: who gets no share in it.

    Raises:
        NotFoundError: `user.not_found`: the vault does not know whoever acts, or their account has ended.
        VaultError: `slots.altered`: a key lies in the slots that nobody with the master key put there;
            `slots.last_person`; the vault does not open; or the disk takes no more. What was begun is finished at the
            next sign-in.
    """
    gone = tuple(leaving)
    slots, both = begin_rotation(
        charge.slots,
        charge.masters,
        leaving=gone,
        recovery_public=charge.slots.recovery[0].public,
        random_bytes=ground.means.random_bytes,
    )
    try:
        with opened(ground, charge) as laptop:
            # Whoever acts is to stand in the audit: somebody whom the vault does not know begins nothing.
            _actor(ground, laptop)
            laptop.vault.take_snapshot()
        for person_id in gone:
            add_note(ground.paths.slot_notes, SlotNote(act=SlotAct.PLACE_ENDED, person=person_id, by=charge.person_id))
        add_note(ground.paths.slot_notes, SlotNote(act=SlotAct.ROTATED, by=charge.person_id))
        write_slots(ground.paths.slots, slots, keep_previous=False, reach=ground.reach)
        ground.reach(STEPS[0])
        return finish(ground, replace(charge, slots=slots, masters=both)), both.newest_alone()
    finally:
        both.clear()


def finish(ground: Ground, charge: Charge) -> SlotsFile:
    """Do what is left of a rotation, from wherever it was cut off; returns the slots with the new key alone.

    Raises:
        VaultError: why it stopped; the file opens still, and this may be called again.
    """
    paths = ground.paths
    old, new = charge.slots.generations
    key = _raw(charge.masters, new)
    try:
        if not key_opens(paths.vault, key):
            before = _raw(charge.masters, old)
            try:
                change_key(paths.vault, before, key)
            finally:
                clear(before)
        ground.reach(STEPS[1])
        named = generation_in(paths.vault, key)
        if named != new:
            with opened(ground, charge, under=new, named=named) as laptop:
                _name_generation(ground, laptop, new)
        ground.reach(STEPS[2])
        _check(ground, charge, key, new)
        # Under the old key: whoever left could open them (security.md 4.7).
        forget_snapshots(paths.snapshots)
    finally:
        clear(key)
    keep_device_key(ground, charge, new)
    ground.reach(STEPS[3])
    final = finish_rotation(charge.slots)
    write_slots(paths.slots, final, keep_previous=False, reach=ground.reach)
    ground.reach(STEPS[4])
    delete_file(paths.rotation_due)
    ground.reach(STEPS[5])
    return final


def generation_of_file(paths: LaptopPaths, masters: MasterKeys) -> tuple[int, int]:
    """Return which generation the file is encrypted under, and which its identity row names.

    Raises:
        VaultError: `vault.could_not_open`: none of these keys opens it.
    """
    for generation in sorted(masters.by_generation, reverse=True):
        key = _raw(masters, generation)
        try:
            if key_opens(paths.vault, key):
                return generation, generation_in(paths.vault, key)
        finally:
            clear(key)
    raise VaultError("vault.could_not_open")


def is_rotation_due(paths: LaptopPaths, slots: SlotsFile) -> bool:
    """Answer whether a new master key was begun, or is to be made at the next sign-in."""
    return len(slots.generations) > 1 or paths.rotation_due.exists()


def ask_for_rotation(paths: LaptopPaths) -> None:
    """Have the next sign-in make a new master key. Raises `VaultError` where the folder takes nothing."""
    replace_file(paths.rotation_due, b"")


def keep_device_key(ground: Ground, charge: Charge, generation: int) -> None:
    """Wrap the laptop's key under a master key too: a keyring that is lost must not take it along (security.md 2.1)."""
    paths = ground.paths
    wrapping = charge.masters.device_wrapping_key(generation)
    path = paths.device_key_copy if charge.slots.needs_device_secret else paths.device_key
    try:
        rewrap_device_key(
            path,
            charge.device_key,
            vault_id=charge.masters.vault_id,
            wrapping=wrapping,
            by_device_secret=False,
            random_bytes=ground.means.random_bytes,
        )
    finally:
        clear(wrapping)


def device_key_by_masters(path: LaptopPaths, masters: MasterKeys, *, is_copy: bool) -> DeviceKey:
    """Return the laptop's key from what a master key wraps: the newest that opens it.

    Raises:
        VaultError: `device_key.missing` or `device_key.damaged`.
    """
    file = path.device_key_copy if is_copy else path.device_key
    refused = VaultError("device_key.damaged")
    for generation in sorted(masters.by_generation, reverse=True):
        wrapping = masters.device_wrapping_key(generation)
        try:
            return open_device_key(file, vault_id=masters.vault_id, wrapping=wrapping)
        except VaultError as error:
            refused = error
        except KeyringError:
            refused = VaultError("device_key.damaged")
        finally:
            clear(wrapping)
    raise refused


def _name_generation(ground: Ground, laptop: OpenLaptop, generation: int) -> None:
    """Let the identity row name the new key, with its audit entry in the same commit; then the mark."""
    vault, now, actor = laptop.vault, ground.means.now(), _actor(ground, laptop)
    with vault.transaction(actor=actor, now=now) as work:
        work.set_key_generation(generation)
        work.audit(AuditAction.SLOT_CHANGE, reason="new_key", detail=str(generation))
    raise_mark(vault, ground.means.store, device=actor.device, now=now)


def _actor(ground: Ground, laptop: OpenLaptop) -> Actor:
    device = Held(laptop.vault).device().device_id
    return actor_of(laptop.vault, laptop.person_id, now=ground.means.now(), device=device)


def _check(ground: Ground, charge: Charge, key: bytearray, generation: int) -> None:
    mark = read_mark(ground.means.store) or Mark()
    expected = Expected(
        vault_id=charge.masters.vault_id,
        generation=generation,
        least_audit_seq=mark.audit_seq,
        audit_hash=mark.audit_hash,
    )
    full_checks(ground.paths.vault, key, expected, chain_check(charge.device_key.public, mark))


def _raw(masters: MasterKeys, generation: int) -> bytearray:
    key = masters.db_key(generation)
    try:
        return sqlcipher_key(key)
    finally:
        clear(key)
