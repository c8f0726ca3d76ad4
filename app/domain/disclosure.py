"""What a partner sees: one computation for the preview, the package that is sent and the share card.

    package = fields of the consent scope ∩ agreement ∩ what the service needs − withheld − struck

What each field holds stands in `app.domain.package_values`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.domain.canonical import canonical
from app.domain.codes import Need, PackageField, Scope
from app.domain.package_values import PersonFacts, recorded_values
from app.domain.referral import Package

__all__ = [
    "CASEWORK_ONLY",
    "HeldBackBy",
    "PersonFacts",
    "PreviewLine",
    "Terms",
    "build_package",
    "card_fields",
    "name_in",
    "package_hash",
    "package_of",
    "preview",
    "scope_fields",
]

_CONTACT = frozenset(
    {
        PackageField.NAME,
        PackageField.KNOWN_AS,
        PackageField.AGE_BAND,
        PackageField.CONTACT_POINTS,
        PackageField.CONTACT_PERMISSIONS,
        PackageField.LANGUAGE,
        PackageField.COMM_NEEDS,
        PackageField.SITE,
        PackageField.EXPECTED_DISCHARGE_ON,
        PackageField.BEST_TIME,
    }
)
_INJURY = _CONTACT | {
    PackageField.DOB,
    PackageField.LEVEL,
    PackageField.AIS,
    PackageField.COMPLETENESS,
    PackageField.CAUSE,
    PackageField.INJURY_DATE,
    PackageField.VENTILATION,
    PackageField.WARD,
}
_NEEDS = _INJURY | {
    PackageField.NEEDS,
    PackageField.WHY,
    PackageField.GOALS,
    PackageField.HOME_SITUATION,
    PackageField.RELATIONSHIPS,
    PackageField.DISCHARGE_TO,
}
_FULL = _NEEDS | {PackageField.SHARED_NOTES, PackageField.ATTACHMENTS}

CASEWORK_ONLY = frozenset({PackageField.SHARED_NOTES, PackageField.ATTACHMENTS})
"""Fields that never stand in a package: each is ticked singly in a casework update."""


class HeldBackBy(StrEnum):
    """Why a line of the preview is not sent; the first that holds is named."""

    NOTHING = ""
    SERVICE = "service"
    CONSENT = "consent"
    AGREEMENT = "agreement"
    WITHHELD = "withheld"
    STRUCK = "struck"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How much one receiver may have for one referral, and what the referral itself says.

    Attributes:
        scope: how much the person agreed to.
        agreement_fields: what the agreement lets flow (`gate.permitted_fields`).
        needed: what the service needs.
        withheld: what the person struck out of the consent.
        struck: what was struck out of the preview.
        why: the reason as put to the receiver.
        best_time: when to call, in words.
        needs: the needs referred for.
        expected_discharge_on: as known on the referral.
    """

    scope: Scope
    agreement_fields: frozenset[PackageField]
    needed: frozenset[PackageField]
    withheld: frozenset[PackageField] = frozenset()
    struck: frozenset[PackageField] = frozenset()
    why: str = ""
    best_time: str = ""
    needs: frozenset[Need] = frozenset()
    expected_discharge_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """One line of "this is exactly what they will see"."""

    field: PackageField
    value: Any
    sent: bool
    held_back_by: HeldBackBy


def scope_fields(scope: Scope) -> frozenset[PackageField]:
    """Return every field that a scope covers, those of the lower scopes included."""
    match scope:
        case Scope.CONTACT:
            return _CONTACT
        case Scope.CONTACT_INJURY:
            return _INJURY
        case Scope.CONTACT_INJURY_NEEDS:
            return _NEEDS
        case Scope.FULL_NOTES:
            return _FULL


def preview(facts: PersonFacts, terms: Terms) -> tuple[PreviewLine, ...]:
    """Return every field a package may hold, in the order of the list, with what holds it back."""
    said = {
        PackageField.NEEDS: terms.needs,
        PackageField.WHY: terms.why,
        PackageField.BEST_TIME: terms.best_time,
        PackageField.EXPECTED_DISCHARGE_ON: terms.expected_discharge_on,
    }
    recorded = recorded_values(facts, said)
    lines = []
    for name in PackageField:
        if name in CASEWORK_ONLY:
            continue
        value = recorded.get(name)
        held_back_by = _held_back_by(name, terms, recorded=value is not None)
        sent = held_back_by is HeldBackBy.NOTHING
        lines.append(PreviewLine(field=name, value=value, sent=sent, held_back_by=held_back_by))
    return tuple(lines)


def package_of(facts: PersonFacts, terms: Terms) -> Package:
    """Return exactly what is sent on these terms."""
    return {line.field.value: line.value for line in preview(facts, terms) if line.sent}


def build_package(
    facts: PersonFacts,
    *,
    scope: Scope,
    agreement_fields: frozenset[PackageField],
    needed: frozenset[PackageField],
    withheld: frozenset[PackageField] = frozenset(),
    struck: frozenset[PackageField] = frozenset(),
    why: str = "",
    best_time: str = "",
    needs: frozenset[Need] = frozenset(),
    expected_discharge_on: date | None = None,
) -> Package:
    """Return exactly what is sent; the arguments are the fields of `Terms`."""
    return package_of(
        facts,
        Terms(
            scope=scope,
            agreement_fields=agreement_fields,
            needed=needed,
            withheld=withheld,
            struck=struck,
            why=why,
            best_time=best_time,
            needs=needs,
            expected_discharge_on=expected_discharge_on,
        ),
    )


def card_fields(facts: PersonFacts, terms: Iterable[Terms]) -> Package:
    """Return what a share card shows: the union of what each of the terms would send now."""
    shown: Package = {}
    for each in terms:
        for name, value in package_of(facts, each).items():
            shown[name] = sorted({*value, *shown.get(name, ())}) if name == PackageField.NEEDS else value
    return shown


def package_hash(package: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a package's canonical JSON, hexadecimal."""
    return hashlib.sha256(canonical(package)).hexdigest()


def name_in(package: Mapping[str, Any]) -> str:
    """Return the name a package or card shows, or what the person is called; empty when neither is there."""
    name = package.get(PackageField.NAME) or {}
    full = " ".join(part for part in (name.get("given_name", ""), name.get("family_name", "")) if part)
    return full or str(package.get(PackageField.KNOWN_AS, ""))


def _held_back_by(name: PackageField, terms: Terms, *, recorded: bool) -> HeldBackBy:
    # The service comes first: what nobody asks for needs no word about consent.
    reasons = (
        (HeldBackBy.SERVICE, name not in terms.needed),
        (HeldBackBy.CONSENT, name not in scope_fields(terms.scope)),
        (HeldBackBy.AGREEMENT, name not in terms.agreement_fields),
        (HeldBackBy.WITHHELD, name in terms.withheld),
        (HeldBackBy.STRUCK, name in terms.struck),
        (HeldBackBy.NOT_RECORDED, not recorded),
    )
    return next((reason for reason, holds in reasons if holds), HeldBackBy.NOTHING)
