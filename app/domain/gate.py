"""The gate: why a referral may not leave, in the order the rules are tried (`domain.md` 6.5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.domain.agreement import Agreement, shared_fields
from app.domain.codes import GateReason, Need, PackageField, PersonStatus, Purpose, ServiceStatus
from app.domain.consent import Answer
from app.domain.directory import Service
from app.domain.disclosure import package_hash
from app.domain.ids import OrganisationId
from app.domain.organisation import Organisation
from app.domain.person import Person
from app.domain.referral import Package
from app.errors import GateError

MENTORING_NEEDS = frozenset({Need.PEER_MENTORING, Need.FAMILY_MENTORING, Need.PARENT_MENTORING, Need.YOUNG_PERSON})
"""Needs that only a mentoring programme meets (`domain.md` 4.4)."""

_NOT_SENDABLE = frozenset({PersonStatus.DIED, PersonStatus.ERASED, PersonStatus.ENTERED_IN_ERROR})

_WAYS_TO_REACH = (PackageField.CONTACT_POINTS, PackageField.SITE)


def purpose_for(needs: Iterable[Need]) -> Purpose:
    """Return the purpose a referral relies on: mentoring if all its needs are, else being contacted."""
    asked = frozenset(needs)
    return Purpose.MENTORING if asked and asked <= MENTORING_NEEDS else Purpose.REFERRAL_CONTACT


def told_needs(asked: frozenset[Need], *, package: Package, of_service: Iterable[Need]) -> frozenset[Need]:
    """Return the needs that a referral's record names to its receiver.

    Where the package holds the needs back, the record names what the service is for, which everybody sees of a
    referral to it; never a need that would rest on another purpose.
    """
    if PackageField.NEEDS in package:
        return asked
    purpose = purpose_for(asked)
    offered = frozenset(need for need in of_service if purpose_for({need}) is purpose)
    return offered or (asked if purpose is Purpose.MENTORING else frozenset({Need.OTHER}))


def permitted_fields(
    agreements: Iterable[Agreement],
    *,
    sender: OrganisationId,
    receiver: OrganisationId,
    purpose: Purpose,
    on: date,
    required: bool = True,
) -> frozenset[PackageField]:
    """Return the fields that may flow by agreement; every field within one organisation.

    Args:
        agreements: the papers known.
        sender: who would send.
        receiver: who would receive.
        purpose: what for.
        on: London day.
        required: the sender's policy `require_sharing_agreement`.
    """
    if sender == receiver or not required:
        return frozenset(PackageField)
    return shared_fields(agreements, parties=frozenset({sender, receiver}), purpose=purpose, on=on)


def gate(
    *,
    person: Person,
    answer: Answer,
    permitted: frozenset[PackageField],
    service: Service,
    provider: Organisation,
    package: Package,
    shown_hash: str,
    on: date,
    override: bool = False,
) -> None:
    """Let a referral pass, or say which rule stops it.

    Run when it is queued, just before it is sent, and at the central service.

    Args:
        person: whom it is about.
        answer: effective consent for the receiver and `purpose_for` the needs.
        permitted: what `permitted_fields` returned; empty when no paper permits anything.
        service: where it goes.
        provider: who offers the service.
        package: recomputed now.
        shown_hash: hash of the package the sender saw.
        on: London day.
        override: an override of this one referral is in force (`domain.md` 5.5).

    Raises:
        GateError: the first rule that fails.
    """
    failed = _first_failure(
        person=person,
        consented=override or answer.opens_new,
        permitted=override or bool(permitted),
        open_for_business=_takes_people(service, provider, on),
        sound=package_hash(package) == shown_hash and _can_be_reached(package),
    )
    if failed is not None:
        raise GateError(failed.value)


def _first_failure(
    *, person: Person, consented: bool, permitted: bool, open_for_business: bool, sound: bool
) -> GateReason | None:
    rules = (
        (GateReason.GATE_PERSON, person.status not in _NOT_SENDABLE and not person.restricted),
        (GateReason.GATE_CONSENT, consented),
        (GateReason.GATE_AGREEMENT, permitted),
        (GateReason.GATE_SERVICE, open_for_business),
        (GateReason.GATE_PACKAGE, sound),
    )
    return next((reason for reason, passes in rules if not passes), None)


def _takes_people(service: Service, provider: Organisation, on: date) -> bool:
    # A paused service only warns; from the day after a provider left, nothing flows to it (domain.md 4.3).
    return service.status_on(on) is not ServiceStatus.CLOSED and provider.takes_part_on(on)


def _can_be_reached(package: Package) -> bool:
    return any(package.get(field) for field in _WAYS_TO_REACH)
