"""A bundle for support: codes, versions and counts of this laptop, in a form that may be mailed.

Nothing is copied: each line is made here from things that are known to be codes, and whatever else stands in a file or
a log is only counted. So a name can be nowhere in it, wherever somebody put one.
"""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from app.config import KEYS, Kind
from app.errors import KnownError
from app.paths import LaptopPaths
from app.security.slots_file import read_slots
from ui.checking import Machine, check_config, run_self_test, version_facts
from ui.error_words import ERROR_WORDS
from ui.log_file import FILE_NAME

_REFUSED: Final = re.compile(r"^\S+Z [A-Z]+ (?:refused: )?([a-z]+\.[a-z_]+)\b")
_FAULT: Final = re.compile(r"^\S+Z [A-Z]+ fault: ([A-Za-z]{1,60}) < ")
_OWN_WORDS: Final = frozenset({"policy.unknown", "policy.not_in_force"})
_PUBLIC: Final = frozenset({Kind.SWITCH, Kind.NUMBER, Kind.CHOICE})
"""Kinds whose values say nothing of anybody; of an address, a text or a path only its length is told."""

_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


def bundle(machine: Machine) -> bytes:
    """Return the bytes of a zip file; the same laptop gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in _parts(machine).items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), json.dumps(told, indent=1, sort_keys=True) + "\n")
    return made.getvalue()


def _parts(machine: Machine) -> dict[str, Any]:
    checked = json.loads(check_config(machine, as_json=True).text)
    return {
        "version.json": {**version_facts(), "system": platform.system(), "release": platform.release()},
        "configuration.json": {
            "set": _values(machine),
            "faults": sorted(each["code"] for each in checked["faults"]),
            "unknown": len(checked["unknown"]),
        },
        "self_test.json": json.loads(run_self_test(machine, as_json=True).text),
        "laptop.json": {"files": _files(machine.paths), "people": _people(machine.paths)},
        "log.json": _log(machine.paths.logs),
    }


def _values(machine: Machine) -> dict[str, Any]:
    policy = machine.configuration.policy
    return {
        key.name: {
            "from": str(policy.origins[key.name]),
            "value" if key.kind in _PUBLIC else "length": (
                getattr(policy, key.name) if key.kind in _PUBLIC else len(getattr(policy, key.name))
            ),
        }
        for key in KEYS
        if key.name in policy.origins
    }


def _files(paths: LaptopPaths) -> dict[str, int]:
    """Return the sizes of the files that a laptop has by design, and how many others there are."""
    named = [*paths.all_of_a_vault, paths.attempts, paths.mark, paths.sealed_outbox, paths.service, paths.giving_up]
    named += [paths.begun, paths.recovery_not_kept, paths.slot_notes, paths.lock, paths.schema]
    sizes = {path.name: path.stat().st_size for path in named if path.is_file()}
    others = [path for path in paths.folder.iterdir() if path.name not in sizes] if paths.folder.is_dir() else []
    return {**sizes, "others": len(others)}


def _people(paths: LaptopPaths) -> int | str:
    if not paths.slots.exists():
        return 0
    try:
        return len(read_slots(paths.slots).people)
    except KnownError as error:
        return error.code


def _log(folder: Path) -> dict[str, int]:
    """Count the log's lines by the code or the kind of fault they tell; a line that tells neither is counted as one."""
    counts: Counter[str] = Counter()
    for name in (f"{FILE_NAME}.1", FILE_NAME):
        if not (folder / name).is_file():
            continue
        for line in (folder / name).read_text(encoding="utf-8", errors="replace").splitlines():
            counts[_told(line)] += 1
    return dict(counts)


def _told(line: str) -> str:
    found = _REFUSED.match(line)
    if found is not None and (found[1] in ERROR_WORDS or found[1] in _OWN_WORDS):
        return found[1]
    fault = _FAULT.match(line)
    # The kind of an error is a class of the program or of a library; a made-up one cannot be told from a name.
    return "fault" if fault is not None else "other"
