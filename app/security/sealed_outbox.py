"""`outbox.sealed` beside the vault: written whole or not at all, to be opened by the custodians or the person."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from app.custody.sealing import CUSTODIANS, MOST_BYTES, Receiver
from app.errors import VaultError
from app.security.atomic_file import delete_file, replace_file
from app.security.slots_file import SlotsFile


def receivers_of(slots: SlotsFile, person_id: UUID) -> tuple[Receiver, ...]:
    """Return who can open what this laptop seals: the custodians, and whoever works on it now (security.md 5.1)."""
    custodians = [Receiver(owner=CUSTODIANS, public=entry.public) for entry in slots.recovery]
    slot = slots.slot_of(person_id)
    person = [] if slot is None else [Receiver(owner=person_id, public=slot.exchange_public)]
    return (*custodians, *person)


def write_sealed(path: Path, sealed: bytes) -> None:
    """Put it in place of the older one.

    Raises:
        VaultError: the folder refuses writing, or the disk is full; the older one is whole.
    """
    replace_file(path, sealed)


def read_sealed(path: Path) -> bytes | None:
    """Return what lies there, or None where nothing does.

    Raises:
        VaultError: `sealed.damaged`: it is larger than anything this program writes, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            sealed = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaultError("sealed.damaged", errno=error.errno) from error
    if len(sealed) > MOST_BYTES:
        raise VaultError("sealed.damaged")
    return sealed


def remove_sealed(path: Path) -> None:
    """Take it away: the service has everything that was in it, or the same bytes lie elsewhere."""
    if path.exists():
        delete_file(path)
