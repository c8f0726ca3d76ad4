"""A notice of the board in words."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from app.use_cases.noticeboard import NoticeRow
from ui.messages import column_day, day_words
from ui.widgets.text import filled


def last_day_words(row: NoticeRow, on: date) -> str:
    """Return until when a notice hangs, as a column has room for it."""
    if row.from_on is not None and row.from_on > on:
        return filled(QCoreApplication.translate("notices", "From {day}"), day=column_day(row.from_on, on))
    if row.until_on is None:
        return QCoreApplication.translate("notices", "No last day")
    return column_day(row.until_on, on)


def standing_words(row: NoticeRow, on: date) -> str:
    """Return why a notice does not hang on the board, empty while it does."""
    if row.withdrawn_on is not None:
        words = QCoreApplication.translate("notices", "Taken down on {day}. Nobody sees it on the board any more.")
        return filled(words, day=day_words(row.withdrawn_on, on))
    if row.from_on is not None and row.from_on > on:
        words = QCoreApplication.translate("notices", "The others see it from {day} on.")
        return filled(words, day=day_words(row.from_on, on))
    if row.until_on is not None and row.until_on < on:
        return QCoreApplication.translate("notices", "Its last day is over, so nobody sees it on the board any more.")
    return ""
