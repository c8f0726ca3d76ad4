"""The registration form as plain values: how a name was divided, who may be the same person and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication

import resources
from app.domain.linkage import Level, Reason
from app.domain.names import NameTables, name_tables
from app.use_cases.people import divide_name
from app.use_cases.same_person import PossibleSame
from ui.messages import joined
from ui.widgets.text import filled

_EXAMPLE_DAYS_AHEAD: Final = 21
"""About as long as a stay that is nearly over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameWords:
    """Somebody who may be the same person: name, place, how sure, and why in one sentence."""

    heading: str
    where: str
    why: str
    is_likely: bool


def same_words(same: PossibleSame) -> SameWords:
    """Return somebody known in the words of the panel beside the form."""
    is_likely = same.level is Level.LIKELY
    level = (
        QCoreApplication.translate("same", "Probably {name}")
        if is_likely
        else QCoreApplication.translate("same", "Perhaps {name}")
    )
    why = [words for reason in same.reasons if (words := reason_words(reason))]
    sentence = joined(why)
    return SameWords(
        heading=filled(level, name=same.name),
        where=same.where,
        why=f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "",
        is_likely=is_likely,
    )


def sorted_under(full_name: str) -> str:
    """Return "Sorted under Ferguson.", empty while there is no family name to sort under."""
    given, family = divide_name(full_name)
    name = family or given
    return filled(QCoreApplication.translate("same", "Sorted under {name}."), name=name) if name else ""


def example_ahead(on: date) -> str:
    """Return "For example, 13 12 2026": a day some weeks ahead of `on`, for a day that is still to come."""
    day = on + timedelta(days=_EXAMPLE_DAYS_AHEAD)
    words = QCoreApplication.translate("same", "For example, {day}")
    return filled(words, day=f"{day.day} {day.month} {day.year}")


def shipped_name_tables() -> NameTables:
    """Return the short forms and commonest names that ship; read on the vault thread, since the files are long."""
    common = resources.common_names()
    return name_tables(groups=resources.nicknames(), common_given=common["given"], common_family=common["family"])


def reason_words(reason: Reason) -> str:
    """Return one reason inside a sentence, empty for one that nobody is told."""
    text = _REASONS.get(str(reason.code), "")
    if "{1}" in text and len(reason.detail) < 2:
        return QCoreApplication.translate("same", "the given names may belong together")
    return QCoreApplication.translate("same", text).format(*reason.detail) if text else ""


_REASONS = {
    "number_different": "the health numbers differ",
    "given_different": "the given names differ",
    "given_common": "the given name is a common one",
    "family_different": "the family names differ",
    "family_common": "the family name is a common one",
    "born_different": "the days of birth differ",
    "age_apart": "the ages are far apart",
    "level_different": "the injuries are at different levels",
    "number_equal": "the health number is the same",
    "given_equal": "the given name is the same",
    "given_nickname": "{0} is short for {1}",
    "given_sounds_alike": "the given names sound alike",
    "given_initial": "the given names begin with the same letter",
    "family_equal": "the family name is the same",
    "family_double": "the family names share a part",
    "family_sounds_alike": "the family names sound alike",
    "names_swapped": "given and family name are swapped",
    "born_equal": "born on the same day",
    "born_swapped": "born on the same day, if day and month were swapped",
    "born_one_digit": "one digit of the day of birth differs",
    "born_same_month": "born in the same month",
    "born_same_year": "born in the same year",
    "age_equal": "about the same age",
    "phone_equal": "the phone number is the same",
    "email_equal": "the email address is the same",
    "postcode_equal": "the postcode is the same",
    "site_equal": "in the same hospital",
    "ward_equal": "on the same ward",
    "injured_same_month": "injured in the same month",
    "level_equal": "the same level of injury",
}
