"""Leaving the ward in words: what each line says while it is open and when it is done, and what its button opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.ids import ConsentEventId, PersonId
from app.use_cases.leaving_ward import LeavingKind, LeavingLine, OpenItem
from ui.messages import moment_words
from ui.view_models.subjects import WasRecorded
from ui.widgets.text import filled

MOST_NAMES: Final = 3
"""More names would hide what to do; the page that opens has them all."""


def open_words(line: LeavingLine) -> str:
    """Return what is open: "2 talks without a receipt."."""
    one, many = _OPEN[line.kind]
    text = QCoreApplication.translate("leaving", one if line.count == 1 else many)
    return filled(text, count=line.count)


def detail_words(line: LeavingLine, now: datetime) -> str:
    """Return whom it is about, and since when for what waits to be sent."""
    parts = [_names(line.names)]
    if line.kind is LeavingKind.UNCONFIRMED and line.oldest_at is not None:
        text = QCoreApplication.translate("leaving", "The oldest is from {when}.")
        parts.append(filled(text, when=moment_words(line.oldest_at, now)))
    return " ".join(part for part in parts if part)


def reason_words(line: LeavingLine) -> str:
    """Return the reason as it was said, empty when none was."""
    if not line.reason:
        return ""
    return filled(QCoreApplication.translate("leaving", "Your reason: {reason}"), reason=line.reason)


def done_words(kind: LeavingKind) -> str:
    """Return what a done line says."""
    return QCoreApplication.translate("leaving", _DONE[kind])


def fix_words(kind: LeavingKind) -> str:
    """Return the words of the button that puts a line right."""
    return QCoreApplication.translate("leaving", _FIX[kind])


def topic_words(kind: LeavingKind) -> str:
    """Return what tells the buttons of one line from those of another."""
    return QCoreApplication.translate("leaving", _TOPIC[kind])


def state_words(lines: Sequence[LeavingLine]) -> tuple[str, str, str]:
    """Return statement, detail and manner of the whole check."""
    left = sum(not line.is_answered for line in lines)
    if left == 0 and all(line.is_done for line in lines):
        safe = QCoreApplication.translate("leaving", "Safe to hand back: nothing is only on this laptop.")
        return safe, "", "done"
    if left == 0:
        return (
            QCoreApplication.translate("leaving", "Everything is looked at. What stays open has its reason."),
            QCoreApplication.translate("leaving", "Keep this laptop with you or locked away until it has sent."),
            "info",
        )
    text = "1 line to look at before you go." if left == 1 else "{count} lines to look at before you go."
    return (
        filled(QCoreApplication.translate("leaving", text), count=left),
        QCoreApplication.translate("leaving", "Put each right, or say why it stays. You can lock at any time."),
        "attention",
    )


def target_of(item: OpenItem) -> tuple[str, object | None]:
    """Return page and subject to open for one thing."""
    if item.page == "consent_done" and item.subject is not None and item.person_id is not None:
        return item.page, WasRecorded(person_id=PersonId(item.person_id), event_id=ConsentEventId(item.subject))
    return item.page, item.subject


def _names(names: Sequence[str]) -> str:
    if not names:
        return ""
    said = ", ".join(names[:MOST_NAMES])
    if len(names) <= MOST_NAMES:
        return f"{said}."
    text = QCoreApplication.translate("leaving", "{names}, and {count} more.")
    return filled(text, names=said, count=len(names) - MOST_NAMES)


_OPEN: Final[Mapping[LeavingKind, tuple[str, str]]] = MappingProxyType(
    {
        LeavingKind.DRAFTS: ("1 form is begun and not recorded.", "{count} forms are begun and not recorded."),
        LeavingKind.UNCONFIRMED: (
            "1 change is not confirmed by the central service.",
            "{count} changes are not confirmed by the central service.",
        ),
        LeavingKind.ATTENTION: ("1 record needs you.", "{count} records need you."),
        LeavingKind.PROMISES: (
            "1 promise of today is due within 7 days.",
            "{count} promises of today are due within 7 days.",
        ),
        LeavingKind.RECEIPTS: (
            "1 talk of today has no receipt, given or refused.",
            "{count} talks of today have no receipt, given or refused.",
        ),
        LeavingKind.NO_DAY: (
            "1 person could not answer, and no day is set to ask again.",
            "{count} people could not answer, and no day is set to ask again.",
        ),
        LeavingKind.HELD_BACK: ("1 referral was held back.", "{count} referrals were held back."),
    }
)

_DONE: Final[Mapping[LeavingKind, str]] = MappingProxyType(
    {
        LeavingKind.DRAFTS: "No form is begun and not recorded.",
        LeavingKind.UNCONFIRMED: "Nothing waits to be sent or confirmed.",
        LeavingKind.ATTENTION: "No record needs you.",
        LeavingKind.PROMISES: "No promise of today is due within 7 days.",
        LeavingKind.RECEIPTS: "Every talk of today has its receipt, given or refused.",
        LeavingKind.NO_DAY: "Whoever could not answer has a day to be asked again.",
        LeavingKind.HELD_BACK: "No referral is held back.",
    }
)

_FIX: Final[Mapping[LeavingKind, str]] = MappingProxyType(
    {
        LeavingKind.DRAFTS: "Go on with it",
        LeavingKind.UNCONFIRMED: "Send it",
        LeavingKind.ATTENTION: "Look at it",
        LeavingKind.PROMISES: "Open Today",
        LeavingKind.RECEIPTS: "Give the receipt",
        LeavingKind.NO_DAY: "Set the day",
        LeavingKind.HELD_BACK: "Open the referral",
    }
)

_TOPIC: Final[Mapping[LeavingKind, str]] = MappingProxyType(
    {
        LeavingKind.DRAFTS: "what is begun",
        LeavingKind.UNCONFIRMED: "what is not confirmed",
        LeavingKind.ATTENTION: "what needs you",
        LeavingKind.PROMISES: "promises",
        LeavingKind.RECEIPTS: "receipts",
        LeavingKind.NO_DAY: "days to ask again",
        LeavingKind.HELD_BACK: "referrals held back",
    }
)
