"""A set-up that began and has not ended: what a crash leaves of it is taken back, so that it can be done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

from app.security.atomic_file import delete_file, replace_file
from app.security.device_secret import DEVICE_SECRET, MARK, SecretStore
from app.security.mark import read_mark

ENTRIES_OF_A_SET_UP = 1
"""Audit entries of a vault that was only just made; with more in it somebody has worked there."""

_LONGEST = 64


def begin_set_up(note: Path, vault_id: UUID) -> None:
    """Note that keys are about to be made, and under which id they lie in the keyring."""
    replace_file(note, str(vault_id).encode())


def end_set_up(note: Path) -> None:
    """Note that the set-up is whole, or that nothing of it is left."""
    delete_file(note)


def take_back_set_up(note: Path, made: Iterable[Path], store_for: Callable[[UUID], SecretStore]) -> bool:
    """Take back what a set-up that was cut off has made, and answer whether there was one.

    A vault in which anybody has signed in is never touched, whatever the note says.

    Args:
        note: the file of `begin_set_up`.
        made: the files of a vault.
        store_for: the keyring's values of one vault.

    Raises:
        KeyringError: the keyring does not answer; nothing was taken back.
        VaultError: a file cannot be deleted.
    """
    vault_id = _noted(note)
    if vault_id is None:
        return False
    store = store_for(vault_id)
    mark = read_mark(store)
    if mark is not None and mark.audit_seq > ENTRIES_OF_A_SET_UP:
        end_set_up(note)
        return False
    for value_name in (DEVICE_SECRET, MARK):
        store.delete(value_name)
    for path in made:
        delete_file(path)
    end_set_up(note)
    return True


def _noted(note: Path) -> UUID | None:
    try:
        return UUID(note.read_text(encoding="ascii")[:_LONGEST])
    except (OSError, ValueError):
        return None
