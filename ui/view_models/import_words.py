"""A spreadsheet of people in words: what its columns are read as, and what would become of each row."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication

from app.domain.sheets import HEADINGS, WRITTEN, ListKind, Refused
from app.use_cases.importing import DryRun, Look
from ui.messages import words_of
from ui.widgets.text import filled


def heading_choices(kind: ListKind = ListKind.PEOPLE) -> list[tuple[str, str]]:
    """Return what a column of a list can be read as, with its words."""
    return [(heading.value, WRITTEN[heading]) for heading in HEADINGS[kind]]


def count_words(run: DryRun) -> str:
    """Return how many rows would become what."""
    return filled(
        QCoreApplication.translate("import", "New people: {new}. Possibly known already: {same}. To put right: {bad}."),
        new=len(run.new),
        same=len(run.looks) - len(run.new),
        bad=len(run.refused),
    )


def rows_of(run: DryRun) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, name, what becomes of it and why, of every row; those that need somebody first."""
    for row in run.refused:
        yield row.number, row.name, QCoreApplication.translate("import", "Put right"), _reasons(row)
    for look in sorted(run.looks, key=lambda each: each.is_new):
        becomes = (
            QCoreApplication.translate("import", "New")
            if look.is_new
            else QCoreApplication.translate("import", "Known already?")
        )
        yield look.told.number, look.told.name, becomes, _why(look)


def _reasons(row: Refused) -> str:
    return " ".join(words_of(reason).whole for reason in row.reasons)


def _why(look: Look) -> str:
    if look.same:
        first = look.same[0]
        where = f", {first.where}" if first.where else ""
        return filled(QCoreApplication.translate("import", "Like {name} here{where}."), name=first.name, where=where)
    if look.same_row:
        return filled(QCoreApplication.translate("import", "Like row {row} of this file."), row=look.same_row)
    if look.told.had_consent:
        return QCoreApplication.translate("import", "Ask for consent again: the file does not hold all of it.")
    return ""
