"""The commands of this project: one environment, installed by hash, shared by every session."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["check", "tests"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
LOCK = ROOT / "packaging" / "locks" / "dev.txt"
ENVIRONMENT = ".nox/dev"


def prepare(session: nox.Session) -> None:
    """Install the lock into the shared environment, unless exactly this lock is there already."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "lock.sha256"
    if not stamp.exists() or stamp.read_text() != wanted:
        session.install(
            "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(LOCK)
        )
        stamp.write_text(wanted)
    session.env["PYTHONPATH"] = str(ROOT)
    session.env["PYTHONDONTWRITEBYTECODE"] = os.environ.get("PYTHONDONTWRITEBYTECODE", "")


@nox.session(venv_location=ENVIRONMENT)
def demo(session: nox.Session) -> None:
    """Run the main job on real parts; `-- --headless --out DIR` plays it without a screen."""
    prepare(session)
    session.run("python", "-m", "tests.demo", *session.posargs)


@nox.session(venv_location=ENVIRONMENT)
def tests(session: nox.Session) -> None:
    """Run every test; arguments after `--` go to pytest."""
    prepare(session)
    session.env.setdefault("QT_QPA_PLATFORM", "offscreen")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2"]))


@nox.session(venv_location=ENVIRONMENT)
def check(session: nox.Session) -> None:
    """Check format, style, types and floors."""
    prepare(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(venv_location=ENVIRONMENT)
def bench(session: nox.Session) -> None:
    """Measure; every figure is a ratio to a floor of the same run. `-- --json FILE` keeps them."""
    prepare(session)
    session.env.setdefault("QT_QPA_PLATFORM", "offscreen")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)


@nox.session(venv_location=ENVIRONMENT)
def screenshots(session: nox.Session) -> None:
    """Draw every page in light, dark, high contrast and 200 % text: `-- --out DIR`."""
    prepare(session)
    session.env.setdefault("QT_QPA_PLATFORM", "offscreen")
    session.run("python", "-m", "tests.screenshots", *session.posargs)
