"""The custodians' parts as an operator is handed them: typed words, a scanned code, or the file they were saved in."""

from __future__ import annotations

from pathlib import Path

import resources
from app.custody.shares import Share
from app.errors import BadInputError

WORDS_A_PART = 50
_MOST_BYTES = 16 * 1024


def read_part(file: Path) -> Share:
    """Return the part in a file as the set-up of a laptop saves it.

    Raises:
        BadInputError: `recovery.share.*`: it cannot be read, or is no part.
    """
    try:
        with file.open("rb") as opened:
            return part_of(opened.read(_MOST_BYTES).decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise BadInputError.at("recovery", "share", "unreadable") from None


def part_of(text: str) -> Share:
    """Return a part from its words, wherever among other lines they stand, or from the text of its code.

    Raises:
        BadInputError: `recovery.share.*`: what is wrong with it.
    """
    words = tuple(resources.path("passwords", "words.txt").read_text(encoding="utf-8").split())
    for line in text.splitlines():
        if len(line.split()) == WORDS_A_PART:
            return Share.from_words(line, words)
    return Share.from_text(text.strip())
