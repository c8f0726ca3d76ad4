"""Three versions of one text become one, paragraph by paragraph, or do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Paragraphs `start` to `end` of the base are replaced by `text`."""

    start: int
    end: int
    text: tuple[str, ...]

    def touches(self, other: Hunk) -> bool:
        """Answer whether two hunks overlap or lie side by side, so that joining them would be a guess."""
        return self.start <= other.end and other.start <= self.end


def merge_paragraphs(base: str, theirs: str, mine: str) -> str | None:
    """Return the text with the changes of both sides, or None when these touch and a person must decide."""
    old = _paragraphs(base)
    ours = _hunks(old, _paragraphs(theirs))
    others = [hunk for hunk in _hunks(old, _paragraphs(mine)) if hunk not in ours]
    if any(one.touches(other) for one in ours for other in others):
        return None
    merged = list(old)
    for hunk in sorted((*ours, *others), key=lambda each: each.start, reverse=True):
        merged[hunk.start : hunk.end] = hunk.text
    return _BETWEEN.join(merged)


def _paragraphs(text: str) -> list[str]:
    return text.split(_BETWEEN) if text else []


def _hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    return [Hunk(i1, i2, tuple(new[j1:j2])) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]
