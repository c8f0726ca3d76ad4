"""What stands around the person as FHIR R4: organisations, places, services, consent, the request and its task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.codes import Priority, Purpose, ReferralState
from app.domain.consent import Answer, AnswerKind
from app.domain.consent_event import ConsentLine
from app.domain.directory import Service, Site
from app.domain.fhir.person import OURS, Resource, Words, derived, filled, reference
from app.domain.organisation import Organisation
from app.domain.referral import Referral, ReferralEvent

_S = ReferralState

TASK_STATUS: Final[Mapping[ReferralState, str]] = MappingProxyType(
    {
        _S.DRAFT: "draft",
        _S.QUEUED: "draft",
        _S.SENT: "requested",
        _S.RECEIVED: "received",
        _S.INFO_NEEDED: "on-hold",
        _S.ACCEPTED: "accepted",
        _S.WAITING_LIST: "on-hold",
        _S.IN_PROGRESS: "in-progress",
        _S.COMPLETED: "completed",
        _S.DECLINED_BY_SERVICE: "rejected",
        _S.DECLINED_BY_PERSON: "cancelled",
        _S.COULD_NOT_CONTACT: "failed",
        _S.REROUTED: "rejected",
        _S.WITHDRAWN: "cancelled",
        _S.EXPIRED: "cancelled",
        _S.CLOSED: "completed",
        _S.ENTERED_IN_ERROR: "entered-in-error",
    }
)
"""Our states as FHIR Task states (`domain.md` 6.1); businessStatus carries ours. `closed` keeps what came before it."""

_REQUEST_STATUS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "draft": "draft",
        "completed": "completed",
        "cancelled": "revoked",
        "rejected": "revoked",
        "failed": "revoked",
        "entered-in-error": "entered-in-error",
    }
)
_PRIORITY: Final = MappingProxyType({Priority.ROUTINE: "routine", Priority.SOON: "urgent", Priority.URGENT: "asap"})
_ACTIVE: Final = frozenset({AnswerKind.YES})
_INACTIVE: Final = frozenset({AnswerKind.NO, AnswerKind.LAPSED, AnswerKind.EXPIRED})


def organisation(held: Organisation) -> Resource:
    """Return a charity."""
    return filled(
        {
            "resourceType": "Organization",
            "id": str(held.id),
            "name": held.name,
            "alias": [held.legal_name] if held.legal_name != held.name else [],
            "telecom": [{"system": "phone", "value": held.withdraw_phone}] if held.withdraw_phone else [],
        }
    )


def location(held: Site) -> Resource:
    """Return a hospital or other place."""
    address = {"postalCode": held.postcode} if held.postcode else None
    return filled({"resourceType": "Location", "id": str(held.id), "name": held.name, "address": address})


def healthcare_service(held: Service, provider_name: str, words: Words) -> Resource:
    """Return what a charity offers; when it is paused, until when."""
    pause = {"description": "Paused", "during": {"end": _day(held.paused_until)}} if held.paused_until else None
    return filled(
        {
            "resourceType": "HealthcareService",
            "id": str(held.id),
            "active": held.status.value != "closed",
            "providedBy": reference(held.provider, provider_name),
            "name": held.name,
            "comment": held.description,
            "type": [words.concept("need", need) for need in sorted(held.needs)],
            "notAvailable": [pause] if pause else [],
        }
    )


def consent(
    person: UUID, line: ConsentLine, answer: Answer, *, giver: UUID, at: datetime, words: Words
) -> Resource | None:
    """Return one line of consent as it counts today; None for an answer that is neither yes nor no.

    Args:
        person: whose.
        line: an agreed line or a no that names organisation and purpose.
        answer: what all lines amount to for its organisation and purpose.
        giver: who answered, the person or somebody for them.
        at: when it was said.
        words: labels.
    """
    if line.org is None or line.purpose is None or answer.kind not in _ACTIVE | _INACTIVE:
        return None
    is_yes = answer.kind in _ACTIVE
    actor = {
        "role": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "code": "AGNT"}],
            "text": "may receive",
        },
        "reference": reference(line.org, line.org_name_shown),
    }
    provision = {
        "type": "permit" if is_yes else "deny",
        "period": {"start": _day(line.valid_from), "end": _day(line.ends_on)},
        "actor": [actor],
        "purpose": [_purpose(line.purpose, words)],
        "class": [{"system": OURS + "scope", "code": line.scope.value}] if line.scope is not None else [],
    }
    return filled(
        {
            "resourceType": "Consent",
            "id": str(derived(person, str(line.line_id))),
            "status": "active" if is_yes else "inactive",
            "scope": _coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
            "category": [_coded("http://loinc.org", "59284-0")],
            "patient": reference(person),
            "dateTime": moment(at),
            "performer": [reference(giver)],
            "organization": [reference(line.org, line.org_name_shown)],
            # FHIR ppc-1 asks for a policy; there is no UK Core profile for Consent.
            "policyRule": {"text": "UK GDPR Art. 6(1)(a) and 9(2)(a): explicit consent"},
            "provision": provision,
        }
    )


def request(referral: Referral, steps: Iterable[ReferralEvent], words: Words) -> Iterator[Resource]:
    """Yield a referral as a ServiceRequest and the Task that is about it."""
    state = _before_closing(referral, steps)
    status = TASK_STATUS[state]
    person, asked = referral.person, derived(referral.id, "request")
    yield filled(
        {
            "resourceType": "ServiceRequest",
            "id": str(asked),
            "status": _REQUEST_STATUS.get(status, "active"),
            "intent": "order",
            "priority": _PRIORITY[referral.priority],
            "code": {"text": ", ".join(words.of("need", need) for need in sorted(referral.needs))},
            "orderDetail": [words.concept("need", need) for need in sorted(referral.needs)],
            "subject": reference(person),
            "authoredOn": moment(referral.sent_at) if referral.sent_at else None,
            "requester": reference(referral.org),
            "performer": [reference(referral.to_service)],
            "reasonCode": [{"text": referral.why}] if referral.why else [],
        }
    )
    yield filled(
        {
            "resourceType": "Task",
            "id": str(referral.id),
            "status": status,
            "businessStatus": words.concept("referral_state", referral.state),
            "intent": "order",
            "priority": _PRIORITY[referral.priority],
            "focus": reference(asked),
            "for": reference(person),
            "authoredOn": moment(referral.sent_at) if referral.sent_at else None,
            "requester": reference(referral.org),
            "owner": reference(referral.to_org),
            "restriction": {"period": {"end": moment(referral.decide_due)}} if referral.decide_due else None,
        }
    )


def provenance(target: UUID, agent: UUID, at: datetime) -> Resource:
    """Return who vouches for a request, and when it was recorded."""
    return {
        "resourceType": "Provenance",
        "id": str(derived(target, "provenance")),
        "target": [reference(target)],
        "recorded": moment(at),
        "agent": [{"who": reference(agent)}],
    }


def moment(at: datetime) -> str:
    """Return a FHIR instant."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _before_closing(referral: Referral, steps: Iterable[ReferralEvent]) -> ReferralState:
    if referral.state is not _S.CLOSED:
        return referral.state
    closing = [step for step in steps if step.to_state is _S.CLOSED and step.from_state is not None]
    newest = max(closing, key=lambda step: step.at, default=None)
    return _S.COMPLETED if newest is None or newest.from_state is None else newest.from_state


def _purpose(purpose: Purpose, words: Words) -> Resource:
    return {"system": OURS + "purpose", "code": purpose.value, "display": words.of("purpose", purpose)}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
