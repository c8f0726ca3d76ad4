"""Stopping: what is shared now, how it stops at once, and the proof that it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate
from app.domain.card import RemovalReceipt, WaitingLaptop
from app.domain.codes import (
    AuditAction,
    ConsentKind,
    ConsentMethod,
    GivenBy,
    Purpose,
    ReceiptHow,
    TaskKind,
    TaskState,
    WordingFormat,
)
from app.domain.consent import Answer
from app.domain.consent_check import withdraw_consent
from app.domain.consent_event import ConsentEvent
from app.domain.ids import ConsentEventId, OrganisationId, PersonId
from app.domain.partners import Outlook
from app.domain.referral_states import is_open
from app.domain.task import Task
from app.errors import NotFoundError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.moves import withdraw_what_lost_consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What one organisation may have now.

    Attributes:
        org_id: the organisation.
        org_name: its name.
        purposes: each open purpose with its answer.
        open_referrals: referrals to it that have not ended.
        ever_received: something was sent to it at any time.
    """

    org_id: OrganisationId
    org_name: str
    purposes: Mapping[Purpose, Answer]
    open_referrals: int
    ever_received: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What a person wants to stop, and who said so how; None is every one."""

    org: OrganisationId | None = None
    purpose: Purpose | None = None
    given_by: GivenBy = GivenBy.SELF
    given_by_name: str = ""
    method: ConsentMethod | None = None
    by_phone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What stopping brought about."""

    event_id: ConsentEventId
    organisations: tuple[str, ...]
    referrals_withdrawn: int


def what_is_shared(vault: Vault, *, now: datetime, person_id: PersonId) -> tuple[Shared, ...]:
    """Return the organisations that may have something, or once received something, with what and since when."""
    with vault.reading() as read:
        alliance = directory(read)
        held = person_aggregate(read, person_id)
    outlook = Outlook(aggregate=held, directory=alliance, on=day_of(held, now))
    shared = []
    for org in alliance.organisations.values():
        answers = {purpose: outlook.answer(org.organisation_id, purpose) for purpose in Purpose}
        open_purposes = {purpose: answer for purpose, answer in answers.items() if answer.opens_reading}
        to_it = [referral for referral in held.referrals if referral.to_org == org.id]
        received = any(referral.sent_at is not None for referral in to_it)
        if open_purposes or received or any(is_open(referral.state) for referral in to_it):
            shared.append(
                Shared(
                    org_id=org.organisation_id,
                    org_name=org.name,
                    purposes=open_purposes,
                    open_referrals=sum(is_open(referral.state) for referral in to_it),
                    ever_received=received,
                )
            )
    return tuple(shared)


def stop_sharing(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, stop: Stop) -> Stopped:
    """Record that a person said stop: it counts on this laptop at once and travels before everything else.

    Raises:
        NotFoundError: the person is not held here.
    """
    access.require(actor.roles, Action.RECORD_STOP)
    with vault.transaction(actor=actor, now=now) as work:
        alliance = directory(work)
        held = person_aggregate(work, person_id)
        # A volunteer holds nothing of a mentee but the match: a stop said to them is a stop all the same.
        if not work.knows(person_id):
            raise NotFoundError("person.not_found")
        asked = ConsentEvent(
            **work.header(),
            person=person_id,
            kind=ConsentKind.WITHDRAWAL,
            asked_by=actor.user,
            asked_by_name=actor.shown_name,
            asked_by_org=actor.org,
            at=work.now,
            by_phone=stop.by_phone,
            given_by=stop.given_by,
            given_by_name=stop.given_by_name,
            method=stop.method,
        )
        event = withdraw_consent(
            asked,
            [(stop.org, stop.purpose)],
            held=held.lines,
            organisations=alliance.organisations,
            new_id=work.ids,
        )
        work.record_consent(event)
        withdrawn = withdraw_what_lost_consent(work, held.with_consent(event), alliance)
        _drop_reminders(work, event)
        work.audit(AuditAction.CHANGE, person=person_id, reason="withdrawal")
        work.drop_draft("consent", person_id)
    names = [organisation_name(alliance, stop.org)] if stop.org else _once_shared(alliance, held)
    return Stopped(event_id=event.event_id, organisations=tuple(names), referrals_withdrawn=withdrawn)


def _drop_reminders(work: UnitOfWork, event: ConsentEvent) -> None:
    """Nobody who said stop is asked again about what was stopped, unless they ask themselves (domain.md 9.2)."""
    for task in work.of_person(Task, event.person):
        org, _, purpose = task.rule.partition("/")
        stopped = any(
            (line.org is None or str(line.org) == org) and (line.purpose is None or line.purpose == purpose)
            for line in event.lines
        )
        if task.kind is TaskKind.ASK_AGAIN and task.state is TaskState.OPEN and stopped:
            work.change(Task, task.id, fields={"state": TaskState.DROPPED, "note": "withdrawn"})


def receipt_given(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    person_id: PersonId,
    about: ConsentEventId,
    how: ReceiptHow,
    form: WordingFormat = WordingFormat.STANDARD,
) -> None:
    """Record that the person got a receipt, or did not want one."""
    with vault.transaction(actor=actor, now=now) as work:
        work.record_consent(
            ConsentEvent(
                **work.header(),
                person=person_id,
                kind=ConsentKind.RECEIPT_GIVEN,
                asked_by=actor.user,
                asked_by_name=actor.shown_name,
                asked_by_org=actor.org,
                at=work.now,
                override_for=None,
                reason=str(about),
                receipt_format=form,
                receipt_how=how,
            )
        )
        work.audit(
            AuditAction.PRINT if how is ReceiptHow.PRINTED else AuditAction.CREATE, person=person_id, reason="receipt"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The proof so far that one partner's laptops removed a person."""

    org_name: str
    laptops: int
    removed: int
    waiting: tuple[WaitingLaptop, ...]
    ordered_at: datetime


def removals(vault: Vault, *, person_id: PersonId) -> tuple[Removal, ...]:
    """Return what each partner's laptops have proved about a person, newest first."""
    with vault.reading() as read:
        receipts = read.of_person(RemovalReceipt, person_id)
    return tuple(
        Removal(
            org_name=receipt.partner_name,
            laptops=receipt.laptops,
            removed=receipt.removed,
            waiting=receipt.waiting,
            ordered_at=receipt.ordered_at,
        )
        for receipt in reversed(receipts)
    )


def _once_shared(alliance: Directory, held: PersonAggregate) -> list[str]:
    """Return the names of every organisation that was asked about or sent anything."""
    touched = {line.org for line in held.lines} | {referral.to_org for referral in held.referrals}
    return sorted(organisation_name(alliance, org) for org in touched if org is not None)
