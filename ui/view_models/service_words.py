"""A service of the directory in words: whom it is for, the wait, whether it takes people, and when that was checked."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.codes import EligibleWhere, EligibleWho, Need, ServiceStatus
from app.use_cases.services import Listed, ServiceRow
from ui.messages import day_words, days_words, label
from ui.widgets.text import filled, lower_first


def status_words(row: ServiceRow, on: date) -> str:
    """Return whether a service takes people now."""
    if row.status is ServiceStatus.PAUSED:
        if row.paused_until is None:
            return QCoreApplication.translate("services", "Paused")
        words = QCoreApplication.translate("services", "Paused until {day}")
        return filled(words, day=day_words(row.paused_until, on))
    if row.places == 0:
        return QCoreApplication.translate("services", "Full")
    return QCoreApplication.translate("services", "Open")


def wait_words(row: ServiceRow) -> str:
    """Return the usual wait."""
    if row.wait_days is None:
        return QCoreApplication.translate("services", "Not said")
    if row.wait_days == 0:
        return QCoreApplication.translate("services", "No wait")
    return filled(QCoreApplication.translate("services", "About {days}"), days=days_words(row.wait_days))


def places_words(row: ServiceRow) -> str:
    """Return how many places are free, empty when the provider does not say."""
    if row.places is None:
        return ""
    return filled(QCoreApplication.translate("services", "{count} free"), count=row.places)


def checked_words(row: ServiceRow, on: date) -> str:
    """Return when a listing was last checked, and by whom."""
    words = QCoreApplication.translate("services", "{day}, {who}")
    return filled(words, day=day_words(row.checked_on, on), who=row.checked_by)


def needs_words(row: ServiceRow) -> str:
    """Return what a service is for, in the person's words."""
    return ", ".join(sorted(_need(need) for need in row.needs))


def who_words(row: ServiceRow) -> str:
    """Return whom a service is for: ages, nations, who and where."""
    rule = row.eligibility
    parts = []
    if rule.who is not EligibleWho.ANY:
        parts.append(label("eligible_who", rule.who))
    if rule.min_age is not None and rule.max_age is not None:
        words = QCoreApplication.translate("services", "aged {least} to {most}")
        parts.append(filled(words, least=rule.min_age, most=rule.max_age))
    elif rule.min_age is not None:
        parts.append(filled(QCoreApplication.translate("services", "aged {least} or over"), least=rule.min_age))
    elif rule.max_age is not None:
        parts.append(filled(QCoreApplication.translate("services", "up to {most} years old"), most=rule.max_age))
    if rule.nations:
        nations = ", ".join(sorted(label("nation", nation) for nation in rule.nations))
        parts.append(filled(QCoreApplication.translate("services", "in {nations}"), nations=nations))
    if rule.where is not EligibleWhere.ANY:
        parts.append(lower_first(label("eligible_where", rule.where)))
    words = ", ".join(parts) or QCoreApplication.translate("services", "Anybody affected")
    return words[:1].upper() + words[1:]


def exceptions_words(row: ServiceRow) -> tuple[str, ...]:
    """Return the provider's exceptions, each when it holds and what it says."""
    return tuple(f"{each.when}: {each.says}" for each in row.eligibility.exceptions)


def stale_words(row: ServiceRow) -> str:
    """Return what to do about a listing that nobody checked for long, empty while it is fresh."""
    if not row.is_stale:
        return ""
    if row.is_own:
        return QCoreApplication.translate("services", "Nobody has checked this for long. Check it and save.")
    words = QCoreApplication.translate(
        "services", "Nobody at {org} has checked this for long. Ring them before you rely on it."
    )
    return filled(words, org=row.org_name)


def becomes_words(listed: Listed) -> str:
    """Return what becomes of one listing of a file."""
    words = {
        "new": QCoreApplication.translate("services", "New"),
        "changed": QCoreApplication.translate("services", "Changes what is here"),
        "older": QCoreApplication.translate("services", "Left out: what is here was checked later"),
        "in_future": QCoreApplication.translate("services", "Left out: its check lies after today"),
        "not_yours": QCoreApplication.translate("services", "Left out: another charity’s"),
    }
    return words[listed.becomes]


def need_choices() -> list[tuple[str, str]]:
    """Return every need with its words, to choose from."""
    return [(need.value, _need(need)) for need in Need]


def _need(need: Need) -> str:
    return label("need", need)
