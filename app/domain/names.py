"""Names as they are compared: folded, as they sound, in short forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from doublemetaphone import doublemetaphone
from rapidfuzz.distance import JaroWinkler

SOUNDS_ALIKE_FROM = 0.92
"""Jaro-Winkler similarity from which two names count as sounding alike (`domain.md` 8)."""

_SHORTEST_MAC = 6
"""Letters of a folded name from which `Mac` at its start is a prefix, not the name: MacKay, but not Mace."""

_LETTERS_WITHOUT_MARKS = MappingProxyType(
    str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
)
"""Letters that Unicode does not take apart into a letter and a mark."""

_PARTICLES = frozenset(
    "da das de del dela della der di do dos du e el la las le los van von den ter ten und y i"
    " al ul bin bint ibn abu ben ap ab ferch mac mc o ni nic ui".split()
)
"""Words that many family names have in common and that alone say nothing: Da Costa is not Da Silva."""

_BETWEEN_PARTS = re.compile(r"[\s\-\u2010-\u2015]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTables:
    """What is known of names as data; all names folded.

    Attributes:
        nicknames: a name to the names it may stand for, both ways.
        short_for: a short name to the full names it is short for.
        common_given: the 100 commonest given names.
        common_family: the 100 commonest family names.
    """

    nicknames: Mapping[str, frozenset[str]] = field(default_factory=dict)
    short_for: Mapping[str, frozenset[str]] = field(default_factory=dict)
    common_given: frozenset[str] = frozenset()
    common_family: frozenset[str] = frozenset()


def name_tables(
    *, groups: Iterable[Sequence[str]] = (), common_given: Iterable[str] = (), common_family: Iterable[str] = ()
) -> NameTables:
    """Return the tables from names as they are written; in each group the full name stands first."""
    nicknames: dict[str, frozenset[str]] = {}
    short_for: dict[str, frozenset[str]] = {}
    for group in groups:
        full, *short = (fold_name(name) for name in group)
        for name in (full, *short):
            nicknames[name] = nicknames.get(name, frozenset()) | {full, *short} - {name}
        for name in short:
            short_for[name] = short_for.get(name, frozenset()) | {full}
    return NameTables(
        nicknames=nicknames,
        short_for=short_for,
        common_given=frozenset(fold_name(name) for name in common_given),
        common_family=frozenset(fold_name(name) for name in common_family),
    )


def fold_name(name: str) -> str:
    """Return a name without case, accents, apostrophes, hyphens and spaces, `Mac` written `Mc`."""
    letters = name.casefold()
    if not (letters.isascii() and letters.isalpha()):
        spelled = unicodedata.normalize("NFKD", letters.translate(_LETTERS_WITHOUT_MARKS))
        letters = "".join(letter for letter in spelled if letter.isalpha())
    if letters.startswith("mac") and len(letters) >= _SHORTEST_MAC:
        return "mc" + letters[3:]
    return letters


def name_parts(name: str) -> frozenset[str]:
    """Return the folded parts of a double name; a lone initial is no part, nor is a word such as `de` or `al`."""
    parts = (fold_name(part) for part in _BETWEEN_PARTS.split(name))
    return frozenset(part for part in parts if len(part) > 1 and part not in _PARTICLES)


def sounds_of(folded: str) -> frozenset[str]:
    """Return the Double Metaphone codes of a folded name; one in another script is its own sound."""
    if not folded.isascii():
        return frozenset({folded})
    return frozenset(code for code in doublemetaphone(folded) if code) or frozenset({folded} - {""})


def sound_alike(one: str, other: str, *, sounds: Callable[[str], frozenset[str]] = sounds_of) -> bool:
    """Answer whether two folded names share a sound or are spelled nearly the same.

    Args:
        one: a folded name.
        other: another.
        sounds: `sounds_of`, or what remembers its answers where many names are compared.
    """
    return not sounds(one).isdisjoint(sounds(other)) or JaroWinkler.similarity(one, other) >= SOUNDS_ALIKE_FROM
