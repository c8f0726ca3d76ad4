"""Cells of mentors and mentees as people write them: codes by slug or by words, lists split by `;`, days, numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from app.domain.clocks import is_partial_date
from app.domain.codes import Code, Gender, SessionChannel
from app.domain.record import PartialDate

CodeWords = Mapping[str, Mapping[str, str]]
"""Words on screen by code list and slug."""

C = TypeVar("C", bound=Code)

_SEPARATOR: Final = ";"
_FULL_YEAR: Final = re.compile(r"\d{4}")
_YEAR_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})/(\d{4})")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_BRITISH_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YES: Final = frozenset({"yes", "y", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})
_ALSO: Final[Mapping[tuple[type[Code], str], Code]] = MappingProxyType(
    {
        (Gender, "female"): Gender.WOMAN,
        (Gender, "male"): Gender.MAN,
        (SessionChannel, "telephone"): SessionChannel.PHONE,
        (SessionChannel, "videocall"): SessionChannel.VIDEO,
    }
)
"""Words that lists have for a code beside ours."""


class CellError(ValueError):
    """A cell that does not say what its column is for; whoever reads the list says where, and in which list."""

    def __init__(self, problem: str, **detail: str | int) -> None:
        """Say which problem: `bad_format`, `unknown_code` or `out_of_range`, the last part of a code."""
        super().__init__(problem)
        self.problem = problem
        self.detail = detail


class CodeReader:
    """Reads codes from cells, whether a list has the slug or the words that people see."""

    def __init__(self, words: CodeWords) -> None:
        """Take the words of the code lists."""
        self._words = words
        self._known: dict[type[Code], dict[str, Code]] = {}

    def one(self, cell: str, code: type[C], code_list: str) -> C | None:
        """Return the code that a cell names, None for an empty one.

        Raises:
            CellError: `unknown_code`.
        """
        key = _key(cell)
        if not key:
            return None
        found = self._table(code, code_list).get(key) or _ALSO.get((code, key))
        if found is None:
            raise CellError("unknown_code", code_list=code_list)
        assert isinstance(found, code)
        return found

    def many(self, cell: str, code: type[C], code_list: str) -> frozenset[C]:
        """Return the codes that a cell lists.

        Raises:
            CellError: `unknown_code`, for any one of them.
        """
        found = (self.one(part, code, code_list) for part in cell.split(_SEPARATOR))
        return frozenset(each for each in found if each is not None)

    def _table(self, code: type[Code], code_list: str) -> dict[str, Code]:
        if code not in self._known:
            words = self._words[code_list]
            table = {_key(words[each.value]): each for each in code if each.value in words}
            self._known[code] = table | {_key(each.value): each for each in code}
        return self._known[code]


def texts(cell: str) -> frozenset[str]:
    """Return the free words that a cell lists."""
    return frozenset(part.strip() for part in cell.split(_SEPARATOR) if part.strip())


def day(cell: str) -> date | None:
    """Return a day as `YYYY-MM-DD` or `DD/MM/YYYY` says it, never the month first; None for an empty cell.

    Raises:
        CellError: `bad_format`.
    """
    said = partial_day(cell)
    if said is None:
        return None
    if _ISO_DAY.fullmatch(said) is None:
        raise CellError("bad_format")
    return date.fromisoformat(said)


def partial_day(cell: str) -> PartialDate | None:
    """Return a day known in part, from a day, `YYYY-MM`, `MM/YYYY` or a year; None for an empty cell.

    Raises:
        CellError: `bad_format`, for what is no day that exists, too.
    """
    typed = cell.strip()
    if not typed:
        return None
    if found := _BRITISH_DAY.fullmatch(typed):
        typed = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    elif found := _ISO_DAY.fullmatch(typed):
        typed = f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}"
    elif found := _MONTH_YEAR.fullmatch(typed):
        typed = f"{found[2]}-{found[1]:0>2}"
    elif found := _YEAR_MONTH.fullmatch(typed):
        typed = f"{found[1]}-{found[2]:0>2}"
    elif _FULL_YEAR.fullmatch(typed) is None:
        raise CellError("bad_format")
    if not is_partial_date(typed):
        raise CellError("bad_format")
    return PartialDate(typed)


def number(cell: str, *, least: int, most: int) -> int | None:
    """Return a whole number, None for an empty cell.

    Raises:
        CellError: `bad_format` or `out_of_range`.
    """
    typed = cell.strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > 6:
        raise CellError("bad_format")
    if not least <= int(typed) <= most:
        raise CellError("out_of_range", least=least, most=most)
    return int(typed)


def yes_no(cell: str) -> bool | None:
    """Return yes or no, None for an empty cell.

    Raises:
        CellError: `unknown_code`.
    """
    key = _key(cell)
    if not key:
        return None
    if key in _YES:
        return True
    if key in _NO:
        return False
    raise CellError("unknown_code", code_list="yes_no")


def _key(text: str) -> str:
    """Return letters and digits only: `Mon am`, `mon_am` and `mon-AM` are one."""
    return "".join(filter(str.isalnum, text.casefold()))
