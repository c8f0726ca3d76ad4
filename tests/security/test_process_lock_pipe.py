"""What two processes have between them: no dumps, one lock, keys through a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import SignInError, VaultError
from app.security.key_pipe import fd_of_argument, open_key_pipe, read_keys, write_keys
from app.security.lock import SingleInstance
from app.security.opened_keys import OpenedKeys
from tests.security.kit import ASHA, VAULT

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def keys() -> OpenedKeys:
    return OpenedKeys(
        vault_id=VAULT,
        person_id=ASHA,
        generation=3,
        db_key=bytearray(range(32)),
        person_signing_seed=bytearray(b"p" * 32),
        device_signing_seed=bytearray(b"d" * 32),
    )


@linux_only
@pytest.mark.parametrize(("snap", "traceable"), [({}, False), ({"SNAP": "/snap/alongside/1"}, True)])
def test_a_protected_process_dumps_nothing(snap: dict[str, str], traceable: bool) -> None:
    script = (
        "import ctypes, os, resource; from app.security.process import protect_process as protect\n"
        "print(protect(os.environ), resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**ENVIRONMENT, **snap},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.split(") ", 1)[0].endswith(f"no_core_dump=True, not_traceable={not traceable}")
    assert done.stdout.strip().endswith(f"(0, 0) {int(traceable)}")


def test_keys_arrive_as_they_were_sent_and_stay_the_senders_own() -> None:
    pipe = open_key_pipe()
    sent = keys()
    write_keys(pipe.write_fd, sent)
    got = read_keys(pipe.read_fd)
    assert got == sent == keys()
    got.clear()
    assert sent == keys()


DESK = """
import hashlib, os, sys
from app.security.key_pipe import fd_of_argument, read_keys
from app.security.lock import SingleInstance
keys = read_keys(fd_of_argument(sys.argv[1]))
print(hashlib.sha256(keys.sqlcipher_key()).hexdigest(), keys.person_id, keys.generation)
print(any(keys.db_key.hex() in text for text in (*sys.argv, *os.environ.values())))
"""


def test_a_desk_started_beforehand_gets_the_keys_and_nothing_on_its_command_line() -> None:
    import hashlib

    pipe = open_key_pipe()
    with subprocess.Popen(
        [sys.executable, "-c", DESK, pipe.argument],
        env=ENVIRONMENT,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **pipe.popen,
    ) as desk:
        os.close(pipe.read_fd)
        write_keys(pipe.write_fd, keys())
        out, _ = desk.communicate(timeout=30)
    expected = hashlib.sha256(b"x'" + bytes(range(32)).hex().encode() + b"'").hexdigest()
    assert out == f"{expected} {ASHA} 3\nFalse\n"


@pytest.mark.parametrize("sent", [b"", b"alongside-keys-1", b"x" * 152, b"alongside-keys-2" + bytes(136)])
def test_a_gate_that_ends_early_or_sends_something_else_gives_no_keys(sent: bytes) -> None:
    pipe = open_key_pipe()
    os.write(pipe.write_fd, sent)
    os.close(pipe.write_fd)
    with pytest.raises(SignInError) as refused:
        read_keys(fd_of_argument(pipe.argument))
    assert refused.value.code == "auth.no_keys"


def test_a_desk_that_ended_is_noticed() -> None:
    pipe = open_key_pipe()
    os.close(pipe.read_fd)
    with pytest.raises(SignInError) as refused:
        write_keys(pipe.write_fd, keys())
    assert refused.value.code == "auth.desk_gone"


HOLDER = """
import sys
from pathlib import Path
from app.security.lock import SingleInstance
lock = SingleInstance(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("given up", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def lock_path(tmp_path: Path) -> Path:
    return tmp_path / "alongside.lock"


@pytest.fixture
def holder(lock_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that holds the lock until it is told to give it up."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock_path)],
        env=ENVIRONMENT,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_second_program_is_told_so_in_under_two_seconds(lock_path: Path, holder: subprocess.Popen[str]) -> None:
    started = time.monotonic()
    with pytest.raises(VaultError) as refused:
        SingleInstance(lock_path).acquire()
    assert refused.value.code == "vault.already_open"
    assert time.monotonic() - started < 2


def test_the_desk_gets_the_lock_as_soon_as_the_gate_gives_it_up(lock_path: Path, holder: subprocess.Popen[str]) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            tell(holder)
            assert holder.stdout is not None
            assert holder.stdout.readline() == "given up\n"

    with SingleInstance(lock_path) as lock:
        lock.acquire_soon(monotonic=lambda: 0.0, pause=pause)
        assert len(pauses) == 1
        lock.acquire()  # Holding it already is no error.
        with pytest.raises(VaultError):
            SingleInstance(lock_path).acquire()
    SingleInstance(lock_path).acquire_soon(monotonic=lambda: 0.0, pause=pause)


def test_the_desk_gives_up_after_two_seconds(lock_path: Path, holder: subprocess.Popen[str]) -> None:
    seconds = 0.0

    def pause(more: float) -> None:
        nonlocal seconds
        seconds += more

    with pytest.raises(VaultError) as refused:
        SingleInstance(lock_path).acquire_soon(monotonic=lambda: seconds, pause=pause)
    assert refused.value.code == "vault.already_open"
    assert 2.0 <= seconds < 2.2


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_killed_program_leaves_no_lock_behind(lock_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    with SingleInstance(lock_path) as lock:
        lock.acquire()


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as refused:
        SingleInstance(tmp_path / "nowhere" / "alongside.lock").acquire()
    assert refused.value.code == "vault.read_only"
