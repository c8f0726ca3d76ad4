"""The bill of materials (CycloneDX): the lock, what lies inside its wheels, and the licence of each.

The generator reads the lock and knows nothing of a Qt, SQLCipher or OpenSSL inside a wheel, though advisories are about
these; they are added as the libraries themselves say it.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from freezing import machine_code
from ground import PACKAGING, Ground, MakingError, run
from licences import BUILDERS, licensed

NAMESPACE = UUID("5f5b9c1e-9d0b-5a51-9c55-2d1f5f1a7a10")

# Whose it is, and under which licence: read by a person. A crate says its own in the registry of crates.
KNOWN = {
    "cpython": ("pkg:generic/cpython", "PSF-2.0"),
    "icu": ("pkg:generic/icu", "Unicode-3.0"),
    "openblas": ("pkg:generic/openblas", "BSD-3-Clause"),
    "openssl": ("pkg:generic/openssl", "Apache-2.0"),
    "qt": ("pkg:generic/qt", "LGPL-3.0-only"),
    "sqlcipher": ("pkg:generic/sqlcipher", "BSD-3-Clause"),
    "sqlite": ("pkg:generic/sqlite", "blessing"),
    "zstd": ("pkg:generic/zstd", "BSD-3-Clause"),
}


def write_bill(folder: Path, into: Path, ground: Ground) -> Path:
    """Write `alongside_VERSION.cdx.json` about a frozen folder; returns it.

    Raises:
        MakingError: a library of the folder belongs to nothing on the bill.
    """
    lock = PACKAGING / "locks" / "desktop.txt"
    generator = ["-m", "cyclonedx_py", "requirements", "--of", "JSON", "--output-reproducible", lock]
    listed = json.loads(run([ground.here, *generator], ground=ground))
    inside = json.loads(run([ground.python, "-W", "ignore", PACKAGING / "make" / "inside.py"], ground=ground))
    licences = {each.name: each for each in licensed(ground.packages)}
    by_name = {_plain(part["name"]): part for part in listed["components"] if _is_installed(part, licences)}
    missing = sorted(licences.keys() - by_name.keys())
    if missing:
        raise MakingError(f"installed and not in the lock: {', '.join(missing)}")
    for name, part in by_name.items():
        part["bom-ref"] = part["purl"]
        part["licenses"] = [{"expression": licences[name].licence}]
        part.pop("description", None)
    added = [_part(*each) for each in inside]
    refuse_strangers(folder, ground, {*by_name, *(each["name"] for each in added)})
    parts = sorted([*by_name.values(), *added], key=lambda part: str(part["bom-ref"]))
    bill = {
        "$schema": listed["$schema"],
        "bomFormat": "CycloneDX",
        "specVersion": listed["specVersion"],
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE, f'{ground.version} {ground.moment}')}",
        "version": 1,
        "metadata": {
            "component": {
                "bom-ref": "alongside", "type": "application", "name": "alongside", "version": ground.version,
            },
        },
        "components": parts,
        "dependencies": [
            {"ref": "alongside", "dependsOn": sorted(str(part["bom-ref"]) for part in parts)},
        ],
    }  # fmt: skip
    path = into / f"alongside_{ground.version}.cdx.json"
    path.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    return path


def refuse_strangers(folder: Path, ground: Ground, names: set[str]) -> None:
    """Refuse a folder with a library that came from nothing on the bill."""
    owner = {
        str(file): _plain(each.metadata["Name"])
        for each in distributions(path=[str(ground.packages)])
        for file in each.files or []
    }
    parts = folder / "parts"
    strangers = []
    for path in machine_code(parts):
        name = path.relative_to(parts).as_posix()
        of = "cpython" if name.startswith(("libpython", "python3")) else owner.get(name)
        if of is None or of not in names:
            strangers.append(name)
    if strangers:
        raise MakingError(f"not on the bill of materials: {', '.join(strangers[:5])}")


def _part(name: str, version: str, wheel: str) -> dict[str, Any]:
    if name.startswith("cargo:"):
        purl, licence = f"pkg:cargo/{name.removeprefix('cargo:')}@{version}", ""
    else:
        purl, licence = f"{KNOWN[name][0]}@{version}", KNOWN[name][1]
    part: dict[str, Any] = {
        # The same library may lie in two wheels, each in a version of its own.
        "bom-ref": f"{wheel}/{purl}" if wheel else purl,
        "type": "library",
        "name": name.removeprefix("cargo:"),
        "version": version,
        "purl": purl,
    }
    if licence:
        part["licenses"] = [{"expression": licence}]
    if wheel:
        part["properties"] = [{"name": "alongside:inside", "value": wheel}]
    return part


def _is_installed(part: dict[str, Any], licences: dict[str, Any]) -> bool:
    # One lock serves three systems, and may name a library in two versions.
    held = licences.get(_plain(part["name"]))
    return held is not None and held.version == part["version"] and held.name not in BUILDERS


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
