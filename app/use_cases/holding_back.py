"""Restriction and objection (UK GDPR Art. 18 and 21): a record that is kept and not used until the lead lets it go.

What the flag does is decided elsewhere, once for both sides: the access list gives the record to the data protection
lead alone, and it is out of matching, lists and sending (`app/domain/visibility.py`, `gate.py`, `gaps.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.codes import AuditAction, PersonStatus
from app.domain.ids import PersonId
from app.domain.person import Person
from app.errors import BadInputError, NotFoundError
from app.storage.audit import about_person
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault


class HeldBackWhy(StrEnum):
    """Why a record is not used: the person asked to stop its use for now, or objects to it."""

    RESTRICTION = "restriction"
    OBJECTION = "objection"


LET_GO: Final = "restriction_lifted"
"""The reason under which it stands in the audit that a record is used again."""

_RECORD: Final = "held_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBackRow:
    """One record that is held back.

    Attributes:
        since, role, why: by the newest entry of the audit that is held here; None and empty where there is none.
    """

    person_id: PersonId
    name: str
    since: datetime | None
    role: str
    why: HeldBackWhy | None


def hold_back(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, why: HeldBackWhy | None) -> Person:
    """Keep a record and stop its use: it leaves every laptop but the data protection lead's.

    Raises:
        BadInputError: `held_back.why.required`; `held_back.person.duplicate`: it is held back already.
        NotFoundError: the person is not held here, is another charity's, or was erased.
        NotPermittedError: only the data protection lead does it.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        person = _own(work, actor, person_id)
        if why is None:
            raise BadInputError.at(_RECORD, "why", "required")
        if person.restricted:
            raise BadInputError.at(_RECORD, "person", "duplicate")
        changed = work.change(Person, person_id, fields={"restricted": True})
        work.audit(AuditAction.CHANGE, person=person_id, reason=why.value)
        return changed


def held_back(vault: Vault, *, actor: Actor) -> tuple[HeldBackRow, ...]:
    """Return the records that are held back, by name.

    Raises:
        NotPermittedError: only the data protection lead reads them.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.reading() as read:
        people = [each for each in read.all(Person) if each.org == actor.org and each.restricted]
        rows = [_row(read, actor, each) for each in people]
    return tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.person_id)))


def let_go(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> Person:
    """Let a record be used again: it comes back to whoever has a reason to hold it.

    Raises:
        NotFoundError: the person is not held here, or not held back.
        NotPermittedError: only the data protection lead does it.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        if not _own(work, actor, person_id).restricted:
            raise NotFoundError("held_back.not_found")
        changed = work.change(Person, person_id, fields={"restricted": False})
        work.audit(AuditAction.CHANGE, person=person_id, reason=LET_GO)
        return changed


def _own(work: UnitOfWork, actor: Actor, person_id: PersonId) -> Person:
    person = work.get(Person, person_id)
    if person.org != actor.org or person.status is PersonStatus.ERASED:
        raise NotFoundError("person.not_found")
    return person


def _row(read: Reader, actor: Actor, person: Person) -> HeldBackRow:
    newest = _newest(read, actor, PersonId(person.id))
    return HeldBackRow(
        person_id=PersonId(person.id),
        name=person.full_name,
        since=None if newest is None else datetime.fromisoformat(newest["at"]),
        role="" if newest is None else newest["created_role"],
        why=None if newest is None else HeldBackWhy(newest["reason"]),
    )


def _newest(read: Reader, actor: Actor, person_id: PersonId) -> Mapping[str, Any] | None:
    reasons = {each.value for each in HeldBackWhy}
    said = [body for body in about_person(read.connection, person_id, actor.device) if body.get("reason") in reasons]
    return max(said, key=lambda body: str(body["at"]), default=None)
