"""Putting a snapshot in the place of a vault that did not pass its checks: asked for, prepared, swapped, told.

The wish is a file beside the vault, written before anybody has signed in again, because only a sign-in brings the key.
Each step may be cut off: the next sign-in goes on from where the wish says. Nothing is deleted: what lay in the
vault's place lies in a folder of its own afterwards.
"""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from app.domain.actor import Actor
from app.domain.canonical import canonical
from app.domain.codes import AuditAction
from app.errors import KnownError, VaultError
from app.paths import LaptopPaths
from app.security.atomic_file import Reach, delete_file, reach_nothing, replace_file, sync_folder
from app.security.device_secret import SecretStore
from app.security.mark import Mark, read_mark, write_mark
from app.storage.backup import Snapshot, snapshots_in
from app.storage.health import ChainCheck, Expected, full_checks
from app.storage.vault import SET_ASIDE, Vault

STEPS: Final = ("after-copy", "after-verify", "after-set-aside", "after-swap", "after-restored-entry")
"""Where a crash is tried, in order."""

KEPT_ASIDE: Final = timedelta(days=14)
"""How long what was set aside is kept: as long as a snapshot, and a lease."""

KEEPS: Final = 0
"""Instead of the place of a snapshot: the file that is there is kept, although it is older than the mark."""

_LONGEST: Final = 4_096


class Stage(StrEnum):
    """How far it has come. Fixed for ever."""

    ASKED = "asked"
    CHECKED = "checked"


class Restoring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be put back; nothing in it is a secret or a person's.

    Attributes:
        place: of the snapshot; 0 keeps the file that is there, which is older than the mark.
        audit_seq, audit_hash: the head of the audit chain in what is put back; of a file that is kept, 0 and "".
        fault: code of what was found, for the audit.
        aside: name of the folder in which what was there is kept.
        stage: how far it has come.
    """

    format: Literal[1] = 1
    place: Annotated[int, msgspec.Meta(ge=0, le=9)]
    audit_seq: Annotated[int, msgspec.Meta(ge=0)]
    audit_hash: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
    fault: Annotated[str, msgspec.Meta(pattern="^[a-z_.]{1,60}$")]
    aside: Annotated[str, msgspec.Meta(pattern="^set_aside_[0-9]{8}T[0-9]{6}$")]
    stage: Stage = Stage.ASKED


def ask_restore(paths: LaptopPaths, snapshot: Snapshot, *, fault: str, now: datetime) -> None:
    """Note that a snapshot is to be put back at the next sign-in; nothing is changed yet.

    Raises:
        VaultError: the folder refuses writing.
    """
    wish = Restoring(
        place=snapshot.place,
        audit_seq=snapshot.audit_seq,
        audit_hash=snapshot.audit_hash,
        fault=fault,
        aside=f"{SET_ASIDE}{now.astimezone(UTC):%Y%m%dT%H%M%S}",
    )
    _keep(paths, wish)


def ask_to_keep_older(paths: LaptopPaths, *, fault: str, now: datetime) -> None:
    """Note that the file that is there counts from the next sign-in on, older than the mark as it is.

    The exchange brings what it lacks, and takes what it has under numbers that were used already (sync.md 8).

    Raises:
        VaultError: the folder refuses writing.
    """
    aside = f"{SET_ASIDE}{now.astimezone(UTC):%Y%m%dT%H%M%S}"
    _keep(paths, Restoring(place=KEEPS, audit_seq=0, audit_hash="", fault=fault, aside=aside, stage=Stage.CHECKED))


def read_restoring(paths: LaptopPaths) -> Restoring | None:
    """Return what is to be put back, None where nothing is.

    Raises:
        VaultError: `restore.damaged`: there is a wish and nobody can read it.
    """
    try:
        with paths.restoring.open("rb") as file:
            return msgspec.json.decode(file.read(_LONGEST), type=Restoring)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, RecursionError):
        raise VaultError("restore.damaged") from None


def take_back_wish(paths: LaptopPaths) -> None:
    """Forget a wish; what was set aside and what was put back stay. Raises `VaultError`."""
    delete_file(paths.restoring)


def put_back(
    paths: LaptopPaths,
    wish: Restoring,
    key: bytearray,
    *,
    expected: Expected,
    chain: ChainCheck,
    reach: Reach = reach_nothing,
) -> None:
    """Copy the snapshot, check the copy, set aside what is there, and put the copy in its place; goes on after a crash.

    Args:
        paths: of the laptop; nobody has the vault open.
        wish: what is to be done.
        key: opens the snapshot; stays the caller's to clear.
        expected: whose vault it is, and the head the snapshot must have.
        chain: checks its audit chain.
        reach: called at each crash point.

    Raises:
        VaultError: `restore.gone`: the snapshot is not there any more; why the copy is not one; `vault.disk_full`.
            What lay in the vault's place lies there still.
    """
    copy = paths.restored_copy
    if wish.stage is Stage.ASKED:
        try:
            _prepare(paths, wish, key, expected=expected, chain=chain, reach=reach)
        except KnownError:
            # The next sign-in shows again what is wrong with the file, and another may be chosen.
            take_back_wish(paths)
            raise
        wish = msgspec.structs.replace(wish, stage=Stage.CHECKED)
        _keep(paths, wish)
    if not copy.exists():
        # Swapped already: the crash came between that and the entry.
        return
    _set_aside(paths, paths.folder / wish.aside)
    reach(STEPS[2])
    try:
        copy.replace(paths.vault)
        sync_folder(paths.folder)
    except OSError as error:
        raise VaultError("vault.could_not_write", errno=error.errno) from error
    reach(STEPS[3])


def _prepare(
    paths: LaptopPaths, wish: Restoring, key: bytearray, *, expected: Expected, chain: ChainCheck, reach: Reach
) -> None:
    chosen = next((one for one in snapshots_in(paths.snapshots) if _is_it(one, wish)), None)
    if chosen is None:
        raise VaultError("restore.gone")
    copy = paths.restored_copy
    try:
        _clear(copy)
        _copy(chosen.path, copy)
        reach(STEPS[0])
        full_checks(copy, key, expected, chain)
        reach(STEPS[1])
    except KnownError:
        _clear(copy)
        raise
    except OSError as error:
        _clear(copy)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise VaultError("vault.disk_full" if full else "vault.could_not_write", errno=error.errno) from error


def _is_it(snapshot: Snapshot, wish: Restoring) -> bool:
    return (snapshot.place, snapshot.audit_seq, snapshot.audit_hash) == (wish.place, wish.audit_seq, wish.audit_hash)


def _copy(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        written.flush()
        os.fsync(written.fileno())
    sync_folder(target.parent)


def _clear(copy: Path) -> None:
    for end in ("", "-wal", "-shm"):
        delete_file(copy.with_name(copy.name + end))


def _set_aside(paths: LaptopPaths, folder: Path) -> None:
    """Move what lies in the vault's place, and copy sealed work, which the next lock would write over."""
    vault = paths.vault
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # The log before the file: found alone, a file without its log would look whole.
        for name in (vault.name + "-wal", vault.name + "-shm", vault.name):
            there = vault.with_name(name)
            if there.exists():
                there.replace(folder / name)
        kept = folder / paths.sealed_outbox.name
        if paths.sealed_outbox.exists() and not kept.exists():
            replace_file(kept, paths.sealed_outbox.read_bytes())
        sync_folder(folder)
        sync_folder(paths.folder)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise VaultError("vault.disk_full" if full else "vault.could_not_write", errno=error.errno) from error


def mark_of(paths: LaptopPaths, store: SecretStore) -> Mark:
    """Return how far the vault must have come: the keyring's mark, or the head of what was put back until it is told.

    Raises:
        KeyringError: the mark cannot be read.
        VaultError: `restore.damaged`.
    """
    mark, wish = read_mark(store) or Mark(), read_restoring(paths)
    if wish is None or wish.stage is not Stage.CHECKED or paths.restored_copy.exists():
        return mark
    return Mark(
        audit_seq=wish.audit_seq, audit_hash=wish.audit_hash, highest_time=mark.highest_time, guesses=mark.guesses
    )


def note_restored(
    vault: Vault, store: SecretStore, paths: LaptopPaths, *, actor: Actor, now: datetime, reach: Reach = reach_nothing
) -> bool:
    """Enter what was put back into the audit with both heads, and let the mark stand at the new one.

    Before anything else is written, so that no act of somebody stands between; answers whether anything was put back.

    Raises:
        KeyringError: the mark cannot be written; the next sign-in does it.
        VaultError: the entry cannot be.
    """
    wish = read_restoring(paths)
    if wish is None:
        return False
    mark, (seq, entry_hash) = read_mark(store) or Mark(), _head(vault, actor)
    if not (seq > wish.audit_seq and (mark.audit_seq, mark.audit_hash) == (seq, entry_hash)):
        with vault.transaction(actor=actor, now=now) as work:
            work.audit(
                AuditAction.ROLLBACK_FOUND if wish.place == KEEPS else AuditAction.RESTORE,
                reason=wish.fault.replace(".", "_"),
                detail=f"{mark.audit_seq} {mark.audit_hash} {seq} {entry_hash}",
            )
        seq, entry_hash = _head(vault, actor)
        highest = now if mark.highest_time is None else max(mark.highest_time, now)
        write_mark(store, replace(mark, audit_seq=seq, audit_hash=entry_hash, highest_time=highest))
    reach(STEPS[4])
    take_back_wish(paths)
    return True


def set_aside_in(folder: Path) -> tuple[Path, ...]:
    """Return the folders of what was set aside, the oldest first."""
    return tuple(sorted(path for path in folder.glob(f"{SET_ASIDE}*") if path.is_dir() and not path.is_symlink()))


def forget_set_aside(
    vault: Vault, paths: LaptopPaths, *, actor: Actor, now: datetime, older_than: timedelta = KEPT_ASIDE
) -> int:
    """Delete what was set aside long enough ago, and enter it; returns how many.

    Raises:
        VaultError: one did not go, or its entry cannot be made.
    """
    limit = f"{SET_ASIDE}{(now - older_than).astimezone(UTC):%Y%m%dT%H%M%S}"
    old = [folder for folder in set_aside_in(paths.folder) if folder.name <= limit]
    for folder in old:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise VaultError("vault.could_not_write", errno=error.errno) from error
        with vault.transaction(actor=actor, now=now) as work:
            work.audit(AuditAction.RESTORE, reason="set_aside_deleted")
    return len(old)


def _head(vault: Vault, actor: Actor) -> tuple[int, str]:
    with vault.reading() as read:
        return read.audit_head(actor.device)


def _keep(paths: LaptopPaths, wish: Restoring) -> None:
    replace_file(paths.restoring, canonical(wish) + b"\n")
