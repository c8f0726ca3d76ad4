"""The custodians' key on paper: any two of three envelopes open it, one alone says nothing about it.

r1, r2, r3 with r1 xor r2 xor r3 = key; A keeps r1 and r2, B r2 and r3, C r3 and r1 (security.md 2.1). Each
share names its holder and the key it belongs to, and carries a checksum, so a misread word is found before
anything is tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Literal, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.custody.erasing import KEY_BYTES, RandomBytes, clear
from app.errors import BadInputError

Holder = Literal["A", "B", "C"]

_HOLDERS: tuple[Holder, ...] = ("A", "B", "C")
_KEY_MARK_BYTES = 5
_CHECK_BYTES = 5
# 1 + 5 + 64 + 5 = 75 bytes: 50 words of 12 bits, or 120 signs of base 32 without padding.
_SHARE_BYTES = 1 + _KEY_MARK_BYTES + 2 * KEY_BYTES + _CHECK_BYTES
_WORDS = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one custodian keeps: two of the three parts.

    Attributes:
        holder: whose envelope.
        key_mark: first bytes of the public key's hash: shares of two keys are never mixed.
        parts: A has parts 1 and 2, B 2 and 3, C 3 and 1, in this order.
    """

    holder: Holder
    key_mark: bytes
    parts: bytearray = field(repr=False)

    def clear(self) -> None:
        """Overwrite the parts."""
        clear(self.parts)

    def to_text(self) -> str:
        """Return the share for a QR code: 24 groups of five signs."""
        signs = base64.b32encode(self._packed()).decode("ascii")
        return "-".join(signs[start : start + 5] for start in range(0, len(signs), 5))

    def to_words(self, words: tuple[str, ...]) -> str:
        """Return the share as 50 words of a sorted list, to be written out and typed in."""
        number = int.from_bytes(self._packed(), "big")
        count = _SHARE_BYTES * 8 // 12
        return " ".join(words[(number >> (12 * place)) % _WORDS] for place in reversed(range(count)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the share of a QR code; case, spaces and hyphens do not count.

        Raises:
            BadInputError: `recovery.share.unreadable` or `recovery.share.checksum`.
        """
        signs = re.sub(r"[\s-]", "", text).upper()
        try:
            return cls._unpacked(base64.b32decode(signs))
        except ValueError:
            raise BadInputError.at("recovery", "share", "unreadable") from None

    @classmethod
    def from_words(cls, text: str, words: tuple[str, ...]) -> Self:
        """Return the share of typed words.

        Raises:
            BadInputError: `recovery.share.unknown_word` (with its `place`, from 1), `recovery.share.unreadable`
                or `recovery.share.checksum`.
        """
        places = {word: place for place, word in enumerate(words[:_WORDS])}
        number = 0
        typed = text.casefold().split()
        for place, word in enumerate(typed, start=1):
            if word not in places:
                raise BadInputError.at("recovery", "share", "unknown_word", place=place)
            number = number << 12 | places[word]
        if len(typed) != _SHARE_BYTES * 8 // 12:
            raise BadInputError.at("recovery", "share", "unreadable")
        return cls._unpacked(number.to_bytes(_SHARE_BYTES, "big"))

    def _packed(self) -> bytes:
        content = self.holder.encode("ascii") + self.key_mark + self.parts
        return content + _checksum(content)

    @classmethod
    def _unpacked(cls, packed: bytes) -> Self:
        content, check = packed[:-_CHECK_BYTES], packed[-_CHECK_BYTES:]
        if len(packed) != _SHARE_BYTES:
            raise BadInputError.at("recovery", "share", "unreadable")
        if not hmac.compare_digest(_checksum(content), check):
            raise BadInputError.at("recovery", "share", "checksum")
        for holder in _HOLDERS:
            if content[:1] == holder.encode("ascii"):
                parts = bytearray(content[1 + _KEY_MARK_BYTES :])
                return cls(holder=holder, key_mark=content[1 : 1 + _KEY_MARK_BYTES], parts=parts)
        raise BadInputError.at("recovery", "share", "unreadable")


def make_recovery_key(random_bytes: RandomBytes) -> tuple[bytearray, bytes]:
    """Return a new private key, to be split and cleared, and its public half."""
    private = bytearray(random_bytes(KEY_BYTES))
    return private, _public_of(private)


def fingerprint(public: bytes) -> str:
    """Return what administrator and custodians compare: eight groups of four hexadecimal signs."""
    digits = hashlib.sha256(b"alongside-recovery-v1" + public).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def split(private: bytearray, random_bytes: RandomBytes) -> tuple[Share, Share, Share]:
    """Return the shares of custodians A, B and C."""
    first, second = bytearray(random_bytes(KEY_BYTES)), bytearray(random_bytes(KEY_BYTES))
    third = _xor(private, first, second)
    mark = _key_mark(_public_of(private))
    share_a = Share(holder="A", key_mark=mark, parts=first + second)
    share_b = Share(holder="B", key_mark=mark, parts=second + third)
    share_c = Share(holder="C", key_mark=mark, parts=third + first)
    clear(first, second, third)
    return share_a, share_b, share_c


def join(one: Share, other: Share) -> bytearray:
    """Return the private key of two different shares, in any order; the caller clears it.

    Raises:
        BadInputError: `recovery.share.same_holder`, or `recovery.share.other_key` when the two do not
            belong together.
    """
    if one.holder == other.holder:
        raise BadInputError.at("recovery", "share", "same_holder")
    # Put the pair in the order of the ring A → B → C → A: the second part of one is the first of the next.
    if (_HOLDERS.index(one.holder) + 1) % 3 != _HOLDERS.index(other.holder):
        one, other = other, one
    private = _xor(one.parts[:KEY_BYTES], one.parts[KEY_BYTES:], other.parts[KEY_BYTES:])
    if not one.key_mark == other.key_mark == _key_mark(_public_of(private)):
        clear(private)
        raise BadInputError.at("recovery", "share", "other_key")
    return private


def _xor(first: bytearray, second: bytearray, third: bytearray) -> bytearray:
    return bytearray(a ^ b ^ c for a, b, c in zip(first, second, third, strict=True))


def _public_of(private: bytearray) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _key_mark(public: bytes) -> bytes:
    return hashlib.sha256(b"alongside-recovery-v1" + public).digest()[:_KEY_MARK_BYTES]


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(b"alongside-share-v1" + content).digest()[:_CHECK_BYTES]
