"""Extracts of the audit, changed in every way somebody might, and how many of the changes a verifier misses.

    python -m tests.security.audit_mutations --count 10000

prints how many were tried of each kind, how many were missed, and how long it took. The suite runs some hundreds.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.audit_extract import ChainToExtract, extract_lines
from app.security.audit_chain import NO_PREVIOUS, ChainEntry, seal_entry
from app.security.device_key import DeviceKey
from sync.protocol.proof import sign_control

VERIFIER = Path(__file__).parents[2] / "resources" / "audit" / "verify_audit_extract.py"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORG = UUID("018f0000-0000-7000-8000-00000000000a")
DEVICES = tuple(UUID(f"018f0000-0000-7000-8000-0000000000d{number}") for number in range(2))
ACTOR = UUID("018f0000-0000-7000-8000-0000000000aa")
LENGTH = 12

Lines = list[dict[str, Any]]


def verifier() -> ModuleType:
    """Load the single file as it is shipped."""
    spec = importlib.util.spec_from_file_location("verify_audit_extract", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class World:
    """Two laptops, a service, and the extract of their audit."""

    keys: dict[UUID, DeviceKey]
    service: Ed25519PrivateKey
    lines: Lines

    @classmethod
    def make(cls, *, length: int = LENGTH) -> World:
        keys = {device: DeviceKey(bytearray(bytes([number + 7]) * 32)) for number, device in enumerate(DEVICES)}
        service = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
        bodies = {device: chain(device, keys[device], length) for device in DEVICES}
        receipts = [
            sign_control(
                {"device": str(device), "seq": seq, "head": bodies[device][seq - 1]["hash"], "at": START.isoformat()},
                service,
            )
            for device in DEVICES
            for seq in (length // 2, length)
        ]
        made = extract_lines(
            org=ORG,
            at=START,
            service_keys=[service.public_key().public_bytes_raw()],
            chains=[
                ChainToExtract(
                    device=device,
                    algorithm="ed25519",
                    public=keys[device].public,
                    entries=length,
                    head=bodies[device][-1]["hash"],
                    bodies=bodies[device],
                )
                for device in DEVICES
            ],
            receipts=receipts,
        )
        return cls(keys=keys, service=service, lines=[json.loads(line) for line in made])

    @property
    def fingerprint(self) -> str:
        return sha256(self.service.public_key().public_bytes_raw()).hexdigest()

    @property
    def heads(self) -> list[tuple[str, int, str]]:
        """What somebody outside wrote down."""
        return [(each["device"], each["entries"], each["head"]) for each in self.lines[0]["chains"]]


def chain(device: UUID, key: DeviceKey, length: int) -> list[dict[str, Any]]:
    """Return the bodies of a laptop's chain, sealed as the program seals them."""
    bodies: list[dict[str, Any]] = []
    previous = NO_PREVIOUS
    for seq in range(1, length + 1):
        at = START + timedelta(minutes=seq)
        entry = ChainEntry(
            device=device,
            seq=seq,
            previous=previous,
            at=at,
            clock_doubt=seq == 5,
            actor=ACTOR,
            role="outreach_worker",
            action="open_person",
            subject=f"{seq % 3:016x}",
            reason="referral",
            commitment="",
            app_version="0.1.0",
        )
        sealed = seal_entry(entry, key.sign)
        bodies.append(
            {
                "device": str(device), "seq": seq, "previous": previous, "at": at.isoformat(),
                "clock_doubt": entry.clock_doubt, "created_by": str(ACTOR), "created_role": entry.role,
                "action": entry.action, "subject": entry.subject, "reason": entry.reason,
                "app_version": entry.app_version, "hash": sealed.hash, "signature": sealed.signature.hex(),
            }
        )  # fmt: skip
        previous = sealed.hash
    return bodies


def written(lines: Lines) -> bytes:
    """Return an extract with an end that fits, as somebody who knows the format would write it."""
    content = b"".join(_line(line) for line in lines if line["t"] != "end")
    count = content.count(b"\n")
    return content + _line({"t": "end", "lines": count, "sha256": sha256(content).hexdigest()})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


# --- what somebody does to it ------------------------------------------------------------------------------------


def _entries(lines: Lines, device: str) -> Lines:
    return [line for line in lines if line["t"] == "entry" and line["device"] == device]


def _settle(lines: Lines) -> Lines:
    """Make the first line say what follows it."""
    for told in lines[0]["chains"]:
        mine = _entries(lines, told["device"])
        told["entries"], told["head"] = len(mine), mine[-1]["hash"] if mine else ""
    return lines


def _sealed_again(line: dict[str, Any], key: DeviceKey) -> None:
    names = set(line) - {"t", "hash", "sig"}
    content = _line({name: line[name] for name in names})[:-1]
    digest = sha256(b"alongside-audit-v1" + content).digest()
    line["hash"], line["sig"] = digest.hex(), key.sign("alongside-audit-v1", digest).hex()


def _rewritten(lines: Lines, device: str, key: DeviceKey, first: int) -> None:
    """Number, link, hash and sign the rest of a chain anew, as whoever holds a key can."""
    mine = _entries(lines, device)
    for place in range(first, len(mine)):
        mine[place]["seq"] = place + 1
        mine[place]["previous"] = mine[place - 1]["hash"] if place else NO_PREVIOUS
        _sealed_again(mine[place], key)


def _other(value: Any, draw: random.Random) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + draw.choice((-1, 1, 60_000, -60_000))
        case str() if value:
            at = draw.randrange(len(value))
            sign = draw.choice([each for each in "0123456789abcdef" if each != value[at]])
            return value[:at] + sign + value[at + 1 :]
    return "refused"


def edit(world: World, lines: Lines, draw: random.Random) -> Lines:
    """One field of one entry; as it is, with a hash that fits, signed by another key, or by the laptop's own."""
    device = draw.choice(DEVICES)
    mine = _entries(lines, str(device))
    place = draw.randrange(len(mine))
    name = draw.choice(sorted(set(mine[place]) - {"t"}))
    mine[place][name] = _other(mine[place][name], draw)
    how = draw.randrange(4)
    if name in {"hash", "sig", "device", "seq", "previous"} or how == 0:
        return lines
    if how == 3:
        _rewritten(lines, str(device), world.keys[device], place)
        return _settle(lines)
    _sealed_again(mine[place], world.keys[device] if how == 1 else DeviceKey(bytearray(draw.randbytes(32))))
    return _settle(lines)


def delete(world: World, lines: Lines, draw: random.Random) -> Lines:
    """One entry, or several in a row; the rest as it was, or numbered and signed anew by the laptop."""
    device = draw.choice(DEVICES)
    mine = _entries(lines, str(device))
    place = draw.randrange(len(mine) - 1)
    gone = mine[place : place + draw.randrange(1, 4)]
    lines = [line for line in lines if not any(line is each for each in gone)]
    if draw.random() < 0.5:
        _rewritten(lines, str(device), world.keys[device], place)
    return _settle(lines)


def reorder(world: World, lines: Lines, draw: random.Random) -> Lines:
    """Two entries change places; the rest as it was, or signed anew by the laptop."""
    device = draw.choice(DEVICES)
    mine = _entries(lines, str(device))
    one, other = sorted(draw.sample(range(len(mine)), 2))
    at = [next(place for place, line in enumerate(lines) if line is mine[which]) for which in (one, other)]
    lines[at[0]], lines[at[1]] = lines[at[1]], lines[at[0]]
    if draw.random() < 0.5:
        _rewritten(lines, str(device), world.keys[device], one)
    return _settle(lines)


def insert(world: World, lines: Lines, draw: random.Random) -> Lines:
    """An entry a second time, or one that never was, signed by the laptop or by a stranger."""
    device = draw.choice(DEVICES)
    mine = _entries(lines, str(device))
    place = draw.randrange(len(mine))
    new = dict(draw.choice(mine))
    at = next(number for number, line in enumerate(lines) if line is mine[place])
    how = draw.randrange(3)
    if how:
        new |= {"reason": "consent", "at": new["at"] + 1}
        _sealed_again(new, world.keys[device] if how == 1 else DeviceKey(bytearray(draw.randbytes(32))))
    lines.insert(at, new)
    if how == 1:
        _rewritten(lines, str(device), world.keys[device], place)
    return _settle(lines)


def truncate(_world: World, lines: Lines, draw: random.Random) -> Lines:
    """The end of a chain is cut off, and every receipt that would tell."""
    device = draw.choice(DEVICES)
    kept = draw.randrange(LENGTH)
    mine = _entries(lines, str(device))[kept:]
    lines = [line for line in lines if not any(line is each for each in mine)]
    return _settle([line for line in lines if not _tells(line, str(device), kept)])


def roll_back(_world: World, lines: Lines, draw: random.Random) -> Lines:
    """The extract as it would have been on an earlier day: whole in itself."""
    for device in DEVICES:
        kept = draw.randrange(LENGTH)
        lines = [
            line
            for line in lines
            if not (line["t"] == "entry" and line["device"] == str(device) and line["seq"] > kept)
            and not _tells(line, str(device), kept)
        ]
    return _settle(lines)


def leave_out(_world: World, lines: Lines, draw: random.Random) -> Lines:
    """A laptop as if it had never been."""
    device = str(draw.choice(DEVICES))
    lines[0]["chains"] = [each for each in lines[0]["chains"] if each["device"] != device]
    return [
        line
        for line in lines
        if not (line["t"] == "entry" and line["device"] == device) and not _tells(line, device, 0)
    ]


def take_over(world: World, lines: Lines, draw: random.Random) -> Lines:
    """A chain of one's own making under a key of one's own, and receipts by a service of one's own."""
    device = draw.choice(DEVICES)
    key = DeviceKey(bytearray(draw.randbytes(32)))
    told = next(each for each in lines[0]["chains"] if each["device"] == str(device))
    told["public"] = key.public.hex()
    _entries(lines, str(device))[draw.randrange(LENGTH)]["reason"] = "consent"
    _rewritten(lines, str(device), key, 0)
    service = Ed25519PrivateKey.from_private_bytes(draw.randbytes(32))
    lines[0]["service_keys"] = [service.public_key().public_bytes_raw().hex()]
    for line in lines:
        if line["t"] == "receipt":
            named = line["receipt"]["device"], line["receipt"]["seq"]
            head = _entries(lines, named[0])[named[1] - 1]["hash"]
            line["receipt"] = sign_control({**line["receipt"], "head": head}, service)
    return _settle(lines)


def _tells(line: dict[str, Any], device: str, kept: int) -> bool:
    return line["t"] == "receipt" and line["receipt"]["device"] == device and line["receipt"]["seq"] > kept


MUTATIONS: tuple[Callable[[World, Lines, random.Random], Lines], ...] = (
    edit, edit, edit, delete, reorder, insert, truncate, roll_back, leave_out, take_over,
)  # fmt: skip


def mutated(world: World, draw: random.Random) -> tuple[str, bytes]:
    """Return an extract that is not what it was, and what was done to it."""
    original = written(world.lines)
    while True:
        if draw.random() < 0.1:
            at = draw.randrange(len(original))
            how = draw.choice(("flip", "cut"))
            flipped = bytes([original[at] ^ draw.randrange(1, 256)])
            changed = original[:at] + (flipped + original[at + 1 :] if how == "flip" else b"")
            return f"bytes {how}", changed
        mutation = draw.choice(MUTATIONS)
        content = written(mutation(world, json.loads(json.dumps(world.lines)), draw))
        if content != original:
            return mutation.__name__, content


def missed(count: int, *, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Return how many of each kind were tried, and what the verifier did not find."""
    program, world, draw = verifier(), World.make(), random.Random(seed)
    file = folder / "extract.jsonl"
    tried: Counter[str] = Counter()
    found_nothing: list[str] = []
    for number in range(count):
        kind, content = mutated(world, draw)
        tried[kind] += 1
        file.write_bytes(content)
        try:
            report = program.verify(file, heads=world.heads, service_keys=[world.fingerprint])
        except (program.Unreadable, KeyError, TypeError, ValueError):
            continue
        if not report.faults:
            found_nothing.append(f"{number}: {kind}")
    return tried, found_nothing


def main() -> None:
    """Run the documented run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20_260_302)
    told = parser.parse_args()
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        tried, found_nothing = missed(told.count, seed=told.seed, folder=Path(folder))
    for kind, count in sorted(tried.items()):
        print(f"{kind:12} {count:7,}")
    print(f"{sum(tried.values()):,} tried, {len(found_nothing)} missed, {time.monotonic() - begun:.0f} s")
    if found_nothing:
        sys.exit("\n".join(found_nothing))


if __name__ == "__main__":
    main()
