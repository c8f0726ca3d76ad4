"""Making text from people safe to show: it stays text wherever Qt would read marks into it."""

from __future__ import annotations

import html
import unicodedata
from typing import Final

FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"
# Classes of the bidirectional algorithm (Unicode UAX #9): Hebrew, Arabic, Arabic figures.
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
# Embeddings and overrides can reverse the line they stand in; isolates and marks cannot.
_DIRECTION_OVERRIDES: Final = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e"))


def shown(text: str) -> str:
    """Return `text` without control characters and direction overrides; line ends and tabs stay.

    Zero-width joiners stay too: Persian and Indic names need them.
    """
    if text.isprintable():
        # Nearly all text is, and a list shows hundreds of pieces after every key.
        return text
    kept = text.translate(_DIRECTION_OVERRIDES)
    return "".join(mark for mark in kept if mark in "\n\t" or unicodedata.category(mark) != "Cc")


def isolated(text: str) -> str:
    """Return `text` for use inside a sentence, so that its direction cannot turn the words around it."""
    return f"{FIRST_STRONG_ISOLATE}{shown(text)}{POP_ISOLATE}"


def filled(words: str, /, **values: object) -> str:
    """Return `words` with `{name}` and its like filled in; text in Arabic or Hebrew letters stays in its place.

    Only such text is isolated: around a Latin name the two marks would change nothing but every comparison.
    """
    return words.format(
        **{name: in_sentence(value) if isinstance(value, str) else value for name, value in values.items()}
    )


def in_sentence(text: str) -> str:
    """Return text that runs from right to left `isolated`, and everything else as it is."""
    return isolated(text) if _runs_right_to_left(text) else text


def _runs_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)


def tooltip(text: str) -> str:
    """Return `text` for `setToolTip`, which has no switch for plain text.

    The span makes Qt read it as rich text for certain: escaped text alone would show `O&#x27;Brien`.
    """
    return f"<span>{html.escape(shown(text))}</span>"


def without_mnemonic(text: str) -> str:
    """Return `text` for buttons, actions and labels with a buddy, where one `&` would become a shortcut."""
    return shown(text).replace("&", "&&")


def lower_first(words: str) -> str:
    """Return `words` for use inside a sentence: the first letter small, unless an abbreviation begins it."""
    if words[1:2].isupper():
        return words
    return words[:1].lower() + words[1:]
