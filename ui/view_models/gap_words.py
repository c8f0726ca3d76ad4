"""Why somebody stands on the gap watch or the re-ask list, in words; where they are, and who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.gaps import Cause, Gap
from app.domain.reask import ReaskReason
from app.use_cases.gap_watch import GapLine, ReaskLine, Where
from ui.messages import column_day, day_words, label, near_day
from ui.widgets.text import filled, lower_first


def where_words(where: Where) -> str:
    """Return "Stoke Mandeville · St David, bed 4"."""
    bed = filled(QCoreApplication.translate("gaps", "bed {bed}"), bed=where.bed) if where.bed else ""
    place = " · ".join(part for part in (where.site, where.ward) if part)
    return ", ".join(part for part in (place, bed) if part)


def leaves_words(where: Where, on: date) -> str:
    """Return the day somebody may leave, short enough for a column; empty when nobody knows."""
    if where.leaves_on is None:
        return ""
    if 0 <= (where.leaves_on - on).days < 7:
        words = near_day(where.leaves_on, on)
        return words[:1].upper() + words[1:]
    return column_day(where.leaves_on, on)


def short_cause(cause: Cause, line: GapLine) -> str:
    """Return one reason for a column."""
    return filled(QCoreApplication.translate("gaps", _SHORT[cause.gap]), org=_org(cause, line))


def cause_sentence(cause: Cause, line: GapLine, on: date) -> str:
    """Return one reason as a sentence with the day since which it holds."""
    if cause.gap is Gap.LEAVING_UNHELD:
        return _leaving(cause, line, on)
    words = filled(QCoreApplication.translate("gaps", _LONG[cause.gap]), org=_org(cause, line))
    since = filled(QCoreApplication.translate("gaps", "Since {day}."), day=day_words(cause.since, on))
    return f"{words} {since}"


def more_words(line: GapLine) -> str:
    """Return the most pressing reason, and how many more there are."""
    first = short_cause(line.causes[0], line)
    if len(line.causes) == 1:
        return first
    return filled(
        QCoreApplication.translate("gaps", "{first}, and {count} more"), first=first, count=len(line.causes) - 1
    )


def contact_words(line: GapLine, on: date) -> str:
    """Return when anybody last did something, as a sentence."""
    if line.last_contact is None:
        return QCoreApplication.translate("gaps", "Nobody has written anything yet.")
    words = QCoreApplication.translate("gaps", "Last contact: {day}.")
    return filled(words, day=near_day(line.last_contact, on))


def taken_words(line: GapLine, on: date) -> str:
    """Return who has taken it on and until when, empty when nobody has."""
    if not line.taken_by or line.taken_until is None:
        return ""
    words = QCoreApplication.translate("gaps", "{name} looks at it until {day}.")
    return filled(words, name=line.taken_by, day=near_day(line.taken_until, on))


def reask_words(line: ReaskLine) -> str:
    """Return why to ask again, and about what."""
    why = QCoreApplication.translate("gaps", _REASK[line.line.reason])
    purposes = ", ".join(lower_first(label("purpose", purpose)) for purpose in sorted(line.line.purposes))
    return f"{why}: {purposes}" if purposes else why


def _leaving(cause: Cause, line: GapLine, on: date) -> str:
    leaves_on = line.where.leaves_on
    if leaves_on is None:
        words = QCoreApplication.translate(
            "gaps", "They left the ward on {day}, and no charity is doing anything for them."
        )
        return filled(words, day=day_words(cause.since, on))
    words = QCoreApplication.translate(
        "gaps", "They leave the ward on {day}, and no charity is doing anything for them."
    )
    return filled(words, day=day_words(leaves_on, on))


def _org(cause: Cause, line: GapLine) -> str:
    name = line.org_names.get(cause.org, "") if cause.org is not None else ""
    return name or QCoreApplication.translate("gaps", "the charity")


_SHORT: Final[Mapping[Gap, str]] = MappingProxyType(
    {
        Gap.LEAVING_UNHELD: "Leaving, held by nobody",
        Gap.DECLINED_EVERYWHERE: "Every referral was turned down",
        Gap.NO_ACCEPTANCE: "Said yes, nobody has begun",
        Gap.NO_ACKNOWLEDGEMENT: "Not opened by {org}",
        Gap.NO_DECISION: "Not decided by {org}",
        Gap.STUCK_ON_LAPTOP: "A referral has not left this laptop",
        Gap.ENDED_UNMET: "Mentoring ended, no goal met",
        Gap.LONG_WAIT: "Long on the list of {org}",
        Gap.MENTEE_WAITING: "Waiting for a mentor",
        Gap.ASKED_TOO_LATE: "Should have been asked again",
        Gap.NOBODY_HOLDING: "Nobody holds them",
    }
)

_LONG: Final[Mapping[Gap, str]] = MappingProxyType(
    {
        Gap.LEAVING_UNHELD: "They leave the ward, and no charity is doing anything for them.",
        Gap.DECLINED_EVERYWHERE: "No referral is open. The last one, to {org}, came to nothing, and nothing followed.",
        Gap.NO_ACCEPTANCE: "They said yes, and no charity has ever accepted a referral.",
        Gap.NO_ACKNOWLEDGEMENT: "{org} has not opened the referral in time.",
        Gap.NO_DECISION: "{org} has not decided in time.",
        Gap.STUCK_ON_LAPTOP: "A referral to {org} has waited on this laptop for more than a day.",
        Gap.ENDED_UNMET: "Mentoring with {org} has ended, no goal was met, and no charity is doing anything for them.",
        Gap.LONG_WAIT: "They have been on the waiting list of {org} for more than 90 days, and nobody wrote anything.",
        Gap.MENTEE_WAITING: "They have been ready for a mentor for more than 21 days, and none is found.",
        Gap.ASKED_TOO_LATE: "The day to ask them again passed more than 14 days ago.",
        Gap.NOBODY_HOLDING: "They agreed to help or need it, and no charity is doing anything for them.",
    }
)

_REASK: Final[Mapping[ReaskReason, str]] = MappingProxyType(
    {
        ReaskReason.CROSSED: "Two answers do not fit together",
        ReaskReason.TURNED_16: "Turned 16: their own answer now",
        ReaskReason.LAPSED: "The yes has just ended",
        ReaskReason.EXPIRED: "The yes has ended",
        ReaskReason.EXPIRING: "The yes ends soon",
        ReaskReason.NOT_ABLE_NOW_DUE: "Was not able to answer",
        ReaskReason.DECIDE_LATER_DUE: "Wanted to decide later",
        ReaskReason.REFUSED_DUE: "Said no, and to ask again now",
        ReaskReason.WORDING_CHANGED: "The wording has changed",
        ReaskReason.NEW_MEMBER: "New charity that can help",
    }
)
