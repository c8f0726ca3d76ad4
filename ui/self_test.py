"""Whether this installation works on this machine: real parts, tried, in under three seconds; no vault is opened."""

from __future__ import annotations

import hashlib
import os
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Final

from app.config import Configuration
from app.errors import KnownError
from app.paths import LaptopPaths, check_folder

DAMAGED: Final = 4
REFUSED: Final = 7
WRONG_SETTING: Final = 3
FAULT: Final = 1

EARLIEST: Final = 2026
"""A clock before the year this program was made in is wrong, and every lease and consent would be read wrongly."""

KEYRING_LIMIT_S: Final = 2.0
"""A keyring that waits for somebody must not keep a detection script waiting."""

FILES_LIST: Final = "files.sha256"


class _FailedError(Exception):
    """A check that failed, with what was found: a code or a few words without anything personal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part that was tried.

    Attributes:
        name: fixed for ever: scripts read it.
        ok: it works.
        found: a version, a name, a count, or what is wrong.
        code: the exit code it asks for when it does not work.
    """

    name: str
    ok: bool
    found: str
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the checks are handed.

    Attributes:
        paths: where the vault would lie.
        configuration: what IT laid down.
        clock: the present moment, aware UTC.
        random_bytes: of the operating system.
        keyring: returns the name of the keyring that works here; raises `KeyringError`.
        is_disk_encrypted: answers for a folder; None where it cannot be known.
        installed: the folder of the frozen program, None where it runs from its source.
    """

    paths: LaptopPaths
    configuration: Configuration
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    keyring: Callable[[], str]
    is_disk_encrypted: Callable[[Path], bool | None]
    installed: Path | None


def self_test(place: Place) -> list[Check]:
    """Try every part once; each part's fault is its own, and the others are tried all the same."""
    return [_tried(name, code, partial(work, place)) for name, (code, work) in CHECKS.items()]


def exit_code(checks: list[Check]) -> int:
    """Return the exit code: of what is wrong, the part that must be put right first."""
    wrong = {check.code for check in checks if not check.ok}
    return next((code for code in (DAMAGED, WRONG_SETTING, REFUSED) if code in wrong), FAULT if wrong else 0)


def _tried(name: str, code: int, work: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=work(), code=code)
    except _FailedError as error:
        return Check(name=name, ok=False, found=str(error), code=code)
    except KnownError as error:
        return Check(name=name, ok=False, found=error.code, code=code)
    except Exception as error:  # noqa: BLE001 - a part that is not there fails in its own way; its kind is the answer
        return Check(name=name, ok=False, found=type(error).__name__, code=code)


def _files(place: Place) -> str:
    if place.installed is None:
        return "runs from its source"
    listed = place.installed / FILES_LIST
    if not listed.is_file():
        raise _FailedError(f"no {FILES_LIST}")
    wrong = count = 0
    for wanted, name in _lines(listed):
        count += 1
        file = place.installed / name
        wrong += not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != wanted
    if wrong or not count:
        raise _FailedError(f"{wrong} of {count} files differ")
    return f"{count} files"


def _lines(listed: Path) -> Iterator[tuple[str, str]]:
    for line in listed.read_text(encoding="utf-8").splitlines():
        wanted, _, name = line.partition(" ")
        yield wanted, name.strip().removeprefix("*").removeprefix("./")


def _sqlcipher(place: Place) -> str:
    from app.storage.probe import probe  # noqa: PLC0415 - a part that cannot be imported is what is looked for

    with tempfile.TemporaryDirectory() as elsewhere:
        return probe(Path(elsewhere), place.random_bytes)


def _qt(_place: Place) -> str:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QLibraryInfo, qVersion  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    plugins = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    wanted = {"win32": "qwindows.dll", "darwin": "libqcocoa.dylib"}.get(sys.platform, "libqxcb.so")
    if not (plugins / wanted).is_file():
        raise _FailedError(f"no {wanted}")
    _application.append(QApplication.instance() or QApplication(["alongside"]))
    return str(qVersion())


_application: Final[list[object]] = []
"""Keeps Qt's application until the process ends: ended earlier it takes what was loaded with it."""


def _fonts(_place: Place) -> str:
    from PySide6.QtGui import QFontDatabase  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from ui.theme import Theme  # noqa: PLC0415

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise _FailedError("no Qt")
    Theme.load().apply(application)
    family = application.font().family()
    if family not in QFontDatabase.families():
        raise _FailedError(f"no {family}")
    return family


def _typst(_place: Place) -> str:
    from app.printing.sheet import Block, Sheet  # noqa: PLC0415
    from app.printing.typeset import Typesetter  # noqa: PLC0415

    made = Typesetter().pdf(Sheet(title="Trial", language="en", blocks=(Block(items=(("Trial",),)),)))
    if not made.startswith(b"%PDF-") or b"/MarkInfo" not in made:
        raise _FailedError("the PDF is not tagged")
    return f"{len(made)} bytes, tagged"


def _trust(_place: Place) -> str:
    context = ssl.create_default_context()
    count = context.cert_store_stats()["x509_ca"]
    if not count and not ssl.get_default_verify_paths().capath:
        raise _FailedError("no certificate is trusted")
    return f"{ssl.OPENSSL_VERSION}, {count} roots"


def _folder(place: Place) -> str:
    check_folder(place.paths.folder, is_written=True)
    return "set up" if place.paths.slots.exists() else "not set up"


def _install(place: Place) -> str:
    if place.installed is None:
        return "runs from its source"
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if os.access(place.installed, os.W_OK) and not is_root:
        raise _FailedError("this account may change the program")
    return "not writable"


def _disk(place: Place) -> str:
    there = next(each for each in (place.paths.folder, *place.paths.folder.parents) if each.exists())
    found = place.is_disk_encrypted(there)
    if found is False and place.configuration.policy.require_disk_encryption == "refuse":
        raise _FailedError("machine.disk_plain")
    return {True: "encrypted", False: "not encrypted", None: "not known"}[found]


def _keyring(place: Place) -> str:
    return "password_only" if place.configuration.policy.password_only else place.keyring()


def _clock(place: Place) -> str:
    now, before = place.clock(), monotonic()
    if now.year < EARLIEST:
        raise _FailedError(f"the clock says {now.year}")
    if monotonic() < before:
        raise _FailedError("the clock runs backwards")
    from app.domain.clocks import london_day  # noqa: PLC0415

    return london_day(now).isoformat()


def _config(place: Place) -> str:
    faults = place.configuration.faults
    if faults:
        raise _FailedError(", ".join(fault.code for fault in faults))
    return f"{len(place.configuration.policy.origins)} set"


CHECKS: Final[Mapping[str, tuple[int, Callable[[Place], str]]]] = MappingProxyType(
    {
        "files": (DAMAGED, _files),
        "sqlcipher": (DAMAGED, _sqlcipher),
        "qt": (DAMAGED, _qt),
        "fonts": (DAMAGED, _fonts),
        "typst": (DAMAGED, _typst),
        "trust_store": (DAMAGED, _trust),
        "install_folder": (DAMAGED, _install),
        "configuration": (WRONG_SETTING, _config),
        "data_folder": (REFUSED, _folder),
        "keyring": (REFUSED, _keyring),
        "disk": (REFUSED, _disk),
        "clock": (REFUSED, _clock),
    }
)
"""Each check by its name, with the exit code it asks for. The names are fixed for ever."""
