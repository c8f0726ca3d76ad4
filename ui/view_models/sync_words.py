"""How this laptop stands towards the central service, in sentences that each rest on a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.errors import NetworkError
from app.use_cases.sync_status import SyncStatus, WaitingItem
from ui.messages import age_words, day_and_hour, day_words, label, moment_words, words_of
from ui.view_models.standing import standing_words
from ui.widgets.text import filled

LEASE_WARNING: Final = timedelta(days=4)
NOTICE_AFTER: Final = timedelta(days=1)
WARN_AFTER: Final = timedelta(days=3)
TOO_OLD: Final = frozenset({"service.update_needed", "service.update_to_send"})
"""Troubles that no network mends: this program has to be replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement and how it is said: `plain`, `info`, `attention`, `stop` or `done`."""

    words: str
    manner: str = "plain"


def bar_words(status: SyncStatus, now: datetime) -> Said:
    """Return the sentence of the status line: the first that applies, never calm by guess."""
    said = _first_that_applies(status, now)
    if not status.enrolled or not status.device.last_trouble:
        return said
    trouble = words_of(NetworkError(status.device.last_trouble))
    if status.device.last_trouble in TOO_OLD:
        return Said(words=f"{trouble.whole} {said.words}", manner=_louder(said.manner, "attention"))
    offline = trouble.sentence
    keep = QCoreApplication.translate("sync", "You can keep working.")
    return Said(words=f"{offline} {keep} {said.words}", manner=_louder(said.manner, "attention"))


def _first_that_applies(status: SyncStatus, now: datetime) -> Said:
    lease = status.device.lease_until
    if lease is not None and lease - now <= LEASE_WARNING:
        text = QCoreApplication.translate("sync", "Connect by {day}, or this laptop locks.")
        words = f"{filled(text, day=day_words(london_day(lease), london_day(now)))} {_unsent(status, now)}"
        return Said(words=words.strip(), manner="attention")
    if status.needs_you:
        return Said(words=needs_you_words(status.needs_you), manner="info")
    if not status.enrolled:
        # A laptop alone has nobody to send to: counting what it keeps would only frighten.
        return Said(words=QCoreApplication.translate("sync", "Everything is kept on this laptop."))
    if status.waiting.unsent:
        return Said(words=_unsent(status, now), manner=_manner_of_age(status, now))
    if status.device.last_success_at is None:
        return Said(words=QCoreApplication.translate("sync", "Nothing was sent or fetched yet."), manner="info")
    if not status.at_head:
        return Said(words=QCoreApplication.translate("sync", "Still fetching. Not complete yet."), manner="info")
    text = QCoreApplication.translate("sync", "Everything sent. Last sent {when}.")
    return Said(words=filled(text, when=moment_words(status.device.last_success_at, now)), manner="done")


def needs_you_words(count: int) -> str:
    """Return "1 thing needs you. Nothing else is held up."."""
    if count == 1:
        return QCoreApplication.translate("sync", "1 thing needs you. Nothing else is held up.")
    return filled(QCoreApplication.translate("sync", "{count} things need you. Nothing else is held up."), count=count)


def list_words(records: int) -> str:
    """Return how many records wait; entries of the log travel with what they speak of and are not counted."""
    return filled(QCoreApplication.translate("sync", "{records} in this list."), records=records)


def _unsent(status: SyncStatus, now: datetime) -> str:
    count, oldest = status.waiting.unsent, status.waiting.oldest_at
    if not count:
        return ""
    if count == 1:
        words = QCoreApplication.translate("sync", "1 thing only on this laptop")
    else:
        words = filled(QCoreApplication.translate("sync", "{count} things only on this laptop"), count=count)
    if oldest is not None and now - oldest >= timedelta(minutes=1):
        text = QCoreApplication.translate("sync", "{words}, oldest {age}")
        words = filled(text, words=words, age=age_words(oldest, now))
    last = status.device.last_success_at
    if last is not None:
        text = QCoreApplication.translate("sync", "{words}; last sent {when}")
        words = filled(text, words=words, when=moment_words(last, now))
    return f"{words}."


def _manner_of_age(status: SyncStatus, now: datetime) -> str:
    oldest = status.waiting.oldest_at
    if oldest is None or now - oldest < NOTICE_AFTER:
        return "plain"
    return "info" if now - oldest < WARN_AFTER else "attention"


def _louder(one: str, other: str) -> str:
    order = ("plain", "done", "info", "attention", "stop")
    return max(one, other, key=order.index)


def facts(status: SyncStatus, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return what the page says of the connection: each its name and its words."""
    device, on = status.device, london_day(now)
    never = QCoreApplication.translate("sync", "Never yet")
    if not status.enrolled:
        return ()
    last = day_and_hour(device.last_success_at, on) if device.last_success_at else never
    lease = day_words(london_day(device.lease_until), on) if device.lease_until else ""
    trouble = ""
    if device.last_trouble and device.last_trouble_at:
        trouble = (
            f"{words_of(NetworkError(device.last_trouble)).sentence} ({moment_words(device.last_trouble_at, now)})"
        )
    fetched = (
        QCoreApplication.translate("sync", "Everything there is for this laptop")
        if status.at_head
        else QCoreApplication.translate("sync", "Not complete yet")
    )
    return (
        (QCoreApplication.translate("sync", "Charity"), status.org_name),
        (QCoreApplication.translate("sync", "Last sent and fetched"), last),
        (QCoreApplication.translate("sync", "Fetched"), fetched),
        (QCoreApplication.translate("sync", "Trouble"), trouble),
        (QCoreApplication.translate("sync", "Must connect by"), lease),
    )


def trouble_words(status: SyncStatus) -> tuple[str, str]:
    """Return what the network's trouble means and what to do, both empty when there is none."""
    if not status.device.last_trouble:
        return "", ""
    words = words_of(NetworkError(status.device.last_trouble))
    return words.sentence, words.next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWords:
    """One change that is only on this laptop, in words."""

    what: str
    about: str
    since: str
    state: str


def waiting_words(item: WaitingItem, now: datetime) -> WaitingWords:
    """Return one change in words."""
    return WaitingWords(
        what=label("record_type", item.record_type),
        about=item.person_name,
        since=moment_words(item.made_at, now),
        state=standing_words(item.standing),
    )
