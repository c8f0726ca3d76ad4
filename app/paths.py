"""Where the parts of one laptop lie: in the account's local data folder, never a roaming one."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs


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
    def begun(self) -> Path:
        """There from the first key of a set-up to its end; it holds the id of the vault that is being made."""
        return self.folder / "begun"

    @property
    def recovery_not_kept(self) -> Path:
        """There from making a recovery key until somebody confirms that its three parts are kept; it holds nothing."""
        return self.folder / "recovery_not_kept"

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
    def put_out(self) -> Path:
        """Files opened in another program, while they are: emptied at lock and at start."""
        return self.folder / "put_out"

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
        return (self.vault, wal, shm, self.slots, self.slots.with_name(self.slots.name + ".previous"), self.device_key)


def default_paths() -> LaptopPaths:
    """Return where the installed program keeps its vault."""
    dirs = PlatformDirs("Alongside", appauthor=False, roaming=False)
    return LaptopPaths(folder=Path(dirs.user_data_dir))


def policy_file() -> Path:
    """Return where the organisation's IT lays down its policy (packaging.md 7)."""
    system = PlatformDirs("Alongside", appauthor=False).site_config_dir
    folder = "/etc/alongside" if platform.system() == "Linux" else system
    return Path(folder) / "policy.toml"
