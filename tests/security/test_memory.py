"""What a process still holds of the keys after it cleared them, read from its memory by another process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.security.device_key import make_device_key, wrapping_key
from app.security.secret_bytes import scratch
from app.security.slots_file import write_slots
from tests.security.kit import PASSWORD, VAULT, make

ROOT = Path(__file__).parents[2]

GATE = """
import sys
from pathlib import Path
from app.security.attempts import Attempts
from app.security.sign_in import Door, sign_in
from app.security.slots_file import read_slots
from tests.security.kit import ASHA, NOW, VAULT, MemoryKeyring
from app.security.device_secret import KeyringStore
folder = Path(sys.argv[1])
keyring = MemoryKeyring()
keyring.held["org.alongside.vault", f"{VAULT}/device-secret"] = (folder / "secret").read_text()
store = KeyringStore(VAULT, keyring.allowed())
door = Door(
    slots=read_slots(folder / "slots.json"),
    store=store,
    attempts=Attempts(folder / "attempts.json", store, lambda: 0.0),
    device_key_path=folder / "device_key.json",
)
signed = sign_in(door, ASHA, sys.stdin.readline().rstrip("\\n"), now=NOW)
print("signed in", flush=True)
sys.stdin.readline()
signed.clear()
print("cleared", flush=True)
sys.stdin.readline()
"""


def copies(pid: int, secret: bytes) -> int:
    count = 0
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if not rights.startswith("rw") or "[vvar" in line:
                continue
            start, end = (int(side, 16) for side in span.split("-"))
            memory.seek(start)
            count += memory.read(end - start).count(secret)
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_copy_of_the_database_key_or_a_private_key_is_left_after_a_sign_in_was_cleared(tmp_path: Path) -> None:
    secret = bytearray(os.urandom(32))
    made = make(secret)
    write_slots(tmp_path / "slots.json", made.slots)
    (tmp_path / "secret").write_text(secret.hex())
    device = make_device_key(
        tmp_path / "device_key.json",
        vault_id=VAULT,
        wrapping=wrapping_key(secret, VAULT),
        by_device_secret=True,
        random_bytes=os.urandom,
    )
    db_key = bytes(made.opened.masters.db_key(1))
    seeds = [bytes(seed) for seed in (device.seed, made.opened.signing_seed, made.opened.exchange_seed)]
    with subprocess.Popen(
        [sys.executable, "-c", GATE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as gate:
        assert gate.stdin is not None
        assert gate.stdout is not None
        gate.stdin.write(PASSWORD + "\n")
        gate.stdin.flush()
        assert gate.stdout.readline() == "signed in\n"
        assert copies(gate.pid, db_key) >= 1  # Else this test would look in the wrong place.
        gate.stdin.write("\n")
        gate.stdin.flush()
        assert gate.stdout.readline() == "cleared\n"
        assert [copies(gate.pid, key) for key in (db_key, *seeds)] == [0, 0, 0, 0]
        gate.stdin.write("\n")


def test_a_lent_buffer_is_cleared_also_after_an_error() -> None:
    kept = bytearray()
    with pytest.raises(ZeroDivisionError), scratch(4) as buffer:  # noqa: PT012 — the error comes from inside
        kept = buffer
        buffer[:] = b"word"
        raise ZeroDivisionError
    assert kept == bytes(4)
