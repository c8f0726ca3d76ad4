"""The list of people out as a spreadsheet: no cell runs as a formula, its last row says who took it (domain.md 12)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

import openpyxl

from app.domain import access
from app.domain.access import Action, Reach
from app.domain.actor import Actor
from app.domain.cells import neutral
from app.domain.clocks import london_day, london_moment
from app.domain.codes import AuditAction, ContactKind
from app.domain.formats import PHONES, national
from app.domain.lists.table import written_list
from app.domain.person import ContactPoint, Person
from app.domain.sheets import WATERMARK, WRITTEN, Heading
from app.errors import NotPermittedError
from app.storage import find, lists
from app.storage.lists import PeopleFilter
from app.storage.vault import Vault

COLUMNS = (
    Heading.FIRST_NAME,
    Heading.LAST_NAME,
    Heading.KNOWN_AS,
    Heading.EMAIL,
    Heading.PHONE,
    Heading.BORN,
)
"""What leaves: the columns that are read back, and nothing of health or consent."""


class FileKind(StrEnum):
    """What the list is written as."""

    CSV = "csv"
    XLSX = "xlsx"


def is_permitted(actor: Actor) -> bool:
    """Answer whether the account may take the list out: only who reaches how to contact all of the charity's people."""
    return access.permitted(actor.roles, Action.READ_CONTACT) is Reach.ORGANISATION


def people_table(vault: Vault, *, actor: Actor, now: datetime, shown: PeopleFilter, kind: FileKind) -> bytes:
    """Return a list of the charity's own people as a file, and enter in the audit how many left with it.

    People only referred here are not ours to hand on; those whose record is restricted stay as well.

    Raises:
        NotPermittedError: the account does not reach all of the charity's people.
    """
    if not is_permitted(actor):
        raise NotPermittedError
    on = london_day(now)
    with vault.transaction(actor=actor, now=now) as work:
        ids = find.people_of(work.connection, lists.people_ids(work.connection, shown, on))
        held, contacts = work.of_people(Person, ids), work.of_people(ContactPoint, ids)
        people = [person for each in ids for person in held.get(each, []) if not person.restricted]
        rows = [_row(person, contacts.get(person.id, ()), on) for person in people]
        work.audit(AuditAction.EXPORT, reason="people", detail=str(len(rows)))
    rows.append((_watermark(actor, now),))
    headings = [WRITTEN[heading] for heading in COLUMNS]
    return written_list(headings, rows) if kind is FileKind.CSV else _workbook(headings, rows)


def _row(person: Person, contacts: Iterable[ContactPoint], on: date) -> tuple[str, ...]:
    usable = sorted((each for each in contacts if _is_usable(each, on)), key=lambda each: not each.preferred)
    mail = next((each.value for each in usable if each.kind is ContactKind.EMAIL), "")
    phone = next((each.value for each in usable if each.kind in PHONES - {ContactKind.WARD_PHONE}), "")
    return (person.given_name, person.family_name, person.known_as, mail, national(phone), person.dob or "")


def _is_usable(contact: ContactPoint, on: date) -> bool:
    is_over = contact.valid_until is not None and contact.valid_until < on
    return not (contact.archived or contact.never_use or is_over)


def _watermark(actor: Actor, now: datetime) -> str:
    moment = london_moment(now)
    return f"{WATERMARK}{actor.shown_name}, {moment:%Y-%m-%d %H:%M}, laptop {str(actor.device)[:8]}"


def _workbook(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(list(headings))
    for row in rows:
        page.append([neutral(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
