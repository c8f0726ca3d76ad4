"""The commands of this project: one environment, installed by hash, shared by every session."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["check", "tests"]

ROOT = Path(__file__).parent
LOCK = ROOT / "packaging" / "locks" / "dev.txt"
ENVIRONMENT = ROOT / ".nox" / "dev"
LAPTOP_LOCK = ROOT / "packaging" / "locks" / "desktop.txt"
FREEZER = {"pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "packaging", "setuptools"}
FREEZING = ROOT / ".nox" / "freeze"


def prepare(session: nox.Session) -> str:
    """Return the Python of the shared environment, which holds exactly the lock.

    One environment serves every session, so that what is installed once is installed for all; it is made by hand
    because nox makes one for each.
    """
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        session.run(sys.executable, "-m", "venv", str(ENVIRONMENT), external=True)
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = ENVIRONMENT / "lock.sha256"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        session.run(
            str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet",
            "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(LOCK),
            external=True,
        )  # fmt: skip
        stamp.write_text(wanted, encoding="utf-8")
    session.env["PYTHONPATH"] = str(ROOT)
    return str(python)


def prepare_freezing(session: nox.Session) -> str:
    """Return the Python of an environment that holds the laptop's lock, the freezer from the developers', and no more.

    What is not there cannot get into what a laptop gets.
    """
    python = FREEZING / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.read_text(encoding="utf-8"))
    freezer = "\n".join(block for block in blocks if block.partition("==")[0] in FREEZER) + "\n"
    wanted = hashlib.sha256(LAPTOP_LOCK.read_bytes() + freezer.encode("utf-8")).hexdigest()
    stamp = FREEZING / "lock.sha256"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(FREEZING, ignore_errors=True)
        session.run(sys.executable, "-m", "venv", str(FREEZING), external=True)
        lock = FREEZING / "freezer.txt"
        lock.write_text(freezer, encoding="utf-8")
        session.run(
            str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes",
            "--no-deps", "--only-binary", ":all:", "-r", str(LAPTOP_LOCK), "-r", str(lock),
            external=True,
        )  # fmt: skip
        stamp.write_text(wanted, encoding="utf-8")
    return str(python)


@nox.session(python=False)
def package(session: nox.Session) -> None:
    """Make what goes to IT, try it, and check it: `-- --out DIR`; `--once` builds nothing twice."""
    python, freezer = prepare(session), prepare_freezing(session)
    session.run(python, str(ROOT / "packaging" / "make"), "--python", freezer, *session.posargs, external=True)
    out = session.posargs[session.posargs.index("--out") + 1]
    session.env["ALONGSIDE_PACKAGES"] = str(Path(out).resolve())
    session.env["QT_QPA_PLATFORM"] = "offscreen"
    session.run(python, "-m", "pytest", "-q", "tests/packaging", external=True)


@nox.session(python=False)
def demo(session: nox.Session) -> None:
    """Run the main job on real parts; `-- --headless --out DIR` plays it without a screen."""
    session.run(prepare(session), "-m", "tests.demo", *session.posargs, external=True)


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """Run every test; arguments after `--` go to pytest."""
    python = prepare(session)
    # A simulated history is the same on every machine only when sets of words are walked in the same order.
    session.env["PYTHONHASHSEED"] = "0"
    session.env["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    session.run(python, "-m", "pytest", *(session.posargs or ["-n", "2"]), external=True)


@nox.session(python=False)
def check(session: nox.Session) -> None:
    """Check format, style, types and floors."""
    python = prepare(session)
    session.run(python, "-m", "ruff", "format", "--check", ".", external=True)
    session.run(python, "-m", "ruff", "check", ".", external=True)
    session.run(python, "-m", "mypy", external=True)
    session.run(str(Path(python).with_name("lint-imports")), external=True)


@nox.session(python=False)
def bench(session: nox.Session) -> None:
    """Measure; every figure stands beside a floor of the same run. `-- --json FILE` keeps them."""
    python = prepare(session)
    session.env["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    session.run(python, "-m", "tests.benchmarks", *session.posargs, external=True)


@nox.session(python=False)
def faults(session: nox.Session) -> None:
    """Cut the power 50 000 times and kill 2 000 times under real work; `-- --states N --kills N --seed K`."""
    session.run(prepare(session), "-m", "tests.faults", *session.posargs, external=True)


@nox.session(python=False)
def screenshots(session: nox.Session) -> None:
    """Draw every page in light, dark, high contrast and at 200 % text: `-- --out DIR`."""
    python = prepare(session)
    session.env["QT_QPA_PLATFORM"] = "offscreen"
    session.run(python, "-m", "tests.screenshots", *session.posargs, external=True)


@nox.session(python=False)
def simulate(session: nox.Session) -> None:
    """Play seeded histories of three laptops and the service: `-- --seeds N [--from K]`, `-- --seed K --trace`."""
    python = prepare(session)
    # One seed is one history on every machine: sets of words are walked in the same order.
    session.env["PYTHONHASHSEED"] = "0"
    session.run(python, "-m", "tests.simulator", *session.posargs, external=True)
