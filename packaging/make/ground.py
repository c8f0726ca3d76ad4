"""What every step of making the packages stands on: the folder, the moment, the version, and how a command is run."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
PROGRAMS = ("alongside", "alongsidectl")


class MakingError(Exception):
    """Why nothing was made, as a sentence for whoever builds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is the same for every artefact of one build.

    Attributes:
        out: where the artefacts go.
        scratch: for everything else.
        python: of the environment that holds the laptop's lock and the freezer, and nothing more.
        moment: seconds of the commit; every file that is made carries it, so two builds are the same bytes.
    """

    out: Path
    scratch: Path
    python: Path
    moment: int
    version: str = __version__

    @property
    def here(self) -> Path:
        """The Python that makes this, of the developers' environment."""
        return Path(sys.executable)

    @property
    def packages(self) -> Path:
        """Where the libraries of the laptop lie, as they came."""
        shape = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
        return next(self.python.parents[1].glob(shape))

    @property
    def environment(self) -> dict[str, str]:
        """The environment of each command: one clock, one order of sets, one language."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_"))}
        fixed = {"SOURCE_DATE_EPOCH": str(self.moment), "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return {**kept, **fixed}


def moment_of_the_source() -> int:
    """Return the second that every file of this build carries: of the commit, unless the builder says another."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said:
        return int(said)
    return int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True).stdout)


def run(
    command: Sequence[str | Path], *, ground: Ground, extra: Mapping[str, str] | None = None, folder: Path = ROOT
) -> str:
    """Run a command, in the root of the source; returns what it said. Raises `MakingError` with its last lines."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=folder,
        env={**ground.environment, **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise MakingError(f"{command[0]} ended with {done.returncode}:\n{said[-4000:]}")
    return said


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Return every file below a folder that is no link, in one order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def set_times(folder: Path, moment: int) -> None:
    """Give everything below a folder, and the folder, one time and rights that are the same for every builder."""
    for path in sorted([folder, *folder.rglob("*")], reverse=True):
        if not path.is_symlink():
            # Only the two programs are run; libraries of wheels come with rights of all kinds.
            runs = path.is_dir() or (path.name in PROGRAMS and path.parent.name == "alongside")
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is made and how long it took."""
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.0f} s", flush=True)
