"""What was done to the slots while nobody could read the vault: told to the audit by the next desk.

The gate never opens the vault to write into it. It leaves a note; the desk compares the slots with what the vault
remembers of them, so a change without a note is told too, and a note that somebody deletes hides nothing.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from uuid import UUID

import msgspec

from app.security.atomic_file import delete_file, replace_file

_MOST = 64
_MOST_BYTES = 65_536


class SlotAct(StrEnum):
    """What was done."""

    OWN_PASSWORD = "own_password"  # noqa: S105 - a code, no secret
    BY_COLLEAGUE = "password_by_colleague"
    BY_CUSTODIANS = "password_by_custodians"
    NEW_PARTS = "new_parts"
    NEW_SECRET = "new_device_secret"  # noqa: S105 - a code, no secret
    PLACE_ADDED = "place_added"
    PLACE_ENDED = "place_ended"
    ROTATED = "rotated"
    UNEXPLAINED = "slots_unexplained"


class SlotNote(msgspec.Struct, frozen=True, kw_only=True):
    """One act.

    Attributes:
        act: what was done.
        person: whose slot; None where it was nobody's own.
        by: the colleague who let them in, None otherwise.
    """

    act: SlotAct
    person: UUID | None = None
    by: UUID | None = None


def add_note(path: Path, note: SlotNote) -> None:
    """Leave one more note, before the slots are written.

    Raises:
        VaultError: the folder takes nothing.
    """
    replace_file(path, msgspec.json.encode([*read_notes(path), note][-_MOST:]))


def read_notes(path: Path) -> list[SlotNote]:
    """Return the notes, oldest first; none where there is no file, or none that can be read."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=list[SlotNote])
    except (OSError, msgspec.MsgspecError):
        return []


def forget_notes(path: Path) -> None:
    """Delete the notes, once they stand in the audit. Raises `VaultError` where the folder refuses."""
    delete_file(path)
