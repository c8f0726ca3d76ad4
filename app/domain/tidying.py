"""Text as people type and paste it, made one form: Unicode NFC, trimmed, without what cannot be seen."""

from __future__ import annotations

import re
import unicodedata

from app.errors import BadInputError

# Marks that reorder the text around them hide what is written ("Trojan Source", CVE-2021-42574); the zero-width
# space, the word joiner, the byte order mark and the tag characters only hide. The joiners of Indic and Persian
# script (U+200C, U+200D) and the marks of direction (U+200E, U+200F, U+061C) belong to spelling and stay.
_DROPPED = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\U000e0000-\U000e007f]")
_LINE_SPACE = re.compile(r"[ \t\n\r\u2028\u2029\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_NEWLINES = re.compile(r"\r\n|\r|\u2028|\u2029")
_BLANK_LINES = re.compile(r"\n{3,}")
_REFUSED = ("Cc", "Cs")
"""Control characters, and halves of characters that no UTF-8 can hold."""


def tidy_line(text: str, *, record: str = "text", field: str = "line") -> str:
    """Return one line in its one form; spaces, tabs and line ends become one space.

    Args:
        text: what was typed or pasted.
        record: the record the field is of, for the error.
        field: the field, for the error.

    Raises:
        BadInputError: `bad_format` when it holds a control character.
    """
    line = _LINE_SPACE.sub(" ", _DROPPED.sub("", unicodedata.normalize("NFC", text))).strip()
    if _holds_refused(line):
        raise BadInputError.at(record, field, "bad_format")
    return line


def tidy_text(text: str, *, record: str = "text", field: str = "text") -> str:
    """Return paragraphs in their one form: line ends as one kind, at most one empty line between.

    Args:
        text: what was typed or pasted.
        record: the record the field is of, for the error.
        field: the field, for the error.

    Raises:
        BadInputError: `bad_format` when it holds a control character.
    """
    plain = _NEWLINES.sub("\n", _DROPPED.sub("", unicodedata.normalize("NFC", text))).replace("\t", " ")
    lines = "\n".join(line.rstrip() for line in plain.split("\n"))
    if _holds_refused(lines.replace("\n", "")):
        raise BadInputError.at(record, field, "bad_format")
    return _BLANK_LINES.sub("\n\n", lines).strip()


def is_tidy_line(text: str) -> bool:
    """Answer whether a text is one line in its one form."""
    if text.isascii() and text.isprintable():
        return "  " not in text and text == text.strip()
    return not _holds_refused(text) and tidy_line(text) == text


def is_tidy_text(text: str) -> bool:
    """Answer whether a text is paragraphs in their one form."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return " \n" not in text and "\n\n\n" not in text and text == text.strip()
    return not _holds_refused(text.replace("\n", "")) and tidy_text(text) == text


def is_readable(text: str) -> bool:
    """Answer whether a text of any kind holds nothing but line ends that cannot be shown or stored."""
    return not _holds_refused(text.replace("\n", "").replace("\t", ""))


def _holds_refused(text: str) -> bool:
    # Nearly every text is printable, and `isprintable` looks at it in C.
    return not text.isprintable() and any(unicodedata.category(character) in _REFUSED for character in text)
