"""The noticeboard: what members tell each other of training, expertise, good practice and joint projects.

Nobody who gets help stands in a notice: every laptop of the alliance holds it (`domain.md` 4.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from app.domain.codes import NoticeKind, RecordType
from app.domain.formats import passes_modulus_11
from app.domain.names import NameTables, fold_name
from app.domain.record import Cls, Line, Lww, Paragraphs, Record, Text

_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_PHONE = re.compile(r"(?<![\d+])(?:\+44|0)(?:[ -]?\(?\d\)?){9,10}(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Record):
    """One notice, shown from its first day to its last."""

    TYPE = RecordType.NOTICE
    CLS = Cls.REFERENCE

    kind: Lww[NoticeKind]
    title: Lww[Annotated[str, Line(120)]]
    body: Paragraphs[Annotated[str, Text(4000)]]
    from_on: Lww[date | None] = None
    until_on: Lww[date | None] = None
    contact: Lww[Annotated[str, Line(120)]]
    withdrawn_on: Lww[date | None] = None

    def is_shown(self, on: date) -> bool:
        """Answer whether it hangs on the board on a day; its last day counts."""
        has_begun = self.from_on is None or self.from_on <= on
        is_over = self.until_on is not None and self.until_on < on
        return has_begun and not is_over and self.withdrawn_on is None and not self.archived


class Doubt(StrEnum):
    """What in a notice looks as if it were about somebody."""

    NAME = "name"
    PHONE = "phone"
    NHS_NUMBER = "nhs_number"


def doubts_about(text: str, names: NameTables) -> frozenset[Doubt]:
    """Return what in a text looks like a person's name, phone number or NHS number: a help, never a proof."""
    found = set()
    if any(passes_modulus_11(re.sub(r"\D", "", match[0])) for match in _TEN_DIGITS.finditer(text)):
        found.add(Doubt.NHS_NUMBER)
    if _PHONE.search(text):
        found.add(Doubt.PHONE)
    given = names.common_given | names.nicknames.keys()
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)
    for first, second in pairwise(words):
        both_written_as_names = first[:1].isupper() and second[:1].isupper() and not second.isupper()
        if both_written_as_names and fold_name(first) in given and f"{first} {second}" in text:
            found.add(Doubt.NAME)
    return frozenset(found)
