"""What a later write replaced, in words: who changed what and when, and what stood there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.use_cases.recent_changes import RecentChange, Written
from ui.view_models.conflict_words import when_words
from ui.view_models.stored_words import field_name, stored_words
from ui.widgets.text import filled

LONGEST_ON_A_BUTTON: Final = 40
"""A value of more letters is read in the sentence, and the button speaks of the older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentWords:
    """One replaced value: the sentence, and the words of the button that puts it back; empty where nobody may."""

    statement: str
    put_back: str


def recent_words(change: RecentChange, now: datetime) -> RecentWords:
    """Return "Jo changed the postcode on Monday at 10:20 to OX3 9DU; you had written HP21 8AL." and its button."""
    return RecentWords(
        statement=f"{_changed(change, now)}; {_had_written(change)}.",
        put_back=_button(change) if change.can_put_back else "",
    )


def _changed(change: RecentChange, now: datetime) -> str:
    value = _value(change, change.stands)
    if value:
        text = QCoreApplication.translate("recent", "{who} changed {field} {when} to {value}")
    elif change.stands.value:
        text = QCoreApplication.translate("recent", "{who} changed {field} {when}")
    else:
        text = QCoreApplication.translate("recent", "{who} emptied {field} {when}")
    when = "" if change.stands.at is None else when_words(change.stands.at, now)
    field = field_name(change.record_type, change.field) or QCoreApplication.translate("recent", "an entry")
    words = filled(text, who=_who(change.stands, at_start=True), field=field, when=when, value=value)
    return " ".join(words.split())


def _had_written(change: RecentChange) -> str:
    value, is_same = _value(change, change.lost), change.lost.is_mine and change.stands.is_mine
    if value:
        text = QCoreApplication.translate("recent", "{who} had written {value}")
        if is_same:
            text = QCoreApplication.translate("recent", "on another laptop {who} had written {value}")
    elif change.lost.value:
        text = QCoreApplication.translate("recent", "{who} had written something else")
    else:
        text = QCoreApplication.translate("recent", "{who} had left it empty")
    return filled(text, who=_who(change.lost, at_start=False), value=value)


def _button(change: RecentChange) -> str:
    value = _value(change, change.lost)
    if change.lost.value and value and len(value) <= LONGEST_ON_A_BUTTON and "\n" not in value:
        return filled(QCoreApplication.translate("recent", "Put {value} back"), value=value)
    if change.lost.value:
        return QCoreApplication.translate("recent", "Put the older one back")
    return QCoreApplication.translate("recent", "Make it empty again")


def _value(change: RecentChange, written: Written) -> str:
    return " ".join(stored_words(change.record_type, change.field, written.value).split())


def _who(written: Written, *, at_start: bool) -> str:
    if written.is_mine:
        return QCoreApplication.translate("recent", "You" if at_start else "you")
    if written.by:
        return written.by
    return QCoreApplication.translate("recent", "Somebody" if at_start else "somebody")
