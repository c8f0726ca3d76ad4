"""Cells of tables that came from elsewhere or go there: their text, and what a spreadsheet would run."""

from __future__ import annotations

from typing import Final

FORMULA_SIGNS: Final = ("=", "@", "+", "-", "\t", "\r")
"""A cell that begins with one of these is run as a formula by some spreadsheet (OWASP, "CSV Injection")."""

SEPARATORS: Final = ",;\t"


def decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without its mark, or in Windows-1252.

    Raises:
        UnicodeDecodeError: it is neither; `start` is 0 for what a spreadsheet calls "Unicode text" (UTF-16).
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnicodeDecodeError("utf-8", content, 0, 2, "UTF-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def separator_of(text: str) -> str:
    """Return what divides the cells of a text: what stands most often in its first line."""
    first = text.partition("\n")[0]
    return max(SEPARATORS, key=first.count)


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe before it makes it text."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def plain(cell: str) -> str:
    """Return a cell as it was before `neutral`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_SIGNS) else cell
