"""The agreements register: every paper between members, what it lets flow today, and its last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.agreement import Agreement, Document
from app.domain.clocks import london_day
from app.domain.codes import (
    AgreementKind,
    AgreementState,
    AuditAction,
    PackageField,
    Purpose,
    Role,
    TaskKind,
    TaskState,
)
from app.domain.gate import permitted_fields
from app.domain.ids import AgreementId, OrganisationId
from app.domain.task import Task
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name
from app.use_cases.keeping_agreements import may_change, may_keep
from app.use_cases.today import is_mine


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who signed for one party; `name`, `post` and `signed_on` are empty or None while nobody has."""

    org_id: OrganisationId
    org_name: str
    name: str
    post: str
    signed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one paper lets flow today.

    Attributes:
        purposes: what for.
        between: names of the parties between any two of whom it flows.
        fields: what flows.
    """

    purposes: frozenset[Purpose]
    between: tuple[str, ...]
    fields: frozenset[PackageField]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """One paper, as the register shows it.

    Attributes:
        agreement_id, title, kind: which.
        kept_by: the charity whose office keeps the paper.
        parties: their names, in the order of the alphabet.
        purposes, fields: what it was made for, and what it names.
        from_on, to_on, review_on, ended_on: its days; None where it has no last day or nobody ended it.
        state: derived from the days and the signatures.
        is_review_near: it is in force or on its way, and is to be looked at within 30 days or was due before.
        signed: one entry per signature, then one per party that has not signed.
        flows: what it lets flow today, none for a paper that lets nothing flow.
        permits_nothing: it is of a kind that alone never permits sharing.
        demonstration: nobody real signed it.
        document: which file was signed, None while nobody has said.
        replaces, replaced_by: titles of the version before and the version after, with the day it begins; empty or
            None where there is none.
        may_change: the actor keeps it.
        is_fixed: somebody has signed it, so that only signatures, its file and its end can be written.
        is_taken_out: nobody signed it and its office took it out of the register; it can be put back.
    """

    agreement_id: AgreementId
    title: str
    kind: AgreementKind
    kept_by: str
    parties: tuple[str, ...]
    purposes: frozenset[Purpose]
    fields: frozenset[PackageField]
    from_on: date
    to_on: date | None
    review_on: date
    ended_on: date | None
    state: AgreementState
    is_review_near: bool
    signed: tuple[Signed, ...]
    flows: tuple[Flow, ...]
    permits_nothing: bool
    demonstration: bool
    document: Document | None
    replaces: str
    replaced_by: tuple[str, date] | None
    may_change: bool
    is_fixed: bool
    is_taken_out: bool


def agreements(vault: Vault, *, actor: Actor, now: datetime) -> tuple[AgreementRow, ...]:
    """Return every paper of the alliance: those to look at first, then those in force, then the rest.

    Raises:
        NotPermittedError: a volunteer does not read the register.
    """
    access.require(actor.roles, Action.READ_AGREEMENTS)
    with vault.reading() as read:
        alliance = directory(read)
    on = london_day(now)
    rows = (_row(each, alliance, actor, on) for each in alliance.agreements if not each.archived)
    return tuple(sorted(rows, key=_order))


def may_add(vault: Vault, *, actor: Actor, now: datetime) -> bool:
    """Answer whether the actor's office keeps the register, and may write a new paper."""
    with vault.reading() as read:
        return may_keep(actor, directory(read), london_day(now))


def agreement_row(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId) -> AgreementRow:
    """Return one paper.

    Raises:
        NotFoundError: there is none here.
    """
    access.require(actor.roles, Action.READ_AGREEMENTS)
    with vault.reading() as read:
        return _row(read.get(Agreement, agreement_id), directory(read), actor, london_day(now))


def waits_for_review(vault: Vault, *, actor: Actor, agreement_id: AgreementId) -> bool:
    """Answer whether a reminder of this paper waits for the actor."""
    with vault.reading() as read:
        return bool(_reminders(read, actor, agreement_id))


def looked_at(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId) -> None:
    """Close the actor's reminders of a paper: it was looked at, and stays as it is or is changed elsewhere."""
    access.require(actor.roles, Action.KEEP_TASKS)
    with vault.transaction(actor=actor, now=now) as work:
        for task in _reminders(work, actor, agreement_id):
            work.change(Task, task.id, fields={"state": TaskState.DONE})
        work.audit(AuditAction.CHANGE, reason="agreement_review")


def _reminders(read: Reader, actor: Actor, agreement_id: AgreementId) -> list[Task]:
    if not actor.roles & {Role.SECRETARIAT, Role.DATA_PROTECTION_LEAD}:
        return []
    of_it = (task for task in read.all(Task) if task.subject == agreement_id and is_mine(task, actor))
    return [task for task in of_it if task.kind is TaskKind.AGREEMENT_REVIEW and task.state is TaskState.OPEN]


_STATES = (AgreementState.ACTIVE, AgreementState.DRAFT, AgreementState.EXPIRED, AgreementState.ENDED)


def _order(row: AgreementRow) -> tuple[bool, int, date, str]:
    return not row.is_review_near, _STATES.index(row.state), row.review_on, row.title.casefold()


def _row(agreement: Agreement, alliance: Directory, actor: Actor, on: date) -> AgreementRow:
    held = [each for each in alliance.agreements if not each.archived]
    before = next((each.title for each in held if each.id == agreement.replaces), "")
    after = next(((each.title, each.from_on) for each in held if each.replaces == agreement.id), None)
    return AgreementRow(
        agreement_id=AgreementId(agreement.id),
        title=agreement.title,
        kind=agreement.kind,
        kept_by=organisation_name(alliance, agreement.org),
        parties=_names(alliance, agreement.parties),
        purposes=agreement.purposes,
        fields=agreement.fields,
        from_on=agreement.from_on,
        to_on=agreement.to_on,
        review_on=agreement.review_on,
        ended_on=agreement.ended_on,
        state=agreement.state(on),
        is_review_near=agreement.is_review_near(on),
        signed=tuple(_signed(agreement, alliance)),
        flows=tuple(_flows(agreement, alliance, on)),
        permits_nothing=not agreement.may_permit,
        demonstration=agreement.demonstration,
        document=agreement.document,
        replaces=before,
        replaced_by=after,
        may_change=may_change(actor, agreement, alliance, on),
        is_fixed=bool(agreement.signatories),
        is_taken_out=agreement.archived,
    )


def _names(alliance: Directory, orgs: frozenset[OrganisationId]) -> tuple[str, ...]:
    return tuple(sorted((organisation_name(alliance, org) for org in orgs), key=str.casefold))


def _signed(agreement: Agreement, alliance: Directory) -> Iterator[Signed]:
    for each in agreement.signatories:
        yield Signed(
            org_id=each.org,
            org_name=organisation_name(alliance, each.org),
            name=each.name,
            post=each.post,
            signed_on=each.signed_on,
        )
    missing = agreement.parties - {each.org for each in agreement.signatories}
    for org in sorted(missing, key=lambda each: organisation_name(alliance, each).casefold()):
        yield Signed(org_id=org, org_name=organisation_name(alliance, org), name="", post="", signed_on=None)


def _flows(agreement: Agreement, alliance: Directory, on: date) -> Iterator[Flow]:
    """Yield what the gate itself lets through by this paper alone, between members that take part today."""
    members = {OrganisationId(each.id) for each in alliance.organisations.values() if each.takes_part_on(on)}
    found: dict[tuple[frozenset[OrganisationId], frozenset[PackageField]], set[Purpose]] = defaultdict(set)
    for purpose in agreement.purposes:
        between: set[OrganisationId] = set()
        flows: frozenset[PackageField] = frozenset()
        for one, other in combinations(sorted(agreement.parties & members), 2):
            fields = permitted_fields([agreement], sender=one, receiver=other, purpose=purpose, on=on)
            if fields:
                flows |= fields
                between |= {one, other}
        if between:
            found[frozenset(between), flows].add(purpose)
    for (orgs, fields), purposes in found.items():
        yield Flow(purposes=frozenset(purposes), between=_names(alliance, orgs), fields=fields)
