"""What waits for me, line by line: what to do, for whom, where they are, by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.use_cases.today import TodayItem
from ui.messages import column_day, days_words, label, near_day
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLine:
    """One line of today; `is_pressing` when its day is today or has passed."""

    what: str
    who: str
    where: str
    when: str
    is_pressing: bool
    is_overdue: bool


def today_line(item: TodayItem, on: date) -> TodayLine:
    """Return one item in words, as read on the day `on`."""
    bed = filled(QCoreApplication.translate("today", "bed {bed}"), bed=item.bed) if item.bed else ""
    return TodayLine(
        what=_what(item),
        who=item.person_name,
        where=", ".join(part for part in (item.where, bed) if part),
        when=_when(item, on),
        is_pressing=item.due_on is not None and item.due_on <= on,
        is_overdue=item.overdue,
    )


def summary_words(items: Sequence[TodayItem], on: date) -> str:
    """Return how much waits: "5 things, 2 of them for today or before."."""
    pressing = sum(item.due_on is not None and item.due_on <= on for item in items)
    if len(items) == 1:
        return QCoreApplication.translate("today", "1 thing waits.")
    text = QCoreApplication.translate("today", "{count} things wait, {pressing} of them for today or before.")
    return filled(text, count=len(items), pressing=pressing)


def _what(item: TodayItem) -> str:
    organisation, service = item.words.get("organisation", ""), item.words.get("service", "")
    text = _KINDS.get(item.code, "")
    if item.code == "ask_again" and item.words.get("purpose") and organisation:
        purpose = label("purpose", item.words["purpose"]).lower()
        return filled(
            QCoreApplication.translate("today", "Ask again: {org}, {purpose}"), org=organisation, purpose=purpose
        )
    if text:
        return filled(QCoreApplication.translate("today", text), org=organisation, service=service)
    words = label("task_kind", item.code)
    return f"{words}: {item.words['note']}" if item.words.get("note") else words


def _when(item: TodayItem, on: date) -> str:
    if item.due_on is None:
        return ""
    late = (on - item.due_on).days
    if item.code == "leaving":
        words = near_day(item.due_on, on)
        return words[:1].upper() + words[1:]
    if late > 0:
        text = QCoreApplication.translate("today", "{days} late")
        return filled(text, days=days_words(late))
    if (item.due_on - on).days < 7:
        words = near_day(item.due_on, on)
        return words[:1].upper() + words[1:]
    return column_day(item.due_on, on)


_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "referral_new": "New from {org}: {service}",
        "referral_decide": "Decide: {service}, from {org}",
        "referral_question": "{org} asks a question: {service}",
        "referral_declined": "{org} said no: {service}",
        "referral_draft": "Not sent yet: {service}, {org}",
        "referral_first_step": "First contact: {service}, from {org}",
        "referral_give_up": "Tried enough: say what follows, {service}",
        "referral_not_reached": "{org} could not reach them: {service}",
        "referral_expired": "{org} never answered: {service}",
        "referral_rest": "{org} took on a part: {service}",
        "chase_acknowledgement": "{org} has not opened it: {service}",
        "chase_decision": "{org} has not answered: {service}",
        "team_unwatched": "Nobody covers a team, and a referral waits",
        "leaving": "Leaves the ward",
        "referral_wanted": "Said in a mentoring call that they would like help",
    }
)
