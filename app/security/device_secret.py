"""The operating system's keyring: which one may be asked, how long, and the device secret in it.

Never the keyring that `keyring` would choose by itself: a plaintext file or a null backend can win there
(security.md 3). The class comes from the list below, its settings from here and not from the environment.
"""

from __future__ import annotations

import hmac
import importlib
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

import keyring.errors
from keyring.backend import KeyringBackend

from app.errors import KeyringError, VaultError
from app.security.atomic_file import delete_file, replace_file
from app.security.secret_bytes import KEY_BYTES
from app.security.slots_file import PASSWORD_ONLY

T = TypeVar("T")

SERVICE = "org.alongside.vault"
DEVICE_SECRET = "device-secret"  # noqa: S105 — the name it lies under
MARK = "mark"

LIMIT_S = 15.0
"""How long a keyring may take: long enough to answer its prompt, short enough not to look hung."""

_FOREIGN = frozenset({"keyring", "secretstorage", "jeepney", "dbus", "pywintypes", "win32ctypes"})
_LOCKED = frozenset({"KeyringLocked", "KeychainDenied", "LockedException", "PromptDismissedException"})


class SecretStore(Protocol):
    """Where the values of one vault lie outside its folder."""

    @property
    def name(self) -> str:
        """The name that slots.json keeps: a changed keyring must be noticed."""
        ...

    def get(self, value_name: str) -> str | None:
        """Return a value, or None when there is none. Raises `KeyringError` when it cannot be known."""
        ...

    def set(self, value_name: str, value: str) -> None:
        """Keep a value, in the place of an older one."""
        ...

    def delete(self, value_name: str) -> None:
        """Forget a value; one that is not there is as good as forgotten."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedKeyring:
    """A keyring that may be used: its name in slots.json and how to make a fresh instance."""

    name: str
    make: Callable[[], KeyringBackend]


def allowed_keyrings(platform: str) -> tuple[AllowedKeyring, ...]:
    """Return the keyrings that may be used on `sys.platform`, the preferred one first."""
    classes: dict[str, tuple[str, str, Mapping[str, Any]]]
    if platform == "win32":
        # The library's own default roams with the account to other machines (jaraco/keyring#382).
        local = {"persist": "local machine"}
        classes = {"WindowsCredentialVault": ("keyring.backends.Windows", "WinVaultKeyring", local)}
    elif platform == "darwin":
        classes = {"macOSKeychain": ("keyring.backends.macOS", "Keyring", {})}
    else:
        classes = {
            "SecretService": ("keyring.backends.SecretService", "Keyring", {}),
            "KWallet": ("keyring.backends.kwallet", "DBusKeyring", {}),
        }
    return tuple(
        AllowedKeyring(name=name, make=_maker(module, class_name, settings))
        for name, (module, class_name, settings) in classes.items()
    )


def find_keyring(allowed: Iterable[AllowedKeyring], *, limit_s: float = LIMIT_S) -> AllowedKeyring:
    """Return the first allowed keyring that works here; for a new vault only.

    Raises:
        KeyringError: `keyring.missing` or `keyring.slow`.
    """
    for candidate in allowed:
        try:
            if _within(limit_s, partial(_works, candidate)):
                return candidate
        except KeyringError as error:
            if error.code != "keyring.missing":
                raise
    raise KeyringError("keyring.missing")


def keyring_named(name: str, allowed: Iterable[AllowedKeyring]) -> AllowedKeyring:
    """Return the keyring that the slots file names.

    Raises:
        KeyringError: `keyring.not_allowed`.
    """
    for candidate in allowed:
        if candidate.name == name:
            return candidate
    raise KeyringError("keyring.not_allowed")


class KeyringStore:
    """The values of one vault in the keyring of this account; each call makes a fresh instance."""

    def __init__(self, vault_id: UUID, keyring_: AllowedKeyring, *, limit_s: float = LIMIT_S) -> None:
        """Take the vault, its keyring and how long each call may take."""
        self._vault_id = vault_id
        self._keyring = keyring_
        self._limit_s = limit_s

    @property
    def name(self) -> str:
        """The keyring's name in slots.json."""
        return self._keyring.name

    def get(self, value_name: str) -> str | None:
        """Return a value, or None. Raises `KeyringError` `.missing`, `.locked`, `.slow`."""
        return self._ask(lambda keyring_: keyring_.get_password(SERVICE, self._entry(value_name)))

    def set(self, value_name: str, value: str) -> None:
        """Keep a value. Raises `KeyringError`, also `.write_failed`."""
        self._ask(lambda keyring_: keyring_.set_password(SERVICE, self._entry(value_name), value))

    def delete(self, value_name: str) -> None:
        """Forget a value. Raises `KeyringError`."""
        if self.get(value_name) is not None:
            self._ask(lambda keyring_: keyring_.delete_password(SERVICE, self._entry(value_name)))

    def _entry(self, value_name: str) -> str:
        return f"{self._vault_id}/{value_name}"

    def _ask(self, question: Callable[[KeyringBackend], T]) -> T:
        return _within(self._limit_s, lambda: question(self._keyring.make()))


class FolderlessStore:
    """The mark of a `password_only` vault, in a file beside it; a device secret is refused.

    Anybody who can put back an older vault can put back this file: the policy that allows it says so.
    """

    def __init__(self, path: Path) -> None:
        """Take the file the mark lies in."""
        self._path = path

    @property
    def name(self) -> str:
        """`password_only`, as slots.json keeps it."""
        return PASSWORD_ONLY

    def get(self, value_name: str) -> str | None:
        """Return the mark, or None for everything else."""
        if value_name != MARK:
            return None
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise KeyringError("keyring.missing") from error

    def set(self, value_name: str, value: str) -> None:
        """Keep the mark."""
        if value_name != MARK:
            raise KeyringError("keyring.not_allowed")
        replace_file(self._path, value.encode("utf-8"))

    def delete(self, value_name: str) -> None:
        """Forget the mark."""
        if value_name == MARK:
            delete_file(self._path)


def make_device_secret(
    store: SecretStore, *, existing: Iterable[Path], random_bytes: Callable[[int], bytes]
) -> bytearray:
    """Make the device secret of a new vault, written, read back and compared; the caller clears it.

    Args:
        store: a keyring; a `password_only` store refuses.
        existing: vault, slots and their copies: if one of them is there, nothing is made. Signal-Desktop made
            a new key when it found none, and people lost their history.
        random_bytes: of the operating system.

    Raises:
        VaultError: `vault.exists`.
        KeyringError: `keyring.write_failed`, and whatever else the keyring answers.
    """
    if any(path.exists() for path in existing) or store.get(DEVICE_SECRET) is not None:
        raise VaultError("vault.exists")
    secret = bytearray(random_bytes(KEY_BYTES))
    written = secret.hex()
    store.set(DEVICE_SECRET, written)
    if not hmac.compare_digest((store.get(DEVICE_SECRET) or "").encode(), written.encode()):
        store.delete(DEVICE_SECRET)
        raise KeyringError("keyring.write_failed")
    return secret


def read_device_secret(store: SecretStore) -> bytearray:
    """Return the device secret; the caller clears it.

    Raises:
        KeyringError: `keyring.secret_lost` when it is gone or no device secret; the way on is recovery.
    """
    text = store.get(DEVICE_SECRET)
    try:
        secret = bytearray.fromhex(text or "")
    except ValueError:
        raise KeyringError("keyring.secret_lost") from None
    if len(secret) != KEY_BYTES:
        raise KeyringError("keyring.secret_lost")
    return secret


def _maker(module: str, class_name: str, settings: Mapping[str, Any]) -> Callable[[], KeyringBackend]:
    def make() -> KeyringBackend:
        # Imported when asked for: each keyring's own libraries exist on its own platform only.
        original = getattr(importlib.import_module(module), class_name)
        # The library sets any attribute from KEYRING_PROPERTY_… in the environment, even the collection.
        pinned = type(class_name, (original,), {"set_properties_from_env": _ignore_environment})
        instance: KeyringBackend = pinned()
        for setting, value in settings.items():
            setattr(instance, setting, value)
        return instance

    return make


def _ignore_environment(backend: KeyringBackend) -> None:
    """Stand in for the library's reading of the environment."""


def _works(candidate: AllowedKeyring) -> bool:
    """Return whether the library itself finds the keyring usable: its `priority` raises where it is not."""
    try:
        return candidate.make().priority > 0
    except RuntimeError:
        return False


def _within(limit_s: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or give up after `limit_s`: a keyring may wait for a prompt nobody sees."""
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:  # noqa: BLE001 — not swallowed: it is raised in the asking thread.
            answers.put((None, error))

    # A daemon: a keyring that never answers must not keep the program from ending.
    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer, error = answers.get(timeout=limit_s)
    except queue.Empty:
        raise KeyringError("keyring.slow", seconds=round(limit_s)) from None
    if error is not None:
        raise _known(error) from error
    return answer  # type: ignore[return-value]  # With no error it is what `work` returned, None included.


def _known(error: BaseException) -> BaseException:
    """Return the keyring's failure as ours; a fault of our own stays what it is."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _LOCKED:
        return KeyringError("keyring.locked")
    if isinstance(error, keyring.errors.PasswordSetError | keyring.errors.PasswordDeleteError):
        return KeyringError("keyring.write_failed")
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    if packages & _FOREIGN or isinstance(error, OSError | ImportError):
        return KeyringError("keyring.missing", kind=type(error).__name__)
    return error
