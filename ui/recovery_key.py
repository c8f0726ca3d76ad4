"""A recovery key whose parts nobody has kept yet: made anew at the next sign-in, for its private half lies nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.custody.erasing import RandomBytes
from app.custody.shares import make_recovery_key, split
from app.paths import LaptopPaths
from app.security.atomic_file import delete_file, replace_file
from app.security.opened_keys import MasterKeys
from app.security.secret_bytes import clear
from app.security.slot_notes import SlotAct, SlotNote, add_note
from app.security.slots import replace_recovery
from app.security.slots_file import SlotsFile, write_slots


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryKey:
    """A recovery key as its three custodians get it.

    Attributes:
        parts: the custodians' parts in words, by holder.
        public: the public half, for the fingerprint on all three.
        slots: the places of people with this key in them, to be written once it is kept; None: they are written.
    """

    parts: tuple[tuple[str, str], ...] = field(repr=False)
    public: bytes
    slots: SlotsFile | None = None


def new_recovery_key(random_bytes: RandomBytes, words: tuple[str, ...]) -> RecoveryKey:
    """Make a key, split it for its custodians, and forget its private half."""
    private, public = make_recovery_key(random_bytes)
    shares = split(private, random_bytes)
    clear(private)
    parts = tuple((share.holder, share.to_words(words)) for share in shares)
    for share in shares:
        share.clear()
    return RecoveryKey(parts=parts, public=public)


def successor(slots: SlotsFile, masters: MasterKeys, random_bytes: RandomBytes, words: tuple[str, ...]) -> RecoveryKey:
    """Return a key to take the place of the one that nobody kept; it counts once its slots are written."""
    made = new_recovery_key(random_bytes, words)
    return RecoveryKey(parts=made.parts, public=made.public, slots=replace_recovery(slots, masters, made.public))


def is_kept(paths: LaptopPaths) -> bool:
    """Answer whether somebody confirmed that the parts are kept, or they were never this laptop's to show."""
    return not paths.recovery_not_kept.exists()


def note_not_kept(paths: LaptopPaths) -> None:
    """Note that parts are about to be shown. Raises `VaultError` where the folder takes nothing."""
    replace_file(paths.recovery_not_kept, b"")


def note_kept(paths: LaptopPaths) -> None:
    """Note that nobody waits for the parts. Raises `VaultError` where the folder refuses."""
    delete_file(paths.recovery_not_kept)


def keep(paths: LaptopPaths, key: RecoveryKey) -> None:
    """Let a confirmed key open the vault, and no former one.

    Raises:
        VaultError: the file could not be written; the former key stands and the parts are shown again.
    """
    if key.slots is not None:
        add_note(paths.slot_notes, SlotNote(act=SlotAct.NEW_PARTS))
        write_slots(paths.slots, key.slots, keep_previous=False)
    note_kept(paths)
