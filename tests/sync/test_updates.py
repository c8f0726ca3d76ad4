"""Updates from a real repository, in a folder and over HTTP: what is signed and fresh counts, the rest is refused."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tuf.api.metadata import Metadata, Timestamp

from app.errors import KnownError, NetworkError, UpdateError
from sync.client.updates import Updates
from tests.ui.serving import Served

ROOT = Path(__file__).resolve().parents[2]
DEB = "alongside_1.1.0_amd64.deb"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_repository", ROOT / "packaging" / "updates" / "repository.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # The library's dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


SCRIPT = script()


def new_keys() -> dict[str, list[Any]]:
    return {role: [SCRIPT.new_key() for _ in range(3 if needed == 2 else 1)] for role, needed in SCRIPT.NEEDED.items()}


def publish(repository: Any, folder: Path, version: str, keys: dict[str, list[Any]]) -> None:
    deb = folder / f"alongside_{version}_amd64.deb"
    deb.write_bytes(f"package {version} ".encode() * 500)
    repository.publish([("linux", deb)], version=version, min_schema=1, keys=keys)


class Ground:
    """A repository with version 1.1.0, its keys, and a laptop that looks at it."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self.folder, self.keys = folder, new_keys()
        self.repository = SCRIPT.Repository(folder=folder / "repository", now=now)
        self.repository.begin(self.keys)
        publish(self.repository, folder, "1.1.0", self.keys)
        self.memory, self.root = folder / "laptop", self.repository.first_root()
        self.source = str(self.repository.folder)

    @property
    def laptop(self) -> Updates:
        return Updates(self.source, root=self.root, memory=self.memory)

    def look(self, running: str = "1.0.0") -> Any:
        return self.laptop.look(running=running, platform="linux")

    def refusal(self, work: Callable[[], object] | None = None) -> str:
        with pytest.raises(KnownError) as refused:
            (work or self.look)()
        return refused.value.code

    @property
    def package(self) -> Path:
        (found,) = self.repository.targets.glob(f"*.{DEB}")
        return found


@pytest.fixture(params=["folder", "http"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path, now=datetime.now(UTC))
    if request.param == "folder":
        yield made
        return
    with Served(made.repository.folder) as address:
        made.source = address
        yield made


def test_a_newer_version_is_announced_and_its_package_verified(ground: Ground) -> None:
    update = ground.look()
    assert (update.version, update.package, update.min_schema) == ("1.1.0", DEB, 1)
    assert ground.look(running="1.1.0") is None
    assert ground.look(running="1.10.0") is None
    assert ground.laptop.verify(ground.package) == "1.1.0"
    fetched = ground.laptop.fetch(update, ground.folder / "fetched")
    assert fetched.read_bytes() == ground.package.read_bytes()
    assert ground.laptop.verify(fetched) == "1.1.0"
    assert ground.laptop.look(running="1.0.0", platform="plan9").package == ""


def test_an_altered_package_is_refused_and_does_not_stay(ground: Ground) -> None:
    update = ground.look()
    content = bytearray(ground.package.read_bytes())
    content[7] ^= 1
    ground.package.write_bytes(content)
    assert ground.refusal(lambda: ground.laptop.verify(ground.package)) == "update.altered"
    assert ground.refusal(lambda: ground.laptop.fetch(update, ground.folder / "fetched")) == "update.altered"
    assert not list((ground.folder / "fetched").glob("*"))
    stranger = ground.folder / "alongside_1.0.9_amd64.deb"
    stranger.write_bytes(b"older")
    assert ground.refusal(lambda: ground.laptop.verify(stranger)) == "update.unknown_package"


def test_an_altered_list_is_refused(ground: Ground) -> None:
    (listed,) = ground.repository.targets.glob("*.packages.json")
    listed.write_bytes(listed.read_bytes().replace(b"1.1.0", b"9.9.9"))
    assert ground.refusal() == "update.altered"


def test_altered_metadata_is_refused(ground: Ground) -> None:
    path = ground.repository.metadata / "timestamp.json"
    told = json.loads(path.read_bytes())
    told["signed"]["version"] += 1
    path.write_text(json.dumps(told), encoding="utf-8")
    assert ground.refusal() == "update.unsigned"


def test_a_repository_older_than_one_seen_before_is_refused(ground: Ground) -> None:
    older = ground.folder / "older"
    shutil.copytree(ground.repository.metadata, older)
    publish(ground.repository, ground.folder, "1.2.0", ground.keys)
    assert ground.look().version == "1.2.0"
    shutil.rmtree(ground.repository.metadata)
    shutil.copytree(older, ground.repository.metadata)
    assert ground.refusal() == "update.rolled_back"


def test_too_few_signatures_are_refused(ground: Ground) -> None:
    one = {**ground.keys, "targets": ground.keys["targets"][:1]}
    publish(ground.repository, ground.folder, "1.2.0", one)
    assert ground.refusal() == "update.unsigned"
    publish(ground.repository, ground.folder, "1.3.0", {**one, "targets": [*one["targets"], SCRIPT.new_key()]})
    assert ground.refusal() == "update.unsigned"
    publish(ground.repository, ground.folder, "1.4.0", {**one, "targets": ground.keys["targets"][1:]})
    assert ground.look().version == "1.4.0"


def test_a_place_frozen_in_time_is_refused_once_its_word_has_expired(ground: Ground) -> None:
    assert ground.look().version == "1.1.0"
    # The same files as ever, held back until the timestamp's 90 days are over: here it was signed 91 days ago.
    path = ground.repository.metadata / "timestamp.json"
    frozen: Metadata[Timestamp] = Metadata.from_file(str(path))
    frozen.signed.version += 1
    frozen.signed.expires = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)
    frozen.sign(ground.keys["timestamp"][0])
    frozen.to_file(str(path))
    assert ground.refusal() == "update.expired"
    ground.repository.renew(ground.keys)
    assert ground.look().version == "1.1.0"


def test_an_old_stick_is_refused_whatever_of_it_has_expired(tmp_path: Path) -> None:
    old = Ground(tmp_path, now=datetime.now(UTC) - timedelta(days=91))
    assert old.refusal() == "update.expired"
    ancient = Ground(tmp_path / "ancient", now=datetime.now(UTC) - timedelta(days=731))
    assert ancient.refusal() == "update.expired"


def test_what_is_not_there_is_said(ground: Ground) -> None:
    shutil.rmtree(ground.repository.metadata)
    assert ground.refusal() == "update.not_found"


def test_an_address_nobody_answers_is_the_networks_fault(tmp_path: Path) -> None:
    ground = Ground(tmp_path, now=datetime.now(UTC))
    ground.source = "http://127.0.0.1:1"
    with pytest.raises(NetworkError):
        ground.look()


def test_another_root_believes_nothing_of_it(ground: Ground, tmp_path: Path) -> None:
    other = Ground(tmp_path / "other", now=datetime.now(UTC))
    laptop = Updates(ground.source, root=other.repository.first_root(), memory=tmp_path / "another")
    assert ground.refusal(lambda: laptop.look(running="1.0.0", platform="linux")) == "update.unsigned"


def test_the_ceremony_and_the_changes_of_keys_are_rehearsed(tmp_path: Path) -> None:
    said: list[str] = []
    repository = SCRIPT.rehearse(tmp_path, said.append)
    assert len(said) == 8
    assert len(list((tmp_path / "media").glob("*.pem"))) == 8
    for pem in (tmp_path / "media").glob("*.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in pem.read_bytes()
        assert pem.stat().st_mode & 0o077 == 0
    # A laptop that was off all along follows from the first root to the last.
    late = Updates(str(repository.folder), root=repository.first_root(), memory=tmp_path / "late")
    assert late.look(running="0.1.0", platform="linux") is not None
    assert repository.last_root() != repository.first_root()


def test_a_key_is_not_written_over_another_and_needs_its_words(tmp_path: Path) -> None:
    SCRIPT.write_key(SCRIPT.new_key(), tmp_path / "root-1.pem", "some words")
    with pytest.raises(FileExistsError):
        SCRIPT.write_key(SCRIPT.new_key(), tmp_path / "root-1.pem", "some words")
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own words, which change
        SCRIPT.read_key(tmp_path / "root-1.pem", "other words")


def test_a_version_that_is_none_is_not_compared(ground: Ground) -> None:
    repository = replace(ground.repository)
    deb = ground.folder / "x.deb"
    deb.write_bytes(b"x")
    repository.publish([("linux", deb)], version="newest", min_schema=1, keys=ground.keys)
    with pytest.raises(UpdateError) as refused:
        ground.look()
    assert refused.value.code == "update.damaged"
