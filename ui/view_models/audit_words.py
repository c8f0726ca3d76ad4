"""The audit in words: who, what, about whom, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_moment
from app.domain.ids import UserId
from app.domain.lists.table import written_list
from app.security.slot_notes import SlotAct
from app.use_cases.auditing import AuditKind, AuditQuery, AuditRow
from ui.messages import label, labels, moment_words

PERIODS: Final = {"7": 7, "30": 30, "365": 365, "ever": None}
"""The keys of the times that can be chosen, and their days."""


def kind_options() -> list[tuple[str, str]]:
    """Return what can be chosen of what somebody did."""
    return [
        (AuditKind.LOOKED, QCoreApplication.translate("audit", "Looked")),
        (AuditKind.CHANGED, QCoreApplication.translate("audit", "Made or changed")),
        (AuditKind.TAKEN, QCoreApplication.translate("audit", "Sent, printed or exported")),
        (AuditKind.LAPTOP, QCoreApplication.translate("audit", "The laptop itself")),
    ]


def period_options() -> list[tuple[str, str]]:
    """Return the times that can be chosen."""
    return [
        ("7", QCoreApplication.translate("audit", "The last 7 days")),
        ("30", QCoreApplication.translate("audit", "The last 30 days")),
        ("365", QCoreApplication.translate("audit", "The last year")),
        ("ever", QCoreApplication.translate("audit", "All the time")),
    ]


def who_words(row: AuditRow) -> str:
    """Return the colleague's name, or what is known of them."""
    return row.who or QCoreApplication.translate("audit", "Not known here")


def action_words(row: AuditRow) -> str:
    """Return what was done; what a newer version of the program did is told by its own word."""
    return labels("audit_action").get(row.action) or _spaced(row.action)


def about_words(row: AuditRow) -> str:
    """Return the person's name, or why there is none."""
    if not row.has_subject:
        return ""
    if row.name:
        return row.name
    if row.about is not None:
        return QCoreApplication.translate("audit", "Somebody whose record is not here")
    return QCoreApplication.translate("audit", "Erased or not known here")


def reason_words(row: AuditRow) -> str:
    """Return why, as the program wrote it down."""
    return _reasons().get(row.reason) or labels("record_type").get(row.reason) or _spaced(row.reason)


def when_words(row: AuditRow, now: datetime) -> str:
    """Return when it was, in London; a doubtful clock is said."""
    words = moment_words(row.at, now)
    return words + QCoreApplication.translate("audit", ", clock in doubt") if row.clock_doubt else words


def audit_csv(rows: Iterable[AuditRow]) -> bytes:
    """Return the rows as a spreadsheet, in which no cell is taken for a formula."""
    headings = ("when", "clock_in_doubt", "who", "role", "what", "about", "why", "laptop")
    return written_list(
        headings,
        (
            (
                f"{london_moment(row.at):%Y-%m-%d %H:%M:%S}",
                "yes" if row.clock_doubt else "",
                who_words(row),
                label("role", row.role),
                action_words(row),
                about_words(row),
                reason_words(row),
                str(row.device),
            )
            for row in rows
        ),
    )


def query_of(period: str | None, kind: str | None, by: str | None, name: str) -> AuditQuery:
    """Return what was chosen as a question."""
    return AuditQuery(
        days=PERIODS[period or "30"],
        kind=None if kind is None else AuditKind(kind),
        by=None if by is None else UserId(UUID(by)),
        name=name,
    )


def _spaced(code: str) -> str:
    return code.replace("_", " ").capitalize()


def _reasons() -> dict[str, str]:
    return {
        "": "",
        "set_up": QCoreApplication.translate("audit", "Setting up the laptop"),
        SlotAct.OWN_PASSWORD: QCoreApplication.translate("audit", "Own password changed"),
        SlotAct.BY_COLLEAGUE: QCoreApplication.translate("audit", "New password, let in by a colleague"),
        SlotAct.BY_CUSTODIANS: QCoreApplication.translate("audit", "New password, by two custodians"),
        SlotAct.NEW_PARTS: QCoreApplication.translate("audit", "New parts for the custodians"),
        SlotAct.NEW_SECRET: QCoreApplication.translate("audit", "Laptop’s lost key made anew, by two custodians"),
        SlotAct.PLACE_ADDED: QCoreApplication.translate("audit", "Colleague given a place on the laptop"),
        SlotAct.PLACE_ENDED: QCoreApplication.translate("audit", "Somebody’s place on the laptop ended"),
        SlotAct.ROTATED: QCoreApplication.translate("audit", "New key for the records begun"),
        "new_key": QCoreApplication.translate("audit", "New key for the records in place"),
        SlotAct.UNEXPLAINED: QCoreApplication.translate("audit", "Changed outside the program"),
        "asked": QCoreApplication.translate("audit", "Asked for"),
        "idle": QCoreApplication.translate("audit", "Nobody used it"),
        "lease": QCoreApplication.translate("audit", "Too long without contact"),
        "given": QCoreApplication.translate("audit", "Given to a colleague"),
        "opened": QCoreApplication.translate("audit", "From a colleague"),
        "inside": QCoreApplication.translate("audit", "Shown by the program"),
        "outside": QCoreApplication.translate("audit", "In another program"),
        "audit": QCoreApplication.translate("audit", "The audit"),
        "impact": QCoreApplication.translate("audit", "Impact report"),
        "attention": QCoreApplication.translate("audit", "Needs attention"),
        "from_outside": QCoreApplication.translate("audit", "Referral from outside"),
        "import": QCoreApplication.translate("audit", "Import of a list"),
        "people": QCoreApplication.translate("audit", "List of people"),
    }
