"""What differs between two long texts, said in words: a colour or a strike-through would be lost to a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# A sentence with the mark that ends it, or a line: small enough to compare, large enough to understand alone.
_SENTENCE = re.compile(r"[^.!?\n]*[.!?]+|[^.!?\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some sentences of one text; `is_only_here` when the other text does not have them."""

    words: str
    is_only_here: bool


def compared(first: str, second: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return both texts in pieces, each marked as common or as standing in that text alone."""
    ours, others = _sentences(first), _sentences(second)
    matcher = SequenceMatcher(a=ours, b=others, autojunk=False)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        is_only_here = tag != "equal"
        for pieces, sentences in ((left, ours[i1:i2]), (right, others[j1:j2])):
            if sentences:
                pieces.append(Piece(words=" ".join(sentences), is_only_here=is_only_here))
    return tuple(left), tuple(right)


def _sentences(text: str) -> list[str]:
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]
