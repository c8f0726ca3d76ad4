"""What is wrong with a spreadsheet of people or a row of it, in words, and what its columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


IMPORT_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "import.formula": (
            _("errors", "A cell begins like a formula, and formulas are not read."),
            _("errors", "Write the value itself into the spreadsheet."),
        ),
        "import.minimum": (
            _("errors", "The row needs a name, and a phone number or an e-mail address."),
            _("errors", "Add what is missing."),
        ),
        "import.goal_area": (
            _("errors", "It is not said what a goal is about."),
            _(
                "errors",
                "Write the topic before it, such as “travel: Take the train alone”, or give the row one topic.",
            ),
        ),
        "import.word.unknown_code": (
            _("errors", "A word under “{column}” is not known."),
            _("errors", "Use the words of the window, such as “Pain” or “T4”; divide several by a semicolon."),
        ),
        "import.value.bad_format": (
            _("errors", "What stands under “{column}” cannot be read."),
            _("errors", "A day is written 2026-11-30 or 30/11/2026, a number in figures."),
        ),
        "import.stopped": (_("errors", "Stopped. Nobody was taken in."), ""),
        "import.cell.too_long": (_("errors", "A cell is longer than {longest} letters."), _("errors", "Shorten it.")),
        "import.email.bad_format": (
            _("errors", "The e-mail address is not whole."),
            _("errors", "For example, name@example.org."),
        ),
        "import.email.too_long": (_("errors", "The e-mail address is too long."), ""),
        "import.phone.bad_format": (
            _("errors", "The phone number is not whole."),
            _("errors", "For example, 07700 900123."),
        ),
        "import.file.too_big": (
            _("errors", "This file is larger than 20 MB, or would be far larger once unpacked."),
            _("errors", "Nothing was changed. Divide it and take the parts in one after the other."),
        ),
        "import.file.too_many_rows": (
            _("errors", "This file has more than {most} rows."),
            _("errors", "Nothing was changed. Divide it and take the parts in one after the other."),
        ),
        "import.file.encoding": (
            _("errors", "The letters of this file cannot be read."),
            _("errors", "Save it as “CSV UTF-8” or as a workbook (XLSX)."),
        ),
        "import.file.bad_format": (
            _("errors", "This file is not a spreadsheet that can be read."),
            _("errors", "Save it once more as CSV or as a workbook (XLSX)."),
        ),
        "import.file.empty": (
            _("errors", "This file has no row of a person below its headings."),
            _("errors", "The first row holds the headings, each further row one person."),
        ),
        "import.file.unreadable": (
            _("errors", "This file could not be opened."),
            _("errors", "Choose another one, or copy it to this laptop first."),
        ),
    }
)
"""Code to sentence and next step."""
