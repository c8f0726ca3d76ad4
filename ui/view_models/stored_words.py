"""What stands in a field of a record, and what the field is called, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import RecordType
from ui.input_words import FIELD_NAMES
from ui.messages import label
from ui.view_models.person_facts import grouped_number, partial_words

CODES: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (RecordType.INJURY, "level"): "injury_level",
        (RecordType.INJURY, "ais"): "ais",
        (RecordType.INJURY, "completeness"): "completeness",
        (RecordType.INJURY, "cause"): "cause",
        (RecordType.SITE, "nation"): "nation",
        (RecordType.PERSON, "age_band"): "age_band",
        (RecordType.PERSON, "comm_needs"): "communication_need",
        (RecordType.PERSON, "needs"): "need",
        (RecordType.CONTACT_POINT, "kind"): "contact_kind",
        (RecordType.CONTACT_POINT, "may_use"): "may_use",
        (RecordType.CASE_NOTE, "level"): "note_level",
    }
)
"""The code list of a field that holds codes."""

DAYS: Final = frozenset(
    {
        (RecordType.PERSON, "dob"),
        (RecordType.PERSON, "died_on"),
        (RecordType.INJURY, "injury_date"),
        (RecordType.STAY, "admitted_on"),
        (RecordType.STAY, "expected_discharge_on"),
        (RecordType.STAY, "discharged_on"),
        (RecordType.TASK, "due_on"),
    }
)
"""Fields that hold a day, perhaps known in part."""

_HEALTH_NUMBERS: Final = frozenset({"nhs_number", "chi_number", "hsc_number"})
# Ids say nothing to a person.
_IDS: Final = frozenset({(RecordType.STAY, "site"), (RecordType.PERSON, "key_worker")})


def field_name(record_type: str, field: str) -> str:
    """Return the name of a field inside a sentence, "the family name"; empty for one without a name."""
    words = FIELD_NAMES.get(f"{record_type}.{field}")
    return QCoreApplication.translate("fields", words) if words else ""


def stored_words(record_type: str, field: str, value: Any) -> str:
    """Return a stored value as people read it, empty for none."""
    place = (record_type, field)
    if value is None or value == "" or place in _IDS:
        return ""
    if isinstance(value, list):
        return ", ".join(stored_words(record_type, field, each) for each in value)
    if place in CODES:
        return label(CODES[place], str(value))
    if place in DAYS:
        return partial_words(str(value))
    if field in _HEALTH_NUMBERS:
        return grouped_number(str(value))
    return str(value)
