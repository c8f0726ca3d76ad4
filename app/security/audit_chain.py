"""The chain of audit entries of one device: pure functions that make links and find the first bad one.

An entry names nobody: the subject is a random handle, the detail a commitment. Erasing detail, salt and the
handle's mapping leaves the chain whole (security.md 7).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.canonical import canonical
from app.security.device_key import Purpose, signature_holds

NO_PREVIOUS = "0" * 64
"""What the first entry has in the place of the hash before."""

SALT_BYTES = 16
_HANDLE_BYTES = 16
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """What is hashed.

    Attributes:
        device: whose chain.
        seq: place in it, from 1 without gaps.
        previous: hash of the entry before, hexadecimal; `NO_PREVIOUS` in the first.
        at: by the device's clock, aware; counts to the millisecond.
        clock_doubt: that clock was not to be trusted.
        actor: who; `role` in which role.
        action: slug of `domain.md` 4.4.
        subject: random handle of the person it speaks of, or empty.
        reason: purpose or reason code, or empty.
        commitment: of `commit`, or empty.
        app_version: of the program that wrote it.
    """

    version: int = 1
    device: UUID
    seq: int
    previous: str
    at: datetime
    clock_doubt: bool
    actor: UUID
    role: str
    action: str
    subject: str
    reason: str
    commitment: str
    app_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """An entry with its hash (hexadecimal) and the device's signature over it."""

    entry: ChainEntry
    hash: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPoint:
    """A place in a chain that was written down elsewhere: in the mark, in a receipt, in a snapshot."""

    seq: int
    hash: str


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    MISSING = "missing"
    ALTERED = "altered"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    BELOW_MARK = "below_mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """The first thing wrong with a chain, and the number of the entry where it shows."""

    kind: FaultKind
    seq: int


def entry_bytes(entry: ChainEntry) -> bytes:
    """Return the canonical JSON of an entry: sorted keys, no spaces, UTF-8, no floats."""
    return canonical(
        {
            "version": entry.version,
            "device": str(entry.device),
            "seq": entry.seq,
            "previous": entry.previous,
            "at": (entry.at - _EPOCH) // _MILLISECOND,
            "clock_doubt": entry.clock_doubt,
            "actor": str(entry.actor),
            "role": entry.role,
            "action": entry.action,
            "subject": entry.subject,
            "reason": entry.reason,
            "commitment": entry.commitment,
            "app_version": entry.app_version,
        }
    )


def entry_hash(entry: ChainEntry) -> str:
    """Return SHA-256("alongside-audit-v1" | entry), hexadecimal."""
    return hashlib.sha256(Purpose.AUDIT.encode("ascii") + entry_bytes(entry)).hexdigest()


def seal_entry(entry: ChainEntry, sign: Callable[[str, bytes], bytes]) -> SealedEntry:
    """Return the entry with hash and signature; `sign` is `DeviceKey.sign`."""
    digest = entry_hash(entry)
    return SealedEntry(entry=entry, hash=digest, signature=sign(Purpose.AUDIT, bytes.fromhex(digest)))


def verify_chain(
    entries: Iterable[SealedEntry],
    *,
    device: UUID,
    public: bytes,
    after: ChainPoint | None = None,
    head: ChainPoint | None = None,
    mark: ChainPoint | None = None,
) -> ChainFault | None:
    """Return the first fault of a device's chain, or None.

    Entries are taken one by one, so a long chain needs no more memory than a short one.

    Args:
        entries: in the order they are stored.
        device: whose chain it is.
        public: that device's public key.
        after: where a check of the rest begins; None is the beginning.
        head: where the chain must reach to (a receipt, the vault's own note); less is `TRUNCATED`.
        mark: what the keyring remembers; a lower end, or another hash there, is `BELOW_MARK`.
    """
    at = after or ChainPoint(seq=0, hash=NO_PREVIOUS)
    rest = iter(entries)
    if fault := _fault_at(at, head=head, mark=mark):
        return fault
    for sealed in rest:
        fault = _fault_of_link(sealed, at, device, public)
        if fault is not None and fault.kind is FaultKind.MISSING:
            return _missing_or_later(fault.seq, rest)
        at = ChainPoint(seq=sealed.entry.seq, hash=sealed.hash)
        if fault := fault or _fault_at(at, head=head, mark=mark):
            return fault
    if head is not None and at.seq < head.seq:
        return ChainFault(kind=FaultKind.TRUNCATED, seq=at.seq + 1)
    if mark is not None and at.seq < mark.seq:
        return ChainFault(kind=FaultKind.BELOW_MARK, seq=at.seq + 1)
    return None


def new_subject_handle(random_bytes: Callable[[int], bytes]) -> str:
    """Return a random handle for a person: 32 hexadecimal signs that say nothing about them."""
    return random_bytes(_HANDLE_BYTES).hex()


def new_salt(random_bytes: Callable[[int], bytes]) -> bytes:
    """Return the salt of one detail."""
    return random_bytes(SALT_BYTES)


def commit(detail: bytes, *, salt: bytes) -> str:
    """Return SHA-256(salt | detail), hexadecimal: without the salt a short detail cannot be guessed from it."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt of another length could move bytes between salt and detail")
    return hashlib.sha256(salt + detail).hexdigest()


def _fault_at(at: ChainPoint, *, head: ChainPoint | None, mark: ChainPoint | None) -> ChainFault | None:
    for known, kind in ((head, FaultKind.ALTERED), (mark, FaultKind.BELOW_MARK)):
        if known is not None and known.seq == at.seq > 0 and known.hash != at.hash:
            return ChainFault(kind=kind, seq=at.seq)
    return None


def _missing_or_later(seq: int, rest: Iterable[SealedEntry]) -> ChainFault:
    """Tell an entry that is gone from one that only stands further back."""
    later = any(sealed.entry.seq == seq for sealed in rest)
    return ChainFault(kind=FaultKind.REORDERED if later else FaultKind.MISSING, seq=seq)


def _fault_of_link(sealed: SealedEntry, at: ChainPoint, device: UUID, public: bytes) -> ChainFault | None:
    entry = sealed.entry
    if entry.seq > at.seq + 1:
        return ChainFault(kind=FaultKind.MISSING, seq=at.seq + 1)
    if entry.seq <= at.seq:
        return ChainFault(kind=FaultKind.REORDERED, seq=entry.seq)
    whole = (
        entry.previous == at.hash
        and entry.device == device
        and entry_hash(entry) == sealed.hash
        and signature_holds(public, Purpose.AUDIT, bytes.fromhex(sealed.hash), sealed.signature)
    )
    return None if whole else ChainFault(kind=FaultKind.ALTERED, seq=entry.seq)
