"""Passing a referral on: the service alone knows whether the person agreed to the other charity: it judges and sends.

The new referral is the first sender's, so that whoever asked still sees how it goes; who passed it on learns nothing
of what the person agreed to beyond yes or no (`domain.md` 6.2, row 15; FHIR: a new Task that is part of the old one).
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.bodies import record_of
from app.domain.cards import facts_of
from app.domain.clocks import add_working_days
from app.domain.codes import GateReason, OpKind, RecordType, ReferralKind, ReferralState, Scope, TaskKind
from app.domain.consent import Answer
from app.domain.directory import Service
from app.domain.disclosure import Terms, package_hash, package_of
from app.domain.gate import purpose_for, told_needs
from app.domain.ids import ServiceId
from app.domain.partners import Outlook
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import Task
from app.errors import GateError
from sync.central.overlay import Locked, Overlay
from sync.central.person_rows import person_of, referral_of
from sync.central.sending import Moving, nation_of, send_referral
from sync.central.service_records import derived_id, service_header, service_step
from sync.protocol.messages import OpLine

ASK_FIRST_DAYS = 2
"""Working days in which the person is asked about a charity that somebody wanted to pass them on to."""


def service_named(event: ReferralEvent, moving: Moving) -> Service | None:
    """Return the service that a referral shall be passed on to."""
    named = str(event.asked.get("service", ""))
    services = moving.alliance.directory.services.values()
    return next((each for each in services if str(each.id) == named), None)


def answer_for_reroute(aggregate: Locked, referral: Referral, event: ReferralEvent, moving: Moving) -> Answer | None:
    """Return effective consent for the organisation a referral shall be passed on to; None for any other step."""
    if event.to_state is not ReferralState.REROUTED:
        return None
    service = service_named(event, moving)
    if service is None:
        return None
    outlook = Outlook(aggregate=person_of(aggregate), directory=moving.alliance.directory, on=moving.on)
    return outlook.answer(service.provider, purpose_for(referral.needs))


def pass_on(overlay: Overlay, aggregate: Locked, step: ReferralEvent, moving: Moving, *, cause: UUID) -> None:
    """Make the referral to the new service, and let it leave at once; the gate is run as for any other.

    Raises:
        GateError: the rule that stands against it; nothing of the step then holds.
    """
    old = referral_of(aggregate.rows[step.referral])
    service = service_named(step, moving)
    if service is None:
        raise GateError(GateReason.GATE_SERVICE.value)
    draft = _draft(aggregate, old, service, step, moving)
    row = overlay.insert_record(aggregate.agg_id, draft, op=cause)
    queued = replace(
        service_step(draft, ReferralState.QUEUED, cause=step.id, now=moving.now),
        asked={"package_seen": draft.package_hash},
    )
    overlay.insert_record(aggregate.agg_id, queued, op=cause)
    send_referral(overlay, aggregate, row, queued, moving)


def ask_first(overlay: Overlay, op: OpLine, gate: str, moving: Moving) -> None:
    """Leave the sender a task to ask the person about a charity that a referral could not be passed on to."""
    event = op.changes.get("event")
    is_step = op.kind == OpKind.TRANSITION and op.record_type == RecordType.REFERRAL
    aggregate = overlay.find(op.agg_id)
    row = None if aggregate is None else aggregate.rows.get(op.record_id)
    if not (is_step and gate == GateReason.GATE_CONSENT and isinstance(event, dict)):
        return
    if aggregate is None or row is None:
        return
    step = record_of(ReferralEvent, op.record_id, event)
    service = service_named(step, moving)
    if step.to_state is not ReferralState.REROUTED or service is None:
        return
    referral = referral_of(row)
    task_id = derived_id(referral.id, "ask_first", service.provider)
    if task_id in aggregate.rows:
        return
    task = Task(
        **service_header(task_id, org=referral.org, now=moving.now),
        kind=TaskKind.ASK_AGAIN,
        person=referral.person,
        subject=referral.id,
        rule=f"{service.provider}/{purpose_for(referral.needs)}",
        for_user=referral.created_by,
        due_on=add_working_days(moving.on, ASK_FIRST_DAYS, nation_of(referral, moving.alliance), moving.holidays),
    )
    overlay.insert_record(aggregate.agg_id, task, op=op.op_id)


def _draft(aggregate: Locked, old: Referral, service: Service, step: ReferralEvent, moving: Moving) -> Referral:
    held = person_of(aggregate)
    if held.person is None:
        raise GateError(GateReason.GATE_PERSON.value)
    outlook = Outlook(aggregate=held, directory=moving.alliance.directory, on=moving.on)
    answer = outlook.answer(service.provider, purpose_for(old.needs))
    wanted = Referral(
        **{
            **service_header(derived_id(step.id, "passed_on"), org=old.org, now=moving.now),
            # Whoever asked first goes on seeing how it goes, and is asked when it comes back.
            "created_by": old.created_by,
            "created_role": old.created_role,
        },
        person=old.person,
        state=ReferralState.DRAFT,
        kind=ReferralKind.SERVICE,
        to_service=ServiceId(service.id),
        to_org=service.provider,
        to_team=service.intake_team,
        needs=old.needs,
        why=old.why,
        struck=old.struck,
        consent_lines=answer.line_ids,
        visit_id=old.visit_id,
        parent=old.referral_id,
        sender_name=old.sender_name,
        priority=old.priority,
        best_time=old.best_time,
        expected_discharge_on=old.expected_discharge_on,
    )
    package = package_of(
        facts_of(outlook, held.person),
        Terms(
            scope=answer.scope or Scope.CONTACT,
            agreement_fields=outlook.permitted_for(wanted),
            needed=service.needed_fields,
            withheld=answer.withheld,
            struck=old.struck,
            why=old.why,
            best_time=old.best_time,
            needs=old.needs,
            expected_discharge_on=old.expected_discharge_on,
        ),
    )
    told = told_needs(old.needs, package=package, of_service=service.needs)
    return replace(wanted, package=package, package_hash=package_hash(package), needs=told or old.needs)
