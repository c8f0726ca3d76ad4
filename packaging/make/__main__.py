"""Make everything that goes to an IT department: `nox -s package -- --out DIR` (docs/how-to/releasing.md)."""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

from bill import write_bill
from debian import build_package, check_with_lintian
from freezing import freeze
from ground import Ground, MakingError, files_below, hash_of, moment_of_the_source, told
from windows import build_msi, refuse_without_tools, trial_payload


def main() -> int:
    """Make, compare and check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s package --", allow_abbrev=False)
    parser.add_argument("--out", type=Path, required=True, help="where the packages go")
    parser.add_argument("--python", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help="do not build a second time to compare the bytes")
    asked = parser.parse_args()
    out = asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="alongside-package-", dir=out))
    ground = Ground(out=out, scratch=scratch, python=asked.python, moment=moment_of_the_source())
    try:
        refuse_without_tools()
        make(ground, twice=not asked.once)
    except MakingError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


def make(ground: Ground, *, twice: bool) -> None:
    """Make every artefact, each twice where that is asked, compare, and put them in place."""
    first = ground.scratch / "first"
    make_once(ground, first)
    if twice:
        # Another folder, so that a path that got inside would show.
        again = ground.scratch / "a second place"
        make_once(ground, again)
        same_bytes(first, again)
        shutil.rmtree(again)
    for made in sorted(first.iterdir()):
        place = ground.out / made.name
        if place.is_dir():
            shutil.rmtree(place)
        made.replace(place)
    write_checksums(ground)


def write_checksums(ground: Ground) -> None:
    """Write the hash of every artefact, and say them: what is downloaded can be compared with what was built."""
    files = sorted(path for path in ground.out.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    lines = "".join(f"{hash_of(path)}  {path.name}\n" for path in files)
    (ground.out / "SHA256SUMS").write_text(lines, encoding="utf-8", newline="\n")
    print(lines, end="", flush=True)


def make_once(ground: Ground, into: Path) -> None:
    """Make every artefact once."""
    into.mkdir()
    with told("frozen program"):
        folder = freeze(ground, into)
    with told("Debian package"):
        package = build_package(folder, into, ground)
        check_with_lintian(package, ground)
    with told("MSI of a Linux payload"):
        payload = trial_payload(folder, into)
        # Its name says what it is good for; the one for laptops is built on Windows.
        build_msi(
            payload, into / f"alongside_{ground.version}_installer-trial.msi", version=ground.version, ground=ground
        )
        shutil.rmtree(payload)
    with told("bill of materials"):
        write_bill(folder, into, ground)
        (into / f"licences_{ground.version}.csv").write_bytes((folder / "licences" / "report.csv").read_bytes())


def same_bytes(one: Path, other: Path) -> None:
    """Refuse two folders that are not the same files, byte by byte."""
    names = [path.relative_to(one) for path in files_below(one)]
    if names != [path.relative_to(other) for path in files_below(other)]:
        raise MakingError("two builds hold different files")
    differing = [name for name in names if not filecmp.cmp(one / name, other / name, shallow=False)]
    if differing:
        raise MakingError(f"two builds differ in {len(differing)} of {len(names)} files, first {differing[0]}")
    print(f"two builds: {len(names)} of {len(names)} files identical", flush=True)


if __name__ == "__main__":
    sys.exit(main())
