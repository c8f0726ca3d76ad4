"""Who would mentor whom, who stays without and why, and what both lists have wrong; no Qt, as no window is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.assigning import Placing
from app.domain.codes import Criterion, Exclusion
from app.domain.lists.table import ListFault
from app.domain.match import Point
from ui.list_words import FAULTS
from ui.match_sentences import CODE_LISTS, SENTENCES

Label = Callable[[str, str], str]
"""The words of a code, by code list and slug."""

PROGRAMME_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **FAULTS,
        "list.no_id": "there is no column “{detail}” (or “id”).",
        "list.bad_format": "the cell is not what this column is for: a day is written 2026-11-30 or 30/11/2026, a"
        " number in figures.",
        "list.out_of_range": "the number is not one of {detail}.",
        "list.in_future": "the day is after today.",
        "list.unknown_code": "a word of this cell is not known. The words are: {detail}.",
        "list.too_many_rows": "the file has more than {detail} rows. Divide it and pair the parts.",
        "list.too_large": "the file is larger than {detail} million bytes. Divide it and pair the parts.",
    }
)
"""What a list of a programme has wrong, as the end of a sentence."""

NOT_JUDGED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consent": "whether the mentees agreed to mentoring",
        "role": "whom each mentor is for",
        "status": "which mentors are active",
        "max_matches": "how many places each mentor has (2 each were taken)",
        "training_date": "training",
        "conduct_date": "the code of conduct",
        "references": "references",
        "dbs_level": "the DBS check",
        "supervision_date": "supervision",
    }
)
"""What the lists say nothing of, so that nobody was left out for it."""


def programme_fault(file_name: str, fault: ListFault, *, labels: Mapping[str, Mapping[str, str]]) -> str:
    """Return one fault as a sentence that begins with the file, the row and the column; never with what stood there."""
    place = [file_name]
    if fault.row:
        place.append(f"row {fault.row}")
    if fault.column:
        place.append(f"column {fault.column}")
    detail = "; ".join(labels[fault.detail]) if fault.detail in labels else fault.detail
    return f"{', '.join(place)}: {PROGRAMME_FAULTS[fault.code].format(detail=detail)}"


def reason_words(placing: Placing, *, label: Label) -> str:
    """Return why this mentor, every point as a sentence, or why somebody stays without one."""
    if placing.scored is not None:
        return " ".join(point_sentence(point, label=label) for point in placing.scored.points)
    if Exclusion.CONSENT_MISSING in placing.left_out:
        return "Nobody is proposed: the list holds no consent to mentoring."
    parts = []
    if placing.taken:
        parts.append(f"{_mentors(placing.taken)} would fit, and every place of theirs is proposed to somebody else")
    if placing.too_low:
        parts.append(f"{_mentors(placing.too_low)} with too little in common")
    parts += [f"{label('exclusion', reason).lower()}: {count}" for reason, count in placing.left_out.items()]
    return f"Stays without a mentor: {'; '.join(parts) or 'there is no mentor on the list'}."


def point_sentence(point: Point, *, label: Label) -> str:
    """Return the sentence of one point of a score."""
    text = SENTENCES[point.criterion]
    if point.criterion is Criterion.YEARS_AHEAD:
        years = point.facts[0]
        return text.replace("{facts}", f"{years} year" if years == "1" else f"{years} years")
    code_list = CODE_LISTS.get(point.criterion)
    said = [label(code_list, fact) if code_list else fact for fact in point.facts]
    if code_list and point.criterion is not Criterion.AREA:
        said = [words.lower() for words in said]
    # A person's words come last and are put in, never filled in: they may hold braces.
    return text.replace("{facts}", _joined(said))


def _mentors(count: int) -> str:
    return "1 mentor" if count == 1 else f"{count:,} mentors"


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
