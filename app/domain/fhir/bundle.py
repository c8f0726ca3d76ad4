"""One referral as a Bundle of type `collection`: what its receiver may have, and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.domain.aggregate import Directory
from app.domain.codes import PackageField
from app.domain.consent import effective
from app.domain.consent_event import ConsentLine
from app.domain.fhir import around
from app.domain.fhir.person import (
    Package,
    Resource,
    Words,
    derived,
    encounter,
    filled,
    goals,
    injury,
    patient,
    related,
    urn,
)
from app.domain.ids import LineId, OrganisationId, SiteId
from app.domain.partners import Outlook
from app.domain.referral import Referral, ReferralEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What a Bundle is made of.

    Attributes:
        referral: which.
        steps: its steps.
        package: what the receiver may have, by field.
        said: the lines of consent that this laptop holds, each with when it was said; those of the receiver go out.
        voided: lines taken back as recorded by mistake.
        home: the organisation that registered the person; None when only the referral is held.
        directory: the alliance.
        outlook: the person on the day on which consent is judged.
    """

    referral: Referral
    steps: tuple[ReferralEvent, ...]
    package: Package
    said: tuple[tuple[ConsentLine, datetime], ...]
    voided: frozenset[LineId] = frozenset()
    home: OrganisationId | None
    directory: Directory
    outlook: Outlook


def bundle(exported: Exported, *, now: datetime, words: Words) -> dict[str, Any]:
    """Return a referral as a FHIR R4 Bundle; every reference in it is to an entry of it.

    Args:
        exported: what goes out; nothing else of the person stands in it.
        now: when it is made, aware UTC.
        words: labels of the code lists.
    """
    entries = [filled(resource) for resource in _resources(exported, words, now)]
    return {
        "resourceType": "Bundle",
        "id": str(uuid5(exported.referral.id, "bundle")),
        "type": "collection",
        "timestamp": around.moment(now),
        "entry": [{"fullUrl": urn(resource["id"]), "resource": resource} for resource in entries],
    }


def _resources(exported: Exported, words: Words, now: datetime) -> Iterator[Resource]:
    referral, package = exported.referral, exported.package
    person, organisations = referral.person, exported.directory.organisations
    home = exported.home or referral.org
    named = dict.fromkeys([home, referral.org, referral.to_org])
    yield from (around.organisation(organisations[org]) for org in named if org in organisations)
    service = exported.directory.services.get(referral.to_service)
    if service is not None:
        yield around.healthcare_service(service, _name(exported.directory, service.provider), words)
    site = _site(exported)
    if site is not None:
        yield around.location(exported.directory.sites[site])
    yield patient(
        person, package, home=home if home in organisations else None, home_name=_name(exported.directory, home)
    )
    yield from related(person, package, words)
    yield from injury(person, package, words)
    yield from encounter(person, package, site)
    yield from goals(person, package)
    yield from _consents(exported, words)
    yield from around.request(referral, exported.steps, words)
    yield around.provenance(derived(referral.id, "request"), referral.org, referral.sent_at or now)


def _consents(exported: Exported, words: Words) -> Iterator[Resource]:
    receiver, outlook, person = exported.referral.to_org, exported.outlook, exported.referral.person
    lines = [line for line, _ in exported.said]
    for line, at in exported.said:
        if line.org != receiver or line.purpose is None or line.line_id in exported.voided:
            continue
        answer = effective(
            lines,
            org=receiver,
            purpose=line.purpose,
            on=outlook.on,
            grace_days=outlook.grace_days,
            voided=exported.voided,
        )
        made = around.consent(person, line, answer, giver=person, at=at, words=words)
        if made is not None:
            yield made


def _site(exported: Exported) -> SiteId | None:
    from_package = exported.package.get(PackageField.SITE) or {}
    found = from_package.get("id")
    site = None if not found else SiteId(UUID(str(found)))
    return site if site in exported.directory.sites else None


def _name(directory: Directory, org: OrganisationId) -> str:
    held = directory.organisations.get(org)
    return "" if held is None else held.name
