"""Where the parts of one laptop lie: in the account's local data folder, never a roaming one."""

from __future__ import annotations

import ctypes
import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from platformdirs import PlatformDirs

from app.errors import VaultError

_REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.davfs"})
"""Kinds of Linux file systems that lie on another machine; its answer to a lock or a flush is not this disk's."""

_DRIVE_REMOTE: Final = 4
"""What Windows' GetDriveTypeW answers for a drive on another machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaptopPaths:
    """The files of one vault, all in one folder."""

    folder: Path

    @property
    def vault(self) -> Path:
        """The encrypted database."""
        return self.folder / "vault.db"

    @property
    def slots(self) -> Path:
        """How each person's password opens it; not secret."""
        return self.folder / "slots.json"

    @property
    def device_key(self) -> Path:
        """The laptop's signing key, wrapped."""
        return self.folder / "device_key.json"

    @property
    def device_key_copy(self) -> Path:
        """The same key, wrapped by the vault's master key: a keyring that is reset must not take it along."""
        return self.folder / "device_key.master.json"

    @property
    def rotation_due(self) -> Path:
        """There while the next sign-in is to make a new master key: somebody's way in was ended; it holds nothing."""
        return self.folder / "rotation_due"

    @property
    def begun(self) -> Path:
        """There from the first key of a set-up to its end; it holds the id of the vault that is being made."""
        return self.folder / "begun"

    @property
    def recovery_not_kept(self) -> Path:
        """There from making a recovery key until somebody confirms that its three parts are kept; it holds nothing."""
        return self.folder / "recovery_not_kept"

    @property
    def slot_notes(self) -> Path:
        """What was done to the slots since a desk last told the audit; there only in between."""
        return self.folder / "slot_notes.json"

    @property
    def attempts(self) -> Path:
        """Wrong guesses so far."""
        return self.folder / "attempts.json"

    @property
    def mark(self) -> Path:
        """The mark of a `password_only` vault; elsewhere it lies in the keyring."""
        return self.folder / "mark.json"

    @property
    def sealed_outbox(self) -> Path:
        """What nobody but this laptop has, sealed to the custodians and to one person; there while something is."""
        return self.folder / "outbox.sealed"

    @property
    def service(self) -> Path:
        """Which service this laptop belongs to and by which keys it is known: what the gate asks it by."""
        return self.folder / "service.json"

    @property
    def giving_up(self) -> Path:
        """There from the moment an order to give up the vault is obeyed; it holds how far that has come."""
        return self.folder / "giving_up.json"

    @property
    def files(self) -> Path:
        """The sealed bytes of files that lie beside records; each under the hash of what it holds, never a name."""
        return self.folder / "files"

    @property
    def snapshots(self) -> Path:
        """Copies of the vault that were checked, encrypted under its own key; at most three, for fourteen days."""
        return self.folder / "snapshots"

    @property
    def restoring(self) -> Path:
        """There from the wish to put a snapshot back until that stands in the audit; nothing in it is a secret."""
        return self.folder / "restoring.json"

    @property
    def restored_copy(self) -> Path:
        """The copy of a snapshot while it is checked, before it takes the vault's place."""
        return self.folder / "restoring.db"

    @property
    def put_out(self) -> Path:
        """Files opened in another program, while they are: emptied at lock and at start."""
        return self.folder / "put_out"

    @property
    def updates(self) -> Path:
        """What was seen of the repository of updates: an older one is refused by it."""
        return self.folder / "updates"

    @property
    def schema(self) -> Path:
        """Which version of the vault's shape was opened last: what `alongsidectl` compares without a key."""
        return self.folder / "schema"

    @property
    def lock(self) -> Path:
        """The lock that lets one program at a time open the vault."""
        return self.folder / "lock"

    @property
    def logs(self) -> Path:
        """Logs: ids, codes and sizes only."""
        return self.folder / "logs"

    @property
    def all_of_a_vault(self) -> tuple[Path, ...]:
        """Everything that must not be there when a vault is made."""
        wal, shm = (self.vault.with_name(self.vault.name + end) for end in ("-wal", "-shm"))
        previous = self.slots.with_name(self.slots.name + ".previous")
        return (self.vault, wal, shm, self.slots, previous, self.device_key, self.device_key_copy)


def check_folder(folder: Path, *, is_written: bool = False, mounts: Path = Path("/proc/self/mounts")) -> None:
    """Refuse a data folder that roams with the account or lies on another machine (security.md 4.1).

    Args:
        folder: which need not be there yet.
        is_written: try to write, too: a file that goes away at once, in the nearest folder that is there.
        mounts: where the system lists its file systems.

    Raises:
        VaultError: `vault.remote_folder`, `vault.read_only`. Nothing was made anywhere else.
    """
    if _is_remote_on_windows(folder) or _kind_of(folder, mounts) in _REMOTE:
        raise VaultError("vault.remote_folder")
    if not is_written:
        return
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"trial")
    except OSError as error:
        raise VaultError("vault.read_only", errno=error.errno) from error


def _is_remote_on_windows(folder: Path) -> bool:
    if platform.system() != "Windows":
        return False
    roaming = os.environ.get("APPDATA", "")
    if str(folder).startswith("\\\\") or (roaming and folder.is_relative_to(roaming)):
        return True
    # There on Windows alone.
    kernel: Any = ctypes.__dict__["windll"].kernel32
    return bool(kernel.GetDriveTypeW(folder.anchor) == _DRIVE_REMOTE)


def _kind_of(folder: Path, mounts: Path) -> str:
    """Return the kind of the file system that a folder lies on, empty where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    whole = folder.resolve()
    # Spaces in a mount point are written in octal; later lines cover earlier ones.
    mounted = [(Path(at.replace("\\040", " ")), kind) for _what, at, kind, *_rest in (line.split() for line in lines)]
    below = [(len(at.parts), index, kind) for index, (at, kind) in enumerate(mounted) if whole.is_relative_to(at)]
    return max(below)[2] if below else ""


def default_paths() -> LaptopPaths:
    """Return where the installed program keeps its vault."""
    dirs = PlatformDirs("Alongside", appauthor=False, roaming=False)
    return LaptopPaths(folder=Path(dirs.user_data_dir))


def policy_file() -> Path | None:
    """Return where the organisation's IT lays down its policy; None on Windows, where that is the registry."""
    if platform.system() == "Windows":
        return None
    if platform.system() == "Linux":
        return Path("/etc/alongside/policy.toml")
    return Path(PlatformDirs("Alongside", appauthor=False).site_config_dir) / "policy.toml"


def computer_file() -> Path | None:
    """Return the file of this computer that the organisation's policy goes before; on Windows only (packaging.md 7)."""
    if platform.system() != "Windows":
        return None
    return Path(PlatformDirs("Alongside", appauthor=False).site_config_dir) / "policy.toml"
