"""slots.json on the disk: hostile, cut and planted files, crashes while writing, the previous copy."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.errors import DiskFullError, VaultError
from app.security import atomic_file
from app.security.slots import change_password
from app.security.slots_file import (
    MOST_BYTES,
    SlotsFile,
    parse_slots,
    previous_copy,
    read_slots,
    render_slots,
    write_slots,
)
from tests.security.kit import ASHA, CHEAP, Made, make

ROOT = Path(__file__).parents[2]
WHOLE = render_slots(make(bytearray(32)).slots)
"""One good file, made once: Hypothesis cuts and bends it."""


def refused(content: bytes) -> str:
    with pytest.raises(VaultError) as error:
        parse_slots(content)
    return error.value.code


OUTCOMES = {"read", "slots.damaged", "slots.newer"}


def outcome(content: bytes) -> str:
    try:
        parse_slots(content)
    except VaultError as error:
        return error.code
    return "read"


def bent(change: Callable[[Any], None]) -> bytes:
    tree = json.loads(WHOLE)
    change(tree)
    return json.dumps(tree).encode()


def put(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        for step in path[:-1]:
            tree = tree[step]
        tree[path[-1]] = value

    return change


def test_a_file_reads_back_as_it_was_written(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "slots.json"
    write_slots(path, made.slots)
    assert read_slots(path) == made.slots
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["slots.json"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("people", 0, "argon2", "memory_kib"), 1024 * 1024 + 1),
        (("people", 0, "argon2", "memory_kib"), 7),
        (("people", 0, "argon2", "iterations"), 21),
        (("people", 0, "argon2", "iterations"), 0),
        (("people", 0, "argon2", "lanes"), 17),
        (("people", 0, "argon2", "lanes"), 9),  # 64 KiB are too little for nine lanes.
        (("people", 0, "argon2", "memory_kib"), "64"),
        (("people", 0, "argon2", "secret"), "x"),
        (("people", 0, "salt"), ""),
        (("people", 0, "sealed_private"), "AAAA"),
        (("people", 0, "sealed_master"), []),
        (("people", 0, "sealed_master", 0, "generation"), 2),
        (("people", 0, "shown_name"), ""),
        (("people", 0, "shown_name"), "Asha\u202eamreV"),
        (("people", 0, "shown_name"), "Asha\nVerma"),
        (("people", 0, "shown_name"), "\ud800"),
        (("people", 0, "not_after"), "2026-05-03T09:30:00"),
        (("people", 0, "not_after"), 5),
        (("people", 0, "grant"), {"role": "x" * 5_000}),
        (("people", 0, "grant"), []),
        (("people", 0, "grant"), {"until": 10**30}),
        (("people", 0, "grant"), {"\ud800": 1}),
        (("keyring",), "\ud800"),
        (("people", 0, "door"), "open"),
        (("people",), []),
        (("recovery",), []),
        (("generations",), []),
        (("generations",), [2, 1]),
        (("generations",), [1, 1]),
        (("generations",), [1, 2, 3]),
        (("version",), 0),
        (("version",), 1.5),
        (("vault_id",), "not an id"),
        (("keyring",), ""),
        (("format",), "1"),
        (("extra",), 1),
    ],
)
def test_a_planted_value_is_refused(where: tuple[str | int, ...], value: object) -> None:
    assert refused(bent(put(*where, value=value))) == "slots.damaged"


def test_65_people_or_one_person_twice_are_refused() -> None:
    slot = json.loads(WHOLE)["people"][0]
    many = [{**slot, "person_id": f"01890000-0000-7000-8000-{n:012x}"} for n in range(65)]
    assert refused(bent(put("people", value=many))) == "slots.damaged"
    assert len(parse_slots(bent(put("people", value=many[:64]))).people) == 64
    assert refused(bent(put("people", value=[slot, slot]))) == "slots.damaged"


@pytest.mark.parametrize(("where", "value"), [("format", 2), ("suite", "argon3")])
def test_a_file_of_a_newer_program_is_told_from_a_damaged_one(where: str, value: object) -> None:
    assert refused(bent(put(where, value=value))) == "slots.newer"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"format":' + b"9" * 100_000 + b"}",
        b'{"format": NaN}',
        b"\xff\xfe" + WHOLE,
        WHOLE + b"x" * MOST_BYTES,
        WHOLE.replace(b'"format":1', b'"format":1,"format":1'),
        WHOLE.replace(b'"grant":{', b'"grant":{"a":' + b"[" * 40 + b"]" * 40 + b","),
        WHOLE.replace(b'"grant":{', b'"grant":{"a":1e400,'),
    ],
    ids=range(12),
)
def test_bombs_and_nonsense_are_refused_quickly(content: bytes) -> None:
    started = time.monotonic()
    assert refused(content) == "slots.damaged"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("kept", [*range(0, len(WHOLE) - 1, 37), len(WHOLE) - 2])
def test_a_truncated_file_is_refused_and_never_replaced(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "slots.json"
    path.write_bytes(WHOLE[:kept])
    with pytest.raises(VaultError) as error:
        read_slots(path)
    assert error.value.code == "slots.damaged"
    assert path.read_bytes() == WHOLE[:kept]


def test_a_missing_file_and_a_folder_in_its_place_are_said(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as missing:
        read_slots(tmp_path / "slots.json")
    assert missing.value.code == "slots.missing"
    with pytest.raises(VaultError) as folder:
        read_slots(tmp_path)
    assert folder.value.code == "slots.unreadable"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=400) | JSON.map(lambda tree: json.dumps(tree).encode()))
@example(content=b"\xef\xbb\xbf{}")
def test_any_bytes_end_in_slots_or_in_a_known_error(content: bytes) -> None:
    assert outcome(content) in OUTCOMES


def every_path(tree: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path for step, child in items for path in [(*before, step), *every_path(child, (*before, step))]]


@settings(max_examples=400, deadline=None)
@given(where=st.sampled_from(every_path(json.loads(WHOLE))), value=JSON)
def test_a_good_file_with_one_value_replaced_is_read_or_refused_but_never_a_crash(
    where: tuple[str | int, ...], value: Any
) -> None:
    content = bent(put(*where, value=value))
    assert outcome(content) in OUTCOMES
    if outcome(content) == "read":
        slots = parse_slots(content)
        assert parse_slots(render_slots(slots)) == slots


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused_but_never_a_crash(place: int, byte: int) -> None:
    content = bytearray(WHOLE)
    content[place] = byte
    assert outcome(bytes(content)) in OUTCOMES


def test_the_text_of_the_error_holds_nothing_of_the_file() -> None:
    with pytest.raises(VaultError) as error:
        parse_slots(bent(put("people", 0, "shown_name", value="Asha Verma\n")))
    assert "Asha" not in f"{error.value!r} {error.value.detail} {error.value.__cause__!r}"


def test_slots_that_would_not_read_back_are_never_written(made: Made, tmp_path: Path) -> None:
    unreadable: SlotsFile = msgspec.structs.replace(made.slots, keyring="x" * 41)
    with pytest.raises(VaultError):
        write_slots(tmp_path / "slots.json", unreadable)
    assert list(tmp_path.iterdir()) == []


def test_one_previous_copy_is_kept_and_a_changed_password_deletes_it(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "slots.json"
    write_slots(path, made.slots)
    second = change_password(made.slots, made.opened.masters, ASHA, "new words for a door", made.maker, cost=CHEAP)
    write_slots(path, second)
    assert read_slots(previous_copy(path)) == made.slots
    third = change_password(second, made.opened.masters, ASHA, "and yet other words", made.maker, cost=CHEAP)
    write_slots(path, third, keep_previous=False)
    assert read_slots(path) == third
    assert [entry.name for entry in tmp_path.iterdir()] == ["slots.json"]


WRITER = """
import os, signal, sys
from pathlib import Path
from app.security.slots_file import parse_slots, write_slots
path, new, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
def reach(name):
    if name == point:
        os.kill(os.getpid(), signal.SIGKILL)
write_slots(path, parse_slots(new.read_bytes()), keep_previous=sys.argv[4] == "keep", reach=reach)
print("written")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
@pytest.mark.parametrize("keep", ["keep", "drop"])
@pytest.mark.parametrize("point", [f"slots.{step}" for step in atomic_file.STEPS] + ["none"])
def test_a_kill_at_any_point_leaves_the_old_file_or_the_new_one(
    made: Made, tmp_path: Path, point: str, keep: str
) -> None:
    folder = tmp_path / "vault"
    folder.mkdir()
    path, new = folder / "slots.json", tmp_path / "new.json"
    write_slots(path, made.slots)
    changed = change_password(made.slots, made.opened.masters, ASHA, "new words for a door", made.maker, cost=CHEAP)
    new.write_bytes(render_slots(changed))
    done = subprocess.run(
        [sys.executable, "-c", WRITER, path, new, point, keep],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if point == "none" else -9), done.stderr
    found = read_slots(path)
    assert found == (made.slots if point in {"slots.after-temp", "slots.after-fsync"} else changed)
    if keep == "drop" and found == changed:
        assert not previous_copy(path).exists()
    write_slots(path, changed)  # What a kill left behind is in nobody's way.
    assert read_slots(path) == changed


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not flushed there")
def test_the_bytes_are_flushed_before_the_rename_and_the_folder_after_it(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        events.append("folder flushed" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file flushed")
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", watched)
    write_slots(tmp_path / "slots.json", made.slots, reach=events.append)
    assert events == [
        "slots.after-temp",
        "file flushed",
        "slots.after-fsync",
        "slots.after-rename",
        "folder flushed",
        "slots.after-folder-sync",
    ]


def test_a_full_disk_is_said_and_the_old_file_stays(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "slots.json"
    write_slots(path, made.slots)
    before = path.read_bytes()
    small = """
import resource, signal, sys
from pathlib import Path
from app.errors import VaultError
from app.security.slots_file import parse_slots, write_slots
path = Path(sys.argv[1])
slots = parse_slots(path.read_bytes())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    write_slots(path, slots, keep_previous=False)
except VaultError as error:
    print(error.code)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", small, path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "vault.could_not_write", done.stderr
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["slots.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_no_room_left_has_its_own_words() -> None:
    import errno

    full = atomic_file._known(OSError(errno.ENOSPC, "no room"))
    assert isinstance(full, DiskFullError)
    assert atomic_file._known(OSError(errno.EACCES, "no")).code == "vault.read_only"


def test_a_link_planted_under_the_temporary_name_is_not_followed(made: Made, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("unharmed")
    path = tmp_path / "vault" / "slots.json"
    path.parent.mkdir()
    path.with_name("slots.json.new").symlink_to(victim)
    write_slots(path, made.slots)
    assert victim.read_text() == "unharmed"
    assert read_slots(path) == made.slots
