"""Giving up a vault on the service's signed order: in one order of steps, so that a crash between any two is safe.

    seal what is unsent -> note the order -> device secret and mark -> slots and their copy -> every other file -> done

The note comes after the sealing, which needs the open vault, and before the first thing that is destroyed; whoever
finds it at the next start does the rest before anything else (sync.md 10, security.md 5.1).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from app.domain.canonical import canonical
from app.errors import KnownError, VaultError
from app.paths import LaptopPaths
from app.security.atomic_file import Reach, delete_file, reach_nothing, replace_file
from app.security.device_secret import DEVICE_SECRET, MARK, SecretStore
from app.security.sealed_outbox import remove_sealed
from app.security.slots_file import previous_copy

STEPS = ("after-noted", "after-ds-gone", "after-slots-gone", "after-files-gone")
"""Where a crash is tried, in order."""

_LONGEST = 4_096


class Unsent(StrEnum):
    """Where unsent work is; it travels in the laptop's word to the service. Fixed for ever."""

    NONE = "none"
    SENT = "sent"
    HERE = "here"


class GivingUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The note of an order that is obeyed, and how far that has come; nothing in it is a secret or a person's.

    Attributes:
        keyring: name of the keyring the device secret lies in.
        device: this laptop as the service knows it.
        serial: of the order.
        wipe: destroy keys and records; else the laptop is locked for good.
        rescue: let unsent work be handed over, sealed.
        org_name: who ordered it, for the page that says so.
        address, audience: of the service.
        is_obeyed: everything that had to go is gone.
        unsent: where unsent work is.
        is_told: the service has this laptop's signed word for it.
    """

    format: Literal[1] = 1
    vault_id: UUID
    keyring: str
    device: UUID
    serial: int
    wipe: bool
    rescue: bool
    org_name: str
    address: str
    audience: str
    is_obeyed: bool = False
    unsent: Unsent = Unsent.NONE
    is_told: bool = False


def note_order(paths: LaptopPaths, order: GivingUp, *, reach: Reach = reach_nothing) -> None:
    """Note that an order is obeyed from now on; what is to be sealed is sealed by then.

    Raises:
        VaultError: the folder refuses writing; nothing was destroyed.
    """
    keep_note(paths, order)
    reach(STEPS[0])


def keep_note(paths: LaptopPaths, note: GivingUp) -> None:
    """Write down how far it has come."""
    replace_file(paths.giving_up, canonical(note) + b"\n")


def read_note(paths: LaptopPaths) -> GivingUp | None:
    """Return the note of an order that is being obeyed or was, None on every other laptop.

    Raises:
        VaultError: `giving_up.damaged`: there is one, and nobody can say what it orders; nothing is opened past it.
    """
    try:
        with paths.giving_up.open("rb") as file:
            return msgspec.json.decode(file.read(_LONGEST), type=GivingUp)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise VaultError("giving_up.damaged") from None


def forget_order(paths: LaptopPaths) -> None:
    """Take the note away, so that the laptop can be set up anew; only where everything was destroyed.

    Raises:
        VaultError: `giving_up.not_done`: records or unsent work are still here.
    """
    note = read_note(paths)
    if note is not None and not (note.wipe and note.is_obeyed and note.unsent is not Unsent.HERE):
        raise VaultError("giving_up.not_done")
    delete_file(paths.giving_up)


def obey(paths: LaptopPaths, note: GivingUp, store: SecretStore, *, reach: Reach = reach_nothing) -> GivingUp:
    """Do what was ordered, or the rest of it; returns the note as it is written then. May run any number of times.

    The vault is closed by now. What one step refuses holds up no other: without slots the device secret opens nothing,
    and without either the vault is noise.

    Raises:
        KeyringError: the keyring did not give its values up; all else is gone, and the next start tries again.
        VaultError: a file did not go; as above.
    """
    if note.wipe:
        _destroy(paths, store, reach)
    if not note.rescue:
        remove_sealed(paths.sealed_outbox)
    unsent = note.unsent if note.unsent is Unsent.SENT else _unsent(paths)
    done = msgspec.structs.replace(note, is_obeyed=True, unsent=unsent)
    keep_note(paths, done)
    return done


def _unsent(paths: LaptopPaths) -> Unsent:
    return Unsent.HERE if paths.sealed_outbox.exists() else Unsent.NONE


def _destroy(paths: LaptopPaths, store: SecretStore, reach: Reach) -> None:
    refused: list[KnownError] = []
    for value_name in (DEVICE_SECRET, MARK):
        _tried(lambda: store.delete(value_name), refused)  # noqa: B023 - called at once
    reach(STEPS[1])
    for path in (paths.slots, previous_copy(paths.slots)):
        _tried(lambda: delete_file(path), refused)  # noqa: B023 - called at once
    reach(STEPS[2])
    # By what may stay and not by what must go: a file that a later version puts here goes too.
    staying = {paths.giving_up, paths.sealed_outbox, paths.lock, paths.logs}
    for path in sorted(set(paths.folder.iterdir()) - staying):
        _tried(lambda: _delete(path), refused)  # noqa: B023 - called at once
    reach(STEPS[3])
    if refused:
        raise refused[0]


def _tried(step: Callable[[], None], refused: list[KnownError]) -> None:
    try:
        step()
    except KnownError as error:
        refused.append(error)


def _delete(path: Path) -> None:
    if not path.is_dir() or path.is_symlink():
        delete_file(path)
        return
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise VaultError("vault.could_not_write", errno=error.errno) from error
