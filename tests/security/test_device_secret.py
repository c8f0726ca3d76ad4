"""The keyring: absent, locked, slow, changed, altered; and one that is real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from app.errors import KeyringError, VaultError
from app.security.device_secret import (
    DEVICE_SECRET,
    MARK,
    AllowedKeyring,
    FolderlessStore,
    KeyringStore,
    SecretStore,
    allowed_keyrings,
    find_keyring,
    keyring_named,
    make_device_secret,
    read_device_secret,
)
from tests.security.kit import ASHA, VAULT, MemoryKeyring

ROOT = Path(__file__).parents[2]


def code_of_making(store: SecretStore, existing: tuple[Path, ...] = ()) -> str:
    with pytest.raises((KeyringError, VaultError)) as refused:
        make_device_secret(store, existing=existing, random_bytes=os.urandom)
    return str(refused.value.code)


def code_of_reading(store: SecretStore) -> str:
    with pytest.raises(KeyringError) as refused:
        read_device_secret(store)
    return refused.value.code


def test_a_secret_is_kept_as_64_signs_under_the_vaults_own_name(
    store: KeyringStore, memory_keyring: MemoryKeyring
) -> None:
    secret = make_device_secret(store, existing=(), random_bytes=os.urandom)
    assert memory_keyring.held == {("org.alongside.vault", f"{VAULT}/device-secret"): secret.hex()}
    assert read_device_secret(store) == secret
    other = KeyringStore(ASHA, memory_keyring.allowed())
    assert code_of_reading(other) == "keyring.secret_lost"


def test_each_call_makes_a_fresh_instance(store: KeyringStore, memory_keyring: MemoryKeyring) -> None:
    make_device_secret(store, existing=(), random_bytes=os.urandom)
    assert memory_keyring.instances == 3  # asked, written, read back


def test_no_secret_is_made_beside_a_vault_or_over_a_secret(store: KeyringStore, tmp_path: Path) -> None:
    slots = tmp_path / "slots.json"
    slots.write_bytes(b"")
    assert code_of_making(store, (tmp_path / "vault.db", slots)) == "vault.exists"
    assert store.get(DEVICE_SECRET) is None
    secret = make_device_secret(store, existing=(), random_bytes=os.urandom)
    assert code_of_making(store) == "vault.exists"
    assert read_device_secret(store) == secret


@pytest.mark.parametrize("kept", ["", "0" * 64, "truncated"])
def test_a_keyring_that_keeps_something_else_is_noticed_before_the_first_slot(
    store: KeyringStore, memory_keyring: MemoryKeyring, kept: str
) -> None:
    memory_keyring.on_write = lambda value: value[:40] if kept == "truncated" else kept
    assert code_of_making(store) == "keyring.write_failed"
    assert memory_keyring.held == {}


@pytest.mark.parametrize("altered", ["", "not hexadecimal", "ab" * 31, "ab" * 33, "é" * 64])
def test_a_lost_or_altered_secret_is_lost_and_never_made_anew(
    store: KeyringStore, memory_keyring: MemoryKeyring, altered: str
) -> None:
    assert code_of_reading(store) == "keyring.secret_lost"
    store.set(DEVICE_SECRET, altered)
    assert code_of_reading(store) == "keyring.secret_lost"
    assert memory_keyring.held[("org.alongside.vault", f"{VAULT}/device-secret")] == altered


class PromptDismissedException(Exception):  # noqa: N818
    """Has the name of the one that SecretStorage raises."""


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (keyring.errors.KeyringLocked("locked"), "keyring.locked"),
        (PromptDismissedException(), "keyring.locked"),
        (keyring.errors.InitError("no collection"), "keyring.missing"),
        (keyring.errors.NoKeyringError("none"), "keyring.missing"),
        (keyring.errors.PasswordSetError("no"), "keyring.write_failed"),
        (ConnectionRefusedError("no bus"), "keyring.missing"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_keyring_raises_becomes_a_known_code_without_its_words(
    store: KeyringStore, memory_keyring: MemoryKeyring, failure: Exception, code: str
) -> None:
    def fail() -> None:
        raise failure

    memory_keyring.before = fail
    for work in (lambda: store.get(MARK), lambda: store.set(MARK, "x"), lambda: store.delete(MARK)):
        with pytest.raises(KeyringError) as refused:
            work()
        assert refused.value.code == code
        assert set(refused.value.detail) <= {"kind"}


def test_a_fault_of_our_own_is_not_called_a_keyring_failure(store: KeyringStore, memory_keyring: MemoryKeyring) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    memory_keyring.before = fail
    with pytest.raises(ZeroDivisionError):
        store.get(MARK)


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """A prompt that nobody answers until the test is over."""
    answered = threading.Event()
    yield answered
    answered.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(5)


def test_a_keyring_that_waits_for_an_unseen_prompt_is_given_up(
    memory_keyring: MemoryKeyring, stuck: threading.Event
) -> None:
    memory_keyring.before = lambda: assert_set(stuck.wait(10))
    store = KeyringStore(VAULT, memory_keyring.allowed(), limit_s=0.05)
    with pytest.raises(KeyringError) as refused:
        store.get(DEVICE_SECRET)
    assert refused.value.code == "keyring.slow"


def assert_set(answered: bool) -> None:
    assert answered


def test_forgetting_what_is_not_there_is_no_error(store: KeyringStore) -> None:
    store.set(MARK, "x")
    store.delete(MARK)
    store.delete(MARK)
    assert store.get(MARK) is None


def test_only_listed_keyrings_are_taken_by_name() -> None:
    listed = {
        platform: [allowed.name for allowed in allowed_keyrings(platform)] for platform in ("linux", "win32", "darwin")
    }
    assert listed == {
        "linux": ["SecretService", "KWallet"],
        "win32": ["WindowsCredentialVault"],
        "darwin": ["macOSKeychain"],
    }
    for name in ("PlaintextKeyring", "null", "password_only", "macOSKeychain"):
        with pytest.raises(KeyringError) as refused:
            keyring_named(name, allowed_keyrings("linux"))
        assert refused.value.code == "keyring.not_allowed"
    assert keyring_named("KWallet", allowed_keyrings("linux")).name == "KWallet"


def test_the_environment_chooses_neither_class_nor_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/planted")
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
    backend: KeyringBackend = keyring_named("SecretService", allowed_keyrings("linux")).make()
    import keyring.backends.SecretService

    assert isinstance(backend, keyring.backends.SecretService.Keyring)
    assert vars(backend) == {}


def test_without_a_keyring_nothing_else_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, memory_keyring: MemoryKeyring
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-such-bus")
    with pytest.raises(KeyringError) as refused:
        find_keyring(allowed_keyrings("linux"))
    assert refused.value.code == "keyring.missing"
    assert find_keyring([*allowed_keyrings("linux"), memory_keyring.allowed()]).name == "SecretService"


def test_a_keyring_without_its_library_is_passed_over(memory_keyring: MemoryKeyring) -> None:
    def missing() -> KeyringBackend:
        raise ImportError("no library")

    absent = AllowedKeyring(name="Absent", make=missing)
    assert find_keyring([absent, memory_keyring.allowed()]).name == "SecretService"


def test_no_plaintext_keyring_is_installed() -> None:
    import importlib.util

    assert importlib.util.find_spec("keyrings") is None or importlib.util.find_spec("keyrings.alt") is None


def test_without_a_keyring_the_mark_lies_in_a_file_and_no_secret_anywhere(tmp_path: Path) -> None:
    store = FolderlessStore(tmp_path / "mark.json")
    assert store.name == "password_only"
    assert store.get(MARK) is None
    store.set(MARK, '{"s":1}')
    assert FolderlessStore(tmp_path / "mark.json").get(MARK) == '{"s":1}'
    assert code_of_making(store) == "keyring.not_allowed"
    assert code_of_reading(store) == "keyring.secret_lost"
    assert [entry.name for entry in tmp_path.iterdir()] == ["mark.json"]
    store.delete(MARK)
    assert list(tmp_path.iterdir()) == []


REAL = """
import os, sys
from uuid import UUID
import secretstorage
from app.errors import KnownError
from app.security.device_secret import *
found = find_keyring(allowed_keyrings(sys.platform))
store = KeyringStore(UUID(sys.argv[1]), found, limit_s=2)
secret = make_device_secret(store, existing=(), random_bytes=os.urandom)
store.set(MARK, "x" * 300)
print(found.name, read_device_secret(store) == secret, len(store.get(MARK)))
store.delete(MARK)
print(store.get(MARK))
bus = secretstorage.dbus_init()
secretstorage.get_default_collection(bus).lock()
bus.close()
try:
    store.get(DEVICE_SECRET)
except KnownError as error:
    print(error.code)
"""


@pytest.mark.skipif(
    shutil.which("gnome-keyring-daemon") is None or shutil.which("dbus-run-session") is None,
    reason="no gnome-keyring or dbus-run-session on this machine",
)
def test_a_real_keyring_keeps_the_secret_and_says_when_it_is_locked(tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }
    unlocked = 'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", unlocked, "sh", sys.executable, "-c", REAL, str(UUID(int=7))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.split("\n")
    assert lines[:2] == ["SecretService True 300", "None"], done.stderr
    # Without a desktop nobody can answer the prompt: the keyring says "dismissed", or nothing at all.
    assert lines[2] in {"keyring.locked", "keyring.slow"}, done.stderr
