"""Asking, recording and stopping: what a person lets which charity know, and for what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate
from app.domain.clocks import ages_on
from app.domain.codes import (
    AgeBand,
    AgeCheck,
    AllianceRole,
    AuditAction,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    GivenBy,
    Need,
    Purpose,
    Scope,
    ServiceStatus,
    TaskKind,
    TaskState,
    WordingFormat,
)
from app.domain.consent import Answer, consent_day
from app.domain.consent_check import Cell, childs_noes, give_consent
from app.domain.consent_event import CapacityCheck, ConsentEvent, ConsentLine, ConsentWording, GillickCheck
from app.domain.consent_rules import ADULT
from app.domain.ids import ConsentEventId, OrganisationId, PersonId, ServiceId
from app.domain.partners import Outlook
from app.domain.person import Person
from app.domain.referral_states import is_open
from app.domain.task import ASK_ABOUT_ALL, Task
from app.errors import NotFoundError
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.moves import withdraw_what_lost_consent
from app.use_cases.wordings import DRAFT, Words, words_among, words_for

FOLDED = frozenset({Purpose.SERVICE_IMPROVEMENT, Purpose.RESEARCH_CONTACT, Purpose.NEWS_AND_FUNDRAISING})
"""Purposes that start folded: none of them opens anything to a partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """One row of the matrix.

    Attributes:
        org_id: the organisation.
        name: as the person knows it.
        does: what it does, in one line.
        meets_need: it offers something the person needs.
        is_own: it is the asker's own.
        signposts_only: an observer: nothing can be shared with it yet.
    """

    org_id: OrganisationId
    name: str
    does: str
    meets_need: bool
    is_own: bool
    signposts_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTable:
    """What the bedside matrix shows before anybody answers.

    Attributes:
        person_called: what to call the person.
        organisations: rows: own first, then those that meet a need, then the rest by name.
        purposes: columns.
        folded: columns that start folded.
        current: what all lines amount to today, per cell.
        words: the wording put to the person.
        under_16: whether the day of birth says so; None when it does not say.
        home: the person's home organisation.
    """

    person_called: str
    organisations: tuple[OrganisationRow, ...]
    purposes: tuple[Purpose, ...]
    folded: frozenset[Purpose]
    current: Mapping[tuple[OrganisationId, Purpose], Answer]
    words: Words
    under_16: bool | None
    home: OrganisationId

    def sentence(self, org: OrganisationId, purpose: Purpose) -> str:
        """Return the sentence to read aloud for one cell."""
        row = next(row for row in self.organisations if row.org_id == org)
        return self.words.sentence(purpose, organisation=row.name, is_own=row.is_own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentForm:
    """What the person answered, and how; cells nobody spoke of are not in `answers`."""

    answers: tuple[Cell, ...] = ()
    given_by: GivenBy = GivenBy.SELF
    given_by_name: str = ""
    evidence_seen: str = ""
    capacity: Capacity = Capacity.PRESUMED
    capacity_check: CapacityCheck | None = None
    age_check: AgeCheck | None = AgeCheck.AGE_16_OR_OVER
    gillick: GillickCheck | None = None
    method: ConsentMethod | None = None
    statement: str = ""
    read_back: bool = False
    witness_name: str = ""
    witness_role: str = ""
    language: str = "en-GB"
    format: WordingFormat = WordingFormat.STANDARD
    interpreter_name: str = ""
    by_phone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """One answer as the check page puts it into a sentence."""

    org_name: str
    purpose: Purpose
    decision: Decision
    scope: Scope | None
    ends_on: date | None
    ask_on: date | None
    line: ConsentLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What recording brought about.

    Attributes:
        event_id: the consent event.
        introductions: the front-door services of organisations newly agreed to be in touch.
        withdrawn: how many open referrals ended because of a no.
    """

    event_id: ConsentEventId
    introductions: tuple[ServiceId, ...] = ()
    withdrawn: int = 0


def consent_table(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, language: str = "en-GB"
) -> ConsentTable:
    """Return the matrix for one person: nothing is ticked beforehand.

    Raises:
        NotFoundError: the person is not held, or no wording is approved (`consent_wording.not_found`).
    """
    with vault.reading() as read:
        alliance = directory(read)
        held = person_aggregate(read, person_id)
        if held.person is None:
            raise NotFoundError("person.not_found")
        words = words_for(read, language=language, asker=organisation_name(alliance, actor.org))
    day = day_of(held, now)
    outlook = Outlook(aggregate=held, directory=alliance, on=day)
    rows = _rows(alliance, held.person, actor, day)
    return ConsentTable(
        person_called=held.person.called,
        organisations=rows,
        purposes=tuple(Purpose),
        folded=FOLDED,
        current={(row.org_id, purpose): outlook.answer(row.org_id, purpose) for row in rows for purpose in Purpose},
        words=words,
        under_16=_under_16(held.person, day),
        home=held.person.org,
    )


def check_consent(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, form: ConsentForm
) -> tuple[CheckedLine, ...]:
    """Return every answer as it would be recorded, or say which field stands against it; nothing is written."""
    with vault.reading() as read:
        header = _dry_header(vault, actor, now)
        ground = _ground(read, person_id)
    event = _answer_event(ground, header, vault.ids, actor=actor, form=form)
    return tuple(
        CheckedLine(
            org_name=organisation_name(ground.alliance, line.org),
            purpose=line.purpose,
            decision=line.decision,
            scope=line.scope,
            ends_on=line.ends_on,
            ask_on=line.ask_again_on,
            line=line,
        )
        for line in event.lines
        if line.purpose is not None
    )


def record_consent(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, form: ConsentForm) -> Recorded:
    """Record the answers of one conversation; what a no ends, ends in the same moment.

    Raises:
        BadInputError: `consent.<field>.<problem>`; nothing was written.
        NotPermittedError: the role may not.
    """
    only_no = all(cell.decision in (Decision.REFUSED, Decision.NOT_ASKED) for cell in form.answers)
    access.require(actor.roles, Action.RECORD_STOP if only_no else Action.RECORD_ANSWER)
    with vault.transaction(actor=actor, now=now) as work:
        ground = _ground(work, person_id)
        event = _answer_event(ground, work.header(), work.ids, actor=actor, form=form)
        work.record_consent(event)
        withdrawn = withdraw_what_lost_consent(work, ground.held.with_consent(event), ground.alliance)
        _keep_ask_again_tasks(work, ground.held.tasks, event)
        work.audit(AuditAction.CREATE, person=person_id, reason="consent")
        work.drop_draft("consent", person_id)
        introductions = _introductions(ground, event, actor, work.today)
    return Recorded(event_id=event.event_id, introductions=introductions, withdrawn=withdrawn)


def day_of(held: PersonAggregate, now: datetime) -> date:
    """Return the London day on which a person's consent is judged: a clock set back revives nothing.

    A laptop whose clock runs ahead by days must not end a yes early everywhere else, so the newest moment counts
    up to a day from now.
    """
    newest = max((event.at for event in held.consent_events), default=None)
    return consent_day(laptop=now, newest=None if newest is None else min(newest, now + timedelta(days=1)))


def _dry_header(vault: Vault, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": vault.ids(),
        "org": actor.org,
        "created_at": now.replace(microsecond=now.microsecond // 1000 * 1000),
        "created_by": actor.user,
        "created_role": actor.role,
        "device": actor.device,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the answers of a conversation are held against, read once."""

    person: Person
    held: PersonAggregate
    alliance: Directory
    wordings: tuple[ConsentWording, ...]


def _ground(read: Reader, person_id: PersonId) -> _Ground:
    held = person_aggregate(read, person_id)
    if held.person is None:
        raise NotFoundError("person.not_found")
    return _Ground(person=held.person, held=held, alliance=directory(read), wordings=read.all(ConsentWording))


def _answer_event(
    ground: _Ground,
    header: Mapping[str, Any],
    new_id: Callable[[], UUID],
    *,
    actor: Actor,
    form: ConsentForm,
) -> ConsentEvent:
    held, alliance = ground.held, ground.alliance
    words = words_among(ground.wordings, language=form.language, asker=organisation_name(alliance, actor.org))
    stay = next((stay for stay in reversed(held.stays) if stay.is_open), None)
    asked = ConsentEvent(
        **header,
        person=held.person_id,
        kind=ConsentKind.ANSWER,
        asked_by=actor.user,
        asked_by_name=actor.shown_name,
        asked_by_org=actor.org,
        at=header["created_at"],
        site=None if stay is None or form.by_phone else stay.site,
        ward="" if stay is None or form.by_phone else stay.ward,
        by_phone=form.by_phone,
        wording=words.version,
        wording_hash=words.hash,
        language=form.language,
        format=form.format,
        interpreter_name=form.interpreter_name,
        given_by=form.given_by,
        given_by_name=form.given_by_name,
        evidence_seen=form.evidence_seen,
        capacity=form.capacity,
        capacity_check=form.capacity_check,
        age_check=form.age_check,
        gillick=form.gillick,
        method=form.method,
        statement=form.statement,
        read_back=form.read_back,
        witness_name=form.witness_name,
        witness_role=form.witness_role,
    )
    own = alliance.organisations.get(actor.org)
    return give_consent(
        asked,
        form.answers,
        held=held.lines,
        organisations=alliance.organisations,
        wording_hashes={wording.hash for wording in ground.wordings if wording.state != DRAFT},
        dob=ground.person.dob,
        new_id=new_id,
        policy=None if own is None else own.policy,
        childs_no=childs_noes(held.consent_events),
    )


def _rows(alliance: Directory, person: Person, actor: Actor, day: date) -> tuple[OrganisationRow, ...]:
    offered: dict[OrganisationId, set[Need]] = {}
    for service in alliance.services.values():
        if service.status_on(day) is not ServiceStatus.CLOSED:
            offered.setdefault(service.provider, set()).update(service.needs)
    rows = [
        OrganisationRow(
            org_id=org.organisation_id,
            name=org.name,
            does=org.does,
            meets_need=bool(offered.get(org.organisation_id, set()) & person.needs),
            is_own=org.id == actor.org,
            signposts_only=not org.takes_part_on(day),
        )
        for org in alliance.organisations.values()
        if org.alliance_role is not AllianceRole.SECRETARIAT and (org.left_on is None or day <= org.left_on)
    ]
    return tuple(
        sorted(rows, key=lambda row: (row.signposts_only, not row.is_own, not row.meets_need, row.name.casefold()))
    )


def _under_16(person: Person, day: date) -> bool | None:
    if person.dob is None:
        bands = {AgeBand.UNDER_13: True, AgeBand.AGE_13_15: True, AgeBand.UNKNOWN: None}
        return bands.get(person.age_band, False)
    youngest, oldest = ages_on(person.dob, day)
    if youngest >= ADULT:
        return False
    return True if oldest < ADULT else None


def _keep_ask_again_tasks(work: UnitOfWork, tasks: Iterable[Task], event: ConsentEvent) -> None:
    """Close the reminders this conversation answered, and make those it asks for."""
    answered = {_rule(line): line for line in event.lines}
    for task in tasks:
        if task.kind is TaskKind.ASK_AGAIN and task.state is TaskState.OPEN and task.rule in (ASK_ABOUT_ALL, *answered):
            work.change(Task, task.id, fields={"state": TaskState.DONE})
    for rule, line in answered.items():
        if line.decision in (Decision.NOT_ABLE_NOW, Decision.DECIDE_LATER) and line.ask_again_on is not None:
            work.create(
                Task(
                    **work.header(),
                    kind=TaskKind.ASK_AGAIN,
                    person=event.person,
                    subject=event.id,
                    rule=rule,
                    for_user=event.asked_by,
                    due_on=line.ask_again_on,
                    note=f"{line.decision}",
                )
            )


def _rule(line: ConsentLine) -> str:
    return f"{line.org}/{line.purpose}"[:60]


def _introductions(ground: _Ground, event: ConsentEvent, actor: Actor, day: date) -> tuple[ServiceId, ...]:
    """Return the front-door service of each organisation that may be in touch since this conversation."""
    agreed = {
        line.org
        for line in event.lines
        if line.decision is Decision.AGREED and line.purpose is Purpose.REFERRAL_CONTACT and line.org != actor.org
    }
    known = {referral.to_org for referral in ground.held.referrals if is_open(referral.state)}
    return tuple(
        service_id
        for service_id, service in ground.alliance.services.items()
        if service.intake_default
        and service.provider in agreed - known
        and service.status_on(day) is not ServiceStatus.CLOSED
        and ground.alliance.organisations[service.provider].takes_part_on(day)
    )
