"""One person's records as a Bundle of type `collection`, for the person who asked: with health numbers, no notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import PackageField
from app.domain.consent import effective
from app.domain.fhir import around
from app.domain.fhir.person import Package, Resource, Words, encounter, filled, goals, injury, patient, related, urn
from app.domain.ids import OrganisationId, SiteId
from app.domain.partners import Outlook
from app.domain.person import Person

NUMBER_SYSTEMS: Final = {
    "nhs_number": "https://fhir.nhs.uk/Id/nhs-number",
    "chi_number": "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53",
    "hsc_number": "https://fhir.nhs.uk/Id/hsc-number",
}
"""Systems of health numbers (domain.md 12); only an access pack holds them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPerson:
    """What a Bundle of one person is made of.

    Attributes:
        person: the record.
        package: what is known, by field.
        held: everything held of the person.
        outlook: the person on the day on which consent is judged.
        directory: the alliance.
    """

    person: Person
    package: Package
    held: PersonAggregate
    outlook: Outlook
    directory: Directory


def person_bundle(told: OfPerson, *, now: datetime, words: Words) -> dict[str, Any]:
    """Return a person as a FHIR R4 Bundle; every reference in it is to an entry of it.

    Args:
        told: what goes out.
        now: when it is made, aware UTC.
        words: labels of the code lists.
    """
    entries = [filled(resource) for resource in _resources(told, words, now)]
    return {
        "resourceType": "Bundle",
        "id": str(uuid5(told.person.id, "access-pack")),
        "type": "collection",
        "timestamp": around.moment(now),
        "entry": [{"fullUrl": urn(resource["id"]), "resource": resource} for resource in entries],
    }


def _resources(told: OfPerson, words: Words, now: datetime) -> Iterator[Resource]:
    person, package, organisations = told.person, told.package, told.directory.organisations
    sent = [each for each in told.outlook.sent_referrals() if _is_known(each.org, each.to_org, told)]
    named = [person.org, *(line.org for line in told.held.lines if line.org is not None)]
    named += [org for each in sent for org in (each.org, each.to_org)]
    for org in dict.fromkeys(named):
        if org in organisations:
            yield around.organisation(organisations[org])
    for service in dict.fromkeys(each.to_service for each in sent):
        if service in told.directory.services:
            held = told.directory.services[service]
            yield around.healthcare_service(held, organisations[held.provider].name, words)
    site = _site(told)
    if site is not None:
        yield around.location(told.directory.sites[site])
    home = person.org if person.org in organisations else None
    made = patient(person.id, package, home=home, home_name="" if home is None else organisations[home].name)
    numbers = [(system, getattr(person, name)) for name, system in NUMBER_SYSTEMS.items()]
    identifiers = [{"system": system, "value": value} for system, value in numbers if value]
    yield {**made, "identifier": identifiers}
    yield from related(person.id, package, words)
    yield from injury(person.id, package, words)
    yield from encounter(person.id, package, site)
    yield from goals(person.id, package)
    yield from _consents(told, words)
    for each in sent:
        yield from around.request(each, told.held.steps_of(each.referral_id), words)
    yield around.provenance(person.id, person.org, now)


def _consents(told: OfPerson, words: Words) -> Iterator[Resource]:
    held = told.held
    for event in held.consent_events:
        for line in event.lines:
            known = line.org in told.directory.organisations
            if line.org is None or line.purpose is None or line.line_id in held.voided or not known:
                continue
            answer = effective(
                held.lines,
                org=line.org,
                purpose=line.purpose,
                on=told.outlook.on,
                grace_days=told.outlook.grace_days,
                voided=held.voided,
            )
            made = around.consent(told.person.id, line, answer, giver=told.person.id, at=event.at, words=words)
            if made is not None:
                yield made


def _site(told: OfPerson) -> SiteId | None:
    found = (told.package.get(PackageField.SITE) or {}).get("id")
    site = None if not found else SiteId(UUID(str(found)))
    return site if site in told.directory.sites else None


def _is_known(sender: OrganisationId, receiver: OrganisationId, told: OfPerson) -> bool:
    organisations = told.directory.organisations
    return sender in organisations and receiver in organisations
