"""What lies inside the wheels, as the libraries say it: one line of JSON. Run in the freezing environment."""

from __future__ import annotations

import json
import platform
import re
import sys
from pathlib import Path

import cryptography.hazmat.bindings
import numpy as np
import PySide6
import sqlcipher3
import typst
import zstandard
from cryptography.hazmat.backends.openssl import backend
from PySide6.QtCore import qVersion

CRATE = re.compile(rb"/registry/src/[^/\0 ]+/([A-Za-z0-9_-]+)-(\d+\.\d+\.\d+[A-Za-z0-9.+-]*)/")


def main() -> int:
    """Print what was found: name, version, the wheel it lies in; returns the exit code."""
    found = [
        ("cpython", platform.python_version(), ""),
        ("qt", qVersion(), "pyside6-essentials"),
        ("icu", _icu(), "pyside6-essentials"),
        ("sqlcipher", _sqlcipher().split()[0], "sqlcipher3"),
        ("sqlite", sqlcipher3.dbapi2.sqlite_version, "sqlcipher3"),
        ("openssl", _openssl_of_sqlcipher(), "sqlcipher3"),
        ("openssl", backend.openssl_version_text().split()[1], "cryptography"),
        ("zstd", ".".join(map(str, zstandard.ZSTD_VERSION)), "zstandard"),
        ("openblas", np.show_config("dicts")["Build Dependencies"]["blas"]["version"], "numpy"),
    ]
    for wheel, folder in (("typst", Path(typst.__file__).parent), ("cryptography", _bindings())):
        crates = {match for file in sorted(folder.glob("*.abi3.so")) for match in CRATE.findall(file.read_bytes())}
        found += [(f"cargo:{name.decode()}", version.decode(), wheel) for name, version in sorted(crates)]
    print(json.dumps(found))
    return 0


def _bindings() -> Path:
    return Path(cryptography.hazmat.bindings.__file__).parent


def _icu() -> str:
    return next(Path(PySide6.__file__).parent.glob("Qt/lib/libicudata.so.*")).name.rpartition(".")[2]


def _sqlcipher() -> str:
    connection = sqlcipher3.connect(":memory:")
    try:
        return str(connection.execute("PRAGMA cipher_version").fetchone()[0])
    finally:
        connection.close()


def _openssl_of_sqlcipher() -> str:
    (library,) = Path(sqlcipher3.__file__).parent.glob("_sqlite3*")
    (said,) = set(re.findall(rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) \d", library.read_bytes()))
    return said.decode()


if __name__ == "__main__":
    sys.exit(main())
