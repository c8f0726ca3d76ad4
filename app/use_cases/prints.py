"""What is taken away on paper or as data, audited like every print and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

import resources
from app.domain.actor import Actor
from app.domain.aggregate import PersonAggregate
from app.domain.card import ShareCard
from app.domain.clocks import start_of_london_day
from app.domain.codes import AuditAction
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.consent_receipt import receipt_record
from app.domain.fhir.bundle import Exported, bundle
from app.domain.fhir.person import Words
from app.domain.ids import ConsentEventId, PersonId, ReferralId
from app.domain.partners import Outlook
from app.domain.referral import Referral
from app.errors import NotPermittedError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.referrals import ReferralView, referral_view


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


def referral_bundle(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId) -> bytes:
    """Return a referral as a FHIR R4 Bundle (JSON), with what its receiver may have, and enter the export in the audit.

    Raises:
        NotFoundError: it is not held here, or is for another team.
        NotPermittedError: consent gives the receiver nothing to read any more.
    """
    view = referral_view(vault, actor=actor, now=now, referral_id=referral_id)
    words = Words({name: resources.labels(name) for name in _LABELS})
    with vault.transaction(actor=actor, now=now) as work:
        alliance = directory(work)
        held = person_aggregate(work, view.referral.person)
        outlook = Outlook(aggregate=held, directory=alliance, on=day_of(held, now))
        if not view.answer.opens_reading:
            raise NotPermittedError
        exported = Exported(
            referral=view.referral,
            steps=held.steps_of(view.referral.referral_id),
            package=view.card or view.package,
            said=_said(work, held, view),
            voided=held.voided,
            home=None if held.person is None else held.person.org,
            directory=alliance,
            outlook=outlook,
        )
        made = bundle(exported, now=now, words=words)
        work.audit(AuditAction.EXPORT, person=view.referral.person, reason="fhir")
    return msgspec.json.format(msgspec.json.encode(made), indent=2)


def _said(read: Reader, held: PersonAggregate, view: ReferralView) -> tuple[tuple[ConsentLine, datetime], ...]:
    """Return the lines of consent held here with when each was said; a receiver holds them on its share card."""
    if held.consent_events:
        return tuple((line, event.at) for event in held.consent_events for line in event.lines)
    cards = (card for card in read.of_person(ShareCard, held.person_id) if card.receiver == view.referral.to_org)
    return tuple((line, start_of_london_day(line.valid_from)) for card in cards for line in card.lines)


_LABELS = ("need", "relationship_kind", "injury_level", "cause", "ais", "purpose", "referral_state")
"""Code lists whose words stand beside the codes in a Bundle."""
