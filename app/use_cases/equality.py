"""Equality answers: written down as somebody gave them, sent, and never to be read again (`domain.md` 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.audit import AuditEntry
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, EthnicGroup, RecordType, Religion, Sex, SexualOrientation
from app.domain.equality import LIST_VERSION, EqualityAnswers
from app.domain.ids import PersonId
from app.domain.person import Person
from app.errors import BadInputError, NotFoundError
from app.storage.vault import Vault

RECORDED = "equality_answers"
"""The reason under which writing them down stands in the audit chain; it says no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityView:
    """What whoever asks sees: never an answer.

    Attributes:
        person_id: who is asked.
        name: who that is.
        last_on: when answers were last written down on this laptop; None where they never were.
        waits: answers of theirs are still to be sent.
    """

    person_id: PersonId
    name: str
    last_on: date | None
    waits: bool


def equality_view(vault: Vault, *, actor: Actor, person_id: PersonId) -> EqualityView:
    """Return who is asked, and when that was last done here.

    Raises:
        NotFoundError: the person is not one that the own charity registered.
    """
    access.require(actor.roles, Action.WRITE_EQUALITY)
    with vault.reading() as read:
        person = read.find(Person, person_id)
        if person is None or person.org != actor.org:
            raise NotFoundError("person.not_found")
        handle = read.handle_of(person_id)
        said = [
            entry.at
            for entry in read.all(AuditEntry)
            if handle and entry.subject == handle and (entry.action, entry.reason) == (AuditAction.CREATE, RECORDED)
        ]
        here = read.unconfirmed(RecordType.EQUALITY_ANSWERS)
        waits = any(each.id in here for each in read.of_person(EqualityAnswers, person_id))
    return EqualityView(
        person_id=person_id,
        name=person.full_name,
        last_on=london_day(max(said)) if said else None,
        waits=waits,
    )


def record_equality(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, answers: Mapping[str, str]
) -> EqualityAnswers:
    """Write down what somebody answered today; a list that is not in `answers` was left out.

    Raises:
        BadInputError: `equality_answers.answers.required`: every list was left out.
        NotFoundError: the person is not one that the own charity registered.
    """
    access.require(actor.roles, Action.WRITE_EQUALITY)
    with vault.transaction(actor=actor, now=now) as work:
        person = work.find(Person, person_id)
        if person is None or person.org != actor.org:
            raise NotFoundError("person.not_found")
        given = {name: answer for name, answer in answers.items() if answer}
        record = EqualityAnswers(
            **work.header(),
            person=person_id,
            list_version=LIST_VERSION,
            answered_on=london_day(now),
            ethnic_group=EthnicGroup(given["ethnic_group"]) if "ethnic_group" in given else None,
            sex=Sex(given["sex"]) if "sex" in given else None,
            sexual_orientation=(
                SexualOrientation(given["sexual_orientation"]) if "sexual_orientation" in given else None
            ),
            religion=Religion(given["religion"]) if "religion" in given else None,
        )
        if record.is_empty:
            raise BadInputError.at("equality_answers", "answers", "required")
        work.audit(AuditAction.CREATE, person=person_id, reason=RECORDED)
        return work.append(record)
