"""A request for access in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.access_pack import Passage, PassageId
from app.domain.clocks import london_day
from app.use_cases.access_requests import FoundPerson, RequestRow, RequestView
from app.use_cases.holding_back import HeldBackRow, HeldBackWhy
from ui.messages import column_day, day_words, label
from ui.widgets.text import filled


def due_words(day: date, on: date) -> str:
    """Return a day as a column has room for it."""
    return column_day(day, on)


def standing_words(row: RequestRow) -> str:
    """Return where a request stands."""
    if not row.is_open:
        return QCoreApplication.translate("access", "Answered")
    if row.is_late:
        return QCoreApplication.translate("access", "Late")
    return QCoreApplication.translate("access", "To be answered")


def found_words(found: FoundPerson) -> str:
    """Return who somebody is, told from others of the same name."""
    if not found.dob:
        return found.name
    return filled(QCoreApplication.translate("access", "{name}, born {dob}"), name=found.name, dob=found.dob)


def arrived_words(view: RequestView) -> str:
    """Return that the whole record is still on its way; empty once it is here."""
    if view.has_arrived:
        return ""
    return QCoreApplication.translate(
        "access", "The whole record has not arrived yet. It comes with the next exchanges; the files wait for it."
    )


def count_words(view: RequestView, decided: Mapping[PassageId, bool]) -> str:
    """Return how far looking through has come."""
    there = [each.place for each in view.passages]
    done = [place for place in there if place in decided]
    if len(done) < len(there):
        words = QCoreApplication.translate(
            "access", "{left} of {count} places may be the words of others, or about others. Read each."
        )
        return filled(words, left=len(there) - len(done), count=len(there))
    gone = sum(not decided[place] for place in there)
    words = QCoreApplication.translate(
        "access", "Everything was looked at. {records} records go into the files; {gone} places are left out."
    )
    return filled(words, records=view.records, gone=gone)


def passage_words(passage: Passage, number: int, count: int) -> tuple[str, str]:
    """Return what a passage is, and its words."""
    words = QCoreApplication.translate("access", "{number} of {count}: {kind}, {day}, by: {role}.")
    day = day_words(date.fromisoformat(passage.on))
    about = filled(
        words,
        number=number,
        count=count,
        kind=label("record_type", passage.kind),
        day=day,
        role=label("role", passage.role),
    )
    if passage.place.field == "other_person":
        return about, QCoreApplication.translate("access", "Who somebody else is to the person, and that they are.")
    return about, passage.words


def held_back_options() -> list[tuple[str, str]]:
    """Return what people may want who do not want their record used."""
    return [
        (HeldBackWhy.RESTRICTION, QCoreApplication.translate("access", "Keep it, but do not use it for now")),
        (HeldBackWhy.OBJECTION, QCoreApplication.translate("access", "They object to its use")),
    ]


def why_words(row: HeldBackRow) -> str:
    """Return why a record is held back."""
    if row.why is None:
        return QCoreApplication.translate("access", "Not known here")
    return dict(held_back_options())[row.why]


def since_words(row: HeldBackRow, on: date) -> str:
    """Return since when, as a column has room for it."""
    return "" if row.since is None else column_day(london_day(row.since), on)


def chosen_words(row: HeldBackRow) -> str:
    """Return the question that is asked of one record."""
    words = QCoreApplication.translate("access", "{name}: let this record be used again?")
    return filled(words, name=row.name)
