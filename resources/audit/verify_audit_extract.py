"""Check an audit extract of Alongside: that no entry was changed, left out, moved, added or cut off.

It needs Python 3.9 or newer and the package `cryptography`, nothing else, and opens no network. What a line holds is
written in docs/reference/audit-extract.md. Take this program from the release, not from whoever made the extract.

    python verify_audit_extract.py EXTRACT [--earlier EXTRACT] [--head DEVICE:SEQ:HASH] [--service-key FINGERPRINT]

`--earlier` is an extract you kept from last time, `--head` a place of a chain that you or somebody else wrote down,
`--service-key` the fingerprint that the operator of the service, or an administrator who set up a laptop, reads out.
Each may be given several times. They are what shows that an extract is not simply an older or shorter one.

Exit codes: 0 everything holds; 1 something does not; 2 the file cannot be read; 3 what could be checked holds, but
something could not be checked, and the report says what.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "alongside-audit-extract"
NO_PREVIOUS = "0" * 64
AUDIT_PURPOSE = b"alongside-audit-v1"
CONTROL_PURPOSE = b"alongside-control-v1"
LONGEST_LINE = 16 * 1024 * 1024
"""A header names every laptop of a charity; an entry has some hundred characters."""
HASHED = (
    "version", "device", "seq", "previous", "at", "clock_doubt", "actor", "role", "action", "subject", "reason",
    "commitment", "app_version",
)  # fmt: skip
KEPT_FAULTS = 20
"""As many are told; the rest is counted."""

Head = tuple[str, int, str]


class Unreadable(Exception):  # noqa: N818 - a plain word for people
    """Why a file is no extract."""


class Chain:
    """What was seen of one laptop's chain so far."""

    def __init__(self, told: dict[str, Any]) -> None:
        """Take what the first line says of it."""
        self.device = str(told["device"])
        self.entries = int(told["entries"])
        self.head = str(told["head"])
        self.fingerprint = hashlib.sha256(bytes.fromhex(told["public"])).hexdigest() if told["public"] else ""
        self.key: Ed25519PublicKey | None = None
        if told["public"] and told["alg"] == "ed25519":
            self.key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["public"]))
        self.seq = 0
        self.last = NO_PREVIOUS
        self.known_to = 0
        self.doubtful = 0
        self.is_broken = False


class Report:
    """What was found."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.faults: list[str] = []
        self.open: list[str] = []
        self.chains: dict[str, Chain] = {}
        self.wanted: dict[tuple[str, int], tuple[str, str]] = {}
        self.receipts = 0
        self.anchors = 0

    def fault(self, words: str) -> None:
        """Note what does not hold."""
        self.faults.append(words)


def verify(
    path: Path,
    *,
    earlier: Sequence[Path] = (),
    heads: Sequence[Head] = (),
    service_keys: Sequence[str] = (),
) -> Report:
    """Check a whole extract; never holds more of it than a line and the anchors.

    Args:
        path: the extract.
        earlier: extracts of the same charity that were kept.
        heads: places of chains that were written down elsewhere: laptop, number, hash.
        service_keys: fingerprints (SHA-256, hexadecimal) of keys of the central service.

    Raises:
        Unreadable: it is no extract of this format.
    """
    report = Report()
    head, receipts = _read_ends(path)
    keys = [bytes.fromhex(key) for key in head["service_keys"]]
    known = [_plain(each) for each in service_keys]
    if known and not any(hashlib.sha256(key).hexdigest() in known for key in keys):
        report.fault("The extract names another key of the central service than the one you were told.")
        keys = []
    elif receipts and not known:
        report.open.append("The service's key was taken from the extract itself: ask for its fingerprint.")
    for told in head["chains"]:
        chain = Chain(told)
        if chain.device in report.chains:
            report.fault(f"Laptop {chain.device}: it is named twice.")
        report.chains[chain.device] = chain
    for receipt in receipts:
        _take_receipt(report, receipt, keys)
    for file in earlier:
        for place in heads_of(file):
            _take_head(report, place, f"the earlier extract {file.name}")
    for place in heads:
        _take_head(report, place, "the place that you gave")
    for line in _lines(path):
        if line["t"] == "entry":
            _take_entry(report, line)
    _finish(report)
    return report


def heads_of(path: Path) -> list[Head]:
    """Return the newest place of each chain of an extract, by its own entries."""
    found: dict[str, Head] = {}
    for line in _lines(path):
        if line["t"] == "entry":
            found[str(line["device"])] = (str(line["device"]), int(line["seq"]), str(line["hash"]))
    return list(found.values())


def _read_ends(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the first line and the receipts, once the file is known to be as it was written."""
    first: dict[str, Any] | None = None
    receipts: list[dict[str, Any]] = []
    for line in _lines(path):
        if first is None:
            first = line
        elif line["t"] == "receipt":
            receipts.append(line["receipt"])
    if first is None or first.get("t") != "extract" or first.get("format") != FORMAT:
        raise Unreadable("It does not begin as an extract does.")
    if first.get("version") != 1:
        raise Unreadable("It is of a newer format. Take the program of that version.")
    return first, receipts


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines; at the end the file has its number of lines, and its digest."""
    digest, count, ended = hashlib.sha256(), 0, False
    with path.open("rb") as file:
        while raw := file.readline(LONGEST_LINE + 1):
            if ended:
                raise Unreadable("Something stands after its end.")
            if len(raw) > LONGEST_LINE or not raw.endswith(b"\n"):
                raise Unreadable(f"Line {count + 1} is cut off.")
            line = _parsed(raw, count + 1)
            if line["t"] == "end":
                if line.get("lines") != count or line.get("sha256") != digest.hexdigest():
                    raise Unreadable("It is not as it was written: its digest differs.")
                ended = True
                continue
            digest.update(raw)
            count += 1
            yield line
    if not ended:
        raise Unreadable("It has no end: it was cut off.")


def _parsed(raw: bytes, number: int) -> dict[str, Any]:
    try:
        line = json.loads(raw, object_pairs_hook=_without_doubles, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"Line {number} cannot be read.") from error
    if not isinstance(line, dict) or line.get("t") not in ("extract", "entry", "receipt", "end"):
        raise Unreadable(f"Line {number} is none of this format.")
    return line


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(_constant: str) -> Any:
    raise ValueError("not a number")


def _take_receipt(report: Report, receipt: dict[str, Any], keys: Sequence[bytes]) -> None:
    fields = {name: value for name, value in receipt.items() if name != "sig"}
    text = str(receipt.get("sig", ""))
    signature = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    signed = CONTROL_PURPOSE + b"\n" + _canonical(fields)
    if not any(_holds(Ed25519PublicKey.from_public_bytes(key), signature, signed) for key in keys):
        report.fault(f"Laptop {receipt.get('device')}: a receipt was not signed by the central service.")
        return
    report.receipts += 1
    place = str(receipt["device"]), int(receipt["seq"]), str(receipt["head"])
    _take_head(report, place, "the service's receipt")


def _take_head(report: Report, place: Head, whose: str) -> None:
    device, seq, digest = place
    report.anchors += 1
    there = report.wanted.setdefault((device, seq), (digest, whose))
    if there[0] != digest:
        report.fault(f"Laptop {device}, entry {seq}: {whose} says another hash than {there[1]}.")


def _take_entry(report: Report, line: dict[str, Any]) -> None:
    chain = report.chains.get(str(line.get("device")))
    if chain is None:
        report.fault(f"Laptop {line.get('device')}: it has an entry and is not named in the first line.")
        return
    if chain.is_broken:
        return
    words = _fault_of(chain, line)
    if words:
        # What comes after it can only follow from it: one fault a chain tells where to look.
        chain.is_broken = True
        report.fault(f"Laptop {chain.device}, entry {chain.seq + 1}: {words}")
        return
    chain.seq, chain.last = line["seq"], line["hash"]
    chain.doubtful += bool(line["clock_doubt"])
    known = report.wanted.pop((chain.device, chain.seq), None)
    if known is None:
        return
    chain.known_to = chain.seq
    if known[0] != chain.last:
        report.fault(f"Laptop {chain.device}, entry {chain.seq}: it is not the one that {known[1]} names.")


def _fault_of(chain: Chain, line: dict[str, Any]) -> str:
    if set(line) != {"t", "hash", "sig", *HASHED} or not isinstance(line["seq"], int):
        return "it is not of this format."
    if line["seq"] > chain.seq + 1:
        return "it is missing, or stands elsewhere."
    if line["seq"] <= chain.seq:
        return f"number {line['seq']} stands here a second time, or out of its order."
    if line["previous"] != chain.last:
        return "it does not follow on the one before."
    digest = hashlib.sha256(AUDIT_PURPOSE + _canonical({name: line[name] for name in HASHED})).hexdigest()
    if line["hash"] != digest:
        return "its words are not those that were hashed."
    if chain.key is not None:
        try:
            signature = bytes.fromhex(str(line["sig"]))
        except ValueError:
            return "its signature cannot be read."
        if not _holds(chain.key, signature, AUDIT_PURPOSE + b"\n" + bytes.fromhex(digest)):
            return "the laptop's key did not sign it."
    return ""


def _finish(report: Report) -> None:
    for chain in report.chains.values():
        if chain.is_broken:
            continue
        if (chain.seq, chain.last if chain.seq else "") != (chain.entries, chain.head):
            report.fault(f"Laptop {chain.device}: it ends at entry {chain.seq}, its first line says {chain.entries}.")
        if chain.key is None:
            report.open.append(f"Laptop {chain.device}: its key is not in the extract; signatures were not checked.")
        if not chain.known_to:
            report.open.append(f"Laptop {chain.device}: nothing from outside tells how far its chain went.")
    for (device, seq), (_digest, whose) in sorted(report.wanted.items()):
        found = report.chains.get(device)
        if found is None:
            report.fault(f"Laptop {device}: {whose} names it, and its chain is not here.")
        elif not found.is_broken:
            report.fault(f"Laptop {device}: {whose} names entry {seq}, and the chain ends at {found.seq}.")


def _holds(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(fingerprint: str) -> str:
    return "".join(sign for sign in fingerprint.lower() if sign in "0123456789abcdef")


def _head_of(text: str) -> Head:
    device, seq, digest = text.split(":")
    return device, int(seq), digest


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is named and say what was found; returns the exit code."""
    parser = argparse.ArgumentParser(allow_abbrev=False, description="Check an audit extract of Alongside.")
    parser.add_argument("extract", type=Path, metavar="EXTRACT")
    parser.add_argument("--earlier", type=Path, action="append", default=[], metavar="EXTRACT")
    parser.add_argument("--head", type=_head_of, action="append", default=[], metavar="DEVICE:SEQ:HASH")
    parser.add_argument("--service-key", action="append", default=[], metavar="FINGERPRINT")
    told = parser.parse_args(arguments)
    try:
        report = verify(told.extract, earlier=told.earlier, heads=told.head, service_keys=told.service_key)
    except OSError as error:
        print(f"The file cannot be read ({error.strerror}).", file=sys.stderr)  # noqa: T201
        return 2
    except (Unreadable, KeyError, TypeError, ValueError) as error:
        words = str(error) if isinstance(error, Unreadable) else "A line is not of this format."
        print(f"This is no whole extract. {words}", file=sys.stderr)  # noqa: T201
        return 2
    return _say(report)


def _say(report: Report) -> int:
    for chain in report.chains.values():
        state = "does NOT hold" if chain.is_broken else f"entries 1 to {chain.seq} follow on each other"
        doubt = f", {chain.doubtful} under a doubtful clock" if chain.doubtful else ""
        known = f", known from outside up to {chain.known_to}" if chain.known_to else ""
        print(f"Laptop {chain.device}: {state}{known}{doubt}. Key {chain.fingerprint[:16] or 'not known'}.")  # noqa: T201
    print(f"{report.receipts} receipts of the service, {report.anchors} known places in all.")  # noqa: T201
    for words in report.faults[:KEPT_FAULTS]:
        print(f"FAULT  {words}")  # noqa: T201
    if len(report.faults) > KEPT_FAULTS:
        print(f"FAULT  and {len(report.faults) - KEPT_FAULTS} more.")  # noqa: T201
    for words in report.open:
        print(f"NOT CHECKED  {words}")  # noqa: T201
    if report.faults:
        print("The extract does NOT hold.")  # noqa: T201
        return 1
    if report.open:
        print("What could be checked holds.")  # noqa: T201
        return 3
    print("Everything holds.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
