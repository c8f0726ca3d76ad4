"""The frozen program, used as at a bedside: its own files, a real keyring, a real service, no test's hands."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from app import __version__
from app.domain.codes import RecordType
from sync.central.tables import TYPE_NUMBERS
from sync.protocol.slip import write_slip
from tests.helpers.central import AllianceService
from tests.journeys.test_switch_path import LIMITS, what_is_missing

HERE = Path(__file__).resolve().parent
PASSWORD = "gravel tulip ocean lantern"


def sums_of(folder: Path) -> dict[str, str]:
    """The hash of each file as it is now."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name != "files.sha256"
    }


def written_sums(folder: Path) -> dict[str, str]:
    """The hash of each file as the build wrote it down."""
    lines = (folder / "files.sha256").read_text(encoding="utf-8").splitlines()
    return {name: found for found, _, name in (line.partition("  ") for line in lines)}


def test_no_file_of_the_frozen_program_is_missing_from_its_list_and_none_differs(frozen: Path) -> None:
    assert sums_of(frozen) == written_sums(frozen)


def test_the_licences_of_what_is_inside_lie_beside_the_program(frozen: Path) -> None:
    texts = {path.name for path in (frozen / "licences").iterdir()}
    report = (frozen / "licences" / "report.csv").read_text(encoding="utf-8")
    assert {"python.txt", "pyinstaller.txt", "LGPL-relinking.txt", "sqlcipher3.txt"} <= texts
    assert "pyside6-essentials,6.12.0,LGPL-3.0-only\n" in report
    for line in report.splitlines()[1:]:
        assert f"{line.partition(',')[0]}.txt" in texts


def test_the_command_without_a_window_compares_two_lists(frozen: Path, tmp_path: Path) -> None:
    one, other, pairs = tmp_path / "one.csv", tmp_path / "other.csv", tmp_path / "pairs.csv"
    one.write_text("id,given_name,family_name,date_of_birth\na,Samira,Osei,1990-03-02\n", encoding="utf-8")
    other.write_text("id,given_name,family_name,date_of_birth\nb,Samira,Osei,1990-03-02\n", encoding="utf-8")
    done = subprocess.run(
        [frozen / "alongsidectl", "compare-lists", one, other, "--out", pairs], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert pairs.read_text(encoding="utf-8").splitlines()[1].startswith("a,b,")


def self_test(command: Path, home: Path) -> tuple[int, dict[str, tuple[bool, str]]]:
    """Ask a frozen program to try its parts; returns the exit code and what each check found."""
    done = subprocess.run(
        [command, "--self-test", "--json"],
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"},
    )
    said = json.loads(done.stdout)
    return done.returncode, {each["name"]: (each["ok"], each["found"]) for each in said["checks"]}


def test_every_part_that_was_frozen_works_and_one_changed_file_is_damage(frozen: Path, tmp_path: Path) -> None:
    _, found = self_test(frozen / "alongsidectl", tmp_path)
    parts = ("files", "sqlcipher", "qt", "fonts", "typst", "trust_store", "install_folder", "configuration")
    assert [(name, found[name]) for name in parts if not found[name][0]] == []

    copy = tmp_path / "copy"
    shutil.copytree(frozen, copy, symlinks=True, copy_function=os.link)
    holidays = copy / "parts" / "resources" / "holidays.json"
    content = holidays.read_bytes()
    holidays.unlink()
    holidays.write_bytes(content + b" ")
    code, found = self_test(copy / "alongsidectl", tmp_path)
    assert code == 4
    assert found["files"] == (False, f"1 of {len(written_sums(frozen))} files differ")


def test_it_says_from_which_commit_it_was_built(frozen: Path) -> None:
    said = subprocess.run([frozen / "alongsidectl", "--version"], capture_output=True, text=True, check=True).stdout
    assert re.match(rf"alongside {re.escape(__version__)} \(commit [0-9a-f]{{7,}}, built \d{{4}}-\d\d-\d\d,", said)


@pytest.mark.timeout(240)
def test_a_laptop_is_set_up_and_a_person_recorded_sent_and_found_again(frozen: Path, tmp_path: Path) -> None:
    missing = what_is_missing() + [name for name in ("gnome-keyring-daemon", "pgrep") if shutil.which(name) is None]
    if missing:
        pytest.fail(f"the frozen program cannot be tried without {', '.join(missing)}")
    before = sums_of(frozen)
    alliance = AllianceService.start(tmp_path / "service")
    try:
        slip = write_slip(alliance.slip("aspire", "outreach_worker", ["site:stoke_mandeville"])).decode("utf-8")
        seen = use(frozen, tmp_path, slip=slip, full_name="Samira Osei", hospital="Hospital of nowhere")
        with psycopg.connect(alliance.database.owner_url) as connection:
            people = connection.execute(
                "SELECT count(*) FROM record WHERE type = %s", (TYPE_NUMBERS[RecordType.PERSON],)
            ).fetchone()
    finally:
        alliance.stop()

    assert seen["nameless"] == []
    assert seen["titles"] == ["Alongside"]
    assert people == (1,)
    names = sorted(path.name for path in (tmp_path / "data" / "Alongside").iterdir())
    assert {"vault.db", "slots.json", "device_key.json"} <= set(names)
    assert "mark.json" not in names, "the mark lies in the keyring, or the frozen program found none"
    assert b"Osei" not in (tmp_path / "data" / "Alongside" / "vault.db").read_bytes()
    # It ran from a folder that it has no business writing to.
    assert sums_of(frozen) == before


def use(frozen: Path, folder: Path, **acts: str) -> dict[str, object]:
    """Do what `frozen_acts.py` says in the frozen program; returns what was seen."""
    (folder / "acts.json").write_text(json.dumps({"password": PASSWORD, **acts}), encoding="utf-8")
    own = {"HOME": folder / "home", "XDG_DATA_HOME": folder / "data", "XDG_RUNTIME_DIR": folder / "run"}
    for path in own.values():
        path.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    log = folder / "frozen.log"
    with log.open("wb") as noise:
        code = subprocess.run(
            [
                *("165" if each == "105" else each for each in LIMITS),
                "dbus-run-session", "--", "bash", HERE / "frozen_inner.sh", folder, frozen / "alongside",
            ],
            stdin=subprocess.DEVNULL,
            stdout=noise,
            stderr=noise,
            env={**kept, **{name: str(path) for name, path in own.items()}},
            check=False,
        ).returncode  # fmt: skip
    assert code == 0, log.read_text(encoding="utf-8", errors="replace")[-4_000:]
    seen: dict[str, object] = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    return seen
