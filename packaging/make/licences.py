"""The licence of everything that lies on a laptop: an allow-list, the texts themselves, and a report of both."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, distributions
from pathlib import Path

from ground import PACKAGING, Ground, MakingError

# What a charity may pass on with the program, each with its text; anything else stops the build until a person
# has read it. LGPL: see RELINKING.
ALLOWED = {
    "0BSD", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "LGPL-2.1-or-later",
    "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Zlib", "blessing",
}  # fmt: skip

# Where a package says its licence in words of its own, or says nothing and ships the text: read by a person.
SAID = {
    "Artistic License": "Artistic-2.0",
    "BSD License": "BSD-3-Clause",
    "GPLv2-or-later with a special exception which allows to use PyInstaller to build and distribute non-free programs "
    "(including commercial ones)": "GPL-2.0-or-later WITH Bootloader-exception",
    "LGPL": "LGPL-2.1-or-later",
    "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only": "LGPL-3.0-only",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
    "SIL OFL 1.1": "OFL-1.1",
}
READ = {"sqlcipher3": "Zlib"}

# Only their loader is inside a frozen program, under its exception; the rest builds it and stays with the builder.
BUILDERS = {"pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "packaging", "setuptools", "pip"}

RELINKING = """\
Parts of this program under the LGPL, and how to put your own build in their place

Qt and PySide6 (LGPL 3) are the shared libraries below parts/PySide6 and parts/shiboken6. Each is a file of its own that
is loaded when the program starts: a build of your own with the same interface goes in its place, under the same name.
python-stdnum (LGPL 2.1 or later) lies as source below parts/stdnum; what you change there is used at the next start.

After that, `alongsidectl --self-test` says that files are not the ones that came with the program. It still runs.
You may take the program apart to find faults in such changes.

The sources of Qt and PySide6 {qt} are at https://download.qt.io/official_releases/, those of python-stdnum at
https://arthurdejong.org/python-stdnum/. Whoever gave you this program owes you them for three years, and gives them
for the cost of the carrier.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensed:
    """One library of the laptop with its licence."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...]


def licensed(packages: Path) -> list[Licensed]:
    """Return every library of the laptop with its licence, by name.

    Raises:
        MakingError: one has a licence that is not on the list, or ships no text of it.
    """
    found, wrong = [], []
    for each in _distributions(packages):
        name = _name(each)
        if name in BUILDERS:
            continue
        licence = READ.get(name) or _said(each.metadata)
        if not is_allowed(licence):
            wrong.append(f"{name}: {licence or 'says no licence'}")
        texts = _texts(each, packages, licence)
        if not texts:
            wrong.append(f"{name}: ships no text of its licence")
        found.append(Licensed(name=name, version=each.version, licence=licence, texts=texts))
    if wrong:
        raise MakingError("Licences that nobody has allowed: " + "; ".join(wrong))
    return sorted(found, key=lambda each: each.name)


def is_allowed(expression: str) -> bool:
    """Return whether a person may take a work under this SPDX expression, choosing where it lets them."""
    text = expression.replace("(", " ").replace(")", " ").strip()
    # No expression here nests; one that does is refused, because its parts are no names.
    return bool(text) and any(all(part.strip() in ALLOWED for part in way.split(" AND ")) for way in text.split(" OR "))


def write_licences(folder: Path, *, ground: Ground) -> None:
    """Write the texts, the report and the note on the LGPL into a folder of the frozen program."""
    rows = licensed(ground.packages)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for each in rows:
        for number, text in enumerate(each.texts):
            beside = f"-{number}" if number else ""
            shutil.copyfile(text, folder / f"{each.name}{beside}.txt")
    python = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})) / "LICENSE.txt"
    if not python.exists():
        python = Path(f"/usr/share/doc/python{sys.version_info.major}.{sys.version_info.minor}/copyright")
    shutil.copyfile(python, folder / "python.txt")
    # It lies inside sqlcipher3's wheel, which ships its own text only.
    shutil.copyfile(PACKAGING / "licences" / "SQLCipher.txt", folder / "SQLCipher.txt")
    (freezer,) = (each for each in _distributions(ground.packages) if _name(each) == "pyinstaller")
    shutil.copyfile(_texts(freezer, ground.packages, "")[0], folder / "pyinstaller.txt")
    qt = next(each.version for each in rows if each.name == "pyside6-essentials")
    (folder / "LGPL-relinking.txt").write_text(RELINKING.format(qt=qt), encoding="utf-8", newline="\n")
    (folder / "report.csv").write_text(report(rows), encoding="utf-8", newline="\n")


def report(rows: list[Licensed]) -> str:
    """Return the report as a table: name, version, licence."""
    held = io.StringIO()
    table = csv.writer(held, lineterminator="\n")
    table.writerow(("name", "version", "licence"))
    table.writerows((each.name, each.version, each.licence) for each in rows)
    return held.getvalue()


def _distributions(packages: Path) -> Iterator[Distribution]:
    return iter(sorted(distributions(path=[str(packages)]), key=_name))


def _name(distribution: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()


def _said(metadata: Message) -> str:
    classes = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier", []) if each.startswith("License")]
    text = metadata.get("License-Expression") or metadata.get("License") or (classes[0] if len(classes) == 1 else "")
    text = " ".join(text.split())
    return SAID.get(text, text)


def _texts(distribution: Distribution, packages: Path, licence: str) -> tuple[Path, ...]:
    """Return the files with the text: those that the package ships, or for Qt the ones kept here."""
    if licence == "LGPL-3.0-only":
        # It is written as an addition to the GPL, so both belong together.
        return (PACKAGING / "licences" / "LGPL-3.0.txt", PACKAGING / "licences" / "GPL-3.0.txt")
    wanted = re.compile(r"^(licen[cs]e|copying|notice)", re.IGNORECASE)
    files = [Path(each) for each in distribution.files or [] if wanted.match(Path(each).name)]
    kept = [packages / each for each in sorted(files) if each.suffix not in {".py", ".pyc", ".pyi", ".js"}]
    return tuple(each for each in kept if each.is_file())
