"""From a password to key material: which passwords are taken, what deriving costs, Argon2id itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app.errors import BadInputError, SignInError
from app.security.secret_bytes import KEY_BYTES, clear

SHORTEST = 12
"""Fewest characters of a password (security.md 2.3; OWASP ASVS 5.0 asks for 8 at least)."""

LONGEST = 1_000
"""Most characters: far above any passphrase, low enough that pasting a file is told to the person."""

WORDS = 4
"""Words of an offered password: 4 of 7 776 are 51 bits."""

SALT_BYTES = 16
_MEBIBYTE = 1_024

_DISGUISES = str.maketrans("0134578@$!|+", "oleastbasilt")
_SEPARATORS = re.compile(r"[\s\-._,;]+")


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one derivation costs: memory in KiB, passes over it, lanes.

    The bounds are those above which a planted slots file would hang the sign-in screen (security.md 2.2).
    """

    memory_kib: Annotated[int, msgspec.Meta(ge=8, le=1_024 * _MEBIBYTE)]
    iterations: Annotated[int, msgspec.Meta(ge=1, le=20)]
    lanes: Annotated[int, msgspec.Meta(ge=1, le=16)]

    def __post_init__(self) -> None:
        # RFC 9106, section 3.1: memory is at least 8 KiB for each lane.
        if self.memory_kib < 8 * self.lanes:
            raise ValueError("memory below 8 KiB a lane")

    def is_below(self, least: Cost) -> bool:
        """Return whether this asks for less memory or fewer passes than `least`."""
        return self.memory_kib < least.memory_kib or self.iterations < least.iterations


FLOOR = Cost(memory_kib=64 * _MEBIBYTE, iterations=3, lanes=1)
"""The least a slot may cost: second choice of RFC 9106, section 4."""

PASSWORD_ONLY_FLOOR = Cost(memory_kib=256 * _MEBIBYTE, iterations=3, lanes=1)
"""The least where no device secret stands behind the password (security.md 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """What passwords are held against.

    Attributes:
        words: the list that passwords are offered from, sorted.
        denied: common passwords, letters only, in small letters.
        names: names that count as no part of a password, letters only, in small letters.
    """

    words: tuple[str, ...]
    denied: frozenset[str]
    names: frozenset[str]


def load_password_rules(folder: Path) -> PasswordRules:
    """Read `words.txt`, `denied.txt` and `names.txt` of `folder`."""
    words, denied, names = (
        (folder / name).read_text(encoding="utf-8").split() for name in ("words.txt", "denied.txt", "names.txt")
    )
    return PasswordRules(words=tuple(words), denied=frozenset(denied), names=frozenset(names))


def offer_password(rules: PasswordRules, random_below: Callable[[int], int]) -> str:
    """Return four words drawn at random; `random_below(n)` answers 0 to n-1, each as likely."""
    return " ".join(rules.words[random_below(len(rules.words))] for _ in range(WORDS))


def check_password(password: str, rules: PasswordRules, *, names: Iterable[str] = (), words_only: bool = False) -> None:
    """Refuse a password that is short, common, or made of names.

    Args:
        password: as it was typed.
        rules: the lists.
        names: of the person, their organisation and their account: no part of a password.
        words_only: four different words of the list are asked for, as where the keyring is missing.

    Raises:
        BadInputError: `password.new.` `too_short`, `too_long`, `needs_words`, `repeated`, `common`, `name`.
    """
    text = normalise(password)
    if len(text) > LONGEST:
        raise BadInputError.at("password", "new", "too_long", most=LONGEST)
    if words_only and _count_words(text, rules) < WORDS:
        raise BadInputError.at("password", "new", "needs_words", words=WORDS)
    if len(text) < SHORTEST:  # Four words of the list always reach this: the shortest has three letters.
        raise BadInputError.at("password", "new", "too_short", least=SHORTEST)
    if len(set(text.casefold())) < 5:
        raise BadInputError.at("password", "new", "repeated")
    for letters in _readings(text):
        if _unit(letters) in rules.denied:
            raise BadInputError.at("password", "new", "common")
        if _is_only_names(letters, rules.names | {_letters(name) for name in names}):
            raise BadInputError.at("password", "new", "name")


def normalise(password: str) -> str:
    """Return the password in NFC: an accent typed on another keyboard must not lock anybody out."""
    return unicodedata.normalize("NFC", password)


def stretch(password: str, *, salt: bytes, cost: Cost) -> bytearray:
    """Return 32 bytes of Argon2id (RFC 9106) over the password; the caller clears them.

    Raises:
        SignInError: `auth.not_enough_memory`. The cost is never lowered to get by.
    """
    stretched = bytearray(KEY_BYTES)
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    try:
        # A surrogate half cannot be typed, but it can be pasted: it must be wrong, not a crash.
        kdf.derive_into(normalise(password).encode("utf-8", "surrogatepass"), stretched)
    except MemoryError as error:
        raise SignInError("auth.not_enough_memory", memory_mib=cost.memory_kib // _MEBIBYTE) from error
    return stretched


def seconds_for(cost: Cost, *, monotonic: Callable[[], float]) -> float:
    """Return how long one derivation takes on this machine, now."""
    started = monotonic()
    clear(stretch("measured", salt=bytes(SALT_BYTES), cost=cost))
    return monotonic() - started


def calibrate(measure_s: Callable[[Cost], float], *, cores: int, least: Cost = FLOOR) -> Cost:
    """Return the cheapest cost from `least` up that takes 0.4 s, or the last that stays within 1.0 s.

    Memory is raised to 256 MiB first, then the passes: memory is what a guessing machine lacks.

    Args:
        measure_s: derives once at a cost and returns the seconds it took.
        cores: of this machine; up to 4 become lanes.
        least: never below this, however slow the machine.
    """
    lanes = min(4, max(1, cores))
    cost = Cost(memory_kib=least.memory_kib, iterations=least.iterations, lanes=lanes)
    seconds = measure_s(cost)
    while seconds < 0.4 and (dearer := _dearer(cost)) is not None:
        seconds = measure_s(dearer)
        if seconds > 1.0:
            break
        cost = dearer
    return cost


def _dearer(cost: Cost) -> Cost | None:
    if cost.memory_kib < 256 * _MEBIBYTE:
        return Cost(memory_kib=cost.memory_kib * 2, iterations=cost.iterations, lanes=cost.lanes)
    if cost.iterations < 20:
        return Cost(memory_kib=cost.memory_kib, iterations=cost.iterations + 1, lanes=cost.lanes)
    return None


def _count_words(text: str, rules: PasswordRules) -> int:
    known = frozenset(rules.words)
    folded = text.casefold()
    # Two ways to cut, because a few words of the list hold a hyphen themselves.
    return max(len(known.intersection(folded.split())), len(known.intersection(_SEPARATORS.split(folded))))


def _readings(text: str) -> set[str]:
    """Return the letters of a password as typed, and with digits and signs read as the letters they mimic."""
    return {_letters(text), _letters(text.translate(_DISGUISES)), _letters(text.rstrip("0123456789!$@"))}


def _letters(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in bare if sign.isalpha())


def _unit(letters: str) -> str:
    """Return `pass` for `passpasspass`: repeating a word does not make it long."""
    repeated = re.fullmatch(r"(.+?)\1+", letters)
    return repeated[1] if repeated else letters


def _is_only_names(letters: str, names: Iterable[str]) -> bool:
    """Return whether fewer than four letters are left once every name is taken out, and a name was in it."""
    rest = letters
    for name in sorted((name for name in names if len(name) > 2), key=len, reverse=True):
        rest = rest.replace(name, "")
    return rest != letters and len(rest) < 4
