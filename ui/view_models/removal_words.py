"""The proof that a charity's laptops removed a person, in words: how many did, and when the others lock themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.card import RemovalReceipt, WaitingLaptop
from ui.messages import day_words
from ui.widgets.text import filled

# With more than these the sentences would say less than a count.
_MOST_TOLD_SINGLY: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalWords:
    """How far a removal has come.

    Attributes:
        statement: how many laptops have removed the person.
        detail: what the others do; empty when none is left.
        is_whole: whether every laptop proved it.
    """

    statement: str
    detail: str
    is_whole: bool


def removal_words(receipt: RemovalReceipt, on: date) -> RemovalWords:
    """Return "Back Up: 3 of 4 laptops have removed this." and what the fourth does (sync.md 8)."""
    return RemovalWords(
        statement=_statement(receipt),
        detail=_detail(receipt, on),
        is_whole=receipt.removed >= receipt.laptops,
    )


def _statement(receipt: RemovalReceipt) -> str:
    if receipt.laptops == 0:
        words = QCoreApplication.translate("removal", "{org}: no laptop held this.")
    elif receipt.laptops > 1:
        words = QCoreApplication.translate("removal", "{org}: {removed} of {laptops} laptops have removed this.")
    elif receipt.removed:
        words = QCoreApplication.translate("removal", "{org}: the only laptop has removed this.")
    else:
        words = QCoreApplication.translate("removal", "{org}: the only laptop has not removed this yet.")
    return filled(words, org=receipt.partner_name, removed=receipt.removed, laptops=receipt.laptops)


def _detail(receipt: RemovalReceipt, on: date) -> str:
    waiting = receipt.waiting
    if len(waiting) > _MOST_TOLD_SINGLY:
        return _together(waiting, on)
    names = [_name(receipt, receipt.removed + at) for at in range(1, len(waiting) + 1)]
    return " ".join(_one(laptop, name, on) for laptop, name in zip(waiting, names, strict=True))


def _name(receipt: RemovalReceipt, number: int) -> str:
    if receipt.laptops == 1:
        return QCoreApplication.translate("removal", "It")
    ordinals = (
        QCoreApplication.translate("removal", "The first"),
        QCoreApplication.translate("removal", "The second"),
        QCoreApplication.translate("removal", "The third"),
        QCoreApplication.translate("removal", "The fourth"),
        QCoreApplication.translate("removal", "The fifth"),
        QCoreApplication.translate("removal", "The sixth"),
        QCoreApplication.translate("removal", "The seventh"),
        QCoreApplication.translate("removal", "The eighth"),
        QCoreApplication.translate("removal", "The ninth"),
        QCoreApplication.translate("removal", "The tenth"),
    )
    if number <= len(ordinals):
        return ordinals[number - 1]
    return filled(QCoreApplication.translate("removal", "Laptop {number}"), number=number)


def _one(laptop: WaitingLaptop, name: str, on: date) -> str:
    if laptop.last_seen_on is None:
        said = QCoreApplication.translate("removal", "{name} was never seen")
    else:
        said = QCoreApplication.translate("removal", "{name} was last seen on {seen}")
    if laptop.locks_on is None:
        said += "."
    elif laptop.locks_on < on:
        said += QCoreApplication.translate("removal", " and locked itself on {locks}.")
    else:
        said += QCoreApplication.translate("removal", " and locks itself on {locks}.")
    seen = day_words(laptop.last_seen_on, on) if laptop.last_seen_on else ""
    return filled(said, name=name, seen=seen, locks=day_words(laptop.locks_on, on) if laptop.locks_on else "")


def _together(waiting: tuple[WaitingLaptop, ...], on: date) -> str:
    days = [laptop.locks_on for laptop in waiting if laptop.locks_on is not None]
    if len(days) < len(waiting):
        return filled(QCoreApplication.translate("removal", "{count} have not said so yet."), count=len(waiting))
    last = max(days)
    if last < on:
        words = QCoreApplication.translate("removal", "The other {count} had all locked themselves by {day}.")
    else:
        words = QCoreApplication.translate("removal", "The other {count} lock themselves by {day} at the latest.")
    return filled(words, count=len(waiting), day=day_words(last, on))
