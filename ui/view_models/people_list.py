"""The list of people in words: who, where, when they leave, what comes next, and whether it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.storage.lists import PeopleFilter, Standing
from app.use_cases.people import ListRow
from ui.messages import column_day, label
from ui.view_models.standing import standing_words
from ui.widgets.text import filled, in_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One row in words.

    Attributes:
        name: full name, with the name they go by where it is another.
        where: site, ward and bed.
        leaves: the day they are expected to leave.
        next_thing: what is due first, and when.
        is_due: whether that is due today or before.
        standing: whether anything is only on this laptop, in words.
        is_received: whether everything about the person is proved received.
    """

    name: str
    where: str
    leaves: str
    next_thing: str
    is_due: bool
    standing: str
    is_received: bool


def person_line(row: ListRow, on: date) -> PersonLine:
    """Return one row of the list in words, as read on the day `on`."""
    return PersonLine(
        name=name_with_known_as(row.name, row.known_as),
        where=_where(row),
        leaves=_leaves(row, on),
        next_thing=_next_thing(row, on),
        is_due=row.next_on is not None and row.next_on <= on,
        standing=standing_words(row.standing),
        is_received=row.standing is Standing.RECEIVED,
    )


def name_with_known_as(name: str, known_as: str) -> str:
    """Return "Samira Osei (Sam)", or the name alone when they go by a part of it."""
    if not known_as or known_as.casefold() in {part.casefold() for part in name.split()} or known_as == name:
        return name
    return f"{in_sentence(name)} ({in_sentence(known_as)})"


def filters() -> Sequence[tuple[str, str]]:
    """Return the filters of the list as key and words."""
    return (
        (PeopleFilter.ALL, QCoreApplication.translate("people", "Everyone")),
        (PeopleFilter.ON_WARD, QCoreApplication.translate("people", "On a ward")),
        (PeopleFilter.GOING_HOME, QCoreApplication.translate("people", "Leaving within 14 days")),
        (PeopleFilter.TO_ASK, QCoreApplication.translate("people", "To ask again")),
        (PeopleFilter.CLOSED, QCoreApplication.translate("people", "Closed")),
    )


def count_words(count: int, *, more: bool, typed: str) -> str:
    """Return how many people are shown: "3 people found"."""
    if more:
        text = QCoreApplication.translate("people", "The first {count} of many. Type more to narrow it.")
    elif typed and count == 1:
        text = QCoreApplication.translate("people", "1 person found.")
    elif typed:
        text = QCoreApplication.translate("people", "{count} people found.")
    elif count == 1:
        text = QCoreApplication.translate("people", "1 person.")
    else:
        text = QCoreApplication.translate("people", "{count} people.")
    return filled(text, count=f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"))


def nobody_words(shown: PeopleFilter, typed: str) -> tuple[str, str]:
    """Return what an empty list says, and what to do first."""
    if typed:
        return (
            QCoreApplication.translate("people", "Nobody found."),
            QCoreApplication.translate(
                "people", "Try the beginning of any of their names, the ward, or the last four digits of a phone."
            ),
        )
    match shown:
        case PeopleFilter.ALL:
            return (
                QCoreApplication.translate("people", "Nobody is registered yet."),
                QCoreApplication.translate("people", "Everybody you meet on a ward and register stands here."),
            )
        case PeopleFilter.ON_WARD:
            return (QCoreApplication.translate("people", "Nobody here is on a ward now."), "")
        case PeopleFilter.GOING_HOME:
            return (
                QCoreApplication.translate("people", "Nobody is expected to leave within 14 days."),
                QCoreApplication.translate("people", "The expected day is kept under Contact on a person's page."),
            )
        case PeopleFilter.TO_ASK:
            return (QCoreApplication.translate("people", "Nobody is due to be asked again today."), "")
        case PeopleFilter.CLOSED:
            return (QCoreApplication.translate("people", "No record is closed."), "")


def _where(row: ListRow) -> str:
    bed = filled(QCoreApplication.translate("people", "bed {bed}"), bed=row.bed) if row.bed else ""
    place = ", ".join(part for part in (row.site, row.ward, bed) if part)
    if row.is_referred and not place:
        return QCoreApplication.translate("people", "Referred to us")
    return place


def _leaves(row: ListRow, on: date) -> str:
    if row.discharge_on is None:
        return ""
    # Said in full: where text is large, a row is one block without headings.
    return filled(QCoreApplication.translate("people", "leaves {day}"), day=column_day(row.discharge_on, on))


def _next_thing(row: ListRow, on: date) -> str:
    if not row.next_thing or row.next_on is None:
        return ""
    return f"{label('task_kind', row.next_thing)}, {column_day(row.next_on, on)}"
