"""A queued referral leaves: the gate over everything the service knows, and the clocks of the receiver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.domain.aggregate import PersonAggregate
from app.domain.bodies import Body, plain
from app.domain.cards import facts_of
from app.domain.clocks import BankHolidays, ack_due, decide_due
from app.domain.codes import ConsentKind, GateReason, Nation, ReferralState, Role, Scope
from app.domain.disclosure import build_package
from app.domain.gate import gate, told_needs
from app.domain.ids import ReferralId
from app.domain.partner_view import OVERRIDE_HOURS
from app.domain.partners import Outlook
from app.domain.referral import Package, Referral, ReferralEvent
from app.domain.referral_states import is_live
from app.errors import BadInputError, GateError
from sync.central.alliance import Alliance
from sync.central.overlay import Locked, Overlay, Row
from sync.central.person_rows import person_of, referral_of
from sync.central.policy import Caller
from sync.central.service_records import in_milliseconds, service_step

BESIDE_THE_PACKAGE = ("why", "best_time", "expected_discharge_on")
"""Fields of a referral that its record carries beside the package: said there only where the package says them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What a step is judged by.

    Attributes:
        caller: who asks.
        roles: in which roles.
        now: the service's clock.
        on: the London day.
        alliance: the directory.
        holidays: the bank holidays.
    """

    caller: Caller
    roles: frozenset[Role]
    now: datetime
    on: date
    alliance: Alliance
    holidays: BankHolidays


def send_referral(overlay: Overlay, aggregate: Locked, row: Row, queued: ReferralEvent, moving: Moving) -> None:
    """Run the gate over everything the service knows, and let the referral leave: `queued` never stays here."""
    referral = replace(referral_of(row), state=ReferralState.QUEUED)
    if referral.came_from_contact and referral.to_org != referral.org:
        # Who first told of somebody is no part of a package: such a referral stays in the house (domain.md 6.6).
        raise BadInputError.at("referral", "came_from_contact", "not_permitted")
    held = person_of(aggregate)
    package = _package_through_gate(held, referral, moving)
    service = moving.alliance.directory.services[referral.to_service]
    nation = nation_of(referral, moving.alliance)
    sent_at = in_milliseconds(moving.now)
    step = service_step(referral, ReferralState.SENT, cause=queued.id, now=moving.now)
    overlay.insert_record(aggregate.agg_id, step, op=row.last_op)
    told = {name: value for name, value in row.body.items() if name not in BESIDE_THE_PACKAGE or name in package}
    body: Body = {
        **told,
        "needs": plain(told_needs(referral.needs, package=package, of_service=service.needs)),
        "to_team": service.intake_team,
        "state": ReferralState.SENT.value,
        "package": package,
        # Linked also where the sender may not see the other one: an id tells that it is there, and nothing of it.
        "duplicate_of": plain(referral.duplicate_of or _also_open(held, referral)),
        "sent_at": plain(sent_at),
        "ack_due": plain(
            ack_due(sent_at, nation=nation, holidays=moving.holidays, ack_working_days=service.ack_working_days)
        ),
        "decide_due": plain(
            decide_due(sent_at, nation=nation, holidays=moving.holidays, decide_days=service.decide_days)
        ),
    }
    overlay.revise(row, body, op=row.last_op)


def _package_through_gate(person: PersonAggregate, referral: Referral, moving: Moving) -> Package:
    directory = moving.alliance.directory
    service = directory.services.get(referral.to_service)
    provider = directory.organisations.get(referral.to_org)
    if person.person is None:
        raise GateError(GateReason.GATE_PERSON.value)
    if service is None or provider is None or service.provider != referral.to_org:
        raise GateError(GateReason.GATE_SERVICE.value)
    outlook = Outlook(aggregate=person, directory=directory, on=moving.on)
    answer = outlook.answer_for(referral)
    permitted = outlook.permitted_for(referral)
    package = build_package(
        facts_of(outlook, person.person),
        scope=answer.scope or Scope.CONTACT,
        agreement_fields=permitted,
        needed=service.needed_fields,
        withheld=answer.withheld,
        struck=referral.struck,
        why=referral.why,
        best_time=referral.best_time,
        needs=referral.needs,
        expected_discharge_on=referral.expected_discharge_on,
    )
    gate(
        person=person.person,
        answer=answer,
        permitted=permitted,
        service=service,
        provider=provider,
        package=package,
        shown_hash=referral.package_hash,
        on=moving.on,
        override=_is_overridden(person, referral, moving.now),
    )
    return package


def _also_open(held: PersonAggregate, referral: Referral) -> ReferralId | None:
    """Return the oldest other referral of the person to the same service that is open, whoever made it."""
    others = (
        each
        for each in held.referrals
        if each.id != referral.id and each.to_service == referral.to_service and is_live(each.state)
    )
    first = min(others, key=lambda each: (each.sent_at or each.created_at, each.id), default=None)
    return None if first is None else first.referral_id


def _is_overridden(person: PersonAggregate, referral: Referral, now: datetime) -> bool:
    return any(
        event.kind is ConsentKind.OVERRIDE
        and event.override_for == referral.id
        and now < event.at + timedelta(hours=OVERRIDE_HOURS)
        for event in person.consent_events
    )


def nation_of(referral: Referral, alliance: Alliance) -> Nation:
    """Return where the receiver is: its bank holidays count."""
    receiver = alliance.directory.organisations.get(referral.to_org)
    return Nation.UNKNOWN if receiver is None else receiver.nation
