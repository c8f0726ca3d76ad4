"""The mark in the keyring: how far this vault had come, so that an older copy of it is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.errors import KeyringError
from app.security.device_secret import MARK, SecretStore

LONGEST = 300
"""Characters: Windows stops at 1 280, and others may stop earlier (security.md 3)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the keyring remembers.

    Attributes:
        audit_seq: highest number in this device's audit chain; 0 before the first.
        audit_hash: hash of that entry, hexadecimal; empty before the first.
        highest_time: highest time seen (aware UTC), to the millisecond.
        guesses: wrong guesses by `guess_key` of the person, those above 0.
    """

    audit_seq: int = 0
    audit_hash: str = ""
    highest_time: datetime | None = None
    guesses: Mapping[str, int] = field(default_factory=dict)

    def raised(self, *, seq: int, entry_hash: str, at: datetime) -> Mark:
        """Return the mark after an entry and at a moment; it only ever rises."""
        newer = seq > self.audit_seq
        return replace(
            self,
            audit_seq=seq if newer else self.audit_seq,
            audit_hash=entry_hash if newer else self.audit_hash,
            highest_time=at if self.highest_time is None else max(at, self.highest_time),
        )

    def with_guesses(self, person_id: UUID, count: int) -> Mark:
        """Return the mark with a person's wrong guesses."""
        others = {key: guesses for key, guesses in self.guesses.items() if key != guess_key(person_id)}
        return replace(self, guesses=others | {guess_key(person_id): count} if count else others)

    def guesses_of(self, person_id: UUID) -> int:
        """Return how many wrong guesses the mark counts for a person."""
        return self.guesses.get(guess_key(person_id), 0)


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mark as it is written: short names, because a keyring holds little."""

    s: Annotated[int, msgspec.Meta(ge=0)]
    h: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
    t: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)] | None
    g: dict[Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{6}$")], Annotated[int, msgspec.Meta(ge=1)]]
    v: Literal[1] = 1


def guess_key(person_id: UUID) -> str:
    """Return six signs that stand for a person in the mark, where 36 for each would not fit."""
    return hashlib.sha256(b"alongside-guesses-v1" + person_id.bytes).hexdigest()[:6]


def read_mark(store: SecretStore) -> Mark | None:
    """Return the mark, or None where none was written yet.

    Raises:
        KeyringError: the keyring cannot be read, or `keyring.secret_lost`: the value is no mark.
    """
    text = store.get(MARK)
    if text is None:
        return None
    try:
        stored = msgspec.json.decode(text, type=_Stored)
    except msgspec.MsgspecError:
        raise KeyringError("keyring.secret_lost") from None
    return Mark(
        audit_seq=stored.s,
        audit_hash=stored.h,
        highest_time=None if stored.t is None else _EPOCH + stored.t * _MILLISECOND,
        guesses=stored.g,
    )


def write_mark(store: SecretStore, mark: Mark) -> None:
    """Write the mark; where not everybody's guesses fit, the lowest counts stay in attempts.json alone."""
    kept = sorted(mark.guesses.items(), key=lambda entry: (-entry[1], entry[0]))
    while len(text := _render(mark, dict(kept))) > LONGEST:
        kept.pop()
    store.set(MARK, text)


def _render(mark: Mark, guesses: dict[str, int]) -> str:
    # Rounded up: read back, the highest time seen is never earlier than it was.
    milliseconds = None if mark.highest_time is None else -((_EPOCH - mark.highest_time) // _MILLISECOND)
    stored = _Stored(s=mark.audit_seq, h=mark.audit_hash, t=milliseconds, g=guesses)
    return msgspec.json.encode(stored).decode("ascii")
