"""What is taken away on paper or as data, audited like every print and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

import resources
from app.domain.actor import Actor
from app.domain.codes import AuditAction
from app.domain.consent_event import ConsentEvent
from app.domain.consent_receipt import receipt_record
from app.domain.ids import ConsentEventId, PersonId, ReferralId
from app.domain.referral import Referral
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate


def consent_receipt(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, event_id: ConsentEventId
) -> bytes:
    """Return the receipt of an answer or a stop as JSON-LD (ISO/IEC TS 27560), and enter the export in the audit.

    Raises:
        NotFoundError: there is no such event here.
    """
    words = {name: resources.labels(name) for name in ("purpose", "package_field")}
    with vault.transaction(actor=actor, now=now) as work:
        event = work.get(ConsentEvent, event_id)
        record = receipt_record(event, directory=directory(work), now=now, words=words)
        work.audit(AuditAction.EXPORT, person=person_id, reason="receipt")
    # For people's eyes too: an officer may open it in an editor.
    return msgspec.json.format(msgspec.json.encode(record), indent=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWriter:
    """Who writes a letter, and to whom.

    Attributes:
        org_name, phone: the actor's charity, and the phone on which it takes questions and stops.
        called: how the person likes to be called, where the person's own record is held; empty otherwise.
    """

    org_name: str
    phone: str
    called: str


def letter_writer(vault: Vault, *, actor: Actor, person_id: PersonId) -> LetterWriter:
    """Return who writes to a person."""
    with vault.reading() as read:
        alliance = directory(read)
        person = person_aggregate(read, person_id).person
    own = alliance.organisations.get(actor.org)
    return LetterWriter(
        org_name=organisation_name(alliance, actor.org),
        phone="" if own is None else own.withdraw_phone,
        called="" if person is None else person.called,
    )


def letter_printed(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId) -> None:
    """Enter in the audit that a letter about a referral went to a printer."""
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        work.audit(AuditAction.PRINT, person=referral.person, reason="letter")
