"""The extract of the audit and the single file that checks it: whatever is done to it is found, and nobody is named."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.audit_mutations import DEVICES, LENGTH, VERIFIER, World, missed, verifier, written

PROGRAM = verifier()


@pytest.fixture(scope="module")
def world() -> World:
    return World.make()


def put(folder: Path, content: bytes, name: str = "extract.jsonl") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_a_whole_extract_holds_by_itself_and_by_what_lies_elsewhere(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path, written(world.lines))
    spelt = " ".join(world.fingerprint.upper()[at : at + 4] for at in range(0, 64, 4))
    assert PROGRAM.main([str(file), "--service-key", spelt, "--earlier", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.count(f"entries 1 to {LENGTH} follow on each other, known from outside up to {LENGTH}") == 2
    assert "1 under a doubtful clock" in said
    # The service's key stands in the file; whoever made the file may have put it there.
    assert PROGRAM.main([str(file)]) == 3
    assert "ask for its fingerprint" in capsys.readouterr().out
    assert PROGRAM.main([str(file), "--service-key", "ab" * 32]) == 1
    assert "another key of the central service" in capsys.readouterr().out


def test_some_hundred_changes_of_every_kind_are_all_found(tmp_path: Path) -> None:
    tried, found_nothing = missed(200, seed=7, folder=tmp_path)
    assert found_nothing == []
    assert len(tried) == 10, "every kind was tried"


def test_an_older_extract_is_found_by_one_that_was_kept_and_by_nothing_in_itself(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = put(tmp_path, written(world.lines), "kept.jsonl")
    lines = [line for line in json.loads(json.dumps(world.lines)) if line.get("seq", 0) <= LENGTH // 2]
    lines = [line for line in lines if line.get("receipt", {}).get("seq", 0) <= LENGTH // 2]
    for told in lines[0]["chains"]:
        told["entries"] = LENGTH // 2
        told["head"] = next(line["hash"] for line in reversed(lines) if line.get("device") == told["device"])
    older = put(tmp_path, written(lines), "older.jsonl")
    assert PROGRAM.main([str(older), "--service-key", world.fingerprint]) == 0
    assert PROGRAM.main([str(older), "--service-key", world.fingerprint, "--earlier", str(kept)]) == 1
    assert f"names entry {LENGTH}, and the chain ends at {LENGTH // 2}" in capsys.readouterr().out
    place = f"{DEVICES[0]}:{LENGTH}:{'0' * 64}"
    assert PROGRAM.main([str(kept), "--service-key", world.fingerprint, "--head", place]) == 1


def test_a_chain_without_its_key_is_not_said_to_hold(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = json.loads(json.dumps(world.lines))
    lines[0]["chains"][0]["public"] = ""
    file = put(tmp_path, written(lines))
    assert PROGRAM.main([str(file), "--service-key", world.fingerprint]) == 3
    assert "signatures were not checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        b"PK\x03\x04",
        b'{"t":"extract","t":"extract"}\n',
        b'{"t":"extract","version":NaN}\n',
        b'{"t":' + b"[" * 200_000 + b"\n",
        b'{"t":"end","lines":0,"sha256":"' + b"0" * 64 + b'"}\n',
        b'{"t":"extract","format":"another","version":1}\n',
    ],
)
def test_what_is_no_extract_is_said_not_to_be_one(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PROGRAM.main([str(put(tmp_path, content))]) == 2
    assert "This is no whole extract." in capsys.readouterr().err
    assert PROGRAM.main([str(tmp_path / "not there")]) == 2


def test_the_file_runs_alone_on_the_standard_library_and_cryptography(world: World, tmp_path: Path) -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"))
    named = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} - set(sys.stdlib_module_names) == {"cryptography"}
    # From a folder where nothing of Alongside lies, with no path of ours.
    alone = put(tmp_path, VERIFIER.read_bytes(), "check.py")
    file = put(tmp_path, written(world.lines))
    words = [sys.executable, "-I", str(alone), str(file), "--service-key", world.fingerprint]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Everything holds.\n")


def test_an_entry_of_an_extract_holds_what_is_hashed_and_nothing_else(world: World) -> None:
    entries = [line for line in world.lines if line["t"] == "entry"]
    assert {frozenset(line) for line in entries} == {frozenset({"t", "hash", "sig", *PROGRAM.HASHED})}
    assert set(world.lines[0]) == {"t", "format", "version", "org", "at", "service_keys", "chains"}
    assert {frozenset(each) for each in world.lines[0]["chains"]} == {
        frozenset({"device", "alg", "public", "entries", "head"})
    }
