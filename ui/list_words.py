"""What a list has wrong, and why two rows belong together, in plain sentences; no Qt, as no window is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.lists.likeness import Field, Likeness
from app.domain.lists.reading import COLUMNS
from app.domain.lists.reasons import ListReason
from app.domain.lists.table import ListFault

_F, _L = Field, Likeness

FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list.too_large": "the file is larger than {detail} million bytes. Divide it and compare the parts.",
        "list.too_many_rows": "the file has more than {detail} rows. Divide it and compare the parts.",
        "list.encoding": "the text is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8”.",
        "list.quotes": "a quotation mark is opened and not closed as CSV asks. Save the file as CSV again.",
        "list.column_twice": "this heading stands twice. Give one of the two columns another name.",
        "list.no_id": "there is no column “id”. The headings that are read: {columns}.",
        "list.nothing_to_compare": "there is only “id”, so nothing to compare. The headings that are read: {columns}.",
        "list.too_many_cells": "the row has more cells than the {detail} headings. Put quotation marks around a cell"
        " that holds a comma.",
        "list.cell_too_long": "the cell is longer than {detail} characters. Shorten it.",
        "list.direction_mark": "the cell holds an invisible mark that turns the direction of writing. Type the value"
        " again.",
        "list.control_character": "the cell holds a control character that cannot be seen. Type the value again.",
        "list.formula": "the cell begins like a formula, and formulas are not read. Write the value itself.",
        "list.id_missing": "the id is missing. Each row needs one of its own.",
        "list.id_twice": "the id stands in row {detail} already. Each row needs one of its own.",
    }
)
"""What a list has wrong, as the end of a sentence."""

_PLAIN: Final[Mapping[tuple[Field, Likeness], str]] = MappingProxyType(
    {
        (_F.GIVEN, _L.EQUAL): "the given name is the same ({0})",
        (_F.GIVEN, _L.RELATED): "{0} and {1} are forms of one given name",
        (_F.GIVEN, _L.ALIKE): "the given names sound alike or differ by a slip of the pen ({0}, {1})",
        (_F.GIVEN, _L.CLOSE): "the given names are nearly the same ({0}, {1})",
        (_F.GIVEN, _L.FAINT): "the given names are somewhat alike ({0}, {1})",
        (_F.GIVEN, _L.DIFFERENT): "the given names differ ({0}, {1})",
        (_F.FAMILY, _L.EQUAL): "the family name is the same ({0})",
        (_F.FAMILY, _L.RELATED): "{0} and {1} are forms of one family name",
        (_F.FAMILY, _L.ALIKE): "the family names sound alike or differ by a slip of the pen ({0}, {1})",
        (_F.FAMILY, _L.CLOSE): "the family names are nearly the same ({0}, {1})",
        (_F.FAMILY, _L.FAINT): "the family names are somewhat alike ({0}, {1})",
        (_F.FAMILY, _L.DIFFERENT): "the family names differ ({0}, {1})",
        (_F.ORDER, _L.RELATED): "given and family name are exchanged",
        (_F.BORN, _L.EQUAL): "the date of birth is the same ({0})",
        (_F.BORN, _L.RELATED): "day and month of birth are exchanged ({0}, {1})",
        (_F.BORN, _L.ALIKE): "the dates of birth differ by one figure ({0}, {1})",
        (_F.BORN, _L.FAINT): "the dates of birth differ by two figures ({0}, {1})",
        (_F.BORN, _L.DIFFERENT): "the dates of birth differ ({0}, {1})",
        (_F.POSTCODE, _L.EQUAL): "the postcode is the same ({0})",
        (_F.POSTCODE, _L.ALIKE): "the postcodes differ by one character ({0}, {1})",
        (_F.POSTCODE, _L.CLOSE): "the postcodes differ by two characters ({0}, {1})",
        (_F.POSTCODE, _L.DIFFERENT): "the postcodes differ ({0}, {1})",
        (_F.HOUSE, _L.EQUAL): "the house number is the same ({0})",
        (_F.HOUSE, _L.ALIKE): "the house numbers differ by one character ({0}, {1})",
        (_F.HOUSE, _L.CLOSE): "the house numbers differ by two characters ({0}, {1})",
        (_F.HOUSE, _L.DIFFERENT): "the house numbers differ ({0}, {1})",
        (_F.STREET, _L.EQUAL): "the address is the same ({0})",
        (_F.STREET, _L.ALIKE): "the addresses are nearly the same ({0}; {1})",
        (_F.STREET, _L.CLOSE): "the addresses have much in common ({0}; {1})",
        (_F.STREET, _L.FAINT): "the addresses have something in common ({0}; {1})",
        (_F.STREET, _L.DIFFERENT): "the addresses differ ({0}; {1})",
        (_F.LOCALITY, _L.EQUAL): "the place is the same ({0})",
        (_F.LOCALITY, _L.ALIKE): "the places differ by a slip of the pen ({0}, {1})",
        (_F.LOCALITY, _L.CLOSE): "the places are nearly the same ({0}, {1})",
        (_F.LOCALITY, _L.FAINT): "the places are somewhat alike ({0}, {1})",
        (_F.LOCALITY, _L.DIFFERENT): "the places differ ({0}, {1})",
        # A health number is compared, never repeated.
        (_F.NUMBER, _L.EQUAL): "the health number is the same",
        (_F.NUMBER, _L.ALIKE): "the health numbers differ by one figure",
        (_F.NUMBER, _L.CLOSE): "the health numbers differ by two figures",
        (_F.NUMBER, _L.DIFFERENT): "the health numbers differ",
    }
)
_PARTIAL_BIRTH: Final = "what is known of both dates of birth is the same ({0}, {1})"


def fault_sentence(file_name: str, fault: ListFault) -> str:
    """Return one fault as a sentence that begins with the file, the row and the column."""
    place = [file_name]
    if fault.row:
        place.append(f"row {fault.row}")
    if fault.column:
        place.append(f"column {fault.column}")
    said = FAULTS[fault.code].format(detail=fault.detail, columns=", ".join(COLUMNS))
    return f"{', '.join(place)}: {said}"


def reason_sentences(reasons: Iterable[ListReason]) -> str:
    """Return why two rows are likely of one person, then what speaks against it, as sentences."""
    told = list(reasons)
    speaking_for = [_words(each) for each in told if each.likeness > Likeness.DIFFERENT]
    against = [_words(each) for each in told if each.likeness is Likeness.DIFFERENT]
    sentences = [_sentence("; ".join(speaking_for))] if speaking_for else []
    if against:
        sentences.append(_sentence("but " + "; ".join(against) if speaking_for else "; ".join(against)))
    return " ".join(sentences)


def _words(reason: ListReason) -> str:
    words = _PARTIAL_BIRTH if reason.is_partial else _PLAIN[reason.field, reason.likeness]
    return words.format(*reason.values)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
