"""What is told of an injury, in words: the facts as they are read, and the answers that can be chosen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Cause, Completeness
from app.domain.person import Injury
from ui.messages import label, labels
from ui.view_models.person_facts import partial_words
from ui.widgets.text import lower_first

KIND_NOT_KNOWN: Final = "not_known"
"""The key of "Not known" among the kinds of illness, which has no code of its own."""


def injury_facts(injury: Injury) -> list[tuple[str, str]]:
    """Return each fact's name and its words; what nobody knows is said as that."""
    day = partial_words(injury.injury_date) if injury.injury_date else not_known()
    return [
        (QCoreApplication.translate("injury", "Where"), label("injury_level", injury.level)),
        (QCoreApplication.translate("injury", "Complete or incomplete"), completeness_words(injury.completeness)),
        (QCoreApplication.translate("injury", "AIS grade"), label("ais", injury.ais)),
        (QCoreApplication.translate("injury", "Cause"), _cause(injury)),
        (QCoreApplication.translate("injury", "Breathing"), label("ventilation", injury.ventilation)),
        (QCoreApplication.translate("injury", "When"), day),
        (QCoreApplication.translate("injury", "Told by"), label("told_by", injury.told_by)),
    ]


def completeness_words(completeness: str) -> str:
    """Return "Complete", "Incomplete" or "Not known"."""
    return not_known() if completeness == Completeness.NOT_TOLD else label("completeness", completeness)


def kinds() -> dict[str, str]:
    """Return the kinds of illness by key, with "Not known" as the last."""
    return {**labels("non_traumatic_kind"), KIND_NOT_KNOWN: not_known()}


def not_known() -> str:
    """Return the words of an answer like any other."""
    return QCoreApplication.translate("injury", "Not known")


def parts_of(partial: str | None) -> tuple[str, str, str]:
    """Return day, month and year of a day known in part, as they are typed."""
    year, month, day = [*(partial or "").split("-"), "", ""][:3]
    return day.lstrip("0"), month.lstrip("0"), year


def _cause(injury: Injury) -> str:
    cause = label("cause", injury.cause)
    if injury.cause is not Cause.NON_TRAUMATIC or not injury.non_traumatic_kind:
        return cause
    return f"{cause}: {lower_first(label('non_traumatic_kind', injury.non_traumatic_kind))}"
