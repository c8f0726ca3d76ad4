"""Referring: which services fit, exactly what each would see, and several referrals in one act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import (
    AuditAction,
    DuplicateReason,
    Nation,
    Need,
    PackageField,
    Priority,
    ReferralKind,
    ReferralState,
    Scope,
    ServiceStatus,
    WithdrawalReason,
)
from app.domain.consent import Answer, AnswerKind
from app.domain.directory import EligibilityException, Service
from app.domain.disclosure import PersonFacts, PreviewLine, Terms, package_hash, package_of, preview
from app.domain.faults import Faults
from app.domain.gate import gate, purpose_for, told_needs
from app.domain.ids import OrganisationId, PersonId, RecordId, ReferralId, ServiceId, SiteId
from app.domain.partners import Outlook
from app.domain.person import Person
from app.domain.policy import PolicyKey, policy_value
from app.domain.proposing import For, Likely, Proposal, When, likely_needs, nation_of, propose
from app.domain.record import Line, Text, field_rules
from app.domain.referral import Package, Referral
from app.domain.referral_states import Actor as Side
from app.domain.tidying import tidy_line, tidy_text
from app.errors import BadInputError, GateError, NotFoundError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.duplicates import OpenAlready, open_already
from app.use_cases.moves import move

URGENT_DAYS = 14
"""A referral is urgent when the person is expected to leave within this many days (domain.md 6.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChoice:
    """One service that could help, with everything that speaks for waiting or asking somebody else.

    Attributes:
        service_id: the service.
        name: its name.
        description: in the provider's words.
        org_id: who provides it.
        org_name: its name.
        needs_met: the person's needs it meets.
        wait_days: typical wait, None when not known.
        status: active or paused.
        paused_until: last day of the pause.
        fits: what speaks for it, beside the needs it meets.
        when: when it can begin.
        when_on: from which day, when that is known.
        min_age, max_age: the ages it is for.
        warnings: codes of what is doubtful: those of `app.domain.proposing`, and `already_open`. Never a reason to
            hide it.
        blocked: the rule of the gate that a referral would fail now, empty when none.
        introduction: it is the organisation's front door.
        signpost_only: the provider only takes signposts.
        exceptions: when its rules do not hold.
        already: the referral to it that is open, with `already_open` among the warnings.
        checked_on: when its entry was last checked.
        stale: the entry is older than the policy allows without a word.
    """

    service_id: ServiceId
    name: str
    description: str
    org_id: OrganisationId
    org_name: str
    needs_met: frozenset[Need]
    wait_days: int | None
    status: ServiceStatus
    paused_until: date | None
    warnings: tuple[str, ...]
    blocked: str
    introduction: bool
    signpost_only: bool
    exceptions: tuple[EligibilityException, ...]
    checked_on: date
    stale: bool
    already: OpenAlready | None = None
    fits: tuple[For, ...] = ()
    when: When = When.NOW
    when_on: date | None = None
    min_age: int | None = None
    max_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One referral of a visit, as it was chosen.

    Attributes:
        service_id: to which service.
        kind: introduction or service.
        needs: what for.
        why: the reason as the receiver reads it.
        priority: how soon; None takes urgent when leaving is near.
        best_time: when to call, in words.
        struck: fields struck out of the preview.
        shown_hash: hash of the package that was shown; what is sent must be that.
        duplicate_reason: why a second referral to this service is right.
    """

    service_id: ServiceId
    kind: ReferralKind = ReferralKind.SERVICE
    needs: frozenset[Need] = frozenset()
    why: str = ""
    priority: Priority | None = None
    best_time: str = ""
    struck: frozenset[PackageField] = frozenset()
    shown_hash: str = ""
    duplicate_reason: DuplicateReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Exactly what one receiver will see, line by line, and what holds back the rest.

    `gate` is the rule that would stop it now, empty when none; `shown_hash` names what was shown.
    """

    lines: tuple[PreviewLine, ...]
    package: Package
    shown_hash: str
    gate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """What became of one request: queued to be sent, or a draft that the gate holds with its rule."""

    referral_id: ReferralId
    org_name: str
    service_name: str
    state: ReferralState
    gate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReferral:
    """A referral that stayed a draft.

    `gate` is the rule that still stands against it, empty when none; `is_stopped`: the person has said no since.
    """

    referral_id: ReferralId
    org_name: str
    service_name: str
    gate: str
    is_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """Everything one referral is judged by."""

    outlook: Outlook
    person: Person
    service: Service
    actor: Actor

    @property
    def alliance(self) -> Directory:
        return self.outlook.directory

    def answer(self, needs: frozenset[Need]) -> Answer:
        return self.outlook.answer(self.service.provider, purpose_for(needs))

    def terms(self, request: Request) -> Terms:
        answer = self.answer(request.needs)
        stay = self.facts().current_stay
        return Terms(
            scope=answer.scope or Scope.CONTACT,
            agreement_fields=self.outlook.permitted(self.actor.org, self.service.provider, purpose_for(request.needs)),
            needed=self.service.needed_fields,
            withheld=answer.withheld,
            struck=request.struck,
            why=request.why,
            best_time=request.best_time,
            needs=request.needs,
            expected_discharge_on=None if stay is None else stay.expected_discharge_on,
        )

    def facts(self) -> PersonFacts:
        held = self.outlook.aggregate
        return PersonFacts(
            person=self.person,
            injury=held.injury,
            contacts=held.contacts,
            stays=held.stays,
            relationships=held.relationships,
            site_names={site_id: site.name for site_id, site in self.alliance.sites.items()},
        )

    def blocked(self, request: Request, package: Package, shown_hash: str) -> str:
        try:
            gate(
                person=self.person,
                answer=self.answer(request.needs),
                permitted=self.outlook.permitted(self.actor.org, self.service.provider, purpose_for(request.needs)),
                service=self.service,
                provider=self.alliance.organisations[self.service.provider],
                package=package,
                shown_hash=shown_hash,
                on=self.outlook.on,
            )
        except GateError as error:
            return error.code
        return ""


def services_for(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, needs: frozenset[Need]
) -> tuple[ServiceChoice, ...]:
    """Return the services of the alliance that meet any of the needs, and every front door, best first.

    A service that cannot be referred to now is shown with the reason; nothing is hidden.
    """
    with vault.reading() as read:
        outlook, person = _outlook(directory(read), person_aggregate(read, person_id), now)
    choices = []
    for service in outlook.directory.services.values():
        meets = frozenset(service.needs & needs)
        closed = service.status_on(outlook.on) is ServiceStatus.CLOSED
        if closed or (not meets and not service.intake_default):
            continue
        ground = _Ground(outlook=outlook, person=person, service=service, actor=actor)
        choices.append(_choice(ground, meets or frozenset(service.needs & person.needs)))
    return tuple(
        sorted(
            choices,
            key=lambda each: (
                each.signpost_only,
                each.blocked != "",
                -len(each.needs_met),
                _SOONEST.index(each.when),
                each.wait_days if each.wait_days is not None else _NO_WAIT_KNOWN,
                each.name,
            ),
        )
    )


def often_asked(vault: Vault, *, now: datetime, person_id: PersonId) -> tuple[Likely, ...]:
    """Return what people at this stage often ask about and this person has not been asked."""
    with vault.reading() as read:
        held = person_aggregate(read, person_id)
    if held.person is None:
        raise NotFoundError("person.not_found")
    facts = PersonFacts(person=held.person, injury=held.injury, stays=held.stays)
    return likely_needs(facts, on=day_of(held, now))


_SOONEST = tuple(When)
_NO_WAIT_KNOWN = 999
"""A wait that nobody stated stands after every stated one (at most 730 days)."""


def preview_of(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, request: Request) -> Preview:
    """Return exactly what the receiver of a request would see, and what holds back the rest."""
    with vault.reading() as read:
        ground = _ground(directory(read), person_aggregate(read, person_id), actor, now, request.service_id)
    terms = ground.terms(request)
    package = package_of(ground.facts(), terms)
    shown_hash = package_hash(package)
    return Preview(
        lines=preview(ground.facts(), terms),
        package=package,
        shown_hash=shown_hash,
        gate=ground.blocked(request, package, shown_hash),
    )


def refer(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, requests: tuple[Request, ...]
) -> tuple[Referred, ...]:
    """Write the referrals of one visit, all or none; each then lives alone.

    One that fails the gate stays a draft with the rule named and does not stop the others.

    Raises:
        BadInputError: a field of a request; nothing was written.
    """
    access.require(actor.roles, Action.WRITE_REFERRAL)
    if not requests:
        raise BadInputError.at("referral", "to_service", "required")
    with vault.transaction(actor=actor, now=now) as work:
        visit = RecordId(work.ids())
        alliance, held = directory(work), person_aggregate(work, person_id)
        done = []
        for request in requests:
            ground = _ground(alliance, held, actor, now, request.service_id)
            done.append(_refer_one(work, ground, request, visit))
        work.audit(AuditAction.SEND_PACKAGE, person=person_id, reason="referral", detail=str(len(done)))
        work.drop_draft("refer", person_id)
    return tuple(done)


def kept_referrals(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> tuple[KeptReferral, ...]:
    """Return the referrals of a person that stayed drafts, oldest first, and how the gate stands now."""
    with vault.reading() as read:
        alliance, held = directory(read), person_aggregate(read, person_id)
    return tuple(_kept(_ground(alliance, held, actor, now, draft.to_service), draft) for draft in _drafts(held, actor))


def send_kept(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> tuple[Referred, ...]:
    """Send every kept draft of a person that nothing stands against any more; the others stay as they are."""
    access.require(actor.roles, Action.WRITE_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        alliance, held = directory(work), person_aggregate(work, person_id)
        done = []
        for draft in _drafts(held, actor):
            ground = _ground(alliance, held, actor, now, draft.to_service)
            if not _kept(ground, draft).gate:
                done.append(_send_draft(work, ground, draft))
    return tuple(done)


def take_back_stopped(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> int:
    """Take back the kept drafts that the person's no has ended, and return how many there were."""
    access.require(actor.roles, Action.WRITE_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        alliance, held = directory(work), person_aggregate(work, person_id)
        ended = [
            draft
            for draft in _drafts(held, actor)
            if _kept(_ground(alliance, held, actor, now, draft.to_service), draft).is_stopped
        ]
        for draft in ended:
            reason = WithdrawalReason.CONSENT_WITHDRAWN.value
            move(work, draft, ReferralState.WITHDRAWN, by=Side.SENDER, reason=reason)
    return len(ended)


def _drafts(held: PersonAggregate, actor: Actor) -> tuple[Referral, ...]:
    drafts = (each for each in held.referrals if each.state is ReferralState.DRAFT and each.org == actor.org)
    return tuple(sorted(drafts, key=lambda draft: draft.created_at))


def _kept(ground: _Ground, draft: Referral) -> KeptReferral:
    request = _request_of(draft)
    package = package_of(ground.facts(), ground.terms(request))
    return KeptReferral(
        referral_id=draft.referral_id,
        org_name=organisation_name(ground.alliance, draft.to_org),
        service_name=ground.service.name,
        gate=ground.blocked(request, package, package_hash(package)),
        is_stopped=ground.answer(request.needs).kind is AnswerKind.NO,
    )


def _request_of(draft: Referral) -> Request:
    return Request(
        service_id=draft.to_service,
        kind=draft.kind,
        needs=draft.needs,
        why=draft.why,
        priority=draft.priority,
        best_time=draft.best_time,
        struck=draft.struck,
        duplicate_reason=draft.duplicate_reason,
    )


def send_again(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId) -> Referred:
    """Try the gate again for a draft that it held back before; the package is made anew and kept.

    Raises:
        GateError: the rule that still stands against it; the draft is unchanged.
    """
    with vault.transaction(actor=actor, now=now) as work:
        draft = work.get(Referral, referral_id)
        access.require(actor.roles, sending_action(draft))
        held = person_aggregate(work, draft.person)
        return _send_draft(work, _ground(directory(work), held, actor, now, draft.to_service), draft)


def sending_action(draft: Referral) -> Action:
    """Return what sending a draft asks of a role: an intake team sends what somebody outside brought to it."""
    is_from_outside = draft.came_from is not None and draft.to_org == draft.org
    return Action.REFER_FROM_OUTSIDE if is_from_outside else Action.WRITE_REFERRAL


def _send_draft(work: UnitOfWork, ground: _Ground, draft: Referral) -> Referred:
    request = _request_of(draft)
    package = package_of(ground.facts(), ground.terms(request))
    shown_hash = package_hash(package)
    blocked = ground.blocked(request, package, shown_hash)
    if blocked:
        raise GateError(blocked)
    told = _only_what_is_sent(request, package, ground.service)
    fresh = work.change(
        Referral,
        draft.id,
        fields={
            "package": package,
            "package_hash": shown_hash,
            "consent_lines": ground.answer(request.needs).line_ids,
            "needs": told.needs,
            "why": told.why,
            "best_time": told.best_time,
            "expected_discharge_on": draft.expected_discharge_on
            if PackageField.EXPECTED_DISCHARGE_ON in package
            else None,
        },
    )
    queued = move(work, fresh, ReferralState.QUEUED, by=Side.SENDER, asked={"package_seen": shown_hash})
    work.audit(AuditAction.SEND_PACKAGE, person=draft.person, reason="referral")
    return _done(ground, queued, "")


def _take_up_draft(work: UnitOfWork, ground: _Ground, service_id: ServiceId) -> None:
    """End a draft that was kept for the same service: what is referred now takes its place."""
    for draft in _drafts(ground.outlook.aggregate, ground.actor):
        if draft.to_service == service_id:
            move(work, draft, ReferralState.WITHDRAWN, by=Side.SENDER, reason=WithdrawalReason.DUPLICATE.value)


def _refer_one(work: UnitOfWork, ground: _Ground, request: Request, visit: RecordId) -> Referred:
    faults = Faults()
    if not request.needs:
        faults.add([BadInputError.at("referral", "needs", "required")])
    request = faults.take(partial(_tidied, request), request)
    faults.add(_too_long(request))
    if not request.why.strip():
        faults.add([BadInputError.at("referral", "why", "required")])
    duplicate = open_already(ground.outlook.aggregate, ground.alliance, request.service_id)
    if duplicate is not None and request.duplicate_reason is None:
        faults.add([BadInputError.at("referral", "duplicate_reason", "required", service=ground.service.name)])
    faults.raise_all()
    terms = ground.terms(request)
    package = package_of(ground.facts(), terms)
    current = package_hash(package)
    blocked = ground.blocked(request, package, request.shown_hash or current)
    told = request if blocked else _only_what_is_sent(request, package, ground.service)
    draft = Referral(
        **work.header(),
        person=ground.person.person_id,
        state=ReferralState.DRAFT,
        kind=request.kind,
        to_service=request.service_id,
        to_org=ground.service.provider,
        to_team=ground.service.intake_team,
        needs=told.needs,
        why=told.why,
        package={} if blocked else package,
        package_hash="" if blocked else current,
        struck=request.struck,
        consent_lines=frozenset() if blocked else ground.answer(request.needs).line_ids,
        visit_id=visit,
        duplicate_of=None if duplicate is None else duplicate.referral_id,
        duplicate_reason=request.duplicate_reason,
        sender_name=work.actor.shown_name,
        priority=request.priority or _priority(terms, work.today),
        best_time=told.best_time,
        expected_discharge_on=terms.expected_discharge_on
        if blocked or PackageField.EXPECTED_DISCHARGE_ON in package
        else None,
    )
    _take_up_draft(work, ground, request.service_id)
    work.create(draft)
    if blocked:
        return _done(ground, draft, blocked)
    queued = move(work, draft, ReferralState.QUEUED, by=Side.SENDER, asked={"package_seen": current})
    return _done(ground, queued, "")


def _done(ground: _Ground, referral: Referral, blocked: str) -> Referred:
    return Referred(
        referral_id=referral.referral_id,
        org_name=organisation_name(ground.alliance, referral.to_org),
        service_name=ground.service.name,
        state=referral.state,
        gate=blocked,
    )


def _tidied(request: Request) -> Request:
    return replace(
        request,
        why=tidy_text(request.why, record="referral", field="why"),
        best_time=tidy_line(request.best_time, record="referral", field="best_time"),
    )


def _too_long(request: Request) -> Iterator[BadInputError]:
    for name in ("why", "best_time"):
        shape, length = field_rules(Referral)[name].shape, len(getattr(request, name))
        if isinstance(shape, Line | Text) and length > shape.longest:
            yield BadInputError.at("referral", name, "too_long", longest=shape.longest, length=length)


def _only_what_is_sent(request: Request, package: Package, service: Service) -> Request:
    """Return the request without what consent, agreement or a strike holds back: the record travels whole.

    Which service it goes to, everybody sees; so where the needs are held back, the record names the service's own.
    """
    return replace(
        request,
        needs=told_needs(request.needs, package=package, of_service=service.needs),
        why=request.why if PackageField.WHY in package else "",
        best_time=request.best_time if PackageField.BEST_TIME in package else "",
    )


def _priority(terms: Terms, today: date) -> Priority:
    leaving = terms.expected_discharge_on
    soon = leaving is not None and leaving <= today + timedelta(days=URGENT_DAYS)
    return Priority.URGENT if soon else Priority.ROUTINE


def _outlook(alliance: Directory, held: PersonAggregate, now: datetime) -> tuple[Outlook, Person]:
    if held.person is None:
        raise NotFoundError("person.not_found")
    return Outlook(aggregate=held, directory=alliance, on=day_of(held, now)), held.person


def _ground(alliance: Directory, held: PersonAggregate, actor: Actor, now: datetime, service_id: ServiceId) -> _Ground:
    outlook, person = _outlook(alliance, held, now)
    service = alliance.services.get(service_id)
    if service is None:
        raise NotFoundError("service.not_found")
    return _Ground(outlook=outlook, person=person, service=service, actor=actor)


def _choice(ground: _Ground, meets: frozenset[Need]) -> ServiceChoice:
    service, on = ground.service, ground.outlook.on
    provider = ground.alliance.organisations[service.provider]
    request = Request(service_id=ServiceId(service.id), needs=meets or frozenset(service.needs))
    package = package_of(ground.facts(), ground.terms(request))
    proposal = _proposal(ground)
    already = open_already(ground.outlook.aggregate, ground.alliance, ServiceId(service.id))
    amber = policy_value(provider.policy, PolicyKey.LISTING_AMBER_DAYS)
    return ServiceChoice(
        service_id=ServiceId(service.id),
        name=service.name,
        description=service.description,
        org_id=service.provider,
        org_name=provider.name,
        needs_met=meets,
        wait_days=service.typical_wait_days,
        status=service.status_on(on),
        paused_until=service.paused_until,
        fits=proposal.fits,
        when=proposal.when,
        when_on=proposal.when_on,
        min_age=service.eligibility.min_age,
        max_age=service.eligibility.max_age,
        warnings=(*proposal.cautions, *(("already_open",) if already is not None else ())),
        blocked=ground.blocked(request, package, package_hash(package)),
        introduction=service.intake_default,
        signpost_only=not provider.takes_part_on(on),
        exceptions=service.eligibility.exceptions,
        checked_on=service.checked_on,
        stale=(on - service.checked_on).days > amber,
        already=already,
    )


def _proposal(ground: _Ground) -> Proposal:
    facts = ground.facts()
    stay = facts.current_stay
    site = None if stay is None else ground.alliance.sites.get(SiteId(stay.site))
    nation = nation_of(facts, Nation.UNKNOWN if site is None else site.nation)
    return propose(ground.service, facts, nation=nation, on=ground.outlook.on)
