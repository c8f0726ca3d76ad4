"""The gate: each of its five rules, their order, and what an override passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.codes import (
    AgreementKind,
    AllianceRole,
    Need,
    PackageField,
    PersonStatus,
    Purpose,
    ServiceStatus,
)
from app.domain.consent import Answer, AnswerKind
from app.domain.disclosure import package_hash
from app.domain.gate import MENTORING_NEEDS, gate, permitted_fields, purpose_for, told_needs
from app.errors import GateError
from tests.domain.consent_kit import AS, BU, X, organisation
from tests.domain.record_kit import ALL_FIELDS, agreement, person, service

ON = date(2026, 5, 3)
PACKAGE = {"known_as": "Nova", "contact_points": [{"kind": "mobile", "value": "+447700900123"}]}
NO = Answer(kind=AnswerKind.NO)


def at_the_gate(**changes: Any) -> None:
    """Try a referral that passes but for what is changed."""
    known: dict[str, Any] = {
        "person": person(),
        "answer": Answer(kind=AnswerKind.YES),
        "permitted": ALL_FIELDS,
        "service": service(),
        "provider": organisation(BU, "Back Up"),
        "package": PACKAGE,
        "shown_hash": package_hash(PACKAGE),
        "on": ON,
    }
    gate(**{**known, **changes})


def test_a_referral_in_order_passes() -> None:
    at_the_gate()


CLOSED = service(status=ServiceStatus.CLOSED)
FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"person": person(status=PersonStatus.DIED)}, "gate_person"),
    ({"person": person(status=PersonStatus.ERASED)}, "gate_person"),
    ({"person": person(status=PersonStatus.ENTERED_IN_ERROR)}, "gate_person"),
    ({"person": person(restricted=True)}, "gate_person"),
    *(({"answer": Answer(kind=kind)}, "gate_consent") for kind in AnswerKind if kind is not AnswerKind.YES),
    ({"permitted": frozenset()}, "gate_agreement"),
    ({"service": CLOSED}, "gate_service"),
    ({"provider": organisation(BU, "Back Up", left_on=date(2026, 5, 2))}, "gate_service"),
    ({"provider": organisation(BU, "Back Up", alliance_role=AllianceRole.OBSERVER)}, "gate_service"),
    ({"shown_hash": "0" * 64}, "gate_package"),
    ({"package": {"known_as": "Nova"}, "shown_hash": package_hash({"known_as": "Nova"})}, "gate_package"),
]


@pytest.mark.parametrize(("changes", "code"), FAILURES)
def test_each_rule_stops_by_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(GateError) as stopped:
        at_the_gate(**changes)
    assert stopped.value.code == code


def test_the_first_failure_is_named() -> None:
    faults: list[dict[str, Any]] = [
        {"person": person(restricted=True)},
        {"answer": NO},
        {"permitted": frozenset()},
        {"service": CLOSED},
        {"shown_hash": "0" * 64},
    ]
    order = ["gate_person", "gate_consent", "gate_agreement", "gate_service", "gate_package"]
    for first, code in enumerate(order):
        with pytest.raises(GateError) as stopped:
            at_the_gate(**{name: value for fault in faults[first:] for name, value in fault.items()})
        assert stopped.value.code == code


def test_an_override_passes_consent_and_agreement_and_nothing_else() -> None:
    at_the_gate(answer=NO, permitted=frozenset(), override=True)
    for changes, code in FAILURES:
        if code in ("gate_person", "gate_service", "gate_package"):
            with pytest.raises(GateError, match=code):
                at_the_gate(**{**changes, "override": True})


def test_a_site_is_enough_to_reach_somebody() -> None:
    package = {"site": {"name": "Stanmore"}}
    at_the_gate(package=package, shown_hash=package_hash(package))


def test_a_paused_service_and_a_closed_person_do_not_stop_a_referral() -> None:
    at_the_gate(service=service(status=ServiceStatus.PAUSED))
    at_the_gate(person=person(status=PersonStatus.CLOSED))


def test_on_its_last_day_a_member_still_receives() -> None:
    at_the_gate(provider=organisation(BU, "Back Up", left_on=ON))


@pytest.mark.parametrize(
    ("needs", "purpose"),
    [
        ({Need.PEER_MENTORING}, Purpose.MENTORING),
        (MENTORING_NEEDS, Purpose.MENTORING),
        ({Need.PEER_MENTORING, Need.COURSE}, Purpose.REFERRAL_CONTACT),
        ({Need.HOUSING}, Purpose.REFERRAL_CONTACT),
        (set(), Purpose.REFERRAL_CONTACT),
    ],
)
def test_mentoring_is_the_purpose_only_when_every_need_is_a_mentoring_need(needs: set[Need], purpose: Purpose) -> None:
    assert purpose_for(needs) is purpose


FEW = frozenset({PackageField.NAME, PackageField.SITE})
PAPERS: list[tuple[dict[str, Any], frozenset[PackageField]]] = [
    ({}, FEW),
    ({"kind": AgreementKind.JOINT_CONTROLLER}, FEW),
    ({"kind": AgreementKind.MOU}, frozenset()),
    ({"kind": AgreementKind.PROCESSOR}, frozenset()),
    ({"purposes": frozenset({Purpose.CASEWORK})}, frozenset()),
    ({"to_on": date(2026, 5, 2)}, frozenset()),
    ({"to_on": ON}, FEW),
    ({"ended_on": date(2026, 5, 2)}, frozenset()),
    ({"from_on": date(2026, 5, 4)}, frozenset()),
    ({"signatories": ()}, frozenset()),
]


@pytest.mark.parametrize(("changes", "fields"), PAPERS)
def test_only_an_active_agreement_that_permits_sharing_lets_fields_flow(
    changes: dict[str, Any], fields: frozenset[PackageField]
) -> None:
    paper = agreement((AS, BU), fields=FEW, **changes)
    found = permitted_fields([paper], sender=AS, receiver=BU, purpose=Purpose.REFERRAL_CONTACT, on=ON)
    assert found == fields


def test_an_agreement_of_others_permits_nothing_and_two_agreements_add_up() -> None:
    ways = {"sender": AS, "receiver": BU, "purpose": Purpose.REFERRAL_CONTACT, "on": ON}
    assert permitted_fields([agreement((AS, X))], **ways) == frozenset()  # type: ignore[arg-type]
    other = replace(agreement((AS, BU), fields=frozenset({PackageField.WHY})), kind=AgreementKind.JOINT_CONTROLLER)
    both = permitted_fields([agreement((AS, BU, X), fields=FEW), other], **ways)  # type: ignore[arg-type]
    assert both == FEW | {PackageField.WHY}


def test_within_one_organisation_and_by_its_policy_no_agreement_is_asked_for() -> None:
    within = permitted_fields([], sender=AS, receiver=AS, purpose=Purpose.REFERRAL_CONTACT, on=ON)
    waived = permitted_fields([], sender=AS, receiver=BU, purpose=Purpose.REFERRAL_CONTACT, on=ON, required=False)
    assert within == waived == ALL_FIELDS


@pytest.mark.parametrize(
    ("asked", "service", "told"),
    [
        ({Need.WORK}, {Need.COURSE, Need.PEER_MENTORING}, {Need.COURSE}),
        ({Need.PEER_MENTORING}, {Need.COURSE, Need.FAMILY_MENTORING}, {Need.FAMILY_MENTORING}),
        ({Need.WORK}, {Need.PEER_MENTORING}, {Need.OTHER}),
        ({Need.PEER_MENTORING}, {Need.COURSE}, {Need.PEER_MENTORING}),
    ],
)
def test_needs_that_are_held_back_are_replaced_by_the_services_own_of_the_same_purpose(
    asked: set[Need], service: set[Need], told: set[Need]
) -> None:
    found = told_needs(frozenset(asked), package={}, of_service=service)
    assert found == told
    assert purpose_for(found) is purpose_for(asked)
    assert told_needs(frozenset(asked), package={"needs": ["work"]}, of_service=service) == asked
