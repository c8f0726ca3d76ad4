"""The MSI: sources from a folder, wixl with the ways round its faults, and Authenticode (docs/adr/0105).

The payload is any frozen folder. On Linux that is a Linux one with the names of Windows programs: it proves the
installer, not the program, and its name says so.
"""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5
from xml.sax.saxutils import quoteattr

from ground import PACKAGING, PROGRAMS, Ground, MakingError, files_below, run

UPGRADE_CODE = UUID("d786ce53-6e1e-4e98-8da5-6e5a42db085e")
PACKAGES = UUID("54497e94-6104-4d33-ac45-5843fb141e81")
COMPONENTS = UUID("8f3a2f0e-3c0b-5d6c-9a53-2f0c3a7c9b11")
TOOLS = ("wixl", "msibuild", "msiinfo", "faketime")


def refuse_without_tools() -> None:
    """Say before the work, not after it, that a tool is missing."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        raise MakingError(f"{', '.join(missing)} missing (apt: wixl msitools faketime)")


def trial_payload(folder: Path, into: Path) -> Path:
    """Return a copy of a Linux folder as Windows would have it: no links, and programs that end in `.exe`."""
    payload = into / "payload"
    shutil.rmtree(payload, ignore_errors=True)
    for path in files_below(folder):
        name = path.relative_to(folder)
        target = payload / (f"{name}.exe" if str(name) in PROGRAMS else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Hundreds of megabytes that nobody changes.
        target.hardlink_to(path)
    return payload


def file_list(payload: Path) -> str:
    """Return the sources of a payload: wixl-heat makes ids by chance, these are made of the paths."""
    folders: dict[Path, list[Path]] = {}
    for path in files_below(payload):
        folders.setdefault(path.parent.relative_to(payload), []).append(path)
    made, references = [], []
    for folder in sorted({each for path in folders for each in (path, *path.parents)}):
        name = "INSTALLDIR" if folder == Path() else _id("d", folder)
        if folder != Path():
            above = "INSTALLDIR" if folder.parent == Path() else _id("d", folder.parent)
            made.append(
                f'<DirectoryRef Id="{above}"><Directory Id="{name}" Name={quoteattr(folder.name)}/></DirectoryRef>'
            )
        for path in folders.get(folder, []):
            inside = path.relative_to(payload)
            component = _id("c", inside)
            guid = str(uuid5(COMPONENTS, inside.as_posix())).upper()
            references.append(f'<ComponentRef Id="{component}"/>')
            made.append(
                f'<DirectoryRef Id="{name}"><Component Id="{component}" Guid="{{{guid}}}" Win64="yes">'
                f'<File Id="{_id("f", inside)}" Source={quoteattr(inside.as_posix())} KeyPath="yes"/>'
                "</Component></DirectoryRef>"
            )
    group = f'<ComponentGroup Id="Payload">{"".join(references)}</ComponentGroup>'
    body = "".join(f"<Fragment>{each}</Fragment>\n" for each in (*made, group))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">\n'
        f"{body}</Wix>\n"
    )


def build_msi(payload: Path, made: Path, *, version: str, ground: Ground) -> Path:
    """Make the MSI of a payload as `made`; returns it."""
    listed = made.with_suffix(".wxs")
    listed.write_text(file_list(payload), encoding="utf-8")
    # wixl asks the clock for what it writes down, not SOURCE_DATE_EPOCH.
    then = ["faketime", "-f", f"{datetime.fromtimestamp(ground.moment, UTC):%Y-%m-%d %H:%M:%S}"]
    product = str(uuid5(UPGRADE_CODE, version)).upper()
    package = str(uuid5(PACKAGES, version)).upper()
    run(
        [
            *then, "wixl", "--arch", "x64", "-D", f"VERSION={version}", "-D", f"PRODUCT={{{product}}}",
            "-o", made, PACKAGING / "windows" / "alongside.wxs", listed,
        ],
        ground=ground,
        # It finds files beside itself only.
        folder=payload,
    )  # fmt: skip
    rows = [line.split("\t") for line in run(["msiinfo", "export", made, "Property"], ground=ground).splitlines()]
    secure = next(row[1].strip() for row in rows if row[0] == "SecureCustomProperties")
    for statement in (
        # wixl passes `Secure` over in silence, and ends at a condition of a component.
        f"UPDATE Property SET Value='{secure};SYNCURL' WHERE Property='SecureCustomProperties'",
        "UPDATE Component SET Condition='SYNCURL' WHERE Component='Policy'",
        "UPDATE Component SET Condition='KEPTSYNCURL AND NOT SYNCURL' WHERE Component='PolicyKept'",
    ):
        run([*then, "msibuild", made, "-q", statement], ground=ground)
    run([*then, "msibuild", made, "-s", "Alongside", "Alongside", "x64;1033", f"{{{package}}}"], ground=ground)
    listed.unlink()
    return made


def _id(kind: str, path: Path) -> str:
    return f"{kind}{hashlib.sha256(path.as_posix().encode()).hexdigest()[:40]}"
