"""Makes and keeps the repository of updates (TUF): keys, versions, renewals, changes of keys.

`python packaging/updates/repository.py COMMAND --help`; the ceremony is in `docs/how-to/updates.md`, and `rehearse`
plays it from the first key to the last. Root and targets need two of three keys, which lie offline; snapshot and
timestamp one each. A private key is a file in PEM, encrypted under the words that its holder types.
"""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

LIST_NAME = "packages.json"
NEEDED = MappingProxyType({"root": 2, "targets": 2, "snapshot": 1, "timestamp": 1})
"""How many keys sign each part."""

DAYS = MappingProxyType({"root": 730, "targets": 365, "snapshot": 180, "timestamp": 90})
"""How long each holds. 90 days: long enough for a stick in a drawer, and the longest that an attacker can keep a laptop
from hearing of a newer version."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository in a folder: `metadata/` and `targets/`.

    Attributes:
        folder: where.
        now: the moment that expiries count from.
    """

    folder: Path
    now: datetime

    @property
    def metadata(self) -> Path:
        """The signed parts."""
        return self.folder / "metadata"

    @property
    def targets(self) -> Path:
        """The packages, each under its hash."""
        return self.folder / "targets"

    def begin(self, keys: dict[str, list[CryptoSigner]]) -> None:
        """Make a repository without a version; `keys` holds every key of each part."""
        self.metadata.mkdir(parents=True)
        self.targets.mkdir()
        root = Root(expires=self._until("root"), consistent_snapshot=True)
        for role, signers in keys.items():
            for signer in signers:
                root.add_key(signer.public_key, role)
            root.roles[role].threshold = NEEDED[role]
        self._write_root(Metadata(root), keys["root"])
        self._write_targets(Metadata(Targets(expires=self._until("targets"))), keys)

    def publish(
        self,
        packages: Iterable[tuple[str, Path]],
        *,
        version: str,
        min_schema: int,
        keys: dict[str, list[CryptoSigner]],
    ) -> None:
        """Put a version in front: each package is (platform, file); the versions before it are announced no more."""
        made = self._read("targets", Targets)
        made.signed.targets.clear()
        listed = []
        for platform, path in packages:
            self._add(made.signed, path.name, path.read_bytes())
            listed.append({"name": path.name, "platform": platform})
        told = {"format": 1, "version": version, "min_schema": min_schema, "packages": listed}
        self._add(made.signed, LIST_NAME, json.dumps(told, sort_keys=True).encode())
        made.signed.version += 1
        made.signed.expires = self._until("targets")
        self._write_targets(made, keys)

    def renew(self, keys: dict[str, list[CryptoSigner]]) -> None:
        """Say again that nothing newer is there: snapshot and timestamp, before they expire."""
        targets = self._read("targets", Targets)
        self._write_snapshot(targets.signed.version, keys)

    def change_key(self, role: str, old_id: str, new: CryptoSigner, root_keys: list[CryptoSigner]) -> None:
        """Put one key in another's place; the root is signed by enough keys of the old root and of the new one."""
        made = self._read("root", Root)
        made.signed.revoke_key(old_id, role)
        made.signed.add_key(new.public_key, role)
        made.signed.version += 1
        made.signed.expires = self._until("root")
        self._write_root(made, root_keys)

    def first_root(self) -> bytes:
        """Return the root that the program ships with."""
        return self._file("root", 1).read_bytes()

    def last_root(self) -> bytes:
        """Return the newest root: what the next release ships with."""
        return self._newest("root").read_bytes()

    def _add(self, targets: Targets, name: str, content: bytes) -> None:
        target = TargetFile.from_data(name, content, ["sha256"])
        (self.targets / f"{target.hashes['sha256']}.{name}").write_bytes(content)
        targets.targets[name] = target

    def _write_root(self, made: Metadata[Root], keys: list[CryptoSigner]) -> None:
        self._sign(made, keys)
        made.to_file(str(self._file("root", made.signed.version)))

    def _write_targets(self, made: Metadata[Targets], keys: dict[str, list[CryptoSigner]]) -> None:
        self._sign(made, keys["targets"])
        made.to_file(str(self._file("targets", made.signed.version)))
        self._write_snapshot(made.signed.version, keys)

    def _write_snapshot(self, targets_version: int, keys: dict[str, list[CryptoSigner]]) -> None:
        is_first = not (self.metadata / "timestamp.json").exists()
        snapshot = Metadata(Snapshot()) if is_first else self._read("snapshot", Snapshot)
        timestamp = Metadata(Timestamp()) if is_first else self._read("timestamp", Timestamp)
        for each in (snapshot, timestamp):
            each.signed.version += 0 if is_first else 1
        snapshot.signed.expires = self._until("snapshot")
        snapshot.signed.meta["targets.json"] = MetaFile(version=targets_version)
        timestamp.signed.expires = self._until("timestamp")
        timestamp.signed.snapshot_meta = MetaFile(version=snapshot.signed.version)
        self._sign(snapshot, keys["snapshot"])
        snapshot.to_file(str(self._file("snapshot", snapshot.signed.version)))
        self._sign(timestamp, keys["timestamp"])
        # Last: until it is there, a laptop sees the version before.
        timestamp.to_file(str(self.metadata / "timestamp.json"))

    def _sign(self, made: Metadata[Any], keys: list[CryptoSigner]) -> None:
        made.signatures.clear()
        for key in keys:
            made.sign(key, append=True)

    def _read(self, role: str, _kind: type[Any]) -> Metadata[Any]:
        path = self.metadata / "timestamp.json" if role == "timestamp" else self._newest(role)
        return Metadata.from_file(str(path))

    def _newest(self, role: str) -> Path:
        return max(self.metadata.glob(f"*.{role}.json"), key=lambda path: int(path.name.partition(".")[0]))

    def _file(self, role: str, version: int) -> Path:
        return self.metadata / f"{version}.{role}.json"

    def _until(self, role: str) -> datetime:
        return (self.now + timedelta(days=DAYS[role])).replace(microsecond=0)


def new_key() -> CryptoSigner:
    """Return a new key."""
    return CryptoSigner.generate_ed25519()


def write_key(key: CryptoSigner, path: Path, words: str) -> None:
    """Write a private key, encrypted; the file is readable by its owner alone, and nothing is overwritten."""
    private = key._private_key
    assert isinstance(private, Ed25519PrivateKey)
    content = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(words.encode()))
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def read_key(path: Path, words: str) -> CryptoSigner:
    """Return a private key from its file."""
    private = load_pem_private_key(path.read_bytes(), words.encode())
    assert isinstance(private, Ed25519PrivateKey)
    return CryptoSigner(private)


def rehearse(folder: Path, say: Callable[[str], None]) -> Repository:
    """Play the whole life of a repository with keys that are thrown away; a client checks each step.

    Raises whatever goes wrong: a rehearsal that fails is a ceremony that would have.
    """
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from app.errors import UpdateError  # noqa: PLC0415 - the program's own client, as a laptop has it
    from sync.client.updates import Updates  # noqa: PLC0415

    words = secrets.token_urlsafe(12)
    media = folder / "media"
    media.mkdir(parents=True)
    keys: dict[str, list[CryptoSigner]] = {}
    for role, count in (("root", 3), ("targets", 3), ("snapshot", 1), ("timestamp", 1)):
        for number in range(1, count + 1):
            write_key(new_key(), media / f"{role}-{number}.pem", words)
        keys[role] = [read_key(media / f"{role}-{number}.pem", words) for number in range(1, count + 1)]
    say("1. Eight keys, each in its own encrypted file.")
    repository = Repository(folder=folder / "repository", now=datetime.now(UTC))
    repository.begin(keys)
    client = Updates(str(repository.folder), root=repository.first_root(), memory=folder / "laptop")
    say("2. A repository; its root is signed by three keys of which two are needed.")
    package = folder / "alongside_1.0.0_amd64.deb"
    package.write_bytes(b"version 1.0.0" * 1000)
    repository.publish([("linux", package)], version="1.0.0", min_schema=1, keys=_without(keys, 1))
    _expect(client.look(running="0.9.0", platform="linux"), "1.0.0")
    say("3. Version 1.0.0, signed by two of three; a laptop of 0.9.0 hears of it.")
    fresh = new_key()
    lost = keys["root"][2].public_key.keyid
    repository.change_key("root", lost, fresh, [keys["root"][0], keys["root"][1], fresh])
    keys["root"] = [keys["root"][0], keys["root"][1], fresh]
    say("4. A lost root key replaced, signed by the two that are left.")
    stolen, keys["timestamp"] = keys["timestamp"], [new_key()]
    repository.change_key("timestamp", stolen[0].public_key.keyid, keys["timestamp"][0], keys["root"])
    repository.renew(keys)
    say("5. A stolen timestamp key replaced; the list is signed anew.")
    package = folder / "alongside_1.1.0_amd64.deb"
    package.write_bytes(b"version 1.1.0" * 1000)
    repository.publish([("linux", package)], version="1.1.0", min_schema=1, keys=keys)
    _expect(client.look(running="1.0.0", platform="linux"), "1.1.0")
    say("6. Version 1.1.0; the laptop follows both changes of keys.")
    repository.renew({**keys, "timestamp": stolen})
    try:
        client.look(running="1.0.0", platform="linux")
    except UpdateError as error:
        say(f"7. What the stolen key signs is refused: {error.code}.")
    else:
        raise RuntimeError("the stolen key was believed")
    repository.renew(keys)
    _expect(client.look(running="1.0.0", platform="linux"), "1.1.0")
    say("8. Renewed with the right key, the laptop goes on.")
    return repository


def _without(keys: dict[str, list[CryptoSigner]], at: int) -> dict[str, list[CryptoSigner]]:
    """Return the keys as a ceremony has them to which one holder of a targets key did not come."""
    return {**keys, "targets": [key for index, key in enumerate(keys["targets"]) if index != at]}


def _expect(found: Any, version: str) -> None:
    if found is None or found.version != version:
        raise RuntimeError(f"the laptop did not hear of {version}")


def _keys(told: argparse.Namespace) -> dict[str, list[CryptoSigner]]:
    """Return the keys whose files were named, each by its part: `root-1.pem`."""
    keys: dict[str, list[CryptoSigner]] = {role: [] for role in NEEDED}
    for path in told.key:
        role = path.name.partition("-")[0]
        keys[role].append(read_key(path, getpass.getpass(f"Words of {path.name}: ")))
    return keys


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="repository", description="The repository of updates.")
    commands = parser.add_subparsers(required=True, dest="command")
    made = commands.add_parser("new-key", help="make one key, in a file named after its part: root-1.pem")
    made.add_argument("file", type=Path)
    for name, says in (("begin", "make a repository"), ("publish", "a new version"), ("renew", "before it expires")):
        command = commands.add_parser(name, help=says)
        command.add_argument("--out", type=Path, required=True, help="the repository")
        command.add_argument("--key", type=Path, action="append", required=True, help="a key's file, for each")
        if name == "publish":
            command.add_argument("--version", required=True)
            command.add_argument("--min-schema", type=int, required=True, help="oldest vault that it opens")
            command.add_argument("--package", action="append", required=True, metavar="PLATFORM=FILE")
    change = commands.add_parser("change-key", help="put one key in another's place")
    change.add_argument("--out", type=Path, required=True)
    change.add_argument("--key", type=Path, action="append", required=True, help="root keys, the new one too")
    change.add_argument("--role", choices=list(NEEDED), required=True)
    change.add_argument("--old", required=True, help="id of the key that goes")
    change.add_argument("--new", type=Path, required=True, help="file of the key that comes")
    play = commands.add_parser("rehearse", help="play all of it with keys that are thrown away")
    play.add_argument("--out", type=Path, help="keep what was made here")
    told = parser.parse_args()
    if told.command == "rehearse":
        folder = told.out or Path(tempfile.mkdtemp(prefix="updates-"))
        rehearse(folder, print)
        if told.out is None:
            shutil.rmtree(folder)
        return 0
    if told.command == "new-key":
        key = new_key()
        write_key(key, told.file, getpass.getpass("Words that encrypt it: "))
        print(f"{told.file}: {key.public_key.keyid}")
        return 0
    repository, keys = Repository(folder=told.out, now=datetime.now(UTC)), _keys(told)
    if told.command == "begin":
        repository.begin(keys)
    elif told.command == "publish":
        pairs = [part.split("=", 1) for part in told.package]
        packages = [(platform, Path(file)) for platform, file in pairs]
        repository.publish(packages, version=told.version, min_schema=told.min_schema, keys=keys)
    elif told.command == "renew":
        repository.renew(keys)
    else:
        new = read_key(told.new, getpass.getpass(f"Words of {told.new.name}: "))
        repository.change_key(told.role, told.old, new, [*keys["root"], *([new] if told.role == "root" else [])])
    return 0


if __name__ == "__main__":
    sys.exit(main())
