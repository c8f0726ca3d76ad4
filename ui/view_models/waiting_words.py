"""A waiting list in words: how long somebody waits against the promise, who is proposed, and why nobody is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Exclusion
from app.use_cases.waiting import PROMISED_DAYS, WaitingRow
from ui.messages import days_words
from ui.view_models.matching_words import left_out_words
from ui.widgets.text import filled


def wait_words(row: WaitingRow) -> str:
    """Return "12 days, 2 left of the promised 14" or "20 days, 6 more than promised"."""
    days = days_words(row.days)
    left = PROMISED_DAYS - row.days
    if left >= 0:
        return filled(QCoreApplication.translate("waiting", "{days}, {left} left of 14"), days=days, left=left)
    return filled(QCoreApplication.translate("waiting", "{days}, {over} more than promised"), days=days, over=-left)


def summary_words(rows: Sequence[WaitingRow]) -> str:
    """Return how many wait, how many too long, how many have a mentor proposed."""
    if not rows:
        return ""
    text = QCoreApplication.translate(
        "waiting", "Waiting: {count}. Longer than two weeks: {late}. With a mentor proposed: {proposed}."
    )
    late = sum(row.is_late for row in rows)
    return filled(text, count=len(rows), late=late, proposed=sum(row.proposed is not None for row in rows))


def proposal_words(row: WaitingRow) -> str:
    """Return who is proposed."""
    return row.proposed.name if row.proposed else QCoreApplication.translate("waiting", "Nobody at present")


def without_words(row: WaitingRow) -> list[str]:
    """Return why nobody is proposed, a line for each reason."""
    if Exclusion.CONSENT_MISSING in row.why.left_out:
        return [QCoreApplication.translate("waiting", "They have not agreed to mentoring. Ask them first.")]
    lines = []
    if row.taken:
        text = QCoreApplication.translate("waiting", "Would fit, but every place goes to somebody else: {count}")
        lines.append(filled(text, count=row.taken))
    return [*lines, *left_out_words(row.why)] or [
        QCoreApplication.translate("waiting", "There is no mentor in this programme yet.")
    ]
