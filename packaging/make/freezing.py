"""The frozen program: one folder with two programs and their libraries, trimmed, checked, the same bytes each time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ground import PACKAGING, PROGRAMS, ROOT, Ground, MakingError, files_below, hash_of, run, set_times
from licences import write_licences

SUMS = "files.sha256"
MOST_MEGABYTES = 280
"""Unpacked; the trial was 307."""

# Test code, a database or a keyring in plain text, and what belongs to the service must never lie on a laptop.
FORBIDDEN = (
    "sqlite3",
    "_sqlite3",
    "keyrings",
    "pydantic",
    "pytest",
    "hypothesis",
    "litestar",
    "psycopg",
    "uvicorn",
    "tests",
    "sync.central",
)


def freeze(ground: Ground, into: Path) -> Path:
    """Make the folder `alongside` below `into`, checked; returns it."""
    run(
        [ground.python, "-W", "ignore", PACKAGING / "make" / "import_all.py"],
        ground=ground,
        extra={"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
    )
    run(
        [
            ground.python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR",
            "--workpath", ground.scratch / "work", "--distpath", into, PACKAGING / "frozen" / "alongside.spec",
        ],
        ground=ground,
    )  # fmt: skip
    folder = into / "alongside"
    _strip(folder, ground)
    _say_what_it_was_built_from(folder, ground)
    write_licences(folder / "licences", ground=ground)
    set_times(folder, ground.moment)
    check(folder, ground)
    write_sums(folder, ground.moment)
    return folder


def write_sums(folder: Path, moment: int) -> None:
    """Write the hash of every file, for the self-test; last of all, on Windows after signing."""
    sums = folder / SUMS
    sums.unlink(missing_ok=True)
    lines = [f"{hash_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_below(folder)]
    sums.write_text("".join(lines), encoding="utf-8", newline="\n")
    set_times(folder, moment)


def check(folder: Path, ground: Ground) -> None:
    """Refuse a folder that holds what must not be on a laptop, lacks what must, or is too large."""
    inside = _modules(folder, ground)
    wrong = sorted(name for name in inside if any(name == each or name.startswith(f"{each}.") for each in FORBIDDEN))
    if wrong:
        raise MakingError(f"the frozen program holds {', '.join(wrong[:5])}")
    own = sorted(name for name in inside if name.startswith("keyring.backends."))
    allowed = {"SecretService", "kwallet", "Windows", "macOS", "fail", "_OS_X_API", "macOS.api"}
    if not own or any(name.removeprefix("keyring.backends.") not in allowed for name in own):
        raise MakingError(f"the frozen program holds the keyrings {', '.join(own) or 'of nobody'}")
    dangling = [path for path in folder.rglob("*") if path.is_symlink() and not path.exists()]
    if dangling:
        raise MakingError(f"{dangling[0]} leads nowhere")
    size = sum(path.stat().st_size for path in files_below(folder))
    if size > MOST_MEGABYTES * 1_000_000:
        raise MakingError(f"{size / 1e6:.0f} MB unpacked are more than {MOST_MEGABYTES}")


def needed_libraries(folder: Path) -> set[str]:
    """Return the names of the system's libraries that the folder asks for and does not hold (Linux)."""
    asked: set[str] = set()
    for path in machine_code(folder):
        said = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
        asked |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", said))
    return asked - {path.name for path in folder.rglob("*")}


def _modules(folder: Path, ground: Ground) -> set[str]:
    """Return the names of the Python modules in both programs and in the folder."""
    viewer = (
        "import sys\nfrom PyInstaller.archive.readers import CArchiveReader\nfor each in sys.argv[1:]:\n"
        "    archive = CArchiveReader(each)\n"
        "    print(*(name for kind in archive.toc if kind.endswith('.pyz') for name in"
        " archive.open_embedded_archive(kind).toc), sep='\\n')\n"
    )
    suffix = ".exe" if sys.platform == "win32" else ""
    said = run([ground.python, "-c", viewer, *(folder / f"{name}{suffix}" for name in PROGRAMS)], ground=ground)
    parts = folder / "parts"
    loose = {path.relative_to(parts).as_posix().replace("/", ".") for path in parts.rglob("*")}
    return set(said.split()) | loose


def _say_what_it_was_built_from(folder: Path, ground: Ground) -> None:
    """Lay down what `alongsidectl --version` says."""
    commit = run(["git", "rev-parse", "--short=7", "HEAD"], ground=ground).strip()
    said = {"commit": commit, "built": f"{datetime.fromtimestamp(ground.moment, UTC):%Y-%m-%d}"}
    file = folder / "parts" / "resources" / "build.json"
    file.write_text(json.dumps(said) + "\n", encoding="utf-8", newline="\n")


def _strip(folder: Path, ground: Ground) -> None:
    """Take the tables for debuggers out of libraries: 90 MB. numpy's are left, which do not load afterwards."""
    if sys.platform == "win32":
        return
    if shutil.which("strip") is None:
        raise MakingError("strip is missing (apt: binutils)")
    todo = [path for path in machine_code(folder / "parts") if "numpy" not in path.relative_to(folder).parts[1]]
    run(["strip", "--strip-unneeded", *todo], ground=ground)


def machine_code(folder: Path) -> Iterator[Path]:
    """Yield the programs and libraries below a folder (Linux)."""
    for path in files_below(folder):
        with path.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                yield path
