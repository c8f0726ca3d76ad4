"""The bill of materials against the files it is about, and the checksums against what they are of."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="module")
def text(packages: Path) -> str:
    """The bill as it was written."""
    (found,) = packages.glob("alongside_*.cdx.json")
    return found.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def components(text: str) -> list[dict[str, Any]]:
    """What is on it."""
    listed: list[dict[str, Any]] = json.loads(text)["components"]
    return listed


def versions(components: list[dict[str, Any]], name: str, wheel: str) -> list[str]:
    """The versions of a library inside a wheel; a crate may bear the same name."""
    inside = {"name": "alongside:inside", "value": wheel}
    found = [each for each in components if each["purl"].startswith(f"pkg:generic/{name}@")]
    return [each["version"] for each in found if inside in each["properties"]]


def test_it_is_what_its_standard_says(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


@pytest.mark.parametrize(
    ("name", "wheel", "where", "said"),
    [
        ("openssl", "sqlcipher3", "parts/sqlcipher3/*.so", "OpenSSL {} "),
        ("sqlcipher", "sqlcipher3", "parts/sqlcipher3/*.so", "{}\0"),
        ("sqlite", "sqlcipher3", "parts/sqlcipher3/*.so", "{}"),
        ("openssl", "cryptography", "parts/cryptography/hazmat/bindings/*.so", "OpenSSL {} "),
        ("qt", "pyside6-essentials", "parts/PySide6/Qt/lib/libQt6Core.so.6", "Qt {} "),
        ("zstd", "zstandard", "parts/zstandard/backend_c*.so", "{}"),
        ("openblas", "numpy", "parts/numpy.libs/libscipy_openblas*", "OpenBLAS {} "),
    ],
)
def test_what_lies_inside_a_wheel_is_on_it_in_the_version_that_the_frozen_file_holds(
    frozen: Path, components: list[dict[str, Any]], name: str, wheel: str, where: str, said: str
) -> None:
    (version,) = versions(components, name, wheel)
    (file,) = frozen.glob(where)
    assert said.format(version).encode() in file.read_bytes()


def test_every_library_of_the_lock_that_is_installed_is_on_it_once_with_its_licence(
    frozen: Path, components: list[dict[str, Any]]
) -> None:
    rows = (frozen / "licences" / "report.csv").read_text(encoding="utf-8").splitlines()[1:]
    plain = [
        (re.sub(r"[-_.]+", "-", each["name"]).lower(), each["version"], each["licenses"][0]["expression"])
        for each in components
        if each["purl"].startswith("pkg:pypi/")
    ]
    assert sorted(plain) == sorted((name, version, said) for name, version, said in (row.split(",", 2) for row in rows))
    assert all(each["externalReferences"][0]["hashes"] for each in components if each["purl"].startswith("pkg:pypi/"))


def test_every_artefact_has_its_checksum(packages: Path) -> None:
    lines = (packages / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: found for found, _, name in (line.partition("  ") for line in lines)}
    there = {path.name for path in packages.iterdir() if path.is_file()} - {"SHA256SUMS"}
    assert there
    assert set(listed) == there
    for name, found in listed.items():
        assert hashlib.sha256((packages / name).read_bytes()).hexdigest() == found
