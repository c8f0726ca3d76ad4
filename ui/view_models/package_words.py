"""The lines of a package as people read them: what a receiver sees, and what holds back the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import phonenumbers
from PySide6.QtCore import QCoreApplication

from app.domain.codes import PackageField, YesNo
from app.domain.disclosure import HeldBackBy, PreviewLine
from ui.messages import day_words, joined, label
from ui.view_models.person_facts import partial_words
from ui.widgets.text import filled, lower_first

ALWAYS_TOLD: Final = frozenset({PackageField.NEEDS, PackageField.WHY})
"""What a referral itself says, whatever the package leaves out: nobody can be referred for a secret reason."""

_CODES: Final[Mapping[PackageField, str]] = {
    PackageField.AGE_BAND: "age_band",
    PackageField.LEVEL: "injury_level",
    PackageField.AIS: "ais",
    PackageField.COMPLETENESS: "completeness",
    PackageField.CAUSE: "cause",
    PackageField.VENTILATION: "ventilation",
    PackageField.DISCHARGE_TO: "discharge_to",
}
_LISTS: Final[Mapping[PackageField, str]] = {PackageField.COMM_NEEDS: "communication_need", PackageField.NEEDS: "need"}
_PARTIAL: Final = frozenset({PackageField.DOB, PackageField.INJURY_DATE})
_LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "en-GB": "English", "cy": "Welsh", "cy-GB": "Welsh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """One line that a receiver sees; `can_strike` when it may be left out without losing the person."""

    field: PackageField
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Fields that are not sent for one reason, as a sentence."""

    reason: HeldBackBy
    sentence: str


def package_lines(package: Mapping[PackageField, Any]) -> tuple[SentLine, ...]:
    """Return what a package holds, in the order in which people read about somebody."""
    return tuple(
        SentLine(field=field, name=field_words(field), words=value_words(field, package[field], package))
        for field in PackageField
        if field in package and value_words(field, package[field], package)
    )


def sent_lines(lines: Sequence[PreviewLine]) -> tuple[SentLine, ...]:
    """Return the lines of a preview that the receiver would read."""
    told = (line for line in lines if line.sent or (line.field in ALWAYS_TOLD and line.value))
    return package_lines({line.field: line.value for line in told})


def struck_lines(lines: Sequence[PreviewLine]) -> tuple[SentLine, ...]:
    """Return the lines that were struck out here and can be put back."""
    struck = {line.field: line.value for line in lines if line.held_back_by is HeldBackBy.STRUCK}
    return tuple(
        SentLine(field=field, name=field_words(field), words=value_words(field, value, struck) if value else "")
        for field, value in struck.items()
    )


def held_back(lines: Sequence[PreviewLine], *, called: str, org: str) -> tuple[HeldBack, ...]:
    """Return what consent or agreement holds back although it is recorded, and what is not recorded."""
    reasons = {
        HeldBackBy.CONSENT: QCoreApplication.translate("package", "{called} did not agree to tell: {fields}."),
        HeldBackBy.WITHHELD: QCoreApplication.translate("package", "{called} wanted to leave out: {fields}."),
        HeldBackBy.AGREEMENT: QCoreApplication.translate("package", "Not in the agreement with {org}: {fields}."),
        HeldBackBy.NOT_RECORDED: QCoreApplication.translate("package", "Not recorded: {fields}."),
    }
    held = []
    for reason, words in reasons.items():
        fields = [
            lower_first(field_words(line.field))
            for line in lines
            if line.held_back_by is reason
            and line.field not in ALWAYS_TOLD
            and (line.value is not None or reason is HeldBackBy.NOT_RECORDED)
        ]
        if fields:
            held.append(HeldBack(reason=reason, sentence=filled(words, called=called, org=org, fields=joined(fields))))
    return tuple(held)


def field_words(field: PackageField) -> str:
    """Return what a line is called."""
    return label("package_field", field)


def value_words(field: PackageField, value: Any, package: Mapping[PackageField, Any]) -> str:
    """Return the value of a line as people read it; `package` gives what belongs to it."""
    if field in _CODES:
        return label(_CODES[field], str(value))
    if field in _LISTS:
        return joined([_inside(at, label(_LISTS[field], str(slug))) for at, slug in enumerate(value)])
    if field in _PARTIAL:
        return partial_words(str(value))
    return _other(field, value, package)


def _other(field: PackageField, value: Any, package: Mapping[PackageField, Any]) -> str:
    match field:
        case PackageField.NAME:
            return " ".join(part for part in (value.get("given_name", ""), value.get("family_name", "")) if part)
        case PackageField.EXPECTED_DISCHARGE_ON:
            day = date.fromisoformat(str(value))
            return f"{day_words(day)} {day.year}"
        case PackageField.SITE:
            return str(value.get("name", ""))
        case PackageField.CONTACT_POINTS:
            return "\n".join(_contact(point) for point in value)
        case PackageField.CONTACT_PERMISSIONS:
            return "\n".join(_permission(each, package) for each in value)
        case PackageField.RELATIONSHIPS:
            return "\n".join(_relationship(each) for each in value)
        case PackageField.LANGUAGE:
            return _LANGUAGES.get(str(value), str(value))
        case PackageField.GOALS:
            return joined([str(goal) for goal in value])
        case _:
            return str(value)


def dialled(value: str) -> str:
    """Return a number as it is dialled in the United Kingdom, anything else as it stands."""
    if not value.startswith("+"):
        return value
    number = phonenumbers.parse(value)
    national = number.country_code == 44
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def _contact(point: Mapping[str, Any]) -> str:
    kind = label("contact_kind", str(point.get("kind", "")))
    named = f"{kind}, {point['label']}" if point.get("label") else kind
    parts = [f"{named}: {dialled(str(point.get('value', '')))}"]
    if point.get("valid_until"):
        until = day_words(date.fromisoformat(str(point["valid_until"])))
        parts.append(filled(QCoreApplication.translate("package", "good until {day}"), day=until))
    return ", ".join(parts)


def _permission(each: Mapping[str, Any], package: Mapping[PackageField, Any]) -> str:
    points = {point.get("id"): point for point in package.get(PackageField.CONTACT_POINTS, ())}
    point = points.get(each.get("id"))
    uses = [lower_first(label("may_use", str(use))) for use in each.get("may_use", ())]
    said = [joined(uses) or QCoreApplication.translate("package", "nothing was said yet")]
    times = [label("safe_time", str(time)) for time in each.get("safe_times", ())]
    if times:
        said.append(filled(QCoreApplication.translate("package", "safe times: {times}"), times=joined(times)))
    if not each.get("may_say_charity_name"):
        said.append(QCoreApplication.translate("package", "do not say a charity’s name to anybody else"))
    if each.get("who_may_answer"):
        words = QCoreApplication.translate("package", "{who} may answer")
        said.append(filled(words, who=each["who_may_answer"]))
    if each.get("safe_word"):
        said.append(filled(QCoreApplication.translate("package", "safe word: {word}"), word=each["safe_word"]))
    kind = label("contact_kind", str(point.get("kind", ""))) if point else ""
    return f"{kind}: {'; '.join(said)}" if kind else "; ".join(said)


def _relationship(each: Mapping[str, Any]) -> str:
    parts = [label("relationship_kind", str(each.get("kind", "")))]
    if each.get("parental_responsibility") == YesNo.YES:
        parts.append(QCoreApplication.translate("package", "with parental responsibility"))
    if each.get("may_be_told"):
        parts.append(lower_first(label("may_be_told", str(each["may_be_told"]))))
    return ", ".join(parts)


def _inside(at: int, words: str) -> str:
    return words if at == 0 else lower_first(words)
