"""One person, opened: who they are, what they agreed to, what is under way and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate
from app.domain.card import RemovalReceipt, ShareCard
from app.domain.codes import (
    AuditAction,
    ConsentKind,
    Decision,
    PackageField,
    Purpose,
    ReferralState,
    TaskKind,
    TaskState,
)
from app.domain.consent import Answer, AnswerKind
from app.domain.consent_event import ConsentEvent
from app.domain.disclosure import name_in
from app.domain.ids import OrganisationId, PersonId
from app.domain.note import CaseNote
from app.domain.partners import Outlook
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.referral import Referral, ReferralEvent
from app.errors import NotFoundError
from app.storage import lists
from app.storage.lists import Standing
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.correcting import typed_before
from app.use_cases.recent_changes import RecentChange, recent_changes
from app.use_cases.summaries import ReferralSummary, summarise


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationAnswers:
    """What one organisation may have, per purpose."""

    org_id: OrganisationId
    name: str
    does: str
    cells: Mapping[Purpose, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened, for the timeline.

    Attributes:
        at: when.
        code: `registered`, `agreed`, `refused`, `withdrew`, `not_able_now`, `decide_later`, `answered`, `moved`,
            `note`, `removed`, or `referral_<state>`.
        manner: which of `done`, `stop`, `info`, `attention`, `brand`, or empty.
        words: what the sentence needs: names of organisations, services, sites, reason codes.
        by: shown name of who did it.
        org_name: the organisation it came from.
    """

    at: datetime
    code: str
    manner: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    org_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something to ask again."""

    org_id: OrganisationId | None
    org_name: str
    purpose: Purpose | None
    reason: str
    since: date
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person as this laptop may show them.

    Attributes:
        person_id: whom.
        person: the record; None when only a card or package is held.
        name: full name.
        called: what to call them.
        stay: the open stay.
        site_name: where that is.
        ward, bed, discharge_on: of the stay or package.
        contacts, injury, relationships, notes: what is recorded.
        card: what a partner may know now, by field; empty for the own organisation's people.
        answers: consent per organisation that was ever asked about.
        referrals: newest first.
        timeline: newest first.
        asks: what is due to be asked.
        removals: proofs that partners' laptops removed the person.
        recent: what later writes replaced, for thirty days.
        typed: what the reader is putting right after it was refused, by `<record>.<field>`.
        standing: whether anything is only on this laptop.
        home_name: the home organisation.
    """

    person_id: PersonId
    person: Person | None
    name: str
    called: str
    stay: Stay | None
    site_name: str
    ward: str
    bed: str
    discharge_on: date | None
    contacts: tuple[ContactPoint, ...]
    injury: Injury | None
    relationships: tuple[Relationship, ...]
    notes: tuple[CaseNote, ...]
    card: Mapping[PackageField, Any]
    answers: tuple[OrganisationAnswers, ...]
    referrals: tuple[ReferralSummary, ...]
    timeline: tuple[Happening, ...]
    asks: tuple[Ask, ...]
    removals: tuple[RemovalReceipt, ...]
    recent: tuple[RecentChange, ...]
    typed: Mapping[str, Any]
    standing: Standing
    home_name: str


def open_person(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> PersonView:
    """Open a person; the look is kept in the audit, once in ten minutes.

    Raises:
        NotFoundError: nothing of the person is held here.
    """
    with vault.transaction(actor=actor, now=now) as work:
        held = person_aggregate(work, person_id)
        cards = work.of_person(ShareCard, person_id)
        if held.person is None and not held.referrals and not cards:
            raise NotFoundError("person.not_found")
        work.audit(AuditAction.OPEN_PERSON, person=person_id)
        return _view(work, held, cards, now)


def _view(work: UnitOfWork, held: PersonAggregate, cards: tuple[ShareCard, ...], now: datetime) -> PersonView:
    alliance = directory(work)
    outlook = Outlook(aggregate=held, directory=alliance, on=day_of(held, now))
    standings = lists.standings(work.connection, [referral.id for referral in held.referrals])
    shown = _shown(held, cards)
    stay = max((each for each in held.stays if each.is_open), key=lambda each: each.created_at, default=None)
    site = None if stay is None else alliance.sites.get(stay.site)
    discharge = shown.get(PackageField.EXPECTED_DISCHARGE_ON)
    removals = work.of_person(RemovalReceipt, held.person_id)
    own = held.person
    return PersonView(
        person_id=held.person_id,
        person=own,
        name=own.full_name if own else name_in(shown),
        called=own.called if own else str(shown.get(PackageField.KNOWN_AS) or name_in(shown)),
        stay=stay,
        site_name=site.name if site else str((shown.get(PackageField.SITE) or {}).get("name", "")),
        ward=stay.ward if stay else str(shown.get(PackageField.WARD, "")),
        bed=stay.bed if stay else "",
        discharge_on=stay.expected_discharge_on if stay else date.fromisoformat(discharge) if discharge else None,
        contacts=held.contacts,
        injury=held.injury,
        relationships=held.relationships,
        notes=tuple(reversed(held.notes)),
        card={} if own else {PackageField(name): value for name, value in shown.items()},
        answers=_answers(outlook),
        referrals=tuple(
            summarise(referral, held.events, alliance, standings[referral.id]) for referral in reversed(held.referrals)
        ),
        timeline=_timeline(held, alliance, removals),
        asks=_asks(held, alliance),
        removals=removals,
        typed=typed_before(work, actor=work.actor, person_id=held.person_id),
        recent=recent_changes(work, actor=work.actor, now=now, person_id=held.person_id),
        standing=lists.person_standing(work.connection, held.person_id),
        home_name=organisation_name(alliance, own.org if own else cards[0].org if cards else held.referrals[0].org),
    )


def _shown(held: PersonAggregate, cards: tuple[ShareCard, ...]) -> dict[str, Any]:
    """Return what a partner may show: the packages as sent, and over them what the card opens now."""
    known = {field.value for field in PackageField}
    merged: dict[str, Any] = {}
    for source in [referral.package for referral in held.referrals] + [card.fields for card in cards]:
        merged.update({name: value for name, value in source.items() if name in known})
    return merged


def _answers(outlook: Outlook) -> tuple[OrganisationAnswers, ...]:
    asked = {line.org for line in outlook.aggregate.lines if line.org is not None}
    everyone = any(line.org is None for line in outlook.aggregate.lines)
    rows = []
    for org_id, org in outlook.directory.organisations.items():
        cells = {purpose: outlook.answer(org_id, purpose) for purpose in Purpose}
        touched = any(answer.kind is not AnswerKind.NOT_ASKED for answer in cells.values())
        if org_id in asked or (everyone and touched):
            rows.append(OrganisationAnswers(org_id=org_id, name=org.name, does=org.does, cells=cells))
    return tuple(sorted(rows, key=lambda row: row.name.casefold()))


def _timeline(held: PersonAggregate, alliance: Directory, removals: Iterable[RemovalReceipt]) -> tuple[Happening, ...]:
    items: list[Happening] = []
    if held.person is not None:
        items.append(
            Happening(
                at=held.person.created_at, code="registered", org_name=organisation_name(alliance, held.person.org)
            )
        )
    for event in held.consent_events:
        items += _consent_happenings(event, alliance)
    for referral in held.referrals:
        items += [_step(step, referral, alliance) for step in held.steps_of(referral.referral_id)]
    items += [
        Happening(
            at=receipt.last_removed_at or receipt.ordered_at,
            code="removed",
            manner="done" if receipt.removed == receipt.laptops else "attention",
            words={
                "organisation": receipt.partner_name,
                "removed": str(receipt.removed),
                "laptops": str(receipt.laptops),
            },
            org_name=receipt.partner_name,
        )
        for receipt in removals
    ]
    shown = [item for item in items if item.code != f"referral_{ReferralState.QUEUED}"]
    return tuple(sorted(shown, key=lambda item: item.at, reverse=True))


_CONSENT_CODES = {
    Decision.AGREED: ("agreed", "brand"),
    Decision.REFUSED: ("refused", "stop"),
    Decision.WITHDRAWAL: ("withdrew", "stop"),
    Decision.NOT_ABLE_NOW: ("not_able_now", "info"),
    Decision.DECIDE_LATER: ("decide_later", "attention"),
}


def _consent_happenings(event: ConsentEvent, alliance: Directory) -> list[Happening]:
    if event.kind not in (ConsentKind.ANSWER, ConsentKind.WITHDRAWAL):
        return []
    found = []
    for decision, (code, manner) in _CONSENT_CODES.items():
        lines = [line for line in event.lines if line.decision is decision]
        if not lines:
            continue
        names = sorted({line.org_name_shown or organisation_name(alliance, line.org) for line in lines})
        purposes = sorted({line.purpose for line in lines if line.purpose is not None})
        words = {"organisations": ", ".join(names), "purposes": ",".join(purposes), "method": event.method or ""}
        found.append(
            Happening(
                at=event.at,
                code=code,
                manner=manner,
                words=words,
                by=event.asked_by_name,
                org_name=organisation_name(alliance, event.asked_by_org),
            )
        )
    return found


_STEP_MANNER = {
    ReferralState.ACCEPTED: "done",
    ReferralState.COMPLETED: "done",
    ReferralState.IN_PROGRESS: "done",
    ReferralState.DECLINED_BY_SERVICE: "attention",
    ReferralState.DECLINED_BY_PERSON: "stop",
    ReferralState.WITHDRAWN: "stop",
    ReferralState.INFO_NEEDED: "attention",
}


def _step(step: ReferralEvent, referral: Referral, alliance: Directory) -> Happening:
    service = alliance.services.get(referral.to_service)
    return Happening(
        at=step.at,
        code=f"referral_{step.to_state}",
        manner=_STEP_MANNER.get(step.to_state, ""),
        words={
            "organisation": organisation_name(alliance, referral.to_org),
            "service": "" if service is None else service.name,
            "reason": step.reason,
            "next_step": step.next_step,
        },
        by=step.by_name,
        org_name=organisation_name(alliance, step.org),
    )


def _asks(held: PersonAggregate, alliance: Directory) -> tuple[Ask, ...]:
    asks = []
    for task in held.tasks:
        if task.kind is not TaskKind.ASK_AGAIN or task.state is not TaskState.OPEN:
            continue
        event = next((each for each in held.consent_events if each.id == task.subject), None)
        line = (
            None
            if event is None
            else next((each for each in event.lines if f"{each.org}/{each.purpose}"[:60] == task.rule), None)
        )
        asks.append(
            Ask(
                org_id=None if line is None else line.org,
                org_name="" if line is None else organisation_name(alliance, line.org),
                purpose=None if line is None else line.purpose,
                reason=task.note,
                since=task.created_at.date() if event is None else event.at.date(),
                due_on=task.due_on,
            )
        )
    return tuple(sorted(asks, key=lambda ask: ask.due_on))
