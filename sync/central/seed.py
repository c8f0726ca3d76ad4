"""The shipped directory as the first records of an alliance: organisations, services, sites and wordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

import resources
from app.domain.agreement import Agreement
from app.domain.bodies import record_of
from app.domain.codes import Role
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service as DirectoryService
from app.domain.directory import Site
from app.domain.ids import OrganisationId, RecordId
from app.domain.organisation import Organisation
from app.domain.record import Record, field_rules
from app.domain.record_rules import wording_hash
from app.domain.user import User
from sync.central.administration import Administration
from sync.central.service_records import derived_id

APPROVED = "approved"
DEMONSTRATION_APPROVER = "Nobody: for the demonstration only"
"""Who approved the wordings of a demonstration; no charity has."""


class Seed:
    """Puts the shipped data into an empty service; what is there already stays as it is."""

    def __init__(self, administration: Administration, *, today: date) -> None:
        """Take the operator's hands and the London day."""
        self._administration = administration
        self._today = today

    def directory(self, *, demonstration: bool = False) -> None:
        """Add organisations, services, sites and wordings; wordings stay drafts outside a demonstration."""
        organisations = {entry["slug"]: organisation_id(entry["slug"]) for entry in resources.organisations()}
        lead = next(iter(organisations.values()))
        self._add(Organisation, "organisation", resources.organisations(), lambda entry: organisations[entry["slug"]])
        self._add(Site, "site", resources.sites(), lambda _entry: lead)
        services = [{**entry, "provider": str(organisations[entry["provider"]])} for entry in resources.services()]
        self._add(DirectoryService, "service", services, lambda entry: UUID(entry["provider"]))
        for wording in resources.wordings():
            self._add_wording(wording, lead, demonstration=demonstration)

    def agreement(self, paper: Mapping[str, Any]) -> None:
        """Add an agreement whose days count from today, as the demonstration describes one."""
        parties = [str(organisation_id(slug)) for slug in paper["parties"]]
        body = {
            **{name: paper[name] for name in ("title", "kind", "purposes", "fields", "demonstration")},
            "parties": parties,
            "from_on": str(self._today - timedelta(days=paper["from_days_ago"])),
            "review_on": str(self._today + timedelta(days=paper["review_in_days"])),
            "to_on": str(self._today + timedelta(days=paper["to_in_days"])),
            "signatories": [
                {
                    "org": str(organisation_id(each["org"])),
                    "name": each["name"],
                    "post": each["post"],
                    "signed_on": str(self._today - timedelta(days=each["signed_days_ago"])),
                }
                for each in paper["signatories"]
            ],
        }
        identifier = derived_id("seed", "agreement", paper["title"])
        self._put(Agreement, identifier, UUID(parties[0]), Role.SECRETARIAT, body)

    def users(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Add the accounts of the demonstration."""
        for person in people:
            body = {name: person[name] for name in ("name", "shown_name", "email", "roles", "teams")}
            body["sites"] = [str(site_id(slug)) for slug in person["sites"]]
            body["active_from"] = str(self._today - timedelta(days=person["active_from_days_ago"]))
            self._put(User, user_id(person["key"]), organisation_id(person["org"]), Role.IT_ADMIN, body)

    def _add(self, kind: type[Record], name: str, entries: Iterable[Mapping[str, Any]], owner: Any) -> None:
        for entry in entries:
            identifier = derived_id("seed", name, entry["slug"])
            fields = {field: entry[field] for field in field_rules(kind) if field in entry}
            self._put(kind, identifier, owner(entry), Role.SECRETARIAT, fields)

    def _add_wording(self, wording: Mapping[str, Any], lead: UUID, *, demonstration: bool) -> None:
        body = {name: wording[name] for name in ("version", "language", "format", "texts", "state")}
        body["hash"] = wording_hash(wording["texts"])
        if demonstration:
            body |= {"state": APPROVED, "approved_by": DEMONSTRATION_APPROVER}
        identifier = derived_id("seed", "wording", wording["version"])
        self._put(ConsentWording, identifier, lead, Role.SECRETARIAT, body)

    def _put(self, kind: type[Record], identifier: RecordId, org: UUID, role: Role, body: Mapping[str, Any]) -> None:
        if identifier in self._administration.alliance().records:
            return
        header = self._administration.header(org, role, record_id=identifier)
        empty = header_body(header)
        filled = {name: value for name, value in body.items() if value not in (None, "", [], {}, False)}
        self._administration.add([record_of(kind, identifier, {**empty, **filled})])


def header_body(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a header as JSON values, without the id."""
    body: dict[str, Any] = msgspec.to_builtins({name: value for name, value in header.items() if name != "id"})
    return body


def organisation_id(slug: str) -> OrganisationId:
    """Return the id of a shipped organisation."""
    return OrganisationId(derived_id("seed", "organisation", slug))


def site_id(slug: str) -> RecordId:
    """Return the id of a shipped site."""
    return derived_id("seed", "site", slug)


def service_id(slug: str) -> RecordId:
    """Return the id of a shipped service."""
    return derived_id("seed", "service", slug)


def user_id(key: str) -> RecordId:
    """Return the id of an account of the demonstration."""
    return derived_id("seed", "user", key)
