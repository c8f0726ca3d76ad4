"""The path of a switch or voice user, on the real tree of accessible objects, in two real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.domain.person import Person
from app.security.attempts import Attempts
from app.security.device_secret import FolderlessStore
from app.security.sign_in import Door, sign_in
from app.security.slots_file import read_slots
from app.use_cases.laptop import open_laptop
from tests.ui.desk.places import PASSWORD, PRIYA, give_place
from tests.ui.desk.program import front_door

HERE = Path(__file__).resolve().parent
PROGRAMS = ("xvfb-run", "dbus-run-session", "setsid", "timeout")
LIMITS = ("setsid", "--wait", "timeout", "-k", "2", "105", "xvfb-run", "-a", "-s", "-screen 0 1280x1024x24")
BUS = Path("/usr/libexec/at-spi-bus-launcher")


def what_is_missing() -> list[str]:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not BUS.exists():
        missing.append("at-spi2-core")
    python = Path("/usr/bin/python3")
    gi = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    if not python.exists() or subprocess.run([python, "-c", gi], capture_output=True, check=False).returncode:
        missing.append("python3-gi with gir1.2-atspi-2.0")
    return missing


@pytest.fixture(scope="session")
def accessibility_bus() -> None:
    missing = what_is_missing()
    if missing:
        pytest.skip(f"NOT RUN: no journey over AT-SPI without {', '.join(missing)}")


def travel(folder: Path, **acts: str) -> dict[str, Any]:
    """Run the journey and return what was seen."""
    (folder / "journey.json").write_text(json.dumps(acts), encoding="utf-8")
    log = folder / "journey.log"
    root = HERE.parents[1]
    # Its own process group and no pipe: a child that stays would keep a pipe open for ever.
    with log.open("wb") as noise:
        code = subprocess.run(
            [*LIMITS, "dbus-run-session", "--", "bash", str(HERE / "inner.sh"), str(folder), sys.executable],
            stdin=subprocess.DEVNULL,
            stdout=noise,
            stderr=noise,
            cwd=root,
            env={**_environment(), "PYTHONPATH": str(root)},
            check=False,
        ).returncode
    assert code == 0, log.read_text(encoding="utf-8", errors="replace")[-4_000:]
    seen: dict[str, Any] = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    return seen


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "DISPLAY", "DBUS_"))}


@pytest.mark.usefixtures("accessibility_bus")
@pytest.mark.timeout(150)
def test_a_switch_user_signs_in_and_registers_a_person(tmp_path: Path) -> None:
    door = front_door(tmp_path)
    give_place(door)

    seen = travel(tmp_path, password=PASSWORD, full_name="Samira Osei", hospital="Stoke Mandeville")

    assert seen["steps"]["sign in"] == 2
    # Three and the two that name a hospital nobody has named before.
    assert seen["steps"]["register"] <= 5
    assert seen["nameless"] == []
    assert seen["titles"] == ["Alongside"]
    slots = read_slots(door.paths.slots)
    store = FolderlessStore(door.paths.mark)
    way = Door(
        slots=slots,
        store=store,
        attempts=Attempts(door.paths.attempts, store, door.monotonic),
        device_key_path=door.paths.device_key,
    )
    signed_in = sign_in(way, PRIYA, PASSWORD, now=door.clock())
    laptop = open_laptop(door.paths, signed_in.keys, door.means(store))
    with laptop.vault.reading() as read:
        assert [person.full_name for person in read.all(Person)] == ["Samira Osei"]
    laptop.close()
