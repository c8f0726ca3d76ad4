"""What differs between two long texts, said in words: a colour or a strike-through would be lost to a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# A sentence with the mark that ends it, or a line: small enough to compare, large enough to understand alone.
_SENTENCE = re.compile(r"[^.!?\n]*[.!?]+|[^.!?\n]+")


class Mark(StrEnum):
    """What became of some sentences: common to both texts, in this text alone, added to the earlier one, or removed."""

    COMMON = "common"
    ONLY_HERE = "only_here"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some sentences, and what became of them."""

    words: str
    mark: Mark


def compared(first: str, second: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces, each marked as common or as standing in that text alone."""
    ours, others = _sentences(first), _sentences(second)
    matcher = SequenceMatcher(a=ours, b=others, autojunk=False)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        mark = Mark.COMMON if tag == "equal" else Mark.ONLY_HERE
        for pieces, sentences in ((left, ours[i1:i2]), (right, others[j1:j2])):
            if sentences:
                pieces.append(Piece(words=" ".join(sentences), mark=mark))
    return tuple(left), tuple(right)


def changed(before: str, after: str) -> tuple[Piece, ...]:
    """Return a text in pieces, each marked by what its writer did to the earlier one."""
    olds, news = _sentences(before), _sentences(after)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=olds, b=news, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(words=" ".join(news[j1:j2]), mark=Mark.COMMON))
            continue
        pieces += [Piece(words=" ".join(olds[i1:i2]), mark=Mark.REMOVED)] if i2 > i1 else []
        pieces += [Piece(words=" ".join(news[j1:j2]), mark=Mark.ADDED)] if j2 > j1 else []
    return tuple(pieces)


def _sentences(text: str) -> list[str]:
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]
